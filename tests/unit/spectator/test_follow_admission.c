/* SPDX-License-Identifier: Apache-2.0 */
/* Who is admitted to which match, and where the limits are. */
#include "services/spectator/core/follow_admission.h"
#include "tests/support/follow_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define MATCH FOLLOW_CASE_MATCH
#define OTHER FOLLOW_CASE_OTHER
#define G1    "tcp://g:1"
#define G2    "tcp://g:2"
#define E1    "tcp://e1:1"
#define E2    "tcp://e2:1"

static struct follow_case *c;

static int setup(void **state)
{
    (void)state;
    c = follow_case_open();
    return 0;
}

static int teardown(void **state)
{
    (void)state;
    follow_case_close(c);
    return 0;
}

static const struct follow_slot *slot(uint32_t index)
{
    return &c->follow.slots[index];
}

static enum admission_refusal refusal(void)
{
    assert_string_equal(follow_case_kinds(c), "REFUSE");
    return follow_case_effect(c, FOLLOW_REFUSE, 0)->refusal;
}

/* Follows OTHER in slot 1, with so many viewers. */
static void follow_other(uint32_t viewers)
{
    for (uint32_t i = 0; i < viewers; i++) {
        follow_case_watch(c, G2, 100 + i, OTHER, 60);
    }
    follow_case_found(c, 1, OTHER);
    assert_int_equal(slot(1)->state, FOLLOW_FOLLOWING);
}

static void test_viewer_of_a_followed_match_is_admitted_at_once(void **state)
{
    (void)state;
    follow_case_follow(c);
    follow_case_watch(c, G2, 9, MATCH, 30);
    assert_string_equal(follow_case_kinds(c), "ADMIT");
    const struct follow_effect *admit = follow_case_effect(c, FOLLOW_ADMIT, 0);
    assert_int_equal(admit->tier, 1);
    assert_int_equal(admit->request.session, 9);
    assert_int_equal(admit->request.from.correlation_id, 1009);
    assert_int_equal(admit->request.from.trace[3], 9);
    assert_int_equal(c->follow.viewers.count, 2);
    assert_int_equal(slot(0)->match.tiers[1].viewers, 1);
}

static void test_viewers_past_the_limit_of_a_match_are_refused_until_one_leaves(void **state)
{
    (void)state;
    follow_case_follow(c);
    for (uint64_t session = 2; session <= FOLLOW_CASE_VIEWERS_MAX; session++) {
        follow_case_watch(c, G1, session, MATCH, 60);
        assert_string_equal(follow_case_kinds(c), "ADMIT");
    }
    follow_case_watch(c, G1, 99, MATCH, 60);
    assert_int_equal(refusal(), ADMISSION_MATCH_FULL);
    follow_case_unwatch(c, G1, 3);
    follow_case_watch(c, G1, 99, MATCH, 60);
    assert_string_equal(follow_case_kinds(c), "ADMIT");
    assert_int_equal(c->follow.viewers.count, FOLLOW_CASE_VIEWERS_MAX);
}

static void test_waiters_past_the_limit_of_the_match_are_refused_when_it_is_found(void **state)
{
    (void)state;
    for (uint64_t session = 1; session <= FOLLOW_CASE_VIEWERS_MAX + 2; session++) {
        follow_case_watch(c, G1, session, MATCH, 60);
    }
    follow_case_found(c, 0, MATCH);
    assert_string_equal(follow_case_kinds(c), "STARTED ADMIT ADMIT ADMIT ADMIT REFUSE REFUSE");
    assert_int_equal(follow_case_effect(c, FOLLOW_REFUSE, 0)->refusal, ADMISSION_MATCH_FULL);
}

static void test_session_that_asks_again_is_moved_and_counts_once(void **state)
{
    (void)state;
    follow_case_follow(c);
    follow_case_watch(c, G1, 1, MATCH, 5);
    assert_string_equal(follow_case_kinds(c), "ADMIT");
    assert_int_equal(follow_case_effect(c, FOLLOW_ADMIT, 0)->tier, 3);
    assert_int_equal(slot(0)->match.tiers[0].viewers, 0);
    assert_int_equal(slot(0)->match.tiers[3].viewers, 1);
    assert_int_equal(c->follow.viewers.count, 1);
    follow_case_watch(c, G2, 1, MATCH, 5); /* the same number at another gateway is another session */
    assert_int_equal(c->follow.viewers.count, 2);
    assert_int_equal(c->follow.gateways.items[0].holders, 1);
}

