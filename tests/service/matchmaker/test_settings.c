/* SPDX-License-Identifier: Apache-2.0 */
/* What the program says of wrong settings, and of what it cannot bind. */
#include "tests/support/matchmaker_host.h"
#include "tests/support/shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static void test_wrong_settings_are_named_and_exit_78(void **state)
{
    (void)state;
    struct shell_result result = shell_run("JOIN_TOKEN_SECRET=short MATCH_ROUND_MS=0 \"$BIN/matchmaker\"");
    assert_int_equal(result.status, 78);
    assert_non_null(strstr(result.output, "JOIN_TOKEN_SECRET"));
    assert_non_null(strstr(result.output, "MATCH_ROUND_MS"));
    assert_null(strstr(result.output, "short"));
    result = shell_run("env -u JOIN_TOKEN_SECRET \"$BIN/matchmaker\" --check-config");
    assert_int_equal(result.status, 78);
}

static void test_missing_keys_end_the_program_with_the_reason(void **state)
{
    (void)state;
    struct shell_result result = shell_run("JOIN_TOKEN_SECRET="
                                           "0123456789abcdef0123456789abcdef"
                                           " JWT_HS256_SECRET= JWKS_PATH= PORT=0 "
                                           "\"$BIN/matchmaker\"");
    assert_int_equal(result.status, 78);
    assert_non_null(strstr(result.output, "JWT_HS256_SECRET"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_wrong_settings_are_named_and_exit_78),
        cmocka_unit_test(test_missing_keys_end_the_program_with_the_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
