/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/hash.h"
#include "tests/support/matchmaker_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define C               matchmaker_case
#define round_and_match matchmaker_case_round_match
#define enter_eu        matchmaker_case_enter_eu
#define begin           matchmaker_case_begin
#define wait_for        matchmaker_case_wait

static const struct ticket *enter(struct ticket ticket)
{
    return matchmaker_case_enter(&ticket);
}

static void test_two_of_equal_rating_are_matched_in_the_first_round(void **state)
{
    (void)state;
    const struct ticket *a = enter_eu(CASE_DUEL, 1200), *b = enter_eu(CASE_DUEL, 1210);
    assert_int_equal(a->state, TICKET_QUEUED);
    const struct formed_match *match = round_and_match();
    assert_non_null(match);
    assert_int_equal(match->seat_count, 2);
    assert_int_equal(match->region, REGION_EU_WEST);
    assert_string_equal(match->engine, "tcp://a:1");
    assert_int_not_equal(match->seats[0].team, match->seats[1].team);
    assert_int_equal(strlen(match->id), 32);
    assert_int_equal(a->state, TICKET_PLACING);
    assert_int_equal(b->state, TICKET_PLACING);
    wait_for(5);
    matchmaker_case_placed(match, STATUS_OK);
    assert_int_equal(matchmaker_case_count(MATCHMAKER_NOTE_PLACED), 1);
    assert_int_equal(matchmaker_case_count(MATCHMAKER_STORE_TICKET), 2);
    assert_int_equal(matchmaker_case_count(MATCHMAKER_NOTE_CLOSED), 2);
    assert_int_equal(match->state, FORMED_MATCH_RUNNING);
    assert_int_equal(a->state, TICKET_COMPLETED);
    assert_string_equal(a->match_id, match->id);
    assert_string_equal(b->engine, "tcp://a:1");
    assert_int_equal(b->region, REGION_EU_WEST);
}

static void test_window_holds_at_first_and_widens_with_the_wait(void **state)
{
    (void)state;
    enter_eu(CASE_DUEL, 1200);
    enter_eu(CASE_DUEL, 1500);
    assert_null(round_and_match());
    wait_for(2499); /* 200 + 2.499 s * 40 = 299.96 */
    assert_null(round_and_match());
    wait_for(1);
    assert_non_null(round_and_match());
}

static void test_newcomers_window_protects_against_an_old_ticket(void **state)
{
    (void)state;
    enter_eu(CASE_DUEL, 1200);
    wait_for(20000);
    enter_eu(CASE_DUEL, 1500);
    assert_null(round_and_match());
}

static void test_players_of_different_queues_do_not_meet(void **state)
{
    (void)state;
    enter_eu(CASE_DUEL, 1200);
    enter_eu(CASE_FFA, 1200);
    assert_null(round_and_match());
}

static void test_players_without_a_common_region_do_not_meet(void **state)
{
    (void)state;
    enter(matchmaker_case_draft(CASE_DUEL, 1200, REGION_EU_WEST, 20));
    enter(matchmaker_case_draft(CASE_DUEL, 1200, REGION_NA_EAST, 20));
    for (int i = 0; i < 100; i++, wait_for(250)) {
        assert_null(round_and_match());
    }
}

static void test_far_region_is_reached_by_waiting_and_cross_region_play_later_still(void **state)
{
    (void)state;
    const struct matching_rules *r = &matchmaker_case_rules.matching;
    const uint16_t latency_ms[REGION_COUNT] = {
        [REGION_NA_EAST] = 20, [REGION_NA_WEST] = 90, [REGION_EU_WEST] = 210, [REGION_ASIA_PACIFIC] = 400};
    assert_int_equal(matching_regions(r, latency_ms, 0), 1u << REGION_NA_EAST);
    assert_int_equal(matching_regions(r, latency_ms, 1000), 1u << REGION_NA_EAST | 1u << REGION_NA_WEST);
    assert_int_equal(matching_regions(r, latency_ms, 14999), 1u << REGION_NA_EAST | 1u << REGION_NA_WEST);
    assert_int_equal(matching_regions(r, latency_ms, 15000),
                     1u << REGION_NA_EAST | 1u << REGION_NA_WEST | 1u << REGION_EU_WEST);
    assert_int_equal(matching_regions(r, latency_ms, 3000000) & 1u << REGION_ASIA_PACIFIC, 0);
    const uint16_t only_far[REGION_COUNT] = {900, TICKET_LATENCY_NONE, TICKET_LATENCY_NONE, TICKET_LATENCY_NONE};
    assert_int_equal(matching_regions(r, only_far, 0), 1u << 0);
}

