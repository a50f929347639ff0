/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/snapshot/board.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"

_Static_assert(BOARD_BEST_MAX < BOARD_ROWS_MAX, "the best and the viewer fit a list of slots");
_Static_assert(VIEW_SCORES_ALL <= BOARD_ROWS_MAX, "everybody of a small match fits");

size_t board_bytes(uint16_t capacity)
{
    REQUIRE(capacity > 0 && capacity <= RULES_PLAYERS_MAX);
    return arena_bytes(capacity * sizeof(struct view_score)) + 2 * arena_bytes(capacity * sizeof(uint32_t)) +
           arena_bytes(capacity);
}

void board_init(struct board *board, uint16_t capacity, void *memory)
{
    REQUIRE(capacity > 0 && capacity <= RULES_PLAYERS_MAX && memory != NULL);
    struct arena arena;
    arena_init(&arena, memory, board_bytes(capacity));
    *board = (struct board){
        .capacity = capacity,
        .rows = arena_take_zeroed(&arena, capacity, sizeof(struct view_score)),
        .ticks = arena_take_zeroed(&arena, capacity, sizeof(uint32_t)),
        .player_ticks = arena_take_zeroed(&arena, capacity, sizeof(uint32_t)),
        .is_listed = arena_take_zeroed(&arena, capacity, 1),
    };
}

static bool is_big(const struct board *board)
{
    return board->capacity > VIEW_SCORES_ALL;
}

/* Slots are ranked in order, so among equals the lowest slot is ahead. */
static bool is_better(const struct view_score *a, const struct view_score *b)
{
    return a->kills != b->kills ? a->kills > b->kills : a->deaths < b->deaths;
}

static void rank(struct board *board, uint16_t slot)
{
    const struct view_score *row = &board->rows[slot];
    uint32_t place = board->best_count;
    while (place > 0 && is_better(row, &board->rows[board->best[place - 1]])) {
        place--;
    }
    if (place == BOARD_BEST_MAX) {
        return;
    }
    board->best_count += board->best_count < BOARD_BEST_MAX;
    for (uint32_t i = board->best_count - 1; i > place; i--) {
        board->best[i] = board->best[i - 1];
    }
    board->best[place] = slot;
}

static void record_change(struct board *board, uint16_t slot, uint32_t tick)
{
    struct board_change *place = &board->changes[board->change_count % BOARD_CHANGES_MAX];
    if (board->change_count >= BOARD_CHANGES_MAX) {
        board->lost_tick = place->tick;
    }
    *place = (struct board_change){tick, slot};
    board->change_count++;
}

static void set_listed(struct board *board, uint16_t slot, bool is_listed, uint32_t tick)
{
    if (board->is_listed[slot] != is_listed) {
        board->is_listed[slot] = is_listed;
        board->player_ticks[slot] = tick;
        record_change(board, slot, tick);
    }
}

static void list_best(struct board *board, uint32_t tick)
{
    uint16_t before[BOARD_BEST_MAX];
    uint32_t before_count = board->best_count;
    memory_copy(before, board->best, sizeof before);
    board->best_count = 0;
    for (uint16_t slot = 0; slot < board->capacity; slot++) {
        if (board->rows[slot].id != 0) {
            rank(board, slot);
        }
    }
    for (uint32_t i = 0; i < before_count; i++) {
        bool is_kept = false;
        for (uint32_t k = 0; k < board->best_count; k++) {
            is_kept = is_kept || board->best[k] == before[i];
        }
        if (!is_kept) {
            set_listed(board, before[i], false, tick);
        }
    }
    for (uint32_t i = 0; i < board->best_count; i++) {
        set_listed(board, board->best[i], true, tick);
    }
}

/* Answers whether the row changed. */
static bool update_row(struct board *board, const struct world_player *player, uint16_t slot, uint32_t tick)
{
    struct view_score *row = &board->rows[slot];
    bool is_same = row->id == player->id && (row->id == 0 || row->team == player->team);
    if (is_same && row->kills == player->kills && row->deaths == player->deaths && row->assists == player->assists) {
        return false;
    }
    *row = (struct view_score){.id = player->id,
                               .slot = slot,
                               .team = player->team,
                               .kills = player->kills,
                               .deaths = player->deaths,
                               .assists = player->assists};
    board->ticks[slot] = tick;
    board->player_ticks[slot] = is_same ? board->player_ticks[slot] : tick;
    if (board->is_listed[slot]) {
        record_change(board, slot, tick);
    }
    return true;
}

