/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/backend_messages.h"

#include "libcommon/runtime/encoding/borrow.h"

/* ---- to backends ------------------------------------------------------------------------------- */

static void set(struct backend_message *out, Mma__MessageType type, const ProtobufCMessage *base)
{
    out->type = type;
    out->base = base;
}

static void fill_create_ticket(const struct gateway_effect *effect, const Mma__CreateTicket *asked, const char *region,
                               struct backend_message *out)
{
    Mma__CreateTicket *ticket = &out->body.create_ticket;
    *ticket = *asked;
    ticket->player_id = borrow_text(effect->request.player_id);
    ticket->session_id = effect->session_id;
    if (ticket->n_latencies == 0) {
        mma__region_latency__init(&out->here);
        out->here.region = borrow_text(region);
        out->only_here[0] = &out->here;
        ticket->n_latencies = 1;
        ticket->latencies = out->only_here;
    }
    set(out, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_TICKET, &ticket->base);
}

/* source->message NULL: for a session that has ended, whose player's open ticket is meant. */
static void fill_cancel_ticket(const struct gateway_effect *effect, const struct event_source *source,
                               struct backend_message *out)
{
    Mma__CancelTicket *cancel = &out->body.cancel_ticket;
    mma__cancel_ticket__init(cancel);
    bool is_asked = effect->session_id != 0;
    cancel->ticket_id = is_asked ? source->message->cancel_ticket->ticket_id : borrow_text("");
    cancel->player_id = borrow_text(effect->request.player_id);
    set(out, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CANCEL_TICKET, &cancel->base);
}

static void fill_join(const struct gateway_effect *effect, const struct event_source *source,
                      struct backend_message *out)
{
    Mma__Join *join = &out->body.join;
    mma__join__init(join);
    join->match_id = borrow_text(source->match_id);
    join->player_id = borrow_text(effect->request.player_id);
    join->session_id = effect->session_id;
    join->rate_hz = source->message->join_match->rate_hz;
    set(out, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN, &join->base);
}

static void fill_watch(const struct gateway_effect *effect, const Mma__WatchMatch *asked, struct backend_message *out)
{
    Mma__Watch *watch = &out->body.watch;
    mma__watch__init(watch);
    watch->session_id = effect->session_id;
    watch->match_id = asked->match_id;
    watch->rate_hz = asked->rate_hz;
    set(out, MMA__MESSAGE_TYPE__MESSAGE_TYPE_WATCH, &watch->base);
}

static void fill_say(const struct gateway_effect *effect, const Mma__Chat *chat, struct backend_message *out)
{
    Mma__Say *say = &out->body.say;
    mma__say__init(say);
    say->session_id = effect->session_id;
    say->channel = chat->channel;
    say->text = chat->text;
    set(out, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAY, &say->base);
}

void backend_messages_fill_request(const struct gateway_effect *effect, const struct event_source *source,
                                   const char *region, struct backend_message *out)
{
    REQUIRE(effect->kind == GATEWAY_SEND_REQUEST);
    switch (effect->request.kind) {
    case GATEWAY_REQUEST_CREATE_TICKET:
        fill_create_ticket(effect, source->message->create_ticket, region, out);
        return;
    case GATEWAY_REQUEST_CANCEL_TICKET:
        fill_cancel_ticket(effect, source, out);
        return;
    case GATEWAY_REQUEST_JOIN:
        fill_join(effect, source, out);
        return;
    case GATEWAY_REQUEST_WATCH:
        fill_watch(effect, source->message->watch_match, out);
        return;
    case GATEWAY_REQUEST_CHAT:
        fill_say(effect, source->message->chat, out);
        return;
    case GATEWAY_REQUEST_KINDS:
        break;
    }
    REQUIRE(false && "a request without a message");
}

void backend_messages_fill_post(const struct gateway_effect *effect, struct backend_message *out)
{
    REQUIRE(effect->kind == GATEWAY_SEND_LEAVE || effect->kind == GATEWAY_SEND_UNWATCH);
    if (effect->kind == GATEWAY_SEND_LEAVE) {
        Mma__Leave *leave = &out->body.leave;
        mma__leave__init(leave);
        leave->session_id = effect->session_id;
        leave->reason = borrow_text(effect->post.reason);
        set(out, MMA__MESSAGE_TYPE__MESSAGE_TYPE_LEAVE, &leave->base);
        return;
    }
    Mma__Unwatch *unwatch = &out->body.unwatch;
    mma__unwatch__init(unwatch);
    unwatch->session_id = effect->session_id;
    unwatch->stream_id = effect->post.stream_id;
    set(out, MMA__MESSAGE_TYPE__MESSAGE_TYPE_UNWATCH, &unwatch->base);
}

