/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/snapshot/scene.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"
#include "libcommon/game/snapshot/snapshot_parts.h"

_Static_assert((SCENE_PAST_TICKS & (SCENE_PAST_TICKS - 1)) == 0, "the history's length is a power of two");
_Static_assert(SCENE_DELTA_INTERVALS_MAX <= SNAPSHOT_PART_MAX, "a delta is a part");

static size_t grid_bytes_for(const struct map *map, uint32_t capacity)
{
    return grid_bytes(map->width_q16, map->height_q16, SCENE_CELL_SHIFT, capacity);
}

/* A power of two, so that ids that count up fill it evenly. */
static uint32_t flights_for(uint32_t projectile_capacity)
{
    uint32_t count = 64;
    while (count < projectile_capacity) {
        count *= 2;
    }
    return count;
}

size_t scene_bytes(const struct world_setup *setup)
{
    REQUIRE(world_setup_is_valid(setup));
    const struct map *map = world_setup_map(setup);
    size_t capacity = world_setup_capacity(setup);
    uint32_t projectiles = world_projectiles_max((uint16_t)capacity);
    return arena_bytes(grid_bytes_for(map, (uint32_t)capacity)) + arena_bytes(grid_bytes_for(map, projectiles)) +
           arena_bytes(capacity * sizeof(struct scene_player)) + arena_bytes(capacity * sizeof(uint16_t)) +
           arena_bytes(capacity * sizeof(struct scene_tiles)) + arena_bytes(projectiles * sizeof(struct vec2)) +
           arena_bytes(projectiles * sizeof(struct scene_projectile)) +
           arena_bytes(flights_for(projectiles) * sizeof(struct scene_projectile_entry)) +
           arena_bytes(capacity * sizeof(uint32_t)) + arena_bytes(projectiles * sizeof(uint32_t)) +
           arena_bytes(SCENE_PAST_TICKS * capacity * sizeof(struct view_player)) +
           arena_bytes(capacity * sizeof(struct scene_player_delta)) +
           arena_bytes(capacity * SCENE_DELTA_INTERVALS_MAX * sizeof(struct range_interval)) +
           arena_bytes(capacity * sizeof(struct scene_events)) +
           2 * arena_bytes(capacity * RULES_EVENTS_PER_PLAYER * sizeof(uint32_t)) +
           arena_bytes(board_bytes((uint16_t)capacity));
}

static void init_grid(struct grid *grid, const struct map *map, uint32_t capacity, struct arena *arena)
{
    grid_init(grid, map->width_q16, map->height_q16, SCENE_CELL_SHIFT, capacity,
              arena_take(arena, grid_bytes_for(map, capacity)));
}

void scene_init(struct scene *scene, const struct world *world, void *memory)
{
    REQUIRE(memory != NULL);
    REQUIRE(world->capacity > 0 && world->map != NULL);
    size_t capacity = world->capacity;
    struct arena arena;
    struct world_setup setup = {.mode = world->mode, .map = world->map, .capacity = world->capacity};
    arena_init(&arena, memory, scene_bytes(&setup));
    *scene = (struct scene){.world = world};
    init_grid(&scene->players, world->map, world->capacity, &arena);
    init_grid(&scene->projectiles, world->map, world->projectile_capacity, &arena);
    scene->alive = arena_take_zeroed(&arena, capacity, sizeof(struct scene_player));
    scene->order = arena_take(&arena, capacity * sizeof(uint16_t));
    scene->tiles = arena_take_zeroed(&arena, capacity, sizeof(struct scene_tiles));
    scene->positions = arena_take_zeroed(&arena, world->projectile_capacity, sizeof(struct vec2));
    scene->flying = arena_take_zeroed(&arena, world->projectile_capacity, sizeof(struct scene_projectile));
    scene->flight_mask = flights_for(world->projectile_capacity) - 1;
    scene->flights = arena_take_zeroed(&arena, scene->flight_mask + 1u, sizeof(struct scene_projectile_entry));
    scene->own_first = arena_take(&arena, capacity * sizeof(uint32_t));
    scene->own_next = arena_take(&arena, world->projectile_capacity * sizeof(uint32_t));
    scene->past = arena_take_zeroed(&arena, SCENE_PAST_TICKS * capacity, sizeof(struct view_player));
    scene->current = scene->past;
    scene->player_deltas = arena_take_zeroed(&arena, capacity, sizeof(struct scene_player_delta));
    scene->intervals = arena_take_zeroed(&arena, capacity * SCENE_DELTA_INTERVALS_MAX, sizeof(struct range_interval));
    scene->events = arena_take(&arena, capacity * sizeof(struct scene_events));
    scene->same_subject = arena_take(&arena, world->events.capacity * sizeof(uint32_t));
    scene->same_other = arena_take(&arena, world->events.capacity * sizeof(uint32_t));
    board_init(&scene->board, world->capacity, arena_take(&arena, board_bytes(world->capacity)));
    memory_fill(scene->own_first, 0xff, capacity * sizeof(uint32_t));
    memory_fill(scene->events, 0xff, capacity * sizeof(struct scene_events));
}

