/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/rating_cache.h"

#include "services/matchmaker/core/rating.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_rating_cache_knows_the_last_and_starts_the_unknown(void **state)
{
    (void)state;
    static struct rating_cache cache;
    assert_int_equal(rating_cache_get(&cache, "ann", 0), RATING_START_MILLI);
    rating_cache_put(&cache, "ann", 0, 1500000);
    rating_cache_put(&cache, "ann", 1, 900000);
    assert_int_equal(rating_cache_get(&cache, "ann", 0), 1500000);
    assert_int_equal(rating_cache_get(&cache, "ann", 1), 900000);
    assert_int_equal(rating_cache_get(&cache, "ben", 0), RATING_START_MILLI);
    for (int i = 0; i < 50000; i++) {
        char name[32];
        (void)snprintf(name, sizeof name, "other-%d", i);
        rating_cache_put(&cache, name, 0, 1000000);
        assert_int_equal(rating_cache_get(&cache, name, 0), 1000000);
    }
    assert_int_equal(rating_cache_get(&cache, "ann", 0), RATING_START_MILLI); /* its place was taken */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_rating_cache_knows_the_last_and_starts_the_unknown),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