static void test_session_that_asks_for_another_match_leaves_the_old_one(void **state)
{
    (void)state;
    follow_case_follow(c);
    follow_other(1);
    follow_case_watch(c, G1, 1, OTHER, 60);
    assert_string_equal(follow_case_kinds(c), "ADMIT");
    assert_int_equal(followed_match_viewers(&slot(0)->match), 0);
    assert_int_equal(followed_match_viewers(&slot(1)->match), 2);
    assert_int_equal(slot(0)->empty_ms, c->now_ms);
}

static void test_full_match_lets_its_own_viewers_change_their_rate(void **state)
{
    (void)state;
    follow_case_follow(c);
    for (uint64_t session = 2; session <= FOLLOW_CASE_VIEWERS_MAX; session++) {
        follow_case_watch(c, G1, session, MATCH, 60);
    }
    follow_case_watch(c, G1, 2, MATCH, 15);
    assert_string_equal(follow_case_kinds(c), "ADMIT");
}

static void test_any_match_is_the_one_with_most_viewers(void **state)
{
    (void)state;
    follow_case_follow(c);
    follow_other(2);
    follow_case_watch(c, G1, 50, "", 60);
    assert_string_equal(follow_case_kinds(c), "ADMIT");
    assert_int_equal(follow_case_effect(c, FOLLOW_ADMIT, 0)->slot, 1);
}

static void test_any_match_is_the_first_of_equals(void **state)
{
    (void)state;
    follow_case_follow(c);
    follow_other(1);
    follow_case_watch(c, G1, 50, "", 60);
    assert_int_equal(follow_case_effect(c, FOLLOW_ADMIT, 0)->slot, 0);
}

static void test_any_match_is_none_that_is_full_complete_or_lost(void **state)
{
    (void)state;
    follow_case_follow(c);
    follow_other(FOLLOW_CASE_VIEWERS_MAX);
    assert_ptr_equal(follow_admission_most_watched(&c->follow), slot(0));
    c->follow.slots[0].is_lost = true;
    assert_null(follow_admission_most_watched(&c->follow));
    c->follow.slots[0].is_lost = false;
    c->follow.slots[0].match.is_complete = true;
    assert_null(follow_admission_most_watched(&c->follow));
    follow_case_watch(c, G1, 50, "", 60); /* then one is searched */
    assert_string_equal(follow_case_kinds(c), "SUBSCRIBE");
    assert_int_equal(slot(2)->state, FOLLOW_SEARCHING);
}

static void test_any_match_is_searched_once(void **state)
{
    (void)state;
    follow_case_watch(c, G1, 1, "", 60);
    follow_case_watch(c, G1, 2, "", 60);
    assert_int_equal(c->effects.count, 0);
    assert_int_equal(slot(0)->waiter_count, 2);
    assert_int_equal(c->follow.match_count, 1);
}

static void test_too_many_who_wait_are_refused(void **state)
{
    (void)state;
    for (uint64_t i = 1; i <= FOLLOW_WAITERS_MAX; i++) {
        follow_case_watch(c, G1, i, MATCH, 60);
        assert_int_equal(follow_case_count(c, FOLLOW_REFUSE), 0);
    }
    follow_case_watch(c, G1, 1000, MATCH, 60);
    assert_int_equal(refusal(), ADMISSION_WAITING_FULL);
    assert_int_equal(follow_case_effect(c, FOLLOW_REFUSE, 0)->request.from.correlation_id, 2000);
    follow_case_not_found(c, 0, STATUS_NOT_FOUND);
    follow_case_not_found(c, 0, STATUS_NOT_FOUND);
    assert_int_equal(follow_case_count(c, FOLLOW_REFUSE), FOLLOW_WAITERS_MAX);
    assert_int_equal(follow_case_count(c, FOLLOW_RELEASE), 1);
}

static void test_too_many_matches_are_refused(void **state)
{
    (void)state;
    char id[HEX_ID_SIZE];
    for (int i = 0; i < FOLLOW_CASE_MATCHES_MAX; i++) {
        (void)snprintf(id, sizeof id, "%032d", i);
        follow_case_watch(c, G1, 1, id, 60);
        assert_string_equal(follow_case_kinds(c), "SUBSCRIBE");
    }
    follow_case_watch(c, G1, 1, MATCH, 60);
    assert_int_equal(refusal(), ADMISSION_MATCHES_FULL);
    assert_int_equal(c->follow.match_count, FOLLOW_CASE_MATCHES_MAX);
}

