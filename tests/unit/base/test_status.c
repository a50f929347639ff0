/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "libcommon/base/status.h"

static void test_each_status_has_a_text_of_its_own(void **state)
{
    (void)state;
    for (int i = 0; i < STATUS_COUNT; i++) {
        assert_non_null(status_text((enum status)i));
        for (int k = 0; k < i; k++) {
            assert_string_not_equal(status_text((enum status)i), status_text((enum status)k));
        }
    }
}

static void test_what_is_no_status_is_called_unknown(void **state)
{
    (void)state;
    assert_string_equal(status_text(STATUS_COUNT), "unknown status");
    assert_string_equal(status_text((enum status) - 1), "unknown status");
}

static struct {
    jmp_buf back;
    const char *expression;
    const char *file;
    int line;
} failed;

static void on_failed(const char *expression, const char *file, int line)
{
    failed.expression = expression;
    failed.file = file;
    failed.line = line;
    longjmp(failed.back, 1);
}

static void test_a_failed_requirement_says_what_and_where(void **state)
{
    (void)state;
    status_set_require_handler(on_failed);
    if (setjmp(failed.back) == 0) {
        REQUIRE(1 + 1 == 2);
        REQUIRE(1 + 1 == 3);
        fail_msg("went on after a failed requirement");
    }
    status_set_require_handler(NULL);
    assert_string_equal(failed.expression, "1 + 1 == 3");
    assert_non_null(strstr(failed.file, "test_status.c"));
    assert_true(failed.line > 0);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_status_has_a_text_of_its_own),
        cmocka_unit_test(test_what_is_no_status_is_called_unknown),
        cmocka_unit_test(test_a_failed_requirement_says_what_and_where),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
