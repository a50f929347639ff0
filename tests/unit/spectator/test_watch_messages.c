/* SPDX-License-Identifier: Apache-2.0 */
/* Messages of gateways and engines as events of the core, and its effects as messages. */
#include "services/spectator/io/watch_messages.h"
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

static uint8_t payload[70000];

static struct mailbox_envelope envelope_of(Mma__MessageType type, const char *sender, const ProtobufCMessage *message)
{
    struct mailbox_envelope envelope = {
        .type = type, .sender = sender, .correlation_id = 4711, .payload = payload, .trace = {{9, 8, 7}}};
    envelope.payload_size = message == NULL ? 0 : protobuf_c_message_pack(message, payload);
    return envelope;
}

static void receive(const struct mailbox_envelope *envelope)
{
    c->effects.count = 0;
    watch_messages_receive(&c->follow, envelope, &c->engine_list, c->now_ms, &c->effects);
}

static void watch(uint64_t session, char *match_id, uint32_t rate_hz)
{
    Mma__Watch message;
    mma__watch__init(&message);
    message.session_id = session;
    message.match_id = match_id;
    message.rate_hz = rate_hz;
    const struct mailbox_envelope envelope = envelope_of(MMA__MESSAGE_TYPE__MESSAGE_TYPE_WATCH, G1, &message.base);
    receive(&envelope);
}

static struct followed_data data;
static bool is_map_damaged;

static void damage_map(uint8_t *header, size_t size)
{
    for (size_t i = 0; i + 5 < size; i++) {
        if (memcmp(header + i, "spawn", 5) == 0) {
            header[i] = '?';
        }
    }
}

/* The engine's answer to slot 0's Subscribe, with the source's header and keyframe. */
static void subscribed(char *match_id, Mma__MessageType type)
{
    static uint8_t header[8192], keyframe[65536];
    Mma__Subscribed message;
    Mma__MatchSeat seat, *seats[] = {&seat};
    mma__subscribed__init(&message);
    mma__match_seat__init(&seat);
    message.match_id = match_id;
    record_source_header(&c->source);
    message.header = (ProtobufCBinaryData){.data = header, .len = c->source.size};
    memcpy(header, c->source.bytes, c->source.size);
    if (is_map_damaged) {
        damage_map(header, c->source.size);
    }
    record_source_keyframe(&c->source);
    message.keyframe = (ProtobufCBinaryData){.data = keyframe, .len = c->source.size};
    memcpy(keyframe, c->source.bytes, c->source.size);
    message.n_seats = 1;
    message.seats = seats;
    const struct mailbox_envelope envelope = envelope_of(type, E1, &message.base);
    c->effects.count = 0;
    followed_data_receive(&data, &c->follow, 0, STATUS_OK, &envelope, &c->engine_list, c->now_ms, &c->effects);
}

static int close_data(void **state)
{
    followed_data_free(&data);
    return teardown(state);
}

static char match_id[] = MATCH;

static void test_watch_becomes_a_request_with_its_way_back(void **state)
{
    (void)state;
    watch(5, match_id, 30);
    assert_string_equal(follow_case_kinds(c), "SUBSCRIBE");
    const struct follow_viewer_request *waiter = &c->follow.slots[0].waiters[0];
    assert_int_equal(waiter->session, 5);
    assert_int_equal(waiter->rate_hz, 30);
    assert_string_equal(waiter->from.gateway, G1);
    assert_int_equal(waiter->from.correlation_id, 4711);
    assert_int_equal(waiter->from.trace[1], 8);
    assert_string_equal(c->follow.slots[0].match_id, MATCH);
    const struct mailbox_return to = watch_messages_return(&waiter->from);
    assert_string_equal(to.sender, G1);
    assert_int_equal(to.correlation_id, 4711);
    assert_int_equal(to.trace.bytes[2], 7);
}

