/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/memory.h"
#include "libcommon/game/snapshot/snapshot_parts.h"

static void code_ticks(struct snapshot_coder *coder, uint16_t *ticks, uint16_t baseline, uint32_t age)
{
    *ticks = (uint16_t)snapshot_residual(coder, CDF_TICKS, *ticks, snapshot_counted_down(baseline, age), UINT16_MAX);
}

static int32_t code_exact(struct snapshot_coder *coder, enum snapshot_cdf cdf, int32_t value, uint32_t expected)
{
    return (int32_t)snapshot_residual(coder, cdf, (uint32_t)value, expected, UINT32_MAX);
}

static uint32_t moved(int32_t position, int32_t velocity, uint32_t age)
{
    return (uint32_t)position + (uint32_t)velocity * age;
}

static void code_exact_motion(struct snapshot_coder *coder, const struct actor *baseline, struct actor *self,
                              uint32_t age)
{
    struct vec2 v = self->velocity;
    v.x = code_exact(coder, CDF_SELF_VELOCITY, v.x, (uint32_t)baseline->velocity.x);
    v.y = code_exact(coder, CDF_SELF_VELOCITY, v.y, (uint32_t)baseline->velocity.y);
    bool is_moved = snapshot_flag(coder, FLAG_SELF_MOVED,
                                  (uint32_t)self->position.x != moved(baseline->position.x, v.x, age) ||
                                      (uint32_t)self->position.y != moved(baseline->position.y, v.y, age));
    struct vec2 p = {(int32_t)moved(baseline->position.x, v.x, age), (int32_t)moved(baseline->position.y, v.y, age)};
    if (is_moved) {
        p.x = code_exact(coder, CDF_SELF_POSITION, self->position.x, (uint32_t)p.x);
        p.y = code_exact(coder, CDF_SELF_POSITION, self->position.y, (uint32_t)p.y);
    }
    self->velocity = v;
    self->position = p;
}

static bool exact_motion_is_steady(const struct actor *baseline, const struct actor *self, uint32_t age)
{
    return self->velocity.x == baseline->velocity.x && self->velocity.y == baseline->velocity.y &&
           (uint32_t)self->position.x == moved(baseline->position.x, baseline->velocity.x, age) &&
           (uint32_t)self->position.y == moved(baseline->position.y, baseline->velocity.y, age);
}

static bool effects_are_steady(const struct actor *baseline, const struct actor *self, uint32_t age)
{
    bool is_steady = true;
    for (uint32_t effect = 0; effect < POWER_UP_EFFECTS; effect++) {
        is_steady =
            is_steady && self->effect_ticks[effect] == snapshot_counted_down(baseline->effect_ticks[effect], age);
    }
    return is_steady;
}

static void set_steady_effects(const struct actor *baseline, struct actor *self, uint32_t age)
{
    for (uint32_t effect = 0; effect < POWER_UP_EFFECTS; effect++) {
        self->effect_ticks[effect] = (uint16_t)snapshot_counted_down(baseline->effect_ticks[effect], age);
    }
}

static void code_effects(struct snapshot_coder *coder, const struct actor *baseline, struct actor *self, uint32_t age)
{
    if (!snapshot_flag(coder, FLAG_SELF_EFFECTS, !effects_are_steady(baseline, self, age))) {
        set_steady_effects(baseline, self, age);
        return;
    }
    for (uint32_t effect = 0; effect < POWER_UP_EFFECTS; effect++) {
        code_ticks(coder, &self->effect_ticks[effect], baseline->effect_ticks[effect], age);
    }
}

static bool condition_is_steady(const struct actor *baseline, const struct actor *self, uint32_t age)
{
    return self->state == baseline->state && self->weapon == baseline->weapon && self->health == baseline->health &&
           memory_equal(self->ammunition, baseline->ammunition, sizeof self->ammunition) &&
           self->cooldown_ticks == snapshot_counted_down(baseline->cooldown_ticks, age) &&
           self->reload_ticks == snapshot_counted_down(baseline->reload_ticks, age) &&
           self->protection_ticks == snapshot_counted_down(baseline->protection_ticks, age) &&
           self->respawn_ticks == snapshot_counted_down(baseline->respawn_ticks, age) &&
           effects_are_steady(baseline, self, age);
}

