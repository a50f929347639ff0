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
    struct viewed_match *viewed = take(sizeof *viewed);
    viewed->match = bot_match_create(setup, bots);
    viewed->viewer = viewer;
    event_history_init(&viewed->history, take(event_history_bytes(HISTORY)), HISTORY);
    struct view_limits limits = view_limits_for(viewed->match->world.capacity);
    for (uint32_t i = 0; i < 2; i++) {
        view_init(&viewed->server[i], &limits, take(view_bytes(&limits)));
        view_init(&viewed->client[i], &limits, take(view_bytes(&limits)));
    }
    return viewed;
}

void viewed_match_destroy(struct viewed_match *viewed)
{
    for (uint32_t i = 0; i < 2; i++) {
        free(viewed->server[i].players); /* the first part: where the view's memory begins */
        free(viewed->client[i].players);
    }
    free(viewed->history.items);
    bot_match_destroy(viewed->match);
    free(viewed);
}

void viewed_match_step(struct viewed_match *viewed, uint32_t ticks)
{
    for (uint32_t i = 0; i < ticks; i++) {
        bot_match_step(viewed->match);
        event_history_add(&viewed->history, &viewed->match->world.events);
    }
}

const struct view *viewed_match_update(struct viewed_match *viewed, bool is_keyframe, uint32_t budget_bits)
{
    const struct view *baseline = is_keyframe || !viewed->has_view ? NULL : &viewed->server[viewed->now];
    const struct view *client_baseline = baseline ? &viewed->client[viewed->now] : NULL;
    uint32_t tick = viewed->match->world.tick;
    viewed->now = !viewed->now;
    struct view *view = &viewed->server[viewed->now];
    interest_view(view, &viewed->match->scene, viewed->viewer, baseline, budget_bits);
    if (view->has_self) {
        view->input_sequence = tick - tick / 50;
        view->input_depth = (uint8_t)(tick % 20 == 0 ? 15 : 16 + tick % 2);
    }
    struct snapshot_source source = {.scene = &viewed->match->scene,
                                     .baseline = baseline,
                                     .current = view,
                                     .events = &viewed->history,
                                     .events_after = baseline ? baseline->tick : tick - 1};
    struct view *client = &viewed->client[viewed->now];
    REQUIRE(snapshot_encode(&source, viewed->bytes, sizeof viewed->bytes, &viewed->size) == STATUS_OK);
    REQUIRE(snapshot_decode(client_baseline, viewed->bytes, viewed->size, client, &viewed->info) == STATUS_OK);
    REQUIRE(view_hash(client) == view_hash(view) && client->chain == view->chain);
    viewed->has_view = true;
    return client;
}
