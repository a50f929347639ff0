/* SPDX-License-Identifier: Apache-2.0 */
/* Lines on their way through the gateway, between players of both encodings; the test plays the engine. */
#include "tests/support/gateway_host.h"
#include "tests/support/played.h"
#include "tests/support/player.h"
#include "tests/support/turn.h"

#include "libcommon/game/rules/chat_text.h"
#include "proto/match.pb-c.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define MATCH_ID "0123456789abcdef0123456789abcdef"
#define TIME     1767225600000

static struct {
    uv_loop_t loop;
    struct gateway_host host;
    struct played engine;
    struct player ann, ben; /* in MessagePack, in protobuf */
    uint64_t ann_session, ben_session;
} cast;

static uint64_t join(struct player *player, enum player_encoding encoding, const char *name)
{
    Mma__Joined joined;
    Mma__MatchJoined for_client;
    player_connect(player, &cast.loop, cast.host.port, encoding, gateway_token(name));
    uint64_t session_id = player_wait(player, MMA__SERVER_MESSAGE__BODY_WELCOME, 1)->welcome->session_id;
    player_say_join(player, 5, gateway_join_token(name, MATCH_ID, cast.engine.entry.mailbox));
    const struct played_envelope *asked = played_wait(&cast.engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN, 1);
    mma__joined__init(&joined);
    mma__match_joined__init(&for_client);
    joined.joined = &for_client;
    mailbox_reply(cast.engine.mailbox, &asked->to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED, &joined.base);
    (void)player_wait(player, MMA__SERVER_MESSAGE__BODY_MATCH_JOINED, 1);
    played_forget(&cast.engine);
    player_forget(player);
    return session_id;
}

static int set_up(void **state)
{
    (void)state;
    static const char *const settings[] = {"REQUEST_TIMEOUT_MS=1000", NULL};
    uv_loop_init(&cast.loop);
    gateway_host_start(&cast.host, settings);
    played_open(&cast.engine, &cast.loop, "game-engine");
    cast.ann_session = join(&cast.ann, PLAYER_MSGPACK, "ann");
    cast.ben_session = join(&cast.ben, PLAYER_PROTOBUF, "ben");
    return 0;
}

static int tear_down(void **state)
{
    player_close(&cast.ann);
    player_close(&cast.ben);
    (void)support_stop(&cast.host.process);
    turn_for(&cast.loop, 20); /* the played engine sees its connections end */
    played_close(&cast.engine);
    uv_run(&cast.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&cast.loop), 0);
    return support_kill_all(state);
}

/* ---- the engine's lines -------------------------------------------------------------------------- */

/* The nth Say that came, which must be this. */
static struct mailbox_return hear_say(unsigned nth, uint64_t session_id, Mma__ChatChannel channel, const char *text)
{
    const struct played_envelope *asked = played_wait(&cast.engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAY, nth);
    Mma__Say *say = mma__say__unpack(NULL, asked->size, asked->payload);
    assert_non_null(say);
    assert_true(say->session_id == session_id);
    assert_int_equal(say->channel, channel);
    assert_string_equal(say->text, text);
    mma__say__free_unpacked(say, NULL);
    return asked->to;
}

static void init_line(Mma__ChatMessage *line, const char *text)
{
    static char player[] = "ann", copy[CHAT_TEXT_BYTES_MAX + 1];
    (void)snprintf(copy, sizeof copy, "%s", text);
    mma__chat_message__init(line);
    line->slot = 3;
    line->player_id = player;
    line->channel = MMA__CHAT_CHANNEL__CHAT_TEAM;
    line->text = copy;
    line->server_time = TIME;
}

static void answer_said(const struct mailbox_return *to, const char *text)
{
    Mma__ChatMessage line;
    Mma__Said said;
    init_line(&line, text);
    mma__said__init(&said);
    said.message = &line;
    mailbox_reply(cast.engine.mailbox, to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAID, &said.base);
}

static void tell_said(struct played *engine, uint64_t session_id, const char *text)
{
    Mma__ChatMessage line;
    Mma__Said said;
    init_line(&line, text);
    mma__said__init(&said);
    said.n_session_ids = 1;
    said.session_ids = &session_id;
    said.message = &line;
    played_tell(engine, cast.host.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAID, &said.base);
}

