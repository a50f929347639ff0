/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "services/game-engine/core/bot_backfill.h"
#include "tests/support/seated_match.h"

#define SEATS 4

static const struct match_player players[SEATS] = {{"ann", 0}, {"ben", 1}, {"cid", 0}, {"dee", 1}};

static struct match match;
static struct match_workspace sight;
static void *memory;
static void *rooms;

/* All but "ann" come. */
static void begin(const char *mode, uint16_t seats, bool bots_fill)
{
    struct match_setup setup = seated_match_setup(mode, players, seats);
    setup.world.time_limit_ticks = 100000;
    setup.bot_workspace = bots_fill ? &sight : NULL;
    size_t size = match_memory_bytes(&setup);
    memory = malloc(size);
    rooms = malloc(match_workspace_bytes());
    match_workspace_init(&sight, rooms);
    assert_int_equal(match_init(&match, &setup, memory, size), STATUS_OK);
    for (uint16_t slot = 1; slot < seats; slot++) {
        match_take_seat(&match, slot, 100u + slot, 1);
    }
}

static void end(void)
{
    free(memory);
    free(rooms);
}

/* Nobody sends an input. Answers in how many ticks, before the match was over, the slot had any button down. */
static uint32_t run(uint16_t slot, uint32_t ticks)
{
    uint32_t busy = 0;
    for (uint32_t i = 0; i < ticks && match_step(&match); i++) {
        struct recorder_chunk chunk;
        recorder_clear_stream(&match.recorder);
        (void)recorder_take_chunk(&match.recorder, &chunk);
        busy += match.chosen[slot].buttons != 0;
    }
    return busy;
}

static void test_bot_plays_for_who_never_came(void **state)
{
    (void)state;
    begin("ffa", SEATS, true);
    assert_true(run(0, 600) > 300);
    assert_int_equal(run(1, 60), 0); /* who is here and does nothing does nothing */
    match_take_seat(&match, 0, 555, 2);
    (void)run(0, 10); /* a last input is held for a while */
    assert_int_equal(run(0, 60), 0);
    end();
}

static void test_bot_plays_for_who_is_away_once_the_resume_window_is_over(void **state)
{
    (void)state;
    begin("teams_2v2", SEATS, true);
    (void)run(1, 10);
    match_leave_seat(&match, 1);
    assert_int_equal(run(1, match.world.mode->resume_ticks), 0);
    assert_true(run(1, 600) > 300);
    assert_int_equal(match.world.player_count, SEATS);
    end();
}

static void test_bot_thinks_every_fourth_tick_and_holds_its_input_between(void **state)
{
    (void)state;
    begin("ffa", SEATS, true);
    uint32_t changes = 0;
    (void)run(0, 400); /* past the warm-up */
    for (uint32_t i = 0; i < 400; i++) {
        struct input before = match.chosen[2], before_first = match.chosen[0];
        uint32_t tick = match.world.tick;
        (void)run(0, 1);
        bool has_changed = before_first.buttons != match.chosen[0].buttons || before_first.aim != match.chosen[0].aim;
        assert_true(!has_changed || tick % 4 == 0);
        changes += has_changed;
        assert_int_equal(before.buttons, match.chosen[2].buttons);
    }
    assert_true(changes > 50);
    end();
}

static void test_patience_is_the_resume_window_for_who_was_here_and_none_for_who_never_came(void **state)
{
    (void)state;
    begin("ffa", SEATS, true);
    uint32_t window = match.world.mode->resume_ticks;
    match.seats[0].away_ticks = 0;
    assert_false(bot_backfill_plays(&match, 0)); /* nobody is here to play with */
    match.seats[0].away_ticks = 1;
    assert_true(bot_backfill_plays(&match, 0));
    match.seats[1].away_ticks = window;
    assert_false(bot_backfill_plays(&match, 1));
    match.seats[1].away_ticks = window + 1;
    assert_true(bot_backfill_plays(&match, 1));
    end();
}

static void test_no_bot_plays_where_the_mode_or_the_operator_wants_none(void **state)
{
    (void)state;
    begin("duel", 2, true);
    assert_int_equal(run(0, match.world.mode->resume_ticks + 60), 0);
    assert_false(world_has(&match.world, 0));
    end();
    begin("ffa", SEATS, false);
    assert_int_equal(run(0, match.world.mode->resume_ticks + 60), 0);
    assert_false(world_has(&match.world, 0));
    end();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bot_plays_for_who_never_came),
        cmocka_unit_test(test_bot_plays_for_who_is_away_once_the_resume_window_is_over),
        cmocka_unit_test(test_bot_thinks_every_fourth_tick_and_holds_its_input_between),
        cmocka_unit_test(test_patience_is_the_resume_window_for_who_was_here_and_none_for_who_never_came),
        cmocka_unit_test(test_no_bot_plays_where_the_mode_or_the_operator_wants_none),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
