/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/io/engine_metrics.h"

static const double tick_bounds_s[] = {0.00001, 0.00002, 0.00005, 0.0001, 0.0002, 0.0005, 0.001,    0.002,
                                       0.003,   0.004,   0.006,   0.008,  0.01,   0.0125, 0.016667, 0.033};
static const double late_bounds_s[] = {0.0001, 0.0002, 0.0005,   0.001, 0.002, 0.003,
                                       0.005,  0.01,   0.016667, 0.05,  0.1,   1};

struct metric engine_metric_active_games = METRIC_GAUGE_INIT("mma_active_games", "Matches in this worker.", NULL);
struct metric engine_metric_game_players = METRIC_GAUGE_INIT("mma_game_players", "Sessions that have a seat.", NULL);
struct metric engine_metric_tick_duration = METRIC_HISTOGRAM_INIT(
    "mma_game_tick_duration_seconds",
    "Time one wake-up took for all matches of the worker, to the last snapshot posted.", tick_bounds_s, NULL);
struct metric engine_metric_tick_late = METRIC_HISTOGRAM_INIT(
    "mma_game_tick_late_seconds", "How long after its deadline the first due tick began.", late_bounds_s, NULL);
struct metric engine_metric_ticks =
    METRIC_COUNTER_INIT("mma_game_ticks_total",
                        "Ticks of the worker's clock: on_time; late, by more than 5 ms; skipped, never run.", "result");
struct metric engine_metric_tick_phase =
    METRIC_COUNTER_INIT("mma_game_tick_phase_seconds_total",
                        "Time spent in each part of the work: input (as it comes), physics (inputs and movement), "
                        "combat (and the record), interest, encode, send.",
                        "phase");
static struct metric metric_inputs = METRIC_COUNTER_INIT(
    "mma_game_inputs_total",
    "Inputs received: buffered, late (used in the next tick), duplicate, early, invalid, unknown (no such session).",
    "result");
struct metric engine_metric_snapshot_bytes =
    METRIC_COUNTER_INIT("mma_snapshot_bytes_total", "Bytes of snapshots encoded, by kind: delta, keyframe.", "kind");
struct metric engine_metric_snapshots =
    METRIC_COUNTER_INIT("mma_snapshots_total", "Snapshots encoded: delta, keyframe, failed.", "kind");
struct metric engine_metric_snapshots_skipped =
    METRIC_COUNTER_INIT("mma_snapshots_skipped_total",
                        "Snapshots that gateways reported not written, because a client's socket was backed up.", NULL);
struct metric engine_metric_chunks_published =
    METRIC_COUNTER_INIT("mma_replay_chunks_published_total", "Replay chunks handed to RabbitMQ or its spool.", NULL);
struct metric engine_metric_events_lost = METRIC_COUNTER_INIT(
    "mma_events_lost_total", "Durable events lost because the spool was full: chunk, result, audit.", "kind");
struct metric engine_metric_matches_refused =
    METRIC_COUNTER_INIT("mma_matches_refused_total", "CreateMatch requests refused, by reason.", "reason");
struct metric engine_metric_tick_overruns =
    METRIC_COUNTER_INIT("mma_game_tick_overruns_total",
                        "Wake-ups that took longer than their ticks may, by the phase that took most: input, physics, "
                        "combat, interest, encode, send.",
                        "phase");
struct metric engine_metric_matches_slowed = METRIC_COUNTER_INIT(
    "mma_matches_slowed_total",
    "Times that a match lost a step of its snapshot rate, because all together took more than TICK_ALLOWANCE_US.",
    NULL);
struct metric engine_metric_chat_messages = METRIC_COUNTER_INIT(
    "mma_chat_messages_total",
    "Lines of chat received: said, invalid, rate_limited, unknown (no such session); and unsent, to a gateway whose "
    "mailbox is away or full.",
    "result");
struct metric engine_metric_subscribers =
    METRIC_GAUGE_INIT("mma_game_subscribers", "Streams of records that spectators take.", NULL);

void engine_metrics_register(void)
{
    struct metric *all[] = {&engine_metric_active_games,
                            &engine_metric_game_players,
                            &engine_metric_tick_duration,
                            &engine_metric_tick_late,
                            &engine_metric_ticks,
                            &engine_metric_tick_phase,
                            &metric_inputs,
                            &engine_metric_snapshot_bytes,
                            &engine_metric_snapshots,
                            &engine_metric_snapshots_skipped,
                            &engine_metric_chunks_published,
                            &engine_metric_events_lost,
                            &engine_metric_matches_refused,
                            &engine_metric_subscribers,
                            &engine_metric_tick_overruns,
                            &engine_metric_matches_slowed,
                            &engine_metric_chat_messages};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        metrics_register(all[i]);
    }
    metric_set(&engine_metric_active_games, 0, NULL, NULL);
    metric_set(&engine_metric_game_players, 0, NULL, NULL);
    metric_set(&engine_metric_subscribers, 0, NULL, NULL);
}

void engine_metrics_input(enum input_verdict verdict)
{
    static const char *const names[INPUT_VERDICTS] = {"buffered", "late", "duplicate", "early", "invalid", "unknown"};
    metric_add(&metric_inputs, 1, names[verdict], NULL);
}

void engine_metrics_chat(enum chat_verdict verdict)
{
    static const char *const names[CHAT_VERDICTS] = {"said", "invalid", "invalid", "rate_limited"};
    metric_add(&engine_metric_chat_messages, 1, names[verdict], NULL);
}