static void assert_heard(struct player *player, unsigned nth, uint32_t cid, const char *text)
{
    const Mma__ServerMessage *heard = player_wait(player, MMA__SERVER_MESSAGE__BODY_CHAT_MESSAGE, nth);
    assert_int_equal(heard->cid, cid);
    assert_int_equal(heard->chat_message->slot, 3);
    assert_string_equal(heard->chat_message->player_id, "ann");
    assert_int_equal(heard->chat_message->channel, MMA__CHAT_CHANNEL__CHAT_TEAM);
    assert_string_equal(heard->chat_message->text, text);
    assert_true(heard->chat_message->server_time == TIME);
}

static void assert_error(struct player *player, unsigned nth, uint32_t cid, const char *code, const char *context)
{
    const Mma__ServerMessage *heard = player_wait(player, MMA__SERVER_MESSAGE__BODY_ERROR, nth);
    assert_string_equal(heard->error->code, code);
    assert_string_equal(heard->error->context, context);
    assert_int_equal(heard->cid, cid);
}

/* Everything said before has been read, and the connection is there. */
static void assert_is_there(struct player *player)
{
    unsigned nth = player_count(player, MMA__SERVER_MESSAGE__BODY_PONG) + 1;
    player_say_empty(player, 7, MMA__CLIENT_MESSAGE__BODY_PING);
    (void)player_wait(player, MMA__SERVER_MESSAGE__BODY_PONG, nth);
}

/* ---- tests --------------------------------------------------------------------------------------- */

static void test_a_line_is_the_answer_to_its_speaker_and_news_to_the_other_encoding(void **state)
{
    static const char text[] = "<b>прикрой</b> 😀";
    (void)state;
    player_say_chat(&cast.ann, 9, MMA__CHAT_CHANNEL__CHAT_TEAM, text);
    struct mailbox_return to = hear_say(1, cast.ann_session, MMA__CHAT_CHANNEL__CHAT_TEAM, text);
    tell_said(&cast.engine, cast.ben_session, text);
    answer_said(&to, text);
    assert_heard(&cast.ann, 1, 9, text);
    assert_heard(&cast.ben, 1, 0, text);
    assert_int_equal(player_count(&cast.ann, MMA__SERVER_MESSAGE__BODY_CHAT_MESSAGE), 1);
}

static void test_a_line_too_many_is_an_error_and_the_connection_stays(void **state)
{
    (void)state;
    player_say_chat(&cast.ann, 10, MMA__CHAT_CHANNEL__CHAT_ALL, "gg");
    struct mailbox_return to = hear_say(1, cast.ann_session, MMA__CHAT_CHANNEL__CHAT_ALL, "gg");
    mailbox_refuse(cast.engine.mailbox, &to, STATUS_REFUSED, "RATE_LIMITED", "too many lines");
    assert_error(&cast.ann, 1, 10, "RATE_LIMITED", "chat");
    player_say_input(&cast.ann, 1); /* it still plays */
    (void)played_wait(&cast.engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS, 1);
    assert_is_there(&cast.ann);
}

