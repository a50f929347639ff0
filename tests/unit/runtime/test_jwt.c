/* SPDX-License-Identifier: Apache-2.0 */
/* Keys and signatures of RFC 7515 appendix A, and tokens made with keys of the moment. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libcommon/runtime/auth/jwt_key.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define SECRET   "an integration secret of 32 bytes or more"
#define AUDIENCE "mma-game"
#define NOW      UINT64_C(1800000000)

/* RFC 7515 A.1.1: HS256, with the key as bytes. */
#define A1_INPUT                                                                                                       \
    "eyJ0eXAiOiJKV1QiLA0KICJhbGciOiJIUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxl"    \
    "LmNvbS9pc19yb290Ijp0cnVlfQ"
#define A1_SIGNATURE "dBjftJeZ4CVP-mB92K27uhbUJU1p1r_wW1gFWFOEjXk"
#define A1_KEY       "AyM1SysPpbyDfgZld3umj1qzKObwVMkoqQ-EstJQLr_T-1qS0gZH75aKtMN3Yj0iPS4hcgUuTwjAzZr1Z9CAow"

/* RFC 7515 A.2.1: RS256. */
#define A2_INPUT                                                                                                       \
    "eyJhbGciOiJSUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"    \
    "cnVlfQ"
#define A2_SIGNATURE                                                                                                   \
    "cC4hiUPoj9Eetdgtv3hF80EGrhuB__dzERat0XF9g2VtQgr9PJbu3XOiZj5RZmh7AAuHIm4Bh-0Qc_lF5YKt_O8W2Fp5jujGbds9uJdbF9CU"     \
    "Ar7t1dnZcAcQjbKBYNX4BAynRFdiuB--f_nZLgrnbyTyWzO75vRK5h6xBArLIARNPvkSjtQBMHlb1L07Qe7K0GarZRmB_eSN9383LcOLn6_d"     \
    "O--xi12jzDwusC-eOkHWEsqtFZESc6BfI7noOPqvhJ1phCnvWh6IeYI2w9QOYEUipUTI8np6LbgGY9Fs98rqVt5AXLIhWkWywlVmtVrBp0ig"     \
    "cN_IoypGlUPQGe77Rw"
#define A2_N                                                                                                           \
    "ofgWCuLjybRlzo0tZWJjNiuSfb4p4fAkd_wWJcyQoTbji9k0l8W26mPddxHmfHQp-Vaw-4qPCJrcS2mJPMEzP1Pt0Bm4d4QlL-yRT-SFd2lZ"     \
    "S-pCgNMsD1W_YpRPEwOWvG6b32690r2jZ47soMZo9wGzjb_7OMg0LOL-bSf63kpaSHSXndS5z5rexMdbBYUsLA9e-KXBdQOS-UTo7WTBEMa2"     \
    "R2CapHg665xsmtdVMTBQY4uDZlxvb3qCo5ZwKh9kG4LT6_I5IhlJH7aGhyxXFvUK-DWNmoudF8NAco9_h9iaGNj8q2ethFkMLs91kzk2PAcD"     \
    "TW9gb54h4FRWyuXpoQ"

/* RFC 7515 A.3.1: ES256. */
#define A3_INPUT                                                                                                       \
    "eyJhbGciOiJFUzI1NiJ9.eyJpc3MiOiJqb2UiLA0KICJleHAiOjEzMDA4MTkzODAsDQogImh0dHA6Ly9leGFtcGxlLmNvbS9pc19yb290Ijp0"    \
    "cnVlfQ"
#define A3_SIGNATURE "DtEhU3ljbEg8L38VWAfUAqOyKAM6-Xx-F4GawxaepmXFCgfTjDxw5djxLa8ISlSApmWQxfKTUJqPP3-Kg6NU1Q"
#define A3_X         "f83OJ3D2xF1Bg8vub9tLe1gHMzV76e8Tus9uPHvRVEU"
#define A3_Y         "x_FEzRu9m36HLN_tue659LNpXW6pCyStikYjKIWI5a0"

