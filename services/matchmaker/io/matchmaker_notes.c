/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/matchmaker_notes.h"

#include "services/matchmaker/io/matchmaker_metrics.h"
#include "services/matchmaker/io/ticket_messages.h"

static void note_created(const struct matchmaker *core, const struct ticket *ticket)
{
    log_info("ticket.created", LOG_TRACE(ticket_messages_trace(ticket->trace)), LOG_TEXT("ticket", ticket->id),
             LOG_TEXT("player", ticket->player_id), LOG_TEXT("queue", core->rules.queues[ticket->queue].name),
             LOG_REAL("rating", ticket->rating_milli / 1000.0));
}

static void note_closed(const struct matchmaker *core, const struct ticket *ticket)
{
    const char *queue = core->rules.queues[ticket->queue].name;
    uint64_t wait_ms = (uint64_t)(ticket->update_ms - ticket->wait_since_ms);
    metric_add(&matchmaker_metrics_closed, 1, queue, ticket_state_name(ticket->state));
    if (ticket->state == TICKET_COMPLETED) {
        metric_observe(&matchmaker_metrics_wait, (double)wait_ms / 1000, queue, NULL);
    }
    log_info("ticket.closed", LOG_TRACE(ticket_messages_trace(ticket->trace)), LOG_TEXT("ticket", ticket->id),
             LOG_TEXT("player", ticket->player_id), LOG_TEXT("state", ticket_state_name(ticket->state)),
             LOG_TEXT("match", ticket->match_id), LOG_U64("wait_ms", wait_ms));
}

static void note_formed(const struct matchmaker *core, const struct formed_match *match)
{
    const char *queue = core->rules.queues[match->queue].name;
    double quality = match->quality_q16 / 65536.0;
    if (match->tried.count == 0) {
        metric_add(&matchmaker_metrics_formed, 1, queue, NULL);
        metric_observe(&matchmaker_metrics_quality, quality, queue, NULL);
    }
    log_info("match.formed", LOG_TRACE(ticket_messages_trace(match->trace)), LOG_TEXT("match", match->id),
             LOG_TEXT("queue", queue), LOG_TEXT("region", region_name(match->region)),
             LOG_U64("players", match->seat_count), LOG_REAL("quality", quality), LOG_TEXT("peer", match->engine));
}

static void note_not_placed(const struct formed_match *match, enum status status)
{
    const char *reason = status == STATUS_FULL ? "full" : status == STATUS_EXPIRED ? "timeout" : "refused";
    metric_add(&matchmaker_metrics_placement_failed, 1, reason, NULL);
    log_warning("match.not_taken", LOG_TRACE(ticket_messages_trace(match->trace)), LOG_TEXT("match", match->id),
                LOG_STATUS(status));
}

static void note_applied(const struct matchmaker_service *service, uint32_t slot, enum result_applied applied)
{
    static const char *const names[] = {"moved", "unrated", "repeated"};
    const struct result *result = &service->core->results.items[slot];
    metric_add(&matchmaker_metrics_ratings, 1, names[applied], NULL);
    for (uint32_t i = 0; applied == RESULT_APPLIED_MOVED && i < result->player_count; i++) {
        log_info("rating.moved", LOG_TRACE(service->messages[slot].trace), LOG_TEXT("match", result->match_id),
                 LOG_TEXT("player", result->player_ids[i]),
                 LOG_TEXT("queue", service->core->rules.queues[result->queue].name),
                 LOG_REAL("before", result->players[i].before_milli / 1000.0),
                 LOG_REAL("after", result->players[i].after_milli / 1000.0));
    }
}

static void note_retry(const struct result *result, const struct matchmaker_effect *effect)
{
    metric_add(&matchmaker_metrics_ratings, 1, "retried", NULL);
    log_warning("result.retried", LOG_TEXT("match", result->match_id), LOG_U64("attempt", result->attempts),
                LOG_STATUS(effect->status), LOG_TEXT("detail", effect->detail));
}

static void note_dead_letter(const struct matchmaker_effect *effect)
{
    metric_add(&matchmaker_metrics_ratings, 1, "rejected", NULL);
    log_error("result.rejected", LOG_TEXT("match", effect->id), LOG_TEXT("detail", effect->detail));
}

static void note_result(const struct matchmaker_service *service, const struct matchmaker_effect *effect)
{
    switch (effect->kind) {
    case MATCHMAKER_NOTE_APPLIED:
        note_applied(service, effect->slot, effect->applied);
        break;
    case MATCHMAKER_NOTE_STALE:
        metric_add(&matchmaker_metrics_ratings, 1, "retried", NULL);
        break;
    case MATCHMAKER_NOTE_RETRY:
        note_retry(&service->core->results.items[effect->slot], effect);
        break;
    case MATCHMAKER_DEAD_LETTER:
        note_dead_letter(effect);
        break;
    default:
        break;
    }
}

void matchmaker_notes_write(const struct matchmaker_service *service, const struct matchmaker_effect *effect)
{
    const struct matchmaker *core = service->core;
    switch (effect->kind) {
    case MATCHMAKER_NOTE_CREATED:
        note_created(core, &core->tickets.slots[effect->slot]);
        break;
    case MATCHMAKER_NOTE_CLOSED:
        note_closed(core, &core->tickets.slots[effect->slot]);
        break;
    case MATCHMAKER_NOTE_RESTORED:
        log_info("tickets.restored", LOG_U64("tickets", effect->count), LOG_U64("listed", effect->listed));
        break;
    case MATCHMAKER_NOTE_FORMED:
        note_formed(core, &core->matches.slots[effect->slot]);
        break;
    case MATCHMAKER_NOTE_PLACED:
        log_info("match.placed", LOG_TRACE(ticket_messages_trace(core->matches.slots[effect->slot].trace)),
                 LOG_TEXT("match", core->matches.slots[effect->slot].id));
        break;
    case MATCHMAKER_NOTE_NOT_PLACED:
        note_not_placed(&core->matches.slots[effect->slot], effect->status);
        break;
    default:
        note_result(service, effect);
        break;
    }
}
