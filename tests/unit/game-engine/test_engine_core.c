/* SPDX-License-Identifier: Apache-2.0 */
/* The rules of a worker: every request, its refusals, and what follows from it. */
#include "services/game-engine/core/engine_core.h"

#include "tests/support/engine_worker.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define GATEWAY   "tcp://gateway-1"
#define OTHER     "tcp://gateway-2"
#define SPECTATOR "tcp://spectator-1"

static struct engine_worker worker;

static int open_worker(void **state)
{
    (void)state;
    engine_worker_open(&worker);
    return 0;
}

static int close_worker(void **state)
{
    (void)state;
    engine_worker_close(&worker);
    return 0;
}

static void assert_kinds(const enum engine_effect_kind *kinds, uint32_t count)
{
    assert_int_equal(worker.effects.count, count);
    for (uint32_t i = 0; i < count; i++) {
        assert_int_equal(worker.effects.items[i].kind, kinds[i]);
    }
}

static void assert_refused(enum engine_refusal refusal)
{
    const struct engine_effect *effect = engine_worker_effect(&worker, ENGINE_REFUSE, 0);
    assert_non_null(effect);
    assert_int_equal(effect->refusal, refusal);
    assert_int_equal(worker.effects.items[worker.effects.count - 1].kind, ENGINE_REFUSE);
}

static uint32_t holders_of(const char *url)
{
    uint32_t peer = peers_find(&worker.core.peers, url);
    return peer == PEERS_NONE ? 0 : worker.core.peers.items[peer].holders;
}

/* ---- matches -------------------------------------------------------------------------------------- */

static void test_match_is_made_logged_announced_and_answered_in_this_order(void **state)
{
    (void)state;
    static const enum engine_effect_kind first[] = {ENGINE_HOLD_MEMORY, ENGINE_START_TICKS, ENGINE_RECOVERY_BEGIN,
                                                    ENGINE_AUDIT_CREATED, ENGINE_ANSWER_CREATED};
    static const enum engine_effect_kind second[] = {ENGINE_HOLD_MEMORY, ENGINE_RECOVERY_BEGIN, ENGINE_AUDIT_CREATED,
                                                     ENGINE_ANSWER_CREATED};
    const struct hosted_match *hosted = engine_worker_match(&worker, 1, "duel", 2);
    assert_kinds(first, 5);
    assert_string_equal(worker.effects.items[4].match_id, hosted->id);
    assert_string_equal(hosted->queue, "duel");
    assert_string_equal(hosted->region, "eu");
    assert_string_equal(hosted->matchmaker, "tcp://matchmaker");
    assert_int_equal(hosted->trace[0], 7);
    assert_true(hosted->quality == 0.5);
    const struct hosted_match *other = engine_worker_match(&worker, 2, "duel", 2);
    assert_kinds(second, 4);
    assert_int_equal(worker.effects.items[0].match, other->index);
    assert_int_equal(worker.core.matches.count, 2);
}

static void test_repeat_of_a_creation_gets_the_same_answer_also_when_draining_and_after_the_end(void **state)
{
    (void)state;
    static const enum engine_effect_kind answer[] = {ENGINE_ANSWER_CREATED};
    const struct engine_create create = engine_worker_request(1, "duel", 2);
    assert_int_equal(engine_core_create_bytes(&worker.core, &create), match_memory_bytes(&create.setup));
    assert_true(engine_worker_create(&worker, &create));
    assert_int_equal(engine_core_create_bytes(&worker.core, &create), 0);
    assert_false(engine_worker_create(&worker, &create));
    assert_kinds(answer, 1);
    engine_core_drain(&worker.core, 60000, worker.now_ms, &worker.effects);
    assert_false(engine_worker_create(&worker, &create));
    assert_kinds(answer, 1);
    engine_worker_round(&worker, 1, true);
    assert_int_equal(worker.core.matches.count, 0);
    assert_false(engine_worker_create(&worker, &create));
    assert_kinds(answer, 1);
    assert_int_equal(worker.core.matches.count, 0);
}

static void check_create_refused(const struct engine_create *create, enum engine_refusal refusal)
{
    assert_false(engine_worker_create(&worker, create));
    assert_int_equal(worker.effects.count, 2);
    assert_int_equal(worker.effects.items[0].kind, ENGINE_MATCH_REFUSED);
    assert_int_equal(worker.effects.items[0].refusal, refusal);
    assert_string_equal(worker.effects.items[0].match_id, create->match_id);
    assert_refused(refusal);
}

