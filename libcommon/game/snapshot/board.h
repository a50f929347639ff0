/* SPDX-License-Identifier: Apache-2.0 */
/*
 * board.h - the score rows that viewers are told, and which of them changed when.
 *
 * Up to VIEW_SCORES_ALL seats everybody has a row that all are told; in a bigger match the best BOARD_BEST_MAX have,
 * and each viewer is told of itself as well. What a viewer is missing follows from the tick it knows, so
 * nothing is kept for each of them. Rows are the world's own; memory is the caller's.
 */
#ifndef MMA_GAME_BOARD_H
#define MMA_GAME_BOARD_H

#include "libcommon/game/snapshot/view.h"

#define BOARD_BEST_MAX    20
#define BOARD_ROWS_MAX    VIEW_SCORES_ALL
#define BOARD_CHANGES_MAX 1024u /* remembered; who knows less is told the whole board */

/* A big match's board changes all the time: its viewers are told once a second, each at another tick. */
#define BOARD_TICKS RULES_TICK_RATE

struct board_change {
    uint32_t tick;
    uint16_t slot;
};

struct board {
    uint16_t capacity;
    struct view_score *rows; /* [capacity] by slot, as of the latest update; id 0: the slot is free */
    uint32_t *ticks;         /* [capacity] when the slot's row last changed */
    uint32_t *player_ticks;  /* [capacity] when it last was another player's, or came onto the board */
    uint8_t *is_listed;      /* [capacity] everybody is told of it */
    uint32_t best_count;
    uint16_t best[BOARD_BEST_MAX]; /* of a big match: most kills, then fewest deaths, then lowest slot, first */
    uint32_t change_count;         /* ever; the newest BOARD_CHANGES_MAX are kept */
    bool is_begun;
    uint32_t lost_tick; /* a change of this tick or before is forgotten */
    struct board_change changes[BOARD_CHANGES_MAX];
};

size_t board_bytes(uint16_t capacity);

/* memory: board_bytes(capacity), aligned to 16. An empty board. */
void board_init(struct board *board, uint16_t capacity, void *memory);

/* As the world stands. Ticks may be left out: nobody knows the board as of those. */
void board_update(struct board *board, const struct world *world);

/* Whether what viewer knows as of view is brought up to date at tick: now and then, and when its own row has changed.
 */
bool board_is_due(const struct board *board, const struct view *view, uint32_t tick, uint16_t viewer);

/* Whether viewer is told of slot. */
bool board_shows(const struct board *board, uint16_t slot, uint16_t viewer);

/*
 * The slots that a viewer who knows the board as of tick known has to be told of, ascending: rows that changed, came or
 * went. Answers their number, or BOARD_ROWS_MAX + 1 where all that is shown has to be told anew.
 */
uint32_t board_changes(const struct board *board, uint32_t known, uint16_t viewer, uint16_t slots[BOARD_ROWS_MAX]);

/* All that is shown to viewer, ascending; their number. */
uint32_t board_all(const struct board *board, uint16_t viewer, uint16_t slots[BOARD_ROWS_MAX]);

#endif
