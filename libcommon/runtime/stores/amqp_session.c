/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/stores/amqp_session.h"

#include "libcommon/runtime/stores/amqp.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/trace.h"

#include <amqp.h>
#include <amqp_framing.h>
#include <amqp_tcp_socket.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define PUBLISHING      1
#define CONSUMING       2
#define FRAME_BYTES_MAX 131072
#define HEARTBEAT_S     10
#define ANSWER_S        5 /* that a declaration may take */
#define DEAD_QUEUE      "mma.dead"

struct amqp_session {
    amqp_connection_state_t connection;
    const struct amqp_session_options *options;
    uint64_t published; /* delivery tags of this channel so far */
    char detail[AMQP_DETAIL_MAX];
};

static amqp_bytes_t text(const char *chars)
{
    return amqp_cstring_bytes(chars);
}

static enum status fail(struct amqp_session *session, const char *what, int error)
{
    snprintf(session->detail, sizeof session->detail, "%s: %s", what, amqp_error_string2(error));
    return STATUS_UNAVAILABLE;
}

static enum status fail_closed(struct amqp_session *session, const char *what, unsigned code, amqp_bytes_t reason)
{
    snprintf(session->detail, sizeof session->detail, "%s: %u %.*s", what, code,
             (int)(reason.len < 120 ? reason.len : 120), (const char *)reason.bytes);
    return STATUS_UNAVAILABLE;
}

static enum status fail_method(struct amqp_session *session, const char *what, const amqp_method_t *method)
{
    if (method->id == AMQP_CHANNEL_CLOSE_METHOD) {
        const amqp_channel_close_t *closed = method->decoded;
        return fail_closed(session, what, closed->reply_code, closed->reply_text);
    }
    if (method->id == AMQP_CONNECTION_CLOSE_METHOD) {
        const amqp_connection_close_t *closed = method->decoded;
        return fail_closed(session, what, closed->reply_code, closed->reply_text);
    }
    snprintf(session->detail, sizeof session->detail, "%s: %s", what, amqp_method_name(method->id));
    return STATUS_UNAVAILABLE;
}

static enum status check(struct amqp_session *session, const char *what, amqp_rpc_reply_t reply)
{
    switch (reply.reply_type) {
    case AMQP_RESPONSE_NORMAL:
        return STATUS_OK;
    case AMQP_RESPONSE_SERVER_EXCEPTION:
        return fail_method(session, what, &reply.reply);
    default:
        return fail(session, what, reply.library_error);
    }
}

static enum status check_last(struct amqp_session *session, const char *what)
{
    return check(session, what, amqp_get_rpc_reply(session->connection));
}

/* ---- opening ---- */

static enum status log_in(struct amqp_session *session, int descriptor)
{
    const struct url *url = session->options->url;
    amqp_socket_t *tcp = amqp_tcp_socket_new(session->connection);
    if (tcp == NULL) {
        close(descriptor);
        return STATUS_NO_MEMORY;
    }
    amqp_tcp_socket_set_sockfd(tcp, descriptor);
    struct timeval limit = {.tv_sec = ANSWER_S};
    amqp_set_handshake_timeout(session->connection, &limit);
    amqp_set_rpc_timeout(session->connection, &limit);
    const char *vhost = url->path[0] ? url->path : "/";
    const char *user = url->user[0] ? url->user : "guest";
    const char *password = url->user[0] ? url->password : "guest";
    enum status status = check(session, "login",
                               amqp_login(session->connection, vhost, 0, FRAME_BYTES_MAX, HEARTBEAT_S,
                                          AMQP_SASL_METHOD_PLAIN, user, password));
    if (status == STATUS_OK) {
        amqp_channel_open(session->connection, PUBLISHING);
        status = check_last(session, "channel");
    }
    if (status == STATUS_OK) {
        amqp_channel_open(session->connection, CONSUMING);
        status = check_last(session, "channel");
    }
    return status;
}