static void test_creation_is_refused_for_its_reason(void **state)
{
    (void)state;
    struct engine_create create = engine_worker_request(1, "duel", 2);
    create.is_readable = false;
    check_create_refused(&create, ENGINE_REFUSAL_BAD_MATCH);
    create = engine_worker_request(1, "ffa", 1);
    check_create_refused(&create, ENGINE_REFUSAL_BAD_MATCH);
    create = engine_worker_request(1, "ffa", ENGINE_WORKER_SEATS + 1);
    check_create_refused(&create, ENGINE_REFUSAL_BAD_MATCH);
    create = engine_worker_request(1, "duel", 3); /* which no duel is */
    check_create_refused(&create, ENGINE_REFUSAL_BAD_MATCH);
    static const struct match_player twice[2] = {{"ann", 0}, {"ann", 1}};
    create = engine_worker_request(1, "duel", 2);
    create.setup.players = twice;
    check_create_refused(&create, ENGINE_REFUSAL_BAD_MATCH);
    create = engine_worker_request(1, "duel", 2);
    worker.effects.count = 0;
    size_t size = engine_core_create_bytes(&worker.core, &create);
    assert_false(engine_core_create(&worker.core, &create, NULL, size, &worker.effects));
    assert_refused(ENGINE_REFUSAL_NO_MEMORY);
    for (uint32_t i = 1; i <= ENGINE_WORKER_MATCHES; i++) {
        (void)engine_worker_match(&worker, i, "duel", 2);
    }
    create = engine_worker_request(7, "duel", 2);
    assert_int_equal(engine_core_create_bytes(&worker.core, &create), 0);
    check_create_refused(&create, ENGINE_REFUSAL_FULL);
    engine_core_drain(&worker.core, 1000, worker.now_ms, &worker.effects);
    check_create_refused(&create, ENGINE_REFUSAL_DRAINING);
    create.match_id = "";
    create.is_readable = false;
    check_create_refused(&create, ENGINE_REFUSAL_BAD_MATCH); /* of bytes that say nothing, also then */
}

static void test_refusals_have_the_codes_of_the_protocol(void **state)
{
    (void)state;
    static const struct {
        enum engine_refusal refusal;
        enum status status;
        const char *code;
    } rows[] = {{ENGINE_REFUSAL_NOT_SERVED, STATUS_INVALID, "INVALID_INPUT"},
                {ENGINE_REFUSAL_BAD_MATCH, STATUS_INVALID, "INVALID_INPUT"},
                {ENGINE_REFUSAL_DRAINING, STATUS_UNAVAILABLE, "ENGINE_DRAINING"},
                {ENGINE_REFUSAL_FULL, STATUS_FULL, "ENGINE_FULL"},
                {ENGINE_REFUSAL_NO_MEMORY, STATUS_NO_MEMORY, "ENGINE_FULL"},
                {ENGINE_REFUSAL_TOO_LARGE, STATUS_TOO_LARGE, "ENGINE_FULL"},
                {ENGINE_REFUSAL_BAD_JOIN, STATUS_INVALID, "INVALID_INPUT"},
                {ENGINE_REFUSAL_NO_MATCH, STATUS_NOT_FOUND, "GAME_NOT_FOUND"},
                {ENGINE_REFUSAL_NO_SEAT, STATUS_UNAUTHORIZED, "PLAYER_NOT_FOUND"},
                {ENGINE_REFUSAL_NO_SESSION, STATUS_NOT_FOUND, "GAME_NOT_FOUND"},
                {ENGINE_REFUSAL_BAD_TEXT, STATUS_INVALID, "INVALID_INPUT"},
                {ENGINE_REFUSAL_BAD_CHANNEL, STATUS_INVALID, "INVALID_INPUT"},
                {ENGINE_REFUSAL_TOO_MANY_LINES, STATUS_REFUSED, "RATE_LIMITED"},
                {ENGINE_REFUSAL_BAD_SUBSCRIBE, STATUS_INVALID, "INVALID_INPUT"}};
    assert_int_equal(sizeof rows / sizeof rows[0], ENGINE_REFUSALS);
    for (size_t i = 0; i < ENGINE_REFUSALS; i++) {
        const struct engine_refusal_text *text = engine_core_refusal_text(rows[i].refusal);
        assert_int_equal(text->status, rows[i].status);
        assert_string_equal(text->code, rows[i].code);
        assert_true(text->message[0] != '\0');
    }
    worker.effects.count = 0;
    engine_core_not_served(&worker.effects);
    assert_refused(ENGINE_REFUSAL_NOT_SERVED);
}

