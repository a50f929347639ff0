/* SPDX-License-Identifier: Apache-2.0 */
/* The HTTP API of the real program: each route, each error. */
#include "tests/support/matchmaker_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

static struct matchmaker_host host;

static int set_up(void **state)
{
    (void)state;
    static const char *const settings[] = {"TICKETS_MAX=12", NULL};
    matchmaker_host_start(&host, settings);
    return 0;
}

static const char *good(void)
{
    return matchmaker_authorization(MATCHMAKER_API_SECRET, "mma-api", 600);
}

static const char *text_of(const json_t *object, const char *name)
{
    const char *text = json_string_value(json_object_get(object, name));
    return text ? text : "";
}

/* RFC 3339 in UTC, with or without a fraction. */
static bool looks_like_time(const char *text)
{
    static const char pattern[] = "0000-00-00T00:00:00";
    size_t length = strlen(text);
    for (size_t i = 0; i < sizeof pattern - 1; i++) {
        bool is_digit = text[i] >= '0' && text[i] <= '9';
        if (pattern[i] == '0' ? !is_digit : text[i] != pattern[i]) {
            return false;
        }
    }
    return text[length - 1] == 'Z' && strspn(text + sizeof pattern - 1, ".0123456789") == length - sizeof pattern;
}

static void test_ticket_is_created_read_and_cancelled(void **state)
{
    (void)state;
    json_t *ticket = matchmaker_call(&host, "POST", "/v1/tickets",
                                     "{\"player_id\": \"alice\", \"queue\": \"duel\", \"latencies\": "
                                     "[{\"region\": \"na_east\", \"latency_ms\": 40}, {\"region\": \"eu_west\"}]}",
                                     201);
    char path[128];
    (void)snprintf(path, sizeof path, "/v1/tickets/%s", text_of(ticket, "id"));
    assert_int_equal(strlen(text_of(ticket, "id")), 32);
    assert_string_equal(text_of(ticket, "state"), "QUEUED");
    assert_string_equal(text_of(ticket, "player_id"), "alice");
    assert_string_equal(text_of(ticket, "queue"), "duel");
    assert_true(json_number_value(json_object_get(ticket, "rating")) == 1200);
    assert_int_equal(json_array_size(json_object_get(ticket, "latencies")), 2);
    assert_true(looks_like_time(text_of(ticket, "create_time")));
    assert_true(looks_like_time(text_of(ticket, "update_time")));
    assert_true(looks_like_time(text_of(ticket, "expiry_time")));
    json_decref(ticket);
    json_decref(matchmaker_call(&host, "GET", path, NULL, 200));
    for (int i = 0; i < 2; i++) {
        ticket = matchmaker_call(&host, "DELETE", path, NULL, 200);
        assert_string_equal(text_of(ticket, "state"), "CANCELLED");
        json_decref(ticket);
    }
    ticket = matchmaker_call(&host, "GET", path, NULL, 200);
    assert_string_equal(text_of(ticket, "state"), "CANCELLED");
    json_decref(ticket);
}

static void test_answer_names_the_ticket_in_location(void **state)
{
    (void)state;
    char url[128], location[128];
    const char *const headers[] = {good(), NULL};
    struct http_response response;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/v1/tickets", host.port);
    http_post_json(&response, url, headers, "{\"player_id\": \"lora\", \"queue\": \"ffa\"}");
    assert_int_equal(response.status, 201);
    json_t *ticket = http_response_json(&response);
    (void)snprintf(location, sizeof location, "/v1/tickets/%s", text_of(ticket, "id"));
    assert_string_equal(http_response_header(&response, "Location"), location);
    json_decref(ticket);
    http_response_free(&response);
    json_decref(matchmaker_call(&host, "DELETE", location, NULL, 200));
}

static void test_request_without_good_token_gets_401(void **state)
{
    (void)state;
    static const struct {
        const char *method, *path;
    } routes[] = {{"POST", "/v1/tickets"},  {"GET", "/v1/tickets/x"},        {"DELETE", "/v1/tickets/x"},
                  {"GET", "/v1/matches/x"}, {"GET", "/v1/players/x/rating"}, {"GET", "/v1/queues/duel/stats"}};
    for (size_t i = 0; i < sizeof routes / sizeof routes[0]; i++) {
        matchmaker_call_fails(&host, routes[i].method, routes[i].path, NULL, NULL, 401, "TOKEN_MISSING", NULL);
    }
    matchmaker_call_fails(&host, "GET", "/v1/tickets/x", NULL, "Authorization: Basic YTpi", 401, "TOKEN_MISSING", NULL);
    matchmaker_call_fails(&host, "GET", "/v1/tickets/x", NULL, "Authorization: Bearer a.b.c", 401, "TOKEN_MALFORMED",
                          NULL);
    matchmaker_call_fails(&host, "GET", "/v1/tickets/x", NULL,
                          matchmaker_authorization(MATCHMAKER_API_SECRET, "mma-game", 600), 401, "TOKEN_BAD_AUDIENCE",
                          NULL);
    matchmaker_call_fails(&host, "GET", "/v1/tickets/x", NULL,
                          matchmaker_authorization(MATCHMAKER_API_SECRET, "mma-api", -600), 401, "TOKEN_EXPIRED", NULL);
    matchmaker_call_fails(&host, "GET", "/v1/tickets/x", NULL,
                          matchmaker_authorization("somebody else's secret of 32 bytes", "mma-api", 600), 401,
                          "TOKEN_BAD_SIGNATURE", NULL);
}

