/* SPDX-License-Identifier: Apache-2.0 */
/* scripts/test-run with small shell programs in place of test programs. */
#include "tests/support/shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#define PROGRAM "\"$TEST_DIR/tests/unit/x/test_x\""
#define RUN     "TEST_RUN_DIR=\"$TEST_DIR/run\" TEST_LIMIT_S=1 \"$TOP/scripts/test-run\" " PROGRAM
#define PASSES  "echo '[  PASSED  ] 3 test(s).' >&2"

/* The program under the runner, by its shell commands. */
static void write_program(const char *commands)
{
    assert_return_code(setenv("COMMANDS", commands, 1), 0);
    shell_must("mkdir -p \"$TEST_DIR/tests/unit/x\"; printf '#!/bin/bash\\n%s\\n' \"$COMMANDS\" >" PROGRAM
               "; chmod +x " PROGRAM);
}

static void expect(const struct shell_result *result, int status, const char *reason, const char *sum)
{
    const char *last = strrchr(result->output, '\n');
    assert_non_null(last);
    assert_string_equal(last + 1, sum);
    assert_non_null(strstr(result->output, reason));
    assert_int_equal(result->status, status);
}

static void test_run_counts_what_passed(void **state)
{
    (void)state;
    write_program(PASSES);
    struct shell_result result = shell_run(RUN);
    expect(&result, 0, "ok      unit/x/test_x", "3 passed, 0 failed");
}

static void test_run_counts_what_failed_and_shows_it(void **state)
{
    (void)state;
    write_program("echo the reason; " PASSES "; echo '[  FAILED  ] 2 test(s), listed below:'; exit 2");
    struct shell_result result = shell_run(RUN);
    expect(&result, 1, "    the reason", "3 passed, 2 failed");
}

static void test_run_counts_a_crash_as_a_failure(void **state)
{
    (void)state;
    write_program("kill -s SEGV $$");
    struct shell_result result = shell_run(RUN);
    expect(&result, 1, "died of signal 11", "0 passed, 1 failed");
}

static void test_run_ends_a_program_that_takes_too_long(void **state)
{
    (void)state;
    write_program(PASSES "; sleep 60");
    struct shell_result result = shell_run(RUN);
    expect(&result, 1, "out of time", "3 passed, 1 failed");
}

static void test_run_counts_a_program_without_tests_as_a_failure(void **state)
{
    (void)state;
    write_program("exit 0");
    struct shell_result result = shell_run(RUN);
    expect(&result, 1, "ran no test", "0 passed, 1 failed");
}

static void test_run_finds_and_ends_a_process_left_over_in_another_session(void **state)
{
    (void)state;
    write_program("setsid sleep 61 </dev/null >/dev/null 2>&1 & echo $! >\"$TEST_DIR/pid\"; sleep 0.1; " PASSES);
    struct shell_result result = shell_run(RUN);
    expect(&result, 1, "left over: process", "3 passed, 1 failed");
    shell_must("! grep -qs sleep \"/proc/$(cat \"$TEST_DIR/run/unit.x.test_x/pid\")/cmdline\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_run_counts_what_passed),
        cmocka_unit_test(test_run_counts_what_failed_and_shows_it),
        cmocka_unit_test(test_run_counts_a_crash_as_a_failure),
        cmocka_unit_test(test_run_ends_a_program_that_takes_too_long),
        cmocka_unit_test(test_run_counts_a_program_without_tests_as_a_failure),
        cmocka_unit_test(test_run_finds_and_ends_a_process_left_over_in_another_session),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
