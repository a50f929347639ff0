/* SPDX-License-Identifier: Apache-2.0 */
/* test_invariants.c - each invariant finds what it is there for: what it sees is made up here. */
#include "proto/client.pb-c.h"
#include "proto/durable.pb-c.h"
#include "proto/match.pb-c.h"
#include "proto/ticket.pb-c.h"
#include "tests/simulation/invariants/table.h"
#include "tests/simulation/sim_client.h"
#include "tests/simulation/sim_invariants.h"
#include "tests/support/client_message.h"

#include <setjmp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct sim_world *world;
static struct sim_process *engine, *other_engine, *gateway, *client;

static void *start(struct sim_process *process, uint64_t seed)
{
    (void)process;
    (void)seed;
    return calloc(1, sizeof(struct sim_client));
}

static const struct sim_program engine_program = {.role = "game-engine", .start = start, .destroy = free};
static const struct sim_program gateway_program = {.role = "gateway", .start = start, .destroy = free};
static const struct sim_program client_program = {.role = "client", .start = start, .destroy = free};

static int set_up(void **state)
{
    (void)state;
    world = sim_world_create(1, &(struct sim_settings){.ticket_timeout_ms = 5000, .match_time_limit_ticks = 600});
    engine = sim_world_add(world, &engine_program, "eu_west", NULL);
    other_engine = sim_world_add(world, &engine_program, "eu_west", NULL);
    gateway = sim_world_add(world, &gateway_program, "eu_west", NULL);
    client = sim_world_add(world, &client_program, "eu_west", NULL);
    client->is_client = true;
    for (uint32_t i = 0; i < world->process_count; i++) {
        sim_process_start(&world->processes[i]);
    }
    sim_world_run(world, world->now_us + SIM_US_PER_S);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    sim_world_destroy(world);
    return 0;
}

static void assert_found(const char *start_of_finding)
{
    assert_true(sim_is_broken(world));
    if (strncmp(sim_finding(world), start_of_finding, strlen(start_of_finding)) != 0) {
        fail_msg("found '%s' in place of '%s'", sim_finding(world), start_of_finding);
    }
}

/* ---- what is seen --------------------------------------------------------------------------------- */

static void see_envelope(enum sim_observed kind, struct sim_process *process, struct sim_process *peer,
                         Mma__MessageType type, const ProtobufCMessage *message)
{
    uint8_t bytes[4096];
    assert_true(protobuf_c_message_get_packed_size(message) <= sizeof(bytes));
    sim_observe(world, &(struct sim_observation){.kind = kind,
                                                 .at_us = world->now_us,
                                                 .process = process,
                                                 .peer = peer,
                                                 .type = type,
                                                 .bytes = bytes,
                                                 .size = protobuf_c_message_pack(message, bytes)});
}

static void see_joined(struct sim_process *from, char *match_id)
{
    char player[] = "player-1";
    Mma__Joined joined;
    Mma__MatchJoined inner;
    Mma__MatchSeat seat, *seats[] = {&seat};
    mma__joined__init(&joined);
    mma__match_joined__init(&inner);
    mma__match_seat__init(&seat);
    seat.player_id = player;
    inner.match_id = match_id;
    inner.seats = seats;
    inner.n_seats = 1;
    joined.session_id = 7;
    joined.joined = &inner;
    see_envelope(SIM_SAW_SENT, from, gateway, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED, &joined.base);
}

static void see_assigned(char *ticket_id, char *match_id)
{
    Mma__TicketUpdate update;
    Mma__Ticket ticket;
    Mma__Assignment assignment;
    mma__ticket_update__init(&update);
    mma__ticket__init(&ticket);
    mma__assignment__init(&assignment);
    assignment.match_id = match_id;
    ticket.id = ticket_id;
    ticket.assignment = &assignment;
    update.ticket = &ticket;
    see_envelope(SIM_SAW_SENT, engine, gateway, MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET_UPDATE, &update.base);
}

static void see_result(char *match_id, uint64_t hash, char *first, char *second)
{
    uint8_t bytes[1024];
    Mma__MatchResult result;
    Mma__Standing rows[2], *standings[] = {&rows[0], &rows[1]};
    mma__match_result__init(&result);
    mma__standing__init(&rows[0]);
    mma__standing__init(&rows[1]);
    rows[0].player_id = first;
    rows[1].player_id = second;
    result.match_id = match_id;
    result.state_hash = hash;
    result.ticks = 100;
    result.standings = standings;
    result.n_standings = 2;
    sim_observe(world, &(struct sim_observation){.kind = SIM_SAW_PUBLISHED,
                                                 .process = engine,
                                                 .text = "match.result",
                                                 .bytes = bytes,
                                                 .size = mma__match_result__pack(&result, bytes)});
}

