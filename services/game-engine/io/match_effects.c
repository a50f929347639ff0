/* SPDX-License-Identifier: Apache-2.0 */
/* match_effects.c - what the core decided, carried out in order: answers, messages, events, logs, metrics. */
#include "libcommon/runtime/daemon/pages.h"
#include "libcommon/runtime/encoding/borrow.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "services/game-engine/io/answer_messages.h"
#include "services/game-engine/io/engine_metrics.h"
#include "services/game-engine/io/map_files.h"
#include "services/game-engine/io/match_end_messages.h"
#include "services/game-engine/io/match_host_internal.h"

static struct hosted_match *hosted_of(struct match_host *host, const struct engine_effect *effect)
{
    return &host->core.matches.items[effect->match];
}

static const char *url_of(const struct match_host *host, uint32_t peer)
{
    return host->core.peers.items[peer].mailbox;
}

static const char *player_of(struct match_host *host, const struct engine_effect *effect)
{
    return hosted_of(host, effect)->match.seats[effect->slot].player.id;
}

/* ---- answers ------------------------------------------------------------------------------------ */

static void reply(struct match_host *host, Mma__MessageType type, const ProtobufCMessage *message)
{
    REQUIRE(host->envelope != NULL);
    struct mailbox_return to = mailbox_return_of(host->envelope);
    mailbox_reply(host->options.mailbox, &to, type, message);
}

static void refuse(struct match_host *host, enum status status, const char *code, const char *message)
{
    REQUIRE(host->envelope != NULL);
    struct mailbox_return to = mailbox_return_of(host->envelope);
    mailbox_refuse(host->options.mailbox, &to, status, code, message);
}

static void refuse_by(struct match_host *host, enum engine_refusal refusal)
{
    const struct engine_refusal_text *text = engine_core_refusal_text(refusal);
    refuse(host, text->status, text->code, text->message);
}

static void answer_created(struct match_host *host, const struct engine_effect *effect)
{
    Mma__MatchCreated created;
    mma__match_created__init(&created);
    created.match_id = borrow_text(effect->match_id);
    reply(host, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_CREATED, &created.base);
}

static void answer_joined(struct match_host *host, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(host, effect);
    Mma__MatchJoined inner;
    Mma__Joined joined;
    const char *map_text = map_files_text(host->options.maps, hosted->match.world.map);
    enum status status = answer_messages_joined(hosted, effect->slot, map_text, &host->message, &inner, &joined);
    if (status == STATUS_OK) {
        reply(host, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED, &joined.base);
    } else {
        refuse(host, status, "ENGINE_FULL", status_text(status));
    }
}

static void answer_subscribed(struct match_host *host, const struct engine_effect *effect)
{
    Mma__Subscribed subscribed;
    enum status status = answer_messages_subscribed(hosted_of(host, effect), &host->message, &subscribed);
    if (status == STATUS_OK) {
        reply(host, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBED, &subscribed.base);
    } else {
        refuse(host, status, "ENGINE_FULL", status_text(status));
    }
}

/* To its speaker, and to those at a peer that hear it. */
static void send_said(struct match_host *host, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(host, effect);
    bool is_answer = effect->kind == ENGINE_ANSWER_SAID;
    Mma__ChatMessage message;
    Mma__Said said;
    enum status status = answer_messages_said(hosted, &effect->line, clock_unix_ms(),
                                              is_answer ? PEERS_NONE : effect->peer, &host->message, &message, &said);
    if (is_answer) {
        reply(host, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAID, &said.base);
        return;
    }
    if (status == STATUS_OK) {
        status = mailbox_post(host->options.mailbox, url_of(host, effect->peer), MAILBOX_PUBLISH,
                              MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAID, match_host_trace(hosted), &said.base);
    }
    if (status != STATUS_OK) {
        metric_add(&engine_metric_chat_messages, 1, "unsent", NULL);
    }
}

/* ---- a match's end ------------------------------------------------------------------------------ */

