/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/encoding/borrow.h"
#include "services/game-engine/io/answer_messages.h"
#include "services/game-engine/io/match_end_messages.h"
#include "tests/simulation/node_engine_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

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
    char message_id[MATCH_END_MESSAGES_ID_MAX + 1];
    match_end_messages_chunk(hosted->id, &effect->chunk, message_id, &message);
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
    node->standings = match_end_messages_standings(&hosted->match, &node->message);
    REQUIRE(node->standings != NULL);
    match_end_messages_result(&hosted->match, &labels, node->standings, &result);
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
    match_end_messages_ended(&hosted->match, hosted->id, node->standings, &ended);
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
    char body[MATCH_END_MESSAGES_AUDIT_MAX + 1];
    match_end_messages_audit(&hosted->match, body);
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

static void start_ticks(struct engine_node *node)
{
    tick_schedule_start(&node->schedule, sim_monotonic_us(node->process) * 1000);
    node_engine_start_timer(node);
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

void node_engine_carry_out(struct engine_node *node)
{
    for (uint32_t i = 0; i < node->effects.count; i++) {
        carry_out_one(node, &node->effects.items[i]);
    }
    node->effects.count = 0;
}
