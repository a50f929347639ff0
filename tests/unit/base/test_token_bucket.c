/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/token_bucket.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

static uint32_t take_all(struct token_bucket *bucket, uint64_t now_ms)
{
    uint32_t taken = 0;
    while (token_bucket_take(bucket, now_ms)) {
        taken++;
    }
    return taken;
}

static void test_bucket_begins_full_and_holds_no_more_than_its_burst(void **state)
{
    (void)state;
    struct token_bucket bucket;
    token_bucket_init(&bucket, 60, 1000, 10, 123);
    assert_int_equal(take_all(&bucket, 123), 10);
    assert_int_equal(take_all(&bucket, 123), 0);
    assert_int_equal(take_all(&bucket, 123 + 3600000), 10);
}

static void test_bucket_gives_its_exact_rate_however_the_time_is_cut(void **state)
{
    (void)state;
    /* 7 tokens in 60,000 ms do not divide: any rounding would show over ten days. */
    static const uint64_t steps_ms[] = {1, 13, 999, 8571, 8572};
    for (size_t i = 0; i < sizeof steps_ms / sizeof steps_ms[0]; i++) {
        struct token_bucket bucket;
        uint64_t end_ms = UINT64_C(10) * 86400 * 1000 / (i == 0 ? 100 : 1), now_ms = 0, taken = 0;
        token_bucket_init(&bucket, 7, 60000, 2, 0);
        take_all(&bucket, 0);
        for (; now_ms + steps_ms[i] <= end_ms; now_ms += steps_ms[i]) {
            taken += take_all(&bucket, now_ms + steps_ms[i]);
        }
        assert_int_equal(taken, now_ms * 7 / 60000);
    }
}

static void test_bucket_takes_nothing_when_it_refuses(void **state)
{
    (void)state;
    struct token_bucket bucket;
    token_bucket_init(&bucket, 1, 1000, 1, 0);
    assert_true(token_bucket_take(&bucket, 0));
    for (uint64_t now_ms = 1; now_ms < 1000; now_ms++) {
        assert_false(token_bucket_take(&bucket, now_ms));
    }
    assert_true(token_bucket_take(&bucket, 1000));
}

static void test_bucket_survives_extreme_times_and_rates(void **state)
{
    (void)state;
    struct token_bucket bucket;
    token_bucket_init(&bucket, UINT32_MAX, 1, UINT32_MAX, 0);
    bucket.level = 0;
    assert_true(token_bucket_take(&bucket, UINT64_MAX));
    assert_int_equal(bucket.level, (uint64_t)UINT32_MAX - 1);
    assert_true(token_bucket_take(&bucket, 5)); /* a clock that went back gives nothing and breaks nothing */
    token_bucket_init(&bucket, 0, 1000, 1, 0);
    assert_true(token_bucket_take(&bucket, 0));
    assert_false(token_bucket_take(&bucket, UINT64_MAX));
    token_bucket_init(&bucket, 5, 1000, 0, 0);
    assert_false(token_bucket_take(&bucket, 1000000));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bucket_begins_full_and_holds_no_more_than_its_burst),
        cmocka_unit_test(test_bucket_gives_its_exact_rate_however_the_time_is_cut),
        cmocka_unit_test(test_bucket_takes_nothing_when_it_refuses),
        cmocka_unit_test(test_bucket_survives_extreme_times_and_rates),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
