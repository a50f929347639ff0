/* SPDX-License-Identifier: Apache-2.0 */
/* Server and client on one loop in one process, and raw sockets that say what no proper client would. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "libcommon/base/random.h"
#include "libcommon/runtime/web/websocket.h"

#include <arpa/inet.h>
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define DEADLINE_MS 5000
#define MESSAGE_MAX 4096
#define KEY         "dGhlIHNhbXBsZSBub25jZQ==" /* RFC 6455 section 1.3 */
#define ACCEPT      "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#define UPGRADE                                                                                                        \
    "GET /v1/play?x=1 HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"                \
    "Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Version: 13\r\n"

/* ---- both ends ------------------------------------------------------------------------------------- */

struct end { /* one end of one connection */
    struct websocket *socket;
    unsigned messages, opened, closed, drained;
    uint16_t code;
    unsigned http_status;
    bool last_binary;
    size_t last_size;
    uint8_t last[MESSAGE_MAX];
    char protocol[64];
};

struct fixture {
    uv_loop_t loop;
    struct websocket_server *server;
    struct end server_end, client_end;
    unsigned requests;
    bool echoes, greets, refuses_upgrade;
    char path[64], query[64], authorization[64], protocols[64];
};

static void on_message(void *owner, struct websocket *socket, bool binary, const uint8_t *bytes, size_t size)
{
    struct end *end = owner;
    end->messages++;
    end->last_binary = binary;
    end->last_size = size;
    assert_true(size <= sizeof end->last);
    memcpy(end->last, bytes, size);
    if (end->socket != socket) {
        fail_msg("a message of another socket");
    }
}

static void on_drained(void *owner, struct websocket *socket)
{
    struct end *end = owner;
    (void)socket;
    end->drained++;
}

static void on_open(void *owner, struct websocket *socket, const char *protocol)
{
    struct end *end = owner;
    end->opened++;
    end->socket = socket;
    snprintf(end->protocol, sizeof end->protocol, "%s", protocol);
}

static void on_closed(void *owner, struct websocket *socket, uint16_t code)
{
    struct end *end = owner;
    end->closed++;
    end->code = code;
    end->http_status = websocket_http_status(socket);
    end->socket = NULL;
}

static const struct websocket_events events = {
    .on_message = on_message, .on_drained = on_drained, .on_open = on_open, .on_closed = on_closed};

static void on_request(void *owner, struct websocket *socket, const struct websocket_request *request, bool is_upgrade,
                       struct websocket_answer *answer)
{
    struct fixture *fixture = owner;
    fixture->requests++;
    snprintf(fixture->path, sizeof fixture->path, "%s", request->path);
    snprintf(fixture->query, sizeof fixture->query, "%s", request->query);
    snprintf(fixture->authorization, sizeof fixture->authorization, "%s", request->authorization);
    snprintf(fixture->protocols, sizeof fixture->protocols, "%s", request->protocols);
    if (!is_upgrade || fixture->refuses_upgrade) {
        answer->http_status = is_upgrade ? 401 : 200;
        answer->content_type = "text/html";
        answer->extra_headers = "X-Extra: yes\r\n";
        answer->body = "hello";
        answer->body_size = 5;
        return;
    }
    answer->http_status = 101;
    answer->protocol = "arena.v1.msgpack";
    answer->owner = &fixture->server_end;
    fixture->server_end.socket = socket;
    if (fixture->greets) {
        assert_int_equal(websocket_send(socket, false, "welcome", 7), STATUS_OK);
    }
}

static struct websocket_server_options server_options(struct fixture *fixture)
{
    return (struct websocket_server_options){
        .host = "127.0.0.1",
        .message_bytes_max = MESSAGE_MAX,
        .queue_bytes_max = 1u << 18,
        .connections_max = 4,
        .handshake_ms = 300,
        .ping_ms = 10000,
        .idle_ms = 20000,
        .owner = fixture,
        .events = events,
        .on_request = on_request,
    };
}

static void open_server(struct fixture *fixture, const struct websocket_server_options *options)
{
    assert_int_equal(websocket_server_open(&fixture->loop, options, &fixture->server), STATUS_OK);
    assert_int_not_equal(websocket_server_port(fixture->server), 0);
}

