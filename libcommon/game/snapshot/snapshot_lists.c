/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"
#include "libcommon/game/snapshot/scene.h"
#include "libcommon/game/snapshot/snapshot_parts.h"

/* ---- power-ups: an index into the map's list ------------------------------------------------------ */

static bool power_ups_are_steady(const struct view *baseline, const struct view *view)
{
    return view->power_up_count == baseline->power_up_count &&
           memory_equal(view->power_ups, baseline->power_ups, view->power_up_count * sizeof view->power_ups[0]);
}

static bool has_power_up(const struct view *view, uint16_t index)
{
    for (uint32_t i = 0; i < view->power_up_count; i++) {
        if (view->power_ups[i].index == index) {
            return true;
        }
    }
    return false;
}

static void add_power_up(struct snapshot_coder *coder, struct view *view, uint32_t index)
{
    uint32_t place = view->power_up_count;
    while (place > 0 && view->power_ups[place - 1].index > index) {
        place--;
    }
    bool is_there = place > 0 && view->power_ups[place - 1].index == index;
    if (is_there || view->power_up_count == view->limits.power_ups) {
        snapshot_fail(coder, is_there ? STATUS_INVALID : STATUS_TOO_LARGE);
        return;
    }
    memory_move(&view->power_ups[place + 1], &view->power_ups[place],
                (view->power_up_count - place) * sizeof view->power_ups[0]);
    view->power_ups[place].index = (uint16_t)index;
    view->power_up_count++;
}

static void write_power_ups(struct snapshot_coder *coder, const struct view *baseline, const struct view *view)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < baseline->power_up_count; i++) {
        kept += snapshot_flag(coder, FLAG_POWER_UP_KEPT, has_power_up(view, baseline->power_ups[i].index));
    }
    (void)snapshot_number(coder, CDF_COUNT, view->power_up_count - kept, UINT16_MAX);
    uint32_t previous = 0;
    for (uint32_t i = 0; i < view->power_up_count; i++) {
        uint16_t index = view->power_ups[i].index;
        if (!has_power_up(baseline, index)) {
            snapshot_make_room(coder);
            previous = snapshot_residual(coder, CDF_SLOT, index, previous, MAP_POWER_UPS_MAX - 1);
        }
    }
}

static void read_power_ups(struct snapshot_coder *coder, const struct view *baseline, struct view *view)
{
    for (uint32_t i = 0; i < baseline->power_up_count && snapshot_is_sound(coder); i++) {
        if (snapshot_flag(coder, FLAG_POWER_UP_KEPT, false)) {
            add_power_up(coder, view, baseline->power_ups[i].index);
        }
    }
    uint32_t count = snapshot_number(coder, CDF_COUNT, 0, UINT16_MAX);
    uint32_t previous = 0;
    for (uint32_t i = 0; i < count && snapshot_is_sound(coder); i++) {
        previous = snapshot_residual(coder, CDF_SLOT, 0, previous, MAP_POWER_UPS_MAX - 1);
        add_power_up(coder, view, previous);
    }
}

static void keep_power_ups(struct snapshot_coder *coder, const struct view *baseline, struct view *view)
{
    for (uint32_t i = 0; i < baseline->power_up_count; i++) {
        add_power_up(coder, view, baseline->power_ups[i].index);
    }
}

/* Changes are rare: one flag covers the whole list. */
void snapshot_code_power_ups(struct snapshot_coder *coder, const struct view *baseline, struct view *view)
{
    REQUIRE(baseline != view);
    if (!coder->is_reading) {
        if (snapshot_flag(coder, FLAG_POWER_UPS, !power_ups_are_steady(baseline, view))) {
            write_power_ups(coder, baseline, view);
        }
        return;
    }
    view->power_up_count = 0;
    if (snapshot_flag(coder, FLAG_POWER_UPS, false)) {
        read_power_ups(coder, baseline, view);
    } else {
        keep_power_ups(coder, baseline, view);
    }
}

/* ---- scores: changed rows are sent whole; the board knows which changed since a tick, for every viewer -------- */

static void write_row(struct snapshot_coder *coder, const struct board *board, uint16_t slot, uint32_t viewer,
                      uint32_t baseline_tick)
{
    const struct view_score *row = &board->rows[slot];
    if (snapshot_flag(coder, FLAG_SCORE_GONE, !board_shows(board, slot, (uint16_t)viewer))) {
        return;
    }
    if (snapshot_flag(coder, FLAG_SCORE_PLAYER, board->player_ticks[slot] > baseline_tick)) {
        (void)snapshot_bits(coder, (uint32_t)row->id, 32, UINT32_MAX);
        (void)snapshot_bits(coder, (uint32_t)(row->id >> 32), 32, UINT32_MAX);
        (void)snapshot_bits(coder, row->team, 8, UINT8_MAX);
    }
    (void)snapshot_number(coder, CDF_SCORE, row->kills, UINT16_MAX);
    (void)snapshot_number(coder, CDF_SCORE, row->deaths, UINT16_MAX);
    (void)snapshot_number(coder, CDF_SCORE, row->assists, UINT16_MAX);
}

