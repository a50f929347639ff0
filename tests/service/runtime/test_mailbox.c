/* SPDX-License-Identifier: Apache-2.0 */
/* Mailboxes of one process talking over real TCP, and a raw NNG socket that sends what a mailbox never would. */
#include "libcommon/runtime/mailbox/mailbox.h"
#include "libcommon/runtime/mailbox/mailbox_batch.h"
#include "libcommon/runtime/mailbox/mailbox_metrics.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "proto/spectate.pb-c.h"
#include "tests/support/turn.h"

#include <nng/nng.h>
#include <nng/protocol/pipeline0/pull.h>
#include <nng/protocol/pipeline0/push.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WAIT_MS 5000

#define JOIN     MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN
#define JOINED   MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED
#define LEAVE    MMA__MESSAGE_TYPE__MESSAGE_TYPE_LEAVE
#define SNAPSHOT MMA__MESSAGE_TYPE__MESSAGE_TYPE_SNAPSHOTS
#define REFUSAL  MMA__MESSAGE_TYPE__MESSAGE_TYPE_REFUSAL

enum behaviour { ANSWER, HOLD, REFUSE };

/* One mailbox and what came to it. */
struct node {
    struct mailbox *mailbox;
    enum behaviour behaviour;
    uint32_t envelopes;
    uint32_t last_tick;
    bool out_of_order;
    struct trace_id trace;
    struct mailbox_return held;
};

struct outcome {
    uint32_t calls;
    enum status status;
    Mma__MessageType type;
    uint32_t tick;
};

static uv_loop_t loop;
static const struct trace_id trace = {{1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16}};

static Mma__Frame frame_of(uint32_t tick)
{
    Mma__Frame frame;
    mma__frame__init(&frame);
    frame.tick = tick;
    return frame;
}

static uint32_t tick_of(const struct mailbox_envelope *envelope)
{
    Mma__Frame *frame = mma__frame__unpack(NULL, envelope->payload_size, envelope->payload);
    uint32_t tick = frame ? frame->tick : UINT32_MAX;
    mma__frame__free_unpacked(frame, NULL);
    return tick;
}

static void on_envelope(void *owner, const struct mailbox_envelope *envelope)
{
    struct node *node = owner;
    uint32_t tick = tick_of(envelope);
    node->envelopes++;
    node->out_of_order = node->out_of_order || tick <= node->last_tick;
    node->last_tick = tick;
    node->trace = envelope->trace;
    node->held = mailbox_return_of(envelope);
    if (node->behaviour == REFUSE) {
        mailbox_refuse(node->mailbox, &node->held, STATUS_NOT_FOUND, "GAME_NOT_FOUND", "no such match");
    } else if (node->behaviour == ANSWER && envelope->correlation_id) {
        Mma__Frame frame = frame_of(tick + 1);
        mailbox_reply(node->mailbox, &node->held, JOINED, &frame.base);
    }
}

static void on_reply(void *owner, enum status status, const struct mailbox_envelope *reply)
{
    struct outcome *outcome = owner;
    outcome->calls++;
    outcome->status = status;
    outcome->type = reply ? reply->type : MMA__MESSAGE_TYPE__MESSAGE_TYPE_NONE;
    outcome->tick = reply ? tick_of(reply) : 0;
}

static void open_node(struct node *node, const char *key, uint32_t delay_ms)
{
    struct mailbox_options options = {.bind_host = "127.0.0.1",
                                      .public_host = "127.0.0.1",
                                      .cluster_key = key,
                                      .batch_delay_ms = delay_ms,
                                      .owner = node,
                                      .on_envelope = on_envelope};
    assert_int_equal(mailbox_open(&loop, &options, &node->mailbox), STATUS_OK);
}

static void close_node(struct node *node)
{
    mailbox_close(node->mailbox);
    uv_run(&loop, UV_RUN_DEFAULT);
}

static void close_nodes(struct node *a, struct node *b)
{
    mailbox_close(a->mailbox);
    close_node(b);
    assert_int_equal(uv_loop_alive(&loop), 0);
}

