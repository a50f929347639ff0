/* SPDX-License-Identifier: Apache-2.0 */
/* engine_worker.h - an engine's core without a daemon: matches are made, effects read back, rounds made. */
#ifndef MMA_TESTS_SUPPORT_ENGINE_WORKER_H
#define MMA_TESTS_SUPPORT_ENGINE_WORKER_H

#include "services/game-engine/core/engine_round.h"

#define ENGINE_WORKER_MATCHES 3
#define ENGINE_WORKER_SEATS   4

struct engine_worker {
    struct engine_core core;
    struct engine_effects effects; /* of the latest call */
    void *core_memory;
    void *memory[ENGINE_WORKER_MATCHES]; /* of matches */
    uint64_t now_ms;
    uint64_t unix_ms;
};

void engine_worker_open(struct engine_worker *worker);
void engine_worker_close(struct engine_worker *worker);

/* A match with that number (1 ..) of a mode, with players "ann", "ben", "cid", "dee" as many as it takes. */
struct engine_create engine_worker_request(uint32_t number, const char *mode, uint16_t seats);

/* The effects are those of the call. False: it was not made. */
bool engine_worker_create(struct engine_worker *worker, const struct engine_create *create);

/* Made and running, or the test fails. */
struct hosted_match *engine_worker_match(struct engine_worker *worker, uint32_t number, const char *mode,
                                         uint16_t seats);

void engine_worker_join(struct engine_worker *worker, const struct hosted_match *hosted, const char *gateway,
                        const char *player, uint64_t session);

/* ticks for all matches; effects are those of the round's end alone. */
void engine_worker_round(struct engine_worker *worker, uint32_t ticks, bool is_last);

/* The count-th effect of that kind, from 0, or NULL. */
const struct engine_effect *engine_worker_effect(const struct engine_worker *worker, enum engine_effect_kind kind,
                                                 uint32_t count);
uint32_t engine_worker_count(const struct engine_worker *worker, enum engine_effect_kind kind);

#endif
