/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"
#include "libcommon/game/world/simulation.h"

_Static_assert(RULES_REWIND_MAX *(RULES_VELOCITY_MAX + RULES_PUSH_MAX) <= Q16(RULES_WORLD_MIN) * 2,
               "area_since fits 32 bits");
_Static_assert(RULES_HEALTH <= UINT8_MAX, "health and damage are bytes");

struct vec2 combat_velocity(uint8_t weapon, uint16_t angle)
{
    return vec2_from_angle(angle, rules_weapon(weapon)->speed_q16);
}

/* rewind: the shot was aimed by what was to be seen so many ticks ago, and begins there. */
static void shoot(struct world *world, uint16_t slot, uint32_t rewind)
{
    const struct world_player *player = &world->players[slot];
    const struct weapon_rules *rules = rules_weapon(player->actor.weapon);
    for (uint32_t pellet = 0; pellet < rules->pellets; pellet++) {
        int32_t spread = random_between(&world->random, -rules->spread, rules->spread);
        if (world->projectile_count == world->projectile_capacity) {
            world->shots_dropped++;
            continue;
        }
        uint16_t angle = (uint16_t)(player->actor.aim + spread);
        world->projectiles[world->projectile_count++] = (struct world_projectile){
            .id = world->projectile_next_id++,
            .spawn_tick = world->tick - rewind,
            .origin = player->actor.position,
            .velocity = combat_velocity(player->actor.weapon, angle),
            .angle = angle,
            .owner = slot,
            .team = player->team,
            .weapon = player->actor.weapon,
            .is_strong = actor_has(&player->actor, POWER_UP_DAMAGE),
        };
    }
    world_event(
        world,
        (struct event){.kind = EVENT_FIRED, .subject = slot, .other = RULES_SLOT_NONE, .weapon = player->actor.weapon});
}

static void award(struct world *world, uint16_t slot)
{
    struct world_player *player = &world->players[slot];
    player->kills++;
    uint32_t score = player->kills;
    uint16_t team = RULES_SLOT_NONE;
    if (player->team != RULES_TEAM_NONE) {
        team = player->team;
        score = ++world->team_scores[player->team];
    }
    world_event(world, (struct event){
                           .kind = EVENT_SCORE, .subject = slot, .other = team, .value = (uint16_t)(score & 0xffff)});
}

static void credit_assistants(struct world *world, const struct world_player *victim, uint16_t killer)
{
    for (uint32_t i = 0; i < WORLD_DAMAGERS_MAX; i++) {
        const struct world_damager *damager = &victim->damagers[i];
        bool is_recent = damager->tick != 0 && world->tick - damager->tick <= RULES_ASSIST_TICKS;
        if (is_recent && damager->slot != killer && world_has(world, damager->slot)) {
            world->players[damager->slot].assists++;
        }
    }
}

static void kill_player(struct world *world, uint16_t slot, uint16_t killer, uint8_t weapon)
{
    struct world_player *victim = &world->players[slot];
    victim->actor.state = ACTOR_DEAD;
    victim->actor.health = 0;
    victim->actor.velocity = (struct vec2){0, 0};
    victim->actor.reload_ticks = 0;
    memory_zero(victim->actor.effect_ticks, sizeof victim->actor.effect_ticks);
    victim->actor.respawn_ticks = (uint16_t)world->mode->respawn_ticks;
    victim->deaths++;
    world_event(world, (struct event){.kind = EVENT_DEATH, .subject = slot, .other = killer, .weapon = weapon});
    credit_assistants(world, victim, killer);
    for (uint32_t i = 0; i < WORLD_DAMAGERS_MAX; i++) {
        victim->damagers[i] = (struct world_damager){.slot = RULES_SLOT_NONE};
    }
    if (killer != RULES_SLOT_NONE) {
        award(world, killer);
    }
}

static void remember_damager(struct world_player *victim, uint16_t slot, uint32_t tick)
{
    if (slot == RULES_SLOT_NONE) {
        return;
    }
    if (victim->damagers[0].slot != slot) {
        victim->damagers[1] = victim->damagers[0];
    }
    victim->damagers[0] = (struct world_damager){.tick = tick, .slot = slot};
}

