/* SPDX-License-Identifier: Apache-2.0 */
/* What is not of the schema, too long or too often: told, dropped, closed; and nothing of it reaches an engine. */
#include "tests/support/gateway_host.h"
#include "tests/support/played.h"
#include "tests/support/player.h"
#include "tests/support/turn.h"

#include "libcommon/game/world/input.h"
#include "proto/match.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MATCH_ID "0123456789abcdef0123456789abcdef"

static uv_loop_t loop;
static struct gateway_host host;
static struct played engine;

static int set_up(void **state)
{
    (void)state;
    uv_loop_init(&loop);
    gateway_host_start(&host, NULL);
    played_open(&engine, &loop, "game-engine");
    return 0;
}

static int tear_down(void **state)
{
    (void)support_stop(&host.process);
    turn_for(&loop, 20); /* the played daemons see its connections end */
    played_close(&engine);
    return support_kill_all(state);
}

static void join(struct player *player, enum player_encoding encoding, const char *name)
{
    Mma__Joined joined;
    Mma__MatchJoined for_client;
    player_connect(player, &loop, host.port, encoding, gateway_token(name));
    (void)player_wait(player, MMA__SERVER_MESSAGE__BODY_WELCOME, 1);
    player_say_join(player, 5, gateway_join_token(name, MATCH_ID, engine.entry.mailbox));
    const struct played_envelope *asked = played_wait(&engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN, 1);
    mma__joined__init(&joined);
    mma__match_joined__init(&for_client);
    joined.joined = &for_client;
    mailbox_reply(engine.mailbox, &asked->to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED, &joined.base);
    (void)player_wait(player, MMA__SERVER_MESSAGE__BODY_MATCH_JOINED, 1);
    played_forget(&engine);
    player_forget(player);
}

/* Inputs that the engine has got, each of which decodes. */
static uint32_t inputs_at_engine(void)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < engine.heard_count; i++) {
        assert_int_equal(MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS, engine.heard[i].type);
        Mma__Inputs *inputs = mma__inputs__unpack(NULL, engine.heard[i].size, engine.heard[i].payload);
        assert_non_null(inputs);
        for (size_t n = 0; n < inputs->n_inputs; n++, count++) {
            struct input input;
            assert_int_equal(STATUS_OK,
                             input_decode(inputs->inputs[n]->input.data, inputs->inputs[n]->input.len, &input));
        }
        mma__inputs__free_unpacked(inputs, NULL);
    }
    return count;
}

static void say_junk(struct player *player)
{
    static const struct {
        const char *bytes;
        size_t size;
    } junk[] = {
        {"", 0},
        {"\xff\xff\xff\xff\xff\xff", 6},
        {"\x80", 1},                     /* an empty map: no body */
        {"\x81\x63\x01", 3},             /* an unknown field alone */
        {"\x81\x03\xa1\x61", 4},         /* input as text */
        {"\x81\x03\xc4\x03\x01\x02", 6}, /* input cut off */
        {"\x1a\x02\xff\xff", 4},         /* protobuf's input, not an input */
        {"\x1a\x7f\x00", 3},             /* protobuf's input, cut off */
        {"\x81\x04\x81\x02\x05", 5},     /* a queue that is a number */
        {"\xdf\xff\xff\xff\xff", 5},     /* a map of 4 billion */
    };
    for (size_t i = 0; i < sizeof junk / sizeof junk[0]; i++) {
        player_say_bytes(player, true, junk[i].bytes, junk[i].size);
    }
    player_say_bytes(player, false, "{\"ping\": {}}", 12); /* text */
}

static void junk_is_told_and_dropped(enum player_encoding encoding)
{
    struct player player;
    join(&player, encoding, "ada");
    say_junk(&player);
    player_say_input(&player, 1);
    player_say_empty(&player, 7, MMA__CLIENT_MESSAGE__BODY_PING);
    assert_int_equal(7, player_wait(&player, MMA__SERVER_MESSAGE__BODY_PONG, 1)->cid);
    assert_int_equal(11, player_count(&player, MMA__SERVER_MESSAGE__BODY_ERROR));
    for (uint32_t i = 0; i < player.heard_count; i++) {
        if (player.heard[i]->body_case == MMA__SERVER_MESSAGE__BODY_ERROR) {
            assert_string_equal("INVALID_INPUT", player.heard[i]->error->code);
        }
    }
    (void)played_wait(&engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS, 1);
    turn_for(&loop, 50);
    assert_int_equal(1, inputs_at_engine());
    player_close(&player);
}

