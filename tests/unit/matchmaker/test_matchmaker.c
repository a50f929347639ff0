/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/matchmaker.h"

#include "libcommon/base/hash.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define START_MS 1000000u

static struct matchmaker mm;
static struct matchmaker_effects effects;
static struct placement_engine engine_items[2];
static struct matchmaker_engines engines;
static uint64_t now_ms;
static uint32_t next_number;

enum { DUEL, TEAMS, FFA };

static const struct matchmaker_rules rules = {
    .matching = {.window_milli = 200000,
                 .window_growth_milli_per_s = 40000,
                 .latency_limit_ms = 80,
                 .latency_growth_ms_per_s = 10,
                 .cross_region_latency_ms = 200,
                 .cross_region_after_ms = 15000,
                 .latency_max_ms = 350,
                 .fill_ms = 3000},
    .ticket_timeout_ms = 30000,
    .tickets_max = 4000,
    .queue_count = 3,
    .queues = {{"duel", "duel", 2, 2, 2}, {"teams_2v2", "arena", 2, 4, 4}, {"ffa", "arena", 0, 3, 8}},
};

static struct placement_engine engine(const char *mailbox, uint32_t region)
{
    struct placement_engine made = {.region = region, .matches_max = 1000, .players_max = 20000};
    snprintf(made.mailbox, sizeof(made.mailbox), "%s", mailbox);
    return made;
}

static int begin(void **state)
{
    (void)state;
    matchmaker_init(&mm, &rules, 42);
    engine_items[0] = engine("tcp://a:1", REGION_EU_WEST);
    engine_items[1] = engine("tcp://b:1", REGION_NA_EAST);
    engines = (struct matchmaker_engines){engine_items, 2};
    now_ms = START_MS;
    next_number = 1;
    return 0;
}

static struct ticket wish(uint32_t queue, int32_t rating, uint32_t region, uint16_t latency_ms)
{
    struct ticket ticket = {.queue = queue, .rating_milli = rating * 1000};
    for (uint32_t i = 0; i < REGION_COUNT; i++) {
        ticket.latency_ms[i] = i == region ? latency_ms : TICKET_LATENCY_NONE;
    }
    snprintf(ticket.id, sizeof(ticket.id), "%032x", next_number);
    snprintf(ticket.player_id, sizeof(ticket.player_id), "player-%u", next_number++);
    return ticket;
}

static const struct ticket *enter(struct ticket ticket)
{
    uint32_t slot;
    assert_int_equal(matchmaker_enter(&mm, &ticket, now_ms, &effects, &slot), STATUS_OK);
    assert_int_equal(effects.count, 1);
    return &mm.tickets.slots[slot];
}

static const struct ticket *enter_eu(uint32_t queue, int32_t rating)
{
    return enter(wish(queue, rating, REGION_EU_WEST, 20));
}

static const struct match *round_and_match(void)
{
    matchmaker_round(&mm, &engines, now_ms, &effects);
    for (uint32_t i = 0; i < effects.count; i++) {
        if (effects.items[i].kind == EFFECT_PLACE_MATCH) {
            return &mm.matches.slots[effects.items[i].slot];
        }
    }
    return NULL;
}

static void test_two_of_equal_rating_are_matched_in_the_first_round(void **state)
{
    (void)state;
    const struct ticket *a = enter_eu(DUEL, 1200), *b = enter_eu(DUEL, 1210);
    assert_int_equal(a->state, TICKET_QUEUED);
    const struct match *match = round_and_match();
    assert_non_null(match);
    assert_int_equal(match->seat_count, 2);
    assert_int_equal(match->region, REGION_EU_WEST);
    assert_string_equal(match->engine, "tcp://a:1");
    assert_int_not_equal(match->seats[0].team, match->seats[1].team);
    assert_int_equal(strlen(match->id), 32);
    assert_int_equal(a->state, TICKET_PLACING);
    assert_int_equal(b->state, TICKET_PLACING);
    matchmaker_placed(&mm, match->id, now_ms + 5, &effects);
    assert_int_equal(effects.count, 2);
    assert_int_equal(a->state, TICKET_COMPLETED);
    assert_string_equal(a->match_id, match->id);
    assert_string_equal(b->engine, "tcp://a:1");
    assert_int_equal(b->region, REGION_EU_WEST);
}

