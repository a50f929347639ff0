/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine.h - one worker of the game-engine: what it is made of, and its life from start to drain to stop.
 *
 * Drain: no new matches; running ones may end by themselves until DRAIN_TIMEOUT_MS, less a second to publish what there
 * is, then they end as they stand.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_IO_ENGINE_H
#define MMA_SERVICES_GAME_ENGINE_IO_ENGINE_H

#include "libcommon/runtime/daemon/daemon.h"
#include "services/game-engine/io/engine_settings.h"

/* As daemon_spec takes them; settings is a struct engine_settings, instance is a struct engine. */
const char *engine_check(const void *settings);
MUST_USE enum status engine_start(struct daemon *daemon, const struct engine_settings *settings, void **out_instance);
void engine_drain(void *instance);
void engine_stop(void *instance);
void engine_destroy(void *instance);

#endif
