/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libcommon/base/sqlstate.h"

static void test_only_errors_of_the_data_itself_are_permanent(void **state)
{
    (void)state;
    assert_true(sqlstate_is_permanent("22P02"));  /* not JSON */
    assert_true(sqlstate_is_permanent("23505"));  /* unique violation */
    assert_false(sqlstate_is_permanent("25006")); /* read-only transaction */
    assert_false(sqlstate_is_permanent("53100")); /* disk full */
    assert_false(sqlstate_is_permanent("57P01")); /* shutting down */
    assert_false(sqlstate_is_permanent("40P01")); /* deadlock */
    assert_false(sqlstate_is_permanent("42P01")); /* no such table: a migration is missing */
    assert_false(sqlstate_is_permanent("02000"));
    assert_false(sqlstate_is_permanent("32000"));
    assert_false(sqlstate_is_permanent("21000"));
    assert_false(sqlstate_is_permanent("24000"));
    assert_false(sqlstate_is_permanent(""));
    assert_false(sqlstate_is_permanent(NULL));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_only_errors_of_the_data_itself_are_permanent),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
