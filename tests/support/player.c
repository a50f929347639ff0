/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/player.h"

#include "libcommon/game/world/input.h"
#include "libcommon/runtime/encoding/transcode.h"
#include "tests/support/client_message.h"
#include "tests/support/client_wire.h"
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

/* ---- what it hears ------------------------------------------------------------------------------- */

static void forget(struct player *player, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        protobuf_c_message_free_unpacked(&player->heard[i]->base, NULL);
    }
    player->heard_count -= count;
    for (uint32_t i = 0; i < player->heard_count; i++) {
        player->heard[i] = player->heard[i + count];
    }
}

void player_forget(struct player *player)
{
    forget(player, player->heard_count);
}

static void on_message(void *owner, struct websocket *socket, bool binary, const uint8_t *bytes, size_t size)
{
    (void)socket;
    struct player *player = owner;
    ProtobufCMessage *message = NULL;
    assert_true(binary);
    if (player->encoding == PLAYER_MSGPACK) {
        assert_int_equal(STATUS_OK,
                         transcode_msgpack_read(&mma__server_message__descriptor, bytes, size, NULL, &message, NULL));
    } else {
        message = protobuf_c_message_unpack(&mma__server_message__descriptor, NULL, size, bytes);
        assert_non_null(message);
    }
    if (player->heard_count == PLAYER_HEARD_MAX) {
        forget(player, PLAYER_HEARD_MAX / 2);
    }
    player->heard[player->heard_count++] = (Mma__ServerMessage *)message;
}

static void on_open(void *owner, struct websocket *socket, const char *protocol)
{
    (void)socket;
    struct player *player = owner;
    player->is_open = true;
    assert_string_equal(client_wire_protocol(player->encoding == PLAYER_PROTOBUF), protocol);
}

static void on_closed(void *owner, struct websocket *socket, uint16_t code)
{
    struct player *player = owner;
    player->http_status = websocket_http_status(socket);
    player->close_code = code;
    player->socket = NULL;
}

/* ---- beginning and end --------------------------------------------------------------------------- */

static bool is_decided(void *data)
{
    const struct player *player = data;
    return player->is_open || player->socket == NULL;
}

void player_connect(struct player *player, uv_loop_t *loop, uint16_t port, enum player_encoding encoding,
                    const char *token)
{
    char url[64], authorization[5000];
    (void)snprintf(url, sizeof url, "ws://127.0.0.1:%u/v1/play", (unsigned)port);
    (void)snprintf(authorization, sizeof authorization, "Bearer %s", token == NULL ? "" : token);
    *player = (struct player){.loop = loop, .encoding = encoding};
    struct websocket_client_options options = {
        .url = url,
        .protocols = client_wire_protocol(encoding == PLAYER_PROTOBUF),
        .authorization = token == NULL ? NULL : authorization,
        .message_bytes_max = 1u << 20,
        .owner = player,
        .events = {.on_message = on_message, .on_open = on_open, .on_closed = on_closed},
    };
    assert_int_equal(STATUS_OK, websocket_connect(loop, &options, &player->socket));
    assert_true(turn_until_holds(loop, is_decided, player, WAIT_MS));
}

static bool is_closed(void *data)
{
    const struct player *player = data;
    return player->socket == NULL;
}

void player_wait_closed(struct player *player, uint16_t code)
{
    assert_true(turn_until_holds(player->loop, is_closed, player, WAIT_MS));
    assert_int_equal(code, player->close_code);
}

void player_close(struct player *player)
{
    if (player->socket != NULL) {
        websocket_close(player->socket, 1000, "");
    }
    assert_true(turn_until_holds(player->loop, is_closed, player, WAIT_MS));
    player_forget(player);
}

/* ---- what it says -------------------------------------------------------------------------------- */

void player_say_bytes(struct player *player, bool binary, const void *bytes, size_t size)
{
    if (player->socket != NULL) { /* it may have been closed meanwhile, as the test wants */
        (void)!websocket_send(player->socket, binary, bytes, size);
    }
}

void player_say(struct player *player, const Mma__ClientMessage *message)
{
    static uint8_t bytes[CLIENT_WIRE_MESSAGE_MAX];
    size_t size = client_wire_write(player->encoding == PLAYER_PROTOBUF, message, bytes);
    player_say_bytes(player, true, bytes, size);
}

