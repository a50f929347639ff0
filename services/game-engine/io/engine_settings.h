/* SPDX-License-Identifier: Apache-2.0 */
/* settings.h - what an operator can set of the engine; the rows say what each means. */
#ifndef MMA_SERVICES_GAME_ENGINE_IO_ENGINE_SETTINGS_H
#define MMA_SERVICES_GAME_ENGINE_IO_ENGINE_SETTINGS_H

#include "libcommon/runtime/daemon/config.h"

struct engine_settings {
    uint32_t matches_max;
    uint32_t players_per_match_max;
    uint32_t tick_rate_hz;
    uint32_t join_wait_ms;
    uint32_t idle_match_ms;
    uint32_t input_buffer_ticks;
    uint32_t snapshot_bytes_per_s;
    bool bots_fill;
    uint32_t chat_rate_per_minute;
    uint32_t snapshot_rate_max_hz;
    const char *map_dir;
    const char *spool_dir;
    uint64_t spool_bytes_max;
    uint32_t replay_chunk_ms;
    uint32_t replay_chunk_bytes;
    uint32_t tick_allowance_us;
    uint32_t tick_realtime_priority;
    bool cpu_pin;
    uint32_t redis_timeout_ms;
    bool recovery_log;
    uint32_t recovery_flush_ticks;
    uint32_t recovery_lease_ms;
    uint32_t recovery_keep_ms;
};

extern const struct config_row engine_setting_rows[];
extern const size_t engine_setting_row_count;

#endif
