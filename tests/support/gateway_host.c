/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/gateway_host.h"

#include "libcommon/runtime/telemetry/clock.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

void gateway_host_launch(struct gateway_host *host, const char *const *settings)
{
    static const char *const common[] = {"LOG_LEVEL=debug", "JWT_HS256_SECRET=" GATEWAY_SECRET,
                                         "JOIN_TOKEN_SECRET=" GATEWAY_JOINS, NULL};
    *host = (struct gateway_host){.mailbox = NULL};
    support_start_daemon(&host->process, "gateway", common, settings);
    host->port = (uint16_t)support_event_u64(&host->process, "gateway.started", 1, "port");
    (void)snprintf(host->text, sizeof host->text, "%s",
                   support_event_text(&host->process, "gateway.started", 1, "mailbox"));
    host->mailbox = host->text;
}

void gateway_host_start(struct gateway_host *host, const char *const *settings)
{
    gateway_host_launch(host, settings);
    support_wait_ready(&host->process);
}

static const char *sign(const char *secret, const struct jwt_claims *claims, const char *audience)
{
    static char tokens[4][1024];
    static size_t next;
    char *token = tokens[next++ % 4];
    struct jwt_keys *keys;
    const char *reason;
    assert_int_equal(STATUS_OK, jwt_keys_create(secret, "", &keys, &reason));
    assert_int_equal(STATUS_OK, jwt_sign(keys, claims, audience, clock_unix_ms() / 1000, token, sizeof tokens[0]));
    jwt_keys_destroy(keys);
    return token;
}

const char *gateway_token_of(const char *secret, const char *player, const char *audience, int lifetime_s)
{
    struct jwt_claims claims = {.expires_unix_s = (uint64_t)((int64_t)(clock_unix_ms() / 1000) + lifetime_s)};
    (void)snprintf(claims.subject, sizeof claims.subject, "%s", player);
    return sign(secret, &claims, audience);
}

const char *gateway_token(const char *player)
{
    return gateway_token_of(GATEWAY_SECRET, player, "mma-game", 600);
}

const char *gateway_join_token(const char *player, const char *match_id, const char *engine)
{
    struct jwt_claims claims = {.expires_unix_s = clock_unix_ms() / 1000 + 60};
    (void)snprintf(claims.subject, sizeof claims.subject, "%s", player);
    (void)snprintf(claims.match_id, sizeof claims.match_id, "%s", match_id);
    (void)snprintf(claims.engine, sizeof claims.engine, "%s", engine);
    return sign(GATEWAY_JOINS, &claims, "mma-match");
}
