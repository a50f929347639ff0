/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/node_engine.h"

#include "libcommon/runtime/encoding/borrow.h"
#include "services/game-engine/core/tick_schedule.h"
#include "services/game-engine/io/answer_messages.h"
#include "services/game-engine/io/outbox.h"
#include "services/game-engine/io/request_messages.h"
#include "services/game-engine/io/result_messages.h"
#include "services/game-engine/io/wall_indexes.h"
#include "tests/simulation/node_engine_recovery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define MESSAGE_BYTES_MAX (1u << 20)
#define PACKED_BYTES_MAX  (256u << 10)
#define RECOVERIES_MAX    (2 * NODE_ENGINE_MATCHES_MAX) /* one that is over may wait for answers */
#define TICK_COST_US      100                           /* what a tick of a match is said to cost */

struct engine_node {
    struct sim_process *process;
    struct engine_core core;
    void *core_memory;
    void *memory[NODE_ENGINE_MATCHES_MAX]; /* of matches */
    void *given;                           /* for the match that is being made */
    struct node_engine_recovery recoveries[RECOVERIES_MAX];
    struct node_engine_recovery *recovery_of[NODE_ENGINE_MATCHES_MAX];
    struct request_messages_context context;
    struct wall_indexes walls;
    struct match_workspace workspace;
    void *workspace_memory;
    struct outbox *outbox;
    struct tick_schedule schedule;
    uint64_t tick_timer; /* 0: the clock stands still */
    bool is_draining;
    struct arena message;
    ProtobufCAllocator allocator;
    const struct mailbox_envelope *envelope; /* that is answered */
    Mma__Standing **standings;               /* of the match that ends */
    struct engine_effects effects;
    uint8_t packed[PACKED_BYTES_MAX];
};

static void on_tick(void *owner);

/* ---- what goes out ------------------------------------------------------------------------------ */

static struct hosted_match *hosted_of(struct engine_node *node, const struct engine_effect *effect)
{
    return &node->core.matches.items[effect->match];
}

static struct trace_id trace_of(const struct hosted_match *hosted)
{
    struct trace_id trace;
    memcpy(trace.bytes, hosted->trace, sizeof(trace.bytes));
    return trace;
}

static void reply(struct engine_node *node, Mma__MessageType type, const ProtobufCMessage *message)
{
    const struct mailbox_return to = sim_return_of(node->envelope);
    sim_reply(node->process, &to, type, message);
}

static void refuse(struct engine_node *node, enum engine_refusal refusal)
{
    const struct engine_refusal_text *text = engine_core_refusal_text(refusal);
    const struct mailbox_return to = sim_return_of(node->envelope);
    sim_refuse(node->process, &to, text->status, text->code, text->message);
}

static void post(struct engine_node *node, const struct hosted_match *hosted, const char *url, Mma__MessageType type,
                 const ProtobufCMessage *message)
{
    enum status status = sim_post(node->process, url, MAILBOX_PUBLISH, type, trace_of(hosted), message);
    (void)status;
}

static void send_realtime(void *owner, const char *mailbox_url, Mma__MessageType type, const ProtobufCMessage *message)
{
    struct engine_node *node = owner;
    enum status status = sim_post(node->process, mailbox_url, MAILBOX_REALTIME, type, (struct trace_id){{0}}, message);
    (void)status;
}

static void publish(struct engine_node *node, const struct hosted_match *hosted, const char *routing_key,
                    const char *message_id, const ProtobufCMessage *message)
{
    size_t size = protobuf_c_message_get_packed_size(message);
    REQUIRE(size <= PACKED_BYTES_MAX);
    size = protobuf_c_message_pack(message, node->packed);
    if (sim_amqp_publish(node->process, routing_key, message_id, trace_of(hosted), node->packed, size) != STATUS_OK) {
        sim_log(node->process, "event.lost %s %s", routing_key, message_id);
    }
}

/* ---- effects: answers --------------------------------------------------------------------------- */

