/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/auth/jwt_key.h"

#include <jansson.h>
#include <openssl/core_names.h>
#include <openssl/crypto.h>
#include <openssl/ecdsa.h>
#include <openssl/err.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/param_build.h>
#include <stdlib.h>
#include <string.h>

#define SECRET_BYTES_MIN 32   /* RFC 7518 section 3.2: as long as the hash */
#define RSA_BITS_MIN     2048 /* RFC 7518 section 3.3 */
#define P256_BYTES       ((size_t)32)
#define PUBLIC_KEYS_MAX  32
#define NUMBER_BYTES_MAX 1024
#define KID_BYTES_MAX    128

struct public_key {
    enum jwt_algorithm algorithm;
    EVP_PKEY *key;
    char kid[KID_BYTES_MAX]; /* "" when it has none */
};

struct jwt_keys {
    uint8_t *secret;
    size_t secret_size;
    size_t public_count;
    struct public_key public_keys[PUBLIC_KEYS_MAX];
};

/* ---- base64url ------------------------------------------------------------------------------------ */

static int digit_value(char digit)
{
    if (digit >= 'A' && digit <= 'Z') {
        return digit - 'A';
    }
    if (digit >= 'a' && digit <= 'z') {
        return digit - 'a' + 26;
    }
    if (digit >= '0' && digit <= '9') {
        return digit - '0' + 52;
    }
    return digit == '-' ? 62 : digit == '_' ? 63 : -1;
}

enum status jwt_base64url_decode(const char *text, size_t size, uint8_t *out, size_t out_max, size_t *out_size)
{
    REQUIRE(out_max > 0);
    REQUIRE(text != NULL || size == 0);
    uint32_t bits = 0;
    unsigned bit_count = 0;
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        int value = digit_value(text[i]);
        if (value < 0) {
            return STATUS_INVALID;
        }
        bits = bits << 6 | (uint32_t)value;
        bit_count += 6;
        if (bit_count >= 8) {
            bit_count -= 8;
            if (length == out_max) {
                return STATUS_TOO_LARGE;
            }
            out[length++] = (uint8_t)(bits >> bit_count);
            bits &= (1u << bit_count) - 1;
        }
    }
    if (bit_count == 6 || bits != 0) { /* one digit alone, or a second spelling of the same bytes */
        return STATUS_INVALID;
    }
    *out_size = length;
    return STATUS_OK;
}

enum status jwt_base64url_encode(const uint8_t *bytes, size_t size, char *out, size_t out_max, size_t *out_size)
{
    REQUIRE(out_max > 0);
    REQUIRE(bytes != NULL || size == 0);
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_";
    uint32_t bits = 0;
    unsigned bit_count = 0;
    size_t length = 0;
    if (size > SIZE_MAX / 2 || out_max == 0 || (size * 8 + 5) / 6 > out_max - 1) {
        return STATUS_TOO_LARGE;
    }
    for (size_t i = 0; i < size; i++) {
        bits = bits << 8 | bytes[i];
        bit_count += 8;
        while (bit_count >= 6) {
            bit_count -= 6;
            out[length++] = digits[bits >> bit_count & 63];
        }
    }
    if (bit_count > 0) {
        out[length++] = digits[bits << (6 - bit_count) & 63];
    }
    out[length] = 0;
    *out_size = length;
    return STATUS_OK;
}

/* ---- algorithms ----------------------------------------------------------------------------------- */

enum jwt_algorithm jwt_algorithm_of(const char *name)
{
    if (name == NULL) {
        return JWT_NONE;
    }
    return strcmp(name, "HS256") == 0   ? JWT_HS256
           : strcmp(name, "RS256") == 0 ? JWT_RS256
           : strcmp(name, "ES256") == 0 ? JWT_ES256
                                        : JWT_NONE;
}

bool jwt_keys_support(const struct jwt_keys *keys, enum jwt_algorithm algorithm)
{
    REQUIRE(keys != NULL);
    if (algorithm == JWT_HS256) {
        return keys->secret != NULL;
    }
    for (size_t i = 0; i < keys->public_count; i++) {
        if (keys->public_keys[i].algorithm == algorithm) {
            return true;
        }
    }
    return false;
}

static bool hmac(const struct jwt_keys *keys, const void *bytes, size_t size, uint8_t out[P256_BYTES])
{
    unsigned length = 0;
    return HMAC(EVP_sha256(), keys->secret, (int)keys->secret_size, bytes, size, out, &length) && length == P256_BYTES;
}

/* r || s (RFC 7518 section 3.4) as the DER that OpenSSL reads; NULL: out of memory. */
static uint8_t *ecdsa_der(const uint8_t *signature, int *out_size)
{
    uint8_t *der = NULL;
    ECDSA_SIG *pair = ECDSA_SIG_new();
    BIGNUM *r = BN_bin2bn(signature, P256_BYTES, NULL);
    BIGNUM *s = BN_bin2bn(signature + P256_BYTES, P256_BYTES, NULL);
    if (pair != NULL && r != NULL && s != NULL && ECDSA_SIG_set0(pair, r, s) == 1) {
        *out_size = i2d_ECDSA_SIG(pair, &der);
    } else {
        BN_free(r);
        BN_free(s);
    }
    ECDSA_SIG_free(pair);
    return der;
}

