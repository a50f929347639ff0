/* SPDX-License-Identifier: Apache-2.0 */
/*
 * spectator.h - one worker of the spectator: what it is made of, and its life from start to drain to stop.
 *
 * Drain: no new viewers; streams go on while their matches do, at most until DRAIN_TIMEOUT_MS, less a second, then end
 * with SPECTATOR_LOST, on which clients watch elsewhere.
 */
#ifndef MMA_SERVICES_SPECTATOR_IO_SPECTATOR_H
#define MMA_SERVICES_SPECTATOR_IO_SPECTATOR_H

#include "libcommon/runtime/daemon/daemon.h"
#include "services/spectator/io/spectator_settings.h"

/* As daemon_spec wants them; instance is a struct spectator. */
MUST_USE enum status spectator_start(struct daemon *daemon, const struct spectator_settings *settings,
                                     void **out_instance);
void spectator_drain(void *instance);
void spectator_stop(void *instance);
void spectator_destroy(void *instance);

#endif
