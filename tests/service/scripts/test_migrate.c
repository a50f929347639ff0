/* SPDX-License-Identifier: Apache-2.0 */
/* scripts/migrate against a real PostgreSQL; each test has a folder of migrations of its own. */
#include "tests/support/shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <string.h>

#define MIGRATE "\"$TOP/scripts/migrate\" \"$DATABASE_URL\" \"$TEST_DIR/sql\""
#define ASK     "psql -qAtX -d \"$DATABASE_URL\" -c "

static int setup(void **state)
{
    (void)state;
    shell_must("rm -rf \"$TEST_DIR/sql\" && mkdir \"$TEST_DIR/sql\"");
    shell_must(ASK "\"DROP TABLE IF EXISTS one, two, schema_migrations\"");
    return 0;
}

static void test_migrate_applies_each_file_once(void **state)
{
    (void)state;
    shell_must("echo 'CREATE TABLE one (a int);' >\"$TEST_DIR/sql/0001_one.sql\"");
    assert_string_equal(shell_must(MIGRATE).output, "migrate: applied 0001_one");
    shell_must("echo 'CREATE TABLE two (a int);' >\"$TEST_DIR/sql/0002_two.sql\"");
    assert_string_equal(shell_must(MIGRATE).output, "migrate: applied 0002_two");
    assert_string_equal(shell_must(MIGRATE).output, "");
    assert_string_equal(shell_must(ASK "'SELECT count(*) FROM schema_migrations'").output, "2");
}

static void test_migrate_refuses_a_file_that_changed_since(void **state)
{
    (void)state;
    shell_must("echo 'CREATE TABLE one (a int);' >\"$TEST_DIR/sql/0001_one.sql\"");
    shell_must(MIGRATE);
    shell_must("echo '-- changed' >>\"$TEST_DIR/sql/0001_one.sql\"");
    struct shell_result result = shell_run(MIGRATE);
    assert_int_equal(result.status, 3);
    assert_non_null(strstr(result.output, "0001_one was applied with other contents"));
}

static void test_migrate_leaves_nothing_of_a_file_that_fails(void **state)
{
    (void)state;
    shell_must("echo 'CREATE TABLE one (a int); SELECT 1 / 0;' >\"$TEST_DIR/sql/0001_one.sql\"");
    assert_int_equal(shell_run(MIGRATE).status, 3);
    assert_string_equal(shell_must(ASK "\"SELECT to_regclass('one') IS NULL\"").output, "t");
    assert_string_equal(shell_must(ASK "'SELECT count(*) FROM schema_migrations'").output, "0");
}

static void test_migrate_lets_several_run_at_once(void **state)
{
    (void)state;
    shell_must("echo 'CREATE TABLE one (a int); SELECT pg_sleep(0.2);' >\"$TEST_DIR/sql/0001_one.sql\"");
    struct shell_result result = shell_must("for i in 1 2 3; do " MIGRATE " & jobs+=($!); done;"
                                            "for job in \"${jobs[@]}\"; do wait \"$job\" || exit 1; done");
    assert_non_null(strstr(result.output, "migrate: applied 0001_one"));
    assert_string_equal(shell_must(ASK "'SELECT count(*) FROM schema_migrations'").output, "1");
}

static void test_migrate_refuses_two_files_of_one_number(void **state)
{
    (void)state;
    shell_must("touch \"$TEST_DIR/sql/0001_one.sql\" \"$TEST_DIR/sql/0001_two.sql\"");
    struct shell_result result = shell_run(MIGRATE);
    assert_int_equal(result.status, 1);
    assert_non_null(strstr(result.output, "two migrations have the number 0001"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_migrate_applies_each_file_once, setup),
        cmocka_unit_test_setup(test_migrate_refuses_a_file_that_changed_since, setup),
        cmocka_unit_test_setup(test_migrate_leaves_nothing_of_a_file_that_fails, setup),
        cmocka_unit_test_setup(test_migrate_lets_several_run_at_once, setup),
        cmocka_unit_test_setup(test_migrate_refuses_two_files_of_one_number, setup),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