static enum status ask(struct node *from, const char *peer, uint32_t tick, uint32_t timeout_ms, struct outcome *outcome)
{
    Mma__Frame frame = frame_of(tick);
    return mailbox_request(from->mailbox, peer, JOIN, trace, &frame.base, timeout_ms, on_reply, outcome);
}

static void test_request_gets_its_reply_with_the_trace(void **state)
{
    (void)state;
    struct node a = {0}, b = {0};
    struct outcome outcome = {0};
    open_node(&a, "secret", 0);
    open_node(&b, "secret", 2);
    assert_int_equal(ask(&a, mailbox_url(b.mailbox), 7, WAIT_MS, &outcome), STATUS_OK);
    assert_true(turn_until(&loop, &outcome.calls, 1, WAIT_MS));
    assert_int_equal(outcome.status, STATUS_OK);
    assert_int_equal(outcome.type, JOINED);
    assert_int_equal(outcome.tick, 8);
    assert_memory_equal(b.trace.bytes, trace.bytes, sizeof trace.bytes);
    close_nodes(&a, &b);
}

static void test_posts_arrive_in_order(void **state)
{
    (void)state;
    struct node a = {0}, b = {0};
    open_node(&a, NULL, 0);
    open_node(&b, NULL, 0);
    for (uint32_t i = 1; i <= 20000; i++) {
        Mma__Frame frame = frame_of(i);
        assert_int_equal(mailbox_post(a.mailbox, mailbox_url(b.mailbox), MAILBOX_PUBLISH, LEAVE, trace, &frame.base),
                         STATUS_OK);
        if (i % 7 == 0) {
            mailbox_flush(a.mailbox);
        }
        if (i % 70 == 0) {
            uv_run(&loop, UV_RUN_NOWAIT);
        }
    }
    assert_true(turn_until(&loop, &b.envelopes, 20000, WAIT_MS));
    assert_int_equal(b.envelopes, 20000);
    assert_false(b.out_of_order);
    close_nodes(&a, &b);
}

static void test_refusal_carries_its_status(void **state)
{
    (void)state;
    struct node a = {0}, b = {.behaviour = REFUSE};
    struct outcome outcome = {0};
    open_node(&a, "", 0);
    open_node(&b, "", 0);
    assert_int_equal(ask(&a, mailbox_url(b.mailbox), 7, WAIT_MS, &outcome), STATUS_OK);
    assert_true(turn_until(&loop, &outcome.calls, 1, WAIT_MS));
    assert_int_equal(outcome.status, STATUS_NOT_FOUND);
    assert_int_equal(outcome.type, REFUSAL);
    close_nodes(&a, &b);
}

static void test_unanswered_request_expires_and_is_delivered_once(void **state)
{
    (void)state;
    struct node a = {0}, b = {.behaviour = HOLD};
    struct outcome outcome = {0};
    open_node(&a, NULL, 0);
    open_node(&b, NULL, 0);
    assert_int_equal(ask(&a, mailbox_url(b.mailbox), 7, 700, &outcome), STATUS_OK);
    assert_true(turn_until(&loop, &outcome.calls, 1, WAIT_MS));
    assert_int_equal(outcome.status, STATUS_EXPIRED);
    assert_int_equal(b.envelopes, 1); /* repeats came, on_envelope saw one */
    double late = mailbox_metrics_drops("late_reply");
    Mma__Frame frame = frame_of(1);
    mailbox_reply(b.mailbox, &b.held, JOINED, &frame.base);
    uint64_t until_ms = clock_monotonic_ms() + WAIT_MS;
    while (mailbox_metrics_drops("late_reply") <= late && clock_monotonic_ms() < until_ms) {
        turn_for(&loop, 5);
    }
    assert_true(mailbox_metrics_drops("late_reply") > late);
    assert_int_equal(outcome.calls, 1);
    close_nodes(&a, &b);
}

