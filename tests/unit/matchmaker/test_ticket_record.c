/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/ticket_record.h"

#include "libcommon/base/random.h"
#include "tests/support/matchmaker_case.h"

#include <jansson.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define C matchmaker_case

static struct stored_ticket stored;

static bool read_text(const char *text, int64_t left_ms)
{
    return ticket_record_read(&C.core, "eu_west", text, strlen(text), left_ms, &stored);
}

/* Writes the ticket with one member changed: value is taken. */
static char *write_changed(const struct ticket *ticket, const char *path, json_t *value)
{
    char *text = ticket_record_write(&C.core, ticket, CASE_OWN, &C.clock);
    json_t *record = json_loads(text, 0, NULL);
    free(text);
    bool is_inner = strncmp(path, "ticket.", 7) == 0;
    json_t *object = is_inner ? json_object_get(record, "ticket") : record;
    const char *member = is_inner ? path + 7 : path;
    assert_int_equal(value ? json_object_set_new(object, member, value) : json_object_del(object, member), 0);
    text = json_dumps(record, JSON_COMPACT);
    json_decref(record);
    return text;
}

static bool read_changed(const struct ticket *ticket, const char *path, json_t *value)
{
    char *text = write_changed(ticket, path, value);
    bool is_good = read_text(text, 0);
    free(text);
    return is_good;
}

static void test_ticket_comes_back_as_it_was_stored(void **state)
{
    (void)state;
    struct ticket draft = matchmaker_case_draft(CASE_DUEL, 1234, REGION_NA_WEST, 33);
    (void)snprintf(draft.gateway, sizeof(draft.gateway), "tcp://g:1");
    draft.session_id = UINT64_MAX;
    const struct ticket *ticket = matchmaker_case_enter(&draft);
    matchmaker_case_wait(4500);
    char *text = ticket_record_write(&C.core, ticket, CASE_OWN, &C.clock);
    assert_true(read_text(text, 80000));
    free(text);
    assert_string_equal(stored.ticket.id, ticket->id);
    assert_string_equal(stored.ticket.player_id, ticket->player_id);
    assert_string_equal(stored.ticket.gateway, "tcp://g:1");
    assert_int_equal(stored.ticket.session_id, UINT64_MAX);
    assert_int_equal(stored.ticket.queue, CASE_DUEL);
    assert_int_equal(stored.ticket.state, TICKET_QUEUED);
    assert_int_equal(stored.ticket.rating_milli, 1234000);
    assert_int_equal(stored.ticket.latency_ms[REGION_NA_WEST], 33);
    assert_int_equal(stored.ticket.latency_ms[REGION_EU_WEST], TICKET_LATENCY_NONE);
    assert_int_equal(stored.ticket.create_time, CASE_UNIX_MS);
    assert_int_equal(stored.ticket.update_time, CASE_UNIX_MS);
    assert_int_equal(stored.ticket.expiry_time, CASE_UNIX_MS + 30000);
    assert_int_equal(stored.ticket.region, REGION_NONE);
    assert_int_equal(stored.waited_ms, 4500);
    assert_int_equal(stored.lifetime_ms, 90000);
    assert_int_equal(stored.left_ms, 80000);
    assert_string_equal(stored.owner, CASE_OWN);
}

static void test_completed_ticket_comes_back_with_its_match(void **state)
{
    (void)state;
    const struct ticket *ticket = matchmaker_case_enter_eu(CASE_DUEL, 1200);
    matchmaker_case_enter_eu(CASE_DUEL, 1200);
    matchmaker_case_placed(matchmaker_case_round_match(), STATUS_OK);
    char *text = ticket_record_write(&C.core, ticket, CASE_OWN, &C.clock);
    assert_true(read_text(text, -1));
    free(text);
    assert_int_equal(stored.ticket.state, TICKET_COMPLETED);
    assert_string_equal(stored.ticket.match_id, ticket->match_id);
    assert_string_equal(stored.ticket.engine, "tcp://a:1");
    assert_int_equal(stored.ticket.region, REGION_EU_WEST);
    assert_int_equal(stored.left_ms, -1);
    assert_false(read_changed(ticket, "match_id", json_string("")));
}

