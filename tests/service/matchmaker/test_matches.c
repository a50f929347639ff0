/* SPDX-License-Identifier: Apache-2.0 */
/* From the ticket to the assignment: the test plays a gateway and two engines to the real program. */
#include "tests/support/matchmaker_host.h"
#include "tests/support/turn.h"

#include "libcommon/runtime/auth/jwt.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "proto/match.pb-c.h"

#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define UPDATE MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET_UPDATE
#define CREATE MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH

static const char *const settings[] = {"MATCHMAKING_TIMEOUT=4000", "CREATE_MATCH_TIMEOUT_MS=1000", "FFA_FILL_MS=0",
                                       "MATCH_TIME_LIMIT_S=7",     "MATCH_SCORE_LIMIT=3",          NULL};

static struct {
    uv_loop_t loop;
    struct matchmaker_host host;
    struct played gateway, idle, busy; /* engines: idle is asked first */
} cast;

static bool sees_peers(void *data)
{
    const char *wanted = data;
    struct http_response response;
    http_get_local(&response, support_admin_port(&cast.host.process), "/metrics");
    bool sees = strstr(response.body, wanted) != NULL;
    http_response_free(&response);
    return sees;
}

static void start_matchmaker(void)
{
    static char engines[] = "mma_registry_entries{role=\"game-engine\"} 2";
    static char gateways[] = "mma_registry_entries{role=\"gateway\"} 1";
    matchmaker_host_start(&cast.host, settings);
    assert_true(turn_until_holds(&cast.loop, sees_peers, engines, 10000));
    assert_true(turn_until_holds(&cast.loop, sees_peers, gateways, 10000));
}

static int set_up(void **state)
{
    (void)state;
    uv_loop_init(&cast.loop);
    played_open(&cast.gateway, &cast.loop, "gateway");
    played_open(&cast.idle, &cast.loop, "game-engine");
    played_open(&cast.busy, &cast.loop, "game-engine");
    (void)snprintf(cast.gateway.entry.address, sizeof cast.gateway.entry.address, "ws://gateway.test/v1/play");
    registry_announce(cast.gateway.registry, &cast.gateway.entry);
    matchmaker_engine_announce(&cast.idle, "eu_west", 100);
    matchmaker_engine_announce(&cast.busy, "eu_west", 700);
    turn_for(&cast.loop, 100);
    start_matchmaker();
    return 0;
}

static int tear_down(void **state)
{
    (void)support_stop(&cast.host.process);
    played_close(&cast.gateway);
    played_close(&cast.idle);
    played_close(&cast.busy);
    uv_run(&cast.loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&cast.loop), 0);
    return support_kill_all(state);
}

static int forget(void **state)
{
    (void)state;
    played_forget(&cast.gateway);
    played_forget(&cast.idle);
    played_forget(&cast.busy);
    return 0;
}

static char *writable(const char *constant)
{
    static char texts[8][80];
    static size_t next;
    char *text = texts[next++ % 8];
    (void)snprintf(text, sizeof texts[0], "%s", constant);
    return text;
}

static enum status create(const char *player, const char *queue, uint64_t session, Mma__Ticket **out_ticket,
                          char reason[64])
{
    Mma__CreateTicket message;
    mma__create_ticket__init(&message);
    message.player_id = writable(player);
    message.queue = writable(queue);
    message.session_id = session;
    return matchmaker_ask(&cast.gateway, &cast.host, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_TICKET, &message.base,
                          out_ticket, reason);
}

static void must_create(const char *player, const char *queue, uint64_t session)
{
    Mma__Ticket *ticket = NULL;
    char reason[64];
    assert_int_equal(create(player, queue, session, &ticket, reason), STATUS_OK);
    assert_string_equal(ticket->player_id, player);
    assert_int_equal(ticket->state, MMA__TICKET_STATE__QUEUED);
    mma__ticket__free_unpacked(ticket, NULL);
}

static enum status cancel(const char *player, const char *ticket_id, char reason[64])
{
    Mma__CancelTicket message;
    mma__cancel_ticket__init(&message);
    message.player_id = writable(player);
    message.ticket_id = writable(ticket_id);
    Mma__Ticket *ticket = NULL;
    enum status status = matchmaker_ask(&cast.gateway, &cast.host, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CANCEL_TICKET,
                                        &message.base, &ticket, reason);
    if (ticket != NULL) {
        assert_int_equal(ticket->state, MMA__TICKET_STATE__CANCELLED);
        mma__ticket__free_unpacked(ticket, NULL);
    }
    return status;
}

struct wanted {
    uint64_t session;
    Mma__TicketState state;
    Mma__TicketUpdate *found;
};

