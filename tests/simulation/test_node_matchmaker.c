/* SPDX-License-Identifier: Apache-2.0 */
/* test_node_matchmaker.c - matchmakers in a simulated world, between a gateway and an engine that the test plays. */
#include "proto/durable.pb-c.h"
#include "proto/match.pb-c.h"
#include "services/matchmaker/core/rating.h"
#include "tests/simulation/node_matchmaker.h"
#include "tests/simulation/sim_broker.h"
#include "tests/simulation/sim_tokens.h"
#include "tests/simulation/sim_world.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PLAYERS 8

static const struct trace_id no_trace;

/* ---- an engine that takes every match and publishes its result when it is told to ---------------- */

#define ENGINE_MATCHES_MAX 16

struct played_engine {
    struct sim_process *process;
    bool is_refusing;
    uint32_t count; /* different matches */
    char match_ids[ENGINE_MATCHES_MAX][40];
    char players[ENGINE_MATCHES_MAX][2][72];
};

static uint32_t find_match(const struct played_engine *engine, const char *id)
{
    uint32_t i = 0;
    while (i < engine->count && strcmp(engine->match_ids[i], id) != 0) {
        i++;
    }
    return i;
}

static void take_match(struct played_engine *engine, const Mma__CreateMatch *create)
{
    uint32_t i = find_match(engine, create->match_id);
    assert_int_equal(create->n_seats, 2);
    assert_true(i < ENGINE_MATCHES_MAX);
    (void)snprintf(engine->match_ids[i], sizeof engine->match_ids[0], "%s", create->match_id);
    for (int seat = 0; seat < 2; seat++) {
        (void)snprintf(engine->players[i][seat], sizeof engine->players[0][0], "%s", create->seats[seat]->player_id);
    }
    engine->count = i == engine->count ? i + 1 : engine->count;
}

static void engine_on_envelope(void *state, const struct mailbox_envelope *envelope)
{
    struct played_engine *engine = state;
    struct mailbox_return to = sim_return_of(envelope);
    assert_int_equal(envelope->type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH);
    Mma__CreateMatch *create = mma__create_match__unpack(NULL, envelope->payload_size, envelope->payload);
    Mma__MatchCreated created;
    mma__match_created__init(&created);
    created.match_id = create->match_id;
    if (engine->is_refusing) {
        sim_refuse(engine->process, &to, STATUS_FULL, "FULL", "no room");
    } else {
        take_match(engine, create);
        sim_reply(engine->process, &to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_CREATED, &created.base);
    }
    mma__create_match__free_unpacked(create, NULL);
}

static void *engine_start(struct sim_process *process, uint64_t seed)
{
    (void)seed;
    struct played_engine *engine = calloc(1, sizeof *engine);
    assert_non_null(engine);
    engine->process = process;
    struct registry_entry entry = {.matches_max = 100, .players_max = 200};
    (void)snprintf(entry.region, sizeof entry.region, "%s", sim_region(process));
    sim_registry_announce(process, &entry);
    return engine;
}

static const struct sim_program program_engine = {
    .role = "game-engine", .start = engine_start, .destroy = free, .on_envelope = engine_on_envelope};

/* The first of the match's players has won; times are what the engine's clock says. */
static void publish_result(const struct played_engine *engine, uint32_t match, int64_t start_time, int64_t end_time)
{
    char texts[3][24] = {"duel", "finished", "won"};
    char id[40], players[2][72];
    Mma__MatchResult result;
    Mma__Standing standings[2], *list[] = {&standings[0], &standings[1]};
    uint8_t bytes[1024];
    mma__match_result__init(&result);
    (void)snprintf(id, sizeof id, "%s", engine->match_ids[match]);
    result.match_id = id;
    result.queue = result.mode = texts[0];
    result.end_reason = texts[1];
    result.outcome = texts[2];
    result.start_time = start_time;
    result.end_time = end_time;
    result.ticks = 600;
    result.n_standings = 2;
    result.standings = list;
    for (uint32_t i = 0; i < 2; i++) {
        mma__standing__init(&standings[i]);
        (void)snprintf(players[i], sizeof players[0], "%s", engine->players[match][i]);
        standings[i].player_id = players[i];
        standings[i].team = standings[i].slot = i;
        standings[i].place = i + 1;
    }
    assert_int_equal(
        sim_amqp_publish(engine->process, "match.result", id, no_trace, bytes, mma__match_result__pack(&result, bytes)),
        STATUS_OK);
}

/* ---- a gateway with a session for each player ---------------------------------------------------- */

struct played_player {
    struct played_gateway *gateway;
    char id[16], ticket_id[40], match_id[40];
    enum status answer;
    uint32_t answers, completed;
    Mma__TicketState state;
};