static void answer_created(struct engine_node *node, const struct engine_effect *effect)
{
    Mma__MatchCreated created;
    mma__match_created__init(&created);
    created.match_id = borrow_text(effect->match_id);
    reply(node, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_CREATED, &created.base);
}

static void answer_joined(struct engine_node *node, const struct engine_effect *effect)
{
    Mma__MatchJoined inner;
    Mma__Joined joined;
    enum status status =
        answer_messages_joined(hosted_of(node, effect), effect->slot, "", &node->message, &inner, &joined);
    REQUIRE(status == STATUS_OK);
    reply(node, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED, &joined.base);
}

static void answer_subscribed(struct engine_node *node, const struct engine_effect *effect)
{
    Mma__Subscribed subscribed;
    enum status status = answer_messages_subscribed(hosted_of(node, effect), &node->message, &subscribed);
    REQUIRE(status == STATUS_OK);
    reply(node, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBED, &subscribed.base);
}

static void send_said(struct engine_node *node, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(node, effect);
    bool is_answer = effect->kind == ENGINE_ANSWER_SAID;
    uint32_t peer = is_answer ? PEERS_NONE : effect->peer;
    Mma__ChatMessage message;
    Mma__Said said;
    enum status status =
        answer_messages_said(hosted, &effect->line, sim_unix_ms(node->process), peer, &node->message, &message, &said);
    REQUIRE(status == STATUS_OK);
    if (is_answer) {
        reply(node, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAID, &said.base);
    } else {
        post(node, hosted, node->core.peers.items[peer].mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAID, &said.base);
    }
}

/* ---- effects: a match's events ------------------------------------------------------------------ */

static void publish_chunk(struct engine_node *node, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(node, effect);
    Mma__ReplayChunk message;
    char message_id[RESULT_MESSAGES_ID_MAX + 1];
    result_messages_chunk(hosted->id, &effect->chunk, message_id, &message);
    publish(node, hosted, "replay.chunk", message_id, &message.base);
}

static void publish_result(struct engine_node *node, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(node, effect);
    bool has_started = hosted->start_unix_ms != 0;
    const struct result_labels labels = {.match_id = hosted->id,
                                         .queue = hosted->queue,
                                         .region = hosted->region,
                                         .engine = sim_mailbox_url(node->process),
                                         .quality = hosted->quality,
                                         .start_unix_ms =
                                             has_started ? hosted->start_unix_ms : sim_unix_ms(node->process),
                                         .elapsed_ms = effect->elapsed_ms};
    Mma__MatchResult result;
    arena_reset(&node->message);
    node->standings = result_messages_standings(&hosted->match, &node->message);
    REQUIRE(node->standings != NULL);
    result_messages_result(&hosted->match, &labels, node->standings, &result);
    publish(node, hosted, "match.result", hosted->id, &result.base);
}

static void send_over(struct engine_node *node, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(node, effect);
    bool is_creator = effect->kind == ENGINE_SEND_OVER_CREATOR;
    uint64_t sessions[NODE_ENGINE_SEATS_MAX];
    Mma__MatchEnded ended;
    Mma__MatchOver over;
    mma__match_over__init(&over);
    result_messages_ended(&hosted->match, hosted->id, node->standings, &ended);
    over.ended = &ended;
    if (!is_creator) {
        over.session_ids = sessions;
        over.n_session_ids = match_sessions_at(&hosted->match, effect->peer, sessions);
    }
    post(node, hosted, is_creator ? hosted->matchmaker : node->core.peers.items[effect->peer].mailbox,
         MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER, &over.base);
}

static void audit(struct engine_node *node, const struct hosted_match *hosted, const char *kind, const char *player,
                  const char *body)
{
    char id[HEX_ID_SIZE], routing_key[64];
    Mma__AuditEvent event;
    (void)snprintf(id, sizeof(id), "%016llx%016llx", (unsigned long long)sim_random_u64(node->process),
                   (unsigned long long)sim_random_u64(node->process));
    (void)snprintf(routing_key, sizeof(routing_key), "audit.%s", kind);
    mma__audit_event__init(&event);
    event.event_id = id;
    event.kind = borrow_text(kind);
    event.match_id = borrow_text(hosted->id);
    event.player_id = borrow_text(player);
    event.at_time = (int64_t)sim_unix_ms(node->process);
    event.body = borrow_text(body);
    publish(node, hosted, routing_key, id, &event.base);
}

