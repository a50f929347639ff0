/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/io/request_messages.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define SENDER "tcp://127.0.0.1:7000"

static Mma__CreateMatch message;
static Mma__Seat seats[2], *list[2] = {&seats[0], &seats[1]};
static char id[40], mode[16], map[40], queue[80], region[80], names[2][80];
static struct arena arena;
static uint8_t arena_bytes_of[4096];
static struct engine_create create;

static const struct map *find_map(void *owner, const char *name)
{
    (void)owner;
    return map_find(name);
}

static const struct walls *find_walls(void *owner, const struct map *of_map)
{
    (void)owner;
    assert_non_null(of_map);
    return NULL;
}

static void read_message(void)
{
    static const uint8_t trace[HOSTED_MATCH_TRACE_BYTES] = {9, 8};
    const struct request_messages_context context = {
        .setup = {.wait_ticks = 11, .chunk_ticks = 12}, .find_map = find_map, .find_walls = find_walls};
    arena_init(&arena, arena_bytes_of, sizeof arena_bytes_of);
    request_messages_create(&message, SENDER, trace, &context, &arena, &create);
}

static int begin(void **state)
{
    (void)state;
    mma__create_match__init(&message);
    (void)snprintf(id, sizeof id, "0102030405060708090a0b0c0d0e0f10");
    (void)snprintf(mode, sizeof mode, "duel");
    (void)snprintf(queue, sizeof queue, "ranked");
    (void)snprintf(region, sizeof region, "eu_west");
    map[0] = '\0';
    message.match_id = id;
    message.mode = mode;
    message.map = map;
    message.queue = queue;
    message.region = region;
    message.seed = 99;
    message.time_limit_ticks = 600;
    message.score_limit = 4;
    message.quality = 0.25;
    message.seats = list;
    message.n_seats = 2;
    for (uint32_t i = 0; i < 2; i++) {
        mma__seat__init(&seats[i]);
        (void)snprintf(names[i], sizeof names[i], "player-%u", i);
        seats[i].player_id = names[i];
        seats[i].team = i;
    }
    return 0;
}

static void test_creation_is_read_whole(void **state)
{
    (void)state;
    read_message();
    assert_true(create.is_readable);
    assert_string_equal(create.matchmaker, SENDER);
    assert_string_equal(create.match_id, id);
    assert_string_equal(create.queue, "ranked");
    assert_string_equal(create.region, "eu_west");
    assert_true(create.quality == 0.25);
    assert_int_equal(create.trace[0], 9);
    assert_int_equal(create.setup.id[0], 1);
    assert_int_equal(create.setup.id[15], 16);
    assert_int_equal(create.setup.wait_ticks, 11);
    assert_int_equal(create.setup.chunk_ticks, 12);
    assert_int_equal(create.setup.seat_count, 2);
    assert_string_equal(create.setup.players[1].id, "player-1");
    assert_int_equal(create.setup.players[1].team, 1);
    assert_string_equal(create.setup.world.mode->name, "duel");
    assert_null(create.setup.world.map); /* the mode's own */
    assert_int_equal(create.setup.world.seed, 99);
    assert_int_equal(create.setup.world.time_limit_ticks, 600);
    assert_int_equal(create.setup.world.score_limit, 4);
    (void)snprintf(map, sizeof map, "arena");
    read_message();
    assert_string_equal(create.setup.world.map->name, "arena");
}

static void assert_unreadable(void)
{
    read_message();
    assert_false(create.is_readable);
    assert_string_equal(create.match_id, id);
    (void)begin(NULL);
}

