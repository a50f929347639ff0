/* SPDX-License-Identifier: Apache-2.0 */
/*
 * Redis, PostgreSQL and RabbitMQ go away and come back, killed and stopped, while the clients of the runtime live on.
 * The servers are this program's own (scripts/test-run: test_*_outage).
 */
#include "libcommon/runtime/mailbox/registry.h"
#include "libcommon/runtime/stores/amqp.h"
#include "libcommon/runtime/stores/postgres.h"
#include "libcommon/runtime/stores/redis.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/trace.h"
#include "tests/support/shell.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WAIT_MS 60000 /* a killed RabbitMQ on a busy machine recovers its queues for a while after it answers */

struct seen {
    uint32_t ups, downs, calls, deliveries;
    enum status status;
    struct amqp *amqp;
    bool got[3001]; /* message numbers */
    uint32_t different;
};

static uv_loop_t loop;

static void services(const char *verb, const char *name)
{
    char command[200];
    snprintf(command, sizeof command, "\"$TOP/scripts/services\" %s %s \"$SERVICES_DIR\"", verb, name);
    (void)shell_must(command);
}

static void on_state(void *owner, bool up, const char *detail)
{
    struct seen *seen = owner;
    seen->ups += up;
    seen->downs += !up;
    print_message("%s: %s\n", up ? "up" : "away", detail);
    assert_true(strlen(detail) > 0);
}

static void run_out(void)
{
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_alive(&loop), 0);
}

/* ---- Redis ---- */

static void on_reply(void *owner, enum status status, const redisReply *reply)
{
    struct seen *seen = owner;
    (void)reply;
    seen->calls++;
    seen->status = status;
}

static struct redis *open_redis(struct seen *seen)
{
    struct redis *redis;
    struct redis_options options = {
        .url = getenv("REDIS_URL"), .command_timeout_ms = 500, .owner = seen, .on_state = on_state};
    assert_int_equal(redis_open(&loop, &options, &redis), STATUS_OK);
    assert_true(turn_until(&loop, &seen->ups, 1, WAIT_MS));
    return redis;
}

static void test_redis_client_notices_a_kill_and_comes_back(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct redis *redis = open_redis(&seen);
    services("kill-one", "redis");
    assert_true(turn_until(&loop, &seen.downs, 1, WAIT_MS));
    assert_int_equal(redis_commandf(redis, on_reply, &seen, "PING"), STATUS_UNAVAILABLE);
    services("start-one", "redis");
    assert_true(turn_until(&loop, &seen.ups, 2, WAIT_MS));
    assert_int_equal(redis_generation(redis), 2);
    assert_int_equal(redis_commandf(redis, on_reply, &seen, "PING"), STATUS_OK);
    assert_true(turn_until(&loop, &seen.calls, 1, WAIT_MS));
    assert_int_equal(seen.status, STATUS_OK);
    redis_close(redis);
    run_out();
}

static void test_redis_client_starts_without_a_server(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct redis *redis;
    services("stop-one", "redis");
    struct redis_options options = {
        .url = getenv("REDIS_URL"), .command_timeout_ms = 500, .owner = &seen, .on_state = on_state};
    assert_int_equal(redis_open(&loop, &options, &redis), STATUS_OK);
    assert_true(turn_until(&loop, &seen.downs, 1, WAIT_MS));
    services("start-one", "redis");
    assert_true(turn_until(&loop, &seen.ups, 1, WAIT_MS));
    redis_close(redis);
    run_out();
}

static bool is_read(void *data)
{
    return registry_age_ms(data) < REGISTRY_PERIOD_MS;
}

static void test_registry_keeps_its_list_through_an_outage_that_empties_redis(void **state)
{
    (void)state;
    struct seen seen = {0}, other_seen = {0};
    struct redis *redis = open_redis(&seen), *other = open_redis(&other_seen);
    struct registry *registry, *announcer;
    const struct registry_entry entry = {.role = "engine", .mailbox = "tcp://127.0.0.1:1001", .incarnation = 1};
    size_t count;
    assert_int_equal(registry_open(&loop, redis, &registry), STATUS_OK);
    assert_int_equal(registry_open(&loop, other, &announcer), STATUS_OK);
    registry_announce(announcer, &entry);
    turn_for(&loop, 100);
    registry_watch(registry, "engine");
    assert_true(turn_until_holds(&loop, is_read, registry, WAIT_MS));
    (void)registry_list(registry, "engine", &count);
    assert_int_equal(count, 1);
    assert_int_equal(redis_commandf(redis, on_reply, &seen, "FLUSHALL"), STATUS_OK);
    registry_close(announcer); /* nobody announces: an empty list is what Redis would say */
    services("kill-one", "redis");
    assert_true(turn_until(&loop, &seen.downs, 1, WAIT_MS));
    services("start-one", "redis");
    assert_true(turn_until(&loop, &seen.ups, 2, WAIT_MS));
    turn_for(&loop, REGISTRY_LIFETIME_MS - 1000);
    (void)registry_list(registry, "engine", &count);
    assert_int_equal(count, 1);
    assert_true(turn_until_holds(&loop, is_read, registry, WAIT_MS));
    (void)registry_list(registry, "engine", &count);
    assert_int_equal(count, 0); /* the truth, once the others had their time */
    registry_close(registry);
    redis_close(redis);
    redis_close(other);
    run_out();
}