static void test_nearest_opponent_is_preferred(void **state)
{
    (void)state;
    const struct ticket *first = enter_eu(CASE_DUEL, 1200);
    enter_eu(CASE_DUEL, 1350);
    const struct ticket *near = enter_eu(CASE_DUEL, 1205);
    assert_non_null(round_and_match());
    assert_string_equal(first->match_id, near->match_id);
    assert_int_equal(near->state, TICKET_PLACING);
}

static void test_region_of_less_latency_is_preferred(void **state)
{
    (void)state;
    struct ticket a = matchmaker_case_draft(CASE_DUEL, 1200, REGION_EU_WEST, 70),
                  b = matchmaker_case_draft(CASE_DUEL, 1200, REGION_EU_WEST, 70);
    a.latency_ms[REGION_NA_EAST] = b.latency_ms[REGION_NA_EAST] = 30;
    enter(a);
    enter(b);
    assert_int_equal(round_and_match()->region, REGION_NA_EAST);
}

static void test_teams_are_balanced(void **state)
{
    (void)state;
    enter_eu(CASE_TEAMS, 1300);
    enter_eu(CASE_TEAMS, 1250);
    enter_eu(CASE_TEAMS, 1200);
    assert_null(round_and_match());
    enter_eu(CASE_TEAMS, 1150);
    const struct formed_match *match = round_and_match();
    assert_non_null(match);
    assert_int_equal(match->seats[0].team, match->seats[3].team);
    assert_int_equal(match->seats[1].team, match->seats[2].team);
    assert_int_equal(match->quality_q16, 65536);
}

static void test_free_for_all_waits_a_little_for_more_then_begins(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        enter_eu(CASE_FFA, 1200 + i);
    }
    assert_null(round_and_match());
    wait_for(2999);
    assert_null(round_and_match());
    wait_for(1);
    const struct formed_match *match = round_and_match();
    assert_non_null(match);
    assert_int_equal(match->seat_count, 5);
}

static void test_full_free_for_all_begins_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 9; i++) {
        enter_eu(CASE_FFA, 1200 + i);
    }
    const struct formed_match *match = round_and_match();
    assert_non_null(match);
    assert_int_equal(match->seat_count, 8);
}

static void test_ticket_times_out_and_is_forgotten_later(void **state)
{
    (void)state;
    const struct ticket *ticket = enter_eu(CASE_DUEL, 1200);
    round_and_match();
    wait_for(29999);
    round_and_match();
    assert_int_equal(ticket->state, TICKET_SEARCHING);
    wait_for(1);
    round_and_match();
    assert_int_equal(ticket->state, TICKET_TIMED_OUT);
    matchmaker_case_stored(STATUS_OK);
    assert_int_equal(ticket->reason, TICKET_REASON_NO_MATCH);
    char id[TICKET_ID_SIZE];
    memcpy(id, ticket->id, sizeof(id));
    wait_for(MATCHMAKER_TICKET_KEEP_MS - 1);
    round_and_match();
    assert_int_not_equal(ticket_table_find(&C.core.tickets, id), TICKET_NONE);
    wait_for(1);
    round_and_match();
    assert_int_equal(ticket_table_find(&C.core.tickets, id), TICKET_NONE);
}

static void test_without_engines_tickets_wait_and_say_why(void **state)
{
    (void)state;
    const struct ticket *ticket = enter_eu(CASE_DUEL, 1200);
    enter_eu(CASE_DUEL, 1200);
    C.engines.count = 0;
    assert_null(round_and_match());
    assert_int_equal(ticket->state, TICKET_SEARCHING);
    assert_int_equal(ticket->reason, TICKET_REASON_NO_CAPACITY);
    C.engines.count = 2;
    assert_non_null(round_and_match());
    assert_int_equal(ticket->reason, TICKET_REASON_NONE);
}

