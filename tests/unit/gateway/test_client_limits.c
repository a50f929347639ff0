/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "services/gateway/core/client_limits.h"

static const struct client_rates rates = {
    .input_rate_hz = 100, .input_burst = 3, .message_rate_hz = 10, .message_burst = 2};

static uint32_t frames_at(struct client_limits *limits, uint64_t now_ms)
{
    uint32_t count = 0;
    while (client_limits_take_frame(limits, now_ms)) {
        count++;
    }
    return count;
}

static uint32_t messages_at(struct client_limits *limits, bool is_input, uint64_t now_ms)
{
    uint32_t count = 0;
    while (client_limits_take_message(limits, is_input, now_ms)) {
        count++;
    }
    return count;
}

static void test_inputs_and_messages_have_a_burst_and_a_rate_each_and_frames_both_together(void **state)
{
    (void)state;
    struct client_limits limits;
    client_limits_init(&limits, &rates, 5000);
    assert_false(limits.flood.is_on);
    assert_int_equal(3, messages_at(&limits, true, 5000));
    assert_int_equal(2, messages_at(&limits, false, 5000));
    assert_int_equal(5, frames_at(&limits, 5000));
    assert_int_equal(1, messages_at(&limits, true, 5010));
    assert_int_equal(0, messages_at(&limits, false, 5010));
    assert_int_equal(1, frames_at(&limits, 5010)); /* 110 a second */
    assert_int_equal(1, messages_at(&limits, false, 5100));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_inputs_and_messages_have_a_burst_and_a_rate_each_and_frames_both_together),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