static void test_too_many_gateways_of_a_tier_are_refused(void **state)
{
    (void)state;
    char url[PEERS_URL_MAX];
    c->follow.rules.viewers_per_match_max = 1000;
    static struct viewer places[1000];
    viewers_init(&c->follow.viewers, 1000, places);
    follow_case_follow(c);
    for (uint32_t i = 1; i < TIER_GATEWAYS_MAX; i++) {
        (void)snprintf(url, sizeof url, "tcp://many:%u", i);
        follow_case_watch(c, url, 1, MATCH, 60);
        assert_string_equal(follow_case_kinds(c), "ADMIT");
    }
    follow_case_watch(c, "tcp://more:1", 1, MATCH, 60);
    assert_int_equal(refusal(), ADMISSION_MATCH_FULL);
    assert_int_equal(peers_find(&c->follow.gateways, "tcp://more:1"), PEERS_NONE); /* nobody holds it */
    follow_case_watch(c, "tcp://more:1", 1, MATCH, 30);
    assert_string_equal(follow_case_kinds(c), "ADMIT");
}

static void test_too_many_gateways_in_all_are_refused(void **state)
{
    (void)state;
    follow_case_follow(c);
    c->follow.gateways.used = PEERS_MAX;
    for (uint32_t i = 1; i < PEERS_MAX; i++) {
        c->follow.gateways.items[i].holders = 1;
    }
    follow_case_watch(c, G2, 1, MATCH, 60);
    assert_int_equal(refusal(), ADMISSION_MATCH_FULL);
    assert_int_equal(c->follow.viewers.count, 1);
    c->follow.gateways.used = 1;
}

static void test_watch_that_is_not_valid_is_refused(void **state)
{
    (void)state;
    char id[HEX_ID_SIZE + 1];
    memset(id, 'a', sizeof id);
    id[HEX_ID_SIZE] = '\0';
    follow_case_watch(c, G1, 0, MATCH, 60);
    assert_int_equal(refusal(), ADMISSION_INVALID);
    follow_case_watch(c, "", 1, MATCH, 60);
    assert_int_equal(refusal(), ADMISSION_INVALID);
    follow_case_watch(c, G1, 1, id, 60);
    assert_int_equal(refusal(), ADMISSION_INVALID);
    assert_int_equal(c->follow.match_count, 0);
    id[HEX_ID_DIGITS] = '\0';
    follow_case_watch(c, G1, 1, id, 60);
    assert_string_equal(follow_case_kinds(c), "SUBSCRIBE");
}

static void test_viewer_is_found_only_where_it_watches(void **state)
{
    (void)state;
    follow_case_follow(c);
    assert_non_null(follow_admission_find(&c->follow, G1, 1));
    assert_null(follow_admission_find(&c->follow, G1, 2));
    assert_null(follow_admission_find(&c->follow, G1, 0));
    assert_null(follow_admission_find(&c->follow, G2, 1));
    assert_null(follow_admission_find(&c->follow, "", 1));
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, teardown)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_viewer_of_a_followed_match_is_admitted_at_once),
        TEST(test_viewers_past_the_limit_of_a_match_are_refused_until_one_leaves),
        TEST(test_waiters_past_the_limit_of_the_match_are_refused_when_it_is_found),
        TEST(test_session_that_asks_again_is_moved_and_counts_once),
        TEST(test_session_that_asks_for_another_match_leaves_the_old_one),
        TEST(test_full_match_lets_its_own_viewers_change_their_rate),
        TEST(test_any_match_is_the_one_with_most_viewers),
        TEST(test_any_match_is_the_first_of_equals),
        TEST(test_any_match_is_none_that_is_full_complete_or_lost),
        TEST(test_any_match_is_searched_once),
        TEST(test_too_many_who_wait_are_refused),
        TEST(test_too_many_matches_are_refused),
        TEST(test_too_many_gateways_of_a_tier_are_refused),
        TEST(test_too_many_gateways_in_all_are_refused),
        TEST(test_watch_that_is_not_valid_is_refused),
        TEST(test_viewer_is_found_only_where_it_watches),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