static void test_request_to_a_dead_peer_expires(void **state)
{
    (void)state;
    struct node a = {0}, b = {0};
    struct outcome first = {0}, second = {0};
    open_node(&a, NULL, 0);
    open_node(&b, NULL, 0);
    char url[MAILBOX_URL_MAX];
    snprintf(url, sizeof url, "%s", mailbox_url(b.mailbox));
    assert_int_equal(ask(&a, url, 7, WAIT_MS, &first), STATUS_OK);
    assert_true(turn_until(&loop, &first.calls, 1, WAIT_MS));
    mailbox_close(b.mailbox);
    turn_for(&loop, 100);
    assert_int_equal(ask(&a, url, 9, 300, &second), STATUS_OK);
    assert_true(turn_until(&loop, &second.calls, 1, WAIT_MS));
    assert_int_equal(second.status, STATUS_EXPIRED);
    close_node(&a);
}

static void test_other_cluster_key_is_dropped_and_counted(void **state)
{
    (void)state;
    struct node a = {0}, b = {0};
    struct outcome outcome = {0};
    double before = mailbox_metrics_drops("tag");
    open_node(&a, "another secret", 0);
    open_node(&b, "secret", 0);
    assert_int_equal(ask(&a, mailbox_url(b.mailbox), 7, 300, &outcome), STATUS_OK);
    assert_true(turn_until(&loop, &outcome.calls, 1, WAIT_MS));
    assert_int_equal(outcome.status, STATUS_EXPIRED);
    assert_int_equal(b.envelopes, 0);
    assert_true(mailbox_metrics_drops("tag") > before);
    close_nodes(&a, &b);
}

static void test_close_cancels_requests_and_calls_nobody_afterwards(void **state)
{
    (void)state;
    struct node a = {0}, b = {.behaviour = HOLD};
    struct outcome outcomes[100] = {{0}};
    open_node(&a, NULL, 0);
    open_node(&b, NULL, 0);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(ask(&a, mailbox_url(b.mailbox), 7, WAIT_MS, &outcomes[i]), STATUS_OK);
    }
    close_nodes(&a, &b);
    for (size_t i = 0; i < 100; i++) {
        assert_int_equal(outcomes[i].calls, 1);
        assert_int_equal(outcomes[i].status, STATUS_CANCELLED);
    }
}

static void test_what_was_posted_before_close_is_sent(void **state)
{
    (void)state;
    struct node a = {0}, b = {0};
    open_node(&a, NULL, 50);
    open_node(&b, NULL, 0);
    Mma__Frame frame = frame_of(1);
    assert_int_equal(mailbox_post(a.mailbox, mailbox_url(b.mailbox), MAILBOX_PUBLISH, LEAVE, trace, &frame.base),
                     STATUS_OK);
    mailbox_flush(a.mailbox);
    assert_true(turn_until(&loop, &b.envelopes, 1, WAIT_MS)); /* connected */
    frame = frame_of(2);
    assert_int_equal(mailbox_post(a.mailbox, mailbox_url(b.mailbox), MAILBOX_PUBLISH, LEAVE, trace, &frame.base),
                     STATUS_OK);
    mailbox_close(a.mailbox);
    assert_true(turn_until(&loop, &b.envelopes, 2, WAIT_MS));
    close_node(&b);
}

static void test_full_peer_drops_realtime_and_refuses_publish(void **state)
{
    (void)state;
    struct node a = {0};
    open_node(&a, NULL, 0);
    const char *nobody = "tcp://127.0.0.1:1";
    Mma__Frame frame = frame_of(1);
    uint8_t *bytes = calloc(1, 1u << 20);
    frame.snapshot = (ProtobufCBinaryData){1u << 20, bytes};
    double before = mailbox_metrics_drops("realtime");
    for (uint32_t i = 0; i < 40; i++) {
        assert_int_equal(mailbox_post(a.mailbox, nobody, MAILBOX_REALTIME, SNAPSHOT, trace, &frame.base), STATUS_OK);
        mailbox_flush(a.mailbox);
    }
    assert_true(mailbox_metrics_drops("realtime") - before >= 7); /* 32 wait inside NNG */
    enum status status = STATUS_OK;
    for (uint32_t i = 0; i < 5 && status == STATUS_OK; i++) {
        status = mailbox_post(a.mailbox, nobody, MAILBOX_PUBLISH, LEAVE, trace, &frame.base);
    }
    assert_int_equal(status, STATUS_FULL);
    frame.snapshot.len = 0;
    free(bytes);
    assert_int_equal(mailbox_post(a.mailbox, "http://x:1", MAILBOX_PUBLISH, LEAVE, trace, &frame.base), STATUS_INVALID);
    close_node(&a);
}