static void test_watch_that_is_not_valid_is_refused(void **state)
{
    (void)state;
    char too_long[] = MATCH "0";
    watch(0, match_id, 30);
    assert_int_equal(follow_case_effect(c, FOLLOW_REFUSE, 0)->refusal, ADMISSION_INVALID);
    watch(1, too_long, 30);
    assert_int_equal(follow_case_effect(c, FOLLOW_REFUSE, 0)->refusal, ADMISSION_INVALID);
    struct mailbox_envelope junk = envelope_of(MMA__MESSAGE_TYPE__MESSAGE_TYPE_WATCH, G1, NULL);
    memset(payload, 0xFF, 10);
    junk.payload_size = 10;
    receive(&junk);
    assert_string_equal(follow_case_kinds(c), "REFUSE");
    assert_int_equal(follow_case_effect(c, FOLLOW_REFUSE, 0)->refusal, ADMISSION_INVALID);
    junk.type = MMA__MESSAGE_TYPE__MESSAGE_TYPE_UNWATCH;
    receive(&junk);
    junk.type = MMA__MESSAGE_TYPE__MESSAGE_TYPE_RECORDS;
    receive(&junk);
    assert_int_equal(c->effects.count, 0);
}

static void test_unwatch_removes_the_viewer(void **state)
{
    (void)state;
    Mma__Unwatch message;
    mma__unwatch__init(&message);
    follow_case_follow(c);
    message.session_id = 1;
    struct mailbox_envelope envelope = envelope_of(MMA__MESSAGE_TYPE__MESSAGE_TYPE_UNWATCH, G2, &message.base);
    receive(&envelope);
    assert_int_equal(c->effects.count, 0);
    envelope.sender = G1;
    receive(&envelope);
    assert_string_equal(follow_case_kinds(c), "VIEWER_LEFT");
    assert_int_equal(follow_case_effect(c, FOLLOW_VIEWER_LEFT, 0)->request.from.trace[0], 9);
}

static void test_other_requests_are_refused_and_other_messages_ignored(void **state)
{
    (void)state;
    struct mailbox_envelope envelope = envelope_of(MMA__MESSAGE_TYPE__MESSAGE_TYPE_FRAMES, G1, NULL);
    receive(&envelope);
    assert_string_equal(follow_case_kinds(c), "REFUSE");
    assert_int_equal(follow_case_effect(c, FOLLOW_REFUSE, 0)->refusal, ADMISSION_NOT_SERVED);
    assert_int_equal(follow_case_effect(c, FOLLOW_REFUSE, 0)->request.from.correlation_id, 4711);
    envelope.correlation_id = 0;
    receive(&envelope);
    assert_int_equal(c->effects.count, 0);
}

static void test_records_reach_the_match_they_name(void **state)
{
    (void)state;
    Mma__Records records;
    Mma__MatchRecords row, nothing, *rows[] = {&nothing, &row};
    static char other[] = OTHER;
    static uint8_t bytes[65536];
    follow_case_follow(c);
    uint32_t next = c->follow.slots[0].match.next_tick;
    record_source_step(&c->source);
    memcpy(bytes, c->source.bytes, c->source.size);
    mma__records__init(&records);
    mma__match_records__init(&row);
    mma__match_records__init(&nothing);
    nothing.match_id = other;
    row.match_id = match_id;
    row.first_tick = next;
    row.records = (ProtobufCBinaryData){.data = bytes, .len = c->source.size};
    records.n_matches = 2;
    records.matches = rows;
    struct mailbox_envelope envelope = envelope_of(MMA__MESSAGE_TYPE__MESSAGE_TYPE_RECORDS, G1, &records.base);
    receive(&envelope);
    assert_int_equal(c->follow.slots[0].match.next_tick, next); /* not of its engine */
    envelope.sender = E1;
    receive(&envelope);
    assert_int_equal(c->follow.slots[0].match.next_tick, next + 1);
}

/* ---- answers to Subscribe ------------------------------------------------------------------------- */

