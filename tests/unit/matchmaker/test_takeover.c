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
    takeover = (struct takeover){.state = TAKEOVER_NEEDED};
    view = (struct takeover_view){.own_mailbox = mailboxes[0],
                                  .matchmakers = {mailboxes[0], sizeof(mailboxes[0]), 1},
                                  .list_age_ms = 0,
                                  .is_redis_up = true};
    return 0;
}

static void test_alone_is_who_sees_nobody_else_on_a_fresh_list(void **state)
{
    (void)state;
    assert_true(takeover_is_alone(&view));
    view.matchmakers.count = 2;
    assert_false(takeover_is_alone(&view));
    view.matchmakers.count = 0; /* not even itself: its entry is on the way */
    assert_true(takeover_is_alone(&view));
    view.list_age_ms = PEERS_LIST_AGE_MAX_MS - 1;
    assert_true(takeover_is_alone(&view));
    view.list_age_ms = PEERS_LIST_AGE_MAX_MS;
    assert_false(takeover_is_alone(&view));
}

static void test_tickets_are_taken_over_once(void **state)
{
    (void)state;
    assert_true(takeover_step(&takeover, &view));
    assert_false(takeover_step(&takeover, &view));
    takeover_end(&takeover, true);
    assert_false(takeover_step(&takeover, &view));
}

static void test_reading_that_failed_is_begun_again_with_new_figures(void **state)
{
    (void)state;
    assert_true(takeover_step(&takeover, &view));
    takeover.listed = 5;
    takeover.taken = 3;
    takeover_end(&takeover, false);
    assert_true(takeover_step(&takeover, &view));
    assert_int_equal(takeover.listed, 0);
    assert_int_equal(takeover.taken, 0);
}

static void test_tickets_wait_for_redis_and_for_the_others_death(void **state)
{
    (void)state;
    view.is_redis_up = false;
    assert_false(takeover_step(&takeover, &view));
    view.is_redis_up = true;
    view.matchmakers.count = 2;
    assert_false(takeover_step(&takeover, &view));
    view.matchmakers.count = 1;
    assert_true(takeover_step(&takeover, &view));
}

static void test_another_one_that_came_and_went_leaves_tickets_to_take_over(void **state)
{
    (void)state;
    assert_true(takeover_step(&takeover, &view));
    view.matchmakers.count = 2;
    assert_false(takeover_step(&takeover, &view)); /* while they are read */
    takeover_end(&takeover, true);
    assert_false(takeover_step(&takeover, &view));
    view.matchmakers.count = 1;
    assert_true(takeover_step(&takeover, &view));
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
        cmocka_unit_test_setup(test_alone_is_who_sees_nobody_else_on_a_fresh_list, begin),
        cmocka_unit_test_setup(test_tickets_are_taken_over_once, begin),
        cmocka_unit_test_setup(test_reading_that_failed_is_begun_again_with_new_figures, begin),
        cmocka_unit_test_setup(test_tickets_wait_for_redis_and_for_the_others_death, begin),
        cmocka_unit_test_setup(test_another_one_that_came_and_went_leaves_tickets_to_take_over, begin),
        cmocka_unit_test_setup(test_wait_goes_on_by_redis_clock_and_not_by_any_wall_clock, begin),
        cmocka_unit_test_setup(test_wait_is_bounded_by_the_time_out, begin),
        cmocka_unit_test_setup(test_record_that_does_not_say_how_old_it_is_counts_from_what_it_says, begin),
        cmocka_unit_test_setup(test_closed_ticket_is_as_old_as_its_record, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
