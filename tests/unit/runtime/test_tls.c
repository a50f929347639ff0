/* SPDX-License-Identifier: Apache-2.0 */
/* Two streams that hand each other bytes, with certificates of the moment; and WebSocket over it. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libcommon/base/random.h"
#include "libcommon/runtime/web/tls.h"
#include "libcommon/runtime/web/websocket.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509v3.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define DEADLINE_MS 5000

static char certificate_path[64], key_path[64], other_path[64], other_key_path[64];

/* ---- certificates ------------------------------------------------------------------------------------- */

static void make_certificate(const char *path, const char *private_path)
{
    EVP_PKEY *key = EVP_EC_gen("P-256");
    X509 *certificate = X509_new();
    assert_non_null(key);
    assert_non_null(certificate);
    X509_set_version(certificate, 2);
    ASN1_INTEGER_set(X509_get_serialNumber(certificate), 1);
    X509_gmtime_adj(X509_getm_notBefore(certificate), -60);
    X509_gmtime_adj(X509_getm_notAfter(certificate), 3600);
    X509_set_pubkey(certificate, key);
    X509_NAME *name = X509_get_subject_name(certificate);
    X509_NAME_add_entry_by_txt(name, "CN", MBSTRING_ASC, (const unsigned char *)"test", -1, -1, 0);
    X509_set_issuer_name(certificate, name);
    X509_EXTENSION *names = X509V3_EXT_conf_nid(NULL, NULL, NID_subject_alt_name, "DNS:arena.test,IP:127.0.0.1");
    assert_non_null(names);
    X509_add_ext(certificate, names, -1);
    X509_EXTENSION_free(names);
    assert_true(X509_sign(certificate, key, EVP_sha256()) > 0);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    PEM_write_X509(file, certificate);
    fclose(file);
    file = fopen(private_path, "w");
    assert_non_null(file);
    PEM_write_PrivateKey(file, key, NULL, NULL, 0, NULL, NULL);
    fclose(file);
    X509_free(certificate);
    EVP_PKEY_free(key);
}

static int make_files(void **state)
{
    int pid = (int)getpid();
    (void)state;
    snprintf(certificate_path, sizeof certificate_path, "/tmp/mma-test-tls-%d.crt", pid);
    snprintf(key_path, sizeof key_path, "/tmp/mma-test-tls-%d.key", pid);
    snprintf(other_path, sizeof other_path, "/tmp/mma-test-tls-%d-other.crt", pid);
    snprintf(other_key_path, sizeof other_key_path, "/tmp/mma-test-tls-%d-other.key", pid);
    make_certificate(certificate_path, key_path);
    make_certificate(other_path, other_key_path);
    return 0;
}

static int remove_files(void **state)
{
    (void)state;
    unlink(certificate_path);
    unlink(key_path);
    unlink(other_path);
    unlink(other_key_path);
    return 0;
}

/* ---- two ends ----------------------------------------------------------------------------------------- */

struct pair {
    struct tls_context *server_context, *client_context;
    struct tls_stream *server, *client;
};

static void open_pair(struct pair *pair, const char *ca_path, const char *server_name)
{
    const char *reason = NULL;
    *pair = (struct pair){0};
    assert_int_equal(tls_context_create_server(certificate_path, key_path, &pair->server_context, &reason), STATUS_OK);
    assert_int_equal(tls_context_create_client(ca_path, &pair->client_context, &reason), STATUS_OK);
    assert_int_equal(tls_stream_create(pair->server_context, NULL, &pair->server), STATUS_OK);
    assert_int_equal(tls_stream_create(pair->client_context, server_name, &pair->client), STATUS_OK);
}

static void close_pair(struct pair *pair)
{
    tls_stream_destroy(pair->server);
    tls_stream_destroy(pair->client);
    tls_context_destroy(pair->server_context);
    tls_context_destroy(pair->client_context);
}

/* Carries bytes from one to the other in pieces of at most step; the status of the last feed. */
static enum status carry(struct tls_stream *from, struct tls_stream *to, size_t step, size_t *io_moved)
{
    uint8_t bytes[4096];
    enum status status = STATUS_OK;
    for (size_t size; status == STATUS_OK && (size = tls_stream_drain(from, bytes, step)) > 0;) {
        *io_moved += size;
        status = tls_stream_feed(to, bytes, size);
    }
    return status;
}

/* Until nothing moves any more. The first failure of either end. */
static enum status settle(struct pair *pair, size_t step)
{
    for (size_t moved = 1; moved > 0;) {
        moved = 0;
        enum status status = carry(pair->client, pair->server, step, &moved);
        enum status back = carry(pair->server, pair->client, step, &moved);
        if (status != STATUS_OK || back != STATUS_OK) {
            return STATUS_IO;
        }
    }
    return STATUS_OK;
}

