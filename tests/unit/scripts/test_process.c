/* SPDX-License-Identifier: Apache-2.0 */
/* scripts/lib/process.sh and common.sh: who is stopped, and who never. */
#include "tests/support/shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#define LIBRARY "set -euo pipefail; . \"$TOP/scripts/lib/common.sh\"; . \"$TOP/scripts/lib/process.sh\"; "
#define SLEEPER "setsid sleep 60 </dev/null >/dev/null 2>&1 & pid=$!; "

static void test_process_stop_ends_the_remembered_process(void **state)
{
    (void)state;
    shell_must(LIBRARY SLEEPER "process_remember \"$TEST_DIR/p\" $pid; process_stop \"$TEST_DIR/p\" TERM 5;"
                               "! process_start_time $pid && [[ ! -e $TEST_DIR/p ]]");
}

static void test_process_stop_ends_the_whole_session(void **state)
{
    (void)state;
    shell_must(LIBRARY "setsid bash -c 'trap \"\" TERM; sleep 60 & echo $! >\"$TEST_DIR/child\"; exec sleep 60' &"
                       "pid=$!; until [[ -s $TEST_DIR/child ]]; do sleep 0.01; done;"
                       "process_remember \"$TEST_DIR/p\" $pid; process_stop \"$TEST_DIR/p\" TERM 1;"
                       "! process_start_time \"$(cat \"$TEST_DIR/child\")\"");
}

static void test_process_stop_spares_another_process_of_the_same_number(void **state)
{
    (void)state;
    shell_must(LIBRARY SLEEPER "echo \"$pid 1\" >\"$TEST_DIR/p\"; process_stop \"$TEST_DIR/p\" KILL 1;"
                               "process_start_time $pid && kill $pid");
}

static void test_free_ports_are_different_and_free(void **state)
{
    (void)state;
    struct shell_result result = shell_must(LIBRARY "free_ports 50 | sort -u | wc -l");
    assert_string_equal(result.output, "50");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_process_stop_ends_the_remembered_process),
        cmocka_unit_test(test_process_stop_ends_the_whole_session),
        cmocka_unit_test(test_process_stop_spares_another_process_of_the_same_number),
        cmocka_unit_test(test_free_ports_are_different_and_free),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