static void test_window_holds_at_first_and_widens_with_the_wait(void **state)
{
    (void)state;
    enter_eu(DUEL, 1200);
    enter_eu(DUEL, 1500);
    assert_null(round_and_match());
    now_ms += 2499; /* 200 + 2.499 s * 40 = 299.96 */
    assert_null(round_and_match());
    now_ms += 1;
    assert_non_null(round_and_match());
}

static void test_newcomers_window_protects_against_an_old_ticket(void **state)
{
    (void)state;
    enter_eu(DUEL, 1200);
    now_ms += 20000;
    enter_eu(DUEL, 1500);
    assert_null(round_and_match());
}

static void test_players_of_different_queues_do_not_meet(void **state)
{
    (void)state;
    enter_eu(DUEL, 1200);
    enter_eu(FFA, 1200);
    assert_null(round_and_match());
}

static void test_players_without_a_common_region_do_not_meet(void **state)
{
    (void)state;
    enter(wish(DUEL, 1200, REGION_EU_WEST, 20));
    enter(wish(DUEL, 1200, REGION_NA_EAST, 20));
    for (int i = 0; i < 100; i++, now_ms += 250) {
        assert_null(round_and_match());
    }
}

static void test_far_region_is_reached_by_waiting_and_cross_region_play_later_still(void **state)
{
    (void)state;
    const struct matching_rules *r = &rules.matching;
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
    const struct ticket *first = enter_eu(DUEL, 1200);
    enter_eu(DUEL, 1350);
    const struct ticket *near = enter_eu(DUEL, 1205);
    assert_non_null(round_and_match());
    assert_string_equal(first->match_id, near->match_id);
    assert_int_equal(near->state, TICKET_PLACING);
}

static void test_region_of_less_latency_is_preferred(void **state)
{
    (void)state;
    struct ticket a = wish(DUEL, 1200, REGION_EU_WEST, 70), b = wish(DUEL, 1200, REGION_EU_WEST, 70);
    a.latency_ms[REGION_NA_EAST] = b.latency_ms[REGION_NA_EAST] = 30;
    enter(a);
    enter(b);
    assert_int_equal(round_and_match()->region, REGION_NA_EAST);
}

static void test_teams_are_balanced(void **state)
{
    (void)state;
    enter_eu(TEAMS, 1300);
    enter_eu(TEAMS, 1250);
    enter_eu(TEAMS, 1200);
    assert_null(round_and_match());
    enter_eu(TEAMS, 1150);
    const struct match *match = round_and_match();
    assert_non_null(match);
    assert_int_equal(match->seats[0].team, match->seats[3].team);
    assert_int_equal(match->seats[1].team, match->seats[2].team);
    assert_int_equal(match->quality_q16, 65536);
}

static void test_free_for_all_waits_a_little_for_more_then_begins(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        enter_eu(FFA, 1200 + i);
    }
    assert_null(round_and_match());
    now_ms += 2999;
    assert_null(round_and_match());
    now_ms += 1;
    const struct match *match = round_and_match();
    assert_non_null(match);
    assert_int_equal(match->seat_count, 5);
}

static void test_full_free_for_all_begins_at_once(void **state)
{
    (void)state;
    for (int i = 0; i < 9; i++) {
        enter_eu(FFA, 1200 + i);
    }
    const struct match *match = round_and_match();
    assert_non_null(match);
    assert_int_equal(match->seat_count, 8);
}

static void test_ticket_times_out_and_is_forgotten_later(void **state)
{
    (void)state;
    const struct ticket *ticket = enter_eu(DUEL, 1200);
    round_and_match();
    now_ms += 29999;
    round_and_match();
    assert_int_equal(ticket->state, TICKET_SEARCHING);
    now_ms += 1;
    round_and_match();
    assert_int_equal(ticket->state, TICKET_TIMED_OUT);
    assert_int_equal(ticket->reason, TICKET_REASON_NO_MATCH);
    char id[TICKET_ID_SIZE];
    memcpy(id, ticket->id, sizeof(id));
    now_ms += TICKET_KEEP_MS - 1;
    round_and_match();
    assert_int_not_equal(ticket_table_find(&mm.tickets, id), TICKET_NONE);
    now_ms += 1;
    round_and_match();
    assert_int_equal(ticket_table_find(&mm.tickets, id), TICKET_NONE);
}

