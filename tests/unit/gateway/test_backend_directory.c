/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/gateway/core/backend_directory.h"

static struct backend_directory directory;

static int set_up(void **state)
{
    (void)state;
    memset(&directory, 0, sizeof directory);
    return 0;
}

static void add(enum backend_role role, const char *url, bool is_draining, uint32_t players)
{
    backend_directory_add(&directory, role, url, is_draining, players);
}

static void test_nobody_is_chosen_from_empty_lists(void **state)
{
    (void)state;
    assert_string_equal("", backend_directory_matchmaker(&directory));
    assert_string_equal("", backend_directory_spectator(&directory));
}

static void test_the_first_matchmaker_that_takes_work_is_chosen(void **state)
{
    (void)state;
    add(BACKEND_MATCHMAKER, "a", true, 0);
    assert_string_equal("", backend_directory_matchmaker(&directory));
    add(BACKEND_MATCHMAKER, "b", false, 9);
    add(BACKEND_MATCHMAKER, "c", false, 0);
    assert_string_equal("b", backend_directory_matchmaker(&directory));
}

static void test_the_spectator_with_the_fewest_viewers_that_takes_work_is_chosen(void **state)
{
    (void)state;
    add(BACKEND_SPECTATOR, "a", true, 0);
    assert_string_equal("", backend_directory_spectator(&directory));
    add(BACKEND_SPECTATOR, "b", false, 7);
    add(BACKEND_SPECTATOR, "c", false, 5);
    add(BACKEND_SPECTATOR, "d", false, 5);
    add(BACKEND_SPECTATOR, "e", false, 6);
    assert_string_equal("c", backend_directory_spectator(&directory));
}

static void test_a_new_list_replaces_its_roles_old_one_and_no_other(void **state)
{
    (void)state;
    add(BACKEND_MATCHMAKER, "m", false, 0);
    add(BACKEND_SPECTATOR, "s", false, 0);
    backend_directory_begin(&directory, BACKEND_MATCHMAKER);
    assert_string_equal("", backend_directory_matchmaker(&directory));
    assert_string_equal("s", backend_directory_spectator(&directory));
}

static void test_what_is_listed_beyond_the_limit_is_left_out(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < BACKEND_CANDIDATES_MAX; i++) {
        add(BACKEND_SPECTATOR, "full", false, 9);
    }
    add(BACKEND_SPECTATOR, "more", false, 0);
    assert_int_equal(BACKEND_CANDIDATES_MAX, directory.roles[BACKEND_SPECTATOR].count);
    assert_string_equal("full", backend_directory_spectator(&directory));
}

static struct backend backend_of(enum backend_role role)
{
    return (struct backend){.url = "tcp://x:1", .role = role, .users = 1};
}

static void test_a_backend_that_is_heard_of_or_listed_is_not_lost(void **state)
{
    (void)state;
    struct backend engine = backend_of(BACKEND_ENGINE);
    directory.age_ms = 0;
    assert_false(backend_directory_is_lost(&directory, &engine, 2999, 3000));
    assert_true(backend_directory_is_lost(&directory, &engine, 3000, 3000));
    add(BACKEND_SPECTATOR, "tcp://x:1", false, 0); /* another role's list */
    assert_true(backend_directory_is_lost(&directory, &engine, 3000, 3000));
    add(BACKEND_ENGINE, "tcp://y:1", false, 0);
    add(BACKEND_ENGINE, "tcp://x:1", true, 0);
    assert_false(backend_directory_is_lost(&directory, &engine, 100000, 3000));
}

static void test_a_spectator_that_is_not_listed_is_lost_while_the_registry_is_there(void **state)
{
    (void)state;
    struct backend spectator = backend_of(BACKEND_SPECTATOR);
    directory.age_ms = BACKEND_LISTS_AGE_LIMIT_MS - 1;
    assert_true(backend_directory_is_lost(&directory, &spectator, 3000, 3000));
}

static void test_without_the_registry_only_an_engine_is_lost_by_silence_three_times_as_long(void **state)
{
    (void)state;
    struct backend engine = backend_of(BACKEND_ENGINE), spectator = backend_of(BACKEND_SPECTATOR);
    directory.age_ms = BACKEND_LISTS_AGE_LIMIT_MS;
    assert_false(backend_directory_is_lost(&directory, &engine, 8999, 3000));
    assert_true(backend_directory_is_lost(&directory, &engine, 9000, 3000));
    assert_false(backend_directory_is_lost(&directory, &spectator, 1000000, 3000));
    add(BACKEND_ENGINE, "tcp://x:1", false, 0); /* an old list does not help */
    assert_true(backend_directory_is_lost(&directory, &engine, 9000, 3000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_nobody_is_chosen_from_empty_lists, set_up),
        cmocka_unit_test_setup(test_the_first_matchmaker_that_takes_work_is_chosen, set_up),
        cmocka_unit_test_setup(test_the_spectator_with_the_fewest_viewers_that_takes_work_is_chosen, set_up),
        cmocka_unit_test_setup(test_a_new_list_replaces_its_roles_old_one_and_no_other, set_up),
        cmocka_unit_test_setup(test_what_is_listed_beyond_the_limit_is_left_out, set_up),
        cmocka_unit_test_setup(test_a_backend_that_is_heard_of_or_listed_is_not_lost, set_up),
        cmocka_unit_test_setup(test_a_spectator_that_is_not_listed_is_lost_while_the_registry_is_there, set_up),
        cmocka_unit_test_setup(test_without_the_registry_only_an_engine_is_lost_by_silence_three_times_as_long, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