static enum status declare_queue(struct amqp_session *session, const char *queue, const char *exchange, const char *key,
                                 bool dead_letters)
{
    amqp_table_entry_t entries[2] = {
        {text("x-queue-type"), {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = text("quorum")}},
        {text("x-dead-letter-exchange"), {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = text(AMQP_DEAD_EXCHANGE)}},
    };
    amqp_table_t arguments = {dead_letters ? 2 : 1, entries};
    amqp_queue_declare(session->connection, PUBLISHING, text(queue), 0, 1, 0, 0, arguments);
    enum status status = check_last(session, queue);
    if (status == STATUS_OK) {
        amqp_queue_bind(session->connection, PUBLISHING, text(queue), text(exchange), text(key), amqp_empty_table);
        status = check_last(session, queue);
    }
    return status;
}

/* Everything durable, as proto/durable.proto says; a repeat changes nothing. */
static enum status declare_topology(struct amqp_session *session)
{
    static const struct {
        const char *queue, *exchange, *key;
        bool dead_letters;
    } queues[] = {
        {DEAD_QUEUE, AMQP_DEAD_EXCHANGE, "#", false},
        {AMQP_QUEUE_RESULTS, AMQP_EXCHANGE, "match.result", true},
        {AMQP_QUEUE_CHUNKS, AMQP_EXCHANGE, "replay.chunk", true},
        {AMQP_QUEUE_AUDIT, AMQP_EXCHANGE, "audit.#", true},
    };
    static const char *const exchanges[] = {AMQP_EXCHANGE, AMQP_DEAD_EXCHANGE};
    enum status status = STATUS_OK;
    for (size_t i = 0; i < 2 && status == STATUS_OK; i++) {
        amqp_exchange_declare(session->connection, PUBLISHING, text(exchanges[i]), text("topic"), 0, 1, 0, 0,
                              amqp_empty_table);
        status = check_last(session, exchanges[i]);
    }
    for (size_t i = 0; i < sizeof queues / sizeof queues[0] && status == STATUS_OK; i++) {
        status = declare_queue(session, queues[i].queue, queues[i].exchange, queues[i].key, queues[i].dead_letters);
    }
    return status;
}

static enum status start(struct amqp_session *session)
{
    const struct amqp_session_options *options = session->options;
    amqp_confirm_select(session->connection, PUBLISHING);
    enum status status = check_last(session, "confirm.select");
    if (status == STATUS_OK) {
        amqp_basic_qos(session->connection, CONSUMING, 0, options->prefetch, 0);
        status = check_last(session, "basic.qos");
    }
    for (size_t i = 0; i < options->queue_count && status == STATUS_OK; i++) {
        /* The consumer tag is the queue's name. */
        amqp_basic_consume(session->connection, CONSUMING, text(options->queues[i]), text(options->queues[i]), 0, 0, 0,
                           amqp_empty_table);
        status = check_last(session, options->queues[i]);
    }
    return status;
}

enum status amqp_session_open(int descriptor, const struct amqp_session_options *options,
                              struct amqp_session **out_session, char detail[AMQP_DETAIL_MAX])
{
    REQUIRE(descriptor >= 0);
    struct amqp_session *session = calloc(1, sizeof *session);
    amqp_connection_state_t connection = session != NULL ? amqp_new_connection() : NULL;
    if (connection == NULL) {
        free(session);
        close(descriptor);
        snprintf(detail, AMQP_DETAIL_MAX, "%s", status_text(STATUS_NO_MEMORY));
        return STATUS_NO_MEMORY;
    }
    session->connection = connection;
    session->options = options;
    enum status status = log_in(session, descriptor);
    if (status == STATUS_OK) {
        status = declare_topology(session);
    }
    if (status == STATUS_OK) {
        status = start(session);
    }
    if (status != STATUS_OK) {
        memcpy(detail, session->detail, sizeof session->detail);
        amqp_session_close(session, false);
        return status;
    }
    *out_session = session;
    return STATUS_OK;
}

