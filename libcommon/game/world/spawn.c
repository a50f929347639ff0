/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"
#include "libcommon/game/world/simulation.h"

#define OCCUPIED_WITHIN (RULES_PLAYER_RADIUS * 2)
#define FAR_ENOUGH      Q16(900) /* enemies farther than this make no difference */
#define CANDIDATES_MAX  32       /* about so many points are compared */
#define UNINDEXED_MAX   64

/* Places around a spawn point where somebody stands already. */
#define LATTICE_STEP  (OCCUPIED_WITHIN + Q16_ONE)
#define LATTICE_REACH 16 /* steps each way */
#define LATTICE_SIDE  (2 * LATTICE_REACH + 1)
#define LATTICE_CELLS (LATTICE_SIDE * LATTICE_SIDE)
#define CLEARANCE     Q16_ONE /* from walls */

_Static_assert(LATTICE_CELLS <= UINT16_MAX, "a cell's index fits struct lattice");
_Static_assert(LATTICE_STEP <= Q16(64), "walls_sweep_point takes a step in one go");

static uint64_t squared(int32_t length_q16)
{
    return (uint64_t)((int64_t)length_q16 * length_q16);
}

static bool are_enemies(const struct world_player *a, const struct world_player *b)
{
    return a->team == RULES_TEAM_NONE || a->team != b->team;
}

/* The surroundings of a position for a player who would spawn there. */
struct outlook {
    const struct world *world;
    const struct world_player *player;
    struct vec2 position;
    uint64_t nearest; /* squared distance to the nearest enemy, at most the reach; 0: occupied */
};

static void look_at(struct outlook *outlook, uint16_t slot)
{
    const struct world_player *other = &outlook->world->players[slot];
    if (other == outlook->player || other->id == 0 || other->actor.state != ACTOR_ALIVE) {
        return;
    }
    uint64_t distance = vec2_length_squared(vec2_sub(other->actor.position, outlook->position));
    if (distance < squared(OCCUPIED_WITHIN)) {
        outlook->nearest = 0;
    } else if (are_enemies(outlook->player, other) && distance < outlook->nearest) {
        outlook->nearest = distance;
    }
}

/*
 * Squared distance to the nearest enemy within reach; 0 where another player stands. The grid has the players who lived
 * before this step, the end of alive_slots those who spawned in it.
 */
static uint64_t safety(const struct world *world, const struct world_player *player, struct vec2 position,
                       int32_t reach)
{
    struct outlook outlook = {world, player, position, squared(reach)};
    struct vec2 low = {position.x - reach, position.y - reach};
    struct vec2 high = {q16_clamp(position.x, 0, INT32_MAX - reach) + reach,
                        q16_clamp(position.y, 0, INT32_MAX - reach) + reach};
    struct grid_area area = grid_area(&world->grid, low, high);
    for (int32_t row = area.row_low; row <= area.row_high && outlook.nearest > 0; row++) {
        uint32_t first;
        uint32_t end;
        grid_run(&world->grid, &area, row, &first, &end);
        for (uint32_t i = first; i < end; i++) {
            look_at(&outlook, world->alive_slots[world->grid.items[i]]);
        }
    }
    for (uint32_t i = world->grid.count; i < world->alive_count && outlook.nearest > 0; i++) {
        look_at(&outlook, world->alive_slots[i]);
    }
    return outlook.nearest;
}

static bool is_occupied(const struct world *world, const struct world_player *player, struct vec2 position)
{
    return safety(world, player, position, OCCUPIED_WITHIN) == 0;
}

/* ---- spawn points ----------------------------------------------------------------------------------- */

struct choice {
    uint32_t index;
    uint64_t safety;
    bool is_made;
};

static bool is_open_to(const struct map_spawn *spawn, const struct world_player *player)
{
    return player->team == RULES_TEAM_NONE || spawn->team == RULES_TEAM_NONE || spawn->team == player->team;
}

/* Takes a spawn point that is safer than the choice so far. */
static void weigh(const struct world *world, const struct world_player *player, uint32_t index, struct choice *choice)
{
    const struct map_spawn *spawn = &world->map->spawns[index];
    if (!is_open_to(spawn, player)) {
        return;
    }
    uint64_t here = safety(world, player, spawn->position, FAR_ENOUGH);
    if (!choice->is_made || here > choice->safety) {
        *choice = (struct choice){index, here, true};
    }
}

/* The first point of the list, from start on, that nobody stands on; false when there is none. */
static bool find_free_point(const struct world *world, const struct world_player *player, uint32_t start,
                            struct vec2 *out_place)
{
    uint32_t count = world->map->spawn_count;
    for (uint32_t i = 0; i < count; i++) {
        const struct map_spawn *spawn = &world->map->spawns[(start + i) % count];
        if (is_open_to(spawn, player) && !is_occupied(world, player, spawn->position)) {
            *out_place = spawn->position;
            return true;
        }
    }
    return false;
}

/* ---- places around a spawn point -------------------------------------------------------------------- */

/* The cells of a square lattice around a spawn point that a player could walk to, in breadth-first order. */
struct lattice {
    struct vec2 centre;
    uint32_t count;
    uint16_t cells[LATTICE_CELLS];
    bool is_reached[LATTICE_CELLS];
};

static struct vec2 lattice_place(const struct lattice *lattice, uint32_t cell)
{
    int32_t x = (int32_t)(cell % LATTICE_SIDE) - LATTICE_REACH;
    int32_t y = (int32_t)(cell / LATTICE_SIDE) - LATTICE_REACH;
    return (struct vec2){lattice->centre.x + x * LATTICE_STEP, lattice->centre.y + y * LATTICE_STEP};
}

static void lattice_reach(struct lattice *lattice, uint32_t cell)
{
    lattice->is_reached[cell] = true;
    lattice->cells[lattice->count++] = (uint16_t)cell;
}