static void test_subscribed_is_followed_and_its_viewer_is_told_what_it_watches(void **state)
{
    (void)state;
    watch(5, match_id, 30);
    subscribed(match_id, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBED);
    assert_string_equal(follow_case_kinds(c), "STARTED ADMIT");
    assert_non_null(data.memory);
    struct watch_messages_watching out;
    const struct follow_slot *slot = &c->follow.slots[0];
    watch_messages_fill_watching(&out, &c->follow, follow_case_effect(c, FOLLOW_ADMIT, 0), &data);
    assert_int_equal(out.stream.session_id, 5);
    assert_int_equal(out.stream.stream_id, slot->stream_id + 1);
    assert_ptr_equal(out.stream.watching, &out.watching);
    assert_string_equal(out.watching.match_id, MATCH);
    assert_int_equal(out.watching.rate_hz, 30);
    assert_int_equal(out.watching.delay_ms, FOLLOW_CASE_DELAY_MS);
    assert_string_equal(out.watching.map, c->source.header.setup.map->name);
    assert_string_equal(out.watching.mode, "ffa");
    assert_string_equal(out.watching.map_text, "");
    assert_int_equal(out.watching.n_seats, 1);
    assert_true(protobuf_c_message_pack(&out.stream.base, payload) > 0);
}

static void test_subscribed_of_a_resync_needs_no_memory_and_keeps_the_seats(void **state)
{
    (void)state;
    watch(5, match_id, 30);
    subscribed(match_id, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBED);
    const void *memory = data.memory, *seats = data.subscribed;
    c->now_ms += FOLLOW_SILENCE_MS + 1;
    c->effects.count = 0;
    assert_false(follow_settle(&c->follow, c->now_ms, &c->effects));
    assert_string_equal(follow_case_kinds(c), "RESYNC SUBSCRIBE");
    subscribed(match_id, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBED);
    assert_int_equal(c->effects.count, 0);
    assert_false(c->follow.slots[0].match.needs_resync);
    assert_ptr_equal(data.memory, memory);
    assert_ptr_equal(data.subscribed, seats);
}

static void test_answer_that_is_no_subscribed_asks_the_next_engine(void **state)
{
    (void)state;
    static char junk[] = "0102", *const bad[] = {junk};
    static const char *const engines[] = {"tcp://e1:1", "tcp://e2:1", "tcp://e3:1", "tcp://e4:1"};
    follow_case_list_engines(c, 4, engines);
    watch(5, match_id, 30);
    subscribed(bad[0], MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBED);
    assert_string_equal(follow_case_kinds(c), "SUBSCRIBE");
    subscribed(match_id, MMA__MESSAGE_TYPE__MESSAGE_TYPE_WATCHING);
    assert_string_equal(follow_case_kinds(c), "SUBSCRIBE");
    assert_string_equal(c->follow.slots[0].engine, "tcp://e3:1");
    c->effects.count = 0;
    followed_data_receive(&data, &c->follow, 0, STATUS_EXPIRED, NULL, &c->engine_list, c->now_ms, &c->effects);
    assert_string_equal(c->follow.slots[0].engine, "tcp://e4:1");
    assert_null(data.memory);
    assert_null(data.subscribed);
}

static void test_header_of_other_rules_fails(void **state)
{
    (void)state;
    watch(5, match_id, 30);
    c->source.header.rules_version++;
    subscribed(match_id, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBED);
    assert_string_equal(follow_case_kinds(c), "FAILED UNSUBSCRIBE REFUSE RELEASE");
    assert_int_equal(follow_case_effect(c, FOLLOW_FAILED, 0)->status, STATUS_MISMATCH);
}

/* ---- a map that is not built in ------------------------------------------------------------------- */

static const struct map_polygon yard_polygons[] = {
    {3, {{Q16(200), Q16(200)}, {Q16(420), Q16(260)}, {Q16(240), Q16(330)}}},
};
static const struct map_spawn yard_spawns[] = {{{Q16(100), Q16(100)}, RULES_TEAM_NONE},
                                               {{Q16(800), Q16(800)}, RULES_TEAM_NONE},
                                               {{Q16(800), Q16(100)}, RULES_TEAM_NONE}};