static void publish_result(struct match_host *host, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(host, effect);
    bool has_started = hosted->start_unix_ms != 0;
    const struct result_labels labels = {.match_id = hosted->id,
                                         .queue = hosted->queue,
                                         .region = hosted->region,
                                         .engine = mailbox_url(host->options.mailbox),
                                         .quality = hosted->quality,
                                         .start_unix_ms = has_started ? hosted->start_unix_ms : clock_unix_ms(),
                                         .elapsed_ms = effect->elapsed_ms};
    Mma__MatchResult result;
    arena_reset(&host->message);
    host->standings = match_end_messages_standings(&hosted->match, &host->message);
    REQUIRE(host->standings != NULL); /* MESSAGE_BYTES_MAX holds those of RULES_PLAYERS_MAX seats */
    match_end_messages_result(&hosted->match, &labels, host->standings, &result);
    publisher_result(host->options.publisher, match_host_trace(hosted), &result);
}

static void send_over(struct match_host *host, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(host, effect);
    bool is_creator = effect->kind == ENGINE_SEND_OVER_CREATOR;
    const char *url = is_creator ? hosted->matchmaker : url_of(host, effect->peer);
    Mma__MatchEnded ended;
    Mma__MatchOver over;
    mma__match_over__init(&over);
    match_end_messages_ended(&hosted->match, hosted->id, host->standings, &ended);
    over.ended = &ended;
    if (!is_creator) {
        over.session_ids = arena_take(&host->message, hosted->match.seat_count * sizeof(uint64_t));
        REQUIRE(over.session_ids != NULL);
        over.n_session_ids = match_sessions_at(&hosted->match, effect->peer, over.session_ids);
    }
    enum status status = mailbox_post(host->options.mailbox, url, MAILBOX_PUBLISH,
                                      MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER, match_host_trace(hosted), &over.base);
    if (status != STATUS_OK) {
        log_warning("match.over_unsent", LOG_TEXT("match", hosted->id), LOG_TEXT("peer", url), LOG_STATUS(status),
                    LOG_TRACE(match_host_trace(hosted)));
    }
}

static void publish_chunk(struct match_host *host, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(host, effect);
    publisher_chunk(host->options.publisher, hosted->id, match_host_trace(hosted), &effect->chunk);
}

/* ---- audit -------------------------------------------------------------------------------------- */

static void audit(struct match_host *host, const struct hosted_match *hosted, const char *kind, const char *player,
                  const char *body)
{
    publisher_audit(host->options.publisher, match_host_trace(hosted),
                    &(struct publisher_audit){.kind = kind, .match_id = hosted->id, .player_id = player, .body = body});
}

static void audit_created(struct match_host *host, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(host, effect);
    const struct match *match = &hosted->match;
    char body[ANSWER_MESSAGES_AUDIT_MAX + 1];
    answer_messages_audit_created(match, body);
    log_info("match.created", LOG_TEXT("match", hosted->id), LOG_TEXT("mode", match->world.mode->name),
             LOG_TEXT("map", match->world.map->name), LOG_U64("seats", match->seat_count),
             LOG_TEXT("queue", hosted->queue), LOG_TRACE(match_host_trace(hosted)));
    audit(host, hosted, "match.created", "", body);
}

static void audit_ended(struct match_host *host, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(host, effect);
    const struct match_decision *decision = &hosted->match.decision;
    char body[MATCH_END_MESSAGES_AUDIT_MAX + 1];
    match_end_messages_audit(&hosted->match, body);
    log_info("match.ended", LOG_TEXT("match", hosted->id),
             LOG_TEXT("reason", match_decision_end_reason_text(decision->end_reason)),
             LOG_TEXT("outcome", match_decision_outcome_text(decision->outcome)),
             LOG_U64("ticks", hosted->match.world.tick), LOG_ID("state_hash", hosted->match.hash),
             LOG_TRACE(match_host_trace(hosted)));
    audit(host, hosted, "match.ended", "", body);
}

