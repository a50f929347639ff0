/* SPDX-License-Identifier: Apache-2.0 */
/* test_cluster.c - some hundred seeds of the whole cluster, and that a seed is one world. */
#include "tests/simulation/sim_scenario.h"

#include <setjmp.h>
#include <stdio.h>

#include <cmocka.h>

#define SEEDS 200

static struct sim_knowns knowns;

static int read_knowns(void **state)
{
    (void)state;
    return sim_knowns_read("tests/simulation/known.txt", &knowns) == STATUS_OK ? 0 : 1;
}

static struct sim_outcome run(uint64_t seed)
{
    struct sim_options options = {.seed = seed, .fault_mask = UINT64_MAX, .knowns = &knowns};
    return sim_scenario_run(&options, stdout);
}

static void test_no_seed_breaks_an_invariant(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= SEEDS; seed++) {
        struct sim_outcome outcome = run(seed);
        if (outcome.is_broken) {
            print_error("make simulate SEED=%llu LOG=1 shows: %s\n", (unsigned long long)seed, outcome.finding);
        }
        assert_false(outcome.is_broken);
    }
}

static void test_a_seed_is_one_world(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 5; seed++) {
        struct sim_outcome first = run(seed), second = run(seed);
        assert_int_equal(first.log_hash, second.log_hash);
        assert_int_equal(first.log_lines, second.log_lines);
        assert_int_equal(first.events, second.events);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_seed_is_one_world),
        cmocka_unit_test(test_no_seed_breaks_an_invariant),
    };
    return cmocka_run_group_tests(tests, read_knowns, NULL);
}