static int set_up(void **state)
{
    struct fixture *fixture = calloc(1, sizeof *fixture);
    assert_non_null(fixture);
    assert_int_equal(uv_loop_init(&fixture->loop), 0);
    *state = fixture;
    return 0;
}

/* Everything closes, and no handle is left: the loop closes without UV_EBUSY. */
static int tear_down(void **state)
{
    struct fixture *fixture = *state;
    websocket_server_close(fixture->server);
    if (fixture->client_end.socket) {
        websocket_close(fixture->client_end.socket, 1000, "");
    }
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    int result = uv_loop_close(&fixture->loop);
    free(fixture);
    return result;
}

static void run_until(struct fixture *fixture, const unsigned *counter, unsigned value)
{
    uint64_t deadline = uv_hrtime() + DEADLINE_MS * UINT64_C(1000000);
    while (*counter < value) {
        if (uv_hrtime() > deadline) {
            fail_msg("waited for too long");
        }
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    }
}

static void connect_client(struct fixture *fixture, const char *path)
{
    char url[128];
    snprintf(url, sizeof url, "ws://127.0.0.1:%u%s", websocket_server_port(fixture->server), path);
    const struct websocket_client_options options = {
        .url = url,
        .protocols = "arena.v1.msgpack, arena.v1.protobuf",
        .authorization = "Bearer abc",
        .message_bytes_max = MESSAGE_MAX,
        .owner = &fixture->client_end,
        .events = events,
    };
    assert_int_equal(websocket_connect(&fixture->loop, &options, &fixture->client_end.socket), STATUS_OK);
}

static void open_pair(struct fixture *fixture)
{
    struct websocket_server_options options = server_options(fixture);
    open_server(fixture, &options);
    connect_client(fixture, "/v1/play?x=1");
    run_until(fixture, &fixture->client_end.opened, 1);
}

/* ---- raw sockets ------------------------------------------------------------------------------------ */