/* ---- helpers ---------------------------------------------------------------------------------------- */

static char set_path[64];

static const char *write_set(const char *json)
{
    snprintf(set_path, sizeof set_path, "/tmp/mma-test-jwks-%d.json", (int)getpid());
    FILE *file = fopen(set_path, "w");
    assert_non_null(file);
    fputs(json, file);
    fclose(file);
    return set_path;
}

static struct jwt_keys *keys_of(const char *secret, const char *set)
{
    struct jwt_keys *keys = NULL;
    const char *reason = NULL;
    const char *path = set ? write_set(set) : "";
    enum status status = jwt_keys_create(secret, path, &keys, &reason);
    if (set) {
        unlink(path);
    }
    if (status != STATUS_OK) {
        fail_msg("%s", reason);
    }
    return keys;
}

static size_t part(const char *text, char *out, size_t size)
{
    size_t length = 0;
    assert_int_equal(jwt_base64url_encode((const uint8_t *)text, strlen(text), out, size, &length), STATUS_OK);
    return length;
}

/* header.payload signed by HS256 with keys' secret, whatever they say. */
static const char *forge(const struct jwt_keys *keys, const char *header, const char *payload)
{
    static char token[8192];
    uint8_t signature[JWT_SIGNATURE_MAX];
    size_t length = part(header, token, sizeof token), size = 0;
    token[length++] = '.';
    length += part(payload, token + length, sizeof token - length);
    assert_int_equal(jwt_keys_sign(keys, token, length, signature, &size), STATUS_OK);
    token[length++] = '.';
    assert_int_equal(jwt_base64url_encode(signature, size, token + length, sizeof token - length, &size), STATUS_OK);
    return token;
}

static enum jwt_refusal verify(const struct jwt_keys *keys, const char *token)
{
    struct jwt_claims claims;
    return jwt_verify(keys, token, strlen(token), AUDIENCE, NOW, &claims);
}

#define HS256_HEADER "{\"alg\":\"HS256\"}"

static enum jwt_refusal verify_payload(const char *payload)
{
    struct jwt_keys *keys = keys_of(SECRET, NULL);
    enum jwt_refusal refusal = verify(keys, forge(keys, HS256_HEADER, payload));
    jwt_keys_destroy(keys);
    return refusal;
}

static bool verify_vector(const struct jwt_keys *keys, enum jwt_algorithm algorithm, const char *kid, const char *input,
                          const char *signature_text)
{
    uint8_t signature[JWT_SIGNATURE_MAX];
    size_t size = 0;
    assert_int_equal(jwt_base64url_decode(signature_text, strlen(signature_text), signature, sizeof signature, &size),
                     STATUS_OK);
    bool is_good = jwt_keys_verify(keys, algorithm, kid, input, strlen(input), signature, size);
    signature[size / 2] ^= 1;
    assert_false(jwt_keys_verify(keys, algorithm, kid, input, strlen(input), signature, size));
    return is_good;
}

#define RSA_SET "{\"keys\":[{\"kty\":\"RSA\",\"kid\":\"r\",\"n\":\"" A2_N "\",\"e\":\"AQAB\"}]}"
#define EC_SET                                                                                                         \
    "{\"keys\":[{\"kty\":\"oct\",\"k\":\"AAAA\"},{\"kty\":\"EC\",\"crv\":\"P-384\",\"x\":\"AA\",\"y\":\"AA\"},"        \
    "{\"kty\":\"EC\",\"use\":\"enc\",\"crv\":\"P-256\",\"x\":\"" A3_X "\",\"y\":\"" A3_Y "\"},"                        \
    "{\"kty\":\"EC\",\"crv\":\"P-256\",\"kid\":\"e\",\"alg\":\"ES256\",\"use\":\"sig\",\"x\":\"" A3_X                  \
    "\",\"y\":\"" A3_Y "\"}]}"