static void test_next_engine_is_asked_and_after_the_last_tickets_search_again(void **state)
{
    (void)state;
    C.engine_items[1] = matchmaker_case_engine("tcp://b:1", REGION_EU_WEST);
    const struct ticket *ticket = enter_eu(CASE_DUEL, 1200);
    enter_eu(CASE_DUEL, 1200);
    const struct formed_match *match = round_and_match();
    char id[TICKET_ID_SIZE];
    memcpy(id, match->id, sizeof(id));
    matchmaker_case_placed(match, STATUS_REFUSED);
    assert_int_equal(matchmaker_case_effect(MATCHMAKER_NOTE_NOT_PLACED)->status, STATUS_REFUSED);
    assert_int_equal(matchmaker_case_count(MATCHMAKER_PLACE_MATCH), 1);
    assert_int_equal(matchmaker_case_count(MATCHMAKER_NOTE_FORMED), 1);
    assert_int_equal(match->tried.count, 1);
    assert_string_equal(match->engine, "tcp://b:1");
    assert_int_equal(ticket->state, TICKET_PLACING);
    matchmaker_case_placed(match, STATUS_EXPIRED); /* silence is a refusal too */
    assert_int_equal(matchmaker_case_count(MATCHMAKER_PLACE_MATCH), 0);
    assert_int_equal(ticket->state, TICKET_SEARCHING);
    assert_string_equal(ticket->match_id, "");
    assert_int_equal(ticket->reason, TICKET_REASON_NO_CAPACITY);
    assert_int_equal(formed_match_table_find(&C.core.matches, id), FORMED_MATCH_NONE);
    assert_non_null(round_and_match());
}

static void test_matches_of_one_round_spread_over_engines(void **state)
{
    (void)state;
    C.engine_items[1] = matchmaker_case_engine("tcp://b:1", REGION_EU_WEST);
    for (int i = 0; i < 40; i++) {
        enter_eu(CASE_DUEL, 1200);
    }
    matchmaker_case_round();
    assert_int_equal(C.engine_items[0].given_matches, 10);
    assert_int_equal(C.engine_items[1].given_matches, 10);
}

/* The clock of this machine is set an hour ahead, then two hours back: waits do not notice. */
static void test_wall_clock_that_jumps_neither_times_a_ticket_out_nor_keeps_it(void **state)
{
    (void)state;
    const struct ticket *ticket = enter_eu(CASE_DUEL, 1200);
    C.clock.unix_ms += 3600000;
    wait_for(250);
    matchmaker_case_round();
    assert_int_equal(ticket->state, TICKET_SEARCHING);
    C.clock.unix_ms -= 7200000;
    wait_for(29749);
    matchmaker_case_round();
    assert_int_equal(ticket->state, TICKET_SEARCHING);
    wait_for(1);
    matchmaker_case_round();
    assert_int_equal(ticket->state, TICKET_TIMED_OUT);
    assert_int_equal(ticket->update_time, C.clock.unix_ms); /* a label */
    matchmaker_case_stored(STATUS_OK);
    C.clock.unix_ms -= 7200000;
    wait_for(MATCHMAKER_TICKET_KEEP_MS);
    matchmaker_case_round();
    assert_int_equal(C.core.tickets.closed.count, 0);
}

static void test_match_is_shown_for_a_while_after_its_end_whatever_the_wall_clock_says(void **state)
{
    (void)state;
    enter_eu(CASE_DUEL, 1200);
    enter_eu(CASE_DUEL, 1200);
    const struct formed_match *match = round_and_match();
    assert_int_equal(match->form_time, C.clock.unix_ms);
    matchmaker_case_placed(match, STATUS_OK);
    matchmaker_match_over(&C.core, match->id, C.clock.now_ms);
    assert_int_equal(match->state, FORMED_MATCH_OVER);
    C.clock.unix_ms += 3600000;
    wait_for(MATCHMAKER_MATCH_KEEP_MS - 1);
    matchmaker_case_round();
    assert_int_equal(match->state, FORMED_MATCH_OVER);
    wait_for(1);
    matchmaker_case_round();
    assert_int_equal(match->state, FORMED_MATCH_UNUSED);
}