static void test_record_of_an_older_version_says_nothing_of_its_wait(void **state)
{
    (void)state;
    const struct ticket *ticket = matchmaker_case_enter_eu(CASE_DUEL, 1200);
    matchmaker_case_wait(5000);
    assert_true(read_changed(ticket, "waited_ms", NULL));
    assert_int_equal(stored.waited_ms, 0);
    assert_true(read_changed(ticket, "lifetime_ms", NULL));
    assert_int_equal(stored.lifetime_ms, 0);
    assert_true(read_changed(ticket, "owner", NULL));
    assert_string_equal(stored.owner, "");
}

static void test_what_is_not_to_be_believed_is_no_record(void **state)
{
    (void)state;
    const struct ticket *ticket = matchmaker_case_enter_eu(CASE_DUEL, 1200);
    char long_text[200];
    memset(long_text, 'x', sizeof(long_text));
    long_text[sizeof(long_text) - 1] = '\0';
    assert_true(read_changed(ticket, "waited_ms", json_integer(0)));
    assert_false(read_changed(ticket, "waited_ms", json_integer(-1)));
    assert_false(read_changed(ticket, "waited_ms", json_integer(INT64_MAX)));
    assert_false(read_changed(ticket, "lifetime_ms", json_integer(INT64_MAX)));
    assert_false(read_changed(ticket, "lifetime_ms", json_integer(-1)));
    assert_false(read_changed(ticket, "ticket.id", json_string("short")));
    assert_false(read_changed(ticket, "ticket.queue", json_string("chess")));
    assert_false(read_changed(ticket, "ticket.player_id", json_string("a b")));
    assert_false(read_changed(ticket, "ticket.rating", json_real(10001)));
    assert_false(read_changed(ticket, "ticket.rating", json_real(-1)));
    assert_false(read_changed(ticket, "ticket.state", json_string("TICKET_STATE_UNSPECIFIED")));
    assert_false(read_changed(ticket, "ticket", json_null()));
    static const char *const texts[] = {"gateway", "match_id", "engine", "session_id", "region"};
    for (size_t i = 0; i < sizeof(texts) / sizeof(texts[0]); i++) {
        assert_false(read_changed(ticket, texts[i], NULL));
        assert_false(read_changed(ticket, texts[i], json_string(long_text)));
    }
    assert_false(read_changed(ticket, "owner", json_string(long_text)));
    assert_false(read_changed(ticket, "owner", json_integer(1)));
    assert_false(read_text("", 0));
    assert_false(read_text("[]", 0));
}

/* Whatever lies in Redis is a record or none, and a record can be taken over. */
static void test_broken_records_are_refused_or_harmless(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 4, 1);
    const struct ticket *ticket = matchmaker_case_enter_eu(CASE_DUEL, 1200);
    char *good = ticket_record_write(&C.core, ticket, CASE_OWN, &C.clock);
    size_t size = strlen(good);
    unsigned taken = 0;
    for (int round = 0; round < 20000; round++) {
        char *bytes = malloc(size); /* exactly: what reads past the end is found */
        for (size_t i = 0; i < size; i++) {
            bytes[i] = good[i];
        }
        for (uint32_t i = random_below(&random, 4); i > 0; i--) {
            bytes[random_below(&random, (uint32_t)size)] = (char)(random_below(&random, 95) + 32);
        }
        size_t cut = round % 7 == 0 ? random_below(&random, (uint32_t)size) : size;
        if (ticket_record_read(&C.core, "eu_west", bytes, cut, (int64_t)random_u32(&random) - 1000, &stored)) {
            struct ticket dated;
            takeover_ticket(&stored, 30000, &C.clock, &dated);
            assert_true(!ticket_is_open(&dated) || ticket_wait_ms(&dated, C.clock.now_ms) <= 30000);
            taken++;
        }
        free(bytes);
    }
    free(good);
    assert_in_range(taken, 1000, 19000);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_ticket_comes_back_as_it_was_stored, matchmaker_case_begin),
        cmocka_unit_test_setup(test_completed_ticket_comes_back_with_its_match, matchmaker_case_begin),
        cmocka_unit_test_setup(test_record_of_an_older_version_says_nothing_of_its_wait, matchmaker_case_begin),
        cmocka_unit_test_setup(test_what_is_not_to_be_believed_is_no_record, matchmaker_case_begin),
        cmocka_unit_test_setup(test_broken_records_are_refused_or_harmless, matchmaker_case_begin),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