static const struct map yard = {.name = "yard",
                                .width_q16 = Q16(900),
                                .height_q16 = Q16(900),
                                .polygons = yard_polygons,
                                .polygon_count = 1,
                                .spawns = yard_spawns,
                                .spawn_count = 3};

static void test_map_that_the_record_carries_is_read_and_handed_on(void **state)
{
    (void)state;
    record_source_close(&c->source);
    record_source_open_on(&c->source, 1, &yard);
    record_source_step(&c->source);
    watch(5, match_id, 60);
    subscribed(match_id, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBED);
    assert_string_equal(follow_case_kinds(c), "STARTED ADMIT");
    memset(payload, 0xEE, sizeof payload); /* the message's bytes go */
    struct watch_messages_watching out;
    const struct follow_slot *slot = &c->follow.slots[0];
    watch_messages_fill_watching(&out, &c->follow, follow_case_effect(c, FOLLOW_ADMIT, 0), &data);
    assert_string_equal(out.watching.map, "yard");
    assert_non_null(strstr(out.watching.map_text, "yard"));
    assert_int_equal(slot->match.header.setup.map->polygon_count, 1);
    assert_null(slot->match.header.map_text);
    assert_int_equal(slot->match.header.map_text_size, 0);
    for (uint32_t i = 0; i < 20; i++) {
        c->now_ms += 16;
        follow_case_tick(c, E1, MATCH);
        assert_false(follow_step(&c->follow, c->now_ms, &c->batch));
        frame_batch_clear(&c->batch);
    }
    assert_false(slot->match.needs_resync);
    assert_true(slot->match.player.world.tick > 10);
}

static void test_map_that_is_damaged_fails(void **state)
{
    (void)state;
    record_source_close(&c->source);
    record_source_open_on(&c->source, 1, &yard);
    watch(5, match_id, 60);
    is_map_damaged = true;
    subscribed(match_id, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBED);
    is_map_damaged = false;
    assert_string_equal(follow_case_kinds(c), "FAILED UNSUBSCRIBE REFUSE RELEASE");
    assert_int_equal(follow_case_effect(c, FOLLOW_FAILED, 0)->status, STATUS_INVALID);
    assert_null(data.memory);
}

/* ---- messages to engines and gateways ------------------------------------------------------------- */

static void test_messages_name_the_match_and_the_stream(void **state)
{
    (void)state;
    Mma__Subscribe subscribe;
    Mma__Unsubscribe unsubscribe;
    Mma__StreamOver over;
    const struct follow_effect lost = {.kind = FOLLOW_END_STREAM, .tier = 3, .end = FOLLOW_END_LOST};
    follow_case_follow(c);
    const struct follow_slot *slot = &c->follow.slots[0];
    watch_messages_fill_subscribe(&subscribe, slot);
    watch_messages_fill_unsubscribe(&unsubscribe, slot);
    watch_messages_fill_stream_over(&over, slot, &lost);
    assert_string_equal(subscribe.match_id, MATCH);
    assert_string_equal(unsubscribe.match_id, MATCH);
    assert_int_equal(over.stream_id, slot->stream_id + 3);
    assert_string_equal(over.reason, "SPECTATOR_LOST");
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, setup, close_data)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_watch_becomes_a_request_with_its_way_back),
        TEST(test_watch_that_is_not_valid_is_refused),
        TEST(test_unwatch_removes_the_viewer),
        TEST(test_other_requests_are_refused_and_other_messages_ignored),
        TEST(test_records_reach_the_match_they_name),
        TEST(test_subscribed_is_followed_and_its_viewer_is_told_what_it_watches),
        TEST(test_subscribed_of_a_resync_needs_no_memory_and_keeps_the_seats),
        TEST(test_answer_that_is_no_subscribed_asks_the_next_engine),
        TEST(test_header_of_other_rules_fails),
        TEST(test_map_that_the_record_carries_is_read_and_handed_on),
        TEST(test_map_that_is_damaged_fails),
        TEST(test_messages_name_the_match_and_the_stream),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
