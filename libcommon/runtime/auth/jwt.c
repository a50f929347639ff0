/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/auth/jwt.h"

#include "libcommon/runtime/auth/jwt_key.h"

#include <jansson.h>
#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdlib.h>
#include <string.h>

#define JWT_LEEWAY_S 30 /* clocks of two machines differ */

const char *jwt_refusal_text(enum jwt_refusal refusal)
{
    static const char *const texts[] = {
        [JWT_GOOD] = "TOKEN_GOOD",
        [JWT_MALFORMED] = "TOKEN_MALFORMED",
        [JWT_BAD_ALGORITHM] = "TOKEN_BAD_ALGORITHM",
        [JWT_BAD_SIGNATURE] = "TOKEN_BAD_SIGNATURE",
        [JWT_EXPIRED] = "TOKEN_EXPIRED",
        [JWT_BAD_AUDIENCE] = "TOKEN_BAD_AUDIENCE",
        [JWT_BAD_CLAIMS] = "TOKEN_BAD_CLAIMS",
    };
    return (size_t)refusal < sizeof texts / sizeof texts[0] ? texts[refusal] : "TOKEN_MALFORMED";
}

/* ---- the three parts ------------------------------------------------------------------------------ */

struct jwt_parts {
    const char *header, *payload, *signature;
    size_t header_size, payload_size, signature_size;
};

static bool split(const char *token, size_t size, struct jwt_parts *out_parts)
{
    const char *first = memchr(token, '.', size);
    if (first == NULL) {
        return false;
    }
    const char *end = token + size;
    const char *second = memchr(first + 1, '.', (size_t)(end - first - 1));
    if (second == NULL || memchr(second + 1, '.', (size_t)(end - second - 1))) {
        return false;
    }
    *out_parts = (struct jwt_parts){
        .header = token,
        .header_size = (size_t)(first - token),
        .payload = first + 1,
        .payload_size = (size_t)(second - first - 1),
        .signature = second + 1,
        .signature_size = (size_t)(end - second - 1),
    };
    return true;
}

/* A JSON object from base64url; NULL when it is none, or has a name twice. New reference. */
static json_t *decode_object(const char *text, size_t size)
{
    uint8_t bytes[JWT_BYTES_MAX];
    size_t length = 0;
    if (jwt_base64url_decode(text, size, bytes, sizeof bytes, &length) != STATUS_OK) {
        return NULL;
    }
    json_t *json = json_loadb((const char *)bytes, length, JSON_REJECT_DUPLICATES, NULL);
    if (json != NULL && !json_is_object(json)) {
        json_decref(json);
        json = NULL;
    }
    return json;
}

/* ---- signature ------------------------------------------------------------------------------------ */

static enum jwt_refusal check_signature(const struct jwt_keys *keys, const struct jwt_parts *parts)
{
    uint8_t signature[JWT_SIGNATURE_MAX];
    size_t signature_size = 0;
    json_t *header = decode_object(parts->header, parts->header_size);
    if (header == NULL) {
        return JWT_MALFORMED;
    }
    enum jwt_refusal refusal = JWT_BAD_ALGORITHM;
    enum jwt_algorithm algorithm = jwt_algorithm_of(json_string_value(json_object_get(header, "alg")));
    const char *kid = json_string_value(json_object_get(header, "kid"));
    bool has_critical = json_object_get(header, "crit") != NULL; /* RFC 7515 section 4.1.11: we understand none */
    if (has_critical || !jwt_keys_support(keys, algorithm)) {
        goto done;
    }
    refusal = JWT_MALFORMED;
    if (jwt_base64url_decode(parts->signature, parts->signature_size, signature, sizeof signature, &signature_size) !=
        STATUS_OK) {
        goto done;
    }
    bool is_good = jwt_keys_verify(keys, algorithm, kid, parts->header, parts->header_size + 1 + parts->payload_size,
                                   signature, signature_size);
    refusal = is_good ? JWT_GOOD : JWT_BAD_SIGNATURE;
done:
    json_decref(header);
    return refusal;
}

/* ---- claims --------------------------------------------------------------------------------------- */

static bool has_audience(const json_t *claim, const char *audience)
{
    if (json_is_string(claim)) {
        return strcmp(json_string_value(claim), audience) == 0;
    }
    for (size_t i = 0; i < json_array_size(claim); i++) {
        const char *item = json_string_value(json_array_get(claim, i));
        if (item != NULL && strcmp(item, audience) == 0) {
            return true;
        }
    }
    return false;
}

/* A NumericDate (RFC 7519 section 2): seconds, maybe with a fraction, which is cut off. */
static bool read_date(const json_t *claim, uint64_t *out_unix_s)
{
    double seconds = json_number_value(claim);
    if (!json_is_number(claim) || !(seconds >= 0 && seconds < 1e15)) {
        return false;
    }
    *out_unix_s = (uint64_t)seconds;
    return true;
}

