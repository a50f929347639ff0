/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/client_message.h"

#include "libcommon/base/status.h"
#include "libcommon/base/text.h"
#include "libcommon/runtime/encoding/borrow.h"

static void begin(struct client_message *out, uint32_t cid, Mma__ClientMessage__BodyCase body_case)
{
    mma__client_message__init(&out->message);
    out->message.cid = cid;
    out->message.body_case = body_case;
}

static char *copy_text(struct client_message *out, const char *text)
{
    text_copy(out->text, sizeof out->text, text);
    return out->text;
}

void client_message_authenticate(struct client_message *out, uint32_t cid, const char *token)
{
    begin(out, cid, MMA__CLIENT_MESSAGE__BODY_AUTHENTICATE);
    mma__authenticate__init(&out->body.authenticate);
    out->body.authenticate.token = copy_text(out, token);
    out->message.authenticate = &out->body.authenticate;
}

void client_message_create_ticket(struct client_message *out, uint32_t cid, const char *queue,
                                  const struct client_latency *latencies, size_t count)
{
    REQUIRE(count <= CLIENT_MESSAGE_LATENCIES_MAX);
    begin(out, cid, MMA__CLIENT_MESSAGE__BODY_CREATE_TICKET);
    mma__create_ticket__init(&out->body.create_ticket);
    out->body.create_ticket.queue = copy_text(out, queue);
    for (size_t i = 0; i < count; i++) {
        mma__region_latency__init(&out->latencies[i]);
        out->latencies[i].region = borrow_text(latencies[i].region);
        out->latencies[i].latency_ms = latencies[i].latency_ms;
        out->latency_pointers[i] = &out->latencies[i];
    }
    out->body.create_ticket.n_latencies = count;
    out->body.create_ticket.latencies = out->latency_pointers;
    out->message.create_ticket = &out->body.create_ticket;
}

void client_message_cancel_ticket(struct client_message *out, uint32_t cid, const char *ticket_id)
{
    begin(out, cid, MMA__CLIENT_MESSAGE__BODY_CANCEL_TICKET);
    mma__cancel_ticket__init(&out->body.cancel_ticket);
    out->body.cancel_ticket.ticket_id = copy_text(out, ticket_id);
    out->message.cancel_ticket = &out->body.cancel_ticket;
}

void client_message_join(struct client_message *out, uint32_t cid, const char *join_token, uint32_t rate_hz)
{
    begin(out, cid, MMA__CLIENT_MESSAGE__BODY_JOIN_MATCH);
    mma__join_match__init(&out->body.join_match);
    out->body.join_match.join_token = copy_text(out, join_token);
    out->body.join_match.rate_hz = rate_hz;
    out->message.join_match = &out->body.join_match;
}

void client_message_leave(struct client_message *out, uint32_t cid)
{
    begin(out, cid, MMA__CLIENT_MESSAGE__BODY_LEAVE_MATCH);
    mma__leave_match__init(&out->body.leave_match);
    out->message.leave_match = &out->body.leave_match;
}

void client_message_watch(struct client_message *out, uint32_t cid, const char *match_id, uint32_t rate_hz)
{
    begin(out, cid, MMA__CLIENT_MESSAGE__BODY_WATCH_MATCH);
    mma__watch_match__init(&out->body.watch_match);
    out->body.watch_match.match_id = copy_text(out, match_id);
    out->body.watch_match.rate_hz = rate_hz;
    out->message.watch_match = &out->body.watch_match;
}

void client_message_stop_watching(struct client_message *out, uint32_t cid)
{
    begin(out, cid, MMA__CLIENT_MESSAGE__BODY_STOP_WATCHING);
    mma__stop_watching__init(&out->body.stop_watching);
    out->message.stop_watching = &out->body.stop_watching;
}

void client_message_ping(struct client_message *out, uint32_t cid, uint64_t client_time)
{
    begin(out, cid, MMA__CLIENT_MESSAGE__BODY_PING);
    mma__ping__init(&out->body.ping);
    out->body.ping.client_time = client_time;
    out->message.ping = &out->body.ping;
}

void client_message_chat(struct client_message *out, uint32_t cid, Mma__ChatChannel channel, const char *text)
{
    begin(out, cid, MMA__CLIENT_MESSAGE__BODY_CHAT);
    mma__chat__init(&out->body.chat);
    out->body.chat.channel = channel;
    out->body.chat.text = copy_text(out, text);
    out->message.chat = &out->body.chat;
}

void client_message_set_rate(struct client_message *out, uint32_t rate_hz)
{
    begin(out, 0, MMA__CLIENT_MESSAGE__BODY_SET_RATE);
    mma__set_rate__init(&out->body.set_rate);
    out->body.set_rate.rate_hz = rate_hz;
    out->message.set_rate = &out->body.set_rate;
}

void client_message_input(struct client_message *out, uint8_t *bytes, size_t size)
{
    begin(out, 0, MMA__CLIENT_MESSAGE__BODY_INPUT);
    out->message.input.data = bytes;
    out->message.input.len = size;
}