struct played_gateway {
    struct sim_process *process;
    struct played_player players[PLAYERS];
};

static void check_token(const struct played_player *player, const Mma__Assignment *assignment, uint64_t unix_ms)
{
    struct jwt_claims claims;
    assert_int_equal(jwt_verify(sim_tokens_joins(), assignment->token, strlen(assignment->token), "mma-match",
                                unix_ms / 1000, &claims),
                     JWT_GOOD);
    assert_string_equal(claims.subject, player->id);
    assert_string_equal(claims.match_id, assignment->match_id);
}

static void gateway_on_envelope(void *state, const struct mailbox_envelope *envelope)
{
    struct played_gateway *gateway = state;
    assert_int_equal(envelope->type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET_UPDATE);
    Mma__TicketUpdate *update = mma__ticket_update__unpack(NULL, envelope->payload_size, envelope->payload);
    struct played_player *player = &gateway->players[update->session_id];
    player->state = update->ticket->state;
    if (update->ticket->assignment != NULL) {
        check_token(player, update->ticket->assignment, sim_unix_ms(gateway->process));
        (void)snprintf(player->match_id, sizeof player->match_id, "%s", update->ticket->assignment->match_id);
        player->completed++;
    }
    mma__ticket_update__free_unpacked(update, NULL);
}

static void on_ticket(void *owner, enum status status, const struct mailbox_envelope *reply)
{
    struct played_player *player = owner;
    player->answers++;
    player->answer = status;
    if (status == STATUS_OK) {
        Mma__Ticket *ticket = mma__ticket__unpack(NULL, reply->payload_size, reply->payload);
        (void)snprintf(player->ticket_id, sizeof player->ticket_id, "%s", ticket->id);
        mma__ticket__free_unpacked(ticket, NULL);
    }
}

static void queue_player(const struct sim_process *gateway_process, const struct sim_process *matchmaker, uint32_t i)
{
    struct played_gateway *gateway = gateway_process->state;
    struct played_player *player = &gateway->players[i];
    char queue[] = "duel";
    Mma__CreateTicket create;
    mma__create_ticket__init(&create);
    create.player_id = player->id;
    create.queue = queue;
    create.session_id = i;
    assert_int_equal(sim_request(gateway->process, matchmaker->url, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_TICKET,
                                 no_trace, &create.base, 3000, on_ticket, player),
                     STATUS_OK);
}

static void *gateway_start(struct sim_process *process, uint64_t seed)
{
    (void)seed;
    struct played_gateway *gateway = calloc(1, sizeof *gateway);
    assert_non_null(gateway);
    gateway->process = process;
    for (uint32_t i = 0; i < PLAYERS; i++) {
        gateway->players[i].gateway = gateway;
        (void)snprintf(gateway->players[i].id, sizeof gateway->players[i].id, "player-%u", i);
    }
    return gateway;
}

static const struct sim_program program_gateway = {
    .role = "gateway", .start = gateway_start, .destroy = free, .on_envelope = gateway_on_envelope};

/* ---- the world ----------------------------------------------------------------------------------- */

static struct {
    struct sim_world *world;
    struct sim_process *engine, *gateway, *matchmakers[2];
} cast;

static struct played_player *player(uint32_t i)
{
    return &((struct played_gateway *)cast.gateway->state)->players[i];
}

static struct played_engine *engine(void)
{
    return cast.engine->state;
}

static const struct matchmaker *core(uint32_t i)
{
    return node_matchmaker_core(cast.matchmakers[i]->state);
}

static void run_ms(uint64_t ms)
{
    sim_world_run(cast.world, cast.world->now_us + ms * SIM_US_PER_MS);
}

static void begin(uint64_t seed)
{
    static const struct sim_settings settings = {.match_time_limit_ticks = 600,
                                                 .ticket_timeout_ms = 20000,
                                                 .create_match_timeout_ms = 1000,
                                                 .match_round_ms = 100,
                                                 .drain_timeout_ms = 3000};
    cast.world = sim_world_create(seed, &settings);
    cast.engine = sim_world_add(cast.world, &program_engine, "eu_west", NULL);
    cast.gateway = sim_world_add(cast.world, &program_gateway, "eu_west", NULL);
    cast.matchmakers[0] = sim_world_add(cast.world, &node_matchmaker, "eu_west", NULL);
    cast.matchmakers[1] = sim_world_add(cast.world, &node_matchmaker, "eu_west", NULL);
    sim_process_start(cast.engine);
    sim_process_start(cast.gateway);
    sim_process_start(cast.matchmakers[0]);
    sim_process_start(cast.matchmakers[1]);
    run_ms(2000);
}

