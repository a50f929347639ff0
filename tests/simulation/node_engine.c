/* SPDX-License-Identifier: Apache-2.0 */
#include "proto/spectate.pb-c.h"
#include "tests/simulation/node_engine_internal.h"

#include <stdio.h>
#include <stdlib.h>

#define MESSAGE_BYTES_MAX (1u << 20)
#define TICK_COST_US      100 /* what a tick of a match is said to cost */

static void on_tick(void *owner);

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
    node_engine_carry_out(node);
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
                node_engine_carry_out(node);
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
    node_engine_carry_out(node);
    outbox_post(node->outbox);
    while (is_full) {
        is_full = engine_round_settle(&node->core, now_ms, &node->effects);
        node_engine_carry_out(node);
    }
}

void node_engine_start_timer(struct engine_node *node)
{
    uint64_t now_ns = sim_monotonic_us(node->process) * 1000, due_ns = tick_schedule_deadline(&node->schedule);
    node->tick_timer =
        sim_timer_start_us(node->process, due_ns > now_ns ? (due_ns - now_ns) / 1000 + 1 : 1, on_tick, node);
}

static void on_tick(void *owner)
{
    struct engine_node *node = owner;
    struct tick_due due = tick_schedule_take(&node->schedule, sim_monotonic_us(node->process) * 1000);
    node_engine_start_timer(node);
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
        node_engine_carry_out(node);
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

static void send_realtime(void *owner, const char *mailbox_url, Mma__MessageType type, const ProtobufCMessage *message)
{
    struct engine_node *node = owner;
    enum status status = sim_post(node->process, mailbox_url, MAILBOX_REALTIME, type, (struct trace_id){{0}}, message);
    (void)status;
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
    node_engine_carry_out(node);
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
