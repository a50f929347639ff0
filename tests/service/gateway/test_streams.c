/* SPDX-License-Identifier: Apache-2.0 */
/* Snapshots for a client that does not read, and frames for viewers; the test plays engine and spectator. */
#include "tests/support/client_message.h"
#include "tests/support/client_wire.h"
#include "tests/support/gateway_host.h"
#include "tests/support/played.h"
#include "tests/support/player.h"
#include "tests/support/turn.h"

#include "proto/match.pb-c.h"
#include "proto/spectate.pb-c.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define MATCH_ID       "0123456789abcdef0123456789abcdef"
#define SNAPSHOT_BYTES 20000 /* large, so that few of them fill the kernel's buffers */

static uv_loop_t loop;
static struct gateway_host host;
static struct played engine, spectator;
static uint8_t big[SNAPSHOT_BYTES];

static bool gateway_sees_spectator(void *data)
{
    (void)data;
    return support_log_contains(&host.process, "\"dependency\":\"spectator\",\"up\":true");
}

static int set_up(void **state)
{
    (void)state;
    static const char *const settings[] = {"PEER_LOST_MS=1000", "SPECTATOR_JOINS_PER_MINUTE=4", NULL};
    uv_loop_init(&loop);
    gateway_host_start(&host, settings);
    played_open(&engine, &loop, "game-engine");
    played_open(&spectator, &loop, "spectator");
    assert_true(turn_until_holds(&loop, gateway_sees_spectator, NULL, 10000));
    return 0;
}

static int tear_down(void **state)
{
    (void)support_stop(&host.process);
    turn_for(&loop, 20); /* the played daemons see its connections end */
    played_close(&engine);
    played_close(&spectator);
    return support_kill_all(state);
}

/* ---- a client that does not read ----------------------------------------------------------------- */

/* A WebSocket by hand, on a socket with small buffers, so that it can stop reading. */
static int connect_by_hand(const char *token)
{
    char request[2048], answer[2048];
    struct sockaddr_in address = {
        .sin_family = AF_INET, .sin_port = htons(host.port), .sin_addr.s_addr = htonl(INADDR_LOOPBACK)};
    int small = 4096, fd = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(fd >= 0);
    assert_int_equal(0, setsockopt(fd, SOL_SOCKET, SO_RCVBUF, &small, sizeof small));
    assert_int_equal(0, connect(fd, (const struct sockaddr *)&address, sizeof address));
    int size = snprintf(request, sizeof request,
                        "GET /v1/play HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\n"
                        "Sec-WebSocket-Version: 13\r\nSec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n"
                        "Sec-WebSocket-Protocol: arena.v1.protobuf\r\nAuthorization: Bearer %s\r\n\r\n",
                        token);
    assert_int_equal(size, send(fd, request, (size_t)size, 0));
    assert_true(recv(fd, answer, sizeof answer - 1, 0) > 0);
    assert_non_null(strstr(answer, " 101 "));
    return fd;
}

static void say_join_by_hand(int fd, const char *join_token)
{
    struct client_message request;
    uint8_t frame[8 + CLIENT_WIRE_MESSAGE_MAX] = {0x82, 0x80 | 126}; /* binary, masked with 0, 16 bits of size */
    client_message_join(&request, 0, join_token, 0);
    size_t size = client_wire_write(true, &request.message, frame + 8);
    frame[2] = (uint8_t)(size >> 8);
    frame[3] = (uint8_t)size;
    assert_int_equal(size + 8, send(fd, frame, size + 8, 0));
}

static uint64_t answer_join(void)
{
    Mma__Joined joined;
    Mma__MatchJoined for_client;
    const struct played_envelope *asked = played_wait(&engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN, 1);
    Mma__Join *request = mma__join__unpack(NULL, asked->size, asked->payload);
    assert_non_null(request);
    uint64_t session_id = request->session_id;
    mma__joined__init(&joined);
    mma__match_joined__init(&for_client);
    joined.joined = &for_client;
    joined.session_id = session_id;
    mailbox_reply(engine.mailbox, &asked->to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED, &joined.base);
    mma__join__free_unpacked(request, NULL);
    return session_id;
}