static int raw_connect(const struct fixture *fixture)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(websocket_server_port(fixture->server))};
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    assert_true(fd >= 0);
    assert_int_equal(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

static void raw_send(int fd, const void *bytes, size_t size)
{
    assert_int_equal(send(fd, bytes, size, MSG_NOSIGNAL), (ssize_t)size);
}

/* Runs the loop until the server closes, or wanted bytes are there; returns what was received. */
static size_t raw_receive(struct fixture *fixture, int fd, uint8_t *out, size_t size, size_t wanted)
{
    uint64_t deadline = uv_hrtime() + DEADLINE_MS * UINT64_C(1000000);
    size_t length = 0;
    while (length < wanted && uv_hrtime() < deadline) {
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        ssize_t got = recv(fd, out + length, size - length, MSG_DONTWAIT);
        if (got == 0 || (got < 0 && errno == ECONNRESET)) {
            return length;
        }
        length += got > 0 ? (size_t)got : 0;
    }
    if (length < wanted) {
        fail_msg("%zu bytes came, %zu were wanted", length, wanted);
    }
    return length;
}

static void raw_answer(struct fixture *fixture, const char *request, char *out, size_t size)
{
    int fd = raw_connect(fixture);
    raw_send(fd, request, strlen(request));
    size_t length = raw_receive(fixture, fd, (uint8_t *)out, size - 1, size - 1 > 4096 ? 4096 : size - 1);
    out[length] = 0;
    close(fd);
}

/* An upgraded raw connection: what is sent on it are frames. */
static int raw_upgrade(struct fixture *fixture)
{
    uint8_t answer[512];
    int fd = raw_connect(fixture);
    raw_send(fd, UPGRADE "\r\n", strlen(UPGRADE "\r\n"));
    size_t length = raw_receive(fixture, fd, answer, sizeof answer - 1, 100);
    answer[length] = 0;
    assert_non_null(strstr((char *)answer, "101 Switching Protocols"));
    assert_non_null(strstr((char *)answer, "Sec-WebSocket-Accept: " ACCEPT "\r\n"));
    return fd;
}

/* Sends bytes as frames; the close code the server says. */
static unsigned code_after(struct fixture *fixture, const void *bytes, size_t size)
{
    uint8_t answer[512] = {0};
    unsigned closed = fixture->server_end.closed;
    int fd = raw_upgrade(fixture);
    raw_send(fd, bytes, size);
    size_t length = raw_receive(fixture, fd, answer, sizeof answer, 4);
    close(fd);
    run_until(fixture, &fixture->server_end.closed, closed + 1);
    assert_true(length >= 4);
    assert_int_equal(answer[0], 0x88);
    return (unsigned)answer[2] << 8 | answer[3];
}

/* ---- the tests -------------------------------------------------------------------------------------- */

static void test_handshake_hands_over_the_request_and_chooses_a_protocol(void **state)
{
    struct fixture *fixture = *state;
    open_pair(fixture);
    assert_string_equal(fixture->path, "/v1/play");
    assert_string_equal(fixture->query, "x=1");
    assert_string_equal(fixture->authorization, "Bearer abc");
    assert_string_equal(fixture->protocols, "arena.v1.msgpack, arena.v1.protobuf");
    assert_string_equal(fixture->client_end.protocol, "arena.v1.msgpack");
    assert_int_equal(strncmp(websocket_peer(fixture->server_end.socket), "127.0.0.1:", 10), 0);
}

static void test_messages_of_every_length_form_arrive_whole_in_both_directions(void **state)
{
    struct fixture *fixture = *state;
    static const size_t sizes[] = {0, 1, 125, 126, 127, 1000, MESSAGE_MAX};
    uint8_t bytes[MESSAGE_MAX];
    open_pair(fixture);
    for (size_t i = 0; i < sizeof sizes / sizeof sizes[0]; i++) {
        memset(bytes, (int)i + 1, sizeof bytes);
        assert_int_equal(websocket_send(fixture->client_end.socket, true, bytes, sizes[i]), STATUS_OK);
        run_until(fixture, &fixture->server_end.messages, (unsigned)i + 1);
        assert_int_equal(fixture->server_end.last_size, sizes[i]);
        assert_memory_equal(fixture->server_end.last, bytes, sizes[i]);
        assert_int_equal(websocket_send(fixture->server_end.socket, true, bytes, sizes[i]), STATUS_OK);
        run_until(fixture, &fixture->client_end.messages, (unsigned)i + 1);
        assert_int_equal(fixture->client_end.last_size, sizes[i]);
        assert_memory_equal(fixture->client_end.last, bytes, sizes[i]);
    }
    assert_int_equal(websocket_bytes_in(fixture->server_end.socket), websocket_bytes_out(fixture->client_end.socket));
    assert_int_equal(websocket_queued(fixture->server_end.socket), 0);
}

static void test_frames_sent_while_deciding_follow_the_handshake_in_one_write(void **state)
{
    struct fixture *fixture = *state;
    fixture->greets = true;
    open_pair(fixture);
    run_until(fixture, &fixture->client_end.messages, 1);
    assert_memory_equal(fixture->client_end.last, "welcome", 7);
    assert_false(fixture->client_end.last_binary);
}

static void test_close_reaches_both_ends_with_its_code(void **state)
{
    struct fixture *fixture = *state;
    open_pair(fixture);
    websocket_close(fixture->server_end.socket, 4013, "token");
    websocket_close(fixture->server_end.socket, 1000, "twice");
    assert_int_equal(websocket_send(fixture->server_end.socket, true, "x", 1), STATUS_CANCELLED);
    run_until(fixture, &fixture->client_end.closed, 1);
    run_until(fixture, &fixture->server_end.closed, 1);
    assert_int_equal(fixture->client_end.code, 4013);
    assert_int_equal(fixture->server_end.code, 4013);
    assert_int_equal(websocket_server_connections(fixture->server), 0);
}

static void test_refused_upgrade_tells_the_client_the_http_status(void **state)
{
    struct fixture *fixture = *state;
    struct websocket_server_options options = server_options(fixture);
    fixture->refuses_upgrade = true;
    open_server(fixture, &options);
    connect_client(fixture, "/");
    run_until(fixture, &fixture->client_end.closed, 1);
    assert_int_equal(fixture->client_end.code, 1006);
    assert_int_equal(fixture->client_end.http_status, 401);
    assert_int_equal(fixture->client_end.opened, 0);
}

static void test_connecting_to_nobody_ends_in_on_closed(void **state)
{
    struct fixture *fixture = *state;
    struct websocket_server_options options = server_options(fixture);
    open_server(fixture, &options);
    char url[64];
    snprintf(url, sizeof url, "ws://127.0.0.1:%u/", websocket_server_port(fixture->server));
    websocket_server_close(fixture->server);
    fixture->server = NULL;
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    const struct websocket_client_options client = {
        .url = url, .message_bytes_max = 100, .owner = &fixture->client_end, .events = events};
    assert_int_equal(websocket_connect(&fixture->loop, &client, &fixture->client_end.socket), STATUS_OK);
    run_until(fixture, &fixture->client_end.closed, 1);
    assert_int_equal(fixture->client_end.code, 1006);
}

static void test_bad_urls_are_refused_at_once(void **state)
{
    struct fixture *fixture = *state;
    static const char *const urls[] = {"http://a/",      "ws://",      "ws://:80/",  "ws://a:/",
                                       "ws://a:123456/", "ws://[::1/", "ws://a:80x", "wss://a/"};
    for (size_t i = 0; i < sizeof urls / sizeof urls[0]; i++) {
        const struct websocket_client_options options = {
            .url = urls[i], .owner = &fixture->client_end, .events = events};
        struct websocket *socket = NULL;
        assert_int_equal(websocket_connect(&fixture->loop, &options, &socket), STATUS_INVALID);
    }
    uv_run(&fixture->loop, UV_RUN_DEFAULT);
    assert_int_equal(fixture->client_end.closed, 0);
}

static void test_plain_get_is_answered_and_closed(void **state)
{
    struct fixture *fixture = *state;
    struct websocket_server_options options = server_options(fixture);
    char answer[8192];
    open_server(fixture, &options);
    raw_answer(fixture, "GET /index.html HTTP/1.1\r\nHost: a\r\n\r\n", answer, sizeof answer);
    assert_int_equal(strncmp(answer, "HTTP/1.1 200 OK\r\n", 17), 0);
    assert_non_null(strstr(answer, "X-Extra: yes\r\n"));
    assert_non_null(strstr(answer, "Content-Length: 5\r\n"));
    assert_non_null(strstr(answer, "\r\n\r\nhello"));
    raw_answer(fixture, "HEAD / HTTP/1.1\r\nHost: a\r\n\r\n", answer, sizeof answer);
    assert_non_null(strstr(answer, "Content-Length: 5\r\n"));
    assert_null(strstr(answer, "hello"));
}

static void expect_status(struct fixture *fixture, const char *request, const char *status)
{
    char answer[8192], line[32];
    raw_answer(fixture, request, answer, sizeof answer);
    snprintf(line, sizeof line, "HTTP/1.1 %s ", status);
    if (strncmp(answer, line, strlen(line)) != 0) {
        fail_msg("expected %s, got %.40s, for %.60s", status, answer, request);
    }
}

static void test_bad_requests_get_their_http_status_and_never_reach_the_owner(void **state)
{
    struct fixture *fixture = *state;
    struct websocket_server_options options = server_options(fixture);
    char many[1024] = "GET / HTTP/1.1\r\n", longest[10000];
    open_server(fixture, &options);
    for (size_t i = 0, length = strlen(many); i < 70; i++, length += 6) {
        snprintf(many + length, sizeof many - length, "a: b\r\n\r\n");
    }
    snprintf(longest, sizeof longest, "GET /%09000d HTTP/1.1\r\n\r\n", 0);
    expect_status(fixture, "nonsense\r\n\r\n", "400");
    expect_status(fixture, "GET x HTTP/1.1\r\n\r\n", "400");
    expect_status(fixture, many, "431");
    expect_status(fixture, longest, "414");
    expect_status(fixture, "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n\r\n", "400");
    expect_status(fixture,
                  "POST / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " KEY
                  "\r\nSec-WebSocket-Version: 13\r\n\r\n",
                  "400");
    expect_status(fixture,
                  "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: " KEY
                  "\r\nSec-WebSocket-Version: 8\r\n\r\n",
                  "426");
    expect_status(fixture, UPGRADE "Sec-WebSocket-Key: " KEY "\r\n\r\n", "400");
    expect_status(fixture,
                  "GET / HTTP/1.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Key: short\r\n"
                  "Sec-WebSocket-Version: 13\r\n\r\n",
                  "400");
    assert_int_equal(fixture->requests, 0);
}

static void test_connections_past_the_limit_get_503(void **state)
{
    struct fixture *fixture = *state;
    struct websocket_server_options options = server_options(fixture);
    options.connections_max = 1;
    open_server(fixture, &options);
    connect_client(fixture, "/");
    run_until(fixture, &fixture->client_end.opened, 1);
    expect_status(fixture, UPGRADE "\r\n", "503");
}

static void test_silent_connection_is_dropped_after_the_handshake_time(void **state)
{
    struct fixture *fixture = *state;
    struct websocket_server_options options = server_options(fixture);
    uint8_t byte;
    open_server(fixture, &options);
    int fd = raw_connect(fixture);
    raw_send(fd, "GET / HT", 8);
    assert_int_equal(raw_receive(fixture, fd, &byte, 1, 1), 0);
    close(fd);
    assert_int_equal(websocket_server_connections(fixture->server), 0);
}

static void test_server_pings_and_drops_a_peer_that_stays_silent(void **state)
{
    struct fixture *fixture = *state;
    struct websocket_server_options options = server_options(fixture);
    uint8_t bytes[256];
    options.ping_ms = 100;
    options.idle_ms = 400;
    open_server(fixture, &options);
    int fd = raw_upgrade(fixture);
    raw_receive(fixture, fd, bytes, sizeof bytes, 2);
    assert_int_equal(bytes[0], 0x89);
    assert_int_equal(bytes[1], 0);
    run_until(fixture, &fixture->server_end.closed, 1);
    assert_int_equal(fixture->server_end.code, 1006);
    close(fd);
}

static void test_client_that_answers_pings_stays(void **state)
{
    struct fixture *fixture = *state;
    struct websocket_server_options options = server_options(fixture);
    options.ping_ms = 100;
    options.idle_ms = 300;
    open_server(fixture, &options);
    connect_client(fixture, "/");
    run_until(fixture, &fixture->client_end.opened, 1);
    uint64_t until = uv_hrtime() + UINT64_C(900000000);
    while (uv_hrtime() < until) {
        uv_run(&fixture->loop, UV_RUN_ONCE);
    }
    assert_int_equal(fixture->server_end.closed, 0);
    assert_int_equal(fixture->client_end.closed, 0);
}

static void test_broken_frames_close_with_the_code_of_the_rfc(void **state)
{
    struct fixture *fixture = *state;
    struct websocket_server_options options = server_options(fixture);
    open_server(fixture, &options);
    static const uint8_t unmasked[] = {0x82, 0x01, 'x'};
    static const uint8_t reserved_bit[] = {0xc2, 0x81, 0, 0, 0, 0, 'x'};
    static const uint8_t long_ping[] = {0x89, 0xfe, 0x00, 0x7e, 0, 0, 0, 0};
    static const uint8_t split_ping[] = {0x09, 0x80, 0, 0, 0, 0};
    static const uint8_t bad_opcode[] = {0x83, 0x80, 0, 0, 0, 0};
    static const uint8_t lone_continuation[] = {0x80, 0x81, 0, 0, 0, 0, 'x'};
    static const uint8_t not_minimal[] = {0x82, 0xfe, 0x00, 0x01, 0, 0, 0, 0, 'x'};
    static const uint8_t bad_text[] = {0x81, 0x82, 0, 0, 0, 0, 0xc3, 0x28};
    static const uint8_t too_long[] = {0x82, 0xfe, 0x10, 0x01, 0, 0, 0, 0, 'x'};
    static const uint8_t endless[] = {0x82, 0xff, 0x7f, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0, 0, 0, 0, 'x'};
    static const uint8_t bad_code[] = {0x88, 0x82, 0, 0, 0, 0, 0x03, 0xed};
    static const uint8_t goodbye[] = {0x88, 0x82, 0, 0, 0, 0, 0x0f, 0xa0};
    assert_int_equal(code_after(fixture, unmasked, sizeof unmasked), 1002);
    assert_int_equal(code_after(fixture, reserved_bit, sizeof reserved_bit), 1002);
    assert_int_equal(code_after(fixture, long_ping, sizeof long_ping), 1002);
    assert_int_equal(code_after(fixture, split_ping, sizeof split_ping), 1002);
    assert_int_equal(code_after(fixture, bad_opcode, sizeof bad_opcode), 1002);
    assert_int_equal(code_after(fixture, lone_continuation, sizeof lone_continuation), 1002);
    assert_int_equal(code_after(fixture, not_minimal, sizeof not_minimal), 1002);
    assert_int_equal(code_after(fixture, bad_text, sizeof bad_text), 1007);
    assert_int_equal(code_after(fixture, too_long, sizeof too_long), 1009);
    assert_int_equal(code_after(fixture, endless, sizeof endless), 1009);
    assert_int_equal(code_after(fixture, bad_code, sizeof bad_code), 1002);
    assert_int_equal(code_after(fixture, goodbye, sizeof goodbye), 4000);
    assert_int_equal(fixture->server_end.code, 4000);
    assert_int_equal(fixture->server_end.messages, 0);
}

static void test_fragments_are_joined_with_a_ping_between_them(void **state)
{
    struct fixture *fixture = *state;
    struct websocket_server_options options = server_options(fixture);
    static const uint8_t frames[] = {0x02, 0x82, 1, 1,   1,    1,    'a' ^ 1, 'b' ^ 1, 0x89, 0x81, 0,
                                     0,    0,    0, 'p', 0x80, 0x81, 2,       2,       2,    2,    'c' ^ 2};
    uint8_t pong[16];
    open_server(fixture, &options);
    int fd = raw_upgrade(fixture);
    for (size_t i = 0; i < sizeof frames; i++) { /* byte by byte */
        raw_send(fd, frames + i, 1);
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    }
    run_until(fixture, &fixture->server_end.messages, 1);
    assert_int_equal(fixture->server_end.last_size, 3);
    assert_memory_equal(fixture->server_end.last, "abc", 3);
    raw_receive(fixture, fd, pong, sizeof pong, 3);
    assert_memory_equal(pong, "\x8a\x01p", 3);
    close(fd);
}

static void test_queue_counts_what_the_peer_does_not_read_and_drains(void **state)
{
    struct fixture *fixture = *state;
    struct websocket_server_options options = server_options(fixture);
    static uint8_t bytes[4000], sink[1 << 16];
    options.queue_bytes_max = 64u << 20;
    open_server(fixture, &options);
    int fd = raw_upgrade(fixture);
    for (unsigned i = 0; i < 20000 && websocket_queued(fixture->server_end.socket) < 1000000; i++) {
        assert_int_equal(websocket_send(fixture->server_end.socket, true, bytes, sizeof bytes), STATUS_OK);
        if (i % 16 == 0) {
            uv_run(&fixture->loop, UV_RUN_NOWAIT);
        }
    }
    assert_true(websocket_queued(fixture->server_end.socket) >= 1000000);
    uint64_t expected = websocket_bytes_out(fixture->server_end.socket) / sizeof bytes * (sizeof bytes + 4);
    for (uint64_t got = 0; got < expected;) {
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
        ssize_t size = recv(fd, sink, sizeof sink, MSG_DONTWAIT);
        got += size > 0 ? (uint64_t)size : 0;
    }
    run_until(fixture, &fixture->server_end.drained, 1);
    assert_int_equal(websocket_queued(fixture->server_end.socket), 0);
    close(fd);
}

static void test_peer_past_the_queue_limit_is_closed_with_1013(void **state)
{
    struct fixture *fixture = *state;
    struct websocket_server_options options = server_options(fixture);
    static uint8_t bytes[4000];
    enum status status = STATUS_OK;
    options.queue_bytes_max = 100000;
    open_server(fixture, &options);
    int fd = raw_upgrade(fixture);
    for (unsigned i = 0; i < 20000 && status == STATUS_OK; i++) {
        status = websocket_send(fixture->server_end.socket, true, bytes, sizeof bytes);
        if (i % 16 == 0) {
            uv_run(&fixture->loop, UV_RUN_NOWAIT);
        }
    }
    assert_int_equal(status, STATUS_FULL);
    run_until(fixture, &fixture->server_end.closed, 1);
    assert_int_equal(fixture->server_end.code, 1013);
    close(fd);
}

static void test_two_servers_share_a_port_when_asked(void **state)
{
    struct fixture *fixture = *state;
    struct websocket_server_options options = server_options(fixture);
    struct websocket_server *second = NULL;
    options.reuse_port = true;
    open_server(fixture, &options);
    options.port = websocket_server_port(fixture->server);
    assert_int_equal(websocket_server_open(&fixture->loop, &options, &second), STATUS_OK);
    websocket_server_stop_listening(second);
    uv_run(&fixture->loop, UV_RUN_NOWAIT);
    websocket_server_close(second);
    options.reuse_port = false;
    second = NULL;
    assert_int_equal(websocket_server_open(&fixture->loop, &options, &second), STATUS_IO);
    assert_null(second);
}

/* Whatever the bytes are, the server answers, closes or waits; it does not die and keeps no connection. */
static void test_mutated_handshakes_and_frames_do_no_harm(void **state)
{
    struct fixture *fixture = *state;
    struct websocket_server_options options = server_options(fixture);
    static const uint8_t frames[] = {0x82, 0x83, 1,   2,    3,    4, 'a', 'b', 'c', 0x01, 0x81, 0,    0,
                                     0,    0,    'x', 0x80, 0x81, 0, 0,   0,   0,   'y',  0x89, 0x80, 0,
                                     0,    0,    0,   0x88, 0x82, 0, 0,   0,   0,   0x03, 0xe8};
    static const char good_head[] = UPGRADE "\r\n";
    struct random random;
    random_init(&random, 20261122, 1);
    options.connections_max = 1000;
    open_server(fixture, &options);
    for (unsigned round = 0; round < 1500; round++) {
        uint8_t bytes[512];
        size_t head = sizeof good_head - 1;
        memcpy(bytes, good_head, head);
        memcpy(bytes + head, frames, sizeof frames);
        size_t from = round % 3 == 0 ? 0 : head; /* two of three: a good head and bad frames */
        for (uint32_t i = random_below(&random, 6); i > 0; i--) {
            bytes[from + random_below(&random, (uint32_t)(head + sizeof frames - from))] = (uint8_t)random_u32(&random);
        }
        size_t size = round % 7 == 0 ? random_below(&random, (uint32_t)(head + sizeof frames)) : head + sizeof frames;
        int fd = raw_connect(fixture);
        raw_send(fd, bytes, size);
        for (unsigned turn = 0; turn < 4; turn++) {
            uv_run(&fixture->loop, UV_RUN_NOWAIT);
        }
        close(fd);
    }
    uint64_t deadline = uv_hrtime() + DEADLINE_MS * UINT64_C(1000000);
    while (websocket_server_connections(fixture->server) > 0 && uv_hrtime() < deadline) {
        uv_run(&fixture->loop, UV_RUN_NOWAIT);
    }
    assert_int_equal(websocket_server_connections(fixture->server), 0);
    assert_true(fixture->server_end.messages > 100);
    assert_true(fixture->server_end.closed > 100);
}

#define TEST(name) cmocka_unit_test_setup_teardown(name, set_up, tear_down)

int main(void)
{
    const struct CMUnitTest tests[] = {
        TEST(test_handshake_hands_over_the_request_and_chooses_a_protocol),
        TEST(test_messages_of_every_length_form_arrive_whole_in_both_directions),
        TEST(test_frames_sent_while_deciding_follow_the_handshake_in_one_write),
        TEST(test_close_reaches_both_ends_with_its_code),
        TEST(test_refused_upgrade_tells_the_client_the_http_status),
        TEST(test_connecting_to_nobody_ends_in_on_closed),
        TEST(test_bad_urls_are_refused_at_once),
        TEST(test_plain_get_is_answered_and_closed),
        TEST(test_bad_requests_get_their_http_status_and_never_reach_the_owner),
        TEST(test_connections_past_the_limit_get_503),
        TEST(test_silent_connection_is_dropped_after_the_handshake_time),
        TEST(test_server_pings_and_drops_a_peer_that_stays_silent),
        TEST(test_client_that_answers_pings_stays),
        TEST(test_broken_frames_close_with_the_code_of_the_rfc),
        TEST(test_fragments_are_joined_with_a_ping_between_them),
        TEST(test_queue_counts_what_the_peer_does_not_read_and_drains),
        TEST(test_peer_past_the_queue_limit_is_closed_with_1013),
        TEST(test_two_servers_share_a_port_when_asked),
        TEST(test_mutated_handshakes_and_frames_do_no_harm),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