static void audit_said(struct match_host *host, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(host, effect);
    const char *body = answer_messages_audit_said(&effect->line, &host->message);
    REQUIRE(body != NULL); /* one message, one line: the arena has room */
    audit(host, hosted, "chat.said", hosted->match.seats[effect->line.slot].player.id, body);
}

/* ---- memory and the recovery log ---------------------------------------------------------------- */

static void begin_recovery(struct match_host *host, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(host, effect);
    if (host->options.recovery != NULL) {
        host->resources[effect->match].recovery =
            recovery_begin(host->options.recovery, hosted->id, &hosted->match.header.setup, match_host_trace(hosted));
    }
}

static void release(struct match_host *host, const struct engine_effect *effect)
{
    struct match_resources *resources = &host->resources[effect->match];
    pages_release(resources->memory, resources->memory_size);
    *resources = (struct match_resources){0};
}

/* ---- the worker --------------------------------------------------------------------------------- */

static void report_drained(struct match_host *host)
{
    if (!host->is_stopping) {
        host->options.on_drained(host->options.owner);
    }
}

/* ---- log and metrics ---------------------------------------------------------------------------- */

static void note_refused(struct match_host *host, const struct engine_effect *effect)
{
    const char *code = engine_core_refusal_text(effect->refusal)->code;
    bool has_id = effect->match_id[0] != '\0';
    metric_add(&engine_metric_matches_refused, 1, code, NULL);
    log_warning("match.refused", LOG_TEXT("match", has_id ? effect->match_id : NULL), LOG_TEXT("reason", code),
                LOG_TEXT("peer", host->envelope->sender), LOG_TRACE(host->envelope->trace));
}

static void note_slowed(struct match_host *host, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(host, effect);
    metric_add(&engine_metric_matches_slowed, 1, NULL, NULL);
    log_warning("match.slowed", LOG_TEXT("match", hosted->id),
                LOG_U64("tick_us", match_cost_tick_us(&hosted->match.cost)), LOG_U64("all_us", host->core.cost.tick_us),
                LOG_U64("divisor", hosted->match.cost.divisor), LOG_TRACE(match_host_trace(hosted)));
}

static void note_seat(struct match_host *host, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(host, effect);
    if (effect->kind == ENGINE_JOINED) {
        log_info("match.joined", LOG_TEXT("match", hosted->id), LOG_TEXT("player", player_of(host, effect)),
                 LOG_ID("session", effect->session), LOG_TEXT("peer", url_of(host, effect->peer)),
                 LOG_U64("slot", effect->slot), LOG_TRACE(match_host_trace(hosted)));
    } else {
        log_info("match.left", LOG_TEXT("match", hosted->id), LOG_TEXT("player", player_of(host, effect)),
                 LOG_ID("session", effect->session), LOG_TEXT("reason", effect->reason),
                 LOG_TRACE(match_host_trace(hosted)));
    }
}

static void note_join_refused(struct match_host *host, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(host, effect);
    log_warning("join.refused", LOG_TEXT("match", hosted->id), LOG_TEXT("player", effect->player_id),
                LOG_TEXT("peer", host->envelope->sender), LOG_TRACE(match_host_trace(hosted)));
}

static void note(struct match_host *host, const struct engine_effect *effect)
{
    const struct hosted_match *hosted = hosted_of(host, effect);
    switch (effect->kind) {
    case ENGINE_MATCH_REFUSED:
        note_refused(host, effect);
        break;
    case ENGINE_MATCH_STARTED:
        log_info("match.started", LOG_TEXT("match", hosted->id), LOG_U64("sessions", hosted->match.session_count),
                 LOG_TRACE(match_host_trace(hosted)));
        break;
    case ENGINE_MATCH_SLOWED:
        note_slowed(host, effect);
        break;
    case ENGINE_JOINED:
    case ENGINE_LEFT:
        note_seat(host, effect);
        break;
    case ENGINE_JOIN_REFUSED:
        note_join_refused(host, effect);
        break;
    case ENGINE_SUBSCRIBED:
        log_info("match.subscribed", LOG_TEXT("match", hosted->id), LOG_TEXT("peer", url_of(host, effect->peer)),
                 LOG_TRACE(match_host_trace(hosted)));
        break;
    default:
        REQUIRE(effect->kind == ENGINE_PEER_LOST);
        log_warning("peer.lost", LOG_TEXT("peer", url_of(host, effect->peer)));
        break;
    }
}