static bool is_step_free(const struct walls *walls, struct vec2 from, struct vec2 to)
{
    return walls_circle_is_free(walls, to, RULES_PLAYER_RADIUS + CLEARANCE) &&
           walls_sweep_point(walls, from, vec2_sub(to, from)) == Q16_ONE;
}

/* From a cell to those of its four neighbours that are new and that no wall keeps a player from. */
static void lattice_spread(struct lattice *lattice, const struct walls *walls, uint32_t cell, uint32_t first_direction)
{
    static const int32_t steps[4][2] = {{1, 0}, {0, 1}, {-1, 0}, {0, -1}};
    int32_t column = (int32_t)(cell % LATTICE_SIDE);
    int32_t row = (int32_t)(cell / LATTICE_SIDE);
    for (uint32_t i = 0; i < 4; i++) {
        const int32_t *step = steps[(first_direction + i) % 4];
        bool is_inside = column + step[0] >= 0 && column + step[0] < LATTICE_SIDE && row + step[1] >= 0 &&
                         row + step[1] < LATTICE_SIDE;
        uint32_t next = (uint32_t)((row + step[1]) * LATTICE_SIDE + column + step[0]);
        if (is_inside && !lattice->is_reached[next] &&
            is_step_free(walls, lattice_place(lattice, cell), lattice_place(lattice, next))) {
            lattice_reach(lattice, next);
        }
    }
}

/* The nearest free place, by steps around walls; false when there is none within LATTICE_REACH. */
static bool find_free_place(struct world *world, const struct world_player *player, struct vec2 centre,
                            struct vec2 *out_place)
{
    struct lattice lattice = {.centre = centre};
    uint32_t first_direction = random_below(&world->random, 4);
    lattice_reach(&lattice, LATTICE_CELLS / 2);
    for (uint32_t i = 0; i < lattice.count; i++) {
        struct vec2 place = lattice_place(&lattice, lattice.cells[i]);
        if (!is_occupied(world, player, place)) {
            *out_place = place;
            return true;
        }
        lattice_spread(&lattice, &world->walls, lattice.cells[i], first_direction);
    }
    return false;
}

/* ---- spawning --------------------------------------------------------------------------------------- */

/*
 * The safest of about CANDIDATES_MAX points spread over the list, from a random one on; the first among equals. Where
 * somebody stands on each of them, the next free point; where all are occupied, the nearest free place around one.
 * False where there is none: the player waits for the next tick. is_full: that came out for the same side in this tick.
 */
static bool choose(struct world *world, const struct world_player *player, bool *is_full, struct vec2 *out_place)
{
    uint32_t count = world->map->spawn_count;
    uint32_t start = random_below(&world->random, count);
    uint32_t stride = count < CANDIDATES_MAX ? 1 : count / CANDIDATES_MAX;
    struct choice choice = {.index = start};
    for (uint32_t i = 0; i < count && choice.safety < squared(FAR_ENOUGH); i += stride) {
        weigh(world, player, (start + i) % count, &choice);
    }
    if (choice.safety > 0) {
        *out_place = world->map->spawns[choice.index].position;
        return true;
    }
    if (*is_full) {
        return false;
    }
    bool is_found = (stride > 1 && find_free_point(world, player, start, out_place)) ||
                    find_free_place(world, player, world->map->spawns[choice.index].position, out_place);
    *is_full = !is_found;
    return is_found;
}

/* Makes the player visible to those who spawn after it: at the end of alive_slots, or, once many are, in the grid. */
static void index_player(struct world *world, uint16_t slot)
{
    if (world->alive_count - world->grid.count == UNINDEXED_MAX || world->alive_count == world->capacity) {
        physics_index(world);
        return;
    }
    world->alive_slots[world->alive_count++] = slot;
}

static void spawn_player(struct world *world, uint16_t slot, struct vec2 place)
{
    struct world_player *player = &world->players[slot];
    actor_spawn(&player->actor, place);
    player->life_tick = world->tick;
    index_player(world, slot);
    world_event(world, (struct event){.kind = EVENT_RESPAWN, .subject = slot, .other = RULES_SLOT_NONE});
}

void spawn_step(struct world *world)
{
    REQUIRE(world->map->spawn_count > 0);
    bool is_full[RULES_TEAMS_MAX + 1] = {false}; /* by team; the last: without teams */
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        struct world_player *player = &world->players[slot];
        if (player->id == 0 || player->actor.state != ACTOR_DEAD) {
            continue;
        }
        if (player->actor.respawn_ticks > 0) {
            player->actor.respawn_ticks--;
        }
        struct vec2 place;
        uint32_t side = player->team == RULES_TEAM_NONE ? RULES_TEAMS_MAX : player->team;
        if (player->actor.respawn_ticks == 0 && choose(world, player, &is_full[side], &place)) {
            spawn_player(world, slot, place);
        }
    }
}

void spawn_reset(struct world *world)
{
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        struct world_player *player = &world->players[slot];
        player->kills = 0;
        player->deaths = 0;
        player->assists = 0;
        for (uint32_t i = 0; i < WORLD_DAMAGERS_MAX; i++) {
            player->damagers[i] = (struct world_damager){.slot = RULES_SLOT_NONE};
        }
        player->actor.state = ACTOR_DEAD;
        player->actor.health = 0;
        player->actor.velocity = (struct vec2){0, 0};
        player->actor.respawn_ticks = 0;
    }
    for (uint32_t team = 0; team < RULES_TEAMS_MAX; team++) {
        world->team_scores[team] = 0;
    }
    memory_zero(world->power_up_ticks, world->map->power_up_count * sizeof world->power_up_ticks[0]);
    world->projectile_count = 0;
}