static void test_match_whose_end_is_never_reported_is_forgotten(void **state)
{
    (void)state;
    enter_eu(CASE_DUEL, 1200);
    enter_eu(CASE_DUEL, 1200);
    const struct formed_match *match = round_and_match();
    matchmaker_case_placed(match, STATUS_OK);
    wait_for(MATCHMAKER_MATCH_FORGET_MS - 1);
    matchmaker_case_round();
    assert_int_equal(match->state, FORMED_MATCH_RUNNING);
    wait_for(1);
    matchmaker_case_round();
    assert_int_equal(match->state, FORMED_MATCH_UNUSED);
}

static void test_ticket_that_is_not_stored_yet_is_not_matched(void **state)
{
    (void)state;
    const struct ticket draft = matchmaker_case_draft(CASE_DUEL, 1200, REGION_EU_WEST, 20);
    uint32_t intake;
    enter_eu(CASE_DUEL, 1200);
    assert_int_equal(matchmaker_create(&C.core, &draft, &C.effects, &intake), STATUS_OK);
    matchmaker_rating_read(&C.core, intake, STATUS_OK, true, 1200000, &C.clock, &C.effects);
    const struct matchmaker_effect store = *matchmaker_case_effect(MATCHMAKER_STORE_TICKET);
    assert_null(round_and_match());
    assert_null(round_and_match());
    matchmaker_ticket_stored(&C.core, store.slot, store.stamp, STATUS_OK, &C.effects);
    assert_non_null(round_and_match());
}

static void test_every_change_of_a_ticket_is_passed_on_to_its_gateway_as_it_was(void **state)
{
    (void)state;
    struct ticket draft = matchmaker_case_draft(CASE_DUEL, 1200, REGION_EU_WEST, 20);
    (void)snprintf(draft.gateway, sizeof(draft.gateway), "tcp://g:1");
    const struct ticket *ticket = enter(draft);
    enter_eu(CASE_DUEL, 1200);
    const struct formed_match *match = round_and_match();
    assert_int_equal(matchmaker_case_count(MATCHMAKER_UPDATE_GATEWAY), 2); /* of the one that has a gateway */
    const struct matchmaker_effect *first = matchmaker_case_effect(MATCHMAKER_UPDATE_GATEWAY);
    assert_int_equal(first->slot, matchmaker_case_slot(ticket));
    assert_int_equal(first->state, TICKET_SEARCHING);
    assert_int_equal(ticket->state, TICKET_PLACING);
    matchmaker_case_placed(match, STATUS_OK);
    assert_int_equal(matchmaker_case_count(MATCHMAKER_UPDATE_GATEWAY), 1);
    assert_int_equal(matchmaker_case_effect(MATCHMAKER_UPDATE_GATEWAY)->state, TICKET_COMPLETED);
}

static void test_draining_matchmaker_forms_nothing_and_ends_what_is_under_way(void **state)
{
    (void)state;
    enter_eu(CASE_DUEL, 1200);
    enter_eu(CASE_DUEL, 1200);
    const struct formed_match *match = round_and_match();
    struct ticket waiting = matchmaker_case_draft(CASE_DUEL, 1200, REGION_EU_WEST, 20);
    uint32_t intake;
    assert_int_equal(matchmaker_create(&C.core, &waiting, &C.effects, &intake), STATUS_OK);
    matchmaker_drain(&C.core, &C.effects);
    assert_int_equal(C.effects.count, 0);
    waiting = matchmaker_case_draft(CASE_DUEL, 1200, REGION_EU_WEST, 20);
    uint32_t none;
    assert_int_equal(matchmaker_create(&C.core, &waiting, &C.effects, &none), STATUS_UNAVAILABLE);
    matchmaker_rating_read(&C.core, intake, STATUS_OK, false, 0, &C.clock, &C.effects);
    matchmaker_case_stored(STATUS_OK);
    matchmaker_case_round();
    assert_int_equal(C.effects.count, 0); /* the match is being placed */
    matchmaker_case_placed(match, STATUS_OK);
    static struct matchmaker_effects placed;
    placed = C.effects;
    matchmaker_case_round();
    assert_int_equal(C.effects.count, 0); /* the tickets are on the way to Redis */
    C.effects = placed;
    matchmaker_case_stored(STATUS_OK);
    wait_for(60000);
    matchmaker_case_round();
    assert_int_equal(C.effects.count, 1);
    assert_int_equal(C.effects.items[0].kind, MATCHMAKER_DRAINED);
    assert_int_equal(C.core.tickets.open.count, 1); /* left to the next matchmaker */
    matchmaker_case_round();
    assert_int_equal(C.effects.count, 0);
}