static void test_creation_with_a_field_out_of_its_grammar_is_not_readable(void **state)
{
    (void)state;
    id[3] = 'G';
    assert_unreadable();
    id[31] = '\0';
    assert_unreadable();
    (void)snprintf(mode, sizeof mode, "chess");
    assert_unreadable();
    (void)snprintf(map, sizeof map, "nowhere");
    assert_unreadable();
    message.n_seats = 0;
    assert_unreadable();
    memset(queue, 'q', HOSTED_MATCH_TEXT_MAX + 1);
    queue[HOSTED_MATCH_TEXT_MAX + 1] = '\0';
    assert_unreadable();
    memset(region, 'r', HOSTED_MATCH_TEXT_MAX + 1);
    region[HOSTED_MATCH_TEXT_MAX + 1] = '\0';
    assert_unreadable();
    memset(names[1], 'p', MATCH_PLAYER_ID_MAX + 1);
    names[1][MATCH_PLAYER_ID_MAX + 1] = '\0';
    assert_unreadable();
    seats[0].team = 256;
    assert_unreadable();
    memset(queue, 'q', HOSTED_MATCH_TEXT_MAX);
    queue[HOSTED_MATCH_TEXT_MAX] = '\0';
    memset(names[1], 'p', MATCH_PLAYER_ID_MAX);
    names[1][MATCH_PLAYER_ID_MAX] = '\0';
    read_message();
    assert_true(create.is_readable); /* the longest there are */
}

static void test_bytes_that_are_no_message_are_read_as_nothing(void **state)
{
    (void)state;
    static const uint8_t trace[HOSTED_MATCH_TRACE_BYTES] = {0};
    const struct request_messages_context context = {.find_map = find_map, .find_walls = find_walls};
    struct engine_join join;
    struct engine_say say;
    request_messages_create(NULL, SENDER, trace, &context, &arena, &create);
    assert_false(create.is_readable);
    assert_string_equal(create.match_id, "");
    request_messages_join(NULL, SENDER, &join);
    assert_int_equal(join.session, 0);
    assert_string_equal(join.gateway, SENDER);
    request_messages_say(NULL, SENDER, &say);
    assert_int_equal(say.session, 0);
    assert_int_equal(say.size, 0);
}

static void test_join_line_and_input_are_read_field_by_field(void **state)
{
    (void)state;
    static char player[] = "ann", text[] = "hello";
    static uint8_t bytes[] = {1, 2, 3};
    Mma__Join join_message;
    Mma__Say say_message;
    Mma__SessionInput row;
    Mma__SetRate rate;
    struct engine_join join;
    struct engine_say say;
    struct engine_input input;
    mma__join__init(&join_message);
    mma__say__init(&say_message);
    mma__session_input__init(&row);
    mma__set_rate__init(&rate);
    join_message.match_id = id;
    join_message.player_id = player;
    join_message.session_id = 7;
    join_message.rate_hz = 30;
    request_messages_join(&join_message, SENDER, &join);
    assert_string_equal(join.match_id, id);
    assert_string_equal(join.player_id, "ann");
    assert_int_equal(join.session, 7);
    assert_int_equal(join.rate_hz, 30);
    say_message.session_id = 8;
    say_message.channel = MMA__CHAT_CHANNEL__CHAT_TEAM;
    say_message.text = text;
    request_messages_say(&say_message, SENDER, &say);
    assert_int_equal(say.session, 8);
    assert_int_equal(say.channel, CHAT_TEAM);
    assert_int_equal(say.size, 5);
    row.session_id = 9;
    row.skipped = 2;
    row.written_tick = 44;
    row.input = (ProtobufCBinaryData){sizeof bytes, bytes};
    request_messages_input(&row, &input);
    assert_int_equal(input.session, 9);
    assert_int_equal(input.skipped, 2);
    assert_int_equal(input.written_tick, 44);
    assert_int_equal(input.size, 3);
    assert_ptr_equal(input.bytes, bytes);
    assert_false(input.has_rate);
    rate.rate_hz = 20;
    row.set_rate = &rate;
    request_messages_input(&row, &input);
    assert_true(input.has_rate);
    assert_int_equal(input.rate_hz, 20);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_creation_is_read_whole, begin),
        cmocka_unit_test_setup(test_creation_with_a_field_out_of_its_grammar_is_not_readable, begin),
        cmocka_unit_test_setup(test_bytes_that_are_no_message_are_read_as_nothing, begin),
        cmocka_unit_test_setup(test_join_line_and_input_are_read_field_by_field, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