static bool verify_digest(EVP_PKEY *key, const void *bytes, size_t size, const uint8_t *signature,
                          size_t signature_size)
{
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    bool is_good = context != NULL && EVP_DigestVerifyInit(context, NULL, EVP_sha256(), NULL, key) == 1 &&
                   EVP_DigestVerify(context, signature, signature_size, bytes, size) == 1;
    EVP_MD_CTX_free(context);
    ERR_clear_error();
    return is_good;
}

static bool verify_public(const struct public_key *key, const void *bytes, size_t size, const uint8_t *signature,
                          size_t signature_size)
{
    int der_size = 0;
    if (key->algorithm == JWT_RS256) {
        return verify_digest(key->key, bytes, size, signature, signature_size); /* PKCS #1 v1.5 is the default */
    }
    if (signature_size != 2 * P256_BYTES) {
        return false;
    }
    uint8_t *der = ecdsa_der(signature, &der_size);
    bool is_good = der != NULL && der_size > 0 && verify_digest(key->key, bytes, size, der, (size_t)der_size);
    OPENSSL_free(der);
    return is_good;
}

bool jwt_keys_verify(const struct jwt_keys *keys, enum jwt_algorithm algorithm, const char *kid, const void *bytes,
                     size_t size, const uint8_t *signature, size_t signature_size)
{
    if (algorithm == JWT_HS256) {
        uint8_t expected[P256_BYTES];
        return keys->secret != NULL && hmac(keys, bytes, size, expected) && signature_size == sizeof expected &&
               CRYPTO_memcmp(expected, signature, sizeof expected) == 0;
    }
    for (size_t i = 0; i < keys->public_count; i++) {
        const struct public_key *key = &keys->public_keys[i];
        if (key->algorithm == algorithm && (kid == NULL || strcmp(kid, key->kid) == 0) &&
            verify_public(key, bytes, size, signature, signature_size)) {
            return true;
        }
    }
    return false;
}

enum status jwt_keys_sign(const struct jwt_keys *keys, const void *bytes, size_t size,
                          uint8_t out_signature[JWT_SIGNATURE_MAX], size_t *out_size)
{
    if (keys->secret == NULL) {
        return STATUS_NOT_FOUND;
    }
    *out_size = P256_BYTES;
    return hmac(keys, bytes, size, out_signature) ? STATUS_OK : STATUS_NO_MEMORY;
}

/* ---- JWK (RFC 7517, RFC 7518 section 6) ------------------------------------------------------------ */

static bool read_number(const json_t *jwk, const char *name, uint8_t out[NUMBER_BYTES_MAX], size_t *out_size)
{
    const char *text = json_string_value(json_object_get(jwk, name));
    return text != NULL && jwt_base64url_decode(text, strlen(text), out, NUMBER_BYTES_MAX, out_size) == STATUS_OK &&
           *out_size > 0;
}

static EVP_PKEY *key_from(const char *type, OSSL_PARAM *params)
{
    EVP_PKEY *key = NULL;
    EVP_PKEY_CTX *context = EVP_PKEY_CTX_new_from_name(NULL, type, NULL);
    if (params == NULL || context == NULL || EVP_PKEY_fromdata_init(context) != 1 ||
        EVP_PKEY_fromdata(context, &key, EVP_PKEY_PUBLIC_KEY, params) != 1) {
        key = NULL;
    }
    EVP_PKEY_CTX_free(context);
    OSSL_PARAM_free(params);
    ERR_clear_error();
    return key;
}

static EVP_PKEY *read_rsa(const json_t *jwk)
{
    uint8_t n_bytes[NUMBER_BYTES_MAX], e_bytes[NUMBER_BYTES_MAX];
    size_t n_size = 0, e_size = 0;
    if (!read_number(jwk, "n", n_bytes, &n_size) || !read_number(jwk, "e", e_bytes, &e_size)) {
        return NULL;
    }
    BIGNUM *n = BN_bin2bn(n_bytes, (int)n_size, NULL), *e = BN_bin2bn(e_bytes, (int)e_size, NULL);
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (n != NULL && e != NULL && builder != NULL && BN_num_bits(n) >= RSA_BITS_MIN &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_N, n) == 1 &&
        OSSL_PARAM_BLD_push_BN(builder, OSSL_PKEY_PARAM_RSA_E, e) == 1) {
        key = key_from("RSA", OSSL_PARAM_BLD_to_param(builder));
    }
    OSSL_PARAM_BLD_free(builder);
    BN_free(n);
    BN_free(e);
    return key;
}