static void write_scores(struct snapshot_coder *coder, const struct view *baseline, const struct view *view,
                         const struct board *board)
{
    uint16_t slots[BOARD_ROWS_MAX] = {0};
    uint32_t baseline_tick = baseline->board_tick;
    bool is_due = view->board_tick == view->tick;
    uint32_t count = !is_due              ? 0
                     : baseline_tick == 0 ? BOARD_ROWS_MAX + 1
                                          : board_changes(board, baseline_tick, view->viewer, slots);
    if (!snapshot_flag(coder, FLAG_SCORES, count > 0)) {
        return;
    }
    if (snapshot_flag(coder, FLAG_SCORES_ALL, count > BOARD_ROWS_MAX)) {
        count = board_all(board, view->viewer, slots);
        baseline_tick = 0;
    }
    (void)snapshot_number(coder, CDF_COUNT, count, BOARD_ROWS_MAX);
    uint32_t previous = 0;
    for (uint32_t i = 0; i < count; i++) {
        snapshot_make_room(coder);
        previous = snapshot_residual(coder, CDF_SLOT, slots[i], previous, RULES_PLAYERS_MAX - 1);
        write_row(coder, board, slots[i], view->viewer, baseline_tick);
    }
}

static uint32_t place_of(const struct view *view, uint32_t slot)
{
    uint32_t place = 0;
    while (place < view->score_count && view->scores[place].slot < slot) {
        place++;
    }
    return place;
}

/* The row of slot, added where there is none; NULL when there is no room. */
static struct view_score *row_of(struct view *view, uint32_t slot)
{
    uint32_t place = place_of(view, slot);
    struct view_score *row = &view->scores[place];
    if (place < view->score_count && row->slot == slot) {
        return row;
    }
    if (view->score_count == view->limits.scores) {
        return NULL;
    }
    memory_move(row + 1, row, (view->score_count - place) * sizeof *row);
    *row = (struct view_score){.slot = (uint16_t)slot};
    view->score_count++;
    return row;
}

static void remove_row(struct view *view, uint32_t slot)
{
    uint32_t place = place_of(view, slot);
    struct view_score *row = &view->scores[place];
    if (place < view->score_count && row->slot == slot) {
        view->score_count--;
        memory_move(row, row + 1, (view->score_count - place) * sizeof *row);
    }
}

static void read_row(struct snapshot_coder *coder, struct view *view, uint32_t slot)
{
    if (snapshot_flag(coder, FLAG_SCORE_GONE, false)) {
        remove_row(view, slot);
        return;
    }
    struct view_score *row = row_of(view, slot);
    if (!row) {
        snapshot_fail(coder, STATUS_TOO_LARGE);
        return;
    }
    if (snapshot_flag(coder, FLAG_SCORE_PLAYER, false)) {
        uint64_t low = snapshot_bits(coder, 0, 32, UINT32_MAX);
        row->id = low | (uint64_t)snapshot_bits(coder, 0, 32, UINT32_MAX) << 32;
        row->team = (uint8_t)snapshot_bits(coder, 0, 8, UINT8_MAX);
    }
    row->kills = (uint16_t)snapshot_number(coder, CDF_SCORE, 0, UINT16_MAX);
    row->deaths = (uint16_t)snapshot_number(coder, CDF_SCORE, 0, UINT16_MAX);
    row->assists = (uint16_t)snapshot_number(coder, CDF_SCORE, 0, UINT16_MAX);
}

static void read_scores(struct snapshot_coder *coder, const struct view *baseline, struct view *view)
{
    bool has_changes = snapshot_flag(coder, FLAG_SCORES, false);
    bool is_all = has_changes && snapshot_flag(coder, FLAG_SCORES_ALL, false);
    view->score_count = 0;
    if (!is_all) {
        if (baseline->score_count > view->limits.scores) {
            snapshot_fail(coder, STATUS_TOO_LARGE);
            return;
        }
        view->score_count = baseline->score_count;
        memory_copy(view->scores, baseline->scores, baseline->score_count * sizeof view->scores[0]);
    }
    uint32_t count = has_changes ? snapshot_number(coder, CDF_COUNT, 0, BOARD_ROWS_MAX) : 0;
    uint32_t slot = 0;
    for (uint32_t i = 0; i < count && snapshot_is_sound(coder); i++) {
        slot = snapshot_residual(coder, CDF_SLOT, 0, slot, RULES_PLAYERS_MAX - 1);
        read_row(coder, view, slot);
    }
}

void snapshot_code_scores(struct snapshot_coder *coder, const struct view *baseline, struct view *view,
                          const struct scene *scene)
{
    REQUIRE(coder->is_reading == (scene == NULL));
    if (coder->is_reading) {
        read_scores(coder, baseline, view);
    } else {
        write_scores(coder, baseline, view, &scene->board);
    }
}