static void set_gauges(const struct match_host *host)
{
    metric_set(&engine_metric_active_games, host->core.matches.count, NULL, NULL);
    metric_set(&engine_metric_game_players, host->core.seats.count, NULL, NULL);
    metric_set(&engine_metric_subscribers, host->core.subscriber_count, NULL, NULL);
}

/* ---- the queue ---------------------------------------------------------------------------------- */

static void carry_out_events(struct match_host *host, const struct engine_effect *effect)
{
    switch (effect->kind) {
    case ENGINE_HOLD_MEMORY:
        host->resources[effect->match] = host->given;
        break;
    case ENGINE_RELEASE:
        release(host, effect);
        break;
    case ENGINE_PUBLISH_CHUNK:
        publish_chunk(host, effect);
        break;
    case ENGINE_PUBLISH_RESULT:
        publish_result(host, effect);
        break;
    case ENGINE_AUDIT_CREATED:
        audit_created(host, effect);
        break;
    case ENGINE_AUDIT_SAID:
        audit_said(host, effect);
        break;
    case ENGINE_AUDIT_ENDED:
        audit_ended(host, effect);
        break;
    case ENGINE_RECOVERY_BEGIN:
        begin_recovery(host, effect);
        break;
    case ENGINE_RECOVERY_ROUND:
        recovery_round(host->resources[effect->match].recovery, &hosted_of(host, effect)->match);
        break;
    case ENGINE_RECOVERY_END:
        recovery_end(host->resources[effect->match].recovery);
        host->resources[effect->match].recovery = NULL;
        break;
    default:
        note(host, effect);
        break;
    }
}

static void carry_out_one(struct match_host *host, const struct engine_effect *effect)
{
    switch (effect->kind) {
    case ENGINE_ANSWER_CREATED:
        answer_created(host, effect);
        break;
    case ENGINE_ANSWER_JOINED:
        answer_joined(host, effect);
        break;
    case ENGINE_ANSWER_SUBSCRIBED:
        answer_subscribed(host, effect);
        break;
    case ENGINE_REFUSE:
        refuse_by(host, effect->refusal);
        break;
    case ENGINE_ANSWER_SAID:
    case ENGINE_SEND_SAID:
        send_said(host, effect);
        break;
    case ENGINE_SEND_OVER:
    case ENGINE_SEND_OVER_CREATOR:
        send_over(host, effect);
        break;
    case ENGINE_START_TICKS:
        host->options.on_busy(host->options.owner);
        break;
    case ENGINE_STOP_TICKS:
        host->options.on_idle(host->options.owner);
        break;
    case ENGINE_DRAINED:
        report_drained(host);
        break;
    default:
        carry_out_events(host, effect);
        break;
    }
}

void match_effects_carry_out(struct match_host *host)
{
    REQUIRE(!host->is_carrying_out);
    if (host->effects.count == 0) {
        return;
    }
    host->is_carrying_out = true;
    for (uint32_t i = 0; i < host->effects.count; i++) {
        const struct engine_effect *effect = &host->effects.items[i];
        size_t used = host->message.used;
        carry_out_one(host, effect);
        if (effect->kind != ENGINE_PUBLISH_RESULT) {
            host->message.used = used; /* what one effect needed; a match's standings stay */
        }
    }
    host->effects.count = 0;
    host->is_carrying_out = false;
    set_gauges(host);
}