static void audit_created(struct engine_node *node, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(node, effect);
    char body[ANSWER_MESSAGES_AUDIT_MAX + 1];
    answer_messages_audit_created(&hosted->match, body);
    sim_log(node->process, "match.created %s %u seats", hosted->id, hosted->match.seat_count);
    audit(node, hosted, "match.created", "", body);
}

static void audit_ended(struct engine_node *node, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(node, effect);
    char body[RESULT_MESSAGES_AUDIT_MAX + 1];
    result_messages_audit(&hosted->match, body);
    sim_log(node->process, "match.ended %s %s", hosted->id, body);
    audit(node, hosted, "match.ended", "", body);
}

static void audit_said(struct engine_node *node, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(node, effect);
    const char *body = answer_messages_audit_said(&effect->line, &node->message);
    REQUIRE(body != NULL);
    audit(node, hosted, "chat.said", hosted->match.seats[effect->line.slot].player.id, body);
}

/* ---- effects: memory, recovery log, clock ------------------------------------------------------- */

static void begin_recovery(struct engine_node *node, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(node, effect);
    for (uint32_t i = 0; i < RECOVERIES_MAX; i++) {
        if (match_recovery_is_free(&node->recoveries[i].core)) {
            node->recovery_of[effect->match] = &node->recoveries[i];
            node_engine_recovery_begin(&node->recoveries[i], node->process, hosted->id, &hosted->match.header.setup);
            return;
        }
    }
    sim_log(node->process, "recovery.unlogged %s", hosted->id);
}

static void end_recovery(struct engine_node *node, const struct engine_effect *effect)
{
    if (node->recovery_of[effect->match] != NULL) {
        node_engine_recovery_end(node->recovery_of[effect->match]);
        node->recovery_of[effect->match] = NULL;
    }
}

static void release(struct engine_node *node, const struct engine_effect *effect)
{
    free(node->memory[effect->match]);
    node->memory[effect->match] = NULL;
}

static void start_timer(struct engine_node *node)
{
    uint64_t now_ns = sim_monotonic_us(node->process) * 1000, due_ns = tick_schedule_deadline(&node->schedule);
    node->tick_timer =
        sim_timer_start_us(node->process, due_ns > now_ns ? (due_ns - now_ns) / 1000 + 1 : 1, on_tick, node);
}

static void start_ticks(struct engine_node *node)
{
    tick_schedule_start(&node->schedule, sim_monotonic_us(node->process) * 1000);
    start_timer(node);
}

static void stop_ticks(struct engine_node *node)
{
    sim_timer_stop(node->process, node->tick_timer);
    node->tick_timer = 0;
}

/* ---- the queue ---------------------------------------------------------------------------------- */

static void note(struct engine_node *node, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(node, effect);
    switch (effect->kind) {
    case ENGINE_MATCH_REFUSED:
        sim_log(node->process, "match.refused %s %s", effect->match_id,
                engine_core_refusal_text(effect->refusal)->code);
        break;
    case ENGINE_MATCH_STARTED:
        sim_log(node->process, "match.started %s", hosted->id);
        break;
    case ENGINE_JOINED:
        sim_log(node->process, "match.joined %s slot %u", hosted->id, effect->slot);
        break;
    case ENGINE_LEFT:
        sim_log(node->process, "match.left %s slot %u %s", hosted->id, effect->slot, effect->reason);
        break;
    case ENGINE_PEER_LOST:
        sim_log(node->process, "peer.lost %s", node->core.peers.items[effect->peer].mailbox);
        break;
    default:
        break; /* ENGINE_MATCH_SLOWED, ENGINE_JOIN_REFUSED, ENGINE_SUBSCRIBED */
    }
}