static bool is_updated(void *data)
{
    struct wanted *wanted = data;
    for (uint32_t i = 0; i < cast.gateway.heard_count && wanted->found == NULL; i++) {
        const struct played_envelope *heard = &cast.gateway.heard[i];
        Mma__TicketUpdate *update =
            heard->type == UPDATE ? mma__ticket_update__unpack(NULL, heard->size, heard->payload) : NULL;
        if (update != NULL && update->session_id == wanted->session && update->ticket->state == wanted->state) {
            wanted->found = update;
        } else if (update != NULL) {
            mma__ticket_update__free_unpacked(update, NULL);
        }
    }
    return wanted->found != NULL;
}

/* The update that says so; the caller frees it. */
static Mma__TicketUpdate *wait_update(uint64_t session, Mma__TicketState state)
{
    struct wanted wanted = {session, state, NULL};
    if (!turn_until_holds(&cast.loop, is_updated, &wanted, 10000)) {
        fail_msg("session %u was not told of state %d", (unsigned)session, (int)state);
    }
    return wanted.found;
}

static void check_token(const char *token, const char *player, const char *match_id, const char *engine)
{
    struct jwt_keys *keys;
    struct jwt_claims claims;
    const char *reason;
    assert_int_equal(STATUS_OK, jwt_keys_create(MATCHMAKER_JOIN_SECRET, "", &keys, &reason));
    assert_int_equal(JWT_GOOD, jwt_verify(keys, token, strlen(token), "mma-match", clock_unix_ms() / 1000, &claims));
    jwt_keys_destroy(keys);
    assert_string_equal(claims.subject, player);
    assert_string_equal(claims.match_id, match_id);
    assert_string_equal(claims.engine, engine);
}

static void check_create(const Mma__CreateMatch *match)
{
    assert_string_equal(match->queue, "duel");
    assert_string_equal(match->mode, "duel");
    assert_true(strlen(match->map) > 0);
    assert_string_equal(match->region, "eu_west");
    assert_int_equal(match->time_limit_ticks, 7 * 60);
    assert_int_equal(match->score_limit, 3);
    assert_true(match->seed != 0);
    assert_int_equal(match->n_seats, 2);
    assert_true(match->quality > 0.99 && match->quality <= 1);
    assert_true(match->seats[0]->rating == 1200);
}

static void test_two_sessions_are_matched_placed_and_told(void **state)
{
    (void)state;
    must_create("ann", "duel", 11);
    must_create("ben", "duel", 12);
    const struct played_envelope *asked = played_wait(&cast.idle, CREATE, 1);
    Mma__CreateMatch *match = mma__create_match__unpack(NULL, asked->size, asked->payload);
    assert_non_null(match);
    check_create(match);
    assert_int_equal(asked->to.trace.bytes[0], 7); /* as the request for the ticket had */
    matchmaker_engine_takes(&cast.idle, asked);
    Mma__TicketUpdate *update = wait_update(12, MMA__TICKET_STATE__COMPLETED);
    assert_string_equal(update->region, "eu_west");
    assert_non_null(update->ticket->assignment);
    assert_string_equal(update->ticket->assignment->match_id, match->match_id);
    assert_string_equal(update->ticket->assignment->connection, "");
    check_token(update->ticket->assignment->token, "ben", match->match_id, mailbox_url(cast.idle.mailbox));
    mma__ticket_update__free_unpacked(update, NULL);

    char path[80];
    (void)snprintf(path, sizeof path, "/v1/matches/%s", match->match_id);
    json_t *shown = matchmaker_call(&cast.host, "GET", path, NULL, 200);
    assert_string_equal(json_string_value(json_object_get(shown, "state")), "RUNNING");
    assert_int_equal(json_array_size(json_object_get(shown, "players")), 2);
    json_decref(shown);
    mma__create_match__free_unpacked(match, NULL);
}

static bool is_completed(void *data)
{
    json_t *ticket = matchmaker_call(&cast.host, "GET", data, NULL, 200);
    bool is = strcmp(json_string_value(json_object_get(ticket, "state")), "COMPLETED") == 0;
    json_decref(ticket);
    return is;
}