/* ---- the tests -------------------------------------------------------------------------------------- */

static void test_hs256_vector_of_rfc_7515_verifies(void **state)
{
    (void)state;
    /* That key holds NUL bytes, which a setting cannot: the MAC is computed here, and compared with the RFC's. */
    uint8_t key[128], mac[32];
    size_t key_size = 0, text_size = 0;
    char text[64];
    assert_int_equal(jwt_base64url_decode(A1_KEY, strlen(A1_KEY), key, sizeof key, &key_size), STATUS_OK);
    assert_int_equal(key_size, 64);
    size_t mac_size = 0;
    assert_non_null(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, key, key_size, (const unsigned char *)A1_INPUT,
                              strlen(A1_INPUT), mac, sizeof mac, &mac_size));
    assert_int_equal(jwt_base64url_encode(mac, mac_size, text, sizeof text, &text_size), STATUS_OK);
    assert_string_equal(text, A1_SIGNATURE);
    /* The same through our own signing, with a key that is text. */
    struct jwt_keys *keys = keys_of(SECRET, NULL);
    uint8_t ours[JWT_SIGNATURE_MAX];
    size_t ours_size = 0;
    assert_int_equal(jwt_keys_sign(keys, A1_INPUT, strlen(A1_INPUT), ours, &ours_size), STATUS_OK);
    assert_non_null(EVP_Q_mac(NULL, "HMAC", NULL, "SHA256", NULL, SECRET, strlen(SECRET),
                              (const unsigned char *)A1_INPUT, strlen(A1_INPUT), mac, sizeof mac, &mac_size));
    assert_int_equal(ours_size, mac_size);
    assert_memory_equal(ours, mac, mac_size);
    jwt_keys_destroy(keys);
}

static void test_rs256_vector_of_rfc_7515_verifies(void **state)
{
    (void)state;
    struct jwt_keys *keys = keys_of("", RSA_SET);
    assert_true(verify_vector(keys, JWT_RS256, NULL, A2_INPUT, A2_SIGNATURE));
    assert_true(verify_vector(keys, JWT_RS256, "r", A2_INPUT, A2_SIGNATURE));
    assert_false(verify_vector(keys, JWT_RS256, "other", A2_INPUT, A2_SIGNATURE));
    assert_false(verify_vector(keys, JWT_ES256, NULL, A2_INPUT, A2_SIGNATURE));
    /* As a token: signed well, and long expired, without a subject. */
    assert_int_equal(verify(keys, A2_INPUT "." A2_SIGNATURE), JWT_BAD_CLAIMS);
    jwt_keys_destroy(keys);
}

static void test_es256_vector_of_rfc_7515_verifies_and_other_keys_are_passed_over(void **state)
{
    (void)state;
    struct jwt_keys *keys = keys_of("", EC_SET);
    assert_true(verify_vector(keys, JWT_ES256, "e", A3_INPUT, A3_SIGNATURE));
    assert_true(verify_vector(keys, JWT_ES256, NULL, A3_INPUT, A3_SIGNATURE));
    assert_false(jwt_keys_support(keys, JWT_RS256));
    assert_false(jwt_keys_support(keys, JWT_HS256));
    assert_int_equal(verify(keys, A3_INPUT "." A3_SIGNATURE), JWT_BAD_CLAIMS);
    jwt_keys_destroy(keys);
}