void amqp_session_close(struct amqp_session *session, bool is_good)
{
    if (session == NULL) {
        return;
    }
    if (is_good) {
        struct timeval limit = {.tv_usec = 500000};
        amqp_set_rpc_timeout(session->connection, &limit);
        amqp_connection_close(session->connection, AMQP_REPLY_SUCCESS);
    }
    amqp_destroy_connection(session->connection);
    free(session);
}

const char *amqp_session_detail(const struct amqp_session *session)
{
    return session->detail;
}

/* ---- publishing ---- */

enum status amqp_session_publish(struct amqp_session *session, struct amqp_item *item)
{
    REQUIRE(item->kind == AMQP_ITEM_PUBLISH);
    char traceparent[TRACEPARENT_SIZE];
    trace_format(item->trace, traceparent);
    amqp_table_entry_t entry = {text("traceparent"), {.kind = AMQP_FIELD_KIND_UTF8, .value.bytes = text(traceparent)}};
    amqp_basic_properties_t properties = {
        ._flags = AMQP_BASIC_CONTENT_TYPE_FLAG | AMQP_BASIC_DELIVERY_MODE_FLAG | AMQP_BASIC_MESSAGE_ID_FLAG |
                  AMQP_BASIC_TIMESTAMP_FLAG | AMQP_BASIC_HEADERS_FLAG,
        .content_type = text("application/x-protobuf"),
        .delivery_mode = AMQP_DELIVERY_PERSISTENT,
        .message_id = text(item->message_id),
        .timestamp = clock_unix_ms() / 1000,
        .headers = {1, &entry},
    };
    amqp_bytes_t body = {item->body_size, (void *)(uintptr_t)item->body};
    int result = amqp_basic_publish(session->connection, PUBLISHING, text(AMQP_EXCHANGE), text(item->routing_key), 1, 0,
                                    &properties, body);
    if (result != AMQP_STATUS_OK) {
        return fail(session, "basic.publish", result);
    }
    item->tag = ++session->published;
    return STATUS_OK;
}

enum status amqp_session_answer(struct amqp_session *session, enum amqp_item_kind kind, uint64_t tag)
{
    REQUIRE(kind == AMQP_ITEM_ACKNOWLEDGE || kind == AMQP_ITEM_REJECT || kind == AMQP_ITEM_REQUEUE);
    int result = kind == AMQP_ITEM_ACKNOWLEDGE
                     ? amqp_basic_ack(session->connection, CONSUMING, tag, 0)
                     : amqp_basic_reject(session->connection, CONSUMING, tag, kind == AMQP_ITEM_REQUEUE);
    return result == AMQP_STATUS_OK ? STATUS_OK : fail(session, "acknowledge", result);
}

/* ---- reading ---- */

static struct trace_id trace_of(const amqp_basic_properties_t *properties)
{
    struct trace_id trace = {{0}};
    if (!(properties->_flags & AMQP_BASIC_HEADERS_FLAG)) {
        return trace;
    }
    for (int i = 0; i < properties->headers.num_entries; i++) {
        const amqp_table_entry_t *entry = &properties->headers.entries[i];
        char value[128];
        bool is_it = entry->key.len == strlen("traceparent") &&
                     memcmp(entry->key.bytes, "traceparent", entry->key.len) == 0 &&
                     entry->value.kind == AMQP_FIELD_KIND_UTF8 && entry->value.value.bytes.len < sizeof value;
        if (is_it) {
            memcpy(value, entry->value.value.bytes.bytes, entry->value.value.bytes.len);
            value[entry->value.value.bytes.len] = '\0';
            if (trace_parse(value, &trace) != STATUS_OK) {
                trace = (struct trace_id){{0}};
            }
        }
    }
    return trace;
}

static size_t queue_of(const struct amqp_session *session, amqp_bytes_t consumer_tag)
{
    size_t i = 0;
    for (; i < session->options->queue_count; i++) {
        const char *queue = session->options->queues[i];
        if (strlen(queue) == consumer_tag.len && memcmp(queue, consumer_tag.bytes, consumer_tag.len) == 0) {
            break;
        }
    }
    return i;
}

