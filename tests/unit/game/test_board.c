/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "libcommon/game/snapshot/board.h"
#include "tests/support/bot_match.h"

enum { ALL = BOARD_ROWS_MAX + 1 };

#define SMALL ((uint16_t)20)
#define BIG   ((uint16_t)100)

/* A board and a world whose rows are set by hand; the world never steps. */
struct desk {
    struct bot_match *match;
    struct world *world;
    struct board board;
    void *memory;
    uint16_t slots[BOARD_ROWS_MAX];
};

static struct desk begin(uint16_t capacity)
{
    struct world_setup setup = bot_match_setup("ffa", 1);
    setup.capacity = capacity;
    struct desk desk = {.match = bot_match_create(&setup, 0)};
    desk.world = &desk.match->world;
    desk.memory = malloc(board_bytes(capacity));
    board_init(&desk.board, capacity, desk.memory);
    return desk;
}

static void end(struct desk *desk)
{
    free(desk->memory);
    bot_match_destroy(desk->match);
}

static void seat(struct desk *desk, uint16_t slot, uint64_t id, uint16_t kills)
{
    desk->world->players[slot].id = id;
    desk->world->players[slot].kills = kills;
}

static void update(struct desk *desk, uint32_t tick)
{
    desk->world->tick = tick;
    board_update(&desk->board, desk->world);
}

static uint32_t changes(struct desk *desk, uint32_t baseline_tick, uint16_t viewer)
{
    return board_changes(&desk->board, baseline_tick, viewer, desk->slots);
}

static void test_changed_rows_are_sent_to_viewers_with_an_older_baseline(void **state)
{
    (void)state;
    struct desk desk = begin(SMALL);
    seat(&desk, 3, 77, 0);
    seat(&desk, 9, 78, 0);
    update(&desk, 10);
    assert_int_equal(board_all(&desk.board, 3, desk.slots), 2);
    assert_int_equal(desk.slots[0], 3);
    assert_int_equal(desk.slots[1], 9);
    assert_int_equal(changes(&desk, 10, 3), 0);
    assert_int_equal(changes(&desk, 9, 3), ALL); /* the board begins with tick 10 */
    seat(&desk, 9, 78, 1);
    update(&desk, 11);
    seat(&desk, 3, 77, 5);
    update(&desk, 14); /* 12 and 13 are left out */
    assert_int_equal(changes(&desk, 14, 3), 0);
    assert_int_equal(changes(&desk, 11, 3), 1);
    assert_int_equal(desk.slots[0], 3);
    assert_int_equal(changes(&desk, 10, 9), 2);
    assert_int_equal(desk.slots[0], 3);
    assert_int_equal(desk.slots[1], 9);
    assert_int_equal(desk.board.rows[3].kills, 5);
    assert_int_equal(desk.board.player_ticks[3], 10); /* still the same player's row */
    end(&desk);
}

static void test_a_row_that_changes_often_is_listed_once(void **state)
{
    (void)state;
    struct desk desk = begin(SMALL);
    seat(&desk, 4, 5, 0);
    update(&desk, 1);
    for (uint32_t tick = 2; tick < 60; tick++) {
        seat(&desk, 4, 5, (uint16_t)tick);
        update(&desk, tick);
    }
    assert_int_equal(changes(&desk, 1, 4), 1);
    end(&desk);
}

static void test_a_player_who_leaves_is_a_change_and_no_longer_shown(void **state)
{
    (void)state;
    struct desk desk = begin(SMALL);
    seat(&desk, 2, 50, 4);
    seat(&desk, 6, 51, 0);
    update(&desk, 1);
    seat(&desk, 2, 0, 0);
    update(&desk, 5);
    assert_int_equal(changes(&desk, 4, 6), 1);
    assert_int_equal(desk.slots[0], 2);
    assert_false(board_shows(&desk.board, 2, 6));
    assert_int_equal(board_all(&desk.board, 6, desk.slots), 1);
    seat(&desk, 2, 99, 0); /* somebody else, in the same seat */
    update(&desk, 7);
    assert_int_equal(changes(&desk, 5, 6), 1);
    assert_true(board_shows(&desk.board, 2, 6));
    assert_int_equal(desk.board.player_ticks[2], 7);
    seat(&desk, 2, 100, 0); /* and another within one tick */
    update(&desk, 8);
    assert_int_equal(desk.board.player_ticks[2], 8);
    end(&desk);
}