/* What victim loses by a hit after distance_q16: never more than it has. */
static uint8_t damage_to(const struct actor *victim, const struct world_projectile *projectile, int32_t distance_q16)
{
    uint32_t damage = rules_damage(projectile->weapon, distance_q16);
    damage = projectile->is_strong ? damage * 2 : damage;
    damage = actor_has(victim, POWER_UP_SHIELD) ? (damage + 1) / 2 : damage;
    return (uint8_t)(damage < victim->health ? damage : victim->health);
}

static int32_t within_velocity(int32_t value)
{
    return q16_clamp(value, -RULES_VELOCITY_MAX, RULES_VELOCITY_MAX);
}

static void knock_back(struct actor *victim, const struct world_projectile *projectile)
{
    struct vec2 push = vec2_from_angle(projectile->angle, rules_weapon(projectile->weapon)->knock_back_q16);
    struct vec2 velocity = vec2_add(victim->velocity, push);
    victim->velocity = (struct vec2){within_velocity(velocity.x), within_velocity(velocity.y)};
}

static void hit(struct world *world, const struct world_projectile *projectile, uint16_t slot, int32_t distance_q16)
{
    struct world_player *victim = &world->players[slot];
    if (!world_is_live(world) || victim->actor.protection_ticks > 0) {
        return;
    }
    uint8_t damage = damage_to(&victim->actor, projectile, distance_q16);
    knock_back(&victim->actor, projectile);
    victim->actor.health = (uint8_t)(victim->actor.health - damage);
    world_event(world, (struct event){.kind = EVENT_HIT,
                                      .subject = slot,
                                      .other = projectile->owner,
                                      .weapon = projectile->weapon,
                                      .value = damage});
    remember_damager(victim, projectile->owner, world->tick);
    if (victim->actor.health == 0) {
        kill_player(world, slot, projectile->owner, projectile->weapon);
    }
}

/* 1/65536 of step at which a point from start enters a circle around centre; above 65536 when it does not. */
static int32_t sweep_to_circle(struct vec2 start, struct vec2 step, struct vec2 centre, int32_t radius_q16)
{
    /* In 1/256 units every product fits 64 bits: |gap| < 256 units, |step| < 64 units. */
    int64_t step_x = step.x >> 8;
    int64_t step_y = step.y >> 8;
    int64_t gap_x = (start.x - centre.x) >> 8;
    int64_t gap_y = (start.y - centre.y) >> 8;
    int64_t radius = radius_q16 >> 8;
    int64_t outside = gap_x * gap_x + gap_y * gap_y - radius * radius;
    if (outside <= 0) {
        return 0;
    }
    int64_t length = step_x * step_x + step_y * step_y;
    int64_t approach = gap_x * step_x + gap_y * step_y;
    int64_t discriminant = approach * approach - length * outside;
    if (approach >= 0 || length == 0 || discriminant < 0) {
        return Q16_ONE + 1;
    }
    int64_t way = -approach - (int64_t)fixed_isqrt64((uint64_t)discriminant);
    int64_t at = way * Q16_ONE / length;
    return at > Q16_ONE ? Q16_ONE + 1 : (int32_t)at;
}

static bool can_hit(const struct world *world, const struct world_projectile *projectile, uint16_t slot)
{
    const struct world_player *player = &world->players[slot];
    return player->actor.state == ACTOR_ALIVE && slot != projectile->owner &&
           (projectile->team == RULES_TEAM_NONE || projectile->team != player->team);
}

struct target {
    uint16_t slot; /* RULES_SLOT_NONE: none */
    int32_t at;    /* 1/65536 of the step */
};

static bool is_between(struct vec2 at, struct vec2 low, struct vec2 high)
{
    return at.x >= low.x && at.x <= high.x && at.y >= low.y && at.y <= high.y;
}

