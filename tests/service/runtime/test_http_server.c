/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP server over real sockets, within the tiny daemon. */
#include "tests/support/http_client.h"
#include "tests/support/support.h"
#include "tests/support/tiny_daemon.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#include <cmocka.h>

#define FILE_BYTES 100000
#define TRACE      "4bf92f3577b34da6a3ce929d0e0e4736"

static struct support_process tiny;
static uint16_t port;
static char file_bytes[FILE_BYTES];

static int start_tiny(void **state)
{
    static char setting[SUPPORT_PATH_MAX + 16];
    char path[SUPPORT_PATH_MAX];
    (void)state;
    for (size_t i = 0; i < sizeof file_bytes; i++) {
        file_bytes[i] = (char)('a' + i * 7 % 26);
    }
    support_path(path, "file");
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    assert_int_equal(fwrite(file_bytes, 1, sizeof file_bytes, file), sizeof file_bytes);
    assert_int_equal(fclose(file), 0);
    snprintf(setting, sizeof setting, "TINY_FILE=%s", path);
    tiny_daemon_start(&tiny, (const char *const[]){setting, "TINY_ETAG=v1-abc", NULL}, NULL);
    port = (uint16_t)support_event_u64(&tiny, "tiny.listening", 1, "port");
    return 0;
}

static void ask(struct http_response *out_response, const char *method, const char *path, const char *header,
                const void *body, size_t size)
{
    char url[4096];
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", port, path);
    http_request(out_response, method, url, (const char *const[]){header, NULL}, body, size);
}

static void assert_error(const struct http_response *response, long status, int code, const char *reason)
{
    json_t *json = http_response_json(response);
    const json_t *detail = json_array_get(json_object_get(json, "details"), 0);
    assert_int_equal(response->status, status);
    assert_int_equal(json_integer_value(json_object_get(json, "code")), code);
    assert_string_equal(json_string_value(json_object_get(detail, "reason")), reason);
    assert_true(json_is_string(json_object_get(json, "message")));
    json_decref(json);
}

static void assert_range(const char *header, long status, size_t first, size_t count, const char *content_range)
{
    struct http_response response;
    ask(&response, "GET", "/v1/file", header, NULL, 0);
    assert_int_equal(response.status, status);
    assert_int_equal(response.size, count);
    assert_memory_equal(response.body, file_bytes + first, count);
    const char *said = http_response_header(&response, "Content-Range");
    if (content_range) {
        assert_string_equal(said, content_range);
    } else {
        assert_null(said);
    }
    http_response_free(&response);
}

static void test_body_and_query_reach_the_handler(void **state)
{
    (void)state;
    struct http_response response;
    ask(&response, "POST", "/v1/echo?q=a%20b&r=1", NULL, file_bytes, 65536);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.size, 65536);
    assert_memory_equal(response.body, file_bytes, 65536);
    assert_string_equal(http_response_header(&response, "X-Query"), "a b");
    http_response_free(&response);
    ask(&response, "POST", "/v1/echo", NULL, "", 0);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.size, 0);
    assert_string_equal(http_response_header(&response, "X-Query"), "absent");
    http_response_free(&response);
}

static void test_body_past_the_limit_gets_413(void **state)
{
    (void)state;
    struct http_response response;
    ask(&response, "POST", "/v1/echo", NULL, file_bytes, 65537);
    assert_error(&response, 413, 11, "BODY_TOO_LARGE");
    http_response_free(&response);
    ask(&response, "POST", "/v1/echo", "Transfer-Encoding: chunked", file_bytes, FILE_BYTES);
    assert_error(&response, 413, 11, "BODY_TOO_LARGE");
    http_response_free(&response);
}

static void test_endless_body_is_cut_off(void **state)
{
    (void)state;
    size_t size = 4u << 20;
    char *body = calloc(1, size);
    struct http_response response;
    assert_non_null(body);
    ask(&response, "POST", "/v1/echo", "Expect:", body, size);
    assert_true(response.status == 0 || response.status == 413);
    http_response_free(&response);
    free(body);
    ask(&response, "POST", "/v1/echo", NULL, "x", 1);
    assert_int_equal(response.status, 200);
    http_response_free(&response);
}