static void carry_out_event(struct engine_node *node, const struct engine_effect *effect)
{
    switch (effect->kind) {
    case ENGINE_PUBLISH_CHUNK:
        publish_chunk(node, effect);
        break;
    case ENGINE_PUBLISH_RESULT:
        publish_result(node, effect);
        break;
    case ENGINE_AUDIT_CREATED:
        audit_created(node, effect);
        break;
    case ENGINE_AUDIT_SAID:
        audit_said(node, effect);
        break;
    case ENGINE_AUDIT_ENDED:
        audit_ended(node, effect);
        break;
    case ENGINE_RECOVERY_BEGIN:
        begin_recovery(node, effect);
        break;
    case ENGINE_RECOVERY_ROUND:
        if (node->recovery_of[effect->match] != NULL) {
            node_engine_recovery_round(node->recovery_of[effect->match], &hosted_of(node, effect)->match);
        }
        break;
    case ENGINE_RECOVERY_END:
        end_recovery(node, effect);
        break;
    default:
        note(node, effect);
        break;
    }
}

static void carry_out_one(struct engine_node *node, const struct engine_effect *effect)
{
    switch (effect->kind) {
    case ENGINE_ANSWER_CREATED:
        answer_created(node, effect);
        break;
    case ENGINE_ANSWER_JOINED:
        answer_joined(node, effect);
        break;
    case ENGINE_ANSWER_SUBSCRIBED:
        answer_subscribed(node, effect);
        break;
    case ENGINE_REFUSE:
        refuse(node, effect->refusal);
        break;
    case ENGINE_ANSWER_SAID:
    case ENGINE_SEND_SAID:
        send_said(node, effect);
        break;
    case ENGINE_SEND_OVER:
    case ENGINE_SEND_OVER_CREATOR:
        send_over(node, effect);
        break;
    case ENGINE_HOLD_MEMORY:
        node->memory[effect->match] = node->given;
        break;
    case ENGINE_RELEASE:
        release(node, effect);
        break;
    case ENGINE_START_TICKS:
        start_ticks(node);
        break;
    case ENGINE_STOP_TICKS:
        stop_ticks(node);
        break;
    case ENGINE_DRAINED:
        sim_drained(node->process);
        break;
    default:
        carry_out_event(node, effect);
        break;
    }
}

static void carry_out(struct engine_node *node)
{
    for (uint32_t i = 0; i < node->effects.count; i++) {
        carry_out_one(node, &node->effects.items[i]);
    }
    node->effects.count = 0;
}

/* ---- requests ----------------------------------------------------------------------------------- */

static void *unpack(struct engine_node *node, const ProtobufCMessageDescriptor *descriptor)
{
    arena_reset(&node->message);
    return protobuf_c_message_unpack(descriptor, &node->allocator, node->envelope->payload_size,
                                     node->envelope->payload);
}

static void on_create_match(struct engine_node *node)
{
    struct engine_create create;
    request_messages_create(unpack(node, &mma__create_match__descriptor), node->envelope->sender,
                            node->envelope->trace.bytes, &node->context, &node->message, &create);
    if (create.is_readable && create.setup.world.time_limit_ticks == 0) {
        create.setup.world.time_limit_ticks = sim_settings(node->process)->match_time_limit_ticks;
    }
    if (create.is_readable && create.setup.world.score_limit == 0) {
        create.setup.world.score_limit = sim_settings(node->process)->match_score_limit;
    }
    size_t size = engine_core_create_bytes(&node->core, &create);
    node->given = size > 0 ? malloc(size) : NULL;
    if (!engine_core_create(&node->core, &create, node->given, size, &node->effects)) {
        free(node->given);
    }
}

static void on_join(struct engine_node *node)
{
    struct engine_join join;
    request_messages_join(unpack(node, &mma__join__descriptor), node->envelope->sender, &join);
    engine_core_join(&node->core, &join, &node->effects);
}

