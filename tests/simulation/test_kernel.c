/* SPDX-License-Identifier: Apache-2.0 */
/* test_kernel.c - the simulated world itself, with a tiny program that uses all of it. */
#include "tests/simulation/sim_broker.h"
#include "tests/simulation/sim_faults.h"
#include "tests/simulation/sim_files.h"
#include "tests/simulation/sim_sockets.h"
#include "tests/simulation/sim_world.h"

#include "proto/ticket.pb-c.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

/* ---- a tiny program: asks its peer to cancel tickets, counts what comes of it --------------------- */

struct tiny {
    struct sim_process *process;
    uint32_t asked, answered, refused, expired, envelopes, deliveries, dependencies_up;
    bool acknowledges;
    struct sim_socket *socket;
    uint32_t messages, closes, opens, http_status;
    uint32_t redis_ok, postgres_ok, works;
};

static struct sim_process *tiny_peer; /* that each asks */
static uint64_t tiny_period_ms = 100;

static void on_reply(void *owner, enum status status, const struct mailbox_envelope *reply)
{
    struct tiny *tiny = owner;
    assert_true((status == STATUS_OK) <= (reply != NULL));
    tiny->answered += status == STATUS_OK;
    tiny->refused += status == STATUS_REFUSED;
    tiny->expired += status == STATUS_EXPIRED;
}

static void on_period(void *owner)
{
    struct tiny *tiny = owner;
    (void)sim_timer_start(tiny->process, tiny_period_ms, on_period, tiny);
    if (tiny_peer == NULL || tiny_peer == tiny->process) {
        return;
    }
    Mma__CancelTicket message;
    mma__cancel_ticket__init(&message);
    char id[33];
    snprintf(id, sizeof(id), "%032u", tiny->asked);
    message.ticket_id = id;
    enum status status =
        sim_request(tiny->process, sim_mailbox_url(tiny_peer), MMA__MESSAGE_TYPE__MESSAGE_TYPE_CANCEL_TICKET,
                    (struct trace_id){{0}}, &message.base, 2000, on_reply, tiny);
    tiny->asked += status == STATUS_OK;
}

static void *tiny_start(struct sim_process *process, uint64_t seed)
{
    struct tiny *tiny = calloc(1, sizeof(*tiny));
    assert_non_null(tiny);
    (void)seed;
    tiny->process = process;
    if (!process->is_client) {
        sim_registry_watch(process, "tiny");
        sim_registry_announce(process, &(struct registry_entry){.players = 1});
        sim_amqp_consume(process, AMQP_QUEUE_RESULTS, 2);
        (void)sim_timer_start(process, tiny_period_ms, on_period, tiny);
    }
    return tiny;
}

static void tiny_drain(void *state)
{
    sim_drained(((struct tiny *)state)->process);
}

static void tiny_on_envelope(void *state, const struct mailbox_envelope *envelope)
{
    struct tiny *tiny = state;
    struct mailbox_return to = sim_return_of(envelope);
    Mma__CancelTicket *message = mma__cancel_ticket__unpack(NULL, envelope->payload_size, envelope->payload);
    assert_non_null(message);
    tiny->envelopes++;
    Mma__Ticket ticket;
    mma__ticket__init(&ticket);
    ticket.id = message->ticket_id;
    if (tiny->envelopes % 4 == 0) {
        sim_refuse(tiny->process, &to, STATUS_REFUSED, "NOT_NOW", "not now");
    } else {
        sim_reply(tiny->process, &to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET, &ticket.base);
    }
    mma__cancel_ticket__free_unpacked(message, NULL);
}

static void tiny_on_delivery(void *state, const struct amqp_delivery *delivery)
{
    struct tiny *tiny = state;
    tiny->deliveries++;
    if (tiny->acknowledges) {
        sim_amqp_acknowledge(tiny->process, delivery->tag);
    }
}

static void tiny_on_dependency(void *state, enum sim_dependency dependency, bool is_up)
{
    (void)dependency;
    ((struct tiny *)state)->dependencies_up += is_up;
}

static void tiny_on_socket_opened(void *state, struct sim_socket *socket)
{
    ((struct tiny *)state)->opens++;
    ((struct tiny *)state)->socket = socket;
}