static void test_header_past_the_limit_is_refused(void **state)
{
    (void)state;
    struct http_response response;
    char *header = malloc(70000);
    assert_non_null(header);
    memset(header, 'x', 69999);
    memcpy(header, "X-Long: ", 8);
    header[69999] = '\0';
    ask(&response, "GET", "/v1/later/1", header, NULL, 0);
    assert_true(response.status == 0 || response.status == 431 || response.status == 413);
    http_response_free(&response);
    free(header);
}

static void test_unknown_path_gets_404_and_wrong_method_405_with_allow(void **state)
{
    (void)state;
    struct http_response response;
    ask(&response, "GET", "/v1/no/such", NULL, NULL, 0);
    assert_error(&response, 404, 5, "PATH_NOT_FOUND");
    http_response_free(&response);
    ask(&response, "POST", "/v1/tickets/7", NULL, "x", 1);
    assert_error(&response, 405, 12, "METHOD_NOT_ALLOWED");
    assert_string_equal(http_response_header(&response, "Allow"), "GET, HEAD, DELETE");
    http_response_free(&response);
    ask(&response, "GET", "/v1/tickets/7:accept", NULL, NULL, 0);
    assert_error(&response, 405, 12, "METHOD_NOT_ALLOWED");
    assert_string_equal(http_response_header(&response, "Allow"), "POST");
    http_response_free(&response);
    ask(&response, "GET", "/v1/tickets/", NULL, NULL, 0);
    assert_error(&response, 404, 5, "PATH_NOT_FOUND");
    http_response_free(&response);
}

static void test_parameter_and_trace_reach_the_handler(void **state)
{
    (void)state;
    struct http_response response;
    ask(&response, "POST", "/v1/tickets/t%2d7:accept", "traceparent: 00-" TRACE "-00f067aa0ba902b7-01", "", 0);
    assert_int_equal(response.status, 200);
    assert_string_equal(response.body, "t-7 " TRACE);
    http_response_free(&response);
    ask(&response, "GET", "/v1/tickets/9", "traceparent: 00-" TRACE "-broken", NULL, 0);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.size, 2 + 32);
    assert_null(strstr(response.body, TRACE));
    http_response_free(&response);
}

static void test_head_answers_without_a_body(void **state)
{
    (void)state;
    struct http_response response;
    ask(&response, "HEAD", "/v1/file", NULL, NULL, 0);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.size, 0);
    assert_string_equal(http_response_header(&response, "Content-Length"), "100000");
    http_response_free(&response);
}

static void test_answer_may_come_later(void **state)
{
    (void)state;
    for (int i = 0; i < 5; i++) {
        struct http_response response;
        ask(&response, "GET", "/v1/later/abc", "traceparent: 00-" TRACE "-00f067aa0ba902b7-01", NULL, 0);
        assert_int_equal(response.status, 200);
        assert_string_equal(response.body, "abc " TRACE);
        http_response_free(&response);
    }
}

static int connect_to_tiny(void)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    inet_pton(AF_INET, "127.0.0.1", &address.sin_addr);
    int descriptor = socket(AF_INET, SOCK_STREAM, 0);
    assert_true(descriptor >= 0);
    assert_int_equal(connect(descriptor, (struct sockaddr *)&address, sizeof address), 0);
    return descriptor;
}

static size_t read_until(int descriptor, const char *text, unsigned times, char *out, size_t size)
{
    size_t length = 0;
    for (unsigned found = 0; found < times;) {
        ssize_t count = read(descriptor, out + length, size - 1 - length);
        assert_true(count > 0);
        length += (size_t)count;
        out[length] = '\0';
        found = 0;
        for (const char *at = strstr(out, text); at; at = strstr(at + 1, text)) {
            found++;
        }
    }
    return length;
}

