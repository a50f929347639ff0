/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/tiny_daemon.h"

#include "libcommon/runtime/daemon/daemon.h"
#include "libcommon/runtime/web/http_server.h"

#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define LATER_MS    20
#define WAITING_MAX 8

struct settings {
    uint32_t port, drain_ms;
    bool fail_start, mute;
    const char *file, *etag;
};

#define FIELD(member) CONFIG_FIELD(struct settings, member)
static const struct config_row rows[] = {
    {"TINY_PORT", CONFIG_U32, FIELD(port), "0", 0, 65535, "TCP port of the routes", NULL},
    {"TINY_DRAIN_MS", CONFIG_U32, FIELD(drain_ms), "0", 0, 60000, "how long a drain takes", NULL},
    {"TINY_FAIL_START", CONFIG_BOOL, FIELD(fail_start), "false", 0, 0, "start answers an error", NULL},
    {"TINY_MUTE", CONFIG_BOOL, FIELD(mute), "false", 0, 0, "a drain never ends", NULL},
    {"TINY_FILE", CONFIG_TEXT, FIELD(file), "", 0, 4096, "what /v1/file answers with", NULL},
    {"TINY_ETAG", CONFIG_TEXT, FIELD(etag), "abc", 1, 64, "its tag", NULL},
};
static struct settings own;

struct tiny {
    struct daemon *daemon;
    struct http_server *server;
    uv_timer_t later, drain;
    size_t later_count, waiting_count;
    struct http_exchange *laters[WAITING_MAX];  /* answered when the timer is due */
    struct http_exchange *waiting[WAITING_MAX]; /* answered when everything is over */
};

static void on_echo(void *owner, struct http_exchange *exchange)
{
    (void)owner;
    size_t size;
    const uint8_t *body = http_body(exchange, &size);
    http_set_header(exchange, "X-Query", http_query(exchange, "q") ? http_query(exchange, "q") : "absent");
    http_respond(exchange, 200, "application/octet-stream", body, size);
}

static void answer_with_trace(struct http_exchange *exchange)
{
    struct trace_id trace = http_trace(exchange);
    char text[512];
    int length = snprintf(text, sizeof text, "%s ", http_parameter(exchange, "id"));
    for (size_t i = 0; i < sizeof trace.bytes; i++) {
        length += snprintf(text + length, 3, "%02x", trace.bytes[i]);
    }
    http_respond(exchange, 200, "text/plain", text, (size_t)length);
}

static void on_accept(void *owner, struct http_exchange *exchange)
{
    (void)owner;
    answer_with_trace(exchange);
}

static void on_later_due(uv_timer_t *timer)
{
    struct tiny *tiny = timer->data;
    while (tiny->later_count > 0) {
        answer_with_trace(tiny->laters[--tiny->later_count]);
    }
}

static void on_later(void *owner, struct http_exchange *exchange)
{
    struct tiny *tiny = owner;
    if (tiny->later_count == WAITING_MAX) {
        http_respond_error(exchange, 429, "TOO_MANY", "id", "eight wait already");
        return;
    }
    tiny->laters[tiny->later_count++] = exchange;
    if (!uv_is_active((uv_handle_t *)&tiny->later)) {
        uv_timer_start(&tiny->later, on_later_due, LATER_MS, 0);
    }
}

static void on_never(void *owner, struct http_exchange *exchange)
{
    struct tiny *tiny = owner;
    REQUIRE(tiny->waiting_count < WAITING_MAX);
    tiny->waiting[tiny->waiting_count++] = exchange;
    log_info("tiny.waiting", LOG_U64("count", tiny->waiting_count));
}

/* Answers all that wait, within its own request: one exchange resumes others. */
static void on_wake(void *owner, struct http_exchange *exchange)
{
    struct tiny *tiny = owner;
    while (tiny->waiting_count > 0) {
        http_respond(tiny->waiting[--tiny->waiting_count], 200, "text/plain", "woken", 5);
    }
    http_respond(exchange, 204, NULL, "", 0);
}

static void on_file(void *owner, struct http_exchange *exchange)
{
    (void)owner;
    int descriptor = open(own.file, O_RDONLY | O_CLOEXEC);
    if (descriptor < 0) {
        http_respond_error(exchange, 404, "FILE_NOT_FOUND", NULL, "no such file");
        return;
    }
    http_respond_file(exchange, descriptor, "application/octet-stream", own.etag);
}