static void test_bytes_written_before_the_handshake_arrive_after_it(void **state)
{
    (void)state;
    static const size_t steps[] = {1, 7, 4096};
    for (size_t i = 0; i < 3; i++) {
        struct pair pair;
        uint8_t bytes[64];
        open_pair(&pair, certificate_path, "arena.test");
        assert_int_equal(tls_stream_write(pair.client, (const uint8_t *)"early ", 6), STATUS_OK);
        assert_int_equal(tls_stream_write(pair.client, (const uint8_t *)"bird", 4), STATUS_OK);
        assert_int_equal(settle(&pair, steps[i]), STATUS_OK);
        size_t size = tls_stream_read(pair.server, bytes, sizeof bytes);
        assert_int_equal(size, 10);
        assert_memory_equal(bytes, "early bird", 10);
        assert_int_equal(tls_stream_read(pair.server, bytes, sizeof bytes), 0);
        assert_false(tls_stream_is_over(pair.server));
        close_pair(&pair);
    }
}

static void test_a_megabyte_passes_whole_in_both_directions(void **state)
{
    (void)state;
    struct pair pair;
    size_t total = 1000000, got = 0;
    uint8_t *bytes = malloc(total), *read = malloc(total);
    struct random random;
    random_init(&random, 1, 1);
    for (size_t i = 0; i < total; i++) {
        bytes[i] = (uint8_t)random_u32(&random);
    }
    open_pair(&pair, certificate_path, "127.0.0.1");
    assert_int_equal(settle(&pair, 4096), STATUS_OK);
    assert_int_equal(tls_stream_write(pair.server, bytes, total), STATUS_OK);
    assert_int_equal(settle(&pair, 4096), STATUS_OK);
    for (size_t size; (size = tls_stream_read(pair.client, read + got, total - got)) > 0;) {
        got += size;
    }
    assert_int_equal(got, total);
    assert_memory_equal(read, bytes, total);
    close_pair(&pair);
    free(bytes);
    free(read);
}

static void expect_refused(const char *ca_path, const char *server_name)
{
    struct pair pair;
    open_pair(&pair, ca_path, server_name);
    assert_int_equal(settle(&pair, 4096), STATUS_IO);
    assert_true(tls_stream_is_over(pair.client));
    assert_int_equal(tls_stream_write(pair.client, (const uint8_t *)"x", 1), STATUS_IO);
    close_pair(&pair);
}

static void test_wrong_certificates_and_names_are_refused(void **state)
{
    (void)state;
    expect_refused(other_path, "arena.test");
    expect_refused(certificate_path, "other.test");
    expect_refused(certificate_path, "127.0.0.2");
    struct pair pair;
    open_pair(&pair, "", "other.test"); /* no verification */
    assert_int_equal(settle(&pair, 4096), STATUS_OK);
    close_pair(&pair);
}

static void test_garbage_ends_the_stream(void **state)
{
    (void)state;
    struct pair pair;
    uint8_t bytes[64];
    open_pair(&pair, certificate_path, "arena.test");
    assert_int_equal(tls_stream_feed(pair.server, (const uint8_t *)"GET / HTTP/1.1\r\n\r\n", 18), STATUS_IO);
    assert_true(tls_stream_is_over(pair.server));
    assert_int_equal(tls_stream_feed(pair.server, (const uint8_t *)"x", 1), STATUS_IO);
    close_pair(&pair);
    open_pair(&pair, certificate_path, "arena.test"); /* after a good handshake */
    assert_int_equal(settle(&pair, 4096), STATUS_OK);
    static const uint8_t record[] = {23, 3,  3,  0,  20, 1,  2,  3,  4,  5,  6,  7, 8,
                                     9,  10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20};
    (void)!tls_stream_feed(pair.server, record, sizeof record);
    assert_int_equal(tls_stream_read(pair.server, bytes, sizeof bytes), 0);
    assert_true(tls_stream_is_over(pair.server));
    close_pair(&pair);
}

static void test_mutated_handshakes_do_no_harm(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 2, 1);
    for (unsigned round = 0; round < 100; round++) {
        struct pair pair;
        uint8_t bytes[4096];
        open_pair(&pair, certificate_path, "arena.test");
        size_t size = tls_stream_drain(pair.client, bytes, sizeof bytes);
        bytes[random_below(&random, (uint32_t)size)] ^= (uint8_t)(1u << random_below(&random, 8));
        if (tls_stream_feed(pair.server, bytes, size) == STATUS_OK) {
            (void)!settle(&pair, 4096);
        }
        close_pair(&pair);
    }
}

static void test_bad_files_are_refused_with_a_reason(void **state)
{
    (void)state;
    struct tls_context *context = NULL;
    const char *reason = NULL;
    assert_int_equal(tls_context_create_server("/nowhere", key_path, &context, &reason), STATUS_INVALID);
    assert_string_equal(reason, "the certificate file is missing or not a PEM certificate");
    assert_int_equal(tls_context_create_server(certificate_path, "/nowhere", &context, &reason), STATUS_INVALID);
    assert_int_equal(tls_context_create_server(certificate_path, other_key_path, &context, &reason), STATUS_INVALID);
    assert_int_equal(tls_context_create_client("/nowhere", &context, &reason), STATUS_INVALID);
    assert_null(context);
    tls_context_destroy(NULL);
    tls_stream_destroy(NULL);
}

/* ---- WebSocket over it ---------------------------------------------------------------------------------- */

