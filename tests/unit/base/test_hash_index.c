/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/hash_index.h"

#include "libcommon/base/random.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SLOTS 200

static struct hash_index make(void)
{
    static struct hash_index_cell memory[2048];
    struct hash_index index;
    assert_true(hash_index_bytes(SLOTS) <= sizeof memory);
    hash_index_init(&index, SLOTS, memory);
    return index;
}

static uint32_t first_of(const struct hash_index *index, uint64_t key)
{
    struct hash_index_walk walk = {0};
    return hash_index_next(index, key, &walk);
}

static void test_a_key_that_was_not_added_is_not_found(void **state)
{
    (void)state;
    struct hash_index index = make();
    assert_int_equal(HASH_INDEX_NONE, first_of(&index, 7));
    hash_index_add(&index, 7, 3);
    assert_int_equal(3, first_of(&index, 7));
    assert_int_equal(HASH_INDEX_NONE, first_of(&index, 8));
}

static void test_several_slots_under_one_key_are_all_found(void **state)
{
    (void)state;
    struct hash_index index = make();
    struct hash_index_walk walk = {0};
    uint32_t seen = 0;
    hash_index_add(&index, 9, 1);
    hash_index_add(&index, 9, 2);
    hash_index_add(&index, 9, 4);
    hash_index_remove(&index, 9, 2);
    for (uint32_t slot; (slot = hash_index_next(&index, 9, &walk)) != HASH_INDEX_NONE;) {
        seen |= 1u << slot;
    }
    assert_int_equal((1u << 1) | (1u << 4), seen);
}

/* Keys from a small range, so that runs are long and holes in them are many. */
static void test_it_agrees_with_a_plain_table_after_many_changes(void **state)
{
    (void)state;
    struct hash_index index = make();
    struct random random;
    uint64_t keys[SLOTS] = {0};
    random_init(&random, 1, 1);
    for (int i = 0; i < 20000; i++) {
        uint32_t slot = random_below(&random, SLOTS);
        if (keys[slot] != 0) {
            hash_index_remove(&index, keys[slot], slot);
            keys[slot] = 0;
        } else {
            keys[slot] = 1 + random_below(&random, 60);
            hash_index_add(&index, keys[slot], slot);
        }
        uint32_t found = 0, expected = 0;
        uint64_t key = 1 + random_below(&random, 60);
        struct hash_index_walk walk = {0};
        for (uint32_t at; (at = hash_index_next(&index, key, &walk)) != HASH_INDEX_NONE; found++) {
            assert_true(keys[at] == key);
        }
        for (uint32_t at = 0; at < SLOTS; at++) {
            expected += keys[at] == key;
        }
        assert_int_equal(expected, found);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_key_that_was_not_added_is_not_found),
        cmocka_unit_test(test_several_slots_under_one_key_are_all_found),
        cmocka_unit_test(test_it_agrees_with_a_plain_table_after_many_changes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
