/* SPDX-License-Identifier: Apache-2.0 */
/*
 * request_messages.h - what matchmakers, gateways and spectators ask for, as events of core/engine_core.h.
 *
 * No loop, no mailbox. What is read borrows from the message and the arena.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_IO_REQUEST_MESSAGES_H
#define MMA_SERVICES_GAME_ENGINE_IO_REQUEST_MESSAGES_H

#include "libcommon/base/arena.h"
#include "proto/match.pb-c.h"
#include "services/game-engine/core/engine_core.h"

/* What a request does not say of its match. setup: all but id, world, players and seat_count. */
struct request_messages_context {
    struct match_setup setup;
    void *owner;                                                  /* of the two */
    const struct map *(*find_map)(void *owner, const char *name); /* NULL: there is none of that name */
    const struct walls *(*find_walls)(void *owner, const struct map *map);
};

/* message NULL: it could not be unpacked. sender and trace are the envelope's. */
void request_messages_create(const Mma__CreateMatch *message, const char *sender, const uint8_t *trace,
                             const struct request_messages_context *context, struct arena *arena,
                             struct engine_create *out_create);
void request_messages_join(const Mma__Join *message, const char *sender, struct engine_join *out_join);
void request_messages_say(const Mma__Say *message, const char *sender, struct engine_say *out_say);
void request_messages_input(const Mma__SessionInput *row, struct engine_input *out_input);

#endif