static void test_more_changes_than_are_kept_mean_the_whole_board(void **state)
{
    (void)state;
    struct desk desk = begin(SMALL);
    seat(&desk, 0, 1, 0);
    update(&desk, 1);
    uint32_t tick = 1;
    for (uint16_t kills = 1; kills <= BOARD_CHANGES_MAX; kills++) {
        seat(&desk, 0, 1, kills);
        update(&desk, ++tick);
    }
    assert_int_equal(changes(&desk, tick - 1, 0), 1);
    assert_int_equal(changes(&desk, 2, 0), 1); /* tick 1 is no longer kept: the oldest kept is that of tick 2 */
    seat(&desk, 0, 1, 0);
    update(&desk, ++tick);
    assert_int_equal(changes(&desk, 2, 0), 1);
    assert_int_equal(changes(&desk, 1, 0), ALL);
    end(&desk);
}

/* By all the rows, one by one: more kills, then fewer deaths, then the lower slot. */
static bool is_among_the_best(const struct world *world, uint16_t slot)
{
    uint32_t better = 0;
    const struct world_player *mine = &world->players[slot];
    for (uint16_t other = 0; other < world->capacity; other++) {
        const struct world_player *player = &world->players[other];
        bool is_even = player->kills == mine->kills && player->deaths == mine->deaths;
        bool is_ahead = player->kills > mine->kills || (player->kills == mine->kills && player->deaths < mine->deaths);
        better += player->id != 0 && (is_ahead || (is_even && other < slot));
    }
    return mine->id != 0 && better < BOARD_BEST_MAX;
}

static void test_a_big_match_lists_the_best_and_each_viewer_itself(void **state)
{
    (void)state;
    struct desk desk = begin(BIG);
    struct random random;
    random_init(&random, 4, 1);
    for (uint32_t tick = 1; tick < 400; tick++) {
        uint16_t slot = (uint16_t)random_below(&random, BIG);
        struct world_player *player = &desk.world->players[slot];
        player->id = random_below(&random, 10) == 0 ? 0 : 1000u + slot;
        player->kills = (uint16_t)(player->id ? random_below(&random, 12) : 0);
        player->deaths = (uint16_t)random_below(&random, 3);
        update(&desk, tick);
        for (uint16_t other = 0; other < BIG; other++) {
            bool is_best = is_among_the_best(desk.world, other);
            assert_int_equal(board_shows(&desk.board, other, (uint16_t)((other + 1) % BIG)), is_best);
            assert_int_equal(board_shows(&desk.board, other, other), desk.world->players[other].id != 0);
        }
        assert_in_range(board_all(&desk.board, slot, desk.slots), 0, BOARD_BEST_MAX + 1);
    }
    end(&desk);
}

/* A client that applies the changes at any gaps has the whole board. */
static void test_changes_at_any_gaps_keep_a_client_s_rows_right(void **state)
{
    (void)state;
    struct desk desk = begin(BIG);
    struct random random;
    bool has[BIG] = {false};
    uint32_t baseline_tick = 0, sent_all = 0;
    const uint16_t viewer = 17;
    random_init(&random, 8, 1);
    seat(&desk, viewer, 1017, 0);
    for (uint32_t tick = 1; tick < 3000; tick++) {
        uint16_t slot = (uint16_t)random_below(&random, BIG);
        bool goes = slot != viewer && random_below(&random, 4) == 0;
        seat(&desk, slot, goes ? 0 : 1000u + slot, (uint16_t)(goes ? 0 : random_below(&random, 40)));
        update(&desk, tick);
        if (random_below(&random, 8) > 0 && tick % 700 != 0) {
            continue;
        }
        uint32_t count = changes(&desk, baseline_tick, viewer);
        bool is_all = count == ALL;
        if (is_all) {
            sent_all++;
            for (uint16_t other = 0; other < BIG; other++) {
                has[other] = false;
            }
            count = board_all(&desk.board, viewer, desk.slots);
        }
        for (uint32_t i = 0; i < count; i++) {
            uint16_t row = desk.slots[i];
            bool is_there = board_shows(&desk.board, row, viewer);
            assert_true(!is_there || has[row] || desk.board.player_ticks[row] > baseline_tick || is_all);
            has[row] = is_there;
        }
        for (uint16_t other = 0; other < BIG; other++) {
            assert_int_equal(has[other], board_shows(&desk.board, other, viewer));
        }
        baseline_tick = tick;
    }
    assert_true(sent_all > 0);
    end(&desk);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_changed_rows_are_sent_to_viewers_with_an_older_baseline),
        cmocka_unit_test(test_a_row_that_changes_often_is_listed_once),
        cmocka_unit_test(test_a_player_who_leaves_is_a_change_and_no_longer_shown),
        cmocka_unit_test(test_more_changes_than_are_kept_mean_the_whole_board),
        cmocka_unit_test(test_a_big_match_lists_the_best_and_each_viewer_itself),
        cmocka_unit_test(test_changes_at_any_gaps_keep_a_client_s_rows_right),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