/* ---- PostgreSQL ---- */

static void on_result(void *owner, enum status status, const PGresult *result)
{
    struct seen *seen = owner;
    (void)result;
    seen->calls++;
    seen->status = status;
}

static void test_postgres_client_notices_a_kill_and_comes_back(void **state)
{
    (void)state;
    struct seen seen = {0};
    struct postgres *postgres;
    const struct postgres_statement slow = {.sql = "SELECT pg_sleep(30)"}, quick = {.sql = "SELECT 1"};
    struct postgres_options options = {
        .url = getenv("DATABASE_URL"), .query_timeout_ms = 20000, .owner = &seen, .on_state = on_state};
    assert_int_equal(postgres_open(&loop, &options, &postgres), STATUS_OK);
    assert_true(turn_until(&loop, &seen.ups, 1, WAIT_MS));
    assert_int_equal(postgres_query(postgres, &slow, on_result, &seen), STATUS_OK);
    turn_for(&loop, 50);
    services("kill-one", "postgres");
    assert_true(turn_until(&loop, &seen.downs, 1, WAIT_MS));
    assert_int_equal(seen.calls, 1);
    assert_int_equal(seen.status, STATUS_UNAVAILABLE);
    assert_int_equal(postgres_query(postgres, &quick, on_result, &seen), STATUS_UNAVAILABLE);
    services("start-one", "postgres");
    assert_true(turn_until(&loop, &seen.ups, 2, WAIT_MS));
    assert_int_equal(postgres_query(postgres, &quick, on_result, &seen), STATUS_OK);
    assert_true(turn_until(&loop, &seen.calls, 2, WAIT_MS));
    assert_int_equal(seen.status, STATUS_OK);
    postgres_close(postgres);
    run_out();
}

/* ---- RabbitMQ ---- */

static void on_delivery(void *owner, const struct amqp_delivery *delivery)
{
    struct seen *seen = owner;
    uint32_t number = (uint32_t)strtoul(delivery->message_id, NULL, 10);
    assert_in_range(number, 1, 3000);
    seen->different += !seen->got[number];
    seen->got[number] = true;
    amqp_acknowledge(seen->amqp, delivery->tag);
}

static void publish(struct amqp *amqp, uint32_t first, uint32_t count)
{
    for (uint32_t i = first; i < first + count; i++) {
        char id[16];
        snprintf(id, sizeof id, "%u", i);
        assert_int_equal(amqp_publish(amqp, "audit.test", id, trace_new(), "body", 4), STATUS_OK);
    }
}

static bool is_confirmed(void *data)
{
    return amqp_unconfirmed(data) == 0;
}

static void test_no_message_is_lost_when_the_broker_goes_away(void **state)
{
    (void)state;
    static struct seen seen;
    static const char *const queues[] = {AMQP_QUEUE_AUDIT};
    char spool[300];
    snprintf(spool, sizeof spool, "%s/outage-spool", getenv("TEST_DIR"));
    struct amqp_options options = {.url = getenv("AMQP_URL"),
                                   .spool_dir = spool,
                                   .spool_bytes_max = 16u << 20,
                                   .prefetch = 100,
                                   .queues = queues,
                                   .queue_count = 1,
                                   .owner = &seen,
                                   .on_state = on_state,
                                   .on_delivery = on_delivery};
    assert_int_equal(amqp_open(&loop, &options, &seen.amqp), STATUS_OK);
    assert_true(turn_until(&loop, &seen.ups, 1, WAIT_MS));
    publish(seen.amqp, 1, 1000);
    turn_for(&loop, 20); /* some confirmed, some on their way */
    /* Stopped, not killed: a quorum queue declared only moments before a kill may not recover, which is the broker's.
     */
    services("stop-one", "rabbitmq");
    publish(seen.amqp, 1001, 1000);
    assert_true(turn_until(&loop, &seen.downs, 1, WAIT_MS));
    publish(seen.amqp, 2001, 1000);
    assert_true(amqp_unconfirmed(seen.amqp) >= 2000);
    services("start-one", "rabbitmq");
    assert_true(turn_until(&loop, &seen.ups, 2, WAIT_MS));
    assert_true(turn_until(&loop, &seen.different, 3000, WAIT_MS));
    assert_true(turn_until_holds(&loop, is_confirmed, seen.amqp, WAIT_MS));
    amqp_close(seen.amqp);
    run_out();
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_redis_client_notices_a_kill_and_comes_back),
        cmocka_unit_test(test_redis_client_starts_without_a_server),
        cmocka_unit_test(test_registry_keeps_its_list_through_an_outage_that_empties_redis),
        cmocka_unit_test(test_postgres_client_notices_a_kill_and_comes_back),
        cmocka_unit_test(test_no_message_is_lost_when_the_broker_goes_away),
    };
    uv_loop_init(&loop);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return uv_loop_close(&loop) == 0 ? failed : 1;
}
