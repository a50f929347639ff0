/* SPDX-License-Identifier: Apache-2.0 */
/* A token is either refused, or its claims are what a player's name may be. */
#include "libcommon/runtime/auth/jwt_key.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static struct jwt_keys *keys_of_the_process(void)
{
    static struct jwt_keys *keys;
    const char *reason = NULL;
    if (!keys) {
        REQUIRE(jwt_keys_create("a secret for nothing but fuzzing, 32 bytes", "", &keys, &reason) == STATUS_OK);
    }
    return keys;
}

/* The bytes as a payload under a good signature: only so do they get as far as the claims. */
static size_t sign(const uint8_t *payload, size_t payload_size, char *out, size_t size)
{
    static const char header[] = "eyJhbGciOiJIUzI1NiJ9."; /* {"alg":"HS256"} */
    uint8_t signature[JWT_SIGNATURE_MAX];
    size_t length = sizeof header - 1, written = 0, signature_size = 0;
    memcpy(out, header, length);
    if (jwt_base64url_encode(payload, payload_size, out + length, size - length - 64, &written) != STATUS_OK) {
        return 0;
    }
    length += written;
    REQUIRE(jwt_keys_sign(keys_of_the_process(), out, length, signature, &signature_size) == STATUS_OK);
    out[length++] = '.';
    REQUIRE(jwt_base64url_encode(signature, signature_size, out + length, size - length, &written) == STATUS_OK);
    return length + written;
}

static void check(const char *token, size_t size)
{
    struct jwt_claims claims = {0};
    if (jwt_verify(keys_of_the_process(), token, size, "mma-game", 1800000000, &claims) == JWT_GOOD) {
        REQUIRE(claims.subject[0] != 0 && strlen(claims.subject) < sizeof claims.subject);
        REQUIRE(strpbrk(claims.subject, " \"\\\n") == NULL);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static char token[JWT_BYTES_MAX + 256];
    check((const char *)bytes, size);
    size_t length = sign(bytes, size, token, sizeof token);
    if (length > 0) {
        check(token, length);
    }
    return 0;
}
