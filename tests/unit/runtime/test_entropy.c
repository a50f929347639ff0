/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/telemetry/entropy.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_all_bytes_are_filled_and_none_behind_them(void **state)
{
    (void)state;
    uint8_t bytes[64] = {0};
    uint8_t seen[63] = {0};
    for (int i = 0; i < 8; i++) { /* a byte that stays 0 in all of them: once in 2^64 */
        entropy_fill(bytes, 63);
        for (size_t k = 0; k < sizeof seen; k++) {
            seen[k] |= bytes[k];
        }
    }
    for (size_t k = 0; k < sizeof seen; k++) {
        assert_int_not_equal(seen[k], 0);
    }
    assert_int_equal(bytes[63], 0);
}

static void test_hex_id_is_32_digits_and_new_each_time(void **state)
{
    (void)state;
    char one[HEX_ID_SIZE], other[HEX_ID_SIZE];
    entropy_hex_id(one);
    entropy_hex_id(other);
    assert_true(hex_id_is_valid(one));
    assert_string_not_equal(one, other);
    assert_true(entropy_u64() != entropy_u64());
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_all_bytes_are_filled_and_none_behind_them),
        cmocka_unit_test(test_hex_id_is_32_digits_and_new_each_time),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