static void test_drain_waits_for_requests_and_ends_at_once_without(void **state)
{
    (void)state;
    const struct ticket draft = matchmaker_case_draft(CASE_DUEL, 1200, REGION_EU_WEST, 20);
    uint32_t intake;
    assert_int_equal(matchmaker_create(&C.core, &draft, &C.effects, &intake), STATUS_OK);
    matchmaker_drain(&C.core, &C.effects);
    assert_int_equal(C.effects.count, 0);
    matchmaker_case_begin(NULL);
    matchmaker_drain(&C.core, &C.effects);
    assert_int_equal(matchmaker_case_count(MATCHMAKER_DRAINED), 1);
}

/* Redis lists it as open: should this process die, the next one would match it again. */
static void test_closed_ticket_that_redis_does_not_know_of_is_stored_when_it_can_and_kept_until_then(void **state)
{
    (void)state;
    const struct ticket *ticket = enter_eu(CASE_DUEL, 1200);
    assert_int_equal(matchmaker_cancel(&C.core, matchmaker_case_slot(ticket), &C.clock, &C.effects), STATUS_OK);
    matchmaker_case_stored(STATUS_EXPIRED);
    wait_for(10 * MATCHMAKER_TICKET_KEEP_MS);
    matchmaker_case_round();
    assert_int_equal(C.effects.count, 0); /* Redis is away */
    assert_int_equal(C.core.tickets.closed.count, 1);
    C.view.is_redis_up = true;
    matchmaker_case_round();
    assert_int_equal(matchmaker_case_effect(MATCHMAKER_STORE_TICKET)->slot, matchmaker_case_slot(ticket));
    matchmaker_case_stored(STATUS_REFUSED);
    matchmaker_case_round();
    assert_int_equal(matchmaker_case_count(MATCHMAKER_STORE_TICKET), 1);
    matchmaker_case_stored(STATUS_OK);
    matchmaker_case_round();
    assert_int_equal(matchmaker_case_count(MATCHMAKER_STORE_TICKET), 0);
    assert_int_equal(C.core.tickets.closed.count, 0);
}

static void test_redis_that_came_back_is_given_the_tickets_again(void **state)
{
    (void)state;
    enter_eu(CASE_DUEL, 1200);
    const struct ticket *closed = enter_eu(CASE_FFA, 1200);
    assert_int_equal(matchmaker_cancel(&C.core, matchmaker_case_slot(closed), &C.clock, &C.effects), STATUS_OK);
    matchmaker_case_stored(STATUS_OK);
    C.view.redis_generation = 7;
    matchmaker_case_round();
    assert_int_equal(matchmaker_case_count(MATCHMAKER_STORE_TICKET), 0); /* not up */
    C.view.is_redis_up = true;
    matchmaker_case_round();
    assert_int_equal(matchmaker_case_count(MATCHMAKER_STORE_TICKET), 2);
    matchmaker_case_stored(STATUS_OK);
    matchmaker_case_round();
    assert_int_equal(matchmaker_case_count(MATCHMAKER_STORE_TICKET), 0);
}

static void test_answer_to_an_older_write_says_nothing_of_the_newer(void **state)
{
    (void)state;
    const struct ticket *ticket = enter_eu(CASE_DUEL, 1200);
    uint32_t slot = matchmaker_case_slot(ticket);
    C.view.is_redis_up = true;
    C.view.redis_generation = 1;
    matchmaker_case_round();
    uint64_t first = matchmaker_case_effect(MATCHMAKER_STORE_TICKET)->stamp;
    assert_int_equal(matchmaker_cancel(&C.core, slot, &C.clock, &C.effects), STATUS_OK);
    uint64_t second = matchmaker_case_effect(MATCHMAKER_STORE_TICKET)->stamp;
    matchmaker_ticket_stored(&C.core, slot, first, STATUS_OK, &C.effects);
    assert_int_equal(ticket->store, TICKET_STORING);
    matchmaker_ticket_stored(&C.core, slot, second, STATUS_EXPIRED, &C.effects);
    assert_int_equal(ticket->store, TICKET_UNSTORED);
    assert_int_equal(C.core.storing_count, 0);
}