/* ---- sessions ------------------------------------------------------------------------------------- */

static void test_session_takes_its_players_seat(void **state)
{
    (void)state;
    static const enum engine_effect_kind kinds[] = {ENGINE_JOINED, ENGINE_ANSWER_JOINED};
    struct hosted_match *hosted = engine_worker_match(&worker, 1, "duel", 2);
    engine_worker_join(&worker, hosted, GATEWAY, "ben", 77);
    assert_kinds(kinds, 2);
    assert_int_equal(worker.effects.items[0].slot, 1);
    assert_int_equal(worker.effects.items[0].session, 77);
    assert_int_equal(worker.effects.items[1].slot, 1);
    assert_int_equal(worker.effects.items[1].match, hosted->index);
    assert_int_equal(hosted->match.seats[1].session, 77);
    assert_int_equal(worker.core.seats.count, 1);
    assert_int_equal(holders_of(GATEWAY), 1);
}

static void test_repeat_of_a_join_is_answered_and_changes_nothing_but_the_rate(void **state)
{
    (void)state;
    static const enum engine_effect_kind kinds[] = {ENGINE_ANSWER_JOINED};
    struct hosted_match *hosted = engine_worker_match(&worker, 1, "duel", 2);
    engine_worker_join(&worker, hosted, GATEWAY, "ann", 77);
    struct engine_join join = {
        .gateway = GATEWAY, .match_id = hosted->id, .player_id = "ann", .session = 77, .rate_hz = 30};
    worker.effects.count = 0;
    engine_core_join(&worker.core, &join, &worker.effects);
    assert_kinds(kinds, 1);
    assert_int_equal(hosted->match.seats[0].history.requested_divisor, 2);
    assert_int_equal(holders_of(GATEWAY), 1);
}

static void test_newer_session_replaces_the_older_one_of_its_player(void **state)
{
    (void)state;
    static const enum engine_effect_kind kinds[] = {ENGINE_LEFT, ENGINE_JOINED, ENGINE_ANSWER_JOINED};
    struct hosted_match *hosted = engine_worker_match(&worker, 1, "duel", 2);
    engine_worker_join(&worker, hosted, GATEWAY, "ann", 77);
    engine_worker_join(&worker, hosted, OTHER, "ann", 77); /* the same number, of another gateway */
    assert_kinds(kinds, 3);
    assert_string_equal(worker.effects.items[0].reason, "REPLACED");
    assert_int_equal(worker.effects.items[0].session, 77);
    assert_int_equal(worker.core.seats.count, 1);
    assert_int_equal(holders_of(GATEWAY), 0);
    assert_int_equal(holders_of(OTHER), 1);
}

static void test_session_that_joins_another_match_leaves_the_first(void **state)
{
    (void)state;
    struct hosted_match *first = engine_worker_match(&worker, 1, "duel", 2);
    struct hosted_match *second = engine_worker_match(&worker, 2, "duel", 2);
    engine_worker_join(&worker, first, GATEWAY, "ann", 77);
    engine_worker_join(&worker, second, GATEWAY, "ben", 77);
    const struct engine_effect *left = engine_worker_effect(&worker, ENGINE_LEFT, 0);
    assert_non_null(left);
    assert_int_equal(left->match, first->index);
    assert_string_equal(left->reason, "MOVED");
    assert_int_equal(first->match.seats[0].session, 0);
    assert_int_equal(second->match.seats[1].session, 77);
    assert_int_equal(worker.core.seats.count, 1);
    assert_int_equal(holders_of(GATEWAY), 1);
}

static void check_join_refused(const struct engine_join *join, enum engine_refusal refusal)
{
    worker.effects.count = 0;
    engine_core_join(&worker.core, join, &worker.effects);
    assert_refused(refusal);
}