static void test_ticket_over_http_is_assigned_a_gateway(void **state)
{
    (void)state;
    char path[80];
    (void)snprintf(path, sizeof path, "/v1/tickets/%s", matchmaker_host_enter(&cast.host, "web", "duel"));
    must_create("dan", "duel", 22);
    matchmaker_engine_takes(&cast.idle, played_wait(&cast.idle, CREATE, 1));
    assert_true(turn_until_holds(&cast.loop, is_completed, path, 10000));
    json_t *ticket = matchmaker_call(&cast.host, "GET", path, NULL, 200);
    const json_t *assignment = json_object_get(ticket, "assignment");
    assert_string_equal(json_string_value(json_object_get(assignment, "connection")), "ws://gateway.test/v1/play");
    check_token(json_string_value(json_object_get(assignment, "token")), "web",
                json_string_value(json_object_get(assignment, "match_id")), mailbox_url(cast.idle.mailbox));
    json_decref(ticket);
    matchmaker_call_fails(&cast.host, "DELETE", path, NULL,
                          matchmaker_authorization(MATCHMAKER_API_SECRET, "mma-api", 600), 409, "TICKET_CLOSED", NULL);
}

static void test_assignment_is_still_there_after_a_restart(void **state)
{
    (void)state;
    char path[80];
    (void)snprintf(path, sizeof path, "/v1/tickets/%s", matchmaker_host_enter(&cast.host, "again", "duel"));
    must_create("dot", "duel", 26);
    matchmaker_engine_takes(&cast.idle, played_wait(&cast.idle, CREATE, 1));
    assert_true(turn_until_holds(&cast.loop, is_completed, path, 10000));
    support_kill(&cast.host.process);
    start_matchmaker();
    json_t *ticket = matchmaker_call(&cast.host, "GET", path, NULL, 200);
    const json_t *assignment = json_object_get(ticket, "assignment");
    assert_string_equal(json_string_value(json_object_get(ticket, "state")), "COMPLETED");
    check_token(json_string_value(json_object_get(assignment, "token")), "again",
                json_string_value(json_object_get(assignment, "match_id")), mailbox_url(cast.idle.mailbox));
    json_decref(ticket);
}

static void test_engine_that_refuses_is_followed_by_the_next(void **state)
{
    (void)state;
    must_create("eve", "duel", 31);
    must_create("fay", "duel", 32);
    matchmaker_engine_refuses(&cast.idle, played_wait(&cast.idle, CREATE, 1));
    matchmaker_engine_takes(&cast.busy, played_wait(&cast.busy, CREATE, 1));
    Mma__TicketUpdate *update = wait_update(31, MMA__TICKET_STATE__COMPLETED);
    check_token(update->ticket->assignment->token, "eve", update->ticket->assignment->match_id,
                mailbox_url(cast.busy.mailbox));
    mma__ticket_update__free_unpacked(update, NULL);
}

static void test_silent_engine_is_followed_by_the_next(void **state)
{
    (void)state;
    must_create("gus", "duel", 41);
    must_create("hal", "duel", 42);
    (void)played_wait(&cast.idle, CREATE, 1);
    matchmaker_engine_takes(&cast.busy, played_wait(&cast.busy, CREATE, 1));
    mma__ticket_update__free_unpacked(wait_update(42, MMA__TICKET_STATE__COMPLETED), NULL);
}

static void test_refused_everywhere_tickets_search_on_and_are_placed_later(void **state)
{
    (void)state;
    must_create("ida", "duel", 51);
    must_create("jon", "duel", 52);
    matchmaker_engine_refuses(&cast.idle, played_wait(&cast.idle, CREATE, 1));
    matchmaker_engine_refuses(&cast.busy, played_wait(&cast.busy, CREATE, 1));
    matchmaker_engine_takes(&cast.idle, played_wait(&cast.idle, CREATE, 2));
    mma__ticket_update__free_unpacked(wait_update(51, MMA__TICKET_STATE__COMPLETED), NULL);
}

static void test_player_may_leave_by_mailbox_and_only_with_the_own_ticket(void **state)
{
    (void)state;
    char reason[64];
    Mma__Ticket *ticket = NULL;
    assert_int_equal(create("kim", "duel", 61, &ticket, reason), STATUS_OK);
    assert_int_equal(cancel("leo", ticket->id, reason), STATUS_NOT_FOUND);
    assert_string_equal(reason, "TICKET_NOT_FOUND");
    assert_int_equal(cancel("kim", "", reason), STATUS_OK);
    assert_int_equal(cancel("kim", ticket->id, reason), STATUS_OK);
    assert_int_equal(cancel("kim", "", reason), STATUS_NOT_FOUND);
    mma__ticket_update__free_unpacked(wait_update(61, MMA__TICKET_STATE__CANCELLED), NULL);
    mma__ticket__free_unpacked(ticket, NULL);
}

