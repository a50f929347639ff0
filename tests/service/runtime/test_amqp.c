/* SPDX-License-Identifier: Apache-2.0 */
/* Against the real RabbitMQ of AMQP_URL. Each test uses the queues of the topology and leaves them empty. */
#include "libcommon/runtime/stores/amqp.h"
#include "libcommon/runtime/stores/spool.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/trace.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include <cmocka.h>

#define WAIT_MS 15000

enum behaviour { ACKNOWLEDGE, KEEP, REJECT, REQUEUE_ONCE };

struct client {
    struct amqp *amqp;
    enum behaviour behaviour;
    uint32_t ups, downs, deliveries, redeliveries;
    char detail[160];
    char last_id[64], last_key[64], last_queue[64];
    struct trace_id last_trace;
    size_t last_size;
    uint32_t out_of_order;
    uint32_t last_number;
};

static uv_loop_t loop;
static char folder[256];
static const char *const audit[] = {AMQP_QUEUE_AUDIT};
static const char *const dead[] = {"mma.dead"};

static void on_state(void *owner, bool up, const char *detail)
{
    struct client *client = owner;
    client->ups += up;
    client->downs += !up;
    snprintf(client->detail, sizeof client->detail, "%s", detail);
}

static void on_delivery(void *owner, const struct amqp_delivery *delivery)
{
    struct client *client = owner;
    client->deliveries++;
    client->redeliveries += delivery->redelivered;
    snprintf(client->last_id, sizeof client->last_id, "%s", delivery->message_id);
    snprintf(client->last_key, sizeof client->last_key, "%s", delivery->routing_key);
    snprintf(client->last_queue, sizeof client->last_queue, "%s", delivery->queue);
    client->last_trace = delivery->trace;
    client->last_size = delivery->size;
    uint32_t number = (uint32_t)strtoul(delivery->message_id, NULL, 10);
    client->out_of_order += number <= client->last_number;
    client->last_number = number;
    if (client->behaviour == ACKNOWLEDGE || (client->behaviour == REQUEUE_ONCE && delivery->redelivered)) {
        amqp_acknowledge(client->amqp, delivery->tag);
    } else if (client->behaviour != KEEP) {
        amqp_reject(client->amqp, delivery->tag, client->behaviour == REQUEUE_ONCE);
    }
}

static void open_client(struct client *client, const char *url, const char *spool, const char *const *queues)
{
    struct amqp_options options = {.url = url,
                                   .spool_dir = spool,
                                   .spool_bytes_max = 16u << 20,
                                   .prefetch = 50,
                                   .queues = queues,
                                   .queue_count = queues ? 1 : 0,
                                   .owner = client,
                                   .on_state = on_state,
                                   .on_delivery = on_delivery};
    assert_int_equal(amqp_open(&loop, &options, &client->amqp), STATUS_OK);
}

static void open_up(struct client *client, const char *spool, const char *const *queues)
{
    const char *url = getenv("AMQP_URL");
    assert_non_null(url);
    open_client(client, url, spool, queues);
    assert_true(turn_until(&loop, &client->ups, 1, WAIT_MS));
}

static void close_client(struct client *client)
{
    amqp_close(client->amqp);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_alive(&loop), 0);
}

static void publish(struct client *client, const char *key, uint32_t number, struct trace_id trace)
{
    char id[16];
    snprintf(id, sizeof id, "%u", number);
    assert_int_equal(amqp_publish(client->amqp, key, id, trace, "body", 4), STATUS_OK);
}

static bool is_confirmed(void *data)
{
    return amqp_unconfirmed(((struct client *)data)->amqp) == 0;
}

static void test_published_message_is_confirmed_and_consumed(void **state)
{
    (void)state;
    struct client client = {0};
    struct trace_id trace = trace_new();
    open_up(&client, folder, audit);
    publish(&client, "audit.test", 1, trace);
    assert_true(turn_until_holds(&loop, is_confirmed, &client, WAIT_MS));
    assert_true(turn_until(&loop, &client.deliveries, 1, WAIT_MS));
    assert_string_equal(client.last_id, "1");
    assert_string_equal(client.last_key, "audit.test");
    assert_string_equal(client.last_queue, AMQP_QUEUE_AUDIT);
    assert_memory_equal(&client.last_trace, &trace, sizeof trace);
    assert_int_equal(client.last_size, 4);
    close_client(&client);
}

static void test_many_messages_arrive_in_order(void **state)
{
    (void)state;
    struct client client = {0};
    open_up(&client, folder, audit);
    for (uint32_t i = 1; i <= 3000; i++) {
        publish(&client, "audit.test", i, trace_new());
    }
    assert_true(turn_until(&loop, &client.deliveries, 3000, WAIT_MS));
    assert_int_equal(client.out_of_order, 0);
    assert_int_equal(client.redeliveries, 0);
    assert_true(turn_until_holds(&loop, is_confirmed, &client, WAIT_MS));
    close_client(&client);
}

static void test_large_message_passes_and_a_larger_one_is_refused(void **state)
{
    (void)state;
    struct client client = {0};
    char *body = calloc(1, AMQP_MESSAGE_BYTES_MAX + 1);
    open_up(&client, folder, audit);
    assert_int_equal(amqp_publish(client.amqp, "audit.test", "1", trace_new(), body, AMQP_MESSAGE_BYTES_MAX),
                     STATUS_OK);
    assert_int_equal(amqp_publish(client.amqp, "audit.test", "2", trace_new(), body, AMQP_MESSAGE_BYTES_MAX + 1),
                     STATUS_TOO_LARGE);
    assert_true(turn_until(&loop, &client.deliveries, 1, WAIT_MS));
    assert_int_equal(client.last_size, AMQP_MESSAGE_BYTES_MAX);
    free(body);
    close_client(&client);
}

