/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/telemetry/trace.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

/* The example of W3C Trace Context, section 3.2. */
#define EXAMPLE "00-0af7651916cd43dd8448eb211c80319c-b7ad6b7169203331-01"

static void test_traceparent_of_the_specification_is_read(void **state)
{
    (void)state;
    static const uint8_t expected[16] = {0x0a, 0xf7, 0x65, 0x19, 0x16, 0xcd, 0x43, 0xdd,
                                         0x84, 0x48, 0xeb, 0x21, 0x1c, 0x80, 0x31, 0x9c};
    struct trace_id trace;
    assert_int_equal(trace_parse(EXAMPLE, &trace), STATUS_OK);
    assert_memory_equal(trace.bytes, expected, sizeof expected);
    assert_int_equal(trace_parse(EXAMPLE "-more", &trace), STATUS_INVALID); /* version 0 has this length only */
}

static void test_later_version_may_be_longer(void **state)
{
    (void)state;
    char later[] = EXAMPLE "-more";
    struct trace_id trace;
    later[1] = '1';
    assert_int_equal(trace_parse(later, &trace), STATUS_OK);
    later[0] = later[1] = 'f';
    assert_int_equal(trace_parse(later, &trace), STATUS_INVALID);
}

static void test_every_broken_digit_or_dash_is_refused(void **state)
{
    (void)state;
    for (size_t i = 0; i < sizeof EXAMPLE - 1; i++) {
        char broken[] = EXAMPLE;
        struct trace_id trace;
        broken[i] = broken[i] == '-' ? '0' : 'G';
        assert_int_equal(trace_parse(broken, &trace), STATUS_INVALID);
        memcpy(broken, EXAMPLE, sizeof broken);
        broken[i] = '\0';
        assert_int_equal(trace_parse(broken, &trace), STATUS_INVALID);
    }
}

static void test_ids_of_zeros_and_upper_case_are_refused(void **state)
{
    (void)state;
    struct trace_id trace;
    assert_int_equal(trace_parse("00-00000000000000000000000000000000-b7ad6b7169203331-01", &trace), STATUS_INVALID);
    assert_int_equal(trace_parse("00-0af7651916cd43dd8448eb211c80319c-0000000000000000-01", &trace), STATUS_INVALID);
    assert_int_equal(trace_parse("00-0AF7651916CD43DD8448EB211C80319C-b7ad6b7169203331-01", &trace), STATUS_INVALID);
}

static void test_new_traces_differ(void **state)
{
    (void)state;
    struct trace_id one = trace_new(), other = trace_new();
    assert_memory_not_equal(one.bytes, other.bytes, sizeof one.bytes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_traceparent_of_the_specification_is_read),
        cmocka_unit_test(test_later_version_may_be_longer),
        cmocka_unit_test(test_every_broken_digit_or_dash_is_refused),
        cmocka_unit_test(test_ids_of_zeros_and_upper_case_are_refused),
        cmocka_unit_test(test_new_traces_differ),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
