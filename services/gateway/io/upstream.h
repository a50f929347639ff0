/* SPDX-License-Identifier: Apache-2.0 */
/*
 * upstream.h - what sessions ask of the matchmaker, of engines and of spectators.
 *
 * Each request moves the session's state on; the answer, or an error after REQUEST_TIMEOUT_MS, goes to the client with
 * the cid of its message. An answer that comes after the session has moved on is undone, not shown.
 */
#ifndef MMA_SERVICES_GATEWAY_IO_UPSTREAM_H
#define MMA_SERVICES_GATEWAY_IO_UPSTREAM_H

#include "services/gateway/io/client_connection.h"

void upstream_create_ticket(struct client *client, uint32_t cid, Mma__CreateTicket *ticket);
void upstream_cancel_ticket(struct client *client, uint32_t cid, Mma__CancelTicket *ticket);
/* rate_hz: snapshots a second wished for; 0: any. */
void upstream_join(struct client *client, uint32_t cid, const struct jwt_claims *seat, uint32_t rate_hz);
void upstream_watch(struct client *client, uint32_t cid, const Mma__WatchMatch *watch);

/* A line of a joined session; its answer is the line as everybody hears it. */
void upstream_chat(struct client *client, uint32_t cid, const Mma__Chat *chat);

/* An input of a joined session, or with size 0 the news of what was written to it. */
void upstream_input(struct client *client, const uint8_t *bytes, size_t size);
/* Another rate of snapshots for a joined session. */
void upstream_set_rate(struct client *client, uint32_t rate_hz);
void upstream_post_inputs(struct gateway *gateway); /* all batches, now */

/* Ends the session's match or stream here, without a word to the other side. */
void upstream_detach(struct gateway *gateway, struct session *session, enum session_event event);
/* As the client wished. */
void upstream_leave(struct client *client);
void upstream_stop_watching(struct client *client);
/* The session ends: pays its debts. reason: DROPPED or REPLACED. */
void upstream_end(struct gateway *gateway, struct session *session, const char *reason);

/* Sessions at engines and spectators that are gone get told. */
void upstream_sweep(struct gateway *gateway, uint64_t now_ms);

#endif