static void tiny_on_socket_message(void *state, struct sim_socket *socket, const uint8_t *bytes, size_t size)
{
    struct tiny *tiny = state;
    assert_true(size == 1);
    assert_int_equal(bytes[0], tiny->messages % 256); /* in order, none left out */
    tiny->messages++;
    assert_ptr_equal(tiny->socket, socket);
}

static void tiny_on_socket_closed(void *state, struct sim_socket *socket, uint16_t code)
{
    (void)socket;
    (void)code;
    ((struct tiny *)state)->closes++;
    ((struct tiny *)state)->socket = NULL;
}

static void tiny_on_http(void *state, struct sim_exchange *exchange)
{
    (void)state;
    assert_string_equal(sim_http_request(exchange)->player_id, "p1");
    sim_http_answer(exchange, 201, "x", 1);
}

#define TINY_PROGRAM(r)                                                                                                \
    {                                                                                                                  \
        .role = (r), .start = tiny_start, .drain = tiny_drain, .destroy = free, .on_envelope = tiny_on_envelope,       \
        .on_delivery = tiny_on_delivery, .on_dependency = tiny_on_dependency,                                          \
        .on_socket_opened = tiny_on_socket_opened, .on_socket_message = tiny_on_socket_message,                        \
        .on_socket_closed = tiny_on_socket_closed, .on_http = tiny_on_http                                             \
    }

static const struct sim_program tiny_program = TINY_PROGRAM("tiny");
static const struct sim_program gateway_program = TINY_PROGRAM("gateway");
static const struct sim_program client_program = TINY_PROGRAM("client");

/* ---- a world of them ------------------------------------------------------------------------------ */

struct pair {
    struct sim_world *world;
    struct sim_process *a, *b;
};

static const struct sim_settings no_settings = {.drain_timeout_ms = 1000};

static struct pair make_pair(uint64_t seed)
{
    struct pair pair = {.world = sim_world_create(seed, &no_settings)};
    pair.a = sim_world_add(pair.world, &tiny_program, "eu_west", NULL);
    pair.b = sim_world_add(pair.world, &tiny_program, "eu_west", NULL);
    tiny_peer = pair.b;
    tiny_period_ms = 100;
    sim_process_start(pair.a);
    sim_process_start(pair.b);
    return pair;
}

static void run_s(struct sim_world *world, uint64_t seconds)
{
    sim_world_run(world, world->now_us + seconds * SIM_US_PER_S);
}

static void test_requests_are_answered_once_each(void **state)
{
    (void)state;
    struct pair pair = make_pair(1);
    run_s(pair.world, 10);
    const struct tiny *a = pair.a->state, *b = pair.b->state;
    assert_in_range(a->asked, 95, 100);
    assert_in_range(a->answered + a->refused, a->asked - 1, a->asked);
    assert_int_equal(a->refused, b->envelopes / 4);
    assert_int_equal(a->expired, 0);
    sim_world_destroy(pair.world);
}

static void test_a_lossy_network_makes_repeats_and_each_request_is_seen_once(void **state)
{
    (void)state;
    struct pair pair = make_pair(2);
    pair.world->network.drop_permille = 300;
    pair.world->network.double_permille = 300;
    pair.world->network.reorder_permille = 300;
    pair.world->network.faulty_until_us = UINT64_MAX;
    run_s(pair.world, 20);
    const struct tiny *a = pair.a->state, *b = pair.b->state;
    assert_in_range(b->envelopes, a->asked * 9 / 10, a->asked);
    assert_in_range(a->answered + a->refused + a->expired, a->asked - 20, a->asked);
    assert_true(a->answered > 100);
    sim_world_destroy(pair.world);
}

static void test_a_dead_peer_lets_requests_expire_and_a_new_one_answers(void **state)
{
    (void)state;
    struct pair pair = make_pair(3);
    run_s(pair.world, 2);
    sim_process_end(pair.b, SIM_END_KILLED);
    run_s(pair.world, 5);
    struct tiny *a = pair.a->state;
    assert_true(a->expired > 20);
    sim_process_start(pair.b);
    uint32_t answered = a->answered;
    run_s(pair.world, 5);
    assert_true(a->answered > answered + 20);
    sim_world_destroy(pair.world);
}

