/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/engine_worker.h"

#include "tests/support/seated_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static const struct engine_rules worker_rules = {.matches_max = ENGINE_WORKER_MATCHES,
                                                 .players_per_match_max = ENGINE_WORKER_SEATS,
                                                 .snapshot_rate_max_hz = 60,
                                                 .tick_allowance_us = 1000};

void engine_worker_open(struct engine_worker *worker)
{
    memset(worker, 0, sizeof *worker);
    worker->core_memory = malloc(engine_core_bytes(&worker_rules));
    worker->now_ms = 5000;
    worker->unix_ms = 1700000000000;
    engine_core_init(&worker->core, &worker_rules, worker->core_memory);
}

void engine_worker_close(struct engine_worker *worker)
{
    for (uint32_t i = 0; i < ENGINE_WORKER_MATCHES; i++) {
        free(worker->memory[i]);
    }
    free(worker->core_memory);
}

struct engine_create engine_worker_request(uint32_t number, const char *mode, uint16_t seats)
{
    static const struct match_player players[ENGINE_WORKER_SEATS] = {{"ann", 0}, {"ben", 1}, {"cid", 0}, {"dee", 1}};
    static char ids[8][HEX_ID_SIZE];
    char *id = ids[number % 8];
    (void)snprintf(id, HEX_ID_SIZE, "%032x", number);
    struct engine_create create = {.is_readable = true,
                                   .matchmaker = "tcp://matchmaker",
                                   .match_id = id,
                                   .queue = "duel",
                                   .region = "eu",
                                   .quality = 0.5,
                                   .trace = {7},
                                   .setup = seated_match_setup(mode, players, seats)};
    assert_true(hex_id_parse(id, create.setup.id));
    return create;
}

static void keep_memory(struct engine_worker *worker, void *memory)
{
    const struct engine_effect *hold = engine_worker_effect(worker, ENGINE_HOLD_MEMORY, 0);
    assert_non_null(hold);
    free(worker->memory[hold->match]); /* of a match that is over, which tests still look at */
    worker->memory[hold->match] = memory;
}

bool engine_worker_create(struct engine_worker *worker, const struct engine_create *create)
{
    worker->effects.count = 0;
    size_t size = engine_core_create_bytes(&worker->core, create);
    void *memory = size > 0 ? malloc(size) : NULL;
    bool is_made = engine_core_create(&worker->core, create, memory, size, &worker->effects);
    if (is_made) {
        keep_memory(worker, memory);
    } else {
        free(memory);
    }
    return is_made;
}

struct hosted_match *engine_worker_match(struct engine_worker *worker, uint32_t number, const char *mode,
                                         uint16_t seats)
{
    const struct engine_create create = engine_worker_request(number, mode, seats);
    assert_true(engine_worker_create(worker, &create));
    struct hosted_match *hosted = hosted_matches_find(&worker->core.matches, create.match_id);
    assert_non_null(hosted);
    return hosted;
}

void engine_worker_join(struct engine_worker *worker, const struct hosted_match *hosted, const char *gateway,
                        const char *player, uint64_t session)
{
    const struct engine_join join = {
        .gateway = gateway, .match_id = hosted->id, .player_id = player, .session = session};
    worker->effects.count = 0;
    engine_core_join(&worker->core, &join, &worker->effects);
}

void engine_worker_round(struct engine_worker *worker, uint32_t ticks, bool is_last)
{
    engine_round_begin(&worker->core, is_last, worker->now_ms);
    for (uint32_t i = 0; i < worker->core.matches.places; i++) {
        struct hosted_match *hosted = &worker->core.matches.items[i];
        for (uint32_t tick = 0; hosted->is_used && tick < ticks; tick++) {
            worker->effects.count = 0;
            if (match_step(&hosted->match)) {
                engine_round_stepped(&worker->core, hosted, worker->now_ms, worker->unix_ms, &worker->effects);
            }
        }
    }
    worker->effects.count = 0;
    assert_false(engine_round_settle(&worker->core, worker->now_ms, &worker->effects));
}

const struct engine_effect *engine_worker_effect(const struct engine_worker *worker, enum engine_effect_kind kind,
                                                 uint32_t count)
{
    for (uint32_t i = 0; i < worker->effects.count; i++) {
        if (worker->effects.items[i].kind == kind && count-- == 0) {
            return &worker->effects.items[i];
        }
    }
    return NULL;
}

uint32_t engine_worker_count(const struct engine_worker *worker, enum engine_effect_kind kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < worker->effects.count; i++) {
        count += worker->effects.items[i].kind == kind;
    }
    return count;
}
