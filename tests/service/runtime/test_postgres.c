/* SPDX-License-Identifier: Apache-2.0 */
/* Against the real PostgreSQL of DATABASE_URL, in a temporary table of each test's connection. */
#include "libcommon/runtime/stores/postgres.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WAIT_MS 10000

struct client {
    struct postgres *postgres;
    uint32_t ups, downs;
    char detail[200];
};

struct outcome {
    uint32_t calls;
    enum status status;
    int rows;
    bool is_null;
    char value[64];
    char sqlstate[8];
};

static uv_loop_t loop;

static void on_state(void *owner, bool up, const char *detail)
{
    struct client *client = owner;
    client->ups += up;
    client->downs += !up;
    snprintf(client->detail, sizeof client->detail, "%s", detail);
}

static void on_result(void *owner, enum status status, const PGresult *result)
{
    struct outcome *outcome = owner;
    outcome->calls++;
    outcome->status = status;
    outcome->rows = result ? PQntuples(result) : -1;
    if (outcome->rows > 0) {
        outcome->is_null = PQgetisnull(result, 0, 0);
        snprintf(outcome->value, sizeof outcome->value, "%s", PQgetvalue(result, 0, 0));
    }
    const char *sqlstate = result ? PQresultErrorField(result, PG_DIAG_SQLSTATE) : NULL;
    snprintf(outcome->sqlstate, sizeof outcome->sqlstate, "%s", sqlstate ? sqlstate : "");
}

static enum status open_client(struct client *client, const char *url, uint32_t timeout_ms)
{
    struct postgres_options options = {
        .url = url, .query_timeout_ms = timeout_ms, .owner = client, .on_state = on_state};
    return postgres_open(&loop, &options, &client->postgres);
}

static void open_up(struct client *client, uint32_t timeout_ms)
{
    const char *url = getenv("DATABASE_URL");
    assert_non_null(url);
    assert_int_equal(open_client(client, url, timeout_ms), STATUS_OK);
    assert_true(turn_until(&loop, &client->ups, 1, WAIT_MS));
}

static void close_client(struct client *client)
{
    postgres_close(client->postgres);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_alive(&loop), 0);
}

static void run(struct client *client, const struct postgres_statement *statement, struct outcome *outcome)
{
    uint32_t calls = outcome->calls;
    assert_int_equal(postgres_query(client->postgres, statement, on_result, outcome), STATUS_OK);
    assert_true(turn_until(&loop, &outcome->calls, calls + 1, WAIT_MS));
}

static void make_table(struct client *client)
{
    struct outcome outcome = {0};
    run(client,
        &(struct postgres_statement){
            .sql = "CREATE TEMPORARY TABLE t (id int PRIMARY KEY, v text UNIQUE DEFERRABLE INITIALLY DEFERRED)"},
        &outcome);
    assert_int_equal(outcome.status, STATUS_OK);
}

static int count_rows(struct client *client)
{
    struct outcome outcome = {0};
    run(client, &(struct postgres_statement){.sql = "SELECT count(*) FROM t"}, &outcome);
    assert_int_equal(outcome.status, STATUS_OK);
    return (int)strtol(outcome.value, NULL, 10);
}

static void test_parameters_and_nulls_pass_unharmed(void **state)
{
    (void)state;
    struct client client = {0};
    struct outcome text = {0}, null = {0};
    open_up(&client, 2000);
    run(&client,
        &(struct postgres_statement){
            .sql = "SELECT $1::text || '/' || $2::int", .parameter_count = 2, .parameters = {"it's; --", "42"}},
        &text);
    assert_int_equal(text.status, STATUS_OK);
    assert_string_equal(text.value, "it's; --/42");
    run(&client, &(struct postgres_statement){.sql = "SELECT $1::text", .parameter_count = 1, .parameters = {NULL}},
        &null);
    assert_true(null.is_null);
    close_client(&client);
}

