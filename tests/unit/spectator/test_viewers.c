/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/core/viewers.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define CAPACITY 3

static struct viewer places[CAPACITY];
static struct viewers viewers;

static int setup(void **state)
{
    (void)state;
    memset(places, 0xEE, sizeof places); /* memory is not written before it is used, nor read */
    viewers_init(&viewers, CAPACITY, places);
    return 0;
}

static struct viewer *add(uint32_t gateway, uint64_t session)
{
    const struct viewer viewer = {.session = session, .gateway = gateway, .slot = 7, .tier = 2};
    return viewers_add(&viewers, &viewer);
}

static void test_viewer_is_found_by_gateway_and_session(void **state)
{
    (void)state;
    assert_null(viewers_find(&viewers, 1, 10));
    struct viewer *a = add(1, 10), *b = add(2, 10), *c = add(1, 11);
    assert_ptr_equal(viewers_find(&viewers, 1, 10), a);
    assert_ptr_equal(viewers_find(&viewers, 2, 10), b);
    assert_ptr_equal(viewers_find(&viewers, 1, 11), c);
    assert_null(viewers_find(&viewers, 2, 11));
    assert_int_equal(b->slot, 7);
    assert_int_equal(b->tier, 2);
}

static void test_full_table_refuses_until_one_leaves(void **state)
{
    (void)state;
    struct viewer *first = add(1, 1);
    assert_non_null(add(1, 2));
    assert_non_null(add(1, 3));
    assert_null(add(1, 4));
    assert_int_equal(viewers.count, CAPACITY);
    viewers_remove(&viewers, first);
    assert_int_equal(viewers.count, CAPACITY - 1);
    assert_null(viewers_find(&viewers, 1, 1));
    assert_ptr_equal(add(1, 4), first);
    assert_int_equal(viewers.count, CAPACITY);
    assert_int_equal(viewers.used, CAPACITY);
}

static void test_place_of_who_left_is_taken_before_a_new_one(void **state)
{
    (void)state;
    struct viewer *first = add(1, 1);
    (void)add(1, 2);
    viewers_remove(&viewers, first);
    assert_ptr_equal(add(1, 3), first);
    assert_int_equal(viewers.used, 2);
}

static void test_memory_is_sized_for_all_places(void **state)
{
    (void)state;
    assert_int_equal(viewers_bytes(CAPACITY), sizeof places);
}

#define TEST(name) cmocka_unit_test_setup(name, setup)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_viewer_is_found_by_gateway_and_session),
        TEST(test_full_table_refuses_until_one_leaves),
        TEST(test_place_of_who_left_is_taken_before_a_new_one),
        TEST(test_memory_is_sized_for_all_places),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