static void test_more_unstored_tickets_than_effects_hold_are_stored_over_the_rounds(void **state)
{
    (void)state;
    for (int i = 0; i < 4000; i++) {
        enter_eu(CASE_FFA, 1200);
    }
    C.engines.count = 0;
    C.view.is_redis_up = true;
    C.view.redis_generation = 1;
    uint32_t stored = 0;
    for (int round = 0; round < 3; round++) {
        matchmaker_case_round();
        stored += matchmaker_case_count(MATCHMAKER_STORE_TICKET);
        matchmaker_case_stored(STATUS_OK);
    }
    assert_int_equal(stored, 4000);
}

static void test_round_takes_over_when_it_may(void **state)
{
    (void)state;
    matchmaker_case_round();
    assert_int_equal(matchmaker_case_count(MATCHMAKER_READ_OPEN), 0);
    C.view.is_redis_up = true;
    matchmaker_case_round();
    wait_for(TAKEOVER_SETTLE_MS - 1);
    matchmaker_case_round();
    assert_int_equal(matchmaker_case_count(MATCHMAKER_READ_OPEN), 0);
    wait_for(1);
    matchmaker_case_round();
    assert_int_equal(matchmaker_case_count(MATCHMAKER_READ_OPEN), 1);
    matchmaker_case_round();
    assert_int_equal(matchmaker_case_count(MATCHMAKER_READ_OPEN), 0);
}

static void test_estimated_wait_follows_the_waits(void **state)
{
    (void)state;
    assert_int_equal(matchmaker_stats(&C.core, CASE_DUEL).estimated_wait_ms, 0);
    enter_eu(CASE_DUEL, 1200);
    wait_for(4000);
    enter_eu(CASE_DUEL, 1200);
    const struct formed_match *match = round_and_match();
    assert_int_equal(matchmaker_stats(&C.core, CASE_DUEL).tickets[TICKET_PLACING], 2);
    matchmaker_case_placed(match, STATUS_OK);
    assert_int_equal(matchmaker_stats(&C.core, CASE_DUEL).estimated_wait_ms, 4000);
    assert_int_equal(matchmaker_stats(&C.core, CASE_DUEL).matches_formed, 1);
    enter_eu(CASE_DUEL, 1200);
    enter_eu(CASE_DUEL, 1200);
    wait_for(1600);
    matchmaker_case_placed(round_and_match(), STATUS_OK);
    /* Twice: 15 of 16 parts of what it was, and one of the new wait. */
    assert_int_equal(matchmaker_stats(&C.core, CASE_DUEL).estimated_wait_ms,
                     ((4000 * 15 + 1600) / 16 * 15 + 1600) / 16);
}

/* ---- a whole population from a seed ---- */

static uint32_t state_digest(void)
{
    struct hash hash;
    hash_init(&hash, 1);
    for (uint32_t slot = 0; slot < FORMED_MATCHES_CAPACITY; slot++) {
        const struct formed_match *match = &C.core.matches.slots[slot];
        if (match->state != FORMED_MATCH_UNUSED) {
            hash_bytes(&hash, match->id, 32);
            hash_u64(&hash, match->seed);
            for (uint32_t i = 0; i < match->seat_count; i++) {
                hash_bytes(&hash, match->seats[i].player_id, strlen(match->seats[i].player_id));
                hash_u64(&hash, match->seats[i].team);
            }
        }
    }
    return (uint32_t)hash_finish(&hash);
}

static void check_match(const struct formed_match *match)
{
    const struct queue_rules *queue = &matchmaker_case_rules.queues[match->queue];
    uint32_t in_team[2] = {0, 0};
    assert_in_range(match->seat_count, queue->players_min, queue->players_max);
    for (uint32_t i = 0; i < match->seat_count; i++) {
        const struct ticket *a = &C.core.tickets.slots[match->seats[i].ticket];
        uint32_t wait_ms = ticket_wait_ms(a, C.clock.now_ms);
        assert_int_equal(a->state, TICKET_PLACING);
        assert_string_equal(a->match_id, match->id); /* so it is in no other match */
        assert_true((matching_regions(&matchmaker_case_rules.matching, a->latency_ms, wait_ms) & 1u << match->region) !=
                    0);
        in_team[match->seats[i].team]++;
        for (uint32_t j = 0; j < match->seat_count; j++) {
            const struct ticket *b = &C.core.tickets.slots[match->seats[j].ticket];
            assert_true(abs(a->rating_milli - b->rating_milli) <=
                        (int64_t)matching_window_milli(&matchmaker_case_rules.matching, wait_ms));
            assert_true(i == j || strcmp(a->player_id, b->player_id) != 0);
        }
    }
    if (queue->team_count == 2) {
        assert_int_equal(in_team[0], in_team[1]);
    }
}