/* ---- projectiles ---------------------------------------------------------------------------------- */

static uint32_t tile_of(const struct scene *scene, struct vec2 position)
{
    return scene->visibility ? visibility_tile(scene->visibility, position) : 0;
}

static void index_projectiles(struct scene *scene)
{
    const struct world *world = scene->world;
    memory_fill(scene->own_first, 0xff, world->capacity * sizeof(uint32_t));
    for (uint32_t i = 0; i < world->projectile_count; i++) {
        const struct world_projectile *projectile = &world->projectiles[i];
        scene->positions[i] = world_projectile_position(projectile);
        scene->flights[projectile->id & scene->flight_mask] = (struct scene_projectile_entry){
            projectile->id, world->tick, scene->positions[i], tile_of(scene, scene->positions[i])};
        if (projectile->owner != RULES_SLOT_NONE) {
            scene->own_next[i] = scene->own_first[projectile->owner];
            scene->own_first[projectile->owner] = i;
        }
    }
    grid_build(&scene->projectiles, scene->positions, world->projectile_count);
    for (uint32_t i = 0; i < world->projectile_count; i++) {
        const struct world_projectile *projectile = &world->projectiles[scene->projectiles.items[i]];
        uint32_t tile = tile_of(scene, scene->projectiles.places[i]);
        scene->flying[i] = (struct scene_projectile){projectile->id, tile, projectile->owner};
    }
}

/* The world lists them by id. */
static uint32_t search_projectile(const struct world *world, uint32_t id)
{
    uint32_t low = 0;
    uint32_t high = world->projectile_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (world->projectiles[middle].id < id) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < world->projectile_count && world->projectiles[low].id == id ? low : SCENE_NONE;
}

bool scene_find_projectile(const struct scene *scene, uint32_t id, struct vec2 *out_place, uint32_t *out_tile)
{
    REQUIRE(out_place != NULL && out_tile != NULL);
    const struct scene_projectile_entry *flight = &scene->flights[id & scene->flight_mask];
    if (flight->tick != scene->tick) {
        return false;
    }
    if (flight->id == id) {
        *out_place = flight->place;
        *out_tile = flight->tile;
        return true;
    }
    uint32_t index =
        search_projectile(scene->world, id); /* the entry belongs to a newer projectile with the same low bits */
    if (index == SCENE_NONE) {
        return false;
    }
    *out_place = scene->positions[index];
    *out_tile = tile_of(scene, *out_place);
    return true;
}

/* ---- players -------------------------------------------------------------------------------------- */

static uint8_t flags_of(const struct actor *actor)
{
    uint32_t flags = 0;
    flags |= actor->protection_ticks > 0 ? VIEW_PROTECTED : 0;
    flags |= actor->reload_ticks > 0 ? VIEW_RELOADING : 0;
    for (uint32_t effect = 0; effect < POWER_UP_EFFECTS; effect++) {
        flags |= actor_has(actor, effect) ? (uint32_t)VIEW_SPEED << effect : 0;
    }
    return (uint8_t)flags;
}

static int32_t rounded(int32_t value_q16, int32_t shift)
{
    return (value_q16 + (1 << (shift - 1))) >> shift;
}

