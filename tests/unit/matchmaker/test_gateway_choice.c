/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/gateway_choice.h"

#include "services/matchmaker/core/region.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void test_gateway_with_the_fewest_players_of_the_region_is_chosen(void **state)
{
    (void)state;
    const struct gateway_choice gateways[] = {{"ws://far", REGION_NA_EAST, false, 0},
                                              {"ws://full", REGION_EU_WEST, false, 9},
                                              {"ws://free", REGION_EU_WEST, false, 8},
                                              {"ws://same", REGION_EU_WEST, false, 8}};
    assert_int_equal(gateway_choice_best(gateways, 4, REGION_EU_WEST), 2); /* of equals the first */
    assert_int_equal(gateway_choice_best(gateways, 2, REGION_EU_WEST), 1);
    assert_int_equal(gateway_choice_best(gateways, 4, REGION_NA_EAST), 0);
}

static void test_without_one_in_the_region_any_will_do(void **state)
{
    (void)state;
    const struct gateway_choice gateways[] = {{"ws://a", REGION_NA_EAST, false, 5},
                                              {"ws://b", REGION_NA_WEST, false, 4}};
    assert_int_equal(gateway_choice_best(gateways, 2, REGION_ASIA_PACIFIC), 1);
}

static void test_draining_and_unreachable_gateways_are_left_out(void **state)
{
    (void)state;
    const struct gateway_choice gateways[] = {{"ws://drains", REGION_EU_WEST, true, 0},
                                              {"", REGION_EU_WEST, false, 0},
                                              {"ws://far", REGION_NA_EAST, false, 99}};
    assert_int_equal(gateway_choice_best(gateways, 3, REGION_EU_WEST), 2);
    assert_int_equal(gateway_choice_best(gateways, 2, REGION_EU_WEST), GATEWAY_CHOICE_NONE);
    assert_int_equal(gateway_choice_best(NULL, 0, REGION_EU_WEST), GATEWAY_CHOICE_NONE);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_gateway_with_the_fewest_players_of_the_region_is_chosen),
        cmocka_unit_test(test_without_one_in_the_region_any_will_do),
        cmocka_unit_test(test_draining_and_unreachable_gateways_are_left_out),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
