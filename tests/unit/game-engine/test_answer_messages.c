/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/io/answer_messages.h"

#include "tests/support/engine_worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GATEWAY "tcp://gateway-1"
#define OTHER   "tcp://gateway-2"

static struct engine_worker worker;
static struct hosted_match *hosted;
static struct arena arena;
static uint8_t bytes[128 << 10];

static int begin(void **state)
{
    (void)state;
    engine_worker_open(&worker);
    arena_init(&arena, bytes, sizeof bytes);
    hosted = engine_worker_match(&worker, 1, "teams_2v2", 4);
    engine_worker_join(&worker, hosted, GATEWAY, "ann", 11);
    engine_worker_join(&worker, hosted, OTHER, "ben", 12);
    engine_worker_join(&worker, hosted, GATEWAY, "cid", 13);
    engine_worker_round(&worker, 2, false);
    return 0;
}

static int end(void **state)
{
    (void)state;
    engine_worker_close(&worker);
    return 0;
}

static void test_joined_says_slot_tick_map_mode_and_everybodys_seats(void **state)
{
    (void)state;
    Mma__MatchJoined inner;
    Mma__Joined joined;
    assert_int_equal(answer_messages_joined(hosted, 2, "text of a map", &arena, &inner, &joined), STATUS_OK);
    assert_int_equal(joined.session_id, 13);
    assert_ptr_equal(joined.joined, &inner);
    assert_string_equal(inner.match_id, hosted->id);
    assert_int_equal(inner.slot, 2);
    assert_int_equal(inner.tick, hosted->match.world.tick);
    assert_int_equal(inner.tick_rate_hz, 60);
    assert_string_equal(inner.map, "arena");
    assert_string_equal(inner.mode, "teams_2v2");
    assert_string_equal(inner.map_text, "text of a map");
    assert_int_equal(inner.n_seats, 4);
    assert_string_equal(inner.seats[1]->player_id, "ben");
    assert_int_equal(inner.seats[1]->slot, 1);
    assert_int_equal(inner.seats[1]->team, 1);
}

static void test_subscribed_is_a_header_and_a_keyframe_of_now(void **state)
{
    (void)state;
    Mma__Subscribed subscribed;
    struct record_header header;
    struct record record;
    size_t used = 0;
    assert_int_equal(answer_messages_subscribed(hosted, &arena, &subscribed), STATUS_OK);
    assert_string_equal(subscribed.match_id, hosted->id);
    assert_int_equal(subscribed.n_seats, 4);
    assert_int_equal(record_read_header(subscribed.header.data, subscribed.header.len, &header, &used), STATUS_OK);
    assert_int_equal(used, subscribed.header.len);
    void *memory = malloc(record_reader_bytes(4));
    struct record_reader reader;
    record_reader_init(&reader, 4, memory);
    assert_int_equal(record_reader_next(&reader, subscribed.keyframe.data, subscribed.keyframe.len, &record, &used),
                     STATUS_OK);
    assert_int_equal(record.kind, RECORD_KEYFRAME);
    assert_int_equal(record.keyframe_tick, hosted->match.world.tick);
    assert_true(record.keyframe_hash == hosted->match.hash);
    free(memory);
}

static void test_line_goes_with_the_sessions_of_a_gateway_that_hear_it(void **state)
{
    (void)state;
    const struct chat_line line = {.slot = 0, .channel = CHAT_TEAM, .text = (const uint8_t *)"go", .size = 2};
    uint32_t peer = peers_find(&worker.core.peers, GATEWAY);
    Mma__ChatMessage message;
    Mma__Said said;
    assert_int_equal(answer_messages_said(hosted, &line, 1234, peer, &arena, &message, &said), STATUS_OK);
    assert_ptr_equal(said.message, &message);
    assert_int_equal(said.n_session_ids, 1);
    assert_int_equal(said.session_ids[0], 13);
    assert_int_equal(message.slot, 0);
    assert_string_equal(message.player_id, "ann");
    assert_int_equal(message.channel, MMA__CHAT_CHANNEL__CHAT_TEAM);
    assert_string_equal(message.text, "go");
    assert_int_equal(message.server_time, 1234);
    assert_int_equal(answer_messages_said(hosted, &line, 1234, PEERS_NONE, &arena, &message, &said), STATUS_OK);
    assert_int_equal(said.n_session_ids, 0);
}

static void test_arena_that_is_full_is_said(void **state)
{
    (void)state;
    const struct chat_line line = {.slot = 0, .text = (const uint8_t *)"go", .size = 2};
    Mma__MatchJoined inner;
    Mma__Joined joined;
    Mma__Subscribed subscribed;
    Mma__ChatMessage message;
    Mma__Said said;
    arena_init(&arena, bytes, 16);
    assert_int_equal(answer_messages_joined(hosted, 0, "", &arena, &inner, &joined), STATUS_NO_MEMORY);
    assert_int_equal(answer_messages_subscribed(hosted, &arena, &subscribed), STATUS_NO_MEMORY);
    assert_int_equal(answer_messages_said(hosted, &line, 0, 0, &arena, &message, &said), STATUS_NO_MEMORY);
    assert_null(answer_messages_audit_said(&line, &arena));
}

static void test_audit_bodies_are_json_objects(void **state)
{
    (void)state;
    char body[ANSWER_MESSAGES_AUDIT_MAX + 1];
    const struct chat_line line = {.slot = 3, .channel = CHAT_ALL, .text = (const uint8_t *)"a \"b\"", .size = 5};
    const struct chat_line team = {.slot = 0, .channel = CHAT_TEAM, .text = (const uint8_t *)"", .size = 0};
    answer_messages_audit_created(&hosted->match, body);
    assert_string_equal(body, "{\"mode\":\"teams_2v2\",\"map\":\"arena\",\"seats\":4,\"seed\":\"000000000000002a\"}");
    assert_string_equal(answer_messages_audit_said(&line, &arena),
                        "{\"slot\":3,\"channel\":\"CHAT_ALL\",\"text\":\"a \\\"b\\\"\"}");
    assert_string_equal(answer_messages_audit_said(&team, &arena),
                        "{\"slot\":0,\"channel\":\"CHAT_TEAM\",\"text\":\"\"}");
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, begin, end)
    const struct CMUnitTest tests[] = {
        TEST(test_joined_says_slot_tick_map_mode_and_everybodys_seats),
        TEST(test_subscribed_is_a_header_and_a_keyframe_of_now),
        TEST(test_line_goes_with_the_sessions_of_a_gateway_that_hear_it),
        TEST(test_arena_that_is_full_is_said),
        TEST(test_audit_bodies_are_json_objects),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