static struct view_player quantise(const struct world *world, uint16_t slot)
{
    const struct world_player *player = &world->players[slot];
    const struct actor *actor = &player->actor;
    return (struct view_player){
        .x = rounded(actor->position.x, VIEW_POSITION_SHIFT),
        .y = rounded(actor->position.y, VIEW_POSITION_SHIFT),
        .tick = world->tick,
        .slot = slot,
        .velocity_x = (int16_t)rounded(actor->velocity.x, VIEW_VELOCITY_SHIFT),
        .velocity_y = (int16_t)rounded(actor->velocity.y, VIEW_VELOCITY_SHIFT),
        .aim = (uint16_t)(actor->aim >> VIEW_AIM_SHIFT),
        .team = player->team,
        .weapon = actor->weapon,
        .health = actor->health,
        .flags = flags_of(actor),
    };
}

/* The prediction, as long as the actual value is less than a step off; else the nearest value whole steps from it. */
static int32_t snap(int32_t expected, int32_t actual)
{
    int32_t off = actual - expected;
    bool is_near = off > -SNAPSHOT_STEP && off < SNAPSHOT_STEP;
    return is_near ? expected : expected + SNAPSHOT_STEP * ((off + SNAPSHOT_STEP / 2) >> 2);
}

/* The position after SCENE_AHEAD_TICKS at constant velocity, or at the first wall. */
static struct vec2 run_ahead(const struct world *world, struct vec2 at, struct vec2 velocity)
{
    const int32_t steps = 2; /* a sweep is 64 units at most */
    struct vec2 step = {velocity.x * (SCENE_AHEAD_TICKS / steps), velocity.y * (SCENE_AHEAD_TICKS / steps)};
    for (int32_t i = 0; i < steps; i++) {
        int32_t part = walls_sweep_point(&world->walls, at, step);
        at = vec2_add(at, vec2_scale(step, part));
        if (part < Q16_ONE) {
            return at;
        }
    }
    return at;
}

static struct scene_tiles tiles_of(const struct scene *scene, uint16_t slot)
{
    const struct actor *actor = &scene->world->players[slot].actor;
    uint32_t now = visibility_tile(scene->visibility, actor->position);
    if (actor->velocity.x == 0 && actor->velocity.y == 0) {
        return (struct scene_tiles){now, now};
    }
    struct vec2 ahead = run_ahead(scene->world, actor->position, actor->velocity);
    return (struct scene_tiles){now, visibility_tile(scene->visibility, ahead)};
}

struct scene_tiles scene_eye_tiles(const struct scene *scene, uint16_t slot)
{
    REQUIRE(slot < scene->world->capacity && scene->visibility != NULL);
    const struct actor *actor = &scene->world->players[slot].actor;
    if (actor->state == ACTOR_ALIVE) {
        return scene->tiles[slot];
    }
    uint32_t now = visibility_tile(scene->visibility, actor->position);
    return (struct scene_tiles){now, now};
}

void scene_prefetch_player(const struct scene *scene, uint16_t slot)
{
    REQUIRE(slot < scene->world->capacity);
    const struct world_player *player = &scene->world->players[slot];
    __builtin_prefetch(player);
    __builtin_prefetch(player + 1); /* it mostly takes two cache lines */
    __builtin_prefetch(&scene->current[slot]);
    __builtin_prefetch(&scene->tiles[slot]);
}

/* For all viewers whose baseline has the slot as of the tick before. */
static void encode_delta(struct scene *scene, const struct view_player *before, struct view_player now)
{
    struct range_interval intervals[SNAPSHOT_INTERVALS_MAX];
    struct snapshot_coder coder = {.intervals = intervals};
    struct scene_player_delta *delta = &scene->player_deltas[now.slot];
    snapshot_code_player(&coder, before, &now, NULL);
    REQUIRE(coder.count <= SCENE_DELTA_INTERVALS_MAX);
    *delta = (struct scene_player_delta){.first = scene->interval_count,
                                         .count = (uint16_t)coder.count,
                                         .cost = (uint16_t)snapshot_cost(intervals, coder.count)};
    memory_copy(scene->intervals + delta->first, intervals, coder.count * sizeof intervals[0]);
    scene->interval_count += coder.count;
}

