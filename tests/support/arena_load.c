/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/arena_load.h"

#include "libcommon/runtime/daemon/pages.h"
#include "tests/support/bot_match.h"

#include <stdlib.h>

#define EVENTS_PER_PLAYER 64
#define SNAPSHOT_BYTES    (1u << 20)
#define BUDGET_BITS       2048 /* for others, as an engine with its default settings grants */
#define FOREVER           (1u << 30)

/* The massive map: a lattice of squares, each with one box somewhere in its middle and a spawn point at its corner. */
#define UNITS_PER_PLAYER 200000
#define SQUARE           400
#define SPAWN_OFFSET     45
#define BOX_OFFSET       100

static void *take(size_t size)
{
    void *memory = calloc(1, size);
    REQUIRE(memory);
    return memory;
}

/* ---- the map -------------------------------------------------------------------------------------- */

static uint32_t squares_across(uint16_t players)
{
    uint32_t side = fixed_isqrt64((uint64_t)players * UNITS_PER_PLAYER);
    return (side + SQUARE - 1) / SQUARE;
}

static struct map_box random_box(struct random *random, int32_t x, int32_t y)
{
    struct vec2 low = {x + random_between(random, BOX_OFFSET, 180), y + random_between(random, BOX_OFFSET, 180)};
    struct vec2 high = {low.x + random_between(random, 40, 160), low.y + random_between(random, 40, 160)};
    return (struct map_box){{Q16(low.x), Q16(low.y)}, {Q16(high.x), Q16(high.y)}};
}

static struct map *make_map(uint16_t players, uint64_t seed)
{
    uint32_t across = squares_across(players);
    uint32_t squares = across * across;
    uint32_t spawn_count = squares < MAP_SPAWNS_MAX ? squares : MAP_SPAWNS_MAX;
    struct map_box *walls = take(squares * sizeof *walls);
    struct map_spawn *spawns = take(spawn_count * sizeof *spawns);
    struct random random;
    random_init(&random, seed, 3);
    for (uint32_t i = 0; i < squares; i++) {
        walls[i] = random_box(&random, (int32_t)(i % across) * SQUARE, (int32_t)(i / across) * SQUARE);
    }
    for (uint32_t i = 0; i < spawn_count; i++) {
        uint32_t square = (uint32_t)((uint64_t)i * squares / spawn_count);
        int32_t x = (int32_t)(square % across) * SQUARE + SPAWN_OFFSET;
        int32_t y = (int32_t)(square / across) * SQUARE + SPAWN_OFFSET;
        spawns[i] = (struct map_spawn){{Q16(x), Q16(y)}, RULES_TEAM_NONE};
    }
    struct map *map = take(sizeof *map);
    *map = (struct map){.name = "bench",
                        .width_q16 = Q16((int32_t)across * SQUARE),
                        .height_q16 = Q16((int32_t)across * SQUARE),
                        .walls = walls,
                        .wall_count = squares,
                        .spawns = spawns,
                        .spawn_count = spawn_count};
    return map;
}

static void free_map(struct map *map)
{
    if (map) {
        free((void *)(uintptr_t)map->walls);
        free((void *)(uintptr_t)map->spawns);
        free(map);
    }
}

/* ---- the match ------------------------------------------------------------------------------------ */

/* As an engine takes a match's memory. */
static void *take_pages(struct arena_load *load, size_t size)
{
    void *memory = pages_take(size);
    REQUIRE(memory && load->block_count < ARENA_LOAD_BLOCKS_MAX);
    load->blocks[load->block_count++] = (struct arena_load_block){memory, size};
    return memory;
}

/* As those of an engine's worker: all its matches use the same. */
static struct view *scratch_views(void)
{
    static struct view views[2];
    if (views[0].limits.players == 0) {
        struct view_limits limits = view_limits_baseline(RULES_PLAYERS_MAX);
        view_init(&views[0], &limits, take(view_bytes(&limits)));
        view_init(&views[1], &limits, take(view_bytes(&limits)));
    }
    return views;
}

static void make_known(struct arena_load *load)
{
    struct view_limits limits = view_limits_baseline(load->players);
    load->baseline_size = (baseline_bytes(&limits) + 63) / 64 * 64;
    load->baselines[0] = take_pages(load, load->players * load->baseline_size);
    load->baselines[1] = take_pages(load, load->players * load->baseline_size);
}

static struct baseline *baseline_of(const struct arena_load *load, uint32_t tick, uint32_t slot)
{
    return (struct baseline *)(load->baselines[tick & 1] + slot * load->baseline_size);
}

static const struct visibility *make_visibility(struct arena_load *load)
{
    visibility_init(&load->visibility, load->map, take_pages(load, visibility_bytes(load->map)));
    while (!visibility_step(&load->visibility, 64)) {
    }
    return &load->visibility;
}