static void test_join_is_refused_for_its_reason(void **state)
{
    (void)state;
    struct hosted_match *hosted = engine_worker_match(&worker, 1, "duel", 2);
    struct engine_join join = {.gateway = GATEWAY, .match_id = hosted->id, .player_id = "ann", .session = 0};
    check_join_refused(&join, ENGINE_REFUSAL_BAD_JOIN);
    join.session = 5;
    static const uint32_t no_rates[] = {61, 59, 40, 15, 7, 1, 120};
    for (size_t i = 0; i < sizeof no_rates / sizeof no_rates[0]; i++) {
        join.rate_hz = no_rates[i];
        check_join_refused(&join, ENGINE_REFUSAL_BAD_JOIN);
    }
    join.rate_hz = 0;
    join.player_id = "zoe";
    check_join_refused(&join, ENGINE_REFUSAL_NO_SEAT);
    assert_string_equal(engine_worker_effect(&worker, ENGINE_JOIN_REFUSED, 0)->player_id, "zoe");
    join.match_id = "00000000000000000000000000000009";
    check_join_refused(&join, ENGINE_REFUSAL_NO_MATCH);
    join.match_id = hosted->id;
    join.player_id = "ann";
    join.gateway = "tcp://a-url-that-is-longer-than-any-mailbox-has-and-so-cannot-be-kept-as-a-peer";
    check_join_refused(&join, ENGINE_REFUSAL_FULL);
    assert_int_equal(worker.core.seats.count, 0);
}

static void test_rate_is_bounded_by_the_workers_own(void **state)
{
    (void)state;
    static const struct {
        uint32_t rate_max_hz, rate_hz, divisor;
    } rows[] = {{60, 0, 1}, {60, 60, 1}, {60, 30, 2}, {60, 20, 3}, {30, 60, 2}, {30, 20, 3}, {20, 0, 3}, {59, 60, 2}};
    struct hosted_match *hosted = engine_worker_match(&worker, 1, "duel", 2);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        worker.core.rules.snapshot_rate_max_hz = rows[i].rate_max_hz;
        const struct engine_join join = {
            .gateway = GATEWAY, .match_id = hosted->id, .player_id = "ann", .session = 5, .rate_hz = rows[i].rate_hz};
        worker.effects.count = 0;
        engine_core_join(&worker.core, &join, &worker.effects);
        assert_int_equal(hosted->match.seats[0].history.requested_divisor, rows[i].divisor);
    }
}

static void test_session_leaves_with_its_reason_and_a_stranger_does_not(void **state)
{
    (void)state;
    struct hosted_match *hosted = engine_worker_match(&worker, 1, "duel", 2);
    engine_worker_join(&worker, hosted, GATEWAY, "ann", 77);
    worker.effects.count = 0;
    engine_core_leave(&worker.core, OTHER, 77, "CONSENTED", &worker.effects);
    engine_core_leave(&worker.core, GATEWAY, 78, "CONSENTED", &worker.effects);
    assert_int_equal(worker.effects.count, 0);
    engine_core_leave(&worker.core, GATEWAY, 77, "CONSENTED", &worker.effects);
    assert_int_equal(worker.effects.count, 1);
    assert_string_equal(worker.effects.items[0].reason, "CONSENTED");
    assert_int_equal(worker.core.seats.count, 0);
    assert_int_equal(holders_of(GATEWAY), 0);
}

static void test_inputs_reach_the_seat_of_their_session_alone(void **state)
{
    (void)state;
    uint8_t bytes[INPUT_BYTES_MAX];
    size_t size = 0;
    const struct input move = {.sequence = 1, .tick = 1};
    assert_int_equal(input_encode(&move, bytes, sizeof bytes, &size), STATUS_OK);
    struct hosted_match *hosted = engine_worker_match(&worker, 1, "duel", 2);
    engine_worker_join(&worker, hosted, GATEWAY, "ann", 77);
    uint32_t peer = peers_find(&worker.core.peers, GATEWAY);
    struct engine_input input = {.session = 77, .bytes = bytes, .size = size};
    assert_int_equal(engine_core_input(&worker.core, peer, &input), INPUT_BUFFERED);
    assert_int_equal(engine_core_input(&worker.core, peer, &input), INPUT_DUPLICATE);
    input.size = 1;
    assert_int_equal(engine_core_input(&worker.core, peer, &input), INPUT_INVALID);
    input.size = 0;
    input.has_rate = true;
    input.rate_hz = 20;
    assert_int_equal(engine_core_input(&worker.core, peer, &input), INPUT_VERDICTS);
    assert_int_equal(hosted->match.seats[0].history.requested_divisor, 3);
    input.rate_hz = 7;
    assert_int_equal(engine_core_input(&worker.core, peer, &input), INPUT_VERDICTS);
    assert_int_equal(hosted->match.seats[0].history.requested_divisor, 3);
    assert_int_equal(engine_core_input(&worker.core, PEERS_NONE, &input), INPUT_UNKNOWN);
    assert_int_equal(engine_core_input(&worker.core, peer + 1, &input), INPUT_UNKNOWN);
    input.session = 78;
    assert_int_equal(engine_core_input(&worker.core, peer, &input), INPUT_UNKNOWN);
}

