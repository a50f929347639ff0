/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/viewed_match.h"

#include <stdlib.h>

enum { HISTORY = 8192 };

static void *take(size_t size)
{
    void *memory = calloc(1, size);
    REQUIRE(memory);
    return memory;
}

struct viewed_match *viewed_match_create(const struct world_setup *setup, uint16_t bots, uint16_t viewer)
{
    struct viewed_match *told = take(sizeof *told);
    told->match = bot_match_create(setup, bots);
    told->viewer = viewer;
    event_history_init(&told->history, take(event_history_bytes(HISTORY)), HISTORY);
    struct view_limits limits = view_limits_for(told->match->world.capacity);
    for (uint32_t i = 0; i < 2; i++) {
        view_init(&told->server[i], &limits, take(view_bytes(&limits)));
        view_init(&told->client[i], &limits, take(view_bytes(&limits)));
    }
    return told;
}

void viewed_match_destroy(struct viewed_match *told)
{
    for (uint32_t i = 0; i < 2; i++) {
        free(told->server[i].players); /* the first part: where the view's memory begins */
        free(told->client[i].players);
    }
    free(told->history.items);
    bot_match_destroy(told->match);
    free(told);
}

void viewed_match_step(struct viewed_match *told, uint32_t ticks)
{
    for (uint32_t i = 0; i < ticks; i++) {
        bot_match_step(told->match);
        event_history_add(&told->history, &told->match->world.events);
    }
}

const struct view *viewed_match_update(struct viewed_match *told, bool is_keyframe, uint32_t budget_bits)
{
    const struct view *known = is_keyframe || !told->has_view ? NULL : &told->server[told->now];
    const struct view *client_known = known ? &told->client[told->now] : NULL;
    uint32_t tick = told->match->world.tick;
    told->now = !told->now;
    struct view *view = &told->server[told->now];
    interest_view(view, &told->match->scene, told->viewer, known, budget_bits);
    if (view->has_self) {
        view->input_sequence = tick - tick / 50;
        view->input_depth = (uint8_t)(tick % 20 == 0 ? 15 : 16 + tick % 2);
    }
    struct snapshot_source source = {.scene = &told->match->scene,
                                     .baseline = known,
                                     .current = view,
                                     .events = &told->history,
                                     .events_after = known ? known->tick : tick - 1};
    struct view *client = &told->client[told->now];
    REQUIRE(snapshot_encode(&source, told->bytes, sizeof told->bytes, &told->size) == STATUS_OK);
    REQUIRE(snapshot_decode(client_known, told->bytes, told->size, client, &told->info) == STATUS_OK);
    REQUIRE(view_hash(client) == view_hash(view) && client->chain == view->chain);
    told->has_view = true;
    return client;
}