static void test_pipelined_requests_are_answered_in_order_on_one_connection(void **state)
{
    (void)state;
    static const char requests[] = "GET /v1/later/one HTTP/1.1\r\nHost: x\r\n\r\n"
                                   "GET /v1/tickets/two HTTP/1.1\r\nHost: x\r\n\r\n"
                                   "GET /nowhere HTTP/1.1\r\nHost: x\r\n\r\n"
                                   "GET /v1/later/four HTTP/1.1\r\nHost: x\r\n\r\n";
    char answers[4096];
    int descriptor = connect_to_tiny();
    assert_int_equal(write(descriptor, requests, sizeof requests - 1), sizeof requests - 1);
    read_until(descriptor, "four ", 1, answers, sizeof answers);
    const char *one = strstr(answers, "one "), *two = strstr(answers, "two "), *three = strstr(answers, "404");
    assert_true(one && two && three && one < two && two < three && three < strstr(answers, "four "));
    close(descriptor);
}

static void test_client_that_leaves_before_its_answer_harms_nobody(void **state)
{
    (void)state;
    static const char request[] = "GET /v1/later/gone HTTP/1.1\r\nHost: x\r\n\r\n";
    static const char half[] = "POST /v1/echo HTTP/1.1\r\nHost: x\r\nContent-Length: 100\r\n\r\nabc";
    static const char nonsense[] = "\x16\x03\x01\x02 nonsense\r\n\r\n";
    const char *const all[] = {request, half, nonsense};
    for (size_t i = 0; i < 3; i++) {
        int descriptor = connect_to_tiny();
        assert_true(write(descriptor, all[i], strlen(all[i])) > 0);
        close(descriptor);
    }
    test_answer_may_come_later(state);
    assert_int_equal(support_count_events(&tiny, "worker.exited"), 0);
}

static void test_one_request_may_answer_others(void **state)
{
    (void)state;
    static const char request[] = "GET /v1/never HTTP/1.1\r\nHost: x\r\n\r\n";
    char answer[2048];
    struct http_response response;
    int waiting[3];
    for (unsigned i = 0; i < 3; i++) {
        waiting[i] = connect_to_tiny();
        assert_int_equal(write(waiting[i], request, sizeof request - 1), sizeof request - 1);
        json_decref(support_wait_event(&tiny, "tiny.waiting", i + 1));
    }
    ask(&response, "DELETE", "/v1/never", NULL, NULL, 0);
    assert_int_equal(response.status, 204);
    http_response_free(&response);
    for (unsigned i = 0; i < 3; i++) {
        read_until(waiting[i], "woken", 1, answer, sizeof answer);
        close(waiting[i]);
    }
}

static void test_file_says_how_it_may_be_kept(void **state)
{
    (void)state;
    struct http_response response;
    ask(&response, "GET", "/v1/file", NULL, NULL, 0);
    assert_int_equal(response.status, 200);
    assert_int_equal(response.size, FILE_BYTES);
    assert_memory_equal(response.body, file_bytes, FILE_BYTES);
    assert_string_equal(http_response_header(&response, "ETag"), "\"v1-abc\"");
    assert_string_equal(http_response_header(&response, "Cache-Control"), "public, max-age=31536000, immutable");
    assert_string_equal(http_response_header(&response, "Accept-Ranges"), "bytes");
    assert_non_null(strstr(http_response_header(&response, "Last-Modified"), " GMT"));
    http_response_free(&response);
    ask(&response, "GET", "/v1/file", "If-None-Match: \"other\", W/\"v1-abc\"", NULL, 0);
    assert_int_equal(response.status, 304);
    assert_int_equal(response.size, 0);
    assert_string_equal(http_response_header(&response, "ETag"), "\"v1-abc\"");
    http_response_free(&response);
    ask(&response, "GET", "/v1/file", "If-None-Match: \"v1\"", NULL, 0);
    assert_int_equal(response.status, 200);
    http_response_free(&response);
}