static void test_report_of_skipped_snapshots_lowers_the_rate(void **state)
{
    (void)state;
    struct hosted_match *hosted = engine_worker_match(&worker, 1, "duel", 2);
    engine_worker_join(&worker, hosted, GATEWAY, "ann", 77);
    engine_worker_round(&worker, 3, false);
    uint32_t peer = peers_find(&worker.core.peers, GATEWAY);
    const struct engine_input input = {.session = 77, .skipped = 2};
    assert_int_equal(engine_core_input(&worker.core, peer, &input), INPUT_VERDICTS);
    assert_int_equal(hosted->match.seats[0].history.divisor, 2);
}

/* ---- chat ----------------------------------------------------------------------------------------- */

static enum chat_verdict say(uint64_t session, enum chat_channel channel, const char *text)
{
    const struct engine_say line = {.gateway = GATEWAY,
                                    .session = session,
                                    .channel = channel,
                                    .text = (const uint8_t *)text,
                                    .size = strlen(text)};
    worker.effects.count = 0;
    return engine_core_say(&worker.core, &line, worker.now_ms, &worker.effects);
}

static struct hosted_match *teams_of_two(void)
{
    struct engine_create create = engine_worker_request(1, "teams_2v2", 4);
    create.setup.chat_lines_per_minute = 3;
    assert_true(engine_worker_create(&worker, &create));
    struct hosted_match *hosted = hosted_matches_find(&worker.core.matches, create.match_id);
    engine_worker_join(&worker, hosted, GATEWAY, "ann", 1);
    engine_worker_join(&worker, hosted, OTHER, "ben", 2);
    engine_worker_join(&worker, hosted, GATEWAY, "cid", 3);
    engine_worker_join(&worker, hosted, "tcp://gateway-3", "dee", 4);
    return hosted;
}

static void test_line_is_answered_sent_to_each_gateway_that_hears_it_and_audited(void **state)
{
    (void)state;
    static const enum engine_effect_kind all[] = {ENGINE_ANSWER_SAID, ENGINE_SEND_SAID, ENGINE_SEND_SAID,
                                                  ENGINE_SEND_SAID, ENGINE_AUDIT_SAID};
    static const enum engine_effect_kind team[] = {ENGINE_ANSWER_SAID, ENGINE_SEND_SAID, ENGINE_AUDIT_SAID};
    (void)teams_of_two();
    assert_int_equal(say(1, CHAT_ALL, "hello"), CHAT_SAID);
    assert_kinds(all, 5);
    for (uint32_t i = 0; i < 3; i++) {
        assert_int_equal(worker.effects.items[i + 1].peer, i);
        assert_int_equal(worker.effects.items[i + 1].line.slot, 0);
    }
    assert_int_equal(say(1, CHAT_TEAM, "hello"), CHAT_SAID);
    assert_kinds(team, 3);
    assert_int_equal(worker.effects.items[1].peer, peers_find(&worker.core.peers, GATEWAY));
}

static void test_line_is_refused_for_its_reason(void **state)
{
    (void)state;
    (void)teams_of_two();
    assert_int_equal(say(9, CHAT_ALL, "hello"), CHAT_VERDICTS);
    assert_refused(ENGINE_REFUSAL_NO_SESSION);
    assert_int_equal(say(0, CHAT_ALL, "hello"), CHAT_VERDICTS);
    assert_refused(ENGINE_REFUSAL_NO_SESSION);
    assert_int_equal(say(1, CHAT_ALL, ""), CHAT_BAD_TEXT);
    assert_refused(ENGINE_REFUSAL_BAD_TEXT);
    assert_int_equal(say(1, (enum chat_channel)9, "hello"), CHAT_BAD_CHANNEL);
    assert_refused(ENGINE_REFUSAL_BAD_CHANNEL);
    for (int i = 0; i < 3; i++) {
        assert_int_equal(say(1, CHAT_ALL, "hello"), CHAT_SAID);
    }
    assert_int_equal(say(1, CHAT_ALL, "hello"), CHAT_TOO_MANY);
    assert_refused(ENGINE_REFUSAL_TOO_MANY_LINES);
}

