/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/rules/mode.h"

#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"
#include "libcommon/game/rules/rules.h"

#include <stddef.h>

#define MINUTES(count) RULES_TICKS((count)*60)
#define MODE_COUNT     (sizeof modes / sizeof modes[0])

_Static_assert(RULES_PLAYERS_MAX <= UINT16_MAX, "players_max has 16 bits");

static const struct mode modes[] = {
    {.name = "duel",
     .map = "duel",
     .team_count = 2,
     .team_size = 1,
     .players_min = 2,
     .players_max = 2,
     .score_limit = 10,
     .time_limit_ticks = MINUTES(5),
     .warmup_ticks = RULES_TICKS(3),
     .respawn_ticks = RULES_TICKS(2),
     .overtime_ticks = MINUTES(1),
     .resume_ticks = RULES_TICKS(30)},
    {.name = "teams_2v2",
     .map = "arena",
     .team_count = 2,
     .team_size = 2,
     .players_min = 4,
     .players_max = 4,
     .score_limit = 20,
     .time_limit_ticks = MINUTES(8),
     .warmup_ticks = RULES_TICKS(3),
     .respawn_ticks = RULES_TICKS(3),
     .overtime_ticks = MINUTES(2),
     .resume_ticks = RULES_TICKS(30),
     .bots_may_fill = true},
    {.name = "teams_5v5",
     .map = "arena",
     .team_count = 2,
     .team_size = 5,
     .players_min = 10,
     .players_max = 10,
     .score_limit = 50,
     .time_limit_ticks = MINUTES(10),
     .warmup_ticks = RULES_TICKS(3),
     .respawn_ticks = RULES_TICKS(3),
     .overtime_ticks = MINUTES(2),
     .resume_ticks = RULES_TICKS(30),
     .bots_may_fill = true},
    {.name = "ffa",
     .map = "arena",
     .players_min = 2,
     .players_max = 20,
     .score_limit = 30,
     .time_limit_ticks = MINUTES(10),
     .warmup_ticks = RULES_TICKS(3),
     .respawn_ticks = RULES_TICKS(3),
     .resume_ticks = RULES_TICKS(30),
     .bots_may_fill = true},
    {.name = "massive",
     .map = "massive",
     .players_min = 64,
     .players_max = RULES_PLAYERS_MAX,
     .score_limit = 100,
     .time_limit_ticks = MINUTES(20),
     .warmup_ticks = RULES_TICKS(10),
     .respawn_ticks = RULES_TICKS(3),
     .resume_ticks = RULES_TICKS(15),
     .bots_may_fill = true},
};

const struct mode *mode_at(uint32_t index)
{
    return index < MODE_COUNT ? &modes[index] : NULL;
}

const struct mode *mode_find(const char *name)
{
    REQUIRE(name != NULL);
    for (uint32_t i = 0; i < MODE_COUNT; i++) {
        if (memory_text_equal(modes[i].name, name)) {
            return &modes[i];
        }
    }
    return NULL;
}