static void send_snapshot(uint64_t session_id, uint32_t tick, uint32_t baseline_tick)
{
    Mma__Snapshots snapshots;
    Mma__SessionSnapshot snapshot, *list[] = {&snapshot};
    mma__snapshots__init(&snapshots);
    mma__session_snapshot__init(&snapshot);
    snapshot.session_id = session_id;
    snapshot.tick = tick;
    snapshot.baseline_tick = baseline_tick;
    snapshot.snapshot = (ProtobufCBinaryData){.len = sizeof big, .data = big};
    snapshots.n_snapshots = 1;
    snapshots.snapshots = list;
    played_tell(&engine, host.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SNAPSHOTS, &snapshots.base);
}

/* The latest report of what was written; 0: none yet. */
static uint32_t reported_tick(uint32_t *out_skipped)
{
    uint32_t written_tick = 0;
    *out_skipped = 0;
    for (uint32_t i = 0; i < engine.heard_count; i++) {
        if (engine.heard[i].type != MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS) {
            continue;
        }
        Mma__Inputs *inputs = mma__inputs__unpack(NULL, engine.heard[i].size, engine.heard[i].payload);
        assert_non_null(inputs);
        for (size_t n = 0; n < inputs->n_inputs; n++) {
            assert_true(inputs->inputs[n]->written_tick >= written_tick);
            written_tick = inputs->inputs[n]->written_tick;
            *out_skipped += inputs->inputs[n]->skipped;
        }
        mma__inputs__free_unpacked(inputs, NULL);
    }
    return written_tick;
}

static void test_a_client_that_does_not_read_is_skipped_reported_and_goes_on_when_it_reads(void **state)
{
    (void)state;
    static char sink[1 << 16];
    int fd = connect_by_hand(gateway_token("slow"));
    say_join_by_hand(fd, gateway_join_token("slow", MATCH_ID, engine.entry.mailbox));
    uint64_t session_id = answer_join();
    uint32_t tick = 1, skipped = 0, written_tick = 0;
    send_snapshot(session_id, tick, 0);
    while (written_tick == 0 && tick < 2000) { /* 40 MB: the kernel's buffers are smaller */
        send_snapshot(session_id, tick + 1, tick);
        tick++;
        turn_for(&loop, 1);
        written_tick = reported_tick(&skipped);
    }
    assert_true(written_tick > 0 && written_tick < tick);
    assert_true(skipped > 0);
    assert_int_equal(0, support_count_events(&host.process, "session.closed"));

    /* It reads again; the engine encodes from what was written, as the report says. */
    for (int quiet = 0; quiet < 20;) {
        ssize_t size = recv(fd, sink, sizeof sink, MSG_DONTWAIT);
        quiet = size > 0 ? 0 : quiet + 1;
        if (size <= 0) {
            turn_for(&loop, 5);
        }
    }
    written_tick = reported_tick(&skipped);
    uint32_t skipped_before = skipped;
    send_snapshot(session_id, tick + 1, written_tick);
    size_t got = 0;
    for (int tries = 0; got < sizeof big && tries < 1000; tries++) {
        ssize_t size = recv(fd, sink, sizeof sink, MSG_DONTWAIT);
        got += size > 0 ? (size_t)size : 0;
        turn_for(&loop, 2);
    }
    assert_true(got >= sizeof big);
    (void)reported_tick(&skipped);
    assert_int_equal(skipped_before, skipped);
    (void)close(fd);
}

/* ---- viewers ------------------------------------------------------------------------------------- */

static void answer_watch(unsigned nth, uint64_t stream_id)
{
    const struct played_envelope *asked = played_wait(&spectator, MMA__MESSAGE_TYPE__MESSAGE_TYPE_WATCH, nth);
    Mma__WatchingStream stream;
    Mma__Watching watching;
    char match_id[] = MATCH_ID;
    mma__watching_stream__init(&stream);
    mma__watching__init(&watching);
    watching.match_id = match_id;
    watching.rate_hz = 30;
    stream.stream_id = stream_id;
    stream.watching = &watching;
    mailbox_reply(spectator.mailbox, &asked->to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_WATCHING, &stream.base);
}

static void send_frame(uint64_t stream_id, uint32_t tick, uint32_t baseline_tick)
{
    Mma__Frames frames;
    Mma__Frame frame, *list[] = {&frame};
    mma__frames__init(&frames);
    mma__frame__init(&frame);
    frame.stream_id = stream_id;
    frame.tick = tick;
    frame.baseline_tick = baseline_tick;
    frame.snapshot = (ProtobufCBinaryData){.len = 10, .data = big};
    frames.n_frames = 1;
    frames.frames = list;
    played_tell(&spectator, host.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_FRAMES, &frames.base);
}