static void test_cancelled_ticket_is_never_matched_and_cancelling_repeats(void **state)
{
    (void)state;
    const struct ticket *ticket = enter_eu(DUEL, 1200);
    uint32_t slot = ticket_table_find(&mm.tickets, ticket->id);
    enter_eu(DUEL, 1200);
    assert_int_equal(matchmaker_cancel(&mm, slot, now_ms, &effects), STATUS_OK);
    assert_int_equal(effects.count, 1);
    assert_int_equal(matchmaker_cancel(&mm, slot, now_ms, &effects), STATUS_OK);
    assert_int_equal(effects.count, 0);
    assert_null(round_and_match());
}

static void test_ticket_being_placed_cannot_leave(void **state)
{
    (void)state;
    const struct ticket *ticket = enter_eu(DUEL, 1200);
    enter_eu(DUEL, 1200);
    assert_non_null(round_and_match());
    uint32_t slot = ticket_table_find(&mm.tickets, ticket->id);
    assert_int_equal(matchmaker_cancel(&mm, slot, now_ms, &effects), STATUS_STALE);
}

static void test_player_has_one_open_ticket(void **state)
{
    (void)state;
    struct ticket ticket = wish(DUEL, 1200, REGION_EU_WEST, 20);
    uint32_t slot;
    enter(ticket);
    snprintf(ticket.id, sizeof(ticket.id), "%032x", 999);
    assert_int_equal(matchmaker_enter(&mm, &ticket, now_ms, &effects, &slot), STATUS_EXISTS);
    assert_int_equal(effects.count, 0);
}

static void test_without_engines_tickets_wait_and_say_why(void **state)
{
    (void)state;
    const struct ticket *ticket = enter_eu(DUEL, 1200);
    enter_eu(DUEL, 1200);
    engines.count = 0;
    assert_null(round_and_match());
    assert_int_equal(ticket->state, TICKET_SEARCHING);
    assert_int_equal(ticket->reason, TICKET_REASON_NO_CAPACITY);
    engines.count = 2;
    assert_non_null(round_and_match());
    assert_int_equal(ticket->reason, TICKET_REASON_NONE);
}

static void test_next_engine_is_asked_and_after_the_last_tickets_search_again(void **state)
{
    (void)state;
    engine_items[1] = engine("tcp://b:1", REGION_EU_WEST);
    const struct ticket *ticket = enter_eu(DUEL, 1200);
    enter_eu(DUEL, 1200);
    const struct match *match = round_and_match();
    char id[TICKET_ID_SIZE];
    memcpy(id, match->id, sizeof(id));
    matchmaker_refused(&mm, id, &engines, now_ms, &effects);
    assert_int_equal(effects.count, 1);
    assert_int_equal(effects.items[0].kind, EFFECT_PLACE_MATCH);
    assert_string_equal(match->engine, "tcp://b:1");
    matchmaker_refused(&mm, id, &engines, now_ms, &effects);
    assert_int_equal(effects.count, 2);
    assert_int_equal(ticket->state, TICKET_SEARCHING);
    assert_int_equal(ticket->reason, TICKET_REASON_NO_CAPACITY);
    assert_int_equal(match_table_find(&mm.matches, id), MATCH_NONE);
    matchmaker_placed(&mm, id, now_ms, &effects); /* the first engine's late answer */
    assert_int_equal(effects.count, 0);
    assert_non_null(round_and_match());
}

static void test_matches_of_one_round_spread_over_engines(void **state)
{
    (void)state;
    engine_items[1] = engine("tcp://b:1", REGION_EU_WEST);
    for (int i = 0; i < 40; i++) {
        enter_eu(DUEL, 1200);
    }
    matchmaker_round(&mm, &engines, now_ms, &effects);
    assert_int_equal(engine_items[0].given_matches, 10);
    assert_int_equal(engine_items[1].given_matches, 10);
}