/* Where those may be now who were between low and high at tick. */
static struct grid_area area_since(const struct world *world, struct vec2 low, struct vec2 high, uint32_t tick)
{
    int32_t reach = (int32_t)(world->tick - tick) * (RULES_VELOCITY_MAX + RULES_PUSH_MAX);
    return grid_area(&world->grid, (struct vec2){low.x - reach, low.y - reach},
                     (struct vec2){high.x + reach, high.y + reach});
}

/* The first player in the way as they stood at tick, the lowest slot among equals. */
static struct target first_in_way(const struct world *world, const struct world_projectile *projectile,
                                  struct vec2 start, int32_t limit, uint32_t tick)
{
    struct vec2 step = projectile->velocity;
    struct vec2 end = vec2_add(start, step);
    const int32_t radius = RULES_PLAYER_RADIUS;
    struct vec2 low = {(start.x < end.x ? start.x : end.x) - radius, (start.y < end.y ? start.y : end.y) - radius};
    struct vec2 high = {(start.x < end.x ? end.x : start.x) + radius, (start.y < end.y ? end.y : start.y) + radius};
    struct grid_area area = area_since(world, low, high, tick);
    struct target best = {RULES_SLOT_NONE, limit};
    for (int32_t row = area.row_low; row <= area.row_high; row++) {
        uint32_t first;
        uint32_t last;
        grid_run(&world->grid, &area, row, &first, &last);
        for (uint32_t i = first; i < last; i++) {
            uint16_t slot = world->alive_slots[world->grid.items[i]];
            struct vec2 centre;
            if (!can_hit(world, projectile, slot) || !history_find(world, slot, tick, &centre) ||
                !is_between(centre, low, high)) {
                continue;
            }
            int32_t at = sweep_to_circle(start, step, centre, radius);
            if (at < best.at || (at == best.at && slot < best.slot)) {
                best = (struct target){slot, at};
            }
        }
    }
    return best;
}

/* Its step of one tick, against the players of that tick. Answers whether it flies on. */
static bool fly(struct world *world, struct world_projectile *projectile, uint32_t tick)
{
    const struct weapon_rules *rules = rules_weapon(projectile->weapon);
    int32_t age = projectile->age_ticks;
    struct vec2 start = {projectile->origin.x + projectile->velocity.x * age,
                         projectile->origin.y + projectile->velocity.y * age};
    int32_t flown = rules->speed_q16 * age;
    int32_t rest = rules->range_q16 - flown;
    bool is_last = rest <= rules->speed_q16;
    int32_t limit = is_last ? q16_div(rest, rules->speed_q16) : Q16_ONE;
    int32_t at_wall = walls_sweep_point(&world->walls, start, projectile->velocity);
    if (at_wall < limit) {
        limit = at_wall;
        is_last = true;
    }
    struct target target = first_in_way(world, projectile, start, limit, tick);
    if (target.slot != RULES_SLOT_NONE) {
        hit(world, projectile, target.slot, flown + q16_mul(rules->speed_q16, target.at));
        return false;
    }
    projectile->age_ticks++;
    return !is_last;
}

/* To the end of this tick: one step, or for one just fired also those of the ticks that its shooter did not see. */
static bool advance(struct world *world, struct world_projectile *projectile)
{
    bool flies_on = true;
    while (flies_on && projectile->spawn_tick + projectile->age_ticks <= world->tick) {
        flies_on = fly(world, projectile, projectile->spawn_tick + projectile->age_ticks);
    }
    return flies_on;
}

void combat_step(struct world *world, const struct input *inputs)
{
    REQUIRE(world->grid.count == world->alive_count);
    REQUIRE(world->projectile_count <= world->projectile_capacity);
    for (uint32_t i = 0; i < world->alive_count; i++) {
        uint16_t slot = world->alive_slots[i];
        if (world->fired[slot]) {
            shoot(world, slot, history_rewind(world, slot, &inputs[slot]));
        }
    }
    uint32_t kept = 0;
    for (uint32_t i = 0; i < world->projectile_count; i++) {
        if (advance(world, &world->projectiles[i])) {
            if (kept != i) {
                world->projectiles[kept] = world->projectiles[i];
            }
            kept++;
        }
    }
    world->projectile_count = kept;
}