static void on_leave(struct engine_node *node)
{
    const Mma__Leave *leave = unpack(node, &mma__leave__descriptor);
    if (leave != NULL) {
        engine_core_leave(&node->core, node->envelope->sender, leave->session_id, leave->reason, &node->effects);
    }
}

static void on_inputs(struct engine_node *node)
{
    const Mma__Inputs *inputs = unpack(node, &mma__inputs__descriptor);
    uint32_t peer = peers_find(&node->core.peers, node->envelope->sender);
    for (size_t i = 0; inputs != NULL && i < inputs->n_inputs; i++) {
        struct engine_input input;
        request_messages_input(inputs->inputs[i], &input);
        enum input_verdict verdict = engine_core_input(&node->core, peer, &input);
        (void)verdict;
    }
}

static void on_say(struct engine_node *node)
{
    struct engine_say say;
    request_messages_say(unpack(node, &mma__say__descriptor), node->envelope->sender, &say);
    enum chat_verdict verdict = engine_core_say(&node->core, &say, sim_monotonic_ms(node->process), &node->effects);
    (void)verdict;
}

static void on_subscribe(struct engine_node *node)
{
    const Mma__Subscribe *request = unpack(node, &mma__subscribe__descriptor);
    engine_core_subscribe(&node->core, node->envelope->sender, request == NULL ? NULL : request->match_id,
                          &node->effects);
}

static void on_unsubscribe(struct engine_node *node)
{
    const Mma__Unsubscribe *request = unpack(node, &mma__unsubscribe__descriptor);
    engine_core_unsubscribe(&node->core, node->envelope->sender, request == NULL ? NULL : request->match_id);
}

static void dispatch(struct engine_node *node)
{
    switch (node->envelope->type) {
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH:
        on_create_match(node);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN:
        on_join(node);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_LEAVE:
        on_leave(node);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS:
        on_inputs(node);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAY:
        on_say(node);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBE:
        on_subscribe(node);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_UNSUBSCRIBE:
        on_unsubscribe(node);
        break;
    default:
        if (node->envelope->correlation_id != 0) {
            engine_core_not_served(&node->effects);
        }
        break;
    }
}

static void on_envelope(void *state, const struct mailbox_envelope *envelope)
{
    struct engine_node *node = state;
    node->envelope = envelope;
    dispatch(node);
    carry_out(node);
    node->envelope = NULL;
}

/* ---- ticks -------------------------------------------------------------------------------------- */

static void step_all(struct engine_node *node, uint32_t ticks)
{
    uint64_t now_ms = sim_monotonic_ms(node->process), unix_ms = sim_unix_ms(node->process);
    for (uint32_t i = 0; i < node->core.matches.places; i++) {
        struct hosted_match *hosted = &node->core.matches.items[i];
        for (uint32_t tick = 0; hosted->is_used && tick < ticks; tick++) {
            if (match_step(&hosted->match)) {
                engine_round_stepped(&node->core, hosted, now_ms, unix_ms, &node->effects);
                carry_out(node);
            }
        }
        hosted->round = (struct match_cost_sample){.ticks = ticks, .us = TICK_COST_US * ticks};
    }
}

static void encode_seat(struct engine_node *node, struct hosted_match *hosted, uint16_t slot)
{
    const struct match_seat *seat = &hosted->match.seats[slot];
    struct match_snapshot snapshot;
    match_build_view(&hosted->match, slot, &node->workspace);
    if (match_encode(&hosted->match, &node->workspace, outbox_place(node->outbox),
                     MATCH_SNAPSHOT_BYTES(hosted->match.seat_count), &snapshot) == STATUS_OK) {
        outbox_add_snapshot(node->outbox, &(struct outbox_snapshot){.peer = seat->peer,
                                                                    .session = seat->session,
                                                                    .tick = snapshot.tick,
                                                                    .baseline_tick = snapshot.baseline_tick,
                                                                    .size = snapshot.size});
    }
}

