/* SPDX-License-Identifier: Apache-2.0 */
/* A gateway that knows players' tokens by a JWK Set file alone, as in production: ES256. */
#include "tests/support/gateway_host.h"
#include "tests/support/player.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#include <cmocka.h>
#include <openssl/core_names.h>
#include <openssl/ecdsa.h>
#include <openssl/evp.h>

#define COORDINATE_BYTES 32

static struct gateway_host host;
static uv_loop_t loop;

/* Base64url without padding, RFC 7515 section 2. */
static void append_base64url(char *out, size_t size, const unsigned char *bytes, size_t count)
{
    char text[2048];
    assert_true(count * 4 / 3 + 4 < sizeof text);
    (void)EVP_EncodeBlock((unsigned char *)text, bytes, (int)count);
    size_t at = strlen(out);
    for (const char *c = text; *c != '\0' && *c != '='; c++) {
        assert_true(at + 1 < size);
        out[at++] = (char)(*c == '+' ? '-' : *c == '/' ? '_' : *c);
    }
    out[at] = '\0';
}

static void append_dot(char *out, size_t size)
{
    size_t at = strlen(out);
    (void)snprintf(out + at, size - at, ".");
}

static void coordinate_of(EVP_PKEY *key, const char *name, char out[64])
{
    BIGNUM *number = NULL;
    unsigned char bytes[COORDINATE_BYTES];
    assert_int_equal(1, EVP_PKEY_get_bn_param(key, name, &number));
    assert_int_equal(COORDINATE_BYTES, BN_bn2binpad(number, bytes, sizeof bytes));
    BN_free(number);
    out[0] = '\0';
    append_base64url(out, 64, bytes, sizeof bytes);
}

static void write_key_set(EVP_PKEY *key, const char *path)
{
    char x[64], y[64];
    coordinate_of(key, OSSL_PKEY_PARAM_EC_PUB_X, x);
    coordinate_of(key, OSSL_PKEY_PARAM_EC_PUB_Y, y);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    fprintf(file, "{\"keys\": [{\"kty\": \"EC\", \"crv\": \"P-256\", \"kid\": \"one\", \"x\": \"%s\", \"y\": \"%s\"}]}",
            x, y);
    assert_int_equal(0, fclose(file));
}

static void append_signature(EVP_PKEY *key, char *token, size_t size)
{
    unsigned char der[128], raw[2 * COORDINATE_BYTES];
    size_t der_size = sizeof der;
    EVP_MD_CTX *context = EVP_MD_CTX_new();
    assert_int_equal(1, EVP_DigestSignInit(context, NULL, EVP_sha256(), NULL, key));
    assert_int_equal(1, EVP_DigestSign(context, der, &der_size, (const unsigned char *)token, strlen(token)));
    EVP_MD_CTX_free(context);
    const unsigned char *at = der;
    ECDSA_SIG *signature = d2i_ECDSA_SIG(NULL, &at, (long)der_size);
    assert_non_null(signature);
    assert_int_equal(COORDINATE_BYTES, BN_bn2binpad(ECDSA_SIG_get0_r(signature), raw, COORDINATE_BYTES));
    assert_int_equal(COORDINATE_BYTES,
                     BN_bn2binpad(ECDSA_SIG_get0_s(signature), raw + COORDINATE_BYTES, COORDINATE_BYTES));
    ECDSA_SIG_free(signature);
    append_dot(token, size);
    append_base64url(token, size, raw, sizeof raw);
}

static void sign(EVP_PKEY *key, char *out, size_t size)
{
    static const char header[] = "{\"alg\":\"ES256\",\"kid\":\"one\"}";
    char claims[128];
    (void)snprintf(claims, sizeof claims, "{\"sub\":\"ada\",\"aud\":\"mma-game\",\"exp\":%lld}",
                   (long long)time(NULL) + 600);
    out[0] = '\0';
    append_base64url(out, size, (const unsigned char *)header, strlen(header));
    append_dot(out, size);
    append_base64url(out, size, (const unsigned char *)claims, strlen(claims));
    append_signature(key, out, size);
}

static void test_a_token_of_the_set_is_welcomed_and_others_are_not(void **state)
{
    (void)state;
    EVP_PKEY *key = EVP_EC_gen("P-256"), *foreign_key = EVP_EC_gen("P-256");
    char path[SUPPORT_PATH_MAX], setting[SUPPORT_PATH_MAX + 16], token[1024], foreign[1024];
    support_path(path, "jwks.json");
    (void)snprintf(setting, sizeof setting, "JWKS_PATH=%s", path);
    write_key_set(key, path);
    const char *settings[] = {setting, "JWT_HS256_SECRET=", NULL};
    gateway_host_start(&host, settings);
    uv_loop_init(&loop);
    sign(key, token, sizeof token);
    sign(foreign_key, foreign, sizeof foreign);

    struct player player;
    player_connect(&player, &loop, host.port, PLAYER_PROTOBUF, token);
    assert_string_equal("ada", player_wait(&player, MMA__SERVER_MESSAGE__BODY_WELCOME, 1)->welcome->player_id);
    player_close(&player);
    player_connect(&player, &loop, host.port, PLAYER_PROTOBUF, foreign);
    assert_int_equal(401, player.http_status);
    player_close(&player);
    player_connect(&player, &loop, host.port, PLAYER_PROTOBUF, gateway_token("ada")); /* HS256: no such key */
    assert_int_equal(401, player.http_status);
    player_close(&player);
    EVP_PKEY_free(key);
    EVP_PKEY_free(foreign_key);
    (void)support_stop(&host.process);
}

static void test_a_set_that_is_not_there_is_a_wrong_setting(void **state)
{
    (void)state;
    const char *settings[] = {"JWKS_PATH=/nonexistent/jwks.json",
                              "JWT_HS256_SECRET=", "JOIN_TOKEN_SECRET=" GATEWAY_JOINS, NULL};
    support_start(&host.process, "gateway", settings, NULL);
    assert_int_equal(78, support_wait_exit(&host.process, SUPPORT_WAIT_MS));
    assert_true(support_log_contains(&host.process, "JWKS_PATH"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_token_of_the_set_is_welcomed_and_others_are_not, support_kill_all),
        cmocka_unit_test_teardown(test_a_set_that_is_not_there_is_a_wrong_setting, support_kill_all),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