static void board_check(const struct board *board)
{
    REQUIRE(board->best_count <= BOARD_BEST_MAX && board->best_count <= board->capacity);
    REQUIRE(board->is_begun);
}

void board_update(struct board *board, const struct world *world)
{
    REQUIRE(world->capacity == board->capacity);
    uint32_t tick = world->tick;
    bool is_changed = false;
    if (!board->is_begun) {
        board->is_begun = true;
        board->lost_tick = tick;
    }
    for (uint16_t slot = 0; slot < board->capacity; slot++) {
        is_changed |= update_row(board, &world->players[slot], slot, tick);
    }
    if (is_changed && is_big(board)) {
        list_best(board, tick);
    } else if (is_changed) {
        for (uint16_t slot = 0; slot < board->capacity; slot++) {
            set_listed(board, slot, board->rows[slot].id != 0, tick);
        }
    }
    board_check(board);
}

bool board_is_due(const struct board *board, const struct view *view, uint32_t tick, uint16_t viewer)
{
    REQUIRE(view->tick <= tick && view->board_tick <= tick);
    bool has_own_change = viewer < board->capacity && board->ticks[viewer] > view->board_tick;
    return !is_big(board) || has_own_change || (tick + viewer) / BOARD_TICKS != (view->tick + viewer) / BOARD_TICKS;
}

bool board_shows(const struct board *board, uint16_t slot, uint16_t viewer)
{
    REQUIRE(slot < board->capacity);
    return board->rows[slot].id != 0 && (board->is_listed[slot] || slot == viewer);
}

/* Ascending, each once. False when there is no room. */
static bool insert(uint16_t *slots, uint32_t *count, uint16_t slot)
{
    uint32_t place = *count;
    while (place > 0 && slots[place - 1] > slot) {
        place--;
    }
    if (place > 0 && slots[place - 1] == slot) {
        return true;
    }
    if (*count == BOARD_ROWS_MAX) {
        return false;
    }
    memory_move(&slots[place + 1], &slots[place], (*count - place) * sizeof slots[0]);
    slots[place] = slot;
    (*count)++;
    return true;
}

uint32_t board_changes(const struct board *board, uint32_t baseline_tick, uint16_t viewer,
                       uint16_t slots[BOARD_ROWS_MAX])
{
    REQUIRE(board->is_begun);
    uint32_t count = 0;
    if (baseline_tick < board->lost_tick) {
        return BOARD_ROWS_MAX + 1;
    }
    uint32_t kept = board->change_count < BOARD_CHANGES_MAX ? board->change_count : BOARD_CHANGES_MAX;
    for (uint32_t i = 1; i <= kept; i++) {
        const struct board_change *change = &board->changes[(board->change_count - i) % BOARD_CHANGES_MAX];
        if (change->tick <= baseline_tick) {
            break;
        }
        if (!insert(slots, &count, change->slot)) {
            return BOARD_ROWS_MAX + 1;
        }
    }
    if (viewer < board->capacity && board->ticks[viewer] > baseline_tick && !insert(slots, &count, viewer)) {
        return BOARD_ROWS_MAX + 1;
    }
    return count;
}

uint32_t board_all(const struct board *board, uint16_t viewer, uint16_t slots[BOARD_ROWS_MAX])
{
    uint32_t count = 0;
    bool is_all = !is_big(board);
    uint32_t from = is_all ? board->capacity : board->best_count;
    for (uint32_t i = 0; i < from; i++) {
        uint16_t slot = is_all ? (uint16_t)i : board->best[i];
        if (board_shows(board, slot, viewer)) {
            (void)insert(slots, &count, slot);
        }
    }
    if (viewer < board->capacity && board_shows(board, viewer, viewer)) {
        (void)insert(slots, &count, viewer);
    }
    return count;
}