static void test_range_answers_with_that_part(void **state)
{
    (void)state;
    struct http_response response;
    assert_range("Range: bytes=0-0", 206, 0, 1, "bytes 0-0/100000");
    assert_range("Range: bytes=500-999", 206, 500, 500, "bytes 500-999/100000");
    assert_range("Range: bytes=99990-", 206, 99990, 10, "bytes 99990-99999/100000");
    assert_range("Range: bytes=99990-200000", 206, 99990, 10, "bytes 99990-99999/100000");
    assert_range("Range: bytes=-3", 206, 99997, 3, "bytes 99997-99999/100000");
    assert_range("Range: bytes=0-1,5-6", 200, 0, FILE_BYTES, NULL);
    assert_range("Range: lines=0-1", 200, 0, FILE_BYTES, NULL);
    ask(&response, "GET", "/v1/file", "Range: bytes=100000-", NULL, 0);
    assert_error(&response, 416, 11, "RANGE_NOT_SATISFIABLE");
    assert_string_equal(http_response_header(&response, "Content-Range"), "bytes */100000");
    http_response_free(&response);
}

static void test_if_range_of_another_file_gets_the_whole(void **state)
{
    (void)state;
    char url[128];
    struct http_response response;
    snprintf(url, sizeof url, "http://127.0.0.1:%u/v1/file", port);
    http_request(&response, "GET", url, (const char *const[]){"Range: bytes=0-9", "If-Range: \"old\"", NULL}, NULL, 0);
    assert_int_equal(response.status, 200);
    http_response_free(&response);
    http_request(&response, "GET", url, (const char *const[]){"Range: bytes=0-9", "If-Range: \"v1-abc\"", NULL}, NULL,
                 0);
    assert_int_equal(response.status, 206);
    http_response_free(&response);
}

static void test_requests_are_counted_by_route_and_class(void **state)
{
    (void)state;
    struct http_response response;
    http_get_local(&response, support_admin_port(&tiny), "/metrics");
    assert_non_null(strstr(response.body, "mma_http_requests_total{route=\"/v1/file\",status=\"2xx\"}"));
    assert_non_null(strstr(response.body, "mma_http_requests_total{route=\"none\",status=\"4xx\"}"));
    assert_non_null(strstr(response.body, "mma_http_request_duration_seconds_count{route=\"/v1/later/{id}\"}"));
    assert_null(strstr(response.body, "nowhere"));
    http_response_free(&response);
}

/* The last test: it ends the daemon. */
static void test_waiting_client_is_told_when_the_server_shuts_down(void **state)
{
    (void)state;
    static const char request[] = "GET /v1/never HTTP/1.1\r\nHost: x\r\n\r\n";
    char answer[2048];
    int descriptor = connect_to_tiny();
    assert_int_equal(write(descriptor, request, sizeof request - 1), sizeof request - 1);
    json_decref(support_wait_event(&tiny, "tiny.waiting", 4));
    assert_int_equal(support_stop(&tiny), 0);
    read_until(descriptor, "SHUTTING_DOWN", 1, answer, sizeof answer);
    assert_memory_equal(answer, "HTTP/1.1 503", 12);
    close(descriptor);
}

int main(int argc, char **argv)
{
    if (tiny_daemon_is_wanted()) {
        return tiny_daemon_main(argc, argv);
    }
    signal(SIGPIPE, SIG_IGN);
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_body_and_query_reach_the_handler),
        cmocka_unit_test(test_body_past_the_limit_gets_413),
        cmocka_unit_test(test_endless_body_is_cut_off),
        cmocka_unit_test(test_header_past_the_limit_is_refused),
        cmocka_unit_test(test_unknown_path_gets_404_and_wrong_method_405_with_allow),
        cmocka_unit_test(test_parameter_and_trace_reach_the_handler),
        cmocka_unit_test(test_head_answers_without_a_body),
        cmocka_unit_test(test_answer_may_come_later),
        cmocka_unit_test(test_pipelined_requests_are_answered_in_order_on_one_connection),
        cmocka_unit_test(test_client_that_leaves_before_its_answer_harms_nobody),
        cmocka_unit_test(test_one_request_may_answer_others),
        cmocka_unit_test(test_file_says_how_it_may_be_kept),
        cmocka_unit_test(test_range_answers_with_that_part),
        cmocka_unit_test(test_if_range_of_another_file_gets_the_whole),
        cmocka_unit_test(test_requests_are_counted_by_route_and_class),
        cmocka_unit_test(test_waiting_client_is_told_when_the_server_shuts_down),
    };
    return cmocka_run_group_tests(tests, start_tiny, support_kill_all);
}
