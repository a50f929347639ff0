/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_message.h - what a client says, ready to be encoded (client_wire.h): for tests, bots and the simulated
 * clients.
 *
 * Each function fills the caller's struct, which holds the whole message; texts are copied and cut at
 * CLIENT_MESSAGE_TEXT_MAX, other arguments are borrowed. The struct must not move while the message is in use.
 */
#ifndef MMA_TESTS_SUPPORT_CLIENT_MESSAGE_H
#define MMA_TESTS_SUPPORT_CLIENT_MESSAGE_H

#include "proto/client.pb-c.h"

#include <stddef.h>
#include <stdint.h>

#define CLIENT_MESSAGE_TEXT_MAX      5000
#define CLIENT_MESSAGE_LATENCIES_MAX 8

struct client_message {
    Mma__ClientMessage message; /* what is encoded */
    union {
        Mma__Authenticate authenticate;
        Mma__CreateTicket create_ticket;
        Mma__CancelTicket cancel_ticket;
        Mma__JoinMatch join_match;
        Mma__LeaveMatch leave_match;
        Mma__WatchMatch watch_match;
        Mma__StopWatching stop_watching;
        Mma__Ping ping;
        Mma__Chat chat;
        Mma__SetRate set_rate;
    } body;
    char text[CLIENT_MESSAGE_TEXT_MAX + 1]; /* the body's one text */
    Mma__RegionLatency latencies[CLIENT_MESSAGE_LATENCIES_MAX];
    Mma__RegionLatency *latency_pointers[CLIENT_MESSAGE_LATENCIES_MAX];
};

struct client_latency {
    const char *region;
    uint32_t latency_ms;
};

void client_message_authenticate(struct client_message *out, uint32_t cid, const char *token);
/* count up to CLIENT_MESSAGE_LATENCIES_MAX. */
void client_message_create_ticket(struct client_message *out, uint32_t cid, const char *queue,
                                  const struct client_latency *latencies, size_t count);
void client_message_cancel_ticket(struct client_message *out, uint32_t cid, const char *ticket_id);
void client_message_join(struct client_message *out, uint32_t cid, const char *join_token, uint32_t rate_hz);
void client_message_leave(struct client_message *out, uint32_t cid);
void client_message_watch(struct client_message *out, uint32_t cid, const char *match_id, uint32_t rate_hz);
void client_message_stop_watching(struct client_message *out, uint32_t cid);
void client_message_ping(struct client_message *out, uint32_t cid, uint64_t client_time);
void client_message_chat(struct client_message *out, uint32_t cid, Mma__ChatChannel channel, const char *text);
void client_message_set_rate(struct client_message *out, uint32_t rate_hz);
/* bytes: as input_encode made them; borrowed. */
void client_message_input(struct client_message *out, uint8_t *bytes, size_t size);

#endif
