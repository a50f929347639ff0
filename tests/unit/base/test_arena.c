/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libcommon/base/arena.h"

static void test_parts_are_aligned_and_do_not_overlap(void **state)
{
    (void)state;
    _Alignas(16) uint8_t memory[64];
    struct arena arena;
    arena_init(&arena, memory, sizeof memory);
    uint8_t *first = arena_take(&arena, 1);
    uint8_t *second = arena_take(&arena, 17);
    assert_ptr_equal(first, memory);
    assert_ptr_equal(second, memory + 16);
    assert_int_equal(arena.used, 48);
    assert_int_equal(arena_bytes(1) + arena_bytes(17), arena.used);
}

static void test_arena_answers_null_when_full_and_is_empty_after_reset(void **state)
{
    (void)state;
    _Alignas(16) uint8_t memory[32];
    struct arena arena;
    arena_init(&arena, memory, sizeof memory);
    assert_non_null(arena_take(&arena, 32));
    assert_null(arena_take(&arena, 1));
    arena_reset(&arena);
    assert_non_null(arena_take(&arena, 16));
}

static void test_sizes_that_overflow_do_not_fit(void **state)
{
    (void)state;
    _Alignas(16) uint8_t memory[32];
    struct arena arena;
    arena_init(&arena, memory, sizeof memory);
    assert_null(arena_take(&arena, SIZE_MAX));
    assert_null(arena_take_zeroed(&arena, SIZE_MAX / 2, 4));
    assert_int_equal(arena.used, 0);
}

static void test_zeroed_memory_is_zero(void **state)
{
    (void)state;
    _Alignas(16) uint8_t memory[32];
    for (size_t i = 0; i < sizeof memory; i++) {
        memory[i] = 0xff;
    }
    struct arena arena;
    arena_init(&arena, memory, sizeof memory);
    const uint8_t *part = arena_take_zeroed(&arena, 5, 4);
    for (size_t i = 0; i < 20; i++) {
        assert_int_equal(part[i], 0);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parts_are_aligned_and_do_not_overlap),
        cmocka_unit_test(test_arena_answers_null_when_full_and_is_empty_after_reset),
        cmocka_unit_test(test_sizes_that_overflow_do_not_fit),
        cmocka_unit_test(test_zeroed_memory_is_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