static void test_junk_in_msgpack_is_told_and_reaches_no_engine(void **state)
{
    (void)state;
    junk_is_told_and_dropped(PLAYER_MSGPACK);
}

static void test_junk_in_protobuf_is_told_and_reaches_no_engine(void **state)
{
    (void)state;
    junk_is_told_and_dropped(PLAYER_PROTOBUF);
}

static void test_values_out_of_range_are_refused_by_the_name_of_their_field(void **state)
{
    (void)state;
    struct player player;
    player_connect(&player, &loop, host.port, PLAYER_MSGPACK, gateway_token("bob"));
    (void)player_wait(&player, MMA__SERVER_MESSAGE__BODY_WELCOME, 1);
    player_say_create_ticket(&player, 1, "Duel; DROP TABLE");
    assert_string_equal("create_ticket.queue", player_wait_error(&player, "INVALID_INPUT")->context);
    player_forget(&player);
    player_say_bytes(&player, true, "\x81\x08\x81\x02\x07", 5); /* watch_match at 7 Hz */
    assert_string_equal("watch_match.rate_hz", player_wait_error(&player, "INVALID_INPUT")->context);
    player_forget(&player);
    player_say_bytes(&player, true, "\x81\x06\x81\x02\x19", 5); /* join_match at 25 Hz */
    assert_string_equal("join_match.rate_hz", player_wait_error(&player, "INVALID_INPUT")->context);
    player_forget(&player);
    player_say_bytes(&player, true, "\x81\x0c\x81\x01\x3d", 5); /* set_rate to 61 Hz */
    assert_string_equal("set_rate.rate_hz", player_wait_error(&player, "INVALID_INPUT")->context);
    player_close(&player);
}

static void test_a_message_of_4096_bytes_is_read_and_a_longer_one_closes_1009(void **state)
{
    (void)state;
    struct player player;
    static char longest[4097];
    memset(longest, 'x', sizeof longest);
    player_connect(&player, &loop, host.port, PLAYER_MSGPACK, gateway_token("cyd"));
    player_say_bytes(&player, true, longest, 4096);
    (void)player_wait_error(&player, "INVALID_INPUT");
    player_say_bytes(&player, true, longest, 4097);
    player_wait_closed(&player, 1009);
    player_close(&player);
}

struct flooder {
    struct player *player;
    uv_timer_t timer;
    uint32_t sent;
};

static void on_flood_timer(uv_timer_t *timer)
{
    struct flooder *flooder = timer->data;
    for (int i = 0; i < 10; i++) {
        player_say_input(flooder->player, ++flooder->sent);
    }
}

static void test_inputs_over_the_rate_are_dropped_told_once_a_second_and_then_closed_4012(void **state)
{
    (void)state;
    struct player player;
    struct flooder flooder = {.player = &player};
    join(&player, PLAYER_PROTOBUF, "dee");
    uint64_t start_ms = uv_hrtime() / 1000000;
    uv_timer_init(&loop, &flooder.timer);
    flooder.timer.data = &flooder;
    uv_timer_start(&flooder.timer, on_flood_timer, 0, 50); /* 200 a second */
    while (player.socket != NULL && uv_hrtime() / 1000000 - start_ms < 20000) {
        turn_for(&loop, 100);
    }
    uint64_t lasted_ms = uv_hrtime() / 1000000 - start_ms;
    uv_close((uv_handle_t *)&flooder.timer, NULL);
    player_wait_closed(&player, 4012);
    assert_in_range(lasted_ms, 9000, 14000);
    assert_in_range(player_count(&player, MMA__SERVER_MESSAGE__BODY_ERROR), 8, 14);
    uint32_t passed = 0;
    for (uint32_t i = 0; i < engine.heard_count && engine.heard[i].type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS;
         i++) {
        Mma__Inputs *inputs = mma__inputs__unpack(NULL, engine.heard[i].size, engine.heard[i].payload);
        passed += (uint32_t)inputs->n_inputs;
        mma__inputs__free_unpacked(inputs, NULL);
    }
    assert_in_range(passed, lasted_ms * 60 / 1000 - 60, lasted_ms * 60 / 1000 + 60);
    player_close(&player);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_junk_in_msgpack_is_told_and_reaches_no_engine, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_junk_in_protobuf_is_told_and_reaches_no_engine, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_values_out_of_range_are_refused_by_the_name_of_their_field, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_a_message_of_4096_bytes_is_read_and_a_longer_one_closes_1009, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_inputs_over_the_rate_are_dropped_told_once_a_second_and_then_closed_4012,
                                        set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