static void end(void)
{
    sim_world_destroy(cast.world);
}

static void assert_nothing_is_open_in_redis(void)
{
    for (size_t i = 0; i < cast.world->keys.count; i++) {
        assert_true(strncmp(cast.world->keys.entries[i].key, "mma:tickets:open", 16) != 0);
    }
}

static const struct sim_rating_row *rating_of(const char *player_id)
{
    char key[96];
    (void)snprintf(key, sizeof key, SIM_TABLE_RATINGS "\x01%s/duel", player_id);
    const struct sim_entry *entry = sim_map_get(&cast.world->tables, key);
    return entry != NULL ? (const struct sim_rating_row *)(const void *)entry->bytes : NULL;
}

/* ---- tickets ------------------------------------------------------------------------------------- */

static void test_two_players_are_matched_and_hear_of_it(void **state)
{
    (void)state;
    begin(1);
    queue_player(cast.gateway, cast.matchmakers[0], 0);
    queue_player(cast.gateway, cast.matchmakers[0], 1);
    run_ms(1000);
    assert_int_equal(player(0)->answers, 1);
    assert_int_equal(player(0)->answer, STATUS_OK);
    assert_int_equal(player(0)->completed, 1);
    assert_int_equal(player(1)->completed, 1);
    assert_string_equal(player(0)->match_id, engine()->match_ids[0]);
    assert_string_equal(player(0)->match_id, player(1)->match_id);
    assert_nothing_is_open_in_redis();
    end();
}

/* The one that holds it dies, with or without its word said; the other one lives: it is never alone. */
static void test_answered_ticket_is_taken_over_by_the_living(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        begin(seed);
        queue_player(cast.gateway, cast.matchmakers[1], 0);
        while (player(0)->answers == 0) {
            run_ms(1);
        }
        sim_process_end(cast.matchmakers[1], seed % 2 == 0 ? SIM_END_KILLED : SIM_END_MACHINE_LOST);
        queue_player(cast.gateway, cast.matchmakers[0], 1);
        run_ms(8000);
        assert_int_equal(player(0)->completed, 1);
        assert_string_equal(player(0)->match_id, player(1)->match_id);
        assert_nothing_is_open_in_redis();
        end();
    }
}

static void test_matchmaker_that_comes_back_goes_on_with_its_tickets(void **state)
{
    (void)state;
    begin(2);
    queue_player(cast.gateway, cast.matchmakers[1], 0);
    run_ms(500);
    sim_process_end(cast.matchmakers[1], SIM_END_KILLED);
    run_ms(300);
    sim_process_start(cast.matchmakers[1]);
    run_ms(8000);
    uint32_t open = core(0)->tickets.open.count + core(1)->tickets.open.count;
    assert_int_equal(open, 1);
    run_ms(13000); /* its wait went on */
    assert_int_equal(player(0)->state, MMA__TICKET_STATE__TIMED_OUT);
    assert_nothing_is_open_in_redis();
    end();
}

static void test_wall_clocks_that_jump_change_no_wait(void **state)
{
    (void)state;
    begin(3);
    queue_player(cast.gateway, cast.matchmakers[0], 0);
    run_ms(1000);
    cast.matchmakers[0]->wall_offset_ms += 3600000;
    run_ms(1000);
    assert_int_equal(player(0)->state, MMA__TICKET_STATE__SEARCHING);
    cast.matchmakers[0]->wall_offset_ms -= 7200000;
    run_ms(17000);
    assert_int_equal(player(0)->state, MMA__TICKET_STATE__SEARCHING);
    run_ms(2000);
    assert_int_equal(player(0)->state, MMA__TICKET_STATE__TIMED_OUT);
    end();
}

static void test_redis_that_is_away_delays_nothing_and_is_told_later(void **state)
{
    (void)state;
    begin(4);
    sim_link_store_away(cast.world, SIM_REDIS, cast.world->now_us + 5 * SIM_US_PER_S);
    run_ms(500);
    for (uint32_t i = 0; i < 3; i++) {
        queue_player(cast.gateway, cast.matchmakers[0], i);
    }
    run_ms(2000);
    assert_int_equal(player(0)->completed + player(1)->completed + player(2)->completed, 2);
    run_ms(8000);
    uint32_t open = 0;
    for (size_t i = 0; i < cast.world->keys.count; i++) {
        open += strncmp(cast.world->keys.entries[i].key, "mma:tickets:open", 16) == 0;
    }
    assert_int_equal(open, 1);
    end();
}