static void test_full_peer_does_not_hold_up_another(void **state)
{
    (void)state;
    struct node a = {0}, b = {0};
    open_node(&a, NULL, 0);
    open_node(&b, NULL, 0);
    Mma__Frame frame = frame_of(1);
    for (uint32_t i = 0; i < 40; i++) {
        assert_int_equal(mailbox_post(a.mailbox, "tcp://127.0.0.1:1", MAILBOX_PUBLISH, LEAVE, trace, &frame.base),
                         STATUS_OK);
        mailbox_flush(a.mailbox);
    }
    for (uint32_t i = 1; i <= 100; i++) {
        frame = frame_of(i);
        assert_int_equal(
            mailbox_post(a.mailbox, mailbox_url(b.mailbox), MAILBOX_REALTIME, SNAPSHOT, trace, &frame.base), STATUS_OK);
        uv_run(&loop, UV_RUN_NOWAIT);
        assert_true(turn_until(&loop, &b.envelopes, i, WAIT_MS));
    }
    assert_false(b.out_of_order);
    close_nodes(&a, &b);
}

/* ---- a raw socket ---- */

static nng_socket dial_raw(const char *url)
{
    nng_socket socket;
    assert_int_equal(nng_push0_open(&socket), 0);
    assert_int_equal(nng_dial(socket, url, NULL, 0), 0);
    return socket;
}

static void send_raw(nng_socket socket, uint64_t sequence, uint64_t correlation_id)
{
    static const struct mailbox_key no_key;
    struct mailbox_outbox outbox = {0};
    struct mailbox_head head = {.type = JOIN, .correlation_id = correlation_id};
    Mma__Frame frame = frame_of(1);
    assert_int_equal(mailbox_outbox_add(&outbox, &head, &frame.base, false), STATUS_OK);
    uint8_t bytes[MAILBOX_HEAD_MAX + 256];
    struct mailbox_origin origin = {"tcp://127.0.0.1:1", 99, sequence};
    size_t size = mailbox_batch_head(&origin, &no_key, outbox.bytes, outbox.size, bytes);
    memcpy(bytes + size, outbox.bytes, outbox.size);
    assert_int_equal(nng_send(socket, bytes, size + outbox.size, 0), 0);
    mailbox_outbox_free(&outbox);
}

static void turn_until_drops(const char *reason, double wanted)
{
    uint64_t until_ms = clock_monotonic_ms() + WAIT_MS;
    while (mailbox_metrics_drops(reason) < wanted && clock_monotonic_ms() < until_ms) {
        turn_for(&loop, 5);
    }
    assert_true(mailbox_metrics_drops(reason) >= wanted);
}

static void test_repeated_replayed_and_lost_batches_are_told_apart(void **state)
{
    (void)state;
    struct node b = {0};
    open_node(&b, NULL, 0);
    nng_socket raw = dial_raw(mailbox_url(b.mailbox));
    double stale = mailbox_metrics_drops("stale"), gap = mailbox_metrics_drops("gap");
    send_raw(raw, 1, 5);
    send_raw(raw, 2, 5); /* the same request again */
    send_raw(raw, 2, 6); /* replayed */
    send_raw(raw, 7, 8); /* 3 .. 6 were lost */
    assert_true(turn_until(&loop, &b.envelopes, 2, WAIT_MS));
    turn_until_drops("stale", stale + 1);
    turn_until_drops("gap", gap + 4);
    assert_int_equal(b.envelopes, 2);
    nng_close(raw);
    close_node(&b);
}