static void test_the_same_seed_gives_the_same_log(void **state)
{
    (void)state;
    uint64_t hashes[2], other;
    for (int i = 0; i < 2; i++) {
        struct pair pair = make_pair(7);
        sim_faults_plan(pair.world, pair.world->now_us, pair.world->now_us + 20 * SIM_US_PER_S, UINT64_MAX);
        run_s(pair.world, 30);
        hashes[i] = pair.world->log.hash;
        sim_world_destroy(pair.world);
    }
    struct pair pair = make_pair(8);
    run_s(pair.world, 30);
    other = pair.world->log.hash;
    sim_world_destroy(pair.world);
    assert_int_equal(hashes[0], hashes[1]);
    assert_int_not_equal(hashes[0], other);
}

static void test_a_stalled_process_gets_its_events_when_it_goes_on(void **state)
{
    (void)state;
    struct pair pair = make_pair(4);
    run_s(pair.world, 1);
    const struct tiny *b = pair.b->state;
    uint32_t before = b->envelopes;
    sim_process_stall(pair.b, pair.world->now_us + 3 * SIM_US_PER_S);
    sim_world_run(pair.world, pair.world->now_us + 2900000);
    assert_int_equal(b->envelopes, before);
    run_s(pair.world, 1);
    assert_true(b->envelopes > before + 25);
    sim_world_destroy(pair.world);
}

static void test_a_drained_process_ends_and_the_registry_forgets_it(void **state)
{
    (void)state;
    struct pair pair = make_pair(5);
    run_s(pair.world, 3);
    size_t count;
    assert_non_null(sim_registry_list(pair.a, "tiny", &count));
    assert_int_equal(count, 2);
    sim_process_drain(pair.b);
    run_s(pair.world, 5);
    assert_false(sim_process_is_up(pair.b));
    (void)sim_registry_list(pair.a, "tiny", &count);
    assert_int_equal(count, 1);
    assert_true(sim_registry_age_ms(pair.a) < 1000);
    sim_world_destroy(pair.world);
}

/* ---- stores --------------------------------------------------------------------------------------- */

static void count_up(struct sim_keys *keys, const void *argument, size_t size)
{
    (void)argument;
    (void)size;
    sim_keys_set_number(keys, "counter", sim_keys_number(keys, "counter") + 1, 1000);
    sim_keys_answer_text(keys, "x");
}

static void on_redis(void *owner, enum status status, const struct sim_redis_reply *reply)
{
    assert_true(status != STATUS_OK || (reply->count == 1 && reply->values[0].bytes[0] == 'x'));
    ((struct tiny *)owner)->redis_ok += status == STATUS_OK;
}

static void test_scripts_count_and_keys_expire(void **state)
{
    (void)state;
    struct pair pair = make_pair(6);
    run_s(pair.world, 1);
    struct tiny *a = pair.a->state;
    for (int i = 0; i < 5; i++) {
        assert_int_equal(sim_redis_run(pair.a, count_up, NULL, 0, on_redis, a), STATUS_OK);
    }
    sim_world_run(pair.world, pair.world->now_us + 100000);
    assert_int_equal(a->redis_ok, 5);
    assert_memory_equal(sim_map_get(&pair.world->keys, "counter")->bytes, "5", 1);
    run_s(pair.world, 2);
    assert_int_equal(sim_redis_run(pair.a, count_up, NULL, 0, NULL, NULL), STATUS_OK);
    sim_world_run(pair.world, pair.world->now_us + 100000);
    assert_memory_equal(sim_map_get(&pair.world->keys, "counter")->bytes, "1", 1);
    sim_map_undo_since(&pair.world->keys, pair.world->now_us - 500000);
    assert_true(sim_map_get(&pair.world->keys, "counter")->expiry_us < pair.world->now_us); /* the old one */
    sim_world_destroy(pair.world);
}

