/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/seat_index.h"

#include "libcommon/base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define SESSIONS_MAX 200

static struct seat_index table;
static void *memory;

static int set_up(void **state)
{
    (void)state;
    memory = malloc(seat_index_bytes(SESSIONS_MAX));
    seat_index_init(&table, SESSIONS_MAX, memory);
    return memory == NULL;
}

static int tear_down(void **state)
{
    (void)state;
    free(memory);
    return 0;
}

static enum status put(uint64_t session, uint32_t peer, uint16_t match)
{
    return seat_index_put(&table, &(struct seat_entry){.session = session, .peer = peer, .match = match});
}

static void test_same_id_of_two_gateways_is_two_sessions(void **state)
{
    (void)state;
    assert_int_equal(put(7, 1, 10), STATUS_OK);
    assert_int_equal(put(7, 2, 20), STATUS_OK);
    assert_int_equal(seat_index_find(&table, 7, 1)->match, 10);
    assert_int_equal(seat_index_find(&table, 7, 2)->match, 20);
    assert_null(seat_index_find(&table, 7, 3));
    assert_null(seat_index_find(&table, 0, 1));
    seat_index_remove(&table, 7, 1);
    assert_null(seat_index_find(&table, 7, 1));
    assert_int_equal(seat_index_find(&table, 7, 2)->match, 20);
}

static void test_put_again_replaces(void **state)
{
    (void)state;
    assert_int_equal(put(7, 1, 10), STATUS_OK);
    assert_int_equal(put(7, 1, 11), STATUS_OK);
    assert_int_equal(table.count, 1);
    assert_int_equal(seat_index_find(&table, 7, 1)->match, 11);
}

static void test_full_table_says_so_and_takes_again_after_a_removal(void **state)
{
    (void)state;
    for (uint64_t session = 1; session <= SESSIONS_MAX; session++) {
        assert_int_equal(put(session, 1, 0), STATUS_OK);
    }
    assert_int_equal(put(SESSIONS_MAX + 1, 1, 0), STATUS_FULL);
    assert_int_equal(put(5, 1, 9), STATUS_OK);
    seat_index_remove(&table, 17, 1);
    assert_int_equal(put(SESSIONS_MAX + 1, 1, 0), STATUS_OK);
}

/* Random puts and removals, held against a plain array. */
static void test_it_agrees_with_a_plain_list_after_many_changes(void **state)
{
    (void)state;
    struct random random;
    bool is_there[150] = {false};
    random_init(&random, 3, 1);
    for (uint32_t i = 0; i < 20000; i++) {
        uint32_t session = random_below(&random, 150);
        is_there[session] = random_below(&random, 2) == 0;
        if (is_there[session]) {
            assert_int_equal(put(session + 1, 1, (uint16_t)session), STATUS_OK);
        } else {
            seat_index_remove(&table, session + 1, 1);
        }
        uint32_t other = random_below(&random, 150);
        const struct seat_entry *found = seat_index_find(&table, other + 1, 1);
        assert_int_equal(found != NULL, is_there[other]);
        assert_true(found == NULL || found->match == other);
    }
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_same_id_of_two_gateways_is_two_sessions),
        TEST(test_put_again_replaces),
        TEST(test_full_table_says_so_and_takes_again_after_a_removal),
        TEST(test_it_agrees_with_a_plain_list_after_many_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
