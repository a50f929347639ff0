/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/ticket_record.h"

#include "libcommon/runtime/encoding/transcode.h"
#include "services/matchmaker/io/ticket_messages.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DURATION_MAX_MS (INT64_C(365) * 24 * 3600 * 1000)

uint64_t ticket_record_lifetime_ms(const struct matchmaker *core)
{
    return (uint64_t)core->rules.ticket_timeout_ms + MATCHMAKER_TICKET_KEEP_MS;
}

char *ticket_record_write(const struct matchmaker *core, const struct ticket *ticket, const char *owner,
                          const struct matchmaker_clock *clock)
{
    const struct ticket_view_context context = {.core = core, .clock = *clock, .audience = TICKET_FOR_STORE};
    struct ticket_view view;
    ticket_messages_fill(&view, &context, ticket);
    char session[24];
    snprintf(session, sizeof session, "%" PRIu64, ticket->session_id);
    json_t *record = json_pack(
        "{s:o, s:s, s:s, s:s, s:s, s:s, s:I, s:I, s:s}", "ticket", transcode_json_write(&view.message.base), "gateway",
        ticket->gateway, "session_id", session, "match_id", ticket->match_id, "engine", ticket->engine, "region",
        region_name(ticket->region), "waited_ms", (json_int_t)ticket_wait_ms(ticket, clock->now_ms), "lifetime_ms",
        (json_int_t)ticket_record_lifetime_ms(core), "owner", owner);
    char *written = record != NULL ? json_dumps(record, JSON_COMPACT) : NULL;
    json_decref(record);
    return written;
}

/* ---- reading ---- */

static bool read_ticket(const struct matchmaker *core, const char *home_region, const Mma__Ticket *message,
                        struct ticket *out_ticket)
{
    Mma__CreateTicket request;
    mma__create_ticket__init(&request);
    request.player_id = message->player_id;
    request.queue = message->queue;
    request.n_latencies = message->n_latencies;
    request.latencies = message->latencies;
    struct ticket_draft_error error;
    if (ticket_messages_draft(core, &request, home_region, out_ticket, &error) != STATUS_OK ||
        !hex_id_is_valid(message->id) || message->create_time <= 0 || message->update_time <= 0 ||
        !(message->rating >= 0) || message->rating > 10000 || message->state < MMA__TICKET_STATE__QUEUED ||
        message->state > MMA__TICKET_STATE__TIMED_OUT) {
        return false;
    }
    snprintf(out_ticket->id, sizeof out_ticket->id, "%s", message->id);
    out_ticket->state = (enum ticket_state)message->state;
    out_ticket->create_time = (uint64_t)message->create_time;
    out_ticket->update_time = (uint64_t)message->update_time;
    out_ticket->expiry_time = (uint64_t)message->expiry_time;
    out_ticket->rating_milli = (int32_t)(message->rating * 1000 + 0.5);
    return true;
}

/* false: there is no such text, or it does not fit. */
static bool read_text(const json_t *record, const char *name, char *out, size_t size)
{
    const char *text = json_string_value(json_object_get(record, name));
    return text != NULL && snprintf(out, size, "%s", text) < (int)size;
}

static bool read_owner(const json_t *record, struct stored_ticket *stored)
{
    return json_object_get(record, "owner") == NULL || read_text(record, "owner", stored->owner, sizeof stored->owner);
}

/* 0 where it is not there. false: it is no duration. */
static bool read_duration(const json_t *record, const char *name, uint64_t *out_ms)
{
    json_int_t value = json_integer_value(json_object_get(record, name));
    *out_ms = (uint64_t)value;
    return value >= 0 && value <= DURATION_MAX_MS;
}

static bool read_rest(const json_t *record, struct stored_ticket *stored)
{
    char session[24], region[24];
    struct ticket *ticket = &stored->ticket;
    if (!read_text(record, "gateway", ticket->gateway, sizeof ticket->gateway) ||
        !read_text(record, "match_id", ticket->match_id, sizeof ticket->match_id) ||
        !read_text(record, "engine", ticket->engine, sizeof ticket->engine) ||
        !read_text(record, "session_id", session, sizeof session) ||
        !read_text(record, "region", region, sizeof region) || !read_owner(record, stored) ||
        !read_duration(record, "waited_ms", &stored->waited_ms) ||
        !read_duration(record, "lifetime_ms", &stored->lifetime_ms)) {
        return false;
    }
    ticket->session_id = strtoull(session, NULL, 10);
    ticket->region = region_find(region);
    return ticket->state != TICKET_COMPLETED || hex_id_is_valid(ticket->match_id);
}

bool ticket_record_read(const struct matchmaker *core, const char *home_region, const char *text, size_t size,
                        int64_t left_ms, struct stored_ticket *out_stored)
{
    json_t *record = json_loadb(text, size, 0, NULL);
    ProtobufCMessage *message = NULL;
    *out_stored = (struct stored_ticket){.left_ms = left_ms};
    bool is_good =
        transcode_json_read(&mma__ticket__descriptor, json_object_get(record, "ticket"), &message, NULL) == STATUS_OK &&
        read_ticket(core, home_region, (const Mma__Ticket *)message, &out_stored->ticket) &&
        read_rest(record, out_stored);
    if (message != NULL) {
        protobuf_c_message_free_unpacked(message, NULL);
    }
    json_decref(record);
    return is_good;
}