static void test_a_hanging_redis_lets_calls_expire_and_the_link_goes_down(void **state)
{
    (void)state;
    struct pair pair = make_pair(9);
    run_s(pair.world, 1);
    struct tiny *a = pair.a->state;
    uint32_t generation = sim_redis_generation(pair.a);
    sim_link_store_hang(pair.world, SIM_REDIS, pair.world->now_us + 4 * SIM_US_PER_S);
    assert_int_equal(sim_redis_run(pair.a, count_up, NULL, 0, on_redis, a), STATUS_OK);
    run_s(pair.world, 3);
    assert_int_equal(a->redis_ok, 0);
    assert_false(sim_redis_is_up(pair.a));
    assert_int_equal(sim_redis_run(pair.a, count_up, NULL, 0, NULL, NULL), STATUS_UNAVAILABLE);
    run_s(pair.world, 3);
    assert_true(sim_redis_is_up(pair.a));
    assert_int_equal(sim_redis_generation(pair.a), generation + 1);
    sim_world_destroy(pair.world);
}

static enum status write_then_fail(struct sim_tables *tables, const void *argument, size_t size)
{
    (void)size;
    sim_tables_put(tables, "t", "k", argument, 1);
    return *(const char *)argument == 'f' ? STATUS_REFUSED : STATUS_OK;
}

static void on_postgres(void *owner, enum status status, const struct sim_value *values, size_t count)
{
    (void)values;
    assert_int_equal(count, 0);
    ((struct tiny *)owner)->postgres_ok += status == STATUS_OK;
}

static void test_a_failed_transaction_changes_nothing(void **state)
{
    (void)state;
    struct pair pair = make_pair(10);
    run_s(pair.world, 1);
    struct tiny *a = pair.a->state;
    assert_int_equal(sim_postgres_run(pair.a, write_then_fail, "g", 1, on_postgres, a), STATUS_OK);
    assert_int_equal(sim_postgres_run(pair.a, write_then_fail, "f", 1, on_postgres, a), STATUS_OK);
    run_s(pair.world, 1);
    assert_int_equal(a->postgres_ok, 1);
    assert_memory_equal(sim_map_get(&pair.world->tables, "t\x01k")->bytes, "g", 1);
    sim_world_destroy(pair.world);
}

static void test_the_broker_gives_what_a_dead_consumer_held_to_another(void **state)
{
    (void)state;
    struct pair pair = make_pair(11);
    run_s(pair.world, 1);
    ((struct tiny *)pair.b->state)->acknowledges = true;
    for (int i = 0; i < 6; i++) {
        assert_int_equal(sim_amqp_publish(pair.a, "match.result", "id", (struct trace_id){{0}}, "", 0), STATUS_OK);
    }
    run_s(pair.world, 1);
    assert_int_equal(((struct tiny *)pair.a->state)->deliveries, 2); /* its prefetch */
    assert_int_equal(sim_broker_depth(pair.world, AMQP_QUEUE_RESULTS), 2);
    assert_int_equal(sim_amqp_unconfirmed(pair.a), 0);
    sim_process_end(pair.a, SIM_END_KILLED);
    run_s(pair.world, 1);
    assert_int_equal(((struct tiny *)pair.b->state)->deliveries, 6);
    assert_int_equal(sim_broker_depth(pair.world, AMQP_QUEUE_RESULTS), 0);
    sim_world_destroy(pair.world);
}

static void test_what_was_published_while_the_broker_was_away_survives_a_crash(void **state)
{
    (void)state;
    struct pair pair = make_pair(12);
    run_s(pair.world, 1);
    sim_link_store_away(pair.world, SIM_RABBITMQ, pair.world->now_us + 3 * SIM_US_PER_S);
    assert_int_equal(sim_amqp_publish(pair.a, "match.result", "id", (struct trace_id){{0}}, "", 0), STATUS_OK);
    sim_process_end(pair.a, SIM_END_KILLED);
    sim_process_start(pair.a);
    run_s(pair.world, 2);
    assert_int_equal(sim_amqp_unconfirmed(pair.a), 1);
    run_s(pair.world, 4);
    assert_int_equal(sim_amqp_unconfirmed(pair.a), 0);
    assert_int_equal(((struct tiny *)pair.a->state)->deliveries + ((struct tiny *)pair.b->state)->deliveries, 1);
    sim_world_destroy(pair.world);
}

