/* SPDX-License-Identifier: Apache-2.0 */
/* The gateway over TLS: the page, a player's session, and what is not TLS. */
#include "libcommon/runtime/encoding/transcode.h"
#include "libcommon/runtime/web/tls.h"
#include "libcommon/runtime/web/websocket.h"
#include "proto/client.pb-c.h"
#include "tests/support/gateway_host.h"
#include "tests/support/http_client.h"
#include "tests/support/shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

struct tls_files {
    char certificate[SUPPORT_PATH_MAX], key[SUPPORT_PATH_MAX];
    char certificate_setting[SUPPORT_PATH_MAX + 32], key_setting[SUPPORT_PATH_MAX + 32];
};

/* What one TLS client has seen. */
struct visit {
    bool is_closed;
    bool is_welcome;
    uint16_t code;
};

static struct tls_files files;
static struct gateway_host host;

static int make_certificate(void **state)
{
    (void)state;
    char command[3 * SUPPORT_PATH_MAX];
    support_path(files.certificate, "certificate.pem");
    support_path(files.key, "key.pem");
    (void)snprintf(
        command, sizeof command,
        "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 2 -subj /CN=localhost "
        "-addext subjectAltName=IP:127.0.0.1 -keyout '%s' -out '%s'",
        files.key, files.certificate);
    (void)shell_must(command);
    (void)snprintf(files.certificate_setting, sizeof files.certificate_setting, "TLS_CERTIFICATE_PATH=%s",
                   files.certificate);
    (void)snprintf(files.key_setting, sizeof files.key_setting, "TLS_KEY_PATH=%s", files.key);
    return 0;
}

static int tear_down(void **state)
{
    (void)support_stop(&host.process);
    return support_kill_all(state);
}

static void start_with_tls(void)
{
    const char *settings[] = {files.certificate_setting, files.key_setting, NULL};
    gateway_host_start(&host, settings);
}

static void on_message(void *owner, struct websocket *socket, bool binary, const uint8_t *bytes, size_t size)
{
    struct visit *visit = owner;
    assert_true(binary);
    Mma__ServerMessage *message = mma__server_message__unpack(NULL, size, bytes);
    assert_non_null(message);
    visit->is_welcome =
        message->body_case == MMA__SERVER_MESSAGE__BODY_WELCOME && strcmp(message->welcome->player_id, "ada") == 0;
    mma__server_message__free_unpacked(message, NULL);
    websocket_close(socket, 1000, "");
}

static void on_closed(void *owner, struct websocket *socket, uint16_t code)
{
    (void)socket;
    struct visit *visit = owner;
    visit->is_closed = true;
    visit->code = code;
}

static struct visit visit(const char *scheme, const char *ca_path)
{
    struct visit result = {0};
    struct tls_context *context = NULL;
    const char *reason = "";
    char url[64], authorization[1024];
    uv_loop_t loop;
    uv_loop_init(&loop);
    assert_int_equal(STATUS_OK, tls_context_create_client(ca_path, &context, &reason));
    (void)snprintf(url, sizeof url, "%s://127.0.0.1:%u/v1/play", scheme, (unsigned)host.port);
    (void)snprintf(authorization, sizeof authorization, "Bearer %s", gateway_token("ada"));
    struct websocket_client_options options = {.url = url,
                                               .protocols = "arena.v1.protobuf",
                                               .authorization = authorization,
                                               .tls = context,
                                               .message_bytes_max = 65536,
                                               .owner = &result,
                                               .events = {.on_message = on_message, .on_closed = on_closed}};
    struct websocket *socket = NULL;
    assert_int_equal(STATUS_OK, websocket_connect(&loop, &options, &socket));
    (void)uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(0, uv_loop_close(&loop));
    tls_context_destroy(context);
    assert_true(result.is_closed);
    return result;
}

static void test_a_player_is_welcomed_over_tls(void **state)
{
    (void)state;
    start_with_tls();
    struct visit seen = visit("wss", files.certificate);
    assert_true(seen.is_welcome);
    assert_int_equal(1000, seen.code);
}

static void test_the_page_is_served_over_tls(void **state)
{
    (void)state;
    start_with_tls();
    char url[64];
    (void)snprintf(url, sizeof url, "https://127.0.0.1:%u/", (unsigned)host.port);
    struct http_response response;
    http_get(&response, url);
    assert_int_equal(200, response.status);
    assert_non_null(strstr(response.body, "<html"));
    http_response_free(&response);
}

static void test_a_certificate_nobody_vouches_for_is_refused_by_the_client(void **state)
{
    (void)state;
    start_with_tls();
    struct visit seen = visit("wss", NULL);
    assert_false(seen.is_welcome);
    assert_true(visit("wss", files.certificate).is_welcome); /* the gateway is none the worse for it */
}

static void test_plain_words_to_the_tls_port_end_that_connection_only(void **state)
{
    (void)state;
    start_with_tls();
    struct visit seen = visit("ws", files.certificate);
    assert_false(seen.is_welcome);
    assert_true(visit("wss", files.certificate).is_welcome);
}

static void test_a_key_without_its_certificate_is_a_wrong_setting(void **state)
{
    (void)state;
    const char *settings[] = {files.key_setting, "JWT_HS256_SECRET=" GATEWAY_SECRET, "JOIN_TOKEN_SECRET=" GATEWAY_JOINS,
                              NULL};
    support_start(&host.process, "gateway", settings, NULL);
    assert_int_equal(78, support_wait_exit(&host.process, SUPPORT_WAIT_MS));
    assert_true(support_log_contains(&host.process, "TLS_CERTIFICATE_PATH"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_teardown(test_a_player_is_welcomed_over_tls, tear_down),
        cmocka_unit_test_teardown(test_the_page_is_served_over_tls, tear_down),
        cmocka_unit_test_teardown(test_a_certificate_nobody_vouches_for_is_refused_by_the_client, tear_down),
        cmocka_unit_test_teardown(test_plain_words_to_the_tls_port_end_that_connection_only, tear_down),
        cmocka_unit_test_teardown(test_a_key_without_its_certificate_is_a_wrong_setting, tear_down),
    };
    return cmocka_run_group_tests(tests, make_certificate, NULL);
}
