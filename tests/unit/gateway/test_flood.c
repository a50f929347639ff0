/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/core/flood.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static void test_a_flood_is_told_once_a_second_and_closed_after_ten(void **state)
{
    (void)state;
    struct flood flood = {0};
    uint32_t told = 0;
    for (uint64_t now_ms = 5000; now_ms < 15000; now_ms += 10) {
        enum flood_verdict verdict = flood_note(&flood, now_ms);
        assert_int_not_equal(FLOOD_CLOSE, verdict);
        told += verdict == FLOOD_WARN;
    }
    assert_int_equal(10, told);
    assert_int_equal(FLOOD_CLOSE, flood_note(&flood, 15000));
}

static void test_who_slows_down_is_forgiven(void **state)
{
    (void)state;
    struct flood flood = {0};
    for (uint64_t now_ms = 0; now_ms < 9000; now_ms += 10) {
        (void)flood_note(&flood, now_ms);
    }
    assert_int_equal(FLOOD_WARN, flood_note(&flood, 12000)); /* a new one */
    assert_int_equal(FLOOD_DROP, flood_note(&flood, 12010));
    assert_int_not_equal(FLOOD_CLOSE, flood_note(&flood, 13990));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_flood_is_told_once_a_second_and_closed_after_ten),
        cmocka_unit_test(test_who_slows_down_is_forgiven),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