static void test_error_gives_its_sqlstate_and_the_next_query_works(void **state)
{
    (void)state;
    struct client client = {0};
    struct outcome bad = {0}, good = {0};
    open_up(&client, 2000);
    assert_int_equal(
        postgres_query(client.postgres, &(struct postgres_statement){.sql = "SELECT nothing"}, on_result, &bad),
        STATUS_OK);
    run(&client, &(struct postgres_statement){.sql = "SELECT 7"}, &good);
    assert_int_equal(bad.calls, 1);
    assert_int_equal(bad.status, STATUS_REFUSED);
    assert_string_equal(bad.sqlstate, "42703");
    assert_string_equal(good.value, "7");
    close_client(&client);
}

static void test_transaction_commits_all_and_gives_the_last_result(void **state)
{
    (void)state;
    struct client client = {0};
    struct outcome outcome = {0};
    open_up(&client, 2000);
    make_table(&client);
    const struct postgres_statement statements[] = {
        {.sql = "INSERT INTO t VALUES (1, 'a')"},
        {.sql = "INSERT INTO t VALUES ($1, $2)", .parameter_count = 2, .parameters = {"2", "b"}},
        {.sql = "SELECT max(id) FROM t"},
    };
    assert_int_equal(postgres_transaction(client.postgres, statements, 3, on_result, &outcome), STATUS_OK);
    assert_true(turn_until(&loop, &outcome.calls, 1, WAIT_MS));
    assert_int_equal(outcome.status, STATUS_OK);
    assert_string_equal(outcome.value, "2");
    assert_int_equal(count_rows(&client), 2);
    close_client(&client);
}

static void test_failed_transaction_leaves_nothing_behind(void **state)
{
    (void)state;
    struct client client = {0};
    struct outcome failed = {0}, next = {0};
    open_up(&client, 2000);
    make_table(&client);
    const struct postgres_statement statements[] = {
        {.sql = "INSERT INTO t VALUES (1, 'a')"},
        {.sql = "INSERT INTO t VALUES (1, 'again')"},
        {.sql = "INSERT INTO t VALUES (3, 'c')"},
    };
    assert_int_equal(postgres_transaction(client.postgres, statements, 3, on_result, &failed), STATUS_OK);
    assert_int_equal(postgres_query(client.postgres,
                                    &(struct postgres_statement){.sql = "INSERT INTO t VALUES (9, 'z') RETURNING id"},
                                    on_result, &next),
                     STATUS_OK);
    assert_true(turn_until(&loop, &next.calls, 1, WAIT_MS));
    assert_int_equal(failed.calls, 1);
    assert_int_equal(failed.status, STATUS_REFUSED);
    assert_string_equal(failed.sqlstate, "23505");
    assert_string_equal(next.value, "9");
    assert_int_equal(count_rows(&client), 1);
    close_client(&client);
}

static void test_error_at_commit_is_reported(void **state)
{
    (void)state;
    struct client client = {0};
    struct outcome failed = {0};
    open_up(&client, 2000);
    make_table(&client);
    const struct postgres_statement statements[] = {
        {.sql = "INSERT INTO t VALUES (1, 'same')"},
        {.sql = "INSERT INTO t VALUES (2, 'same')"}, /* the constraint is checked when committing */
    };
    assert_int_equal(postgres_transaction(client.postgres, statements, 2, on_result, &failed), STATUS_OK);
    assert_true(turn_until(&loop, &failed.calls, 1, WAIT_MS));
    assert_int_equal(failed.status, STATUS_REFUSED);
    assert_string_equal(failed.sqlstate, "23505");
    assert_int_equal(count_rows(&client), 0);
    close_client(&client);
}

static void test_queries_past_the_limit_are_refused_and_the_others_answered(void **state)
{
    (void)state;
    struct client client = {0};
    struct outcome outcome = {0};
    open_up(&client, 5000);
    const struct postgres_statement statement = {.sql = "SELECT repeat('x', 2000)"};
    uint32_t accepted = 0;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && accepted <= POSTGRES_QUERIES_MAX) {
        status = postgres_query(client.postgres, &statement, on_result, &outcome);
        accepted += status == STATUS_OK;
    }
    assert_int_equal(status, STATUS_FULL);
    assert_int_equal(accepted, POSTGRES_QUERIES_MAX);
    assert_true(turn_until(&loop, &outcome.calls, POSTGRES_QUERIES_MAX, WAIT_MS));
    assert_int_equal(outcome.status, STATUS_OK);
    close_client(&client);
}