static void watch(struct player *player, enum player_encoding encoding, const char *name, unsigned nth)
{
    player_connect(player, &loop, host.port, encoding, gateway_token(name));
    (void)player_wait(player, MMA__SERVER_MESSAGE__BODY_WELCOME, 1);
    player_say_watch(player, 6, "", 30);
    answer_watch(nth, 42);
    assert_int_equal(30, player_wait(player, MMA__SERVER_MESSAGE__BODY_WATCHING, 1)->watching->rate_hz);
}

static void test_one_frame_reaches_all_viewers_and_each_begins_at_a_keyframe(void **state)
{
    (void)state;
    struct player first, second;
    watch(&first, PLAYER_MSGPACK, "ada", 1);
    send_frame(42, 10, 0);
    (void)player_wait(&first, MMA__SERVER_MESSAGE__BODY_SNAPSHOT, 1);
    watch(&second, PLAYER_PROTOBUF, "bob", 2);
    send_frame(42, 12, 10); /* the second does not have 10 */
    (void)player_wait(&first, MMA__SERVER_MESSAGE__BODY_SNAPSHOT, 2);
    send_frame(42, 14, 0);
    send_frame(42, 16, 14);
    send_frame(41, 16, 0); /* somebody else's stream */
    (void)player_wait(&second, MMA__SERVER_MESSAGE__BODY_SNAPSHOT, 2);
    (void)player_wait(&first, MMA__SERVER_MESSAGE__BODY_SNAPSHOT, 4);
    turn_for(&loop, 50);
    assert_int_equal(2, player_count(&second, MMA__SERVER_MESSAGE__BODY_SNAPSHOT));
    assert_int_equal(4, player_count(&first, MMA__SERVER_MESSAGE__BODY_SNAPSHOT));
    player_say_empty(&first, 0, MMA__CLIENT_MESSAGE__BODY_STOP_WATCHING);
    (void)played_wait(&spectator, MMA__MESSAGE_TYPE__MESSAGE_TYPE_UNWATCH, 1);

    Mma__StreamOver over;
    char reason[] = "MATCH_OVER";
    mma__stream_over__init(&over);
    over.stream_id = 42;
    over.reason = reason;
    played_tell(&spectator, host.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_STREAM_OVER, &over.base);
    const Mma__WatchEnded *ended = player_wait(&second, MMA__SERVER_MESSAGE__BODY_WATCH_ENDED, 1)->watch_ended;
    assert_string_equal("MATCH_OVER", ended->reason);
    assert_string_equal(MATCH_ID, ended->match_id);
    assert_int_equal(0, player_count(&first, MMA__SERVER_MESSAGE__BODY_WATCH_ENDED));
    player_close(&first);
    player_close(&second);
}

static void test_viewers_of_a_lost_spectator_are_told(void **state)
{
    (void)state;
    struct player player;
    watch(&player, PLAYER_MSGPACK, "ada", 1);
    played_close(&spectator);
    assert_string_equal("SPECTATOR_LOST",
                        player_wait(&player, MMA__SERVER_MESSAGE__BODY_WATCH_ENDED, 1)->watch_ended->reason);
    player_say_watch(&player, 7, "", 30); /* there is none left */
    (void)player_wait_error(&player, "SPECTATOR_UNAVAILABLE");
    played_open(&spectator, &loop, "spectator"); /* for the teardown */
    player_close(&player);
}

static void test_watching_is_limited_by_address(void **state)
{
    (void)state;
    struct player player;
    watch(&player, PLAYER_MSGPACK, "ada", 1);
    for (unsigned nth = 2; nth <= 4; nth++) {
        player_say_empty(&player, 0, MMA__CLIENT_MESSAGE__BODY_STOP_WATCHING);
        player_say_watch(&player, nth, "", 30);
        answer_watch(nth, 42);
        (void)player_wait(&player, MMA__SERVER_MESSAGE__BODY_WATCHING, nth);
    }
    player_say_empty(&player, 0, MMA__CLIENT_MESSAGE__BODY_STOP_WATCHING);
    player_say_watch(&player, 5, "", 30);
    assert_string_equal("watch_match", player_wait_error(&player, "RATE_LIMITED")->context);
    player_close(&player);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_a_client_that_does_not_read_is_skipped_reported_and_goes_on_when_it_reads,
                                        set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_frame_reaches_all_viewers_and_each_begins_at_a_keyframe, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_viewers_of_a_lost_spectator_are_told, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_watching_is_limited_by_address, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
