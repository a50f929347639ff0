/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/rules/rules.h"

#include "libcommon/base/status.h"

#define SPREAD(percent_missed) ((uint16_t)(RULES_SPREAD_FULL * (percent_missed) / 100))

_Static_assert(POWER_UP_EFFECTS < POWER_UP_COUNT, "effects are the first power-ups");
_Static_assert(RULES_TOP_SPEED * 3 / 2 < RULES_VELOCITY_MAX, "the power-up stays within the limit");
_Static_assert(RULES_CELL == 1 << (RULES_CELL_SHIFT - 16), "a cell and its shift");

static const struct weapon_rules weapons[WEAPON_COUNT] = {
    [WEAPON_RIFLE] = {"rifle", 25, 1, 30, 6, RULES_TICKS(2), SPREAD(5), RULES_SPEED(1200), Q16(800), RULES_SPEED(100)},
    [WEAPON_SHOTGUN] = {"shotgun", 10, RULES_PELLETS_MAX, 8, 30, RULES_TICKS(3), SPREAD(30), RULES_SPEED(800), Q16(300),
                        RULES_SPEED(80)},
    [WEAPON_SNIPER] = {"sniper", 100, 1, 5, 60, RULES_TICKS(3), SPREAD(2), RULES_SPEED(1500), Q16(1200),
                       RULES_SPEED(400)},
    [WEAPON_PISTOL] = {"pistol", 20, 1, 12, 12, RULES_TICKS(1), SPREAD(15), RULES_SPEED(900), Q16(400),
                       RULES_SPEED(80)},
};

static const struct power_up_rules power_ups[POWER_UP_COUNT] = {
    [POWER_UP_SPEED] = {"speed", RULES_TICKS(10), RULES_TICKS(30)},
    [POWER_UP_DAMAGE] = {"damage", RULES_TICKS(15), RULES_TICKS(45)},
    [POWER_UP_SHIELD] = {"shield", RULES_TICKS(12), RULES_TICKS(60)},
    [POWER_UP_RAPID_FIRE] = {"rapid fire", RULES_TICKS(8), RULES_TICKS(35)},
    [POWER_UP_HEALTH] = {"health", 0, RULES_TICKS(20)},
};

const struct weapon_rules *rules_weapon(uint8_t weapon)
{
    REQUIRE(rules_weapon_is_real(weapon));
    return &weapons[weapon];
}

const struct power_up_rules *rules_power_up(uint8_t kind)
{
    REQUIRE(kind < POWER_UP_COUNT);
    return &power_ups[kind];
}

uint8_t rules_damage(uint8_t weapon, int32_t distance_q16)
{
    REQUIRE(distance_q16 >= 0);
    const struct weapon_rules *rules = rules_weapon(weapon);
    int64_t tenths_of_range = (int64_t)distance_q16 * 10;
    if (tenths_of_range <= (int64_t)rules->range_q16 * 3) {
        return rules->damage;
    }
    if (tenths_of_range <= (int64_t)rules->range_q16 * 7) {
        return (uint8_t)(rules->damage * 4 / 5);
    }
    return (uint8_t)(rules->damage / 2);
}
