/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/bot_match.h"

#include <stdlib.h>

struct world_setup bot_match_setup(const char *mode, uint64_t seed)
{
    return (struct world_setup){
        .seed = seed, .mode = mode_find(mode), .time_limit_ticks = 1u << 30, .score_limit = 1u << 30};
}

#define MAPS_MAX 8

static void *take(size_t size)
{
    void *memory = calloc(1, size);
    REQUIRE(memory);
    return memory;
}

const struct visibility *bot_match_visibility(const struct map *map)
{
    static struct visibility tables[MAPS_MAX];
    static uint32_t count;
    for (uint32_t i = 0; i < count; i++) {
        if (tables[i].map == map) {
            return &tables[i];
        }
    }
    if (count == MAPS_MAX || !map_is_built_in(map) || map->width_q16 > Q16(VISIBILITY_FINE_MAX)) {
        return NULL;
    }
    struct visibility *made = &tables[count++];
    visibility_init(made, map, take(visibility_bytes(map)));
    while (!visibility_step(made, 1)) {
    }
    return made;
}

struct bot_match *bot_match_create(const struct world_setup *setup, uint16_t bot_count)
{
    struct bot_match *match = take(sizeof *match);
    size_t size = world_memory_bytes(setup);
    match->setup = *setup;
    match->memory = take(size);
    REQUIRE(world_init(&match->world, setup, match->memory, size) == STATUS_OK);
    match->scene_memory = take(scene_bytes(setup));
    scene_init(&match->scene, &match->world, match->scene_memory);
    match->scene.visibility = bot_match_visibility(match->world.map);
    struct view_limits limits = view_limits_for(match->world.capacity);
    match->view_memory = take(view_bytes(&limits));
    view_init(&match->view, &limits, match->view_memory);
    match->inputs = take(match->world.capacity * sizeof *match->inputs);
    match->bots = take((size_t)bot_count * sizeof *match->bots);
    match->bot_count = bot_count;
    for (uint16_t slot = 0; slot < bot_count; slot++) {
        bot_init(&match->bots[slot], setup->seed + slot);
        uint8_t team = world_smallest_team(&match->world);
        REQUIRE(world_join(&match->world, slot, team, 1000u + slot) == STATUS_OK);
    }
    return match;
}

void bot_match_destroy(struct bot_match *match)
{
    if (!match) {
        return;
    }
    free(match->bots);
    free(match->inputs);
    free(match->view_memory);
    free(match->scene_memory);
    free(match->memory);
    free(match);
}

void bot_match_step(struct bot_match *match)
{
    world_step(&match->world, match->inputs);
    scene_update(&match->scene);
    for (uint16_t slot = 0; slot < match->bot_count; slot++) {
        interest_view(&match->view, &match->scene, slot, NULL, INTEREST_UNBOUNDED);
        bot_think(&match->bots[slot], &match->view, match->world.map, &match->inputs[slot]);
    }
}
