/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backend_messages.h - the router's effects as messages to matchmaker, engines and spectators, and their answers as the
 * router's events. No loop and no mailbox: bytes in, values out.
 */
#ifndef MMA_SERVICES_GATEWAY_IO_BACKEND_MESSAGES_H
#define MMA_SERVICES_GATEWAY_IO_BACKEND_MESSAGES_H

#include "proto/envelope.pb-c.h"
#include "services/gateway/core/router.h"
#include "services/gateway/io/event_source.h"

/* A message and all that it borrows but the event's source. Do not copy: it points into itself. */
struct backend_message {
    Mma__MessageType type;
    const ProtobufCMessage *base;
    union {
        Mma__CreateTicket create_ticket;
        Mma__CancelTicket cancel_ticket;
        Mma__Join join;
        Mma__Watch watch;
        Mma__Say say;
        Mma__Leave leave;
        Mma__Unwatch unwatch;
    } body;
    Mma__RegionLatency here;
    Mma__RegionLatency *only_here[1];
};

/* Of GATEWAY_SEND_REQUEST. region: the gateway's own, for a ticket without latencies. */
void backend_messages_fill_request(const struct gateway_effect *effect, const struct event_source *source,
                                   const char *region, struct backend_message *out);
/* Of GATEWAY_SEND_LEAVE and GATEWAY_SEND_UNWATCH. */
void backend_messages_fill_post(const struct gateway_effect *effect, struct backend_message *out);

/* What came back: one of them, or none where it could not be parsed. */
struct backend_reply {
    Mma__Ticket *ticket;
    Mma__Joined *joined;
    Mma__WatchingStream *watching;
    Mma__Said *said;
    Mma__Refusal *refusal;
};

/* has_payload false: no reply came, and status says why. *out_answer borrows from *out_reply, which is to be freed. */
void backend_messages_read_reply(enum gateway_request_kind kind, enum status status, bool has_payload,
                                 const uint8_t *payload, size_t size, struct backend_reply *out_reply,
                                 struct gateway_answer *out_answer);
void backend_messages_free_reply(struct backend_reply *reply);

/* What an update's ticket means for its session. */
enum gateway_ticket_change backend_messages_ticket_change(const Mma__Ticket *ticket);

/* Fills in a row of Inputs; bytes are the row's own. set_rate: NULL, or borrowed. */
void backend_messages_fill_row(uint64_t session_id, const struct gateway_input_row *row, uint8_t *bytes, size_t size,
                               Mma__SetRate *set_rate, Mma__SessionInput *out_item);

#endif
