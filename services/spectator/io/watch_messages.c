/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/io/watch_messages.h"

#include "libcommon/base/memory.h"
#include "libcommon/base/text.h"
#include "libcommon/runtime/encoding/borrow.h"

_Static_assert(sizeof(struct trace_id) == FOLLOW_TRACE_BYTES, "the core carries a trace");

/* ---- in ------------------------------------------------------------------------------------------- */

static struct follow_return return_of(const struct mailbox_envelope *envelope)
{
    struct follow_return from = {.correlation_id = envelope->correlation_id};
    text_copy(from.gateway, sizeof from.gateway, envelope->sender);
    memory_copy(from.trace, envelope->trace.bytes, sizeof from.trace);
    return from;
}

static void receive_watch(struct follow *follow, const struct mailbox_envelope *envelope,
                          const struct peer_list *engines, uint64_t now_ms, struct follow_effects *out_effects)
{
    struct follow_viewer_request request = {.from = return_of(envelope)};
    Mma__Watch *message = mma__watch__unpack(NULL, envelope->payload_size, envelope->payload);
    if (message != NULL) {
        request.session = message->session_id;
        request.rate_hz = message->rate_hz;
    }
    follow_watch(follow, &request, message == NULL ? "" : message->match_id, engines, now_ms, out_effects);
    if (message != NULL) {
        mma__watch__free_unpacked(message, NULL);
    }
}

static void receive_unwatch(struct follow *follow, const struct mailbox_envelope *envelope, uint64_t now_ms,
                            struct follow_effects *out_effects)
{
    struct follow_viewer_request request = {.from = return_of(envelope)};
    Mma__Unwatch *message = mma__unwatch__unpack(NULL, envelope->payload_size, envelope->payload);
    if (message != NULL) {
        request.session = message->session_id;
        follow_unwatch(follow, &request, now_ms, out_effects);
        mma__unwatch__free_unpacked(message, NULL);
    }
}

static void receive_records(struct follow *follow, const struct mailbox_envelope *envelope, uint64_t now_ms)
{
    Mma__Records *message = mma__records__unpack(NULL, envelope->payload_size, envelope->payload);
    for (size_t i = 0; message != NULL && i < message->n_matches; i++) {
        const Mma__MatchRecords *row = message->matches[i];
        follow_records(follow, envelope->sender, row->match_id, row->first_tick, row->records.data, row->records.len,
                       now_ms);
    }
    if (message != NULL) {
        mma__records__free_unpacked(message, NULL);
    }
}

void watch_messages_receive(struct follow *follow, const struct mailbox_envelope *envelope,
                            const struct peer_list *engines, uint64_t now_ms, struct follow_effects *out_effects)
{
    switch (envelope->type) {
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_RECORDS:
        receive_records(follow, envelope, now_ms);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_WATCH:
        receive_watch(follow, envelope, engines, now_ms, out_effects);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_UNWATCH:
        receive_unwatch(follow, envelope, now_ms, out_effects);
        break;
    default:
        if (envelope->correlation_id != 0) {
            const struct follow_return from = return_of(envelope);
            follow_not_served(&from, out_effects);
        }
        break;
    }
}

/* ---- out ------------------------------------------------------------------------------------------ */

struct trace_id watch_messages_trace(const uint8_t trace[FOLLOW_TRACE_BYTES])
{
    struct trace_id id;
    memory_copy(id.bytes, trace, sizeof id.bytes);
    return id;
}

struct mailbox_return watch_messages_return(const struct follow_return *to)
{
    struct mailbox_return out = {.correlation_id = to->correlation_id, .trace = watch_messages_trace(to->trace)};
    text_copy(out.sender, sizeof out.sender, to->gateway);
    return out;
}

void watch_messages_fill_watching(struct watch_messages_watching *out_message, const struct follow *follow,
                                  const struct follow_effect *admit, const struct followed_data *data)
{
    const struct follow_slot *slot = &follow->slots[admit->slot];
    const struct world_setup *setup = &slot->match.header.setup;
    Mma__Watching *watching = &out_message->watching;
    mma__watching_stream__init(&out_message->stream);
    mma__watching__init(watching);
    watching->match_id = borrow_text(slot->match_id);
    watching->rate_hz = tier_rate(admit->tier);
    watching->delay_ms = follow->rules.delay_ms;
    watching->map = borrow_text(setup->map->name);
    watching->mode = borrow_text(setup->mode->name);
    watching->n_seats = data->subscribed->n_seats;
    watching->seats = data->subscribed->seats;
    watching->map_text = data->map_text;
    out_message->stream.session_id = admit->request.session;
    out_message->stream.stream_id = slot->stream_id + admit->tier;
    out_message->stream.watching = watching;
}

void watch_messages_fill_subscribe(Mma__Subscribe *out_message, const struct follow_slot *slot)
{
    mma__subscribe__init(out_message);
    out_message->match_id = borrow_text(slot->match_id);
}

void watch_messages_fill_unsubscribe(Mma__Unsubscribe *out_message, const struct follow_slot *slot)
{
    mma__unsubscribe__init(out_message);
    out_message->match_id = borrow_text(slot->match_id);
}

void watch_messages_fill_stream_over(Mma__StreamOver *out_message, const struct follow_slot *slot,
                                     const struct follow_effect *end_stream)
{
    mma__stream_over__init(out_message);
    out_message->stream_id = slot->stream_id + end_stream->tier;
    out_message->reason = borrow_text(follow_end_code(end_stream->end));
}