static void code_condition(struct snapshot_coder *coder, const struct actor *baseline, struct actor *self, uint32_t age)
{
    self->state = (uint8_t)snapshot_bits(coder, self->state, 1, ACTOR_STATE_COUNT - 1);
    self->weapon = (uint8_t)snapshot_bits(coder, self->weapon, SNAPSHOT_WEAPON_BITS, WEAPON_COUNT - 1);
    self->health = (uint8_t)snapshot_residual(coder, CDF_HEALTH, self->health, baseline->health, RULES_HEALTH);
    for (uint32_t i = WEAPON_RIFLE; i < WEAPON_COUNT; i++) {
        self->ammunition[i] =
            (uint8_t)snapshot_residual(coder, CDF_AMMUNITION, self->ammunition[i], baseline->ammunition[i], UINT8_MAX);
    }
    code_ticks(coder, &self->cooldown_ticks, baseline->cooldown_ticks, age);
    code_ticks(coder, &self->reload_ticks, baseline->reload_ticks, age);
    code_ticks(coder, &self->protection_ticks, baseline->protection_ticks, age);
    code_ticks(coder, &self->respawn_ticks, baseline->respawn_ticks, age);
    code_effects(coder, baseline, self, age);
}

static void set_steady_condition(const struct actor *baseline, struct actor *self, uint32_t age)
{
    self->state = baseline->state;
    self->weapon = baseline->weapon;
    self->health = baseline->health;
    memory_copy(self->ammunition, baseline->ammunition, sizeof self->ammunition);
    self->cooldown_ticks = (uint16_t)snapshot_counted_down(baseline->cooldown_ticks, age);
    self->reload_ticks = (uint16_t)snapshot_counted_down(baseline->reload_ticks, age);
    self->protection_ticks = (uint16_t)snapshot_counted_down(baseline->protection_ticks, age);
    self->respawn_ticks = (uint16_t)snapshot_counted_down(baseline->respawn_ticks, age);
    set_steady_effects(baseline, self, age);
}

/* Within the ranges that a predictor computes and indexes with. */
static bool self_is_sound(const struct actor *self)
{
    const int32_t fastest = RULES_VELOCITY_MAX;
    return rules_weapon_is_real(self->weapon) && self->position.x >= 0 && self->position.y >= 0 &&
           self->position.x <= Q16(RULES_WORLD_MAX) && self->position.y <= Q16(RULES_WORLD_MAX) &&
           self->velocity.x >= -fastest && self->velocity.x <= fastest && self->velocity.y >= -fastest &&
           self->velocity.y <= fastest;
}

void snapshot_code_self(struct snapshot_coder *coder, const struct actor *baseline, struct actor *self, uint32_t age)
{
    if (snapshot_flag(coder, FLAG_SELF_MOTION, !exact_motion_is_steady(baseline, self, age))) {
        code_exact_motion(coder, baseline, self, age);
    } else {
        self->velocity = baseline->velocity;
        self->position.x = (int32_t)moved(baseline->position.x, baseline->velocity.x, age);
        self->position.y = (int32_t)moved(baseline->position.y, baseline->velocity.y, age);
    }
    int16_t aim_change = (int16_t)(uint16_t)(self->aim - baseline->aim);
    aim_change = (int16_t)code_exact(coder, CDF_SELF_AIM, aim_change, 0);
    self->aim = (uint16_t)(baseline->aim + aim_change);
    if (snapshot_flag(coder, FLAG_SELF_CONDITION, !condition_is_steady(baseline, self, age))) {
        code_condition(coder, baseline, self, age);
    } else {
        set_steady_condition(baseline, self, age);
    }
    if (coder->is_reading && !self_is_sound(self)) {
        snapshot_fail(coder, STATUS_INVALID);
    }
}
