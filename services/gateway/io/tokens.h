/* SPDX-License-Identifier: Apache-2.0 */
/* tokens.h - the keys of players' tokens and of join tokens, and guests' tokens for development. */
#ifndef MMA_SERVICES_GATEWAY_IO_TOKENS_H
#define MMA_SERVICES_GATEWAY_IO_TOKENS_H

#include "libcommon/runtime/auth/jwt.h"
#include "services/gateway/io/gateway_settings.h"

#define TOKENS_GAME_AUDIENCE  "mma-game"
#define TOKENS_MATCH_AUDIENCE "mma-match"

struct tokens {
    struct jwt_keys *players;
    struct jwt_keys *joins;
};

/* out_reason: what is wrong with the settings, static. */
MUST_USE enum status tokens_open(const struct gateway_settings *settings, struct tokens *out_tokens,
                                 const char **out_reason);
void tokens_close(struct tokens *tokens); /* copes with half-open ones */

enum jwt_refusal tokens_verify_player(const struct tokens *tokens, const char *token, struct jwt_claims *out_claims);
/* JWT_BAD_CLAIMS also for a token without match or engine. */
enum jwt_refusal tokens_verify_join(const struct tokens *tokens, const char *token, struct jwt_claims *out_claims);

/* A token for a new player "guest-<16 hex digits>". */
MUST_USE enum status tokens_make_guest(const struct tokens *tokens, uint32_t lifetime_s, struct jwt_claims *out_claims,
                                       char out[JWT_BYTES_MAX]);

#endif