static void see_read(Mma__ServerMessage *message)
{
    sim_observe(
        world,
        &(struct sim_observation){
            .kind = SIM_SAW_READ, .process = client, .socket = 1, .body = message->body_case, .server = message});
}

static void store(const char *key, const void *row, size_t size)
{
    sim_map_put(&world->tables, world->now_us, key, row, size, 0);
}

/* ---- one by one ----------------------------------------------------------------------------------- */

static char match_a[] = "aaaaaaaaaaaaaaaaaaaaaaaaaaaaaaaa", match_b[] = "bbbbbbbbbbbbbbbbbbbbbbbbbbbbbbbb";
static char one[] = "player-1", two[] = "player-2";

static void test_a_ticket_in_two_matches_is_found(void **state)
{
    (void)state;
    char ticket[] = "cccccccccccccccccccccccccccccccc";
    see_assigned(ticket, match_a);
    see_assigned(ticket, match_a);
    assert_false(sim_is_broken(world));
    see_assigned(ticket, match_b);
    assert_found("ticket_in_one_match: two matches");
}

static void test_a_player_in_two_seats_is_found(void **state)
{
    (void)state;
    see_joined(engine, match_a);
    see_joined(engine, match_a);
    assert_false(sim_is_broken(world));
    see_joined(other_engine, match_b);
    assert_found("player_in_one_match: two seats");
}

static void test_a_seat_is_free_after_leave_match_over_or_the_engines_end(void **state)
{
    (void)state;
    Mma__Leave leave;
    Mma__MatchOver over;
    Mma__MatchEnded ended;
    mma__leave__init(&leave);
    mma__match_over__init(&over);
    mma__match_ended__init(&ended);
    leave.session_id = 7;
    ended.match_id = match_b;
    over.ended = &ended;
    see_joined(engine, match_a);
    see_envelope(SIM_SAW_TAKEN, engine, gateway, MMA__MESSAGE_TYPE__MESSAGE_TYPE_LEAVE, &leave.base);
    see_joined(other_engine, match_b);
    see_envelope(SIM_SAW_SENT, other_engine, gateway, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER, &over.base);
    see_joined(engine, match_a);
    sim_process_end(engine, SIM_END_KILLED);
    see_joined(other_engine, match_b);
    assert_false(sim_is_broken(world));
}

static void test_two_results_that_differ_are_found(void **state)
{
    (void)state;
    see_result(match_a, 5, one, two);
    see_result(match_a, 5, one, two);
    assert_false(sim_is_broken(world));
    see_result(match_a, 6, one, two);
    assert_found("one_result: two results");
}

static void test_a_match_without_a_result_is_found(void **state)
{
    (void)state;
    see_joined(engine, match_a);
    invariant_one_result.finish(world, sim_witness_state(world, &invariant_one_result));
    assert_found("one_result: no result");
}

static void test_a_rating_that_moved_twice_is_found(void **state)
{
    (void)state;
    struct sim_match_row row;
    struct sim_rating_row rating = {.matches = 1};
    memset(&row, 0, sizeof(row));
    row.is_rated = 1;
    row.player_count = 1;
    memcpy(row.players[0].player_id, one, sizeof(one));
    store(SIM_TABLE_MATCHES "\x01m", &row, sizeof(row));
    store(SIM_TABLE_RATINGS "\x01player-1/duel", &rating, sizeof(rating));
    void *own = sim_witness_state(world, &invariant_one_result);
    invariant_one_result.finish(world, own);
    assert_false(sim_is_broken(world));
    rating.matches = 2;
    store(SIM_TABLE_RATINGS "\x01player-1/duel", &rating, sizeof(rating));
    invariant_one_result.finish(world, own);
    assert_found("one_result: rating moved");
}

static void test_a_client_that_is_told_another_winner_is_found(void **state)
{
    (void)state;
    Mma__ServerMessage message;
    Mma__MatchEnded ended;
    Mma__Standing rows[2], *standings[] = {&rows[1], &rows[0]};
    mma__server_message__init(&message);
    mma__match_ended__init(&ended);
    mma__standing__init(&rows[0]);
    mma__standing__init(&rows[1]);
    rows[0].player_id = one;
    rows[1].player_id = two;
    ended.match_id = match_a;
    ended.state_hash = 5;
    ended.ticks = 100;
    ended.standings = standings;
    ended.n_standings = 2;
    message.body_case = MMA__SERVER_MESSAGE__BODY_MATCH_ENDED;
    message.match_ended = &ended;
    see_result(match_a, 5, one, two);
    assert_false(sim_is_broken(world));
    see_read(&message);
    assert_found("who_won_agrees: another order");
}

