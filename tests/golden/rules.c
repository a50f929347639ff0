/* SPDX-License-Identifier: Apache-2.0 */
/* rules: prints the tables of libcommon/game/rules and the versions of rules and formats as JSON, for scripts/docs. */
#include "libcommon/game/rules/rules.h"
#include "libcommon/game/record/record.h"
#include "libcommon/game/rules/mode.h"
#include "libcommon/game/snapshot/snapshot.h"

#include <inttypes.h>
#include <stdio.h>

static double units(int32_t q16)
{
    return (double)q16 / Q16_ONE;
}

static double seconds(uint32_t ticks)
{
    return (double)ticks / RULES_TICK_RATE;
}

static void print_weapons(void)
{
    printf("\"weapons\": [");
    for (uint8_t i = WEAPON_RIFLE; i < (uint8_t)WEAPON_COUNT; i++) {
        const struct weapon_rules *weapon = rules_weapon(i);
        printf("%s\n  {\"name\": \"%s\", \"damage\": %u, \"pellets\": %u, \"magazine\": %u, ",
               i > WEAPON_RIFLE ? "," : "", weapon->name, weapon->damage, weapon->pellets, weapon->magazine);
        printf("\"shots_per_min\": %g, \"reload_s\": %g, \"spread_degrees\": %.2f, ",
               60.0 * RULES_TICK_RATE / weapon->interval_ticks, seconds(weapon->reload_ticks),
               weapon->spread * 360.0 / 65536);
        printf("\"speed_per_s\": %.2f, \"range\": %g, \"knock_back_per_s\": %.2f}",
               units(weapon->speed_q16) * RULES_TICK_RATE, units(weapon->range_q16),
               units(weapon->knock_back_q16) * RULES_TICK_RATE);
    }
    printf("],\n");
}

static void print_power_ups(void)
{
    printf("\"effects\": %d,\n\"power_ups\": [", POWER_UP_EFFECTS);
    for (uint8_t i = 0; i < (uint8_t)POWER_UP_COUNT; i++) {
        const struct power_up_rules *rules = rules_power_up(i);
        printf("%s\n  {\"name\": \"%s\", \"duration_s\": %g, \"respawn_s\": %g}", i > 0 ? "," : "", rules->name,
               seconds(rules->duration_ticks), seconds(rules->respawn_ticks));
    }
    printf("],\n");
}

static void print_modes(void)
{
    printf("\"modes\": [");
    const struct mode *mode = mode_at(0);
    for (uint32_t i = 0; mode; mode = mode_at(++i)) {
        printf("%s\n  {\"name\": \"%s\", \"map\": \"%s\", \"teams\": %u, \"team_size\": %u, \"bots_may_fill\": %s, ",
               i > 0 ? "," : "", mode->name, mode->map, mode->team_count, mode->team_size,
               mode->bots_may_fill ? "true" : "false");
        printf("\"players_min\": %u, \"players_max\": %u, \"score_limit\": %" PRIu32 ", \"time_limit_s\": %g, ",
               mode->players_min, mode->players_max, mode->score_limit, seconds(mode->time_limit_ticks));
        printf("\"warmup_s\": %g, \"respawn_s\": %g, \"overtime_s\": %g, \"resume_s\": %g}",
               seconds(mode->warmup_ticks), seconds(mode->respawn_ticks), seconds(mode->overtime_ticks),
               seconds(mode->resume_ticks));
    }
    printf("],\n");
}

int main(void)
{
    printf("{");
    print_weapons();
    print_power_ups();
    print_modes();
    printf("\"tick_rate\": %d, \"health\": %d, \"teams_max\": %d,\n", RULES_TICK_RATE, RULES_HEALTH, RULES_TEAMS_MAX);
    printf("\"slot_none\": %d, \"team_none\": %d, \"view_all\": %d,\n", RULES_SLOT_NONE, RULES_TEAM_NONE, VIEW_ALL);
    printf("\"versions\": {\"RULES_VERSION\": %d, \"RECORD_FORMAT_VERSION\": %d, \"SNAPSHOT_FORMAT_VERSION\": %d}}\n",
           RULES_VERSION, RECORD_FORMAT_VERSION, SNAPSHOT_FORMAT_VERSION);
    return fflush(stdout) == 0 ? 0 : 1;
}
