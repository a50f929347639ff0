/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/ticket_draft.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static struct matchmaker mm;
static struct ticket_draft_request request;
static char player[128];

static int begin(void **state)
{
    (void)state;
    const struct matchmaker_rules rules = {
        .ticket_timeout_ms = 1000, .tickets_max = 10, .queue_count = 1, .queues = {{"duel", "duel", 2, 2, 2}}};
    matchmaker_init(&mm, &rules, 1);
    (void)snprintf(player, sizeof player, "ann");
    request = (struct ticket_draft_request){.player_id = player, .queue = "duel", .home_region = "eu_west"};
    return 0;
}

static void add_latency(const char *region, uint32_t latency_ms)
{
    if (request.latency_count < TICKET_DRAFT_LATENCIES_MAX) {
        request.latencies[request.latency_count] = (struct ticket_draft_latency){region, latency_ms};
    }
    request.latency_count++;
}

static void check_flaw(const char *field)
{
    struct ticket draft;
    struct ticket_draft_error error;
    assert_int_equal(ticket_draft_make(&mm, &request, &draft, &error), STATUS_INVALID);
    assert_string_equal(error.field, field);
    assert_true(strlen(error.message) > 0);
}

static void test_latencies_are_taken_over_and_others_are_unknown(void **state)
{
    (void)state;
    struct ticket draft;
    struct ticket_draft_error error;
    add_latency("asia_pacific", 10000);
    add_latency("na_west", 0);
    request.session_id = 77;
    assert_int_equal(ticket_draft_make(&mm, &request, &draft, &error), STATUS_OK);
    assert_int_equal(draft.latency_ms[REGION_ASIA_PACIFIC], 10000);
    assert_int_equal(draft.latency_ms[REGION_NA_WEST], 0);
    assert_int_equal(draft.latency_ms[REGION_EU_WEST], TICKET_LATENCY_NONE);
    assert_int_equal(draft.session_id, 77);
    assert_string_equal(draft.player_id, "ann");
}

static void test_without_latencies_the_home_region_is_near(void **state)
{
    (void)state;
    struct ticket draft;
    struct ticket_draft_error error;
    assert_int_equal(ticket_draft_make(&mm, &request, &draft, &error), STATUS_OK);
    assert_int_equal(draft.latency_ms[REGION_EU_WEST], 0);
    assert_int_equal(draft.latency_ms[REGION_NA_EAST], TICKET_LATENCY_NONE);
    assert_int_equal(draft.intake, TICKET_INTAKE_NONE);
    request.home_region = "";
    assert_int_equal(ticket_draft_make(&mm, &request, &draft, &error), STATUS_OK);
    assert_int_equal(draft.latency_ms[REGION_NA_EAST], 0);
}

static void test_player_must_be_printable_and_bounded(void **state)
{
    (void)state;
    static const char *const bad[] = {"", "a b", "a\"b", "a\\b", "a\x7f", "\xc3\xa4", "a\nb"};
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        (void)snprintf(player, sizeof player, "%s", bad[i]);
        check_flaw("player_id");
    }
    memset(player, 'x', 65);
    player[65] = '\0';
    check_flaw("player_id");
    player[64] = '\0';
    assert_true(ticket_draft_player_is_valid(player));
}

static void test_unknown_queue_is_named(void **state)
{
    (void)state;
    request.queue = "chess";
    check_flaw("queue");
}

static void test_bad_latencies_are_named_by_their_row(void **state)
{
    (void)state;
    add_latency("eu_west", 5);
    add_latency("moon", 5);
    check_flaw("latencies[1].region");
    request.latencies[1].region = "eu_west";
    check_flaw("latencies[1].region");
    request.latencies[1] = (struct ticket_draft_latency){"na_east", 10001};
    check_flaw("latencies[1].latency_ms");
    request.latencies[1].latency_ms = 10000;
    for (uint32_t i = 2; i < 7; i++) {
        add_latency("eu_west", 1); /* named twice, but behind the flaw looked for */
    }
    request.latencies[0].region = "nowhere";
    check_flaw("latencies[0].region");
}

static void test_more_than_eight_rows_are_refused(void **state)
{
    (void)state;
    for (int i = 0; i < 9; i++) {
        add_latency("eu_west", 5);
    }
    check_flaw("latencies");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_latencies_are_taken_over_and_others_are_unknown, begin),
        cmocka_unit_test_setup(test_without_latencies_the_home_region_is_near, begin),
        cmocka_unit_test_setup(test_player_must_be_printable_and_bounded, begin),
        cmocka_unit_test_setup(test_unknown_queue_is_named, begin),
        cmocka_unit_test_setup(test_bad_latencies_are_named_by_their_row, begin),
        cmocka_unit_test_setup(test_more_than_eight_rows_are_refused, begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