static void test_a_lost_machine_keeps_what_was_synced(void **state)
{
    (void)state;
    struct pair pair = make_pair(13);
    assert_int_equal(sim_disk_write(pair.a, "f/tmp", "ab", 2), STATUS_OK);
    assert_int_equal(sim_disk_sync(pair.a, "f/tmp"), STATUS_OK);
    assert_int_equal(sim_disk_rename(pair.a, "f/tmp", "f/x"), STATUS_OK);
    assert_int_equal(sim_disk_sync_folder(pair.a, "f"), STATUS_OK);
    assert_int_equal(sim_disk_append(pair.a, "f/x", "cd", 2), STATUS_OK);
    assert_int_equal(sim_disk_write(pair.a, "f/y", "z", 1), STATUS_OK);
    assert_true(sim_disk_exists(pair.a, "f/y"));
    sim_disk_lose_unsynced(pair.a);
    struct sim_value value;
    char name[SIM_PATH_MAX];
    assert_int_equal(sim_disk_read(pair.a, "f/x", &value), STATUS_OK);
    assert_int_equal(value.size, 2);
    assert_false(sim_disk_exists(pair.a, "f/y"));
    assert_true(sim_disk_list(pair.a, "f", 0, name));
    assert_string_equal(name, "x");
    assert_false(sim_disk_list(pair.a, "f", 1, name));
    sim_world_destroy(pair.world);
}

/* ---- clients -------------------------------------------------------------------------------------- */

static void on_http_answer(void *owner, unsigned http_status, const void *body, size_t size)
{
    (void)body;
    assert_int_equal(size, http_status == 201 ? 1 : 0);
    ((struct tiny *)owner)->http_status = http_status;
}

static void test_sockets_keep_order_and_both_ends_hear_of_a_death(void **state)
{
    (void)state;
    struct sim_world *world = sim_world_create(14, &no_settings);
    struct sim_process *gateway = sim_world_add(world, &gateway_program, "eu_west", NULL);
    struct sim_process *client = sim_world_add(world, &client_program, "eu_west", NULL);
    client->is_client = true;
    tiny_peer = NULL;
    sim_process_start(gateway);
    sim_process_start(client);
    struct tiny *g = gateway->state, *c = client->state;
    struct sim_socket *socket = sim_socket_open(client, NULL);
    sim_http_ask(client, "gateway", &(struct sim_http_request){"POST", "/v1/tickets", "p1", {NULL, 0}}, on_http_answer,
                 c);
    run_s(world, 1);
    assert_int_equal(g->opens + c->opens, 2);
    assert_int_equal(c->http_status, 201);
    for (uint32_t i = 0; i < 300; i++) {
        uint8_t byte = (uint8_t)i;
        world->current = client;
        assert_int_equal(sim_socket_send(socket, &byte, 1), STATUS_OK);
        assert_int_equal(sim_socket_unsent(socket), i + 1);
    }
    run_s(world, 1);
    assert_int_equal(g->messages, 300);
    sim_process_end(gateway, SIM_END_KILLED);
    run_s(world, 1);
    assert_int_equal(c->closes, 1);
    (void)sim_socket_open(client, NULL);
    run_s(world, 2);
    assert_int_equal(c->closes, 2);
    sim_world_destroy(world);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_requests_are_answered_once_each),
        cmocka_unit_test(test_a_lossy_network_makes_repeats_and_each_request_is_seen_once),
        cmocka_unit_test(test_a_dead_peer_lets_requests_expire_and_a_new_one_answers),
        cmocka_unit_test(test_the_same_seed_gives_the_same_log),
        cmocka_unit_test(test_a_stalled_process_gets_its_events_when_it_goes_on),
        cmocka_unit_test(test_a_drained_process_ends_and_the_registry_forgets_it),
        cmocka_unit_test(test_scripts_count_and_keys_expire),
        cmocka_unit_test(test_a_hanging_redis_lets_calls_expire_and_the_link_goes_down),
        cmocka_unit_test(test_a_failed_transaction_changes_nothing),
        cmocka_unit_test(test_the_broker_gives_what_a_dead_consumer_held_to_another),
        cmocka_unit_test(test_what_was_published_while_the_broker_was_away_survives_a_crash),
        cmocka_unit_test(test_a_lost_machine_keeps_what_was_synced),
        cmocka_unit_test(test_sockets_keep_order_and_both_ends_hear_of_a_death),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