static void test_signed_token_brings_its_claims_back(void **state)
{
    (void)state;
    struct jwt_keys *keys = keys_of(SECRET, NULL);
    struct jwt_claims claims = {.subject = "bot-a-1",
                                .match_id = "0123456789abcdef0123456789abcdef",
                                .engine = "tcp://127.0.0.1:4000",
                                .region = "eu_west",
                                .expires_unix_s = NOW + 60};
    struct jwt_claims read = {0};
    char token[1024], small[64];
    assert_int_equal(jwt_sign(keys, &claims, "mma-match", NOW, token, sizeof token), STATUS_OK);
    assert_int_equal(jwt_verify(keys, token, strlen(token), "mma-match", NOW, &read), JWT_GOOD);
    assert_string_equal(read.subject, claims.subject);
    assert_string_equal(read.match_id, claims.match_id);
    assert_string_equal(read.engine, claims.engine);
    assert_string_equal(read.region, claims.region);
    assert_int_equal(read.expires_unix_s, claims.expires_unix_s);
    assert_int_equal(jwt_verify(keys, token, strlen(token), AUDIENCE, NOW, &read), JWT_BAD_AUDIENCE);
    assert_int_equal(jwt_sign(keys, &claims, "mma-match", NOW, small, sizeof small), STATUS_TOO_LARGE);
    for (size_t size = strlen(token); size > 0; size--) { /* never a byte past the end, and never half a token */
        char *exact = malloc(size);
        assert_non_null(exact);
        assert_int_equal(jwt_sign(keys, &claims, "mma-match", NOW, exact, size), STATUS_TOO_LARGE);
        free(exact);
    }
    jwt_keys_destroy(keys);
}

static void test_times_are_checked_with_leeway(void **state)
{
    (void)state;
    assert_int_equal(verify_payload("{\"sub\":\"a\",\"aud\":\"mma-game\",\"exp\":1800000001}"), JWT_GOOD);
    assert_int_equal(verify_payload("{\"sub\":\"a\",\"aud\":\"mma-game\",\"exp\":1799999971.5}"), JWT_GOOD);
    assert_int_equal(verify_payload("{\"sub\":\"a\",\"aud\":\"mma-game\",\"exp\":1799999970}"), JWT_EXPIRED);
    assert_int_equal(verify_payload("{\"sub\":\"a\",\"aud\":\"mma-game\",\"exp\":1900000000,\"nbf\":1800000030}"),
                     JWT_GOOD);
    assert_int_equal(verify_payload("{\"sub\":\"a\",\"aud\":\"mma-game\",\"exp\":1900000000,\"nbf\":1800000031}"),
                     JWT_EXPIRED);
    assert_int_equal(verify_payload("{\"sub\":\"a\",\"aud\":\"mma-game\"}"), JWT_BAD_CLAIMS);
    assert_int_equal(verify_payload("{\"sub\":\"a\",\"aud\":\"mma-game\",\"exp\":\"1900000000\"}"), JWT_BAD_CLAIMS);
    assert_int_equal(verify_payload("{\"sub\":\"a\",\"aud\":\"mma-game\",\"exp\":-1}"), JWT_BAD_CLAIMS);
    assert_int_equal(verify_payload("{\"sub\":\"a\",\"aud\":\"mma-game\",\"exp\":1e300}"), JWT_BAD_CLAIMS);
    assert_int_equal(verify_payload("{\"sub\":\"a\",\"aud\":\"mma-game\",\"exp\":1900000000,\"nbf\":null}"),
                     JWT_BAD_CLAIMS);
}

static void test_audience_may_be_text_or_list(void **state)
{
    (void)state;
    assert_int_equal(verify_payload("{\"sub\":\"a\",\"aud\":[\"x\",\"mma-game\"],\"exp\":1900000000}"), JWT_GOOD);
    assert_int_equal(verify_payload("{\"sub\":\"a\",\"aud\":[\"x\",1],\"exp\":1900000000}"), JWT_BAD_AUDIENCE);
    assert_int_equal(verify_payload("{\"sub\":\"a\",\"aud\":\"mma-gam\",\"exp\":1900000000}"), JWT_BAD_AUDIENCE);
    assert_int_equal(verify_payload("{\"sub\":\"a\",\"exp\":1900000000}"), JWT_BAD_AUDIENCE);
}

