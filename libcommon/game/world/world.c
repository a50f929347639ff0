/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/world/world.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/status.h"
#include "libcommon/game/world/simulation.h"

#define RANDOM_STREAM 1

_Static_assert(RULES_PLAYERS_MAX < RULES_SLOT_NONE, "a slot is never RULES_SLOT_NONE");
_Static_assert(RULES_TEAMS_MAX < RULES_TEAM_NONE, "a team is never RULES_TEAM_NONE");

const struct map *world_setup_map(const struct world_setup *setup)
{
    REQUIRE(setup->mode != NULL);
    return setup->map ? setup->map : map_find(setup->mode->map);
}

uint16_t world_setup_capacity(const struct world_setup *setup)
{
    REQUIRE(setup->mode != NULL);
    return setup->capacity ? setup->capacity : setup->mode->players_max;
}

bool world_setup_is_valid(const struct world_setup *setup)
{
    if (!setup->mode) {
        return false;
    }
    const struct map *map = world_setup_map(setup);
    bool are_its_walls = !setup->walls || setup->walls->map == map;
    return map && are_its_walls && (map_is_built_in(map) || map_is_valid(map)) &&
           world_setup_capacity(setup) <= RULES_PLAYERS_MAX;
}

size_t world_memory_bytes(const struct world_setup *setup)
{
    if (!world_setup_is_valid(setup)) {
        return 0;
    }
    const struct map *map = world_setup_map(setup);
    size_t capacity = world_setup_capacity(setup);
    return arena_bytes(capacity * sizeof(struct world_player)) +
           arena_bytes(world_projectiles_max((uint16_t)capacity) * sizeof(struct world_projectile)) +
           arena_bytes(capacity * RULES_EVENTS_PER_PLAYER * sizeof(struct event)) +
           arena_bytes(capacity * sizeof(uint16_t)) + 3 * arena_bytes(capacity * sizeof(struct vec2)) +
           2 * arena_bytes(capacity) + arena_bytes(map->power_up_count * sizeof(uint16_t)) +
           arena_bytes(RULES_REWIND_MAX * capacity * sizeof(struct vec2)) +
           (setup->walls ? 0 : arena_bytes(walls_bytes(map))) +
           arena_bytes(grid_bytes(map->width_q16, map->height_q16, RULES_CELL_SHIFT, (uint32_t)capacity));
}

static void place(struct world *world, const struct walls *walls, struct arena *arena)
{
    size_t capacity = world->capacity;
    const struct map *map = world->map;
    world->projectile_capacity = world_projectiles_max(world->capacity);
    world->players = arena_take_zeroed(arena, capacity, sizeof(struct world_player));
    world->projectiles = arena_take_zeroed(arena, world->projectile_capacity, sizeof(struct world_projectile));
    world->events.capacity = (uint32_t)capacity * RULES_EVENTS_PER_PLAYER;
    world->events.items = arena_take_zeroed(arena, world->events.capacity, sizeof(struct event));
    world->alive_slots = arena_take_zeroed(arena, capacity, sizeof(uint16_t));
    world->alive_positions = arena_take_zeroed(arena, capacity, sizeof(struct vec2));
    world->alive_velocities = arena_take_zeroed(arena, capacity, sizeof(struct vec2));
    world->past = arena_take_zeroed(arena, RULES_REWIND_MAX * capacity, sizeof(struct vec2));
    world->power_up_ticks = arena_take_zeroed(arena, map->power_up_count, sizeof(uint16_t));
    world->alive_requested = arena_take_zeroed(arena, capacity, sizeof(struct vec2));
    world->are_pushed = arena_take_zeroed(arena, capacity, 1);
    world->fired = arena_take_zeroed(arena, capacity, 1);
    if (walls) {
        world->walls = *walls;
    } else {
        walls_init(&world->walls, map, arena_take(arena, walls_bytes(map)));
    }
    grid_init(&world->grid, map->width_q16, map->height_q16, RULES_CELL_SHIFT, world->capacity,
              arena_take(arena, grid_bytes(map->width_q16, map->height_q16, RULES_CELL_SHIFT, world->capacity)));
}

enum status world_init(struct world *world, const struct world_setup *setup, void *memory, size_t size)
{
    if (!world_setup_is_valid(setup)) {
        return STATUS_INVALID;
    }
    if (size < world_memory_bytes(setup)) {
        return STATUS_NO_MEMORY;
    }
    *world = (struct world){
        .mode = setup->mode,
        .map = world_setup_map(setup),
        .seed = setup->seed,
        .time_limit_ticks = setup->time_limit_ticks ? setup->time_limit_ticks : setup->mode->time_limit_ticks,
        .score_limit = setup->score_limit ? setup->score_limit : setup->mode->score_limit,
        .capacity = world_setup_capacity(setup),
        .phase = WORLD_WARMUP,
        .projectile_next_id = 1,
    };
    random_init(&world->random, setup->seed, RANDOM_STREAM);
    struct arena arena;
    arena_init(&arena, memory, size);
    place(world, setup->walls, &arena);
    return STATUS_OK;
}

