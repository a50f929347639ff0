/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/io/engine_settings.h"

#define FIELD(member) CONFIG_FIELD(struct engine_settings, member)

const struct config_row engine_setting_rows[] = {
    {"MATCHES_MAX", CONFIG_U32, FIELD(matches_max), "256", 1, 4096,
     "matches a worker runs at once; one more is refused with ENGINE_FULL", NULL},
    {"MAX_PLAYERS_PER_GAME", CONFIG_U32, FIELD(players_per_match_max), "20", 2, 4000,
     "seats of a match at most; the mode may allow fewer", NULL},
    {"GAME_TICK_RATE", CONFIG_U32, FIELD(tick_rate_hz), "60", 60, 60,
     "ticks a second; the rules count in sixtieths of a second, and replays depend on them, so nothing else is "
     "possible",
     NULL},
    {"JOIN_WAIT_MS", CONFIG_U32, FIELD(join_wait_ms), "5000", 0, 600000,
     "how long a match waits for all its players; then it starts, and empty seats stand still", NULL},
    {"IDLE_MATCH_MS", CONFIG_U32, FIELD(idle_match_ms), "30000", 1000, 3600000,
     "a match that nobody sits in ends after this time", NULL},
    {"INPUT_BUFFER_TICKS", CONFIG_U32, FIELD(input_buffer_ticks), "16", 1, 31,
     "how many ticks ahead an input may be sent; earlier ones are ignored", NULL},
    {"SNAPSHOT_BYTES_PER_S", CONFIG_U32, FIELD(snapshot_bytes_per_s), "16000", 1200, 1000000,
     "what one client is sent a second at most; where more has changed, players that are far or were updated just now "
     "wait",
     NULL},
    {"BOTS_FILL", CONFIG_BOOL, FIELD(bots_fill), "0", 0, 1,
     "1: a bot plays for who never came or is away for longer than the resume window, in modes that allow it", NULL},
    {"CHAT_RATE_PER_MINUTE", CONFIG_U32, FIELD(chat_rate_per_minute), "5", 0, 6000,
     "lines of chat a minute that a player may say in a match, all at once if need be; 0: none", NULL},
    {"SNAPSHOT_RATE_MAX_HZ", CONFIG_U32, FIELD(snapshot_rate_max_hz), "60", 20, 60,
     "snapshots a second a client gets at most: 60, 30 or 20, the highest of these that is not above", NULL},
    {"MAP_DIR", CONFIG_TEXT, FIELD(map_dir), "", 0, 1000,
     "folder whose *.map files are maps beside the built-in ones, read at start; one that is wrong is a wrong setting; "
     "empty: none",
     NULL},
    {"SPOOL_DIR", CONFIG_TEXT, FIELD(spool_dir), "/var/lib/mma/spool", 1, 200,
     "folder where results, replay chunks and audit events wait while RabbitMQ is away; each worker has one in it",
     NULL},
    {"SPOOL_BYTES_MAX", CONFIG_U64, FIELD(spool_bytes_max), "1073741824", 1048576, UINT64_MAX,
     "size of a worker's spool at most; when it is full, events are lost, counted and logged", NULL},
    {"REPLAY_CHUNK_MS", CONFIG_U32, FIELD(replay_chunk_ms), "10000", 1000, 60000,
     "a replay chunk is published at least so often: what a crash can lose of a replay", NULL},
    {"REPLAY_CHUNK_BYTES", CONFIG_U32, FIELD(replay_chunk_bytes), "65536", 4096, 524288,
     "a replay chunk is published when it has this size", NULL},
    {"TICK_ALLOWANCE_US", CONFIG_U32, FIELD(tick_allowance_us), "13000", 1, 1000000,
     "what all matches of a worker together may take of a tick (16667 us); while they take more, those above their "
     "equal "
     "share of it send fewer snapshots",
     NULL},
    {"TICK_REALTIME_PRIORITY", CONFIG_U32, FIELD(tick_realtime_priority), "0", 0, 99,
     "priority under SCHED_FIFO, for punctual ticks on a busy machine (needs CAP_SYS_NICE); 0: ordinary scheduling",
     NULL},
    {"CPU_PIN", CONFIG_BOOL, FIELD(cpu_pin), "0", 0, 1, "1: worker N runs on the N-th processor it may use only", NULL},
    {"REDIS_TIMEOUT_MS", CONFIG_U32, FIELD(redis_timeout_ms), "1000", 10, 60000, "deadline of a Redis command", NULL},
    {"RECOVERY_LOG", CONFIG_BOOL, FIELD(recovery_log), "1", 0, 1,
     "1: each match is logged to Redis, so that it can be rebuilt when this engine dies", NULL},
    {"RECOVERY_FLUSH_TICKS", CONFIG_U32, FIELD(recovery_flush_ticks), "4", 1, 30,
     "the recovery log is written every so many ticks: what a crash can lose of a match", NULL},
    {"RECOVERY_LEASE_MS", CONFIG_U32, FIELD(recovery_lease_ms), "3000", 500, 60000,
     "how long after its latest write an engine still holds a match against others", NULL},
    {"RECOVERY_KEEP_MS", CONFIG_U32, FIELD(recovery_keep_ms), "60000", 1000, 3600000,
     "how long the recovery log of a match stays in Redis after its latest write; longer than RECOVERY_LEASE_MS", NULL},
};
const size_t engine_setting_row_count = sizeof engine_setting_rows / sizeof engine_setting_rows[0];