static void test_unroutable_message_does_not_stay_in_the_spool(void **state)
{
    (void)state;
    struct client client = {0};
    open_up(&client, folder, NULL);
    publish(&client, "nobody.wants.this", 1, trace_new());
    assert_true(turn_until_holds(&loop, is_confirmed, &client, WAIT_MS));
    close_client(&client);
}

static void test_unacknowledged_message_comes_again_on_the_next_connection(void **state)
{
    (void)state;
    struct client keeps = {.behaviour = KEEP}, takes = {0};
    open_up(&keeps, folder, audit);
    publish(&keeps, "audit.test", 1, trace_new());
    assert_true(turn_until(&loop, &keeps.deliveries, 1, WAIT_MS));
    close_client(&keeps);
    open_up(&takes, NULL, audit);
    assert_true(turn_until(&loop, &takes.deliveries, 1, WAIT_MS));
    assert_int_equal(takes.redeliveries, 1);
    close_client(&takes);
}

static void test_requeued_message_comes_again(void **state)
{
    (void)state;
    struct client client = {.behaviour = REQUEUE_ONCE};
    open_up(&client, folder, audit);
    publish(&client, "audit.test", 1, trace_new());
    assert_true(turn_until(&loop, &client.redeliveries, 1, WAIT_MS));
    close_client(&client);
}

static void test_rejected_message_goes_to_the_dead_letter_queue(void **state)
{
    (void)state;
    struct client rejects = {.behaviour = REJECT}, buries = {0};
    open_up(&rejects, folder, audit);
    open_up(&buries, NULL, dead);
    publish(&rejects, "audit.test", 7, trace_new());
    assert_true(turn_until(&loop, &buries.deliveries, 1, WAIT_MS));
    assert_string_equal(buries.last_id, "7");
    amqp_close(buries.amqp);
    close_client(&rejects);
}

static void test_messages_wait_in_the_spool_while_the_broker_is_away(void **state)
{
    (void)state;
    struct client away = {0}, back = {0};
    open_client(&away, "amqp://127.0.0.1:1", folder, NULL);
    for (uint32_t i = 1; i <= 2000; i++) {
        publish(&away, "audit.test", i, trace_new());
    }
    assert_true(turn_until(&loop, &away.downs, 1, WAIT_MS));
    assert_non_null(strstr(away.detail, "refused"));
    assert_int_equal(amqp_unconfirmed(away.amqp), 2000);
    close_client(&away);
    open_up(&back, folder, audit);
    assert_true(turn_until(&loop, &back.deliveries, 2000, WAIT_MS));
    assert_int_equal(back.out_of_order, 0);
    assert_true(turn_until_holds(&loop, is_confirmed, &back, WAIT_MS));
    close_client(&back);
    struct spool *spool;
    assert_int_equal(spool_open(folder, 1 << 20, &spool), STATUS_OK);
    assert_int_equal(spool_count(spool), 0);
    spool_close(spool);
}

static void test_full_spool_refuses(void **state)
{
    (void)state;
    struct client client = {0};
    char *body = calloc(1, 1u << 20);
    open_client(&client, "amqp://127.0.0.1:1", folder, NULL);
    enum status status = STATUS_OK;
    uint32_t count = 0;
    for (; status == STATUS_OK && count < 20; count++) {
        status = amqp_publish(client.amqp, "audit.test", "1", trace_new(), body, (1u << 20) - 1024);
    }
    assert_int_equal(status, STATUS_FULL);
    assert_int_equal(count, 17);
    free(body);
    close_client(&client);
    struct client drain = {0};
    open_up(&drain, folder, audit);
    assert_true(turn_until(&loop, &drain.deliveries, 16, WAIT_MS));
    close_client(&drain);
}

static void test_close_waits_for_confirms(void **state)
{
    (void)state;
    struct client client = {0}, takes = {0};
    open_up(&client, folder, NULL);
    for (uint32_t i = 1; i <= 50; i++) {
        publish(&client, "audit.test", i, trace_new());
    }
    close_client(&client);
    struct spool *spool;
    assert_int_equal(spool_open(folder, 1 << 20, &spool), STATUS_OK);
    assert_int_equal(spool_count(spool), 0);
    spool_close(spool);
    open_up(&takes, NULL, audit);
    assert_true(turn_until(&loop, &takes.deliveries, 50, WAIT_MS));
    close_client(&takes);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_published_message_is_confirmed_and_consumed),
        cmocka_unit_test(test_many_messages_arrive_in_order),
        cmocka_unit_test(test_large_message_passes_and_a_larger_one_is_refused),
        cmocka_unit_test(test_unroutable_message_does_not_stay_in_the_spool),
        cmocka_unit_test(test_unacknowledged_message_comes_again_on_the_next_connection),
        cmocka_unit_test(test_requeued_message_comes_again),
        cmocka_unit_test(test_rejected_message_goes_to_the_dead_letter_queue),
        cmocka_unit_test(test_messages_wait_in_the_spool_while_the_broker_is_away),
        cmocka_unit_test(test_full_spool_refuses),
        cmocka_unit_test(test_close_waits_for_confirms),
    };
    const char *test_dir = getenv("TEST_DIR");
    snprintf(folder, sizeof folder, "%s/spool", test_dir ? test_dir : ".");
    uv_loop_init(&loop);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return uv_loop_close(&loop) == 0 ? failed : 1;
}