/* before: its state in the tick before, or NULL. */
static void update_player(struct scene *scene, uint16_t slot, const struct view_player *before)
{
    struct view_player *now = &scene->current[slot];
    *now = quantise(scene->world, slot);
    if (before) {
        now->x = snap(before->x + now->velocity_x, now->x);
        now->y = snap(before->y + now->velocity_y, now->y);
    }
    if (scene->world->players[slot].actor.state != ACTOR_ALIVE) {
        now->tick = 0; /* died in this very tick */
    } else if (before) {
        encode_delta(scene, before, *now);
        uint32_t cost = scene->player_deltas[slot].cost;
        scene->delta_cost_max = cost > scene->delta_cost_max ? cost : scene->delta_cost_max;
    }
}

static void order_slots(struct scene *scene)
{
    const struct world *world = scene->world;
    uint32_t others = world->alive_count;
    uint32_t next = 0;
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        if (next < world->alive_count && world->alive_slots[next] == slot) {
            next++;
        } else {
            scene->order[others++] = slot;
        }
    }
    for (uint32_t i = 0; i < world->alive_count; i++) {
        scene->order[i] = world->alive_slots[scene->players.items[i]];
    }
}

static void update_players(struct scene *scene, bool is_next)
{
    const struct world *world = scene->world;
    const struct view_player *before_all = scene->current;
    scene->current = scene->past + (size_t)(scene->tick % SCENE_PAST_TICKS) * world->capacity;
    scene->alive_count = world->alive_count;
    scene->interval_count = 0;
    scene->delta_cost_max = 0;
    grid_build(&scene->players, world->alive_positions, world->alive_count);
    order_slots(scene);
    memory_zero(scene->player_deltas, world->capacity * sizeof scene->player_deltas[0]);
    for (uint32_t i = 0; i < scene->alive_count; i++) {
        uint16_t slot = scene->order[i];
        if (scene->visibility) {
            scene->tiles[slot] = tiles_of(scene, slot);
        }
        const struct view_player *before = &before_all[slot];
        bool has_before = is_next && before->tick == world->tick - 1 && before->tick > 0;
        update_player(scene, slot, has_before ? before : NULL);
        bool is_there = scene->current[slot].tick == scene->tick;
        scene->alive[i] = (struct scene_player){scene->tiles[slot], slot, is_there};
    }
}

/* ---- events --------------------------------------------------------------------------------------- */

bool scene_is_broadcast(const struct world *world, const struct event *event)
{
    REQUIRE(event->kind < EVENT_KIND_COUNT);
    switch (event->kind) {
    case EVENT_PHASE:
        return true;
    case EVENT_JOINED:
    case EVENT_LEFT:
    case EVENT_DEATH:
    case EVENT_SCORE:
        return world->capacity <= VIEW_SCORES_ALL;
    default:
        return false;
    }
}

static void prepend(uint32_t *first, uint32_t *next, uint32_t index)
{
    next[index] = *first;
    *first = index;
}

static void index_events(struct scene *scene)
{
    const struct world *world = scene->world;
    memory_fill(scene->events, 0xff, world->capacity * sizeof(struct scene_events));
    scene->has_broadcast = false;
    for (uint32_t i = 0; i < world->events.count; i++) {
        const struct event *event = &world->events.items[i];
        if (event->kind == EVENT_FIRED) {
            continue;
        }
        scene->has_broadcast = scene->has_broadcast || scene_is_broadcast(world, event);
        if (event->subject < world->capacity) {
            prepend(&scene->events[event->subject].as_subject, scene->same_subject, i);
        }
        if (event->other < world->capacity) {
            prepend(&scene->events[event->other].as_other, scene->same_other, i);
        }
    }
}

static void scene_check(const struct scene *scene)
{
    REQUIRE(scene->tick == scene->world->tick && scene->alive_count <= scene->world->capacity);
    REQUIRE(scene->interval_count <= (uint32_t)scene->world->capacity * SCENE_DELTA_INTERVALS_MAX);
    REQUIRE(scene->players.count == scene->alive_count);
}

void scene_update(struct scene *scene)
{
    const struct world *world = scene->world;
    bool is_next = scene->tick > 0 && world->tick == scene->tick + 1;
    scene->tick = world->tick;
    index_projectiles(scene);
    update_players(scene, is_next);
    index_events(scene);
    board_update(&scene->board, world);
    scene_check(scene);
}