/* ---- spectators ----------------------------------------------------------------------------------- */

static void subscribe(const char *spectator, const char *match_id)
{
    worker.effects.count = 0;
    engine_core_subscribe(&worker.core, spectator, match_id, &worker.effects);
}

static void test_subscriber_is_kept_once_and_answered_each_time(void **state)
{
    (void)state;
    static const enum engine_effect_kind kinds[] = {ENGINE_SUBSCRIBED, ENGINE_ANSWER_SUBSCRIBED};
    struct hosted_match *hosted = engine_worker_match(&worker, 1, "duel", 2);
    for (int i = 0; i < 3; i++) {
        subscribe(SPECTATOR, hosted->id);
        assert_kinds(kinds, 2);
        assert_int_equal(hosted->subscriber_count, 1);
        assert_int_equal(holders_of(SPECTATOR), 1);
        assert_int_equal(worker.core.subscriber_count, 1);
    }
    engine_core_unsubscribe(&worker.core, "tcp://nobody", hosted->id);
    engine_core_unsubscribe(&worker.core, SPECTATOR, "00000000000000000000000000000009");
    engine_core_unsubscribe(&worker.core, SPECTATOR, NULL);
    assert_int_equal(hosted->subscriber_count, 1);
    engine_core_unsubscribe(&worker.core, SPECTATOR, hosted->id);
    assert_int_equal(hosted->subscriber_count, 0);
    assert_int_equal(worker.core.subscriber_count, 0);
    assert_int_equal(holders_of(SPECTATOR), 0);
}

static void test_oldest_subscriber_gives_way_when_there_are_too_many(void **state)
{
    (void)state;
    char url[32];
    struct hosted_match *hosted = engine_worker_match(&worker, 1, "duel", 2);
    for (int i = 0; i < HOSTED_MATCH_SUBSCRIBERS; i++) {
        (void)snprintf(url, sizeof url, "tcp://spectator-%d", i);
        subscribe(url, hosted->id);
    }
    subscribe("tcp://spectator-0", hosted->id); /* the newest now */
    assert_int_equal(hosted->subscriber_count, HOSTED_MATCH_SUBSCRIBERS);
    subscribe("tcp://spectator-99", hosted->id);
    assert_int_equal(hosted->subscriber_count, HOSTED_MATCH_SUBSCRIBERS);
    assert_int_equal(holders_of("tcp://spectator-0"), 1);
    assert_int_equal(holders_of("tcp://spectator-1"), 0);
    assert_int_equal(holders_of("tcp://spectator-2"), 1);
}

static void test_any_match_is_the_running_one_with_the_most_sessions(void **state)
{
    (void)state;
    struct hosted_match *first = engine_worker_match(&worker, 1, "duel", 2);
    struct hosted_match *second = engine_worker_match(&worker, 2, "duel", 2);
    subscribe(SPECTATOR, "");
    assert_refused(ENGINE_REFUSAL_NO_MATCH);
    engine_worker_join(&worker, first, GATEWAY, "ann", 1);
    engine_worker_join(&worker, second, GATEWAY, "ann", 2);
    engine_worker_join(&worker, second, GATEWAY, "ben", 3);
    engine_worker_round(&worker, 1, false);
    subscribe(SPECTATOR, "");
    assert_int_equal(worker.effects.items[1].match, second->index);
    subscribe(SPECTATOR, first->id);
    assert_int_equal(worker.effects.items[1].match, first->index);
    subscribe(SPECTATOR, NULL);
    assert_refused(ENGINE_REFUSAL_BAD_SUBSCRIBE);
    subscribe(SPECTATOR, "00000000000000000000000000000009");
    assert_refused(ENGINE_REFUSAL_NO_MATCH);
    subscribe("tcp://a-url-that-is-longer-than-any-mailbox-has-and-so-cannot-be-kept-as-a-peer", first->id);
    assert_refused(ENGINE_REFUSAL_FULL);
}