/* As an engine has it: one for all matches of the mode's own map. */
static const struct walls *shared_walls(const struct map *map)
{
    static struct walls walls;
    if (walls.map != map) {
        walls_init(&walls, map, take(walls_bytes(map)));
    }
    return &walls;
}

static struct arena_load *create(uint16_t players, uint64_t seed, struct map *map)
{
    struct arena_load *load = take(sizeof *load);
    struct world_setup setup = {.seed = seed,
                                .mode = mode_find("ffa"),
                                .map = map,
                                .time_limit_ticks = FOREVER,
                                .score_limit = FOREVER,
                                .capacity = players};
    setup.walls = map ? NULL : shared_walls(world_setup_map(&setup));
    size_t size = world_memory_bytes(&setup);
    load->players = players;
    load->map = map;
    REQUIRE(world_init(&load->world, &setup, take_pages(load, size), size) == STATUS_OK);
    scene_init(&load->scene, &load->world, take_pages(load, scene_bytes(&setup)));
    load->scene.visibility = map ? make_visibility(load) : bot_match_visibility(load->world.map);
    make_known(load);
    event_history_init(&load->events, take_pages(load, event_history_bytes(players * EVENTS_PER_PLAYER)),
                       players * EVENTS_PER_PLAYER);
    load->bots = take_pages(load, players * sizeof *load->bots);
    load->inputs = take_pages(load, players * sizeof *load->inputs);
    load->bytes_capacity = SNAPSHOT_BYTES;
    load->bytes = take_pages(load, load->bytes_capacity);
    for (uint16_t slot = 0; slot < players; slot++) {
        bot_init(&load->bots[slot], seed + slot);
        REQUIRE(world_join(&load->world, slot, RULES_TEAM_NONE, 1000u + slot) == STATUS_OK);
    }
    return load;
}

struct arena_load *arena_load_create(uint16_t players, uint64_t seed)
{
    return create(players, seed, NULL);
}

struct arena_load *arena_load_massive(uint16_t players, uint64_t seed)
{
    return create(players, seed, make_map(players, seed));
}

void arena_load_destroy(struct arena_load *load)
{
    free_map(load->map);
    for (uint32_t i = 0; i < load->block_count; i++) {
        pages_release(load->blocks[i].memory, load->blocks[i].size);
    }
    free(load);
}

void arena_load_step(struct arena_load *load)
{
    world_step(&load->world, load->inputs);
    event_history_add(&load->events, &load->world.events);
}

static void encode(struct arena_load *load, uint16_t slot)
{
    uint32_t tick = load->world.tick;
    struct view *view = &scratch_views()[0];
    struct view *baseline = tick > 1 ? &scratch_views()[1] : NULL;
    REQUIRE(!baseline || baseline_load(baseline_of(load, tick - 1, slot), &load->scene, baseline));
    interest_view(view, &load->scene, slot, baseline, BUDGET_BITS);
    struct snapshot_source source = {.scene = &load->scene,
                                     .baseline = baseline,
                                     .current = view,
                                     .events = &load->events,
                                     .events_after = tick - 1};
    size_t size = 0;
    REQUIRE(snapshot_encode(&source, load->bytes, load->bytes_capacity, &size) == STATUS_OK);
    baseline_store(baseline_of(load, tick, slot), view);
    load->snapshot_bytes += size;
}

/* Each viewer's turn comes three steps after what was kept of it is asked for: by then all it needs is at hand. */
void arena_load_encode(struct arena_load *load)
{
    uint32_t tick = load->world.tick;
    scene_update(&load->scene);
    const uint16_t *order = load->scene.order;
    for (uint32_t i = 0; i < load->players + 3u; i++) {
        if (i < load->players) {
            baseline_prefetch(baseline_of(load, tick - 1, order[i]));
            baseline_prefetch(baseline_of(load, tick, order[i]));
        }
        if (i >= 1 && i - 1 < load->players) {
            scene_prefetch_player(&load->scene, order[i - 1]);
        }
        if (i >= 2 && i - 2 < load->players) {
            baseline_prefetch_scene(baseline_of(load, tick - 1, order[i - 2]), &load->scene, order[i - 2]);
        }
        if (i >= 3) {
            encode(load, order[i - 3]);
        }
    }
}

void arena_load_think(struct arena_load *load, uint32_t every)
{
    uint32_t tick = load->world.tick;
    struct view *view = &scratch_views()[0];
    for (uint16_t slot = (uint16_t)(tick % every); slot < load->players; slot = (uint16_t)(slot + every)) {
        interest_view(view, &load->scene, slot, NULL, INTEREST_UNBOUNDED);
        bot_think(&load->bots[slot], view, load->world.map, &load->inputs[slot]);
    }
}

void arena_load_run(struct arena_load *load, uint32_t ticks, uint32_t every)
{
    for (uint32_t i = 0; i < ticks; i++) {
        arena_load_step(load);
        arena_load_encode(load);
        arena_load_think(load, every);
    }
}
