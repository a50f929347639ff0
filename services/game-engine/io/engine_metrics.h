/* SPDX-License-Identifier: Apache-2.0 */
/* engine_metrics.h - the engine's metric families. Loop's thread only. */
#ifndef MMA_SERVICES_GAME_ENGINE_IO_ENGINE_METRICS_H
#define MMA_SERVICES_GAME_ENGINE_IO_ENGINE_METRICS_H

#include "libcommon/runtime/telemetry/metrics.h"
#include "services/game-engine/core/chat.h"

extern struct metric engine_metric_active_games;
extern struct metric engine_metric_game_players;
extern struct metric engine_metric_tick_duration;
extern struct metric engine_metric_tick_late;
extern struct metric engine_metric_ticks;
extern struct metric engine_metric_tick_phase;
extern struct metric engine_metric_snapshot_bytes;
extern struct metric engine_metric_snapshots;
extern struct metric engine_metric_snapshots_skipped;
extern struct metric engine_metric_chunks_published;
extern struct metric engine_metric_events_lost;
extern struct metric engine_metric_matches_refused;
extern struct metric engine_metric_subscribers;
extern struct metric engine_metric_tick_overruns;
extern struct metric engine_metric_matches_slowed;
extern struct metric engine_metric_chat_messages;

void engine_metrics_register(void);

/* Counts one input of a client. */
void engine_metrics_input(enum input_verdict verdict);

/* Counts one line of a client. */
void engine_metrics_chat(enum chat_verdict verdict);

#endif