/* ---- the worker ----------------------------------------------------------------------------------- */

static bool follow_peers(const char *listed, uint64_t age_ms)
{
    char urls[2][PEERS_URL_MAX] = {{0}};
    (void)snprintf(urls[0], sizeof urls[0], "%s", listed == NULL ? "" : listed);
    const struct peer_list lists[] = {{urls[0], PEERS_URL_MAX, listed == NULL ? 0 : 1}};
    worker.effects.count = 0;
    return engine_core_peers(&worker.core, lists, 1, age_ms, worker.now_ms, &worker.effects);
}

static void test_sessions_and_subscriptions_of_a_lost_peer_go(void **state)
{
    (void)state;
    struct hosted_match *hosted = engine_worker_match(&worker, 1, "duel", 2);
    engine_worker_join(&worker, hosted, GATEWAY, "ann", 1);
    engine_worker_join(&worker, hosted, OTHER, "ben", 2);
    subscribe(GATEWAY, hosted->id);
    assert_false(follow_peers(GATEWAY, 0));
    assert_int_equal(worker.effects.count, 0);
    assert_false(follow_peers(NULL, 0));
    worker.now_ms += PEERS_GONE_MS + 1;
    assert_false(follow_peers(NULL, PEERS_LIST_AGE_MAX_MS + 1)); /* Redis is away: nobody is judged */
    assert_int_equal(worker.effects.count, 0);
    assert_false(follow_peers(NULL, 0));
    assert_int_equal(worker.effects.count, 2);
    assert_int_equal(worker.effects.items[0].kind, ENGINE_PEER_LOST);
    assert_int_equal(worker.effects.items[1].kind, ENGINE_LEFT);
    assert_string_equal(worker.effects.items[1].reason, "GATEWAY_LOST");
    assert_int_equal(hosted->match.seats[0].session, 0);
    assert_int_equal(hosted->match.seats[1].session, 2);
    assert_int_equal(hosted->subscriber_count, 0);
    assert_int_equal(holders_of(GATEWAY), 0);
}

static void test_lost_peer_is_continued_where_the_effects_were_full(void **state)
{
    (void)state;
    struct hosted_match *hosted = engine_worker_match(&worker, 1, "ffa", 4);
    static const char *const names[] = {"ann", "ben", "cid", "dee"};
    for (uint32_t i = 0; i < 4; i++) {
        engine_worker_join(&worker, hosted, GATEWAY, names[i], i + 1);
    }
    (void)follow_peers(GATEWAY, 0);
    (void)follow_peers(NULL, 0);
    worker.now_ms += PEERS_GONE_MS + 1;
    const struct peer_list lists[] = {{NULL, PEERS_URL_MAX, 0}};
    worker.effects.count = ENGINE_EFFECTS_MAX - ENGINE_CALL_EFFECTS_MAX + 1;
    assert_true(engine_core_peers(&worker.core, lists, 1, 0, worker.now_ms, &worker.effects));
    assert_int_equal(worker.core.seats.count, 4);
    worker.effects.count = 0;
    assert_false(engine_core_peers(&worker.core, lists, 1, 0, worker.now_ms, &worker.effects));
    assert_int_equal(engine_worker_count(&worker, ENGINE_PEER_LOST), 1);
    assert_int_equal(engine_worker_count(&worker, ENGINE_LEFT), 4);
    assert_int_equal(worker.core.seats.count, 0);
}

