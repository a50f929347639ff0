/* SPDX-License-Identifier: Apache-2.0 */
/*
 * rules.h - the numbers of the game, per tick and in Q16 where they move something.
 *
 * Whatever changes the outcome of a recorded match must raise RULES_VERSION: records carry it.
 */
#ifndef MMA_GAME_RULES_H
#define MMA_GAME_RULES_H

#include "libcommon/base/fixed.h"

#include <stdbool.h>
#include <stdint.h>

#define RULES_VERSION 6

#define RULES_TICK_RATE          60
#define RULES_TICKS(seconds)     ((uint32_t)((seconds)*RULES_TICK_RATE))
#define RULES_SPEED(units_per_s) ((int32_t)((int64_t)(units_per_s)*Q16_ONE / RULES_TICK_RATE))

#define RULES_PLAYERS_MAX 4000 /* a world's capacity */
#define RULES_WORLD_MAX   32000
#define RULES_WORLD_MIN   256
#define RULES_CELL_SHIFT  22 /* a grid cell is 64 units: position_q16 >> 22 */
#define RULES_CELL        64
#define RULES_TEAMS_MAX   2
#define RULES_TEAM_NONE   255 /* everybody for themselves */
#define RULES_SLOT_NONE   65535

/* Movement: velocity approaches the requested one by at most this much a tick. */
#define RULES_PLAYER_RADIUS Q16(25)
#define RULES_TOP_SPEED     RULES_SPEED(500)
#define RULES_ACCELERATION  (RULES_SPEED(4000) / RULES_TICK_RATE)
#define RULES_FRICTION      (RULES_SPEED(3000) / RULES_TICK_RATE)
#define RULES_VELOCITY_MAX  Q16(16) /* no component of a velocity ever exceeds it */
#define RULES_PUSH_MAX      Q16(20) /* collisions move a player by at most this a tick */

#define RULES_HEALTH                 100
#define RULES_PROTECTION_TICKS       RULES_TICKS(2)
#define RULES_SWITCH_TICKS           12 /* a weapon just taken up cannot fire yet */
#define RULES_ASSIST_TICKS           RULES_TICKS(5)
#define RULES_SPREAD_FULL            5461 /* spread of accuracy 0.00, each way: 30 degrees in 1/65536 of a circle */
#define RULES_PELLETS_MAX            6
#define RULES_PROJECTILES_PER_PLAYER 24
#define RULES_EVENTS_PER_PLAYER      24

#define RULES_REWIND_MAX      12 /* ticks before its own in which a shot may have been aimed: 200 ms */
#define RULES_POWER_UP_RADIUS Q16(20)
#define RULES_HEAL            50 /* health that a power-up gives, up to RULES_HEALTH */

/* What a player's screen shows, each way from the player, with a margin so that nobody pops in. */
#define RULES_INTEREST_HALF_WIDTH  Q16(900)
#define RULES_INTEREST_HALF_HEIGHT Q16(600)

enum weapon {
    WEAPON_NONE, /* in an input: keep the one in hand */
    WEAPON_RIFLE,
    WEAPON_SHOTGUN,
    WEAPON_SNIPER,
    WEAPON_PISTOL,
    WEAPON_COUNT
};

struct weapon_rules {
    const char *name;
    uint8_t damage; /* of one pellet */
    uint8_t pellets;
    uint8_t magazine; /* shots */
    uint8_t interval_ticks;
    uint16_t reload_ticks;
    uint16_t spread;   /* each way, 1/65536 of a circle */
    int32_t speed_q16; /* per tick */
    int32_t range_q16;
    int32_t knock_back_q16; /* added to the victim's velocity by each pellet, along its way */
};

/* weapon must be WEAPON_RIFLE to WEAPON_PISTOL. */
const struct weapon_rules *rules_weapon(uint8_t weapon);

static inline bool rules_weapon_is_real(uint32_t weapon)
{
    return weapon > WEAPON_NONE && weapon < WEAPON_COUNT;
}

/* Damage of one pellet of weapon that has flown distance_q16: full to 30 % of its range, 4/5 to 70 %, then half. */
uint8_t rules_damage(uint8_t weapon, int32_t distance_q16);

/* The first POWER_UP_EFFECTS last for a while; health is taken at once. */
enum power_up {
    POWER_UP_SPEED,
    POWER_UP_DAMAGE,
    POWER_UP_SHIELD,
    POWER_UP_RAPID_FIRE,
    POWER_UP_HEALTH,
    POWER_UP_COUNT
};

#define POWER_UP_EFFECTS 4

struct power_up_rules {
    const char *name;
    uint16_t duration_ticks; /* 0: at once */
    uint16_t respawn_ticks;  /* until it lies there again */
};

/* kind must be below POWER_UP_COUNT. */
const struct power_up_rules *rules_power_up(uint8_t kind);

#endif