static void test_subject_must_be_short_printable_and_there(void **state)
{
    (void)state;
    static const char *const bad[] = {
        "\"\"",          "\"a b\"",
        "\"a\\\"b\"",    "\"a\\\\b\"",
        "\"\\u00e4\"",   "\"a\\nb\"",
        "\"a\\u0000b\"", "7",
        "null",          "\"0123456789012345678901234567890123456789012345678901234567890123x\""};
    char payload[256];
    for (size_t i = 0; i < sizeof bad / sizeof bad[0]; i++) {
        snprintf(payload, sizeof payload, "{\"sub\":%s,\"aud\":\"mma-game\",\"exp\":1900000000}", bad[i]);
        enum jwt_refusal refusal = verify_payload(payload);
        /* jansson refuses a NUL in text before we see it */
        if (refusal != JWT_BAD_CLAIMS && refusal != JWT_MALFORMED) {
            fail_msg("%s: %s", payload, jwt_refusal_text(refusal));
        }
    }
    assert_int_equal(verify_payload("{\"sub\":\"0123456789012345678901234567890123456789012345678901234567890123\","
                                    "\"aud\":\"mma-game\",\"exp\":1900000000}"),
                     JWT_GOOD);
    assert_int_equal(verify_payload("{\"aud\":\"mma-game\",\"exp\":1900000000}"), JWT_BAD_CLAIMS);
    assert_int_equal(verify_payload("{\"sub\":\"a\",\"sub\":\"b\",\"aud\":\"mma-game\",\"exp\":1900000000}"),
                     JWT_MALFORMED);
    assert_int_equal(verify_payload("[]"), JWT_MALFORMED);
}

static void test_other_algorithms_are_refused(void **state)
{
    (void)state;
    static const char payload[] = "{\"sub\":\"a\",\"aud\":\"mma-game\",\"exp\":1900000000}";
    static const char *const headers[] = {"{\"alg\":\"none\"}",
                                          "{\"alg\":\"None\"}",
                                          "{\"alg\":\"HS512\"}",
                                          "{\"alg\":\"RS256\"}",
                                          "{\"alg\":\"ES256\"}",
                                          "{\"alg\":\"\"}",
                                          "{\"alg\":256}",
                                          "{}",
                                          "{\"alg\":\"HS256\",\"crit\":[\"exp\"]}"};
    struct jwt_keys *keys = keys_of(SECRET, NULL);
    for (size_t i = 0; i < sizeof headers / sizeof headers[0]; i++) {
        assert_int_equal(verify(keys, forge(keys, headers[i], payload)), JWT_BAD_ALGORITHM);
    }
    char unsigned_token[512];
    size_t length = part("{\"alg\":\"none\"}", unsigned_token, sizeof unsigned_token);
    unsigned_token[length++] = '.';
    length += part(payload, unsigned_token + length, sizeof unsigned_token - length);
    snprintf(unsigned_token + length, sizeof unsigned_token - length, ".");
    assert_int_equal(verify(keys, unsigned_token), JWT_BAD_ALGORITHM);
    jwt_keys_destroy(keys);
}

static void test_public_key_is_no_hmac_secret(void **state)
{
    (void)state;
    static const char payload[] = "{\"sub\":\"a\",\"aud\":\"mma-game\",\"exp\":1900000000}";
    struct jwt_keys *attacker = keys_of(A2_N, NULL); /* the public modulus as a secret */
    struct jwt_keys *ours = keys_of("", RSA_SET), *both = keys_of(SECRET, RSA_SET);
    const char *token = forge(attacker, HS256_HEADER, payload);
    assert_int_equal(verify(ours, token), JWT_BAD_ALGORITHM);
    assert_int_equal(verify(both, token), JWT_BAD_SIGNATURE);
    jwt_keys_destroy(attacker);
    jwt_keys_destroy(ours);
    jwt_keys_destroy(both);
}