static void test_bad_lines_are_told_and_never_reach_the_engine(void **state)
{
    static const char *const bad[] = {"", "a\nb", "\x7f", "\xc2\x9b", "\xe2\x80\xa8", NULL};
    char long_text[CHAT_TEXT_CODE_POINTS_MAX + 2];
    (void)state;
    memset(long_text, 'a', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    for (int i = 0; i < 2; i++) {
        struct player *player = i == 0 ? &cast.ann : &cast.ben;
        unsigned errors = 0;
        for (; bad[errors] != NULL; errors++) {
            player_say_chat(player, 20 + errors, MMA__CHAT_CHANNEL__CHAT_ALL, bad[errors]);
            assert_error(player, errors + 1, 20 + errors, "INVALID_INPUT", "chat.text");
        }
        player_say_chat(player, 30, MMA__CHAT_CHANNEL__CHAT_ALL, long_text);
        assert_error(player, errors + 1, 30, "INVALID_INPUT", "chat.text");
    }
    player_say_chat(&cast.ben, 31, (Mma__ChatChannel)2, "gg");
    assert_error(&cast.ben, 7, 31, "INVALID_INPUT", "chat.channel");
    static const char broken[] = "\x81\x0b\x81\x02\xa2\xc3\x28"; /* chat: {text: not UTF-8} */
    player_say_bytes(&cast.ann, true, broken, sizeof broken - 1);
    assert_error(&cast.ann, 7, 0, "INVALID_INPUT", "chat.text");
    player_say_chat(&cast.ann, 32, MMA__CHAT_CHANNEL__CHAT_ALL, long_text + 1); /* as long as one may be */
    (void)hear_say(1, cast.ann_session, MMA__CHAT_CHANNEL__CHAT_ALL, long_text + 1);
    assert_int_equal(played_count(&cast.engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAY), 1);
}

static void test_out_of_a_match_nothing_is_said_and_nothing_heard(void **state)
{
    (void)state;
    player_say_empty(&cast.ann, 0, MMA__CLIENT_MESSAGE__BODY_LEAVE_MATCH);
    player_say_chat(&cast.ann, 12, MMA__CHAT_CHANNEL__CHAT_ALL, "gg");
    assert_error(&cast.ann, 1, 12, "INVALID_STATE", "chat");
    tell_said(&cast.engine, cast.ann_session, "late");
    tell_said(&cast.engine, cast.ben_session, "in time");
    assert_heard(&cast.ben, 1, 0, "in time"); /* so the other one was handled, too */
    assert_is_there(&cast.ann);
    assert_int_equal(player_count(&cast.ann, MMA__SERVER_MESSAGE__BODY_CHAT_MESSAGE), 0);
    assert_int_equal(played_count(&cast.engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAY), 0);
}

static void test_only_the_engine_of_the_match_puts_lines_into_mouths(void **state)
{
    struct played stranger;
    struct player eve;
    (void)state;
    played_open(&stranger, &cast.loop, "game-engine");
    tell_said(&stranger, cast.ben_session, "a lie"); /* the gateway does not know it */
    player_connect(&eve, &cast.loop, cast.host.port, PLAYER_MSGPACK, gateway_token("eve"));
    player_say_join(&eve, 5, gateway_join_token("eve", MATCH_ID, stranger.entry.mailbox));
    (void)played_wait(&stranger, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN, 1);
    tell_said(&stranger, cast.ben_session, "another lie"); /* now it does */
    tell_said(&stranger, 4711, "to nobody");
    Mma__Leave other; /* a message of another type than it is said to be */
    mma__leave__init(&other);
    other.session_id = 1;
    played_tell(&stranger, cast.host.mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAID, &other.base);
    turn_for(&cast.loop, 50);
    tell_said(&cast.engine, cast.ben_session, "the truth");
    assert_heard(&cast.ben, 1, 0, "the truth");
    player_close(&eve);
    played_close(&stranger);
}

static void test_an_engine_that_does_not_answer_is_an_error_not_a_silence(void **state)
{
    (void)state;
    player_say_chat(&cast.ben, 13, MMA__CHAT_CHANNEL__CHAT_ALL, "anybody?");
    assert_error(&cast.ben, 1, 13, "GAME_NOT_FOUND", "chat");
    player_say_chat(&cast.ben, 14, MMA__CHAT_CHANNEL__CHAT_TEAM, "hello"); /* it has kept its seat */
    (void)hear_say(2, cast.ben_session, MMA__CHAT_CHANNEL__CHAT_TEAM, "hello");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_a_line_is_the_answer_to_its_speaker_and_news_to_the_other_encoding),
        TEST(test_a_line_too_many_is_an_error_and_the_connection_stays),
        TEST(test_bad_lines_are_told_and_never_reach_the_engine),
        TEST(test_out_of_a_match_nothing_is_said_and_nothing_heard),
        TEST(test_only_the_engine_of_the_match_puts_lines_into_mouths),
        TEST(test_an_engine_that_does_not_answer_is_an_error_not_a_silence),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
