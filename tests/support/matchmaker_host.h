/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matchmaker_host.h - a matchmaker under test: the real program on ports of its own, its HTTP API with a token, and
 * requests to its mailbox. What goes wrong fails the test.
 */
#ifndef MMA_TESTS_SUPPORT_MATCHMAKER_HOST_H
#define MMA_TESTS_SUPPORT_MATCHMAKER_HOST_H

#include "tests/support/http_client.h"
#include "tests/support/played.h"
#include "tests/support/support.h"

#include "proto/ticket.pb-c.h"

#define MATCHMAKER_API_SECRET  "an API secret of the matchmaker's tests"
#define MATCHMAKER_JOIN_SECRET "a join token secret of the matchmaker's tests"

struct matchmaker_host {
    struct support_process process;
    uint16_t port;
    char mailbox[MAILBOX_URL_MAX];
};

/* settings: "NAME=value", NULL at the end; on top of short rounds and the secrets above. launch does not wait for
 * /readyz. */
void matchmaker_host_launch(struct matchmaker_host *host, const char *const *settings);
void matchmaker_host_start(struct matchmaker_host *host, const char *const *settings);

/* "Authorization: Bearer ..." of a token; valid for some calls. */
const char *matchmaker_authorization(const char *secret, const char *audience, int lifetime_s);

/* With a good token. body may be NULL. The answer's JSON (json_decref), which must have that status. */
json_t *matchmaker_call(const struct matchmaker_host *host, const char *method, const char *path, const char *body,
                        long want_status);
/* An error of that status, reason and field (NULL: none); authorization may be NULL. */
void matchmaker_call_fails(const struct matchmaker_host *host, const char *method, const char *path, const char *body,
                           const char *authorization, long want_status, const char *reason, const char *field);

/* A new ticket over HTTP; its id. Valid for some calls. */
const char *matchmaker_host_enter(const struct matchmaker_host *host, const char *player_id, const char *queue);

/* A request from a played gateway; waits for the answer. On STATUS_OK the ticket is the caller's to free. reason gets
 * the refusal's. */
enum status matchmaker_ask(struct played *gateway, const struct matchmaker_host *host, Mma__MessageType type,
                           const ProtobufCMessage *message, Mma__Ticket **out_ticket, char reason[64]);

/* The engine takes, or refuses, the match it was asked to create. */
void matchmaker_engine_takes(struct played *engine, const struct played_envelope *create);
void matchmaker_engine_refuses(struct played *engine, const struct played_envelope *create);

/* Announces a played engine with room. */
void matchmaker_engine_announce(struct played *engine, const char *region, uint32_t load_permille);

#endif
