/* SPDX-License-Identifier: Apache-2.0 */
/* Who may say a line and who hears it, in a match that is never stepped. */
#include "libcommon/game/rules/chat_text.h"
#include "services/game-engine/core/chat.h"
#include "tests/support/seated_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SEATS   4
#define LINES   5
#define GATEWAY 1
#define OTHER   2 /* another gateway */

static const struct match_player players[SEATS] = {{"ann", 0}, {"ben", 1}, {"cid", 0}, {"dee", 1}};

static struct match match;
static void *memory;

static void begin(const char *mode, uint32_t lines_per_minute)
{
    struct match_setup setup = seated_match_setup(mode, players, SEATS);
    setup.chat_lines_per_minute = lines_per_minute;
    size_t size = match_memory_bytes(&setup);
    assert_true(size > 0);
    free(memory);
    memory = malloc(size > 0 ? size : 1);
    assert_int_equal(match_init(&match, &setup, memory, size), STATUS_OK);
    for (uint16_t slot = 0; slot < SEATS; slot++) {
        match_take_seat(&match, slot, 100u + slot, slot == 3 ? OTHER : GATEWAY);
    }
}

static int begin_teams(void **state)
{
    (void)state;
    begin("teams_2v2", LINES);
    return 0;
}

static int free_all(void **state)
{
    (void)state;
    free(memory);
    memory = NULL;
    return 0;
}

static struct chat_line line_of(uint16_t slot, enum chat_channel channel, const char *text)
{
    return (struct chat_line){.slot = slot, .channel = channel, .text = (const uint8_t *)text, .size = strlen(text)};
}

static enum chat_verdict say(uint16_t slot, enum chat_channel channel, const char *text, uint64_t now_ms)
{
    const struct chat_line line = line_of(slot, channel, text);
    return chat_say(&match, &line, now_ms);
}

static uint32_t lines_said(uint16_t slot, uint64_t now_ms)
{
    uint32_t count = 0;
    while (say(slot, CHAT_ALL, "gg", now_ms) == CHAT_SAID) {
        count++;
    }
    return count;
}

/* The hearers at both gateways, as the sum of 1 << slot. */
static uint32_t hearers_of(uint16_t slot, enum chat_channel channel)
{
    const struct chat_line line = line_of(slot, channel, "gg");
    uint32_t heard = 0;
    for (uint32_t peer = GATEWAY; peer <= OTHER; peer++) {
        uint64_t sessions[SEATS];
        uint32_t count = chat_hearers(&match, &line, peer, sessions);
        for (uint32_t i = 0; i < count; i++) {
            uint16_t hearer = (uint16_t)(sessions[i] - 100);
            assert_int_equal(match.seats[hearer].peer, peer);
            assert_int_equal(heard & 1u << hearer, 0);
            heard |= 1u << hearer;
        }
    }
    return heard;
}

/* ---- who may ------------------------------------------------------------------------------------- */

static void test_sixth_line_within_a_minute_is_too_many_and_only_for_who_said_them(void **state)
{
    (void)state;
    assert_int_equal(lines_said(0, 1000), LINES);
    assert_int_equal(say(0, CHAT_TEAM, "gg", 1000), CHAT_TOO_MANY);
    assert_int_equal(say(0, CHAT_ALL, "gg", 1000 + 60000 / LINES - 1), CHAT_TOO_MANY);
    assert_int_equal(lines_said(0, 1000 + 60000 / LINES), 1);
    assert_int_equal(lines_said(0, 1000 + 600000), LINES);
    assert_int_equal(lines_said(1, 1000), LINES);
}

static void test_another_session_of_the_player_has_no_other_limit(void **state)
{
    (void)state;
    assert_int_equal(lines_said(0, 1000), LINES);
    match_leave_seat(&match, 0);
    match_take_seat(&match, 0, 777, OTHER);
    assert_int_equal(lines_said(0, 1000), 0);
}

static void test_refused_text_and_channels_do_not_count(void **state)
{
    (void)state;
    char long_text[CHAT_TEXT_CODE_POINTS_MAX + 2];
    memset(long_text, 'a', sizeof long_text - 1);
    long_text[sizeof long_text - 1] = '\0';
    for (int i = 0; i < 2 * LINES; i++) {
        assert_int_equal(say(0, CHAT_ALL, "", 1000), CHAT_BAD_TEXT);
        assert_int_equal(say(0, CHAT_ALL, long_text, 1000), CHAT_BAD_TEXT);
        assert_int_equal(say(0, CHAT_ALL, "a\nb", 1000), CHAT_BAD_TEXT);
        assert_int_equal(say(0, CHAT_TEAM + 1, "gg", 1000), CHAT_BAD_CHANNEL);
        assert_int_equal(say(0, (enum chat_channel) - 1, "gg", 1000), CHAT_BAD_CHANNEL);
    }
    assert_int_equal(lines_said(0, 1000), LINES);
}

