/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "libcommon/runtime/daemon/pages.h"

static const size_t sizes[] = {1, 63, 4096, PAGES_SMALL_MAX, PAGES_SMALL_MAX + 1, PAGES_LARGE_BYTES, 5000001};

#define SIZES (sizeof sizes / sizeof sizes[0])

static void test_memory_is_zeroed_and_aligned_again_after_it_was_used(void **state)
{
    (void)state;
    for (int round = 0; round < 3; round++) {
        uint8_t *memory[SIZES];
        for (size_t i = 0; i < SIZES; i++) {
            size_t alignment = sizes[i] > PAGES_SMALL_MAX ? PAGES_LARGE_BYTES : 64;
            memory[i] = pages_take(sizes[i]);
            assert_non_null(memory[i]);
            assert_int_equal((uintptr_t)memory[i] % alignment, 0);
            for (size_t at = 0; at < sizes[i]; at++) {
                assert_true(memory[i][at] == 0);
            }
        }
        for (size_t i = 0; i < SIZES; i++) {
            memset(memory[i], (int)(i + 1), sizes[i]);
        }
        for (size_t i = 0; i < SIZES; i++) {
            assert_int_equal(memory[i][0], i + 1);
            assert_int_equal(memory[i][sizes[i] - 1], i + 1);
            pages_release(memory[i], sizes[i]);
        }
    }
}

static void test_more_than_there_is_is_refused(void **state)
{
    (void)state;
    assert_null(pages_take((size_t)1 << 60));
    assert_null(pages_take(SIZE_MAX));
    pages_release(NULL, 1);
    pages_release(NULL, PAGES_LARGE_BYTES);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_memory_is_zeroed_and_aligned_again_after_it_was_used),
        cmocka_unit_test(test_more_than_there_is_is_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