static void test_bad_body_gets_400_that_names_the_field(void **state)
{
    (void)state;
    static const struct {
        const char *body, *reason, *field;
    } cases[] = {
        {"", "INVALID_BODY", NULL},
        {"{", "INVALID_BODY", NULL},
        {"{\"player_id\": \"a\", \"player_id\": \"b\", \"queue\": \"duel\"}", "INVALID_BODY", NULL},
        {"{\"queue\": \"duel\"}", "INVALID_FIELD", "player_id"},
        {"{\"player_id\": \"a b\", \"queue\": \"duel\"}", "INVALID_FIELD", "player_id"},
        {"{\"player_id\": 7, \"queue\": \"duel\"}", "INVALID_FIELD", "player_id"},
        {"{\"player_id\": \"a\"}", "INVALID_FIELD", "queue"},
        {"{\"player_id\": \"a\", \"queue\": \"chess\"}", "INVALID_FIELD", "queue"},
        {"{\"player_id\": \"a\", \"queue\": \"duel\", \"colour\": 1}", "INVALID_FIELD", "colour"},
        {"{\"player_id\": \"a\", \"queue\": \"duel\", \"session_id\": \"4\"}", "INVALID_FIELD", "session_id"},
        {"{\"player_id\": \"a\", \"queue\": \"duel\", \"latencies\": 4}", "INVALID_FIELD", "latencies"},
        {"{\"player_id\": \"a\", \"queue\": \"duel\", \"latencies\": [{\"region\": \"moon\"}]}", "INVALID_FIELD",
         "latencies[0].region"},
        {"{\"player_id\": \"a\", \"queue\": \"duel\", \"latencies\": [{\"region\": \"eu_west\"}, {\"region\": "
         "\"na_east\", \"latency_ms\": 10001}]}",
         "INVALID_FIELD", "latencies[1].latency_ms"},
        {"{\"player_id\": \"a\", \"queue\": \"duel\", \"latencies\": [{\"region\": \"eu_west\", \"latency_ms\": -1}]}",
         "INVALID_FIELD", "latencies[0].latency_ms"},
        {"{\"player_id\": \"a\", \"queue\": \"duel\", \"latencies\": [{\"region\": \"eu_west\"}, {\"region\": "
         "\"eu_west\"}]}",
         "INVALID_FIELD", "latencies[1].region"},
    };
    for (size_t i = 0; i < sizeof cases / sizeof cases[0]; i++) {
        matchmaker_call_fails(&host, "POST", "/v1/tickets", cases[i].body, good(), 400, cases[i].reason,
                              cases[i].field);
    }
}

static void test_body_that_is_too_long_gets_413(void **state)
{
    (void)state;
    size_t size = 70000;
    char *body = malloc(size + 1);
    assert_non_null(body);
    memset(body, ' ', size);
    body[size] = '\0';
    matchmaker_call_fails(&host, "POST", "/v1/tickets", body, good(), 413, "BODY_TOO_LARGE", NULL);
    free(body);
}

static void test_unknown_things_get_404(void **state)
{
    (void)state;
    matchmaker_call_fails(&host, "GET", "/v1/tickets/0123456789abcdef0123456789abcdef", NULL, good(), 404,
                          "TICKET_NOT_FOUND", NULL);
    matchmaker_call_fails(&host, "DELETE", "/v1/tickets/nothing", NULL, good(), 404, "TICKET_NOT_FOUND", NULL);
    matchmaker_call_fails(&host, "GET", "/v1/matches/0123456789abcdef0123456789abcdef", NULL, good(), 404,
                          "MATCH_NOT_FOUND", NULL);
    matchmaker_call_fails(&host, "GET", "/v1/matches/'%20OR%201=1", NULL, good(), 404, "MATCH_NOT_FOUND", NULL);
    matchmaker_call_fails(&host, "GET", "/v1/players/nobody/rating", NULL, good(), 404, "PLAYER_NOT_FOUND", NULL);
    matchmaker_call_fails(&host, "GET", "/v1/queues/chess/stats", NULL, good(), 404, "QUEUE_NOT_FOUND", NULL);
}

