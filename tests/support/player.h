/* SPDX-License-Identifier: Apache-2.0 */
/*
 * player.h - a game client for tests: speaks the client schema over a WebSocket, in either encoding, and keeps what it
 * hears. What it waits for and does not get fails the test.
 */
#ifndef MMA_TESTS_SUPPORT_PLAYER_H
#define MMA_TESTS_SUPPORT_PLAYER_H

#include "libcommon/runtime/web/websocket.h"
#include "proto/client.pb-c.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define PLAYER_HEARD_MAX 512 /* one more pushes out the oldest half */

enum player_encoding { PLAYER_MSGPACK, PLAYER_PROTOBUF };

struct player {
    uv_loop_t *loop;
    struct websocket *socket; /* NULL once closed */
    enum player_encoding encoding;
    bool is_open;
    uint16_t close_code;  /* 0: not closed */
    unsigned http_status; /* of a refused upgrade */
    uint32_t rate_hz;     /* that it requests when it joins */
    uint32_t heard_count;
    Mma__ServerMessage *heard[PLAYER_HEARD_MAX];
};

/* token: for Authorization: Bearer; NULL: none. Returns when the socket is open or has been refused. */
void player_connect(struct player *player, uv_loop_t *loop, uint16_t port, enum player_encoding encoding,
                    const char *token);
void player_close(struct player *player); /* waits; frees what it heard */

void player_say(struct player *player, const Mma__ClientMessage *message);
void player_say_bytes(struct player *player, bool binary, const void *bytes, size_t size);
void player_say_authenticate(struct player *player, const char *token);
void player_say_create_ticket(struct player *player, uint32_t cid, const char *queue);
void player_say_join(struct player *player, uint32_t cid, const char *join_token);
void player_say_watch(struct player *player, uint32_t cid, const char *match_id, uint32_t rate_hz);
void player_say_rate(struct player *player, uint32_t rate_hz);
void player_say_input(struct player *player, uint32_t sequence);
void player_say_chat(struct player *player, uint32_t cid, Mma__ChatChannel channel, const char *text);
void player_say_empty(struct player *player, uint32_t cid, Mma__ClientMessage__BodyCase body); /* leave, stop, ping */

/* The nth message (from 1) of that kind among those heard since player_forget. Borrowed. */
const Mma__ServerMessage *player_wait(struct player *player, Mma__ServerMessage__BodyCase kind, unsigned nth);
const Mma__Error *player_wait_error(struct player *player, const char *code);
void player_wait_closed(struct player *player, uint16_t code);
uint32_t player_count(const struct player *player, Mma__ServerMessage__BodyCase kind);
void player_forget(struct player *player);

#endif