static void test_bad_wishes_are_refused_with_their_reason(void **state)
{
    (void)state;
    char reason[64];
    Mma__Ticket *ticket = NULL;
    assert_int_equal(create("mia", "chess", 71, &ticket, reason), STATUS_INVALID);
    assert_string_equal(reason, "INVALID_INPUT");
    must_create("mia", "duel", 71);
    assert_int_equal(create("mia", "duel", 72, &ticket, reason), STATUS_EXISTS);
    assert_string_equal(reason, "TICKET_EXISTS");
    assert_int_equal(cancel("mia", "", reason), STATUS_OK);
}

static void test_ticket_nobody_fits_times_out(void **state)
{
    (void)state;
    must_create("ned", "teams_5v5", 81);
    Mma__TicketUpdate *update = wait_update(81, MMA__TICKET_STATE__TIMED_OUT);
    assert_string_equal(update->ticket->status_reason, "NO_MATCH");
    mma__ticket_update__free_unpacked(update, NULL);
}

static void test_restarted_matchmaker_takes_open_tickets_over(void **state)
{
    (void)state;
    support_kill(&cast.host.process);
    start_matchmaker();
    must_create("ola", "duel", 91);
    support_kill(&cast.host.process);
    start_matchmaker();
    must_create("pam", "duel", 92);
    /* "ola" comes back once the dead one's entry is gone from the registry. */
    matchmaker_engine_takes(&cast.idle, played_wait(&cast.idle, CREATE, 1));
    Mma__TicketUpdate *update = wait_update(91, MMA__TICKET_STATE__COMPLETED);
    assert_string_equal(update->ticket->player_id, "ola");
    mma__ticket_update__free_unpacked(update, NULL);
}

/* Enters players until one is refused. */
static bool refuses_tickets(void *data)
{
    static unsigned number;
    char player[32], reason[64];
    Mma__Ticket *ticket = NULL;
    (void)data;
    (void)snprintf(player, sizeof player, "last-%u", number++);
    enum status status = create(player, "teams_5v5", 100 + number, &ticket, reason);
    if (status == STATUS_OK) {
        mma__ticket__free_unpacked(ticket, NULL);
        return false;
    }
    assert_string_equal(reason, "SHUTTING_DOWN");
    matchmaker_call_fails(&cast.host, "POST", "/v1/tickets", "{\"player_id\": \"later\", \"queue\": \"duel\"}",
                          matchmaker_authorization(MATCHMAKER_API_SECRET, "mma-api", 600), 503, "SHUTTING_DOWN", NULL);
    return true;
}

static void test_drain_refuses_new_tickets_ends_placements_and_leaves_open_ones(void **state)
{
    (void)state;
    must_create("sam", "duel", 95);
    must_create("tim", "duel", 96);
    const struct played_envelope *asked = played_wait(&cast.idle, CREATE, 1);
    must_create("uma", "duel", 97);
    assert_int_equal(kill(cast.host.process.pid, SIGTERM), 0);
    assert_true(turn_until_holds(&cast.loop, refuses_tickets, NULL, 5000));
    matchmaker_engine_takes(&cast.idle, asked);
    mma__ticket_update__free_unpacked(wait_update(95, MMA__TICKET_STATE__COMPLETED), NULL);
    assert_int_equal(support_wait_exit(&cast.host.process, 10000), 0);
    played_forget(&cast.idle);
    start_matchmaker();
    must_create("vic", "duel", 98);
    matchmaker_engine_takes(&cast.idle, played_wait(&cast.idle, CREATE, 1));
    mma__ticket_update__free_unpacked(wait_update(97, MMA__TICKET_STATE__COMPLETED), NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_two_sessions_are_matched_placed_and_told, forget),
        cmocka_unit_test_setup(test_ticket_over_http_is_assigned_a_gateway, forget),
        cmocka_unit_test_setup(test_assignment_is_still_there_after_a_restart, forget),
        cmocka_unit_test_setup(test_engine_that_refuses_is_followed_by_the_next, forget),
        cmocka_unit_test_setup(test_silent_engine_is_followed_by_the_next, forget),
        cmocka_unit_test_setup(test_refused_everywhere_tickets_search_on_and_are_placed_later, forget),
        cmocka_unit_test_setup(test_player_may_leave_by_mailbox_and_only_with_the_own_ticket, forget),
        cmocka_unit_test_setup(test_bad_wishes_are_refused_with_their_reason, forget),
        cmocka_unit_test_setup(test_ticket_nobody_fits_times_out, forget),
        cmocka_unit_test_setup(test_restarted_matchmaker_takes_open_tickets_over, forget),
        cmocka_unit_test_setup(test_drain_refuses_new_tickets_ends_placements_and_leaves_open_ones, forget),
    };
    return cmocka_run_group_tests(tests, set_up, tear_down);
}