struct end {
    struct websocket *socket;
    unsigned opened, messages, closed;
    uint16_t code;
    size_t size;
};

static void on_message(void *owner, struct websocket *socket, bool binary, const uint8_t *bytes, size_t size)
{
    struct end *end = owner;
    end->messages++;
    end->size = size;
    if (end->opened == 0) { /* the server's end: echo */
        assert_int_equal(websocket_send(socket, binary, bytes, size), STATUS_OK);
    }
}

static void on_open(void *owner, struct websocket *socket, const char *protocol)
{
    struct end *end = owner;
    (void)socket;
    (void)protocol;
    end->opened++;
}

static void on_closed(void *owner, struct websocket *socket, uint16_t code)
{
    struct end *end = owner;
    (void)socket;
    end->closed++;
    end->code = code;
}

static void on_request(void *owner, struct websocket *socket, const struct websocket_request *request, bool is_upgrade,
                       struct websocket_answer *answer)
{
    (void)socket;
    (void)request;
    answer->http_status = is_upgrade ? 101 : 404;
    answer->owner = owner;
}

static void run_until(uv_loop_t *loop, const unsigned *counter, unsigned value)
{
    uint64_t deadline = uv_hrtime() + DEADLINE_MS * UINT64_C(1000000);
    while (*counter < value) {
        if (uv_hrtime() > deadline) {
            fail_msg("waited for too long");
        }
        uv_run(loop, UV_RUN_NOWAIT);
    }
}

/* Connects to the server with that CA; returns the code it ends with, after an echo if it opened. */
static uint16_t speak(uv_loop_t *loop, uint16_t port, const char *ca_path, struct end *end)
{
    const char *reason = NULL;
    struct tls_context *context = NULL;
    char url[64];
    static uint8_t bytes[50000];
    *end = (struct end){0};
    assert_int_equal(tls_context_create_client(ca_path, &context, &reason), STATUS_OK);
    snprintf(url, sizeof url, "wss://127.0.0.1:%u/", port);
    const struct websocket_client_options options = {
        .url = url,
        .tls = context,
        .message_bytes_max = sizeof bytes,
        .owner = end,
        .events = {.on_message = on_message, .on_open = on_open, .on_closed = on_closed}};
    assert_int_equal(websocket_connect(loop, &options, &end->socket), STATUS_OK);
    uint64_t deadline = uv_hrtime() + DEADLINE_MS * UINT64_C(1000000);
    while (end->opened == 0 && end->closed == 0 && uv_hrtime() < deadline) {
        uv_run(loop, UV_RUN_NOWAIT);
    }
    if (end->opened > 0) {
        assert_int_equal(websocket_send(end->socket, true, bytes, sizeof bytes), STATUS_OK);
        run_until(loop, &end->messages, 1);
        assert_int_equal(end->size, sizeof bytes);
        websocket_close(end->socket, 4000, "done");
    }
    run_until(loop, &end->closed, 1);
    tls_context_destroy(context);
    return end->code;
}

static void test_websocket_speaks_over_tls_and_refuses_a_wrong_certificate(void **state)
{
    (void)state;
    uv_loop_t loop;
    struct tls_context *context = NULL;
    struct websocket_server *server = NULL;
    struct end server_end = {0}, client_end;
    const char *reason = NULL;
    assert_int_equal(uv_loop_init(&loop), 0);
    assert_int_equal(tls_context_create_server(certificate_path, key_path, &context, &reason), STATUS_OK);
    const struct websocket_server_options options = {.host = "127.0.0.1",
                                                     .tls = context,
                                                     .message_bytes_max = 50000,
                                                     .queue_bytes_max = 1u << 20,
                                                     .connections_max = 10,
                                                     .handshake_ms = 2000,
                                                     .owner = &server_end,
                                                     .events = {.on_message = on_message, .on_closed = on_closed},
                                                     .on_request = on_request};
    assert_int_equal(websocket_server_open(&loop, &options, &server), STATUS_OK);
    uint16_t port = websocket_server_port(server);
    assert_int_equal(speak(&loop, port, certificate_path, &client_end), 4000);
    run_until(&loop, &server_end.closed, 1);
    assert_int_equal(server_end.code, 4000);
    assert_int_equal(speak(&loop, port, other_path, &client_end), 1006);
    assert_int_equal(client_end.opened, 0);
    websocket_server_close(server);
    uv_run(&loop, UV_RUN_DEFAULT);
    assert_int_equal(uv_loop_close(&loop), 0);
    tls_context_destroy(context);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_bytes_written_before_the_handshake_arrive_after_it),
        cmocka_unit_test(test_a_megabyte_passes_whole_in_both_directions),
        cmocka_unit_test(test_wrong_certificates_and_names_are_refused),
        cmocka_unit_test(test_garbage_ends_the_stream),
        cmocka_unit_test(test_mutated_handshakes_do_no_harm),
        cmocka_unit_test(test_bad_files_are_refused_with_a_reason),
        cmocka_unit_test(test_websocket_speaks_over_tls_and_refuses_a_wrong_certificate),
    };
    return cmocka_run_group_tests(tests, make_files, remove_files);
}
