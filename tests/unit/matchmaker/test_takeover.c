/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/takeover.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const char mailboxes[2][64] = {"tcp://self:1", "tcp://other:1"};
static struct takeover takeover;
static struct takeover_view view;

static int begin(void **state)
{
    (void)state;
    takeover = (struct takeover){.state = TAKEOVER_NEEDED, .settled_ms = 9000};
    view = (struct takeover_view){.own_mailbox = mailboxes[0],
                                  .matchmakers = {mailboxes[0], sizeof(mailboxes[0]), 1},
                                  .list_age_ms = 0,
                                  .is_redis_up = true};
    return 0;
}

static void test_the_first_takes_those_whose_owner_is_not_listed(void **state)
{
    (void)state;
    assert_true(takeover_may_take(&view, "tcp://dead:1"));
    view.matchmakers.count = 0; /* not even itself: its entry is on the way */
    assert_true(takeover_may_take(&view, "tcp://dead:1"));
    view.own_mailbox = mailboxes[1]; /* "tcp://other:1" is before "tcp://self:1" */
    view.matchmakers.count = 2;
    assert_true(takeover_may_take(&view, "tcp://dead:1"));
    assert_false(takeover_may_take(&view, "tcp://self:1"));
    view.own_mailbox = mailboxes[0];
    assert_false(takeover_may_take(&view, "tcp://dead:1"));
    assert_false(takeover_may_take(&view, "tcp://other:1"));
}

static void test_everybody_takes_back_the_own_of_an_earlier_life(void **state)
{
    (void)state;
    view.matchmakers.count = 2;
    assert_true(takeover_may_take(&view, "tcp://self:1"));
}

static void test_list_that_is_not_fresh_says_nothing(void **state)
{
    (void)state;
    view.list_age_ms = PEERS_LIST_AGE_MAX_MS - 1;
    assert_true(takeover_may_take(&view, "tcp://dead:1"));
    view.list_age_ms = PEERS_LIST_AGE_MAX_MS;
    assert_false(takeover_may_take(&view, "tcp://dead:1"));
    assert_false(takeover_may_take(&view, "tcp://self:1"));
    assert_false(takeover_may_take(&view, ""));
}

static void test_tickets_of_an_owner_that_is_not_named_are_taken_by_who_is_alone(void **state)
{
    (void)state;
    assert_true(takeover_may_take(&view, ""));
    view.matchmakers.count = 2;
    assert_false(takeover_may_take(&view, ""));
    view.matchmakers = (struct peer_list){mailboxes[1], sizeof mailboxes[1], 1}; /* the other one, not yet itself */
    assert_false(takeover_may_take(&view, ""));
}

static void test_tickets_are_taken_over_once(void **state)
{
    (void)state;
    assert_true(takeover_step(&takeover, &view, 9000));
    assert_false(takeover_step(&takeover, &view, 9000));
    takeover_end(&takeover, true);
    assert_false(takeover_step(&takeover, &view, 9000));
}

static void test_reading_that_failed_is_begun_again_with_new_figures(void **state)
{
    (void)state;
    assert_true(takeover_step(&takeover, &view, 9000));
    takeover.listed = 5;
    takeover.taken = 3;
    takeover_end(&takeover, false);
    assert_true(takeover_step(&takeover, &view, 9000));
    assert_int_equal(takeover.listed, 0);
    assert_int_equal(takeover.taken, 0);
}

static void test_tickets_wait_until_redis_has_been_there_for_a_while(void **state)
{
    (void)state;
    takeover = (struct takeover){.state = TAKEOVER_NEEDED};
    view.is_redis_up = false;
    assert_false(takeover_step(&takeover, &view, 1000));
    view.is_redis_up = true;
    assert_false(takeover_step(&takeover, &view, 5000));
    assert_false(takeover_step(&takeover, &view, 5000 + TAKEOVER_SETTLE_MS - 1));
    view.redis_generation = 3; /* it went and came back */
    assert_false(takeover_step(&takeover, &view, 5000 + TAKEOVER_SETTLE_MS));
    assert_false(takeover_step(&takeover, &view, 4999 + 2 * TAKEOVER_SETTLE_MS));
    assert_true(takeover_step(&takeover, &view, 5000 + 2 * TAKEOVER_SETTLE_MS));
}

static void test_each_change_of_the_members_is_looked_into(void **state)
{
    (void)state;
    view.own_mailbox = mailboxes[1];
    view.matchmakers.count = 2;
    assert_true(takeover_step(&takeover, &view, 9000));
    takeover_end(&takeover, true);
    assert_false(takeover_step(&takeover, &view, 9000));
    view.matchmakers.first = mailboxes[1]; /* the other one has gone */
    view.matchmakers.count = 1;
    view.list_age_ms = PEERS_LIST_AGE_MAX_MS;
    assert_false(takeover_step(&takeover, &view, 9000)); /* or Redis does not answer */
    view.list_age_ms = 0;
    assert_true(takeover_step(&takeover, &view, 9000));
    takeover_end(&takeover, true);
    assert_false(takeover_step(&takeover, &view, 9000));
}

static void test_change_of_the_members_while_tickets_are_read_has_them_read_again(void **state)
{
    (void)state;
    view.own_mailbox = mailboxes[1];
    assert_true(takeover_step(&takeover, &view, 9000));
    view.matchmakers.first = mailboxes[1];
    assert_false(takeover_step(&takeover, &view, 9000));
    takeover_end(&takeover, true);
    assert_true(takeover_step(&takeover, &view, 9000));
    takeover_end(&takeover, true);
    assert_false(takeover_step(&takeover, &view, 9000));
}