static struct amqp_item *item_of(const struct amqp_session *session, const amqp_basic_deliver_t *deliver,
                                 const amqp_message_t *message)
{
    bool has_id = message->properties._flags & AMQP_BASIC_MESSAGE_ID_FLAG;
    struct amqp_text key = {deliver->routing_key.bytes, deliver->routing_key.len};
    struct amqp_text id = {message->properties.message_id.bytes, has_id ? message->properties.message_id.len : 0};
    struct amqp_text body = {message->body.bytes, message->body.len};
    struct amqp_item *item = amqp_item_create(AMQP_ITEM_DELIVERY, key, id, body);
    if (item != NULL) {
        item->tag = deliver->delivery_tag;
        item->redelivered = deliver->redelivered;
        item->queue = queue_of(session, deliver->consumer_tag);
        item->trace = trace_of(&message->properties);
    }
    return item;
}

static enum status read_delivery(struct amqp_session *session, const amqp_basic_deliver_t *deliver,
                                 struct amqp_event *out_event)
{
    amqp_message_t message;
    enum status status =
        check(session, "basic.deliver", amqp_read_message(session->connection, CONSUMING, &message, 0));
    if (status != STATUS_OK) {
        return status;
    }
    struct amqp_item *item = item_of(session, deliver, &message);
    amqp_destroy_message(&message);
    if (item == NULL || item->queue == session->options->queue_count) {
        free(item);
        snprintf(session->detail, sizeof session->detail, "a delivery that nobody takes");
        return STATUS_UNAVAILABLE;
    }
    *out_event = (struct amqp_event){.kind = AMQP_EVENT_DELIVERY, .item = item};
    return STATUS_OK;
}

static enum status read_method(struct amqp_session *session, const amqp_method_t *method, struct amqp_event *out_event)
{
    switch (method->id) {
    case AMQP_BASIC_ACK_METHOD: {
        const amqp_basic_ack_t *ack = method->decoded;
        *out_event = (struct amqp_event){AMQP_EVENT_CONFIRMED, ack->delivery_tag, ack->multiple, NULL};
        return STATUS_OK;
    }
    case AMQP_BASIC_NACK_METHOD: {
        const amqp_basic_nack_t *nack = method->decoded;
        *out_event = (struct amqp_event){AMQP_EVENT_NACKED, nack->delivery_tag, nack->multiple, NULL};
        return STATUS_OK;
    }
    case AMQP_BASIC_RETURN_METHOD: {
        amqp_message_t message;
        enum status status =
            check(session, "basic.return", amqp_read_message(session->connection, PUBLISHING, &message, 0));
        if (status == STATUS_OK) {
            amqp_destroy_message(&message);
            *out_event = (struct amqp_event){.kind = AMQP_EVENT_RETURNED};
        }
        return status;
    }
    case AMQP_BASIC_DELIVER_METHOD:
        return read_delivery(session, method->decoded, out_event);
    case AMQP_BASIC_CANCEL_METHOD: /* the queue was deleted: a reconnect declares it again */
    default:
        return fail_method(session, "closed by the broker", method);
    }
}

enum status amqp_session_next(struct amqp_session *session, struct amqp_event *out_event)
{
    amqp_frame_t frame;
    struct timeval now = {0};
    amqp_maybe_release_buffers(session->connection);
    int result = amqp_simple_wait_frame_noblock(session->connection, &frame, &now);
    if (result == AMQP_STATUS_TIMEOUT) {
        return STATUS_EMPTY;
    }
    if (result != AMQP_STATUS_OK) {
        return fail(session, "connection", result);
    }
    if (frame.frame_type != AMQP_FRAME_METHOD) {
        snprintf(session->detail, sizeof session->detail, "unexpected frame of type %u", frame.frame_type);
        return STATUS_UNAVAILABLE;
    }
    return read_method(session, &frame.payload.method, out_event);
}