static void on_dependency(void *owner, struct http_exchange *exchange)
{
    struct tiny *tiny = owner;
    bool up = strcmp(http_parameter(exchange, "state"), "up") == 0;
    daemon_dependency(tiny->daemon, "thing", true, up, up ? NULL : "told to be \"away\"");
    http_respond(exchange, 204, NULL, "", 0);
}

static void on_crash(void *owner, struct http_exchange *exchange)
{
    (void)owner;
    (void)exchange;
    REQUIRE(strlen("a bug") == 0);
}

static const struct http_route routes[] = {
    {"POST", "/v1/echo", on_echo},
    {"GET", "/v1/later/{id}", on_later},
    {"GET", "/v1/tickets/{id}", on_accept},
    {"POST", "/v1/tickets/{id}:accept", on_accept},
    {"DELETE", "/v1/tickets/{id}", on_accept},
    {"GET", "/v1/never", on_never},
    {"DELETE", "/v1/never", on_wake},
    {"GET", "/v1/file", on_file},
    {"POST", "/v1/dependency/{state}", on_dependency},
    {"POST", "/v1/crash", on_crash},
};

static enum status start(struct daemon *daemon, void **out_instance)
{
    struct http_server_options options = {
        .host = daemon_settings(daemon)->bind_host,
        .port = (uint16_t)own.port,
        .reuse_port = daemon_settings(daemon)->workers > 1,
        .routes = routes,
        .route_count = sizeof routes / sizeof routes[0],
    };
    if (own.fail_start) {
        daemon_explain(daemon, "told to fail");
        return STATUS_REFUSED;
    }
    struct tiny *tiny = calloc(1, sizeof *tiny);
    REQUIRE(tiny);
    tiny->daemon = daemon;
    options.owner = tiny;
    enum status status = http_server_open(daemon_loop(daemon), &options, &tiny->server);
    if (status != STATUS_OK) {
        daemon_explain(daemon, "TINY_PORT %u: %s", own.port, status_text(status));
        free(tiny);
        return status;
    }
    uv_timer_init(daemon_loop(daemon), &tiny->later);
    uv_timer_init(daemon_loop(daemon), &tiny->drain);
    tiny->later.data = tiny->drain.data = tiny;
    daemon_dependency(daemon, "thing", true, own.file[0] != '\0', "not told yet");
    log_info("tiny.listening", LOG_U64("port", http_server_port(tiny->server)));
    *out_instance = tiny;
    return STATUS_OK;
}

static void on_drain_due(uv_timer_t *timer)
{
    struct tiny *tiny = timer->data;
    daemon_drained(tiny->daemon);
}

static void drain(void *instance)
{
    struct tiny *tiny = instance;
    if (!own.mute) {
        uv_timer_start(&tiny->drain, on_drain_due, own.drain_ms, 0);
    }
}

static void stop(void *instance)
{
    struct tiny *tiny = instance;
    http_server_close(tiny->server);
    uv_close((uv_handle_t *)&tiny->later, NULL);
    uv_close((uv_handle_t *)&tiny->drain, NULL);
}

static void destroy(void *instance)
{
    struct tiny *tiny = instance;
    while (tiny->waiting_count > 0) { /* the server is closed: these answers are dropped */
        http_respond(tiny->waiting[--tiny->waiting_count], 200, NULL, "", 0);
    }
    while (tiny->later_count > 0) {
        answer_with_trace(tiny->laters[--tiny->later_count]);
    }
    free(tiny);
}

bool tiny_daemon_is_wanted(void)
{
    return getenv("TINY_DAEMON") != NULL;
}

int tiny_daemon_main(int argc, char **argv)
{
    static const struct daemon_spec spec = {
        .name = "tiny",
        .summary = "shows all of the frame to its tests",
        .rows = rows,
        .row_count = sizeof rows / sizeof rows[0],
        .settings = &own,
        .start = start,
        .drain = drain,
        .stop = stop,
        .destroy = destroy,
    };
    return daemon_main(&spec, argc, argv);
}

void tiny_daemon_start(struct support_process *process, const char *const *settings, const char *const *arguments)
{
    const char *all[32] = {"TINY_DAEMON=1", "BIND_HOST=127.0.0.1"};
    size_t count = 2;
    char program[SUPPORT_PATH_MAX] = {0};
    REQUIRE(readlink("/proc/self/exe", program, sizeof program - 1) > 0);
    for (size_t i = 0; settings && settings[i]; i++) {
        REQUIRE(count < 31);
        all[count++] = settings[i];
    }
    support_start(process, program, all, arguments);
}