static void test_query_past_its_deadline_expires_and_the_connection_comes_back(void **state)
{
    (void)state;
    struct client client = {0};
    struct outcome slow = {0}, behind = {0}, next = {0};
    open_up(&client, 300);
    const struct postgres_statement sleeps = {.sql = "SELECT pg_sleep(5)"}, quick = {.sql = "SELECT 1"};
    assert_int_equal(postgres_query(client.postgres, &sleeps, on_result, &slow), STATUS_OK);
    assert_int_equal(postgres_query(client.postgres, &quick, on_result, &behind), STATUS_OK);
    assert_true(turn_until(&loop, &slow.calls, 1, WAIT_MS));
    assert_int_equal(slow.status, STATUS_EXPIRED);
    assert_int_equal(behind.status, STATUS_UNAVAILABLE);
    assert_int_equal(client.downs, 1);
    assert_true(turn_until(&loop, &client.ups, 2, WAIT_MS));
    run(&client, &quick, &next);
    assert_int_equal(next.status, STATUS_OK);
    close_client(&client);
}

static void test_killed_backend_ends_what_is_in_flight_and_is_replaced(void **state)
{
    (void)state;
    struct client client = {0};
    struct outcome killed = {0};
    open_up(&client, 2000);
    const struct postgres_statement dies = {.sql = "SELECT pg_terminate_backend(pg_backend_pid())"};
    assert_int_equal(postgres_query(client.postgres, &dies, on_result, &killed), STATUS_OK);
    assert_true(turn_until(&loop, &killed.calls, 1, WAIT_MS));
    assert_int_equal(killed.status, STATUS_UNAVAILABLE);
    assert_true(turn_until(&loop, &client.ups, 2, WAIT_MS));
    close_client(&client);
}

static void on_result_close(void *owner, enum status status, const PGresult *result)
{
    struct client *client = owner;
    (void)result;
    assert_int_equal(status, STATUS_OK);
    postgres_close(client->postgres);
}

static void test_close_inside_a_result_cancels_the_others(void **state)
{
    (void)state;
    struct client client = {0};
    struct outcome outcome = {0};
    open_up(&client, 2000);
    const struct postgres_statement quick = {.sql = "SELECT 1"};
    assert_int_equal(postgres_query(client.postgres, &quick, on_result_close, &client), STATUS_OK);
    assert_int_equal(postgres_query(client.postgres, &quick, on_result, &outcome), STATUS_OK);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(outcome.calls, 1);
    assert_int_equal(outcome.status, STATUS_CANCELLED);
}

static void test_absent_server_is_said_and_queries_are_refused_at_once(void **state)
{
    (void)state;
    struct client client = {0};
    const struct postgres_statement quick = {.sql = "SELECT 1"};
    assert_int_equal(open_client(&client, "postgresql://mma:x@127.0.0.1:1/mma", 300), STATUS_OK);
    assert_int_equal(postgres_query(client.postgres, &quick, NULL, NULL), STATUS_UNAVAILABLE);
    assert_true(turn_until(&loop, &client.downs, 1, WAIT_MS));
    assert_non_null(strstr(client.detail, "refused"));
    close_client(&client);
    assert_int_equal(open_client(&client, "postgresql://[", 300), STATUS_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_parameters_and_nulls_pass_unharmed),
        cmocka_unit_test(test_error_gives_its_sqlstate_and_the_next_query_works),
        cmocka_unit_test(test_transaction_commits_all_and_gives_the_last_result),
        cmocka_unit_test(test_failed_transaction_leaves_nothing_behind),
        cmocka_unit_test(test_error_at_commit_is_reported),
        cmocka_unit_test(test_queries_past_the_limit_are_refused_and_the_others_answered),
        cmocka_unit_test(test_query_past_its_deadline_expires_and_the_connection_comes_back),
        cmocka_unit_test(test_killed_backend_ends_what_is_in_flight_and_is_replaced),
        cmocka_unit_test(test_close_inside_a_result_cancels_the_others),
        cmocka_unit_test(test_absent_server_is_said_and_queries_are_refused_at_once),
    };
    uv_loop_init(&loop);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return uv_loop_close(&loop) == 0 ? failed : 1;
}
