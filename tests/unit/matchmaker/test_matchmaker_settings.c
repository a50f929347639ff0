/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/matchmaker_settings.h"

#include "libcommon/game/rules/mode.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct matchmaker_settings settings;
static struct matchmaker_rules rules;
static struct matchmaker mm;

static void load(void)
{
    setenv("JOIN_TOKEN_SECRET", "0123456789abcdef0123456789abcdef", 1);
    assert_int_equal(config_load(matchmaker_settings_rows, matchmaker_settings_row_count, &settings, stderr),
                     STATUS_OK);
    matchmaker_settings_rules(&settings, &rules);
    matchmaker_init(&mm, &rules, 1);
}

static void test_every_mode_is_a_queue_of_its_size(void **state)
{
    (void)state;
    unsetenv("MAX_PLAYERS_PER_GAME");
    load();
    const struct mode *mode;
    uint32_t modes = 0;
    for (uint32_t i = 0; (mode = mode_at(i)) != NULL; i++) {
        uint32_t queue = matchmaker_find_queue(&mm, mode->name);
        if (mode->players_min > settings.players_max) { /* too many for MAX_PLAYERS_PER_GAME: no queue */
            assert_int_equal(queue, QUEUE_NONE);
            continue;
        }
        modes++;
        assert_int_not_equal(queue, QUEUE_NONE);
        if (mode->team_count > 0) {
            assert_int_equal(rules.queues[queue].players_min, mode->team_count * mode->team_size);
            assert_int_equal(rules.queues[queue].players_max, mode->team_count * mode->team_size);
        }
    }
    assert_int_equal(rules.queue_count, modes);
    assert_int_equal(rules.ticket_timeout_ms, 30000);
    assert_int_equal(rules.matching.window_milli, 200000);
}

static void test_modes_larger_than_a_game_may_be_are_not_offered(void **state)
{
    (void)state;
    setenv("MAX_PLAYERS_PER_GAME", "6", 1);
    load();
    assert_int_equal(matchmaker_find_queue(&mm, "teams_5v5"), QUEUE_NONE);
    assert_int_not_equal(matchmaker_find_queue(&mm, "teams_2v2"), QUEUE_NONE);
    uint32_t ffa = matchmaker_find_queue(&mm, "ffa");
    assert_int_not_equal(ffa, QUEUE_NONE);
    assert_int_equal(rules.queues[ffa].players_max, 6);
    unsetenv("MAX_PLAYERS_PER_GAME");
}

static void test_a_queue_plays_its_modes_map_or_the_one_that_is_set(void **state)
{
    (void)state;
    setenv("QUEUE_MAPS", "ffa=octagon,duel=pit-2", 1);
    load();
    assert_true(matchmaker_settings_queue_maps_are_valid(&settings));
    assert_string_equal(rules.queues[matchmaker_find_queue(&mm, "ffa")].map, "octagon");
    assert_string_equal(rules.queues[matchmaker_find_queue(&mm, "duel")].map, "pit-2");
    assert_string_equal(rules.queues[matchmaker_find_queue(&mm, "teams_2v2")].map, "arena");
    unsetenv("QUEUE_MAPS");
    load();
    assert_string_equal(rules.queues[matchmaker_find_queue(&mm, "ffa")].map, "arena");
}

static void test_wrong_pairs_of_queue_and_map_are_refused(void **state)
{
    (void)state;
    static const char *const wrong[] = {"ffa",
                                        "ffa=",
                                        "=octagon",
                                        "ffa=Octagon",
                                        "ffa=a b",
                                        "chess=arena",
                                        "ffa=arena;duel=pit",
                                        ",",
                                        "ffa=a,,",
                                        "ffa=a=b",
                                        "ffa=0123456789012345678901234567890123456789"};
    for (size_t i = 0; i < sizeof wrong / sizeof wrong[0]; i++) {
        setenv("QUEUE_MAPS", wrong[i], 1);
        load();
        assert_false(matchmaker_settings_queue_maps_are_valid(&settings));
    }
    unsetenv("QUEUE_MAPS");
    load();
    assert_true(matchmaker_settings_queue_maps_are_valid(&settings));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_mode_is_a_queue_of_its_size),
        cmocka_unit_test(test_modes_larger_than_a_game_may_be_are_not_offered),
        cmocka_unit_test(test_a_queue_plays_its_modes_map_or_the_one_that_is_set),
        cmocka_unit_test(test_wrong_pairs_of_queue_and_map_are_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