void player_say_authenticate(struct player *player, const char *token)
{
    struct client_message request;
    client_message_authenticate(&request, 0, token);
    player_say(player, &request.message);
}

void player_say_create_ticket(struct player *player, uint32_t cid, const char *queue)
{
    struct client_message request;
    client_message_create_ticket(&request, cid, queue, NULL, 0);
    player_say(player, &request.message);
}

void player_say_join(struct player *player, uint32_t cid, const char *join_token)
{
    struct client_message request;
    client_message_join(&request, cid, join_token, player->rate_hz);
    player_say(player, &request.message);
}

void player_say_watch(struct player *player, uint32_t cid, const char *match_id, uint32_t rate_hz)
{
    struct client_message request;
    client_message_watch(&request, cid, match_id, rate_hz);
    player_say(player, &request.message);
}

void player_say_rate(struct player *player, uint32_t rate_hz)
{
    struct client_message request;
    client_message_set_rate(&request, rate_hz);
    player_say(player, &request.message);
}

void player_say_input(struct player *player, uint32_t sequence)
{
    uint8_t bytes[INPUT_BYTES_MAX];
    size_t size;
    const struct input input = {.sequence = sequence, .buttons = INPUT_UP, .aim = 12345};
    struct client_message request;
    assert_int_equal(STATUS_OK, input_encode(&input, bytes, sizeof bytes, &size));
    client_message_input(&request, bytes, size);
    player_say(player, &request.message);
}

void player_say_chat(struct player *player, uint32_t cid, Mma__ChatChannel channel, const char *text)
{
    struct client_message request;
    client_message_chat(&request, cid, channel, text);
    player_say(player, &request.message);
}

void player_say_empty(struct player *player, uint32_t cid, Mma__ClientMessage__BodyCase body)
{
    struct client_message request;
    if (body == MMA__CLIENT_MESSAGE__BODY_LEAVE_MATCH) {
        client_message_leave(&request, cid);
    } else if (body == MMA__CLIENT_MESSAGE__BODY_STOP_WATCHING) {
        client_message_stop_watching(&request, cid);
    } else {
        client_message_ping(&request, cid, 77);
    }
    player_say(player, &request.message);
}

/* ---- what it waits for --------------------------------------------------------------------------- */

uint32_t player_count(const struct player *player, Mma__ServerMessage__BodyCase kind)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < player->heard_count; i++) {
        count += player->heard[i]->body_case == kind;
    }
    return count;
}

struct expected {
    struct player *player;
    Mma__ServerMessage__BodyCase kind;
    unsigned nth;
    const char *code; /* of an error; NULL: any */
    const Mma__ServerMessage *found;
};

static bool is_heard(void *data)
{
    struct expected *expected = data;
    unsigned seen = 0;
    for (uint32_t i = 0; i < expected->player->heard_count; i++) {
        const Mma__ServerMessage *message = expected->player->heard[i];
        if (message->body_case == expected->kind &&
            (expected->code == NULL || strcmp(message->error->code, expected->code) == 0) && ++seen == expected->nth) {
            expected->found = message;
            return true;
        }
    }
    return expected->player->socket == NULL;
}

static const Mma__ServerMessage *wait_for(struct expected *expected)
{
    (void)turn_until_holds(expected->player->loop, is_heard, expected, WAIT_MS);
    if (expected->found == NULL) {
        fail_msg("did not hear message kind %d (%s); closed with %u", (int)expected->kind,
                 expected->code ? expected->code : "any", (unsigned)expected->player->close_code);
    }
    return expected->found;
}

const Mma__ServerMessage *player_wait(struct player *player, Mma__ServerMessage__BodyCase kind, unsigned nth)
{
    struct expected expected = {.player = player, .kind = kind, .nth = nth};
    return wait_for(&expected);
}

const Mma__Error *player_wait_error(struct player *player, const char *code)
{
    struct expected expected = {.player = player, .kind = MMA__SERVER_MESSAGE__BODY_ERROR, .nth = 1, .code = code};
    return wait_for(&expected)->error;
}
