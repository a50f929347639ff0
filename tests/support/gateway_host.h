/* SPDX-License-Identifier: Apache-2.0 */
/* gateway_host.h - a real gateway for tests: its secrets, its port, and tokens it accepts, or not. */
#ifndef MMA_TESTS_SUPPORT_GATEWAY_HOST_H
#define MMA_TESTS_SUPPORT_GATEWAY_HOST_H

#include "libcommon/runtime/auth/jwt.h"
#include "tests/support/support.h"

#define GATEWAY_SECRET "players-secret-of-the-gateway-tests-0001"
#define GATEWAY_JOINS  "joins-secret-of-the-gateway-tests-000002"

struct gateway_host {
    struct support_process process;
    uint16_t port;
    const char *mailbox; /* copied into text */
    char text[64];
};

/* settings: "NAME=value" on top of the tests' own, NULL at the end; may be NULL. Returns when it is ready. */
void gateway_host_start(struct gateway_host *host, const char *const *settings);
/* The same, but does not wait for readiness. */
void gateway_host_launch(struct gateway_host *host, const char *const *settings);

/* HS256 tokens; the text is good until the fourth call after this one. */
const char *gateway_token(const char *player);
const char *gateway_token_of(const char *secret, const char *player, const char *audience, int lifetime_s);
const char *gateway_join_token(const char *player, const char *match_id, const char *engine);

#endif