static void test_a_winner_who_loses_rating_is_found(void **state)
{
    (void)state;
    struct sim_match_row row;
    memset(&row, 0, sizeof(row));
    row.is_rated = 1;
    row.state_hash = 5;
    row.ticks = 100;
    row.player_count = 2;
    row.players[0].place = 1;
    row.players[1].place = 2;
    row.players[0].rating_after_milli = -1000;
    row.players[1].rating_after_milli = 1000;
    char key[96];
    snprintf(key, sizeof(key), SIM_TABLE_MATCHES "\x01%s", match_a);
    store(key, &row, sizeof(row));
    see_result(match_a, 5, one, two);
    invariant_who_won_agrees.finish(world, sim_witness_state(world, &invariant_who_won_agrees));
    assert_found("who_won_agrees: rated otherwise");
}

static void put_key(const char *what, const char *text)
{
    char key[96];
    snprintf(key, sizeof(key), "mma:match:%s:%s", match_a, what);
    sim_map_put(&world->keys, world->now_us, key, text, strlen(text), 0);
}

static void see_script(struct sim_process *process)
{
    sim_observe(world, &(struct sim_observation){.kind = SIM_SAW_SCRIPT, .process = process});
}

static void test_a_log_that_another_than_its_holder_writes_is_found(void **state)
{
    (void)state;
    put_key("epoch", "2");
    put_key("lease", sim_mailbox_url(engine));
    put_key("log", "x");
    see_script(engine);
    assert_false(sim_is_broken(world));
    put_key("log", "xx");
    see_script(other_engine);
    assert_found("old_epoch_changes_nothing: written without the lease");
}

static void test_an_epoch_that_goes_down_is_found_but_not_after_redis_forgot(void **state)
{
    (void)state;
    put_key("lease", sim_mailbox_url(engine));
    put_key("epoch", "3");
    put_key("log", "xxx");
    see_script(engine);
    put_key("epoch", "2");
    put_key("log", "x");
    sim_observe(world, &(struct sim_observation){.kind = SIM_SAW_FORGOTTEN});
    see_script(other_engine);
    assert_false(sim_is_broken(world));
    put_key("epoch", "1");
    see_script(engine);
    assert_found("old_epoch_changes_nothing: epoch goes down");
}

static void test_a_question_without_an_answer_is_found_unless_the_socket_closes(void **state)
{
    (void)state;
    struct client_message message;
    uint8_t bytes[256];
    client_message_create_ticket(&message, 1, "duel", NULL, 0);
    struct sim_observation asked = {.kind = SIM_SAW_ASKED, .process = client, .socket = 1, .bytes = bytes};
    asked.size = mma__client_message__pack(&message.message, bytes);
    void *own = sim_witness_state(world, &invariant_hears_of_changes);
    sim_observe(world, &asked);
    sim_observe(world, &(struct sim_observation){.kind = SIM_SAW_CLOSED, .process = client, .socket = 1});
    sim_world_run(world, world->now_us + 25 * SIM_US_PER_S);
    invariant_hears_of_changes.finish(world, own);
    assert_false(sim_is_broken(world));
    sim_observe(world, &asked);
    sim_world_run(world, world->now_us + 25 * SIM_US_PER_S);
    invariant_hears_of_changes.finish(world, own);
    assert_found("hears_of_changes: no answer to create_ticket");
}

static void test_a_lease_and_a_process_that_are_left_over_are_found(void **state)
{
    (void)state;
    invariant_ready_and_empty.finish(world, NULL);
    assert_false(sim_is_broken(world));
    put_key("lease", "x");
    invariant_ready_and_empty.finish(world, NULL);
    assert_found("ready_and_empty: lease in redis");
}

static void test_a_stored_match_without_a_replay_is_found(void **state)
{
    (void)state;
    static const struct sim_program writer = {.role = "replay-writer", .start = start, .destroy = free};
    struct sim_match_row row;
    memset(&row, 0, sizeof(row));
    sim_world_add(world, &writer, "eu_west", NULL);
    store(SIM_TABLE_MATCHES "\x01m", &row, sizeof(row));
    invariant_replay_holds_each_tick_once.finish(world, NULL);
    assert_found("replay_holds_each_tick_once: no replay");
}

#define CASE(test) cmocka_unit_test_setup_teardown(test, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        CASE(test_a_ticket_in_two_matches_is_found),
        CASE(test_a_player_in_two_seats_is_found),
        CASE(test_a_seat_is_free_after_leave_match_over_or_the_engines_end),
        CASE(test_two_results_that_differ_are_found),
        CASE(test_a_match_without_a_result_is_found),
        CASE(test_a_rating_that_moved_twice_is_found),
        CASE(test_a_client_that_is_told_another_winner_is_found),
        CASE(test_a_winner_who_loses_rating_is_found),
        CASE(test_a_log_that_another_than_its_holder_writes_is_found),
        CASE(test_an_epoch_that_goes_down_is_found_but_not_after_redis_forgot),
        CASE(test_a_question_without_an_answer_is_found_unless_the_socket_closes),
        CASE(test_a_lease_and_a_process_that_are_left_over_are_found),
        CASE(test_a_stored_match_without_a_replay_is_found),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
