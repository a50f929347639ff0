/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/ticket_store.h"

#include "libcommon/runtime/encoding/transcode.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "services/matchmaker/io/effects.h"
#include "services/matchmaker/io/ticket_draft.h"
#include "services/matchmaker/io/ticket_view.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY      "mma:ticket:"
#define OPEN_SET "mma:tickets:open"

/* ---- saving ---- */

/* NULL when out of memory; free it. */
static char *write_record(struct service *service, const struct ticket *ticket)
{
    struct ticket_view view;
    ticket_view_init(&view, service, ticket, TICKET_FOR_STORE);
    char session[24];
    snprintf(session, sizeof(session), "%" PRIu64, ticket->session_id);
    json_t *record = json_pack("{s:o, s:s, s:s, s:s, s:s, s:s}", "ticket", transcode_json_write(&view.message.base),
                               "gateway", ticket->gateway, "session_id", session, "match_id", ticket->match_id,
                               "engine", ticket->engine, "region", region_name(ticket->region));
    char *written = record ? json_dumps(record, JSON_COMPACT) : NULL;
    json_decref(record);
    return written;
}

void ticket_store_save(struct service *service, const struct ticket *ticket)
{
    char *record = redis_is_up(service->redis) ? write_record(service, ticket) : NULL;
    if (record == NULL) {
        return;
    }
    char lifetime[24];
    snprintf(lifetime, sizeof(lifetime), "%" PRIu64, ticket->expiry_ms - ticket->create_ms + TICKET_KEEP_MS);
    enum status status =
        redis_commandf(service->redis, NULL, NULL, "SET " KEY "%s %s PX %s", ticket->id, record, lifetime);
    if (status == STATUS_OK) {
        status = redis_commandf(service->redis, NULL, NULL, "%s " OPEN_SET " %s",
                                ticket_is_open(ticket) ? "SADD" : "SREM", ticket->id);
    }
    if (status != STATUS_OK) {
        log_warning("ticket.not_stored", LOG_TEXT("ticket", ticket->id), LOG_STATUS(status));
    }
    free(record);
}

/* ---- taking over ---- */

/* What is in Redis is not believed either: the same checks as for a newcomer. */
static bool read_ticket(struct service *service, const Mma__Ticket *message, struct ticket *out_ticket)
{
    Mma__CreateTicket wish;
    mma__create_ticket__init(&wish);
    wish.player_id = message->player_id;
    wish.queue = message->queue;
    wish.n_latencies = message->n_latencies;
    wish.latencies = message->latencies;
    struct ticket_draft_error error;
    const char *home = daemon_settings(service->daemon)->region;
    if (ticket_draft_make(service->core, &wish, home, out_ticket, &error) != STATUS_OK ||
        strlen(message->id) != TICKET_ID_SIZE - 1 || message->create_time <= 0 || message->update_time <= 0 ||
        !(message->rating >= 0) || message->rating > 10000 ||
        message->state == MMA__TICKET_STATE__TICKET_STATE_UNSPECIFIED) {
        return false;
    }
    snprintf(out_ticket->id, sizeof(out_ticket->id), "%s", message->id);
    out_ticket->state = (enum ticket_state)message->state;
    out_ticket->create_ms = (uint64_t)message->create_time;
    out_ticket->update_ms = (uint64_t)message->update_time;
    out_ticket->expiry_ms = (uint64_t)message->expiry_time;
    out_ticket->rating_milli = (int32_t)(message->rating * 1000 + 0.5);
    return true;
}

/* false: there is no such text, or it does not fit. */
static bool read_text(const json_t *record, const char *name, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(record, name));
    return text != NULL && snprintf(out, size, "%s", text) < (int)size;
}

