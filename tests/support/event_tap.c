/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/event_tap.h"

#include "libcommon/runtime/encoding/url.h"
#include "tests/support/support.h"

#include <amqp.h>
#include <amqp_tcp_socket.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define CHANNEL 1
#define QUEUE   "tests.tap"

static void check(const struct event_tap *tap, const char *what)
{
    amqp_rpc_reply_t reply = amqp_get_rpc_reply(tap->connection);
    if (reply.reply_type != AMQP_RESPONSE_NORMAL) {
        fail_msg("RabbitMQ refused %s", what);
    }
}

void event_tap_open(struct event_tap *tap, const char *routing_key)
{
    struct url url;
    assert_int_equal(url_parse(support_env("AMQP_URL"), &url), STATUS_OK);
    tap->connection = amqp_new_connection();
    amqp_socket_t *socket = amqp_tcp_socket_new(tap->connection);
    assert_non_null(socket);
    assert_int_equal(amqp_socket_open(socket, url.host, url.port), AMQP_STATUS_OK);
    amqp_rpc_reply_t login = amqp_login(tap->connection, url.path[0] ? url.path : "/", 0, AMQP_DEFAULT_FRAME_SIZE, 0,
                                        AMQP_SASL_METHOD_PLAIN, url.user, url.password);
    assert_int_equal(login.reply_type, AMQP_RESPONSE_NORMAL);
    amqp_channel_open(tap->connection, CHANNEL);
    check(tap, "a channel");
    amqp_exchange_declare(tap->connection, CHANNEL, amqp_cstring_bytes("mma.events"), amqp_cstring_bytes("topic"), 0, 1,
                          0, 0, amqp_empty_table);
    check(tap, "the exchange");
    amqp_queue_declare(tap->connection, CHANNEL, amqp_cstring_bytes(QUEUE), 0, 0, 1, 1, amqp_empty_table);
    check(tap, "a queue");
    amqp_queue_bind(tap->connection, CHANNEL, amqp_cstring_bytes(QUEUE), amqp_cstring_bytes("mma.events"),
                    amqp_cstring_bytes(routing_key), amqp_empty_table);
    check(tap, "a binding");
}

void event_tap_close(struct event_tap *tap)
{
    amqp_connection_close(tap->connection, AMQP_REPLY_SUCCESS);
    amqp_destroy_connection(tap->connection);
    tap->connection = NULL;
}

struct taking {
    struct event_tap *tap;
    struct event_tap_message *message;
};

static bool take(void *owner)
{
    struct taking *taking = owner;
    amqp_connection_state_t connection = taking->tap->connection;
    amqp_message_t message;
    amqp_maybe_release_buffers(connection);
    amqp_rpc_reply_t reply = amqp_basic_get(connection, CHANNEL, amqp_cstring_bytes(QUEUE), 1);
    assert_int_equal(reply.reply_type, AMQP_RESPONSE_NORMAL);
    if (reply.reply.id == AMQP_BASIC_GET_EMPTY_METHOD) {
        return false;
    }
    assert_int_equal(amqp_read_message(connection, CHANNEL, &message, 0).reply_type, AMQP_RESPONSE_NORMAL);
    assert_in_range(message.body.len, 1, EVENT_TAP_BYTES_MAX);
    memcpy(taking->message->bytes, message.body.bytes, message.body.len);
    taking->message->size = message.body.len;
    snprintf(taking->message->id, sizeof taking->message->id, "%.*s", (int)message.properties.message_id.len,
             (const char *)message.properties.message_id.bytes);
    amqp_destroy_message(&message);
    return true;
}

void event_tap_take(struct event_tap *tap, struct event_tap_message *out_message)
{
    struct taking taking = {tap, out_message};
    support_wait_until(take, &taking, SUPPORT_WAIT_MS, "a message on the exchange");
}