/* What holds between any two calls. */
static void world_check(const struct world *world)
{
    REQUIRE(world->capacity > 0 && world->capacity <= RULES_PLAYERS_MAX);
    REQUIRE(world->phase < WORLD_PHASE_COUNT);
    REQUIRE(world->player_count <= world->capacity && world->alive_count <= world->capacity);
    REQUIRE(world->projectile_count <= world->projectile_capacity);
    REQUIRE(world->events.count <= world->events.capacity);
    REQUIRE(world->phase != WORLD_PLAY || world->phase_ticks <= world->time_limit_ticks);
    REQUIRE((world->random.increment & 1) == 1);
}

/* Joins and leaves come before the step they belong to: the first event after a step begins the next list. */
static void open_events(struct world *world)
{
    if (world->events_are_done) {
        world->events.count = 0;
        world->events_are_done = false;
    }
}

void world_event(struct world *world, struct event event)
{
    REQUIRE(event.kind < EVENT_KIND_COUNT);
    event.tick = world->tick;
    event_list_add(&world->events, &event);
}

static void event_before_step(struct world *world, struct event event)
{
    open_events(world);
    event.tick = world->tick + 1;
    event_list_add(&world->events, &event);
}

static bool team_is_valid(const struct world *world, uint8_t team)
{
    return world->mode->team_count == 0 ? team == RULES_TEAM_NONE : team < world->mode->team_count;
}

enum status world_join(struct world *world, uint16_t slot, uint8_t team, uint64_t id)
{
    if (slot >= world->capacity || id == 0 || !team_is_valid(world, team)) {
        return STATUS_INVALID;
    }
    if (world->players[slot].id != 0) {
        return STATUS_EXISTS;
    }
    struct world_player *player = &world->players[slot];
    *player = (struct world_player){.id = id, .team = team};
    player->actor.weapon = WEAPON_RIFLE;
    player->actor.respawn_ticks = 1;
    for (uint32_t i = 0; i < WORLD_DAMAGERS_MAX; i++) {
        player->damagers[i].slot = RULES_SLOT_NONE;
    }
    world->player_count++;
    event_before_step(world,
                      (struct event){.kind = EVENT_JOINED, .subject = slot, .other = RULES_SLOT_NONE, .value = team});
    world_check(world);
    return STATUS_OK;
}

static void forget_slot(struct world *world, uint16_t slot)
{
    for (uint32_t i = 0; i < world->projectile_count; i++) {
        if (world->projectiles[i].owner == slot) {
            world->projectiles[i].owner = RULES_SLOT_NONE;
        }
    }
    for (uint16_t other = 0; other < world->capacity; other++) {
        for (uint32_t i = 0; i < WORLD_DAMAGERS_MAX; i++) {
            if (world->players[other].damagers[i].slot == slot) {
                world->players[other].damagers[i] = (struct world_damager){.slot = RULES_SLOT_NONE};
            }
        }
    }
}

enum status world_leave(struct world *world, uint16_t slot)
{
    if (!world_has(world, slot)) {
        return STATUS_NOT_FOUND;
    }
    world->players[slot] = (struct world_player){0};
    world->player_count--;
    forget_slot(world, slot);
    event_before_step(world, (struct event){.kind = EVENT_LEFT, .subject = slot, .other = RULES_SLOT_NONE});
    world_check(world);
    return STATUS_OK;
}

uint8_t world_smallest_team(const struct world *world)
{
    if (world->mode->team_count == 0) {
        return RULES_TEAM_NONE;
    }
    uint32_t sizes[RULES_TEAMS_MAX] = {0};
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        if (world->players[slot].id != 0) {
            sizes[world->players[slot].team]++;
        }
    }
    uint8_t best = 0;
    for (uint8_t team = 1; team < world->mode->team_count; team++) {
        if (sizes[team] < sizes[best]) {
            best = team;
        }
    }
    return best;
}

static void enter_phase(struct world *world, enum world_phase phase)
{
    world->phase = (uint8_t)phase;
    world->phase_ticks = 0;
    world_event(world, (struct event){.kind = EVENT_PHASE,
                                      .subject = RULES_SLOT_NONE,
                                      .other = RULES_SLOT_NONE,
                                      .value = (uint16_t)phase});
}

