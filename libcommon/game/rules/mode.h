/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mode.h - the modes of play as data: "duel", "teams_2v2", "teams_5v5", "ffa", "massive".
 */
#ifndef MMA_GAME_MODE_H
#define MMA_GAME_MODE_H

#include <stdbool.h>
#include <stdint.h>

#define MODE_NAME_MAX 31

struct mode {
    const char *name;
    const char *map;      /* the map it is played on unless the setup names another */
    uint8_t team_count;   /* 0: everybody for themselves */
    uint8_t team_size;    /* 0 without teams */
    bool bots_may_fill;   /* free slots may be played by bots: whoever runs the match decides */
    uint16_t players_min; /* the warm-up waits for so many */
    uint16_t players_max;
    uint32_t score_limit; /* kills of a team, or of a player without teams */
    uint32_t time_limit_ticks;
    uint32_t warmup_ticks; /* counted from when players_min are there */
    uint32_t respawn_ticks;
    uint32_t overtime_ticks; /* at most, when the best are equal at the end: the next lead wins; 0: a draw at once */
    uint32_t resume_ticks;   /* a leaver's slot is kept so long, then it is free */
};

/* NULL when there is none of that name. */
const struct mode *mode_find(const char *name);

/* Index 0 and up; NULL past the last. */
const struct mode *mode_at(uint32_t index);

#endif
