/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/memory.h"
#include "libcommon/game/world/simulation.h"

#define OCCUPIED_WITHIN RULES_PLAYER_RADIUS * 2
#define FAR_ENOUGH      Q16(900) /* enemies farther than this make no difference */
#define CANDIDATES_MAX  32       /* about so many points are looked at */
#define UNINDEXED_MAX   64

static uint64_t squared(int32_t length_q16)
{
    return (uint64_t)((int64_t)length_q16 * length_q16);
}

static bool are_enemies(const struct world_player *a, const struct world_player *b)
{
    return a->team == RULES_TEAM_NONE || a->team != b->team;
}

/* What a player would find at a spawn point. */
struct outlook {
    const struct world *world;
    const struct world_player *player;
    struct vec2 position;
    uint64_t nearest; /* squared distance to the nearest enemy, at most FAR_ENOUGH; 0 where somebody stands */
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

/* The grid has those who lived before this step, the end of alive_slots those who came since. */
static uint64_t safety(const struct world *world, const struct world_player *player, struct vec2 position)
{
    struct outlook outlook = {world, player, position, squared(FAR_ENOUGH)};
    struct vec2 low = {position.x - FAR_ENOUGH, position.y - FAR_ENOUGH};
    struct vec2 high = {q16_clamp(position.x, 0, INT32_MAX - FAR_ENOUGH) + FAR_ENOUGH,
                        q16_clamp(position.y, 0, INT32_MAX - FAR_ENOUGH) + FAR_ENOUGH};
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

struct choice {
    uint32_t index;
    uint64_t safety;
    bool is_made;
};

/* Takes a spawn point that is safer than the choice so far. */
static void weigh(const struct world *world, const struct world_player *player, uint32_t index, struct choice *choice)
{
    const struct map_spawn *spawn = &world->map->spawns[index];
    if (player->team != RULES_TEAM_NONE && spawn->team != RULES_TEAM_NONE && spawn->team != player->team) {
        return;
    }
    uint64_t here = safety(world, player, spawn->position);
    if (!choice->is_made || here > choice->safety) {
        *choice = (struct choice){index, here, true};
    }
}

/*
 * The safest of about CANDIDATES_MAX points spread over the list, from a random one on; the first among equals. Where
 * somebody stands on each of them, the next free one.
 */
static struct vec2 choose(struct world *world, const struct world_player *player)
{
    uint32_t count = world->map->spawn_count;
    uint32_t start = random_below(&world->random, count);
    uint32_t stride = count < CANDIDATES_MAX ? 1 : count / CANDIDATES_MAX;
    struct choice choice = {.index = start};
    for (uint32_t i = 0; i < count && choice.safety < squared(FAR_ENOUGH); i += stride) {
        weigh(world, player, (start + i) % count, &choice);
    }
    for (uint32_t i = 0; i < count && choice.safety == 0 && stride > 1; i++) {
        weigh(world, player, (start + i) % count, &choice);
    }
    return world->map->spawns[choice.index].position;
}

/* The next to spawn sees this one: at the end of alive_slots, and in the grid once many are not. */
static void remember(struct world *world, uint16_t slot)
{
    if (world->alive_count - world->grid.count == UNINDEXED_MAX || world->alive_count == world->capacity) {
        physics_index(world);
        return;
    }
    world->alive_slots[world->alive_count++] = slot;
}

void spawn_step(struct world *world)
{
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        struct world_player *player = &world->players[slot];
        if (player->id == 0 || player->actor.state != ACTOR_DEAD) {
            continue;
        }
        if (player->actor.respawn_ticks > 0) {
            player->actor.respawn_ticks--;
        }
        if (player->actor.respawn_ticks == 0) {
            actor_spawn(&player->actor, choose(world, player));
            player->life_tick = world->tick;
            remember(world, slot);
            world_event(world, (struct event){.kind = EVENT_RESPAWN, .subject = slot, .other = RULES_SLOT_NONE});
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
