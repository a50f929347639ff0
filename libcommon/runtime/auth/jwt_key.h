/* SPDX-License-Identifier: Apache-2.0 */
/*
 * jwt_key.h - the keys behind jwt.h, and base64url (RFC 4648 section 5, no padding). Only jwt*.c include it.
 *
 * Each key serves one algorithm, fixed when it is loaded: a token's header chooses among keys, never what a key is.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_AUTH_JWT_KEY_H
#define MMA_LIBCOMMON_RUNTIME_AUTH_JWT_KEY_H

#include "libcommon/runtime/auth/jwt.h"

#include <stdbool.h>

#define JWT_SIGNATURE_MAX 1024 /* RSA up to 8192 bits */

enum jwt_algorithm { JWT_NONE, JWT_HS256, JWT_RS256, JWT_ES256 };

enum jwt_algorithm jwt_algorithm_of(const char *name); /* JWT_NONE for NULL and anything else */
bool jwt_keys_support(const struct jwt_keys *keys, enum jwt_algorithm algorithm);

/* kid NULL: any key of the algorithm may have signed. */
bool jwt_keys_verify(const struct jwt_keys *keys, enum jwt_algorithm algorithm, const char *kid, const void *bytes,
                     size_t size, const uint8_t *signature, size_t signature_size);
/* HS256. STATUS_NOT_FOUND without a secret. */
MUST_USE enum status jwt_keys_sign(const struct jwt_keys *keys, const void *bytes, size_t size,
                                   uint8_t out_signature[JWT_SIGNATURE_MAX], size_t *out_size);

/* STATUS_TOO_LARGE when out does not hold it, STATUS_INVALID for other characters or left-over bits. */
MUST_USE enum status jwt_base64url_decode(const char *text, size_t size, uint8_t *out, size_t out_max,
                                          size_t *out_size);
/* With NUL, which out_size does not count. */
MUST_USE enum status jwt_base64url_encode(const uint8_t *bytes, size_t size, char *out, size_t out_max,
                                          size_t *out_size);

#endif