static void encode_match(struct engine_node *node, struct hosted_match *hosted)
{
    uint16_t due[NODE_ENGINE_SEATS_MAX];
    uint32_t count = engine_round_due(hosted, 0, NODE_ENGINE_SEATS_MAX, due);
    struct recorder *recorder = &hosted->match.recorder;
    for (uint32_t i = 0; i < count; i++) {
        encode_seat(node, hosted, due[i]);
    }
    for (uint32_t i = 0; recorder->stream.size > 0 && i < hosted->subscriber_count; i++) {
        outbox_add_records(node->outbox, hosted->subscribers[i], hosted->id, recorder->stream_first_tick,
                           recorder->stream.bytes, recorder->stream.size);
    }
}

static void make_round(struct engine_node *node, uint32_t ticks)
{
    uint64_t now_ms = sim_monotonic_ms(node->process);
    bool is_full = true;
    engine_round_begin(&node->core, false, now_ms);
    step_all(node, ticks);
    for (uint32_t i = 0; i < node->core.matches.places; i++) {
        if (node->core.matches.items[i].is_used) {
            encode_match(node, &node->core.matches.items[i]);
        }
    }
    engine_round_settle_costs(&node->core, ticks, &node->effects);
    carry_out(node);
    outbox_post(node->outbox);
    while (is_full) {
        is_full = engine_round_settle(&node->core, now_ms, &node->effects);
        carry_out(node);
    }
}

static void on_tick(void *owner)
{
    struct engine_node *node = owner;
    struct tick_due due = tick_schedule_take(&node->schedule, sim_monotonic_us(node->process) * 1000);
    start_timer(node);
    if (due.run > 0) {
        make_round(node, due.run); /* which stops the timer with the last match */
    }
}

/* ---- presence ----------------------------------------------------------------------------------- */

static void announce(const struct engine_node *node)
{
    struct registry_entry entry = {.draining = node->is_draining,
                                   .incarnation = sim_incarnation(node->process),
                                   .matches = node->core.matches.count,
                                   .matches_max = NODE_ENGINE_MATCHES_MAX,
                                   .players = node->core.seats.count,
                                   .players_max = NODE_ENGINE_MATCHES_MAX * NODE_ENGINE_SEATS_MAX,
                                   .tick_us = node->core.cost.tick_us,
                                   .match_us_max = node->core.cost.match_us_max,
                                   .bytes_per_s = node->core.cost.bytes_per_s};
    (void)snprintf(entry.region, sizeof(entry.region), "%s", sim_region(node->process));
    sim_registry_announce(node->process, &entry);
}

static struct peer_list list_of(const struct engine_node *node, const char *role)
{
    size_t count = 0;
    const struct registry_entry *entries = sim_registry_list(node->process, role, &count);
    return (struct peer_list){
        .first = count > 0 ? entries[0].mailbox : NULL, .stride = sizeof(*entries), .count = (uint32_t)count};
}

static void on_period(void *owner)
{
    struct engine_node *node = owner;
    const struct peer_list lists[] = {list_of(node, "gateway"), list_of(node, "spectator")};
    bool is_full = true;
    announce(node);
    while (is_full) {
        is_full = engine_core_peers(&node->core, lists, 2, sim_registry_age_ms(node->process),
                                    sim_monotonic_ms(node->process), &node->effects);
        carry_out(node);
    }
    (void)sim_timer_start(node->process, REGISTRY_PERIOD_MS, on_period, node);
}

/* ---- life --------------------------------------------------------------------------------------- */

static void *message_take(void *data, size_t size)
{
    return arena_take(data, size);
}

static void message_release(void *data, void *pointer)
{
    (void)data;
    (void)pointer;
}

static const struct map *find_map(void *owner, const char *name)
{
    (void)owner;
    return map_find(name);
}

static const struct walls *find_walls(void *owner, const struct map *map)
{
    struct engine_node *node = owner;
    return wall_indexes_find(&node->walls, map);
}