static void test_restored_ticket_keeps_its_age(void **state)
{
    (void)state;
    struct ticket old = wish(DUEL, 1200, REGION_EU_WEST, 20);
    old.create_ms = now_ms - 10000;
    const struct ticket *ticket = enter(old);
    assert_int_equal(ticket->expiry_ms, now_ms + 20000);
    now_ms += 20000;
    round_and_match();
    assert_int_equal(ticket->state, TICKET_TIMED_OUT);
}

static void test_estimated_wait_follows_the_waits(void **state)
{
    (void)state;
    assert_int_equal(matchmaker_stats(&mm, DUEL).estimated_wait_ms, 0);
    enter_eu(DUEL, 1200);
    now_ms += 4000;
    enter_eu(DUEL, 1200);
    const struct match *match = round_and_match();
    assert_int_equal(matchmaker_stats(&mm, DUEL).tickets[TICKET_PLACING], 2);
    matchmaker_placed(&mm, match->id, now_ms, &effects);
    assert_in_range(matchmaker_stats(&mm, DUEL).estimated_wait_ms, 3000, 4000);
    assert_int_equal(matchmaker_stats(&mm, DUEL).matches_formed, 1);
}

/* ---- a whole population from a seed ---- */

static uint32_t state_digest(void)
{
    struct hash hash;
    hash_init(&hash, 1);
    for (uint32_t slot = 0; slot < MATCHES_CAPACITY; slot++) {
        const struct match *match = &mm.matches.slots[slot];
        if (match->state != MATCH_UNUSED) {
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

static void check_match(const struct match *match)
{
    const struct queue_rules *queue = &rules.queues[match->queue];
    uint32_t in_team[2] = {0, 0};
    assert_in_range(match->seat_count, queue->players_min, queue->players_max);
    for (uint32_t i = 0; i < match->seat_count; i++) {
        const struct ticket *a = &mm.tickets.slots[match->seats[i].ticket];
        uint32_t wait_ms = (uint32_t)(now_ms - a->create_ms);
        assert_int_equal(a->state, TICKET_PLACING);
        assert_string_equal(a->match_id, match->id); /* so it is in no other match */
        assert_true((matching_regions(&rules.matching, a->latency_ms, wait_ms) & 1u << match->region) != 0);
        in_team[match->seats[i].team]++;
        for (uint32_t j = 0; j < match->seat_count; j++) {
            const struct ticket *b = &mm.tickets.slots[match->seats[j].ticket];
            assert_true(abs(a->rating_milli - b->rating_milli) <=
                        (int64_t)matching_window_milli(&rules.matching, wait_ms));
            assert_true(i == j || strcmp(a->player_id, b->player_id) != 0);
        }
    }
    if (queue->team_count == 2) {
        assert_int_equal(in_team[0], in_team[1]);
    }
}

static void check_round(struct random *random)
{
    struct matchmaker_effects todo;
    matchmaker_round(&mm, &engines, now_ms, &todo);
    for (uint32_t i = 0; i < todo.count; i++) {
        if (todo.items[i].kind == EFFECT_PLACE_MATCH) {
            check_match(&mm.matches.slots[todo.items[i].slot]);
        }
    }
    for (uint32_t i = 0; i < todo.count; i++) {
        if (todo.items[i].kind == EFFECT_PLACE_MATCH) {
            const struct match *match = &mm.matches.slots[todo.items[i].slot];
            if (random_below(random, 10) == 0) {
                matchmaker_refused(&mm, match->id, &engines, now_ms, &effects);
            } else {
                matchmaker_placed(&mm, match->id, now_ms, &effects);
                matchmaker_match_over(&mm, match->id, now_ms);
            }
        }
    }
}

static struct ticket random_wish(struct random *random)
{
    struct ticket ticket =
        wish(random_below(random, 3), random_between(random, 600, 1800), random_below(random, 2) * 2, 0);
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
    engine_items[1] = engine("tcp://b:1", REGION_NA_EAST);
    random_init(&random, seed, 2);
    for (int round = 0; round < 300; round++, now_ms += 250) {
        for (uint32_t i = random_below(&random, 8); i > 0; i--) {
            enter(random_wish(&random));
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
        assert_true(mm.queues[DUEL].matches_formed > 50);
        assert_true(mm.queues[FFA].matches_formed > 10);
        assert_int_equal(play_population(seed), digest);
    }
}

static bool could_duel(const struct ticket *a, const struct ticket *b)
{
    uint32_t open = placement_open_regions(engine_items, 2, 2);
    uint32_t wait_a = (uint32_t)(now_ms - a->create_ms), wait_b = (uint32_t)(now_ms - b->create_ms);
    uint32_t common = matching_regions(&rules.matching, a->latency_ms, wait_a) &
                      matching_regions(&rules.matching, b->latency_ms, wait_b) & open;
    uint32_t difference = (uint32_t)abs(a->rating_milli - b->rating_milli);
    return common != 0 && difference <= matching_window_milli(&rules.matching, wait_a) &&
           difference <= matching_window_milli(&rules.matching, wait_b);
}

static void test_no_two_that_could_duel_are_left_searching(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 5, 3);
    for (int round = 0; round < 200; round++, now_ms += 250) {
        for (uint32_t i = random_below(&random, 4); i > 0; i--) {
            struct ticket ticket = random_wish(&random);
            ticket.queue = DUEL;
            enter(ticket);
        }
        matchmaker_round(&mm, &engines, now_ms, &effects);
        for (uint32_t a = mm.tickets.open.first; a != TICKET_NONE; a = mm.tickets.links[a].newer) {
            for (uint32_t b = mm.tickets.links[a].newer; b != TICKET_NONE; b = mm.tickets.links[b].newer) {
                if (mm.tickets.slots[a].state == TICKET_SEARCHING && mm.tickets.slots[b].state == TICKET_SEARCHING) {
                    assert_false(could_duel(&mm.tickets.slots[a], &mm.tickets.slots[b]));
                }
            }
        }
    }
}

static void test_more_tickets_than_effects_hold_are_matched_over_the_rounds(void **state)
{
    (void)state;
    for (int i = 0; i < 4000; i++) {
        enter_eu(DUEL, 1200);
    }
    struct ticket one_more = wish(DUEL, 1200, REGION_EU_WEST, 20);
    uint32_t slot;
    assert_int_equal(matchmaker_enter(&mm, &one_more, now_ms, &effects, &slot), STATUS_FULL);
    for (int round = 0; round < 20 && mm.tickets.open.count > 0; round++, now_ms += 250) {
        struct matchmaker_effects todo;
        matchmaker_round(&mm, &engines, now_ms, &todo);
        for (uint32_t i = 0; i < todo.count; i++) {
            if (todo.items[i].kind == EFFECT_PLACE_MATCH) {
                char id[TICKET_ID_SIZE];
                memcpy(id, mm.matches.slots[todo.items[i].slot].id, sizeof(id));
                matchmaker_placed(&mm, id, now_ms, &effects);
            }
        }
    }
    assert_int_equal(mm.tickets.open.count, 0);
    assert_int_equal(mm.queues[DUEL].matches_formed, 2000);
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
        cmocka_unit_test_setup(test_cancelled_ticket_is_never_matched_and_cancelling_repeats, begin),
        cmocka_unit_test_setup(test_ticket_being_placed_cannot_leave, begin),
        cmocka_unit_test_setup(test_player_has_one_open_ticket, begin),
        cmocka_unit_test_setup(test_without_engines_tickets_wait_and_say_why, begin),
        cmocka_unit_test_setup(test_next_engine_is_asked_and_after_the_last_tickets_search_again, begin),
        cmocka_unit_test_setup(test_matches_of_one_round_spread_over_engines, begin),
        cmocka_unit_test_setup(test_restored_ticket_keeps_its_age, begin),
        cmocka_unit_test_setup(test_estimated_wait_follows_the_waits, begin),
        cmocka_unit_test_setup(test_population_is_matched_by_the_rules_and_the_same_every_time, begin),
        cmocka_unit_test_setup(test_no_two_that_could_duel_are_left_searching, begin),
        cmocka_unit_test_setup(test_more_tickets_than_effects_hold_are_matched_over_the_rounds, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
