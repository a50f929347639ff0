/* SPDX-License-Identifier: Apache-2.0 */
/* stub_engine.c - stands in until node_engine.c is there: real matches, seats without ceremony. */
#include "proto/durable.pb-c.h"
#include "proto/match.pb-c.h"
#include "services/game-engine/core/match.h"
#include "tests/simulation/simulation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MATCHES_MAX 16
#define SEATS_MAX   4

struct hosted {
    bool is_used;
    char id[33], matchmaker[MAILBOX_URL_MAX];
    char gateways[SEATS_MAX][MAILBOX_URL_MAX];
    struct match match;
    void *memory;
};

struct stub {
    struct sim_process *process;
    struct hosted matches[MATCHES_MAX];
    struct match_workspace workspace;
    void *workspace_memory;
};

static const struct trace_id no_trace;

static struct hosted *find(struct stub *stub, const char *id)
{
    for (int i = 0; i < MATCHES_MAX; i++) {
        if (stub->matches[i].is_used && strcmp(stub->matches[i].id, id) == 0) {
            return &stub->matches[i];
        }
    }
    return NULL;
}

static struct hosted *make(struct stub *stub, const Mma__CreateMatch *create)
{
    struct match_player players[SEATS_MAX];
    struct match_setup setup = {
        .world = {.seed = create->seed, .mode = mode_find(create->mode), .time_limit_ticks = create->time_limit_ticks},
        .players = players,
        .seat_count = (uint16_t)create->n_seats,
        .wait_ticks = 60,
        .idle_ticks = 120,
        .input_ticks = 16,
        .chunk_ticks = 120,
        .chunk_bytes = 65536,
        .snapshot_bytes_per_s = 100000,
        .chat_lines_per_minute = 5};
    struct hosted *hosted = NULL;
    for (int i = 0; i < MATCHES_MAX && hosted == NULL; i++) {
        hosted = stub->matches[i].is_used ? NULL : &stub->matches[i];
    }
    REQUIRE(hosted != NULL && create->n_seats <= SEATS_MAX);
    *hosted = (struct hosted){.is_used = true};
    memset(players, 0, sizeof(players));
    for (size_t i = 0; i < create->n_seats; i++) {
        snprintf(players[i].id, sizeof(players[i].id), "%s", create->seats[i]->player_id);
    }
    snprintf(hosted->id, sizeof(hosted->id), "%s", create->match_id);
    memcpy(setup.id, hosted->id, sizeof(setup.id));
    size_t size = (match_memory_bytes(&setup) + 15) / 16 * 16;
    hosted->memory = aligned_alloc(16, size);
    REQUIRE(hosted->memory != NULL && match_init(&hosted->match, &setup, hosted->memory, size) == STATUS_OK);
    return hosted;
}

static void on_create(struct stub *stub, const struct mailbox_envelope *envelope)
{
    struct mailbox_return to = sim_return_of(envelope);
    Mma__CreateMatch *create = mma__create_match__unpack(NULL, envelope->payload_size, envelope->payload);
    struct hosted *hosted = find(stub, create->match_id);
    hosted = hosted != NULL ? hosted : make(stub, create);
    snprintf(hosted->matchmaker, sizeof(hosted->matchmaker), "%s", envelope->sender);
    Mma__MatchCreated created;
    mma__match_created__init(&created);
    created.match_id = hosted->id;
    sim_reply(stub->process, &to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_CREATED, &created.base);
    mma__create_match__free_unpacked(create, NULL);
}