/* Absent: "". False: not text, or longer than out. */
static bool read_text(const json_t *claims, const char *name, char *out, size_t size)
{
    const json_t *claim = json_object_get(claims, name);
    if (claim == NULL) {
        out[0] = 0;
        return true;
    }
    const char *text = json_string_value(claim);
    size_t length = json_string_length(claim);
    if (text == NULL || length >= size || strlen(text) != length) {
        return false;
    }
    memcpy(out, text, length + 1);
    return true;
}

static bool is_subject(const char *text)
{
    if (!*text) {
        return false;
    }
    for (; *text; text++) {
        if (*text <= ' ' || *text > '~' || *text == '"' || *text == '\\') {
            return false;
        }
    }
    return true;
}

static enum jwt_refusal check_claims(const json_t *json, const char *audience, uint64_t now_unix_s,
                                     struct jwt_claims *out_claims)
{
    struct jwt_claims claims = {0};
    uint64_t not_before_s = 0;
    const json_t *not_before = json_object_get(json, "nbf");
    if (!read_date(json_object_get(json, "exp"), &claims.expires_unix_s) ||
        (not_before != NULL && !read_date(not_before, &not_before_s)) ||
        !read_text(json, "sub", claims.subject, sizeof claims.subject) || !is_subject(claims.subject) ||
        !read_text(json, "mid", claims.match_id, sizeof claims.match_id) ||
        !read_text(json, "eng", claims.engine, sizeof claims.engine) ||
        !read_text(json, "region", claims.region, sizeof claims.region)) {
        return JWT_BAD_CLAIMS;
    }
    if (!has_audience(json_object_get(json, "aud"), audience)) {
        return JWT_BAD_AUDIENCE;
    }
    if (now_unix_s >= claims.expires_unix_s + JWT_LEEWAY_S || now_unix_s + JWT_LEEWAY_S < not_before_s) {
        return JWT_EXPIRED;
    }
    *out_claims = claims;
    return JWT_GOOD;
}

enum jwt_refusal jwt_verify(const struct jwt_keys *keys, const char *token, size_t size, const char *audience,
                            uint64_t now_unix_s, struct jwt_claims *out_claims)
{
    REQUIRE(keys != NULL && token != NULL);
    REQUIRE(audience[0] != '\0');
    struct jwt_parts parts;
    if (size > JWT_BYTES_MAX || !split(token, size, &parts)) {
        return JWT_MALFORMED;
    }
    enum jwt_refusal refusal = check_signature(keys, &parts);
    if (refusal != JWT_GOOD) {
        return refusal;
    }
    json_t *json = decode_object(parts.payload, parts.payload_size);
    if (json == NULL) {
        return JWT_MALFORMED;
    }
    refusal = check_claims(json, audience, now_unix_s, out_claims);
    json_decref(json);
    return refusal;
}

/* ---- signing -------------------------------------------------------------------------------------- */

static bool set_text(json_t *json, const char *name, const char *text)
{
    return !*text || json_object_set_new(json, name, json_string(text)) == 0;
}

static char *claims_text(const struct jwt_claims *claims, const char *audience, uint64_t now_unix_s)
{
    json_t *json = json_object();
    bool good = json != NULL && set_text(json, "sub", claims->subject) && set_text(json, "aud", audience) &&
                json_object_set_new(json, "iat", json_integer((json_int_t)now_unix_s)) == 0 &&
                json_object_set_new(json, "exp", json_integer((json_int_t)claims->expires_unix_s)) == 0 &&
                set_text(json, "mid", claims->match_id) && set_text(json, "eng", claims->engine) &&
                set_text(json, "region", claims->region);
    char *text = good ? json_dumps(json, JSON_COMPACT) : NULL;
    json_decref(json);
    return text;
}

enum status jwt_sign(const struct jwt_keys *keys, const struct jwt_claims *claims, const char *audience,
                     uint64_t now_unix_s, char *out, size_t size)
{
    REQUIRE(keys != NULL && out != NULL && size > 0);
    REQUIRE(audience[0] != '\0');
    static const char header[] = "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9."; /* {"alg":"HS256","typ":"JWT"} */
    uint8_t signature[JWT_SIGNATURE_MAX];
    size_t length = sizeof header - 1, written = 0, signature_size = 0;
    char *text = claims_text(claims, audience, now_unix_s);
    enum status status = text != NULL ? STATUS_OK : STATUS_NO_MEMORY;
    if (status == STATUS_OK && length < size) {
        memcpy(out, header, length);
        status = jwt_base64url_encode((const uint8_t *)text, strlen(text), out + length, size - length, &written);
    } else if (status == STATUS_OK) {
        status = STATUS_TOO_LARGE;
    }
    free(text);
    if (status == STATUS_OK) {
        length += written;
        status = jwt_keys_sign(keys, out, length, signature, &signature_size);
    }
    if (status == STATUS_OK && size - length < 2) {
        status = STATUS_TOO_LARGE;
    }
    if (status == STATUS_OK) {
        out[length++] = '.';
        status = jwt_base64url_encode(signature, signature_size, out + length, size - length, &written);
    }
    return status;
}