static void test_second_ticket_of_a_player_gets_409(void **state)
{
    (void)state;
    char path[128];
    (void)snprintf(path, sizeof path, "/v1/tickets/%s", matchmaker_host_enter(&host, "twice", "duel"));
    matchmaker_call_fails(&host, "POST", "/v1/tickets", "{\"player_id\": \"twice\", \"queue\": \"ffa\"}", good(), 409,
                          "TICKET_EXISTS", NULL);
    json_decref(matchmaker_call(&host, "DELETE", path, NULL, 200));
    (void)snprintf(path, sizeof path, "/v1/tickets/%s", matchmaker_host_enter(&host, "twice", "ffa"));
    json_decref(matchmaker_call(&host, "DELETE", path, NULL, 200));
}

static void test_full_queue_gets_429_with_retry_after(void **state)
{
    (void)state;
    char ids[12][40], player[16], url[128];
    for (int i = 0; i < 12; i++) {
        (void)snprintf(player, sizeof player, "many-%d", i);
        (void)snprintf(ids[i], sizeof ids[i], "%s", matchmaker_host_enter(&host, player, "teams_5v5"));
    }
    const char *const headers[] = {good(), NULL};
    struct http_response response;
    (void)snprintf(url, sizeof url, "http://127.0.0.1:%u/v1/tickets", host.port);
    http_post_json(&response, url, headers, "{\"player_id\": \"one-more\", \"queue\": \"duel\"}");
    assert_int_equal(response.status, 429);
    assert_non_null(http_response_header(&response, "Retry-After"));
    http_response_free(&response);
    matchmaker_call_fails(&host, "POST", "/v1/tickets", "{\"player_id\": \"one-more\", \"queue\": \"duel\"}", good(),
                          429, "QUEUE_FULL", NULL);
    for (int i = 0; i < 12; i++) {
        char path[128];
        (void)snprintf(path, sizeof path, "/v1/tickets/%.32s", ids[i]);
        json_decref(matchmaker_call(&host, "DELETE", path, NULL, 200));
    }
}

static void test_waiting_ticket_says_that_there_is_no_engine(void **state)
{
    (void)state;
    char path[64];
    bool said = false;
    (void)snprintf(path, sizeof path, "/v1/tickets/%s", matchmaker_host_enter(&host, "waiting", "duel"));
    for (int tries = 0; tries < 500 && !said; tries++) {
        json_t *ticket = matchmaker_call(&host, "GET", path, NULL, 200);
        said = strcmp(text_of(ticket, "state"), "SEARCHING") == 0 &&
               strcmp(text_of(ticket, "status_reason"), "NO_CAPACITY") == 0 &&
               strlen(text_of(ticket, "status_message")) > 0;
        json_decref(ticket);
    }
    assert_true(said);
    json_t *stats = matchmaker_call(&host, "GET", "/v1/queues/duel/stats", NULL, 200);
    assert_int_equal(json_integer_value(json_object_get(json_object_get(stats, "tickets"), "SEARCHING")), 1);
    json_decref(stats);
    json_decref(matchmaker_call(&host, "DELETE", path, NULL, 200));
}

static void test_description_is_served_to_everybody_and_names_every_route(void **state)
{
    (void)state;
    static const char *const paths[] = {"/v1/tickets",
                                        "/v1/tickets/{id}",
                                        "/v1/matches/{id}",
                                        "/v1/players/{id}/rating",
                                        "/v1/queues/{queue}/stats",
                                        "/v1/openapi.json"};
    struct http_response response;
    http_get_local(&response, host.port, "/v1/openapi.json");
    assert_int_equal(response.status, 200);
    json_t *description = http_response_json(&response);
    assert_string_equal(text_of(description, "openapi"), "3.1.0");
    const json_t *described = json_object_get(description, "paths");
    assert_int_equal(json_object_size(described), sizeof paths / sizeof paths[0]);
    for (size_t i = 0; i < sizeof paths / sizeof paths[0]; i++) {
        assert_non_null(json_object_get(described, paths[i]));
    }
    json_decref(description);
    http_response_free(&response);
}

static void test_unknown_path_and_method_have_the_error_shape(void **state)
{
    (void)state;
    struct http_response response;
    http_get_local(&response, host.port, "/v1/nothing");
    assert_int_equal(response.status, 404);
    json_decref(http_response_json(&response));
    http_response_free(&response);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_ticket_is_created_read_and_cancelled),
        cmocka_unit_test(test_answer_names_the_ticket_in_location),
        cmocka_unit_test(test_request_without_good_token_gets_401),
        cmocka_unit_test(test_bad_body_gets_400_that_names_the_field),
        cmocka_unit_test(test_body_that_is_too_long_gets_413),
        cmocka_unit_test(test_unknown_things_get_404),
        cmocka_unit_test(test_second_ticket_of_a_player_gets_409),
        cmocka_unit_test(test_full_queue_gets_429_with_retry_after),
        cmocka_unit_test(test_waiting_ticket_says_that_there_is_no_engine),
        cmocka_unit_test(test_description_is_served_to_everybody_and_names_every_route),
        cmocka_unit_test(test_unknown_path_and_method_have_the_error_shape),
    };
    return cmocka_run_group_tests(tests, set_up, support_kill_all);
}