static void test_tickets_are_read_again_when_redis_came_back(void **state)
{
    (void)state;
    assert_true(takeover_step(&takeover, &view, 9000));
    takeover_end(&takeover, true); /* what it said is to be forgotten may not have arrived */
    view.redis_generation = 1;
    assert_false(takeover_step(&takeover, &view, 9000));
    assert_true(takeover_step(&takeover, &view, 9000 + TAKEOVER_SETTLE_MS));
    view.redis_generation = 2;
    assert_false(takeover_step(&takeover, &view, 20000));
    takeover_end(&takeover, true);
    assert_false(takeover_step(&takeover, &view, 20000));
    assert_true(takeover_step(&takeover, &view, 20000 + TAKEOVER_SETTLE_MS));
    takeover_end(&takeover, true);
    assert_false(takeover_step(&takeover, &view, 30000));
}

/* ---- a stored ticket's times ---- */

static const struct matchmaker_clock at = {.now_ms = 1000, .unix_ms = 1700000000000};

static struct stored_ticket stored_of(enum ticket_state ticket_state)
{
    return (struct stored_ticket){
        .ticket = {.state = ticket_state, .intake = 3}, .waited_ms = 2000, .lifetime_ms = 90000, .left_ms = 83000};
}

static void test_wait_goes_on_by_redis_clock_and_not_by_any_wall_clock(void **state)
{
    (void)state;
    struct ticket ticket;
    struct stored_ticket stored = stored_of(TICKET_SEARCHING);
    stored.ticket.create_time = 5; /* labels of a machine in another century */
    takeover_ticket(&stored, 30000, &at, &ticket);
    assert_int_equal(ticket_wait_ms(&ticket, at.now_ms), 9000);
    assert_int_equal(ticket_age_ms(&ticket, at.now_ms), 0);
    assert_int_equal(ticket.intake, TICKET_INTAKE_NONE);
    assert_int_equal(ticket.create_time, 5);
    assert_int_equal(ticket.expiry_time, at.unix_ms + 21000);
}

static void test_wait_is_bounded_by_the_time_out(void **state)
{
    (void)state;
    struct ticket ticket;
    struct stored_ticket stored = stored_of(TICKET_QUEUED);
    takeover_ticket(&stored, 8999, &at, &ticket);
    assert_int_equal(ticket_wait_ms(&ticket, at.now_ms), 8999);
    assert_int_equal(ticket.expiry_time, at.unix_ms);
    stored.waited_ms = UINT64_C(1) << 40;
    takeover_ticket(&stored, 8999, &at, &ticket);
    assert_int_equal(ticket_wait_ms(&ticket, at.now_ms), 8999);
}

static void test_record_that_does_not_say_how_old_it_is_counts_from_what_it_says(void **state)
{
    (void)state;
    struct ticket ticket;
    struct stored_ticket stored = stored_of(TICKET_QUEUED);
    stored.left_ms = -1;
    takeover_ticket(&stored, 30000, &at, &ticket);
    assert_int_equal(ticket_wait_ms(&ticket, at.now_ms), 2000);
    stored.left_ms = 90001; /* more than it was given: Redis' clock was set back */
    takeover_ticket(&stored, 30000, &at, &ticket);
    assert_int_equal(ticket_wait_ms(&ticket, at.now_ms), 2000);
    stored.left_ms = 90000;
    takeover_ticket(&stored, 30000, &at, &ticket);
    assert_int_equal(ticket_wait_ms(&ticket, at.now_ms), 2000);
    stored.left_ms = 0;
    stored.lifetime_ms = 0; /* an older version's */
    takeover_ticket(&stored, 30000, &at, &ticket);
    assert_int_equal(ticket_wait_ms(&ticket, at.now_ms), 2000);
}

static void test_closed_ticket_is_as_old_as_its_record(void **state)
{
    (void)state;
    struct ticket ticket;
    struct stored_ticket stored = stored_of(TICKET_COMPLETED);
    stored.ticket.expiry_time = 77;
    takeover_ticket(&stored, 30000, &at, &ticket);
    assert_int_equal(ticket_age_ms(&ticket, at.now_ms), 7000);
    assert_int_equal(ticket.update_ms - ticket.wait_since_ms, 2000);
    assert_int_equal(ticket.expiry_time, 77);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_the_first_takes_those_whose_owner_is_not_listed, begin),
        cmocka_unit_test_setup(test_everybody_takes_back_the_own_of_an_earlier_life, begin),
        cmocka_unit_test_setup(test_list_that_is_not_fresh_says_nothing, begin),
        cmocka_unit_test_setup(test_tickets_of_an_owner_that_is_not_named_are_taken_by_who_is_alone, begin),
        cmocka_unit_test_setup(test_tickets_are_taken_over_once, begin),
        cmocka_unit_test_setup(test_reading_that_failed_is_begun_again_with_new_figures, begin),
        cmocka_unit_test_setup(test_tickets_wait_until_redis_has_been_there_for_a_while, begin),
        cmocka_unit_test_setup(test_each_change_of_the_members_is_looked_into, begin),
        cmocka_unit_test_setup(test_tickets_are_read_again_when_redis_came_back, begin),
        cmocka_unit_test_setup(test_change_of_the_members_while_tickets_are_read_has_them_read_again, begin),
        cmocka_unit_test_setup(test_wait_goes_on_by_redis_clock_and_not_by_any_wall_clock, begin),
        cmocka_unit_test_setup(test_wait_is_bounded_by_the_time_out, begin),
        cmocka_unit_test_setup(test_record_that_does_not_say_how_old_it_is_counts_from_what_it_says, begin),
        cmocka_unit_test_setup(test_closed_ticket_is_as_old_as_its_record, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