static void test_truncated_and_garbled_tokens_are_refused(void **state)
{
    (void)state;
    struct jwt_keys *keys = keys_of(SECRET, NULL);
    struct jwt_claims claims = {.subject = "a", .expires_unix_s = NOW + 60}, read;
    char token[1024], bad[1024], *longest = malloc(JWT_BYTES_MAX + 1);
    assert_int_equal(jwt_sign(keys, &claims, AUDIENCE, NOW, token, sizeof token), STATUS_OK);
    assert_int_equal(verify(keys, token), JWT_GOOD);
    size_t length = strlen(token);
    for (size_t size = 0; size < length; size++) {
        assert_int_not_equal(jwt_verify(keys, token, size, AUDIENCE, NOW, &read), JWT_GOOD);
    }
    for (size_t at = 0; at < length; at++) {
        for (unsigned bit = 0; bit < 8; bit++) {
            memcpy(bad, token, length + 1);
            bad[at] = (char)(bad[at] ^ (1 << bit));
            assert_int_not_equal(jwt_verify(keys, bad, length, AUDIENCE, NOW, &read), JWT_GOOD);
        }
    }
    snprintf(bad, sizeof bad, "%s.x", token);
    assert_int_equal(verify(keys, bad), JWT_MALFORMED);
    snprintf(bad, sizeof bad, "%s=", token);
    assert_int_equal(verify(keys, bad), JWT_MALFORMED);
    assert_int_equal(verify(keys, ""), JWT_MALFORMED);
    assert_int_equal(verify(keys, ".."), JWT_MALFORMED);
    memset(longest, 'A', JWT_BYTES_MAX + 1);
    assert_int_equal(jwt_verify(keys, longest, JWT_BYTES_MAX + 1, AUDIENCE, NOW, &read), JWT_MALFORMED);
    free(longest);
    jwt_keys_destroy(keys);
}

static void test_unusable_keys_are_refused_with_a_reason(void **state)
{
    (void)state;
    struct jwt_keys *keys = NULL;
    const char *reason = NULL;
    assert_int_equal(jwt_keys_create("", "", &keys, &reason), STATUS_INVALID);
    assert_string_equal(reason, "neither a secret nor a JWKS file is given");
    assert_int_equal(jwt_keys_create("too short", "", &keys, &reason), STATUS_INVALID);
    assert_string_equal(reason, "the secret is shorter than 32 bytes");
    assert_int_equal(jwt_keys_create("", "/nowhere", &keys, &reason), STATUS_INVALID);
    static const char *const sets[] = {
        "", "[]", "{\"keys\":[]}", "{\"keys\":[{\"kty\":\"RSA\",\"n\":\"AQAB\",\"e\":\"AQAB\"}]}", /* 24 bits */
        "{\"keys\":[{\"kty\":\"EC\",\"crv\":\"P-256\",\"x\":\"" A3_X "\",\"y\":\"" A3_X "\"}]}"}; /* not on the curve */
    for (size_t i = 0; i < sizeof sets / sizeof sets[0]; i++) {
        assert_int_equal(jwt_keys_create("", write_set(sets[i]), &keys, &reason), STATUS_INVALID);
    }
    unlink(set_path);
    assert_null(keys);
    jwt_keys_destroy(NULL);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_hs256_vector_of_rfc_7515_verifies),
        cmocka_unit_test(test_rs256_vector_of_rfc_7515_verifies),
        cmocka_unit_test(test_es256_vector_of_rfc_7515_verifies_and_other_keys_are_passed_over),
        cmocka_unit_test(test_signed_token_brings_its_claims_back),
        cmocka_unit_test(test_times_are_checked_with_leeway),
        cmocka_unit_test(test_audience_may_be_text_or_list),
        cmocka_unit_test(test_subject_must_be_short_printable_and_there),
        cmocka_unit_test(test_other_algorithms_are_refused),
        cmocka_unit_test(test_public_key_is_no_hmac_secret),
        cmocka_unit_test(test_truncated_and_garbled_tokens_are_refused),
        cmocka_unit_test(test_unusable_keys_are_refused_with_a_reason),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
