/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board.h - the score rows that are sent to viewers, and when each of them changed.
 *
 * Up to VIEW_SCORES_ALL seats every player's row is listed for everybody; in a bigger match the best BOARD_BEST_MAX
 * are, and each viewer gets its own row as well. The rows a viewer is missing follow from the tick of its baseline, so
 * there is no state per viewer. Memory is the caller's.
 */
#ifndef MMA_GAME_BOARD_H
#define MMA_GAME_BOARD_H

#include "libcommon/game/snapshot/view.h"

#define BOARD_BEST_MAX    20
#define BOARD_ROWS_MAX    VIEW_SCORES_ALL
#define BOARD_CHANGES_MAX 1024u /* kept; with an older baseline a viewer gets the whole board */

/* A big match's board changes all the time: each viewer gets the changes once a second, spread over its ticks. */
#define BOARD_TICKS RULES_TICK_RATE

struct board_change {
    uint32_t tick;
    uint16_t slot;
};

struct board {
    uint16_t capacity;
    struct view_score *rows; /* [capacity] by slot, as of the latest update; id 0: the slot is free */
    uint32_t *ticks;         /* [capacity] of the latest change of the slot's row */
    uint32_t *player_ticks;  /* [capacity] when the row last went to another player, or was listed */
    uint8_t *is_listed;      /* [capacity] it is sent to everybody */
    uint32_t best_count;
    uint16_t best[BOARD_BEST_MAX]; /* of a big match: most kills, then fewest deaths, then lowest slot, first */
    uint32_t change_count;         /* ever; the newest BOARD_CHANGES_MAX are kept */
    bool is_begun;
    uint32_t lost_tick; /* some change of this tick or before is no longer in changes */
    struct board_change changes[BOARD_CHANGES_MAX];
};

size_t board_bytes(uint16_t capacity);

/* memory: board_bytes(capacity), aligned to 16. An empty board. */
void board_init(struct board *board, uint16_t capacity, void *memory);

/* Takes over the world's scores. Ticks may be skipped: then no baseline may be of those. */
void board_update(struct board *board, const struct world *world);

/* Whether viewer, whose baseline is view, gets the changes at tick: periodically, and when its own row has changed. */
bool board_is_due(const struct board *board, const struct view *view, uint32_t tick, uint16_t viewer);

/* Whether viewer gets the row of slot. */
bool board_shows(const struct board *board, uint16_t slot, uint16_t viewer);

/*
 * The slots, ascending, whose rows changed, came or went after baseline_tick, for one viewer. Answers their number, or
 * BOARD_ROWS_MAX + 1 where the whole board has to be sent.
 */
uint32_t board_changes(const struct board *board, uint32_t baseline_tick, uint16_t viewer,
                       uint16_t slots[BOARD_ROWS_MAX]);

/* All slots that board_shows to viewer, ascending; answers their number. */
uint32_t board_all(const struct board *board, uint16_t viewer, uint16_t slots[BOARD_ROWS_MAX]);

#endif