static void check_round(struct random *random)
{
    static struct matchmaker_effects todo;
    matchmaker_case_round();
    todo = C.effects;
    for (uint32_t i = 0; i < todo.count; i++) {
        if (todo.items[i].kind == MATCHMAKER_PLACE_MATCH) {
            check_match(&C.core.matches.slots[todo.items[i].slot]);
        }
    }
    for (uint32_t i = 0; i < todo.count; i++) {
        if (todo.items[i].kind == MATCHMAKER_PLACE_MATCH) {
            const struct formed_match *match = &C.core.matches.slots[todo.items[i].slot];
            if (random_below(random, 10) == 0) {
                matchmaker_case_placed(match, STATUS_REFUSED);
            } else {
                matchmaker_case_placed(match, STATUS_OK);
                matchmaker_match_over(&C.core, match->id, C.clock.now_ms);
            }
        }
    }
}

static struct ticket random_draft(struct random *random)
{
    struct ticket ticket = matchmaker_case_draft(random_below(random, 3), random_between(random, 600, 1800),
                                                 random_below(random, 2) * 2, 0);
    for (uint32_t region = 0; region < REGION_COUNT; region++) {
        if (random_below(random, 2) == 0 || ticket.latency_ms[region] == 0) {
            ticket.latency_ms[region] = (uint16_t)random_between(random, 5, 300);
        }
    }
    return ticket;
}

static uint32_t play_population(uint64_t seed)
{
    struct random random;
    begin(NULL);
    C.engine_items[1] = matchmaker_case_engine("tcp://b:1", REGION_NA_EAST);
    random_init(&random, seed, 2);
    for (int round = 0; round < 300; round++, wait_for(250)) {
        for (uint32_t i = random_below(&random, 8); i > 0; i--) {
            enter(random_draft(&random));
        }
        check_round(&random);
    }
    return state_digest();
}

static void test_population_is_matched_by_the_rules_and_the_same_every_time(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 12; seed++) {
        uint32_t digest = play_population(seed);
        assert_true(C.core.queues[CASE_DUEL].matches_formed > 50);
        assert_true(C.core.queues[CASE_FFA].matches_formed > 10);
        assert_int_equal(play_population(seed), digest);
    }
}

static bool could_duel(const struct ticket *a, const struct ticket *b)
{
    uint32_t open = placement_open_regions(C.engine_items, 2, 2);
    uint32_t wait_a = ticket_wait_ms(a, C.clock.now_ms), wait_b = ticket_wait_ms(b, C.clock.now_ms);
    uint32_t common = matching_regions(&matchmaker_case_rules.matching, a->latency_ms, wait_a) &
                      matching_regions(&matchmaker_case_rules.matching, b->latency_ms, wait_b) & open;
    uint32_t difference = (uint32_t)abs(a->rating_milli - b->rating_milli);
    return common != 0 && difference <= matching_window_milli(&matchmaker_case_rules.matching, wait_a) &&
           difference <= matching_window_milli(&matchmaker_case_rules.matching, wait_b);
}

static void test_no_two_that_could_duel_are_left_searching(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 5, 3);
    for (int round = 0; round < 200; round++, wait_for(250)) {
        for (uint32_t i = random_below(&random, 4); i > 0; i--) {
            struct ticket ticket = random_draft(&random);
            ticket.queue = CASE_DUEL;
            enter(ticket);
        }
        matchmaker_case_round();
        for (uint32_t a = C.core.tickets.open.first; a != TICKET_NONE; a = C.core.tickets.links[a].newer) {
            for (uint32_t b = C.core.tickets.links[a].newer; b != TICKET_NONE; b = C.core.tickets.links[b].newer) {
                if (C.core.tickets.slots[a].state == TICKET_SEARCHING &&
                    C.core.tickets.slots[b].state == TICKET_SEARCHING) {
                    assert_false(could_duel(&C.core.tickets.slots[a], &C.core.tickets.slots[b]));
                }
            }
        }
    }
}