static void on_join(struct stub *stub, const struct mailbox_envelope *envelope)
{
    struct mailbox_return to = sim_return_of(envelope);
    Mma__Join *join = mma__join__unpack(NULL, envelope->payload_size, envelope->payload);
    struct hosted *hosted = find(stub, join->match_id);
    int slot = hosted != NULL ? match_find_player(&hosted->match, join->player_id) : -1;
    if (slot < 0) {
        sim_refuse(stub->process, &to, STATUS_NOT_FOUND, "GAME_NOT_FOUND", "over");
    } else {
        struct match *match = &hosted->match;
        Mma__Joined joined;
        Mma__MatchJoined inner;
        Mma__MatchSeat seats[SEATS_MAX], *list[SEATS_MAX];
        mma__joined__init(&joined);
        mma__match_joined__init(&inner);
        if (match->seats[slot].session != 0) {
            match_leave_seat(match, (uint16_t)slot);
        }
        match_take_seat(match, (uint16_t)slot, join->session_id, (uint32_t)slot);
        snprintf(hosted->gateways[slot], MAILBOX_URL_MAX, "%s", envelope->sender);
        for (int i = 0; i < match->seat_count; i++) {
            mma__match_seat__init(&seats[i]);
            seats[i].slot = (uint32_t)i;
            seats[i].player_id = match->seats[i].player.id;
            list[i] = &seats[i];
        }
        inner.match_id = hosted->id;
        inner.slot = (uint32_t)slot;
        inner.seats = list;
        inner.n_seats = match->seat_count;
        joined.session_id = join->session_id;
        joined.joined = &inner;
        sim_reply(stub->process, &to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED, &joined.base);
    }
    mma__join__free_unpacked(join, NULL);
}

static bool find_session(struct stub *stub, uint64_t session, struct hosted **out_hosted, uint16_t *out_slot)
{
    for (int i = 0; i < MATCHES_MAX; i++) {
        for (uint16_t slot = 0; stub->matches[i].is_used && slot < stub->matches[i].match.seat_count; slot++) {
            if (stub->matches[i].match.seats[slot].session == session) {
                *out_hosted = &stub->matches[i];
                *out_slot = slot;
                return true;
            }
        }
    }
    return false;
}

static void on_envelope(void *state, const struct mailbox_envelope *envelope)
{
    struct stub *stub = state;
    struct hosted *hosted;
    uint16_t slot;
    if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH) {
        on_create(stub, envelope);
    } else if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN) {
        on_join(stub, envelope);
    } else if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_LEAVE) {
        Mma__Leave *leave = mma__leave__unpack(NULL, envelope->payload_size, envelope->payload);
        if (find_session(stub, leave->session_id, &hosted, &slot)) {
            match_leave_seat(&hosted->match, slot);
        }
        mma__leave__free_unpacked(leave, NULL);
    } else if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS) {
        Mma__Inputs *inputs = mma__inputs__unpack(NULL, envelope->payload_size, envelope->payload);
        for (size_t i = 0; i < inputs->n_inputs; i++) {
            const Mma__SessionInput *row = inputs->inputs[i];
            if (find_session(stub, row->session_id, &hosted, &slot)) {
                (void)match_input(&hosted->match, slot, row->input.data, row->input.len);
            }
        }
        mma__inputs__free_unpacked(inputs, NULL);
    }
}

static void send_snapshots(struct stub *stub, struct hosted *hosted)
{
    struct match *match = &hosted->match;
    for (uint16_t slot = 0; slot < match->seat_count; slot++) {
        uint8_t bytes[MATCH_SNAPSHOT_BYTES(SEATS_MAX)];
        struct match_snapshot encoded;
        if (match->seats[slot].session == 0 || !match_owes_snapshot(match, slot)) {
            continue;
        }
        match_build_view(match, slot, &stub->workspace);
        if (match_encode(match, &stub->workspace, bytes, sizeof(bytes), &encoded) != STATUS_OK) {
            continue;
        }
        Mma__Snapshots message;
        Mma__SessionSnapshot row, *list[] = {&row};
        mma__snapshots__init(&message);
        mma__session_snapshot__init(&row);
        row.session_id = match->seats[slot].session;
        row.tick = encoded.tick;
        row.baseline_tick = encoded.baseline_tick;
        row.snapshot = (ProtobufCBinaryData){encoded.size, bytes};
        message.snapshots = list;
        message.n_snapshots = 1;
        (void)!sim_post(stub->process, hosted->gateways[slot], MAILBOX_REALTIME,
                        MMA__MESSAGE_TYPE__MESSAGE_TYPE_SNAPSHOTS, no_trace, &message.base);
    }
}