static void step_warmup(struct world *world)
{
    if (world->phase != WORLD_WARMUP) {
        return;
    }
    world->phase_ticks = world->player_count >= world->mode->players_min ? world->phase_ticks + 1 : 0;
    if (world->phase_ticks > world->mode->warmup_ticks) {
        spawn_reset(world);
        enter_phase(world, WORLD_PLAY);
    }
}

static bool team_has_player(const struct world *world, uint32_t team)
{
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        if (world->players[slot].id != 0 && world->players[slot].team == team) {
            return true;
        }
    }
    return false;
}

/* Teams, or players without teams, that still have somebody. */
static uint32_t sides_left(const struct world *world)
{
    if (world->mode->team_count == 0) {
        return world->player_count;
    }
    uint32_t count = 0;
    for (uint32_t team = 0; team < world->mode->team_count; team++) {
        count += team_has_player(world, team);
    }
    return count;
}

static void step_play(struct world *world)
{
    if (!world_is_live(world)) {
        return;
    }
    world->phase_ticks++;
    struct world_result result;
    world_result(world, &result);
    if (sides_left(world) < 2) {
        enter_phase(world, WORLD_OVER);
    } else if (world->phase == WORLD_OVERTIME) {
        if (!result.is_draw || world->phase_ticks >= world_overtime_ticks(world)) {
            enter_phase(world, WORLD_OVER);
        }
    } else if (result.score >= world->score_limit || world->phase_ticks >= world->time_limit_ticks) {
        enter_phase(world, result.is_draw && world->mode->overtime_ticks > 0 ? WORLD_OVERTIME : WORLD_OVER);
    }
}

void world_step_movement(struct world *world, const struct input *inputs)
{
    REQUIRE(inputs != NULL);
    open_events(world);
    world->tick++;
    if (!world_is_over(world)) {
        step_warmup(world);
        spawn_step(world);
        physics_step(world, inputs);
    }
}

void world_step_combat(struct world *world, const struct input *inputs)
{
    REQUIRE(inputs != NULL);
    REQUIRE(world->grid.count == world->alive_count || world_is_over(world));
    if (!world_is_over(world)) {
        power_up_step(world);
        combat_step(world, inputs);
        history_keep(world);
        step_play(world);
    }
    world->events_are_done = true;
    world_check(world);
}

void world_step(struct world *world, const struct input *inputs)
{
    world_step_movement(world, inputs);
    world_step_combat(world, inputs);
}

uint32_t world_ticks_left(const struct world *world)
{
    REQUIRE(world->phase < WORLD_PHASE_COUNT);
    switch (world->phase) {
    case WORLD_WARMUP:
        return world->time_limit_ticks;
    case WORLD_PLAY:
        return world->time_limit_ticks - world->phase_ticks;
    case WORLD_OVERTIME:
        return world_overtime_ticks(world) - world->phase_ticks;
    default:
        return 0;
    }
}

static void consider(struct world_result *best, uint16_t side, uint32_t score)
{
    if (best->winner == RULES_SLOT_NONE || score > best->score) {
        *best = (struct world_result){.winner = side, .score = score};
    } else if (score == best->score) {
        best->is_draw = true;
    }
}

void world_result(const struct world *world, struct world_result *out_result)
{
    REQUIRE(out_result != NULL);
    struct world_result best = {.winner = RULES_SLOT_NONE};
    if (world->mode->team_count > 0) {
        for (uint16_t team = 0; team < world->mode->team_count; team++) {
            if (team_has_player(world, team)) {
                consider(&best, team, world->team_scores[team]);
            }
        }
    } else {
        for (uint16_t slot = 0; slot < world->capacity; slot++) {
            if (world->players[slot].id != 0) {
                consider(&best, slot, world->players[slot].kills);
            }
        }
    }
    best.is_draw = best.is_draw || best.winner == RULES_SLOT_NONE;
    if (best.is_draw) {
        best.winner = RULES_SLOT_NONE;
    }
    *out_result = best;
}

uint16_t world_rank(const struct world *world, uint16_t slot)
{
    REQUIRE(world_has(world, slot));
    uint16_t rank = 1;
    const struct world_player *player = &world->players[slot];
    if (world->mode->team_count > 0) {
        for (uint32_t team = 0; team < world->mode->team_count; team++) {
            rank = (uint16_t)(rank + (world->team_scores[team] > world->team_scores[player->team]));
        }
        return rank;
    }
    for (uint16_t other = 0; other < world->capacity; other++) {
        rank = (uint16_t)(rank + (world->players[other].id != 0 && world->players[other].kills > player->kills));
    }
    return rank;
}
