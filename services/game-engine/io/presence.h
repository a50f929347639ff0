/* SPDX-License-Identifier: Apache-2.0 */
/* presence.h - announces this worker in the registry, with its load, and tells who of the others is gone. */
#ifndef MMA_SERVICES_GAME_ENGINE_IO_PRESENCE_H
#define MMA_SERVICES_GAME_ENGINE_IO_PRESENCE_H

#include "libcommon/runtime/mailbox/registry.h"
#include "services/game-engine/io/match_host.h"

struct presence;

struct presence_options {
    struct redis *redis;     /* borrowed */
    struct match_host *host; /* borrowed */
    const char *mailbox;     /* own URL */
    const char *region;
    uint32_t matches_max;
    uint32_t players_max;
};

MUST_USE enum status presence_open(uv_loop_t *loop, const struct presence_options *options,
                                   struct presence **out_presence);
void presence_close(struct presence *presence); /* the announcement is withdrawn; takes NULL */
void presence_drain(struct presence *presence);

#endif