/* Turns the loop until the raw socket has a message, which is a batch of one request. */
static uint64_t receive_request(nng_socket socket)
{
    static const struct mailbox_key no_key;
    struct mailbox_arena arena;
    const Mma__Batch *batch;
    nng_msg *message = NULL;
    uint64_t until_ms = clock_monotonic_ms() + WAIT_MS;
    while (nng_recvmsg(socket, &message, NNG_FLAG_NONBLOCK) != 0 && clock_monotonic_ms() < until_ms) {
        turn_for(&loop, 5);
    }
    assert_non_null(message);
    mailbox_arena_init(&arena);
    assert_int_equal(mailbox_batch_read(&arena, &no_key, nng_msg_body(message), nng_msg_len(message), &batch),
                     STATUS_OK);
    uint64_t id = batch->envelopes[0]->correlation_id;
    mailbox_arena_free(&arena);
    nng_msg_free(message);
    return id;
}

static void test_request_is_repeated_to_a_peer_that_died_and_came_back(void **state)
{
    (void)state;
    struct node a = {0};
    struct outcome outcome = {0};
    nng_socket raw;
    nng_listener listener;
    char url[MAILBOX_URL_MAX];
    int port;
    open_node(&a, NULL, 0);
    assert_int_equal(nng_pull0_open(&raw), 0);
    assert_int_equal(nng_listen(raw, "tcp://127.0.0.1:0", &listener, 0), 0);
    assert_int_equal(nng_listener_get_int(listener, NNG_OPT_TCP_BOUND_PORT, &port), 0);
    snprintf(url, sizeof url, "tcp://127.0.0.1:%d", port);
    assert_int_equal(ask(&a, url, 7, WAIT_MS, &outcome), STATUS_OK);
    uint64_t id = receive_request(raw);
    nng_close(raw); /* it took the request with it */
    assert_int_equal(nng_pull0_open(&raw), 0);
    assert_int_equal(nng_listen(raw, url, NULL, 0), 0);
    assert_true(receive_request(raw) == id);
    assert_int_equal(outcome.calls, 0);
    nng_close(raw);
    close_node(&a);
    assert_int_equal(outcome.status, STATUS_CANCELLED);
}

static void test_malformed_batches_are_counted_and_survived(void **state)
{
    (void)state;
    struct node b = {0};
    open_node(&b, NULL, 0);
    nng_socket raw = dial_raw(mailbox_url(b.mailbox));
    double before = mailbox_metrics_drops("malformed");
    const char *bad[] = {"", "\x02", "\x01short", "xyz", "\x7f\x7f\x7f"};
    for (size_t i = 0; i < 5; i++) {
        char copy[16];
        snprintf(copy, sizeof copy, "%s", bad[i]);
        assert_int_equal(nng_send(raw, copy, strlen(copy), 0), 0);
    }
    turn_until_drops("malformed", before + 5);
    send_raw(raw, 1, 5);
    assert_true(turn_until(&loop, &b.envelopes, 1, WAIT_MS));
    nng_close(raw);
    close_node(&b);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_request_gets_its_reply_with_the_trace),
        cmocka_unit_test(test_posts_arrive_in_order),
        cmocka_unit_test(test_refusal_carries_its_status),
        cmocka_unit_test(test_unanswered_request_expires_and_is_delivered_once),
        cmocka_unit_test(test_request_to_a_dead_peer_expires),
        cmocka_unit_test(test_other_cluster_key_is_dropped_and_counted),
        cmocka_unit_test(test_close_cancels_requests_and_calls_nobody_afterwards),
        cmocka_unit_test(test_what_was_posted_before_close_is_sent),
        cmocka_unit_test(test_full_peer_drops_realtime_and_refuses_publish),
        cmocka_unit_test(test_full_peer_does_not_hold_up_another),
        cmocka_unit_test(test_repeated_replayed_and_lost_batches_are_told_apart),
        cmocka_unit_test(test_request_is_repeated_to_a_peer_that_died_and_came_back),
        cmocka_unit_test(test_malformed_batches_are_counted_and_survived),
    };
    uv_loop_init(&loop);
    int failed = cmocka_run_group_tests(tests, NULL, NULL);
    return uv_loop_close(&loop) == 0 ? failed : 1;
}
