/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/tokens.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/entropy.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>

static uint64_t now_s(void)
{
    return clock_unix_ms() / 1000;
}

enum status tokens_open(const struct gateway_settings *settings, struct tokens *out_tokens, const char **out_reason)
{
    *out_tokens = (struct tokens){0};
    if (settings->guest_tokens && settings->jwt_secret[0] == '\0') {
        *out_reason = "GUEST_TOKENS=1 needs JWT_HS256_SECRET";
        return STATUS_INVALID;
    }
    enum status status = jwt_keys_create(settings->jwt_secret, settings->jwks_path, &out_tokens->players, out_reason);
    if (status != STATUS_OK && settings->jwt_secret[0] == '\0' && settings->jwks_path[0] == '\0') {
        *out_reason = "JWT_HS256_SECRET or JWKS_PATH must be set";
    }
    if (status == STATUS_OK) {
        status = jwt_keys_create(settings->join_token_secret, "", &out_tokens->joins, out_reason);
    }
    if (status != STATUS_OK) {
        tokens_close(out_tokens);
    }
    return status;
}

void tokens_close(struct tokens *tokens)
{
    jwt_keys_destroy(tokens->players);
    jwt_keys_destroy(tokens->joins);
    *tokens = (struct tokens){0};
}

enum jwt_refusal tokens_verify_player(const struct tokens *tokens, const char *token, struct jwt_claims *out_claims)
{
    return jwt_verify(tokens->players, token, strlen(token), TOKENS_GAME_AUDIENCE, now_s(), out_claims);
}

enum jwt_refusal tokens_verify_join(const struct tokens *tokens, const char *token, struct jwt_claims *out_claims)
{
    enum jwt_refusal refusal =
        jwt_verify(tokens->joins, token, strlen(token), TOKENS_MATCH_AUDIENCE, now_s(), out_claims);
    if (refusal == JWT_GOOD && (out_claims->match_id[0] == '\0' || out_claims->engine[0] == '\0')) {
        return JWT_BAD_CLAIMS;
    }
    return refusal;
}

enum status tokens_make_guest(const struct tokens *tokens, uint32_t lifetime_s, struct jwt_claims *out_claims,
                              char out[JWT_BYTES_MAX])
{
    struct jwt_claims claims = {.expires_unix_s = now_s() + lifetime_s};
    (void)snprintf(claims.subject, sizeof claims.subject, "guest-%016" PRIx64, entropy_u64());
    enum status status = jwt_sign(tokens->players, &claims, TOKENS_GAME_AUDIENCE, now_s(), out, JWT_BYTES_MAX);
    if (status == STATUS_OK) {
        *out_claims = claims;
    }
    return status;
}