/* More sessions of one gateway than a call has effects for. */
static void test_lost_peer_with_more_sessions_than_effects_is_continued(void **state)
{
    (void)state;
    enum { SEATS = 600 };
    static const struct engine_rules rules = {
        .matches_max = 1, .players_per_match_max = SEATS, .snapshot_rate_max_hz = 60, .tick_allowance_us = 1};
    static struct match_player many[SEATS];
    void *own_memory = worker.core_memory;
    struct engine_create create = engine_worker_request(1, "massive", 2);
    for (uint32_t i = 0; i < SEATS; i++) {
        (void)snprintf(many[i].id, sizeof many[i].id, "p%u", i);
    }
    worker.core_memory = malloc(engine_core_bytes(&rules));
    engine_core_init(&worker.core, &rules, worker.core_memory);
    create.setup.players = many;
    create.setup.seat_count = SEATS;
    assert_true(engine_worker_create(&worker, &create));
    for (uint32_t i = 0; i < SEATS; i++) {
        engine_worker_join(&worker, &worker.core.matches.items[0], GATEWAY, many[i].id, i + 1);
    }
    (void)follow_peers(GATEWAY, 0);
    (void)follow_peers(NULL, 0);
    worker.now_ms += PEERS_GONE_MS + 1;
    const struct peer_list lists[] = {{NULL, PEERS_URL_MAX, 0}};
    worker.effects.count = ENGINE_EFFECTS_MAX - ENGINE_CALL_EFFECTS_MAX;
    assert_true(engine_core_peers(&worker.core, lists, 1, 0, worker.now_ms, &worker.effects));
    assert_int_equal(worker.effects.count, ENGINE_EFFECTS_MAX);
    assert_int_equal(worker.core.seats.count, SEATS - (ENGINE_CALL_EFFECTS_MAX - 1));
    worker.effects.count = 0;
    assert_false(engine_core_peers(&worker.core, lists, 1, 0, worker.now_ms, &worker.effects));
    assert_int_equal(engine_worker_count(&worker, ENGINE_PEER_LOST), 0);
    assert_int_equal(engine_worker_count(&worker, ENGINE_LEFT), SEATS - (ENGINE_CALL_EFFECTS_MAX - 1));
    assert_int_equal(worker.core.seats.count, 0);
    free(own_memory);
}

static void test_drain_without_matches_is_over_at_once(void **state)
{
    (void)state;
    static const enum engine_effect_kind kinds[] = {ENGINE_DRAINED};
    engine_core_drain(&worker.core, 1000, worker.now_ms, &worker.effects);
    assert_kinds(kinds, 1);
}

static void test_drain_keeps_a_reserve_to_publish(void **state)
{
    (void)state;
    static const struct {
        uint32_t timeout_ms;
        uint64_t patience_ms;
    } rows[] = {{30000, 29000}, {2001, 1001}, {2000, 1000}, {1000, 500}, {0, 0}};
    (void)engine_worker_match(&worker, 1, "duel", 2);
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        worker.effects.count = 0;
        engine_core_drain(&worker.core, rows[i].timeout_ms, worker.now_ms, &worker.effects);
        assert_int_equal(worker.effects.count, 0);
        assert_int_equal(worker.core.drain_end_ms, worker.now_ms + rows[i].patience_ms);
    }
}

int main(void)
{
#define TEST(name) cmocka_unit_test_setup_teardown(name, open_worker, close_worker)
    const struct CMUnitTest tests[] = {
        TEST(test_match_is_made_logged_announced_and_answered_in_this_order),
        TEST(test_repeat_of_a_creation_gets_the_same_answer_also_when_draining_and_after_the_end),
        TEST(test_creation_is_refused_for_its_reason),
        TEST(test_refusals_have_the_codes_of_the_protocol),
        TEST(test_session_takes_its_players_seat),
        TEST(test_repeat_of_a_join_is_answered_and_changes_nothing_but_the_rate),
        TEST(test_newer_session_replaces_the_older_one_of_its_player),
        TEST(test_session_that_joins_another_match_leaves_the_first),
        TEST(test_join_is_refused_for_its_reason),
        TEST(test_rate_is_bounded_by_the_workers_own),
        TEST(test_session_leaves_with_its_reason_and_a_stranger_does_not),
        TEST(test_inputs_reach_the_seat_of_their_session_alone),
        TEST(test_report_of_skipped_snapshots_lowers_the_rate),
        TEST(test_line_is_answered_sent_to_each_gateway_that_hears_it_and_audited),
        TEST(test_line_is_refused_for_its_reason),
        TEST(test_subscriber_is_kept_once_and_answered_each_time),
        TEST(test_oldest_subscriber_gives_way_when_there_are_too_many),
        TEST(test_any_match_is_the_running_one_with_the_most_sessions),
        TEST(test_sessions_and_subscriptions_of_a_lost_peer_go),
        TEST(test_lost_peer_is_continued_where_the_effects_were_full),
        TEST(test_lost_peer_with_more_sessions_than_effects_is_continued),
        TEST(test_drain_without_matches_is_over_at_once),
        TEST(test_drain_keeps_a_reserve_to_publish),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
