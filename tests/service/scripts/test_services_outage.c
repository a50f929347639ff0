/* SPDX-License-Identifier: Apache-2.0 */
/* scripts/services: each server can be taken away and brought back on its port, with what it had been told. */
#include "tests/support/shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>

#define SERVICES "\"$TOP/scripts/services\" "
#define SQL      "psql -qAtX -d \"$DATABASE_URL\" -c "
#define REDIS    "redis-cli -u \"$REDIS_URL\" "

/* take is stop-one or kill-one. */
static void take_and_bring_back(const char *take, const char *server)
{
    char command[256];
    (void)snprintf(command, sizeof command, SERVICES "%s %s", take, server);
    shell_must(command);
    assert_int_equal(shell_run(SERVICES "status").status, 1);
    (void)snprintf(command, sizeof command, SERVICES "start-one %s", server);
    shell_must(command);
    shell_must(SERVICES "status");
}

static void test_services_postgres_comes_back_with_its_rows(void **state)
{
    (void)state;
    shell_must(SQL "'CREATE TABLE kept (a int)'");
    take_and_bring_back("stop-one", "postgres");
    shell_must(SQL "'INSERT INTO kept VALUES (1)'");
    take_and_bring_back("kill-one", "postgres");
    assert_string_equal(shell_must(SQL "'SELECT count(*) FROM kept'").output, "1");
}

static void test_services_redis_comes_back_with_its_keys(void **state)
{
    (void)state;
    shell_must(REDIS "set kept 1");
    take_and_bring_back("stop-one", "redis");
    assert_string_equal(shell_must(REDIS "get kept").output, "1");
    take_and_bring_back("kill-one", "redis");
}

static void test_services_rabbitmq_comes_back(void **state)
{
    (void)state;
    take_and_bring_back("kill-one", "rabbitmq");
}

static void test_services_refuse_an_unknown_server(void **state)
{
    (void)state;
    assert_int_equal(shell_run(SERVICES "stop-one mysql").status, 1);
    shell_must(SERVICES "status");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_services_postgres_comes_back_with_its_rows),
        cmocka_unit_test(test_services_redis_comes_back_with_its_keys),
        cmocka_unit_test(test_services_rabbitmq_comes_back),
        cmocka_unit_test(test_services_refuse_an_unknown_server),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
