/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwt.h - JSON Web Tokens (RFC 7519), signed only: HS256 with a shared secret, RS256 and ES256 with a JWKS file.
 *
 * A verifier accepts exactly the algorithms it has keys for; "none" and a key of the wrong type for the token's
 * algorithm are refused (RFC 8725). exp is required, nbf honoured, both with leeway_s.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_AUTH_JWT_H
#define MMA_LIBCOMMON_RUNTIME_AUTH_JWT_H

#include "libcommon/base/status.h"

#include <stddef.h>
#include <stdint.h>

#define JWT_BYTES_MAX   4096
#define JWT_SUBJECT_MAX 65 /* 64 bytes and NUL; printable ASCII without space, '"' and '\\' */

struct jwt_keys; /* loaded once, immutable */

struct jwt_claims {
    char subject[JWT_SUBJECT_MAX];
    char match_id[33]; /* claim "mid"; join tokens only, else "" */
    char engine[64];   /* claim "eng": mailbox URL; join tokens only, else "" */
    char region[24];   /* claim "region", else "" */
    uint64_t expires_unix_s;
};

/* Why a token is refused, for the error's reason. */
enum jwt_refusal {
    JWT_GOOD,
    JWT_MALFORMED,
    JWT_BAD_ALGORITHM,
    JWT_BAD_SIGNATURE,
    JWT_EXPIRED,
    JWT_BAD_AUDIENCE,
    JWT_BAD_CLAIMS
};
const char *jwt_refusal_text(enum jwt_refusal refusal); /* "TOKEN_EXPIRED", ... */

/* secret: "" or at least 32 bytes for HS256; jwks_path: "" or a JWK Set file (RFC 7517). STATUS_INVALID when neither is
 * usable; out_reason (borrowed, static) says why. */
MUST_USE enum status jwt_keys_create(const char *secret, const char *jwks_path, struct jwt_keys **out_keys,
                                     const char **out_reason);
void jwt_keys_destroy(struct jwt_keys *keys); /* takes NULL */

enum jwt_refusal jwt_verify(const struct jwt_keys *keys, const char *token, size_t size, const char *audience,
                            uint64_t now_unix_s, struct jwt_claims *out_claims);

/* HS256 with the keys' secret; empty claims are left out. STATUS_TOO_LARGE when out does not hold it with its NUL. */
MUST_USE enum status jwt_sign(const struct jwt_keys *keys, const struct jwt_claims *claims, const char *audience,
                              uint64_t now_unix_s, char *out, size_t size);

#endif