static void take_memory(struct engine_node *node, const struct engine_rules *rules)
{
    void *message = malloc(MESSAGE_BYTES_MAX);
    node->core_memory = malloc(engine_core_bytes(rules));
    node->workspace_memory = malloc(match_workspace_bytes());
    REQUIRE(message != NULL && node->core_memory != NULL && node->workspace_memory != NULL);
    arena_init(&node->message, message, MESSAGE_BYTES_MAX);
    node->allocator = (ProtobufCAllocator){message_take, message_release, &node->message};
    match_workspace_init(&node->workspace, node->workspace_memory);
    engine_core_init(&node->core, rules, node->core_memory);
    enum status status = outbox_create(send_realtime, node, &node->core.peers,
                                       MATCH_SNAPSHOT_BYTES(NODE_ENGINE_SEATS_MAX), &node->outbox);
    REQUIRE(status == STATUS_OK);
}

static void *start(struct sim_process *process, uint64_t seed)
{
    static const struct engine_rules rules = {.matches_max = NODE_ENGINE_MATCHES_MAX,
                                              .players_per_match_max = NODE_ENGINE_SEATS_MAX,
                                              .snapshot_rate_max_hz = RULES_TICK_RATE,
                                              .tick_allowance_us = 8000};
    struct engine_node *node = calloc(1, sizeof(*node));
    (void)seed;
    REQUIRE(node != NULL);
    node->process = process;
    take_memory(node, &rules);
    node->context = (struct request_messages_context){.setup = {.wait_ticks = 120,
                                                                .idle_ticks = 180,
                                                                .input_ticks = 16,
                                                                .chunk_ticks = 120,
                                                                .chunk_bytes = 65536,
                                                                .snapshot_bytes_per_s = 100000,
                                                                .chat_lines_per_minute = 20},
                                                      .owner = node,
                                                      .find_map = find_map,
                                                      .find_walls = find_walls};
    sim_registry_watch(process, "gateway");
    sim_registry_watch(process, "spectator");
    on_period(node);
    return node;
}

static void drain(void *state)
{
    struct engine_node *node = state;
    node->is_draining = true;
    announce(node);
    engine_core_drain(&node->core, sim_settings(node->process)->drain_timeout_ms, sim_monotonic_ms(node->process),
                      &node->effects);
    carry_out(node);
}

static void destroy(void *state)
{
    struct engine_node *node = state;
    for (uint32_t i = 0; i < NODE_ENGINE_MATCHES_MAX; i++) {
        free(node->memory[i]);
    }
    for (uint32_t i = 0; i < RECOVERIES_MAX; i++) {
        node_engine_recovery_free(&node->recoveries[i]);
    }
    wall_indexes_free(&node->walls);
    outbox_destroy(node->outbox);
    free(node->core_memory);
    free(node->workspace_memory);
    free(node->message.bytes);
    free(node);
}

static bool is_ready(const void *state)
{
    const struct engine_node *node = state;
    return sim_redis_is_up(node->process);
}

static uint32_t held(const void *state, char *out_text, size_t size)
{
    const struct engine_node *node = state;
    size_t used = 0;
    out_text[0] = '\0';
    for (uint32_t i = 0; i < NODE_ENGINE_MATCHES_MAX && used < size; i++) {
        const struct hosted_match *hosted = &node->core.matches.items[i];
        if (hosted->is_used) {
            int written = snprintf(out_text + used, size - used, "match %s (%u sessions, tick %u) ", hosted->id,
                                   hosted->match.session_count, hosted->match.world.tick);
            used += written > 0 ? (size_t)written : 0;
        }
    }
    return node->core.matches.count + node->core.subscriber_count;
}

const struct engine_core *node_engine_core(const void *state)
{
    const struct engine_node *node = state;
    return &node->core;
}

const struct sim_program node_engine = {.role = "game-engine",
                                        .start = start,
                                        .drain = drain,
                                        .destroy = destroy,
                                        .on_envelope = on_envelope,
                                        .is_ready = is_ready,
                                        .held = held};