static void test_a_mode_without_teams_has_no_team_channel(void **state)
{
    (void)state;
    assert_int_equal(say(0, CHAT_TEAM, "gg", 1000), CHAT_SAID);
    begin("ffa", LINES);
    assert_int_equal(say(0, CHAT_TEAM, "gg", 1000), CHAT_BAD_CHANNEL);
    assert_int_equal(say(0, CHAT_ALL, "gg", 1000), CHAT_SAID);
}

static void test_nobody_speaks_where_the_limit_is_none(void **state)
{
    (void)state;
    begin("teams_2v2", 0);
    assert_int_equal(say(0, CHAT_ALL, "gg", 1000), CHAT_TOO_MANY);
    assert_int_equal(say(0, CHAT_ALL, "gg", UINT64_C(1) << 40), CHAT_TOO_MANY);
}

static void test_a_match_as_a_whole_has_a_limit_that_one_player_cannot_use_up(void **state)
{
    (void)state;
    assert_int_equal(lines_said(0, 1000), LINES);
    for (int i = 0; i < 2 * CHAT_MATCH_LINES_AT_ONCE; i++) {
        assert_int_equal(say(0, CHAT_ALL, "gg", 1000), CHAT_TOO_MANY);
    }
    assert_int_equal(lines_said(1, 1000), LINES);
    begin("teams_2v2", CHAT_MATCH_LINES_AT_ONCE - 20);
    assert_int_equal(lines_said(0, 1000), CHAT_MATCH_LINES_AT_ONCE - 20);
    assert_int_equal(lines_said(1, 1000), 20);
    assert_int_equal(lines_said(2, 2000), CHAT_MATCH_LINES_PER_S);
}

/* ---- who hears ----------------------------------------------------------------------------------- */

static void test_all_others_hear_a_line_to_all(void **state)
{
    (void)state;
    assert_int_equal(hearers_of(0, CHAT_ALL), 0xe);
    assert_int_equal(hearers_of(3, CHAT_ALL), 0x7);
}

static void test_only_the_own_team_hears_a_line_to_the_team(void **state)
{
    (void)state;
    assert_int_equal(hearers_of(0, CHAT_TEAM), 0x4);
    assert_int_equal(hearers_of(1, CHAT_TEAM), 0x8);
    assert_int_equal(hearers_of(2, CHAT_TEAM), 0x1);
}

static void test_an_empty_seat_hears_nothing(void **state)
{
    (void)state;
    match_leave_seat(&match, 2);
    assert_int_equal(hearers_of(0, CHAT_ALL), 0xa);
    assert_int_equal(hearers_of(0, CHAT_TEAM), 0);
}

static void test_chat_changes_nothing_of_the_match_but_its_limits(void **state)
{
    (void)state;
    struct world before = match.world;
    uint64_t hash = world_hash(&match.world);
    assert_int_equal(lines_said(0, 1000), LINES);
    assert_int_equal(match.recorder.stream.size, 0);
    assert_memory_equal(&before, &match.world, sizeof before);
    assert_true(hash == world_hash(&match.world));
}

#define TEST(name) cmocka_unit_test_setup(name, begin_teams)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_sixth_line_within_a_minute_is_too_many_and_only_for_who_said_them),
        TEST(test_another_session_of_the_player_has_no_other_limit),
        TEST(test_refused_text_and_channels_do_not_count),
        TEST(test_a_mode_without_teams_has_no_team_channel),
        TEST(test_nobody_speaks_where_the_limit_is_none),
        TEST(test_a_match_as_a_whole_has_a_limit_that_one_player_cannot_use_up),
        TEST(test_all_others_hear_a_line_to_all),
        TEST(test_only_the_own_team_hears_a_line_to_the_team),
        TEST(test_an_empty_seat_hears_nothing),
        TEST(test_chat_changes_nothing_of_the_match_but_its_limits),
    };
    return cmocka_run_group_tests(tests, NULL, free_all);
}
