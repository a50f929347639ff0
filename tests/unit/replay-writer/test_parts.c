/* SPDX-License-Identifier: Apache-2.0 */
#include "services/replay-writer/core/parts.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_part_name_round_trips(void **state)
{
    (void)state;
    for (uint32_t index = 0; index < PARTS_MAX; index += 97) {
        for (int last = 0; last < 2; last++) {
            char name[PARTS_NAME_MAX];
            uint32_t read_index = UINT32_MAX;
            bool is_last = !last;
            assert_int_equal(parts_name_write(index, last, name), STATUS_OK);
            assert_int_equal(parts_name_read(name, &read_index, &is_last), STATUS_OK);
            assert_int_equal(read_index, index);
            assert_int_equal(is_last, last);
        }
    }
    char name[PARTS_NAME_MAX];
    assert_int_equal(parts_name_write(PARTS_MAX, false, name), STATUS_INVALID);
}

static void test_names_that_are_not_parts_are_refused(void **state)
{
    (void)state;
    static const char *const names[] = {"",        ".",          "..",           ".12.34.tmp", "00000",
                                        "0000000", "000001.las", "000001.lastx", "00000a",     "999999"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        uint32_t index;
        bool is_last;
        assert_int_equal(parts_name_read(names[i], &index, &is_last), STATUS_INVALID);
    }
}

static void test_parts_are_complete_only_with_all_and_the_last(void **state)
{
    (void)state;
    struct parts parts;
    parts_init(&parts);
    static const char *const names[] = {"000002", "000000", ".", "000003.last", "000002"};
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        assert_int_equal(parts_note(&parts, names[i]), STATUS_OK);
        assert_false(parts_are_complete(&parts));
    }
    assert_int_equal(parts_note(&parts, "000001"), STATUS_OK);
    assert_true(parts_are_complete(&parts));
    assert_int_equal(parts.count, 4);
}

static void test_every_part_of_a_long_match_counts_once(void **state)
{
    (void)state;
    static struct parts parts;
    const uint32_t last = PARTS_MAX - 1;
    char name[PARTS_NAME_MAX];
    parts_init(&parts);
    for (uint32_t index = last; index < PARTS_MAX; index--) { /* ends below 0 */
        assert_false(parts_are_complete(&parts));
        assert_int_equal(parts_name_write(index, index == last, name), STATUS_OK);
        for (int times = 0; times < 2; times++) {
            assert_int_equal(parts_note(&parts, name), STATUS_OK);
            assert_int_equal(parts.count, PARTS_MAX - index);
        }
    }
    assert_true(parts_are_complete(&parts));
    /* Whichever is missing. */
    for (uint32_t index = 0; index < PARTS_MAX; index += 61) {
        parts.seen[index / 64] ^= UINT64_C(1) << (index % 64);
        assert_false(parts_are_complete(&parts));
        parts.seen[index / 64] ^= UINT64_C(1) << (index % 64);
    }
}

static void test_two_different_last_parts_are_a_mismatch(void **state)
{
    (void)state;
    struct parts parts;
    parts_init(&parts);
    assert_int_equal(parts_note(&parts, "000003.last"), STATUS_OK);
    assert_int_equal(parts_note(&parts, "000003.last"), STATUS_OK);
    assert_int_equal(parts_note(&parts, "000004.last"), STATUS_MISMATCH);
}

static void test_a_replay_is_joined_once_all_its_parts_are_there(void **state)
{
    (void)state;
    struct parts parts;
    parts_init(&parts);
    assert_int_equal(parts_next_step(&parts, false), PARTS_WAIT);
    assert_int_equal(parts_next_step(&parts, true), PARTS_WHOLE); /* its parts are gone already */
    assert_int_equal(parts_note(&parts, "000001.last"), STATUS_OK);
    assert_int_equal(parts_next_step(&parts, false), PARTS_WAIT);
    assert_int_equal(parts_note(&parts, "000000"), STATUS_OK);
    assert_int_equal(parts_next_step(&parts, false), PARTS_JOIN);
    assert_int_equal(parts_next_step(&parts, true), PARTS_WHOLE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_part_name_round_trips),
        cmocka_unit_test(test_a_replay_is_joined_once_all_its_parts_are_there),
        cmocka_unit_test(test_names_that_are_not_parts_are_refused),
        cmocka_unit_test(test_parts_are_complete_only_with_all_and_the_last),
        cmocka_unit_test(test_every_part_of_a_long_match_counts_once),
        cmocka_unit_test(test_two_different_last_parts_are_a_mismatch),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
