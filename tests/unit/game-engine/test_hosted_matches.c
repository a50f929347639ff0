/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/hosted_matches.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define PLACES 4

static struct hosted_matches matches;
static void *memory;

static int begin(void **state)
{
    (void)state;
    memory = malloc(hosted_matches_bytes(PLACES));
    hosted_matches_init(&matches, PLACES, memory);
    return 0;
}

static int end(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

static const char *id_of(uint32_t number)
{
    static char id[HEX_ID_SIZE];
    (void)snprintf(id, sizeof id, "%032x", number);
    return id;
}

static struct hosted_match *add(uint32_t number)
{
    struct hosted_match *hosted = hosted_matches_free_place(&matches);
    assert_non_null(hosted);
    (void)snprintf(hosted->id, sizeof hosted->id, "%s", id_of(number));
    hosted->match.seat_count = 2;
    hosted_matches_add(&matches, hosted);
    return hosted;
}

static void test_match_is_found_until_it_is_removed_and_remembered_after(void **state)
{
    (void)state;
    struct hosted_match *hosted = add(7);
    assert_ptr_equal(hosted_matches_find(&matches, id_of(7)), hosted);
    assert_null(hosted_matches_find(&matches, id_of(8)));
    assert_false(hosted_matches_has_ended(&matches, id_of(7)));
    hosted_matches_remove(&matches, hosted);
    assert_null(hosted_matches_find(&matches, id_of(7)));
    assert_true(hosted_matches_has_ended(&matches, id_of(7)));
    assert_string_equal(hosted->id, id_of(7)); /* still there to be read */
    assert_int_equal(matches.count, 0);
}

static void test_table_has_no_place_when_it_is_full(void **state)
{
    (void)state;
    struct hosted_match *hosted[PLACES];
    for (uint32_t i = 0; i < PLACES; i++) {
        hosted[i] = add(i);
        assert_int_equal(hosted[i]->index, i);
    }
    assert_null(hosted_matches_free_place(&matches));
    hosted_matches_remove(&matches, hosted[2]);
    assert_ptr_equal(hosted_matches_free_place(&matches), hosted[2]);
    assert_int_equal(hosted[2]->match.seat_count, 0);
    assert_int_equal(hosted[2]->index, 2);
    assert_int_equal(matches.count, 3);
}

static void test_oldest_ended_id_is_forgotten_first(void **state)
{
    (void)state;
    for (uint32_t i = 0; i < HOSTED_MATCHES_ENDED_MAX + 1; i++) {
        hosted_matches_remove(&matches, add(i));
        assert_true(hosted_matches_has_ended(&matches, id_of(i)));
    }
    assert_false(hosted_matches_has_ended(&matches, id_of(0)));
    assert_true(hosted_matches_has_ended(&matches, id_of(1)));
    for (uint32_t i = 0; i < 3 * HOSTED_MATCHES_ENDED_MAX; i++) {
        hosted_matches_remove(&matches, add(10000 + i));
    }
    assert_false(hosted_matches_has_ended(&matches, id_of(1)));
    assert_true(hosted_matches_has_ended(&matches, id_of(10000 + 3 * HOSTED_MATCHES_ENDED_MAX - 1)));
    assert_true(hosted_matches_has_ended(&matches, id_of(10000 + 2 * HOSTED_MATCHES_ENDED_MAX)));
    assert_false(hosted_matches_has_ended(&matches, id_of(10000 + 2 * HOSTED_MATCHES_ENDED_MAX - 1)));
}

static void test_busiest_is_the_running_match_with_the_most_sessions(void **state)
{
    (void)state;
    assert_null(hosted_matches_busiest(&matches));
    struct hosted_match *waiting = add(1), *first = add(2), *second = add(3), *third = add(4);
    waiting->match.session_count = 9;
    assert_null(hosted_matches_busiest(&matches));
    first->match.state = second->match.state = third->match.state = MATCH_RUNNING;
    first->match.session_count = 1;
    second->match.session_count = 2;
    third->match.session_count = 2;
    assert_ptr_equal(hosted_matches_busiest(&matches), second);
    hosted_matches_remove(&matches, second);
    assert_ptr_equal(hosted_matches_busiest(&matches), third);
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_match_is_found_until_it_is_removed_and_remembered_after),
        TEST(test_table_has_no_place_when_it_is_full),
        TEST(test_oldest_ended_id_is_forgotten_first),
        TEST(test_busiest_is_the_running_match_with_the_most_sessions),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
