/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/world/actor.h"

#include "libcommon/base/status.h"
#include "libcommon/game/world/bodies.h"

#define DIAGONAL 46341 /* 1 / sqrt 2 */

void actor_spawn(struct actor *actor, struct vec2 position)
{
    REQUIRE(position.x >= 0 && position.y >= 0);
    uint16_t aim = actor->aim;
    *actor = (struct actor){
        .position = position,
        .aim = aim,
        .state = ACTOR_ALIVE,
        .weapon = WEAPON_RIFLE,
        .health = RULES_HEALTH,
        .protection_ticks = RULES_PROTECTION_TICKS,
    };
    for (uint8_t weapon = WEAPON_RIFLE; weapon < (uint8_t)WEAPON_COUNT; weapon++) {
        actor->ammunition[weapon] = rules_weapon(weapon)->magazine;
    }
}

static void count_down(uint16_t *ticks)
{
    if (*ticks > 0) {
        (*ticks)--;
    }
}

static void step_reload(struct actor *actor, bool is_requested)
{
    const struct weapon_rules *rules = rules_weapon(actor->weapon);
    if (actor->reload_ticks > 0) {
        actor->reload_ticks--;
        if (actor->reload_ticks == 0) {
            actor->ammunition[actor->weapon] = rules->magazine;
        }
        return;
    }
    bool is_empty = actor->ammunition[actor->weapon] == 0;
    bool has_room = actor->ammunition[actor->weapon] < rules->magazine;
    if (is_empty || (is_requested && has_room)) {
        actor->reload_ticks = rules->reload_ticks;
    }
}

static void take_up(struct actor *actor, uint8_t weapon)
{
    actor->weapon = weapon;
    actor->reload_ticks = 0;
    if (actor->cooldown_ticks < RULES_SWITCH_TICKS) {
        actor->cooldown_ticks = RULES_SWITCH_TICKS;
    }
}

static uint16_t interval_of(const struct actor *actor)
{
    uint16_t interval = rules_weapon(actor->weapon)->interval_ticks;
    if (actor_has(actor, POWER_UP_RAPID_FIRE)) {
        return (uint16_t)((interval * 3 + 5) / 10);
    }
    return interval;
}

bool actor_control(struct actor *actor, const struct input *input)
{
    REQUIRE(actor->state == ACTOR_ALIVE && rules_weapon_is_real(actor->weapon));
    actor->aim = input->aim;
    count_down(&actor->cooldown_ticks);
    count_down(&actor->protection_ticks);
    for (uint32_t effect = 0; effect < POWER_UP_EFFECTS; effect++) {
        count_down(&actor->effect_ticks[effect]);
    }
    if (rules_weapon_is_real(input->weapon) && input->weapon != actor->weapon) {
        take_up(actor, input->weapon);
    }
    step_reload(actor, (input->buttons & INPUT_RELOAD) != 0);
    bool can_fire = actor->cooldown_ticks == 0 && actor->reload_ticks == 0 && actor->ammunition[actor->weapon] > 0;
    if (!can_fire || !(input->buttons & INPUT_FIRE)) {
        return false;
    }
    actor->ammunition[actor->weapon]--;
    actor->cooldown_ticks = interval_of(actor);
    actor->protection_ticks = 0;
    return true;
}

struct vec2 actor_requested_velocity(const struct actor *actor, const struct input *input)
{
    int32_t top_speed = actor_has(actor, POWER_UP_SPEED) ? RULES_TOP_SPEED * 3 / 2 : RULES_TOP_SPEED;
    int32_t x = ((input->buttons & INPUT_RIGHT) != 0) - ((input->buttons & INPUT_LEFT) != 0);
    int32_t y = ((input->buttons & INPUT_DOWN) != 0) - ((input->buttons & INPUT_UP) != 0);
    int32_t speed = x != 0 && y != 0 ? q16_mul(top_speed, DIAGONAL) : top_speed;
    return (struct vec2){x * speed, y * speed};
}

void actor_move(struct actor *actor, const struct input *input, const struct walls *walls)
{
    REQUIRE(actor->state == ACTOR_ALIVE);
    struct vec2 requested = actor_requested_velocity(actor, input);
    const struct bodies alone = {
        .count = 1, .positions = &actor->position, .velocities = &actor->velocity, .requested = &requested};
    bodies_move(&alone, RULES_PLAYER_RADIUS, walls);
}

static bool is_within(int32_t value, int32_t low, int32_t high)
{
    return value >= low && value <= high;
}

bool actor_is_valid(const struct actor *actor, const struct map *map)
{
    bool is_valid = is_within(actor->position.x, 0, map->width_q16) &&
                    is_within(actor->position.y, 0, map->height_q16) &&
                    is_within(actor->velocity.x, -RULES_VELOCITY_MAX, RULES_VELOCITY_MAX) &&
                    is_within(actor->velocity.y, -RULES_VELOCITY_MAX, RULES_VELOCITY_MAX) &&
                    actor->state < ACTOR_STATE_COUNT && rules_weapon_is_real(actor->weapon) &&
                    actor->health <= RULES_HEALTH && (actor->health > 0) == (actor->state == ACTOR_ALIVE);
    for (uint8_t weapon = WEAPON_RIFLE; is_valid && weapon < WEAPON_COUNT; weapon++) {
        is_valid = actor->ammunition[weapon] <= rules_weapon(weapon)->magazine;
    }
    for (uint8_t effect = 0; is_valid && effect < POWER_UP_EFFECTS; effect++) {
        is_valid = actor->effect_ticks[effect] <= rules_power_up(effect)->duration_ticks;
    }
    return is_valid && actor->ammunition[WEAPON_NONE] == 0;
}