static void publish_chunks(struct stub *stub, struct hosted *hosted)
{
    struct recorder_chunk chunk;
    while (recorder_take_chunk(&hosted->match.recorder, &chunk)) {
        Mma__ReplayChunk message;
        uint8_t packed[70000];
        char id[64];
        mma__replay_chunk__init(&message);
        message.match_id = hosted->id;
        message.index = chunk.index;
        message.first_tick = chunk.first_tick;
        message.last_tick = chunk.last_tick;
        message.is_last = chunk.is_last;
        message.records = (ProtobufCBinaryData){chunk.size, (uint8_t *)(uintptr_t)chunk.bytes};
        REQUIRE(mma__replay_chunk__get_packed_size(&message) <= sizeof(packed));
        snprintf(id, sizeof(id), "%s/%u", hosted->id, chunk.index);
        (void)!sim_amqp_publish(stub->process, "replay.chunk", id, no_trace, packed,
                                mma__replay_chunk__pack(&message, packed));
    }
}

static void finish(struct stub *stub, struct hosted *hosted)
{
    const struct match *match = &hosted->match;
    Mma__MatchResult result;
    Mma__MatchEnded ended;
    Mma__MatchOver over;
    uint8_t packed[2048];
    mma__match_result__init(&result);
    mma__match_ended__init(&ended);
    mma__match_over__init(&over);
    result.match_id = ended.match_id = hosted->id;
    result.ticks = ended.ticks = match->world.tick;
    result.state_hash = ended.state_hash = match->hash;
    over.ended = &ended;
    (void)!sim_amqp_publish(stub->process, "match.result", hosted->id, no_trace, packed,
                            mma__match_result__pack(&result, packed));
    (void)!sim_post(stub->process, hosted->matchmaker, MAILBOX_PUBLISH, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER,
                    no_trace, &over.base);
    for (uint16_t slot = 0; slot < match->seat_count; slot++) {
        uint64_t session = match->seats[slot].session;
        over.session_ids = &session;
        over.n_session_ids = 1;
        if (session != 0) {
            (void)!sim_post(stub->process, hosted->gateways[slot], MAILBOX_PUBLISH,
                            MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER, no_trace, &over.base);
        }
    }
    free(hosted->memory);
    *hosted = (struct hosted){.is_used = false};
}

static void on_tick(void *owner)
{
    struct stub *stub = owner;
    (void)sim_timer_start_us(stub->process, 16667, on_tick, stub);
    for (int i = 0; i < MATCHES_MAX; i++) {
        struct hosted *hosted = &stub->matches[i];
        if (hosted->is_used && match_step(&hosted->match)) {
            send_snapshots(stub, hosted);
        }
        if (hosted->is_used) {
            recorder_clear_stream(&hosted->match.recorder);
            publish_chunks(stub, hosted);
        }
        if (hosted->is_used && hosted->match.state == MATCH_OVER) {
            finish(stub, hosted);
        }
    }
}

static void *start(struct sim_process *process, uint64_t seed)
{
    struct stub *stub = calloc(1, sizeof(*stub));
    (void)seed;
    REQUIRE(stub != NULL);
    stub->process = process;
    stub->workspace_memory = aligned_alloc(16, (match_workspace_bytes() + 15) / 16 * 16);
    match_workspace_init(&stub->workspace, stub->workspace_memory);
    sim_registry_announce(process, &(struct registry_entry){.players = 0});
    on_tick(stub);
    return stub;
}

static void destroy(void *state)
{
    struct stub *stub = state;
    for (int i = 0; i < MATCHES_MAX; i++) {
        free(stub->matches[i].memory);
    }
    free(stub->workspace_memory);
    free(stub);
}

const struct sim_program node_engine = {
    .role = "game-engine", .start = start, .destroy = destroy, .on_envelope = on_envelope};
