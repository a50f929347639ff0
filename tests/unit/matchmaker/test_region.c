/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/region.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_each_region_is_found_by_its_name(void **state)
{
    (void)state;
    static const char *const names[] = {"na_east", "na_west", "eu_west", "asia_pacific"};
    for (uint32_t region = 0; region < REGION_COUNT; region++) {
        assert_string_equal(region_name(region), names[region]);
        assert_int_equal(region_find(names[region]), region);
    }
}

static void test_other_names_are_no_region_and_no_region_has_no_name(void **state)
{
    (void)state;
    assert_int_equal(region_find(""), REGION_NONE);
    assert_int_equal(region_find("moon"), REGION_NONE);
    assert_int_equal(region_find("eu_west1"), REGION_NONE);
    assert_string_equal(region_name(REGION_NONE), "");
    assert_string_equal(region_name(UINT32_MAX), "");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_region_is_found_by_its_name),
        cmocka_unit_test(test_other_names_are_no_region_and_no_region_has_no_name),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