static void test_engine_that_refuses_leaves_the_tickets_searching(void **state)
{
    (void)state;
    begin(5);
    engine()->is_refusing = true;
    queue_player(cast.gateway, cast.matchmakers[0], 0);
    queue_player(cast.gateway, cast.matchmakers[0], 1);
    run_ms(2000);
    assert_int_equal(player(0)->state, MMA__TICKET_STATE__SEARCHING);
    engine()->is_refusing = false;
    run_ms(2000);
    assert_int_equal(player(0)->completed, 1);
    end();
}

static void test_draining_matchmaker_leaves_its_tickets_to_the_other(void **state)
{
    (void)state;
    begin(6);
    queue_player(cast.gateway, cast.matchmakers[0], 0);
    run_ms(500);
    sim_process_drain(cast.matchmakers[0]);
    run_ms(500);
    assert_false(sim_process_is_up(cast.matchmakers[0]));
    queue_player(cast.gateway, cast.matchmakers[1], 1);
    run_ms(8000);
    assert_int_equal(player(0)->completed, 1);
    assert_string_equal(player(0)->match_id, player(1)->match_id);
    end();
}

/* ---- results ------------------------------------------------------------------------------------- */

static void play_one_match(void)
{
    queue_player(cast.gateway, cast.matchmakers[0], 0);
    queue_player(cast.gateway, cast.matchmakers[0], 1);
    run_ms(1000);
    assert_int_equal(engine()->count, 1);
}

static void assert_is_rated_once(void)
{
    assert_int_equal(rating_of(engine()->players[0][0])->rating_milli, RATING_START_MILLI + 20000);
    assert_int_equal(rating_of(engine()->players[0][1])->rating_milli, RATING_START_MILLI - 20000);
    assert_int_equal(rating_of(engine()->players[0][0])->matches, 1);
    assert_int_equal(sim_broker_depth(cast.world, AMQP_QUEUE_RESULTS), 0);
    assert_int_equal(sim_broker_depth(cast.world, SIM_QUEUE_DEAD), 0);
}

static void test_result_that_comes_several_times_moves_ratings_once(void **state)
{
    (void)state;
    begin(7);
    play_one_match();
    for (int i = 0; i < 5; i++) {
        publish_result(engine(), 0, 1, 2);
    }
    run_ms(3000);
    assert_is_rated_once();
    end();
}

static void test_result_counts_whatever_its_engines_clock_says(void **state)
{
    (void)state;
    begin(8);
    play_one_match();
    publish_result(engine(), 0, INT64_MAX, -5);
    run_ms(3000);
    assert_is_rated_once();
    end();
}

static void test_result_waits_for_a_database_that_is_away_or_hangs(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 4; seed++) {
        begin(seed);
        play_one_match();
        uint64_t until_us = cast.world->now_us + 4 * SIM_US_PER_S;
        if (seed % 2 == 0) {
            sim_link_store_away(cast.world, SIM_POSTGRESQL, until_us);
        } else {
            sim_link_store_hang(cast.world, SIM_POSTGRESQL, until_us);
        }
        publish_result(engine(), 0, 1, 2);
        run_ms(3000);
        assert_null(rating_of(engine()->players[0][0]));
        run_ms(15000);
        assert_is_rated_once();
        end();
    }
}

static void test_matchmakers_that_are_killed_lose_no_result(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed <= 20; seed++) {
        begin(seed);
        play_one_match();
        publish_result(engine(), 0, 1, 2);
        for (int kill = 0; kill < 6; kill++) {
            struct sim_process *victim = cast.matchmakers[kill % 2];
            sim_world_run(cast.world, cast.world->now_us + sim_between_us(cast.world, 100, 3000));
            sim_process_end(victim, SIM_END_KILLED);
            sim_world_run(cast.world, cast.world->now_us + sim_between_us(cast.world, 1000, 100000));
            sim_process_start(victim);
        }
        run_ms(8000);
        assert_is_rated_once();
        end();
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_players_are_matched_and_hear_of_it),
        cmocka_unit_test(test_answered_ticket_is_taken_over_by_the_living),
        cmocka_unit_test(test_matchmaker_that_comes_back_goes_on_with_its_tickets),
        cmocka_unit_test(test_wall_clocks_that_jump_change_no_wait),
        cmocka_unit_test(test_redis_that_is_away_delays_nothing_and_is_told_later),
        cmocka_unit_test(test_engine_that_refuses_leaves_the_tickets_searching),
        cmocka_unit_test(test_draining_matchmaker_leaves_its_tickets_to_the_other),
        cmocka_unit_test(test_result_that_comes_several_times_moves_ratings_once),
        cmocka_unit_test(test_result_counts_whatever_its_engines_clock_says),
        cmocka_unit_test(test_result_waits_for_a_database_that_is_away_or_hangs),
        cmocka_unit_test(test_matchmakers_that_are_killed_lose_no_result),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