static void test_more_tickets_than_effects_hold_are_matched_over_the_rounds(void **state)
{
    (void)state;
    for (int i = 0; i < 4000; i++) {
        enter_eu(CASE_DUEL, 1200);
    }
    for (int round = 0; round < 20 && C.core.tickets.open.count > 0; round++, wait_for(250)) {
        static struct matchmaker_effects todo;
        matchmaker_case_round();
        todo = C.effects;
        for (uint32_t i = 0; i < todo.count; i++) {
            if (todo.items[i].kind == MATCHMAKER_PLACE_MATCH) {
                matchmaker_case_placed(&C.core.matches.slots[todo.items[i].slot], STATUS_OK);
            }
        }
    }
    assert_int_equal(C.core.tickets.open.count, 0);
    assert_int_equal(C.core.queues[CASE_DUEL].matches_formed, 2000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_two_of_equal_rating_are_matched_in_the_first_round, begin),
        cmocka_unit_test_setup(test_window_holds_at_first_and_widens_with_the_wait, begin),
        cmocka_unit_test_setup(test_newcomers_window_protects_against_an_old_ticket, begin),
        cmocka_unit_test_setup(test_players_of_different_queues_do_not_meet, begin),
        cmocka_unit_test_setup(test_players_without_a_common_region_do_not_meet, begin),
        cmocka_unit_test_setup(test_far_region_is_reached_by_waiting_and_cross_region_play_later_still, begin),
        cmocka_unit_test_setup(test_nearest_opponent_is_preferred, begin),
        cmocka_unit_test_setup(test_region_of_less_latency_is_preferred, begin),
        cmocka_unit_test_setup(test_teams_are_balanced, begin),
        cmocka_unit_test_setup(test_free_for_all_waits_a_little_for_more_then_begins, begin),
        cmocka_unit_test_setup(test_full_free_for_all_begins_at_once, begin),
        cmocka_unit_test_setup(test_ticket_times_out_and_is_forgotten_later, begin),
        cmocka_unit_test_setup(test_without_engines_tickets_wait_and_say_why, begin),
        cmocka_unit_test_setup(test_next_engine_is_asked_and_after_the_last_tickets_search_again, begin),
        cmocka_unit_test_setup(test_matches_of_one_round_spread_over_engines, begin),
        cmocka_unit_test_setup(test_wall_clock_that_jumps_neither_times_a_ticket_out_nor_keeps_it, begin),
        cmocka_unit_test_setup(test_match_is_shown_for_a_while_after_its_end_whatever_the_wall_clock_says, begin),
        cmocka_unit_test_setup(test_match_whose_end_is_never_reported_is_forgotten, begin),
        cmocka_unit_test_setup(test_ticket_that_is_not_stored_yet_is_not_matched, begin),
        cmocka_unit_test_setup(test_every_change_of_a_ticket_is_passed_on_to_its_gateway_as_it_was, begin),
        cmocka_unit_test_setup(test_draining_matchmaker_forms_nothing_and_ends_what_is_under_way, begin),
        cmocka_unit_test_setup(test_drain_waits_for_requests_and_ends_at_once_without, begin),
        cmocka_unit_test_setup(test_closed_ticket_that_redis_does_not_know_of_is_stored_when_it_can_and_kept_until_then,
                               begin),
        cmocka_unit_test_setup(test_redis_that_came_back_is_given_the_tickets_again, begin),
        cmocka_unit_test_setup(test_answer_to_an_older_write_says_nothing_of_the_newer, begin),
        cmocka_unit_test_setup(test_more_unstored_tickets_than_effects_hold_are_stored_over_the_rounds, begin),
        cmocka_unit_test_setup(test_round_takes_over_when_it_may, begin),
        cmocka_unit_test_setup(test_estimated_wait_follows_the_waits, begin),
        cmocka_unit_test_setup(test_population_is_matched_by_the_rules_and_the_same_every_time, begin),
        cmocka_unit_test_setup(test_no_two_that_could_duel_are_left_searching, begin),
        cmocka_unit_test_setup(test_more_tickets_than_effects_hold_are_matched_over_the_rounds, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