static EVP_PKEY *read_p256(const json_t *jwk)
{
    const char *curve = json_string_value(json_object_get(jwk, "crv"));
    uint8_t number[NUMBER_BYTES_MAX], point[1 + 2 * P256_BYTES] = {0x04}; /* uncompressed */
    static const char *const names[] = {"x", "y"};
    if (curve == NULL || strcmp(curve, "P-256") != 0) {
        return NULL;
    }
    for (size_t i = 0; i < 2; i++) {
        size_t size = 0;
        if (!read_number(jwk, names[i], number, &size) || size != P256_BYTES) {
            return NULL;
        }
        memcpy(point + 1 + i * P256_BYTES, number, P256_BYTES);
    }
    OSSL_PARAM_BLD *builder = OSSL_PARAM_BLD_new();
    EVP_PKEY *key = NULL;
    if (builder != NULL && OSSL_PARAM_BLD_push_utf8_string(builder, OSSL_PKEY_PARAM_GROUP_NAME, "prime256v1", 0) == 1 &&
        OSSL_PARAM_BLD_push_octet_string(builder, OSSL_PKEY_PARAM_PUB_KEY, point, sizeof point) == 1) {
        key = key_from("EC", OSSL_PARAM_BLD_to_param(builder));
    }
    OSSL_PARAM_BLD_free(builder);
    return key;
}

static bool is_text(const json_t *jwk, const char *name, const char *expected)
{
    const json_t *value = json_object_get(jwk, name);
    return value == NULL || (json_is_string(value) && strcmp(json_string_value(value), expected) == 0);
}

/* Keys of other types or uses are passed over, as RFC 7517 section 5 says. */
static void add_jwk(struct jwt_keys *keys, const json_t *jwk)
{
    struct public_key *slot = &keys->public_keys[keys->public_count];
    const char *type = json_string_value(json_object_get(jwk, "kty"));
    const char *kid = json_string_value(json_object_get(jwk, "kid"));
    if (keys->public_count == PUBLIC_KEYS_MAX || type == NULL || !is_text(jwk, "use", "sig") ||
        (kid != NULL && strlen(kid) >= sizeof slot->kid)) {
        return;
    }
    *slot = (struct public_key){0};
    if (strcmp(type, "RSA") == 0 && is_text(jwk, "alg", "RS256")) {
        slot->algorithm = JWT_RS256;
        slot->key = read_rsa(jwk);
    } else if (strcmp(type, "EC") == 0 && is_text(jwk, "alg", "ES256")) {
        slot->algorithm = JWT_ES256;
        slot->key = read_p256(jwk);
    }
    if (slot->key != NULL) {
        memcpy(slot->kid, kid != NULL ? kid : "", kid != NULL ? strlen(kid) : 0);
        keys->public_count++;
    }
}

/* ---- the set -------------------------------------------------------------------------------------- */

static enum status load_secret(struct jwt_keys *keys, const char *secret, const char **out_reason)
{
    size_t size = strlen(secret);
    if (size > 0 && size < SECRET_BYTES_MIN) {
        *out_reason = "the secret is shorter than 32 bytes";
        return STATUS_INVALID;
    }
    keys->secret = size > 0 ? (uint8_t *)strdup(secret) : NULL;
    keys->secret_size = size;
    return size == 0 || keys->secret != NULL ? STATUS_OK : STATUS_NO_MEMORY;
}

static enum status load_set(struct jwt_keys *keys, const char *path, const char **out_reason)
{
    if (!*path) {
        return STATUS_OK;
    }
    json_t *set = json_load_file(path, JSON_REJECT_DUPLICATES, NULL);
    const json_t *items = json_object_get(set, "keys");
    for (size_t i = 0; i < json_array_size(items); i++) {
        add_jwk(keys, json_array_get(items, i));
    }
    json_decref(set);
    if (keys->public_count == 0) {
        *out_reason = "the JWKS file is missing, no JWK Set, or holds no RS256 or ES256 key";
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

enum status jwt_keys_create(const char *secret, const char *jwks_path, struct jwt_keys **out_keys,
                            const char **out_reason)
{
    REQUIRE(secret != NULL && jwks_path != NULL);
    struct jwt_keys *keys = calloc(1, sizeof *keys);
    *out_reason = "out of memory";
    if (keys == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum status status = load_secret(keys, secret, out_reason);
    if (status == STATUS_OK) {
        status = load_set(keys, jwks_path, out_reason);
    }
    if (status == STATUS_OK && keys->secret == NULL && keys->public_count == 0) {
        *out_reason = "neither a secret nor a JWKS file is given";
        status = STATUS_INVALID;
    }
    if (status != STATUS_OK) {
        jwt_keys_destroy(keys);
        return status;
    }
    *out_keys = keys;
    return STATUS_OK;
}

void jwt_keys_destroy(struct jwt_keys *keys)
{
    if (keys == NULL) {
        return;
    }
    if (keys->secret != NULL) {
        OPENSSL_cleanse(keys->secret, keys->secret_size);
    }
    free(keys->secret);
    for (size_t i = 0; i < keys->public_count; i++) {
        EVP_PKEY_free(keys->public_keys[i].key);
    }
    free(keys);
}