void backend_messages_fill_row(uint64_t session_id, const struct gateway_input_row *row, uint8_t *bytes, size_t size,
                               Mma__SetRate *set_rate, Mma__SessionInput *out_item)
{
    mma__session_input__init(out_item);
    out_item->session_id = session_id;
    out_item->skipped = row->skipped;
    out_item->written_tick = row->written_tick;
    out_item->set_rate = set_rate;
    if (size > 0) {
        out_item->input = (ProtobufCBinaryData){.len = size, .data = bytes};
    }
}

/* ---- from backends ----------------------------------------------------------------------------- */

static void read_ok(enum gateway_request_kind kind, const uint8_t *payload, size_t size, struct backend_reply *reply,
                    struct gateway_answer *answer)
{
    switch (kind) {
    case GATEWAY_REQUEST_CREATE_TICKET:
    case GATEWAY_REQUEST_CANCEL_TICKET:
        reply->ticket = mma__ticket__unpack(NULL, size, payload);
        answer->is_readable = answer->is_complete = reply->ticket != NULL;
        return;
    case GATEWAY_REQUEST_JOIN:
        reply->joined = mma__joined__unpack(NULL, size, payload);
        answer->is_readable = reply->joined != NULL;
        answer->is_complete = answer->is_readable && reply->joined->joined != NULL;
        return;
    case GATEWAY_REQUEST_WATCH:
        reply->watching = mma__watching_stream__unpack(NULL, size, payload);
        answer->is_readable = reply->watching != NULL;
        answer->is_complete = answer->is_readable && reply->watching->watching != NULL;
        answer->stream_id = answer->is_readable ? reply->watching->stream_id : 0;
        answer->match_id = answer->is_complete ? reply->watching->watching->match_id : NULL;
        return;
    case GATEWAY_REQUEST_CHAT:
        reply->said = mma__said__unpack(NULL, size, payload);
        answer->is_readable = reply->said != NULL;
        answer->is_complete = answer->is_readable && reply->said->message != NULL;
        return;
    case GATEWAY_REQUEST_KINDS:
        break;
    }
    REQUIRE(false && "a request without an answer");
}

void backend_messages_read_reply(enum gateway_request_kind kind, enum status status, bool has_payload,
                                 const uint8_t *payload, size_t size, struct backend_reply *out_reply,
                                 struct gateway_answer *out_answer)
{
    *out_reply = (struct backend_reply){0};
    *out_answer = (struct gateway_answer){.status = status, .has_reply = has_payload};
    if (status == STATUS_OK) {
        read_ok(kind, payload, size, out_reply, out_answer);
    } else if (has_payload) {
        out_reply->refusal = mma__refusal__unpack(NULL, size, payload);
    }
    if (out_reply->refusal != NULL) {
        out_answer->refusal_reason = out_reply->refusal->reason;
        out_answer->refusal_message = out_reply->refusal->message;
    }
}

void backend_messages_free_reply(struct backend_reply *reply)
{
    mma__ticket__free_unpacked(reply->ticket, NULL); /* each takes NULL */
    mma__joined__free_unpacked(reply->joined, NULL);
    mma__watching_stream__free_unpacked(reply->watching, NULL);
    mma__said__free_unpacked(reply->said, NULL);
    mma__refusal__free_unpacked(reply->refusal, NULL);
}

enum gateway_ticket_change backend_messages_ticket_change(const Mma__Ticket *ticket)
{
    switch (ticket->state) {
    case MMA__TICKET_STATE__QUEUED:
    case MMA__TICKET_STATE__SEARCHING:
    case MMA__TICKET_STATE__PLACING:
        return GATEWAY_TICKET_OPEN;
    case MMA__TICKET_STATE__COMPLETED:
        return ticket->assignment != NULL ? GATEWAY_TICKET_MATCHED : GATEWAY_TICKET_CLOSED;
    default:
        return GATEWAY_TICKET_CLOSED;
    }
}