static bool read_record(struct service *service, const char *text, size_t size, struct ticket *out_ticket)
{
    json_t *record = json_loadb(text, size, 0, NULL);
    char session[24], region[24];
    ProtobufCMessage *message = NULL;
    bool is_good =
        transcode_json_read(&mma__ticket__descriptor, json_object_get(record, "ticket"), &message, NULL) == STATUS_OK &&
        read_ticket(service, (const Mma__Ticket *)message, out_ticket) &&
        read_text(record, "gateway", out_ticket->gateway, sizeof(out_ticket->gateway)) &&
        read_text(record, "match_id", out_ticket->match_id, sizeof(out_ticket->match_id)) &&
        read_text(record, "engine", out_ticket->engine, sizeof(out_ticket->engine)) &&
        read_text(record, "session_id", session, sizeof(session)) &&
        read_text(record, "region", region, sizeof(region));
    if (is_good) {
        out_ticket->session_id = strtoull(session, NULL, 10);
        out_ticket->region = region_find(region);
    }
    if (message != NULL) {
        protobuf_c_message_free_unpacked(message, NULL);
    }
    json_decref(record);
    return is_good;
}

/* Its record has gone, or is not to be believed. Should this fail, the next one to take over tries again. */
static void forget(struct service *service, const char *id)
{
    enum status status = redis_commandf(service->redis, NULL, NULL, "SREM " OPEN_SET " %s", id);
    if (status != STATUS_OK) {
        log_warning("ticket.not_stored", LOG_TEXT("ticket", id), LOG_STATUS(status));
    }
}

/* true: it is here now. */
static bool take_over(struct service *service, const redisReply *record)
{
    struct ticket ticket;
    struct matchmaker_effects effects;
    uint32_t slot;
    if (record->type != REDIS_REPLY_STRING || !read_record(service, record->str, record->len, &ticket) ||
        matchmaker_enter(service->core, &ticket, clock_unix_ms(), &effects, &slot) != STATUS_OK) {
        return false;
    }
    effects_carry_out(service, &effects);
    return true;
}

static void on_open_tickets(void *owner, enum status status, const redisReply *reply)
{
    struct service *service = owner;
    service->restoring = false;
    if (service->stopping || status != STATUS_OK || reply->type != REDIS_REPLY_ARRAY) {
        return; /* the next round tries again */
    }
    service->restored = true;
    uint64_t taken = 0;
    for (size_t i = 0; i + 1 < reply->elements; i += 2) {
        const redisReply *id = reply->element[i];
        if (take_over(service, reply->element[i + 1])) {
            taken++;
        } else if (ticket_table_find(&service->core->tickets, id->str) == TICKET_NONE) {
            forget(service, id->str);
        }
    }
    log_info("tickets.restored", LOG_U64("tickets", taken), LOG_U64("listed", reply->elements / 2));
}

void ticket_store_restore(struct service *service)
{
    enum status status =
        redis_commandf(service->redis, on_open_tickets, service, "SORT " OPEN_SET " BY nosort GET # GET " KEY "*");
    service->restoring = status == STATUS_OK;
}

/* ---- looking for one ---- */

struct search {
    struct service *service;
    ticket_store_found *on_found;
    void *owner;
};

static void on_record(void *owner, enum status status, const redisReply *reply)
{
    struct search *search = owner;
    struct ticket ticket;
    bool is_there = !search->service->stopping && status == STATUS_OK && reply->type == REDIS_REPLY_STRING &&
                    read_record(search->service, reply->str, reply->len, &ticket);
    search->on_found(search->owner, search->service->stopping, is_there ? &ticket : NULL);
    free(search);
}

enum status ticket_store_find(struct service *service, const char *id, ticket_store_found *on_found, void *owner)
{
    struct search *search = malloc(sizeof(*search));
    if (search == NULL) {
        return STATUS_NO_MEMORY;
    }
    *search = (struct search){service, on_found, owner};
    enum status status = redis_commandf(service->redis, on_record, search, "GET " KEY "%s", id);
    if (status != STATUS_OK) {
        free(search);
    }
    return status;
}
