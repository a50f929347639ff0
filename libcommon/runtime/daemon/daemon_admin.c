/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/daemon/daemon_internal.h"
#include "libcommon/runtime/encoding/text_writer.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/metrics.h"

#include <dirent.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#define READY_BYTES_MAX 16384

static struct metric build_info =
    METRIC_GAUGE_INIT("mma_build_info", "Always 1; which program this is.", "service", "version");
static struct metric dependency_up = METRIC_GAUGE_INIT(
    "mma_dependency_up", "Whether a dependency that /readyz lists is there: 1 or 0.", "dependency", NULL);
static struct metric cpu_seconds =
    METRIC_COUNTER_INIT("mma_process_cpu_seconds_total", "CPU time this process has used.", NULL);
static struct metric resident_bytes =
    METRIC_GAUGE_INIT("mma_process_resident_memory_bytes", "Memory of this process that is in RAM.", NULL);
static struct metric open_fds = METRIC_GAUGE_INIT("mma_process_open_fds", "Open file descriptors.", NULL);
static struct metric loop_lag =
    METRIC_HISTOGRAM_INIT("mma_loop_lag_seconds", "How late the event loop served a timer; sampled each second.",
                          metric_bounds_latency_s, NULL);

/* ---- dependencies --------------------------------------------------------------------------------- */

static struct daemon_dependency *find_dependency(struct daemon *daemon, const char *name)
{
    for (size_t i = 0; i < daemon->dependency_count; i++) {
        if (strcmp(daemon->dependencies[i].name, name) == 0) {
            return &daemon->dependencies[i];
        }
    }
    REQUIRE(daemon->dependency_count < DAEMON_DEPENDENCIES_MAX);
    struct daemon_dependency *dependency = &daemon->dependencies[daemon->dependency_count++];
    *dependency = (struct daemon_dependency){.name = name};
    return dependency;
}

static bool is_ready(const struct daemon *daemon)
{
    if (daemon->state != DAEMON_SERVING) {
        return false;
    }
    for (size_t i = 0; i < daemon->dependency_count; i++) {
        if (daemon->dependencies[i].required && !daemon->dependencies[i].up) {
            return false;
        }
    }
    return true;
}

void daemon_note_ready(struct daemon *daemon)
{
    bool ready = is_ready(daemon);
    if (ready && !daemon->was_ready) {
        log_info("daemon.ready", LOG_U64("after_ms", clock_monotonic_ms() - daemon->started_ms));
    }
    daemon->was_ready = ready;
}

void daemon_dependency(struct daemon *daemon, const char *name, bool required, bool up, const char *detail)
{
    REQUIRE(name != NULL && name[0] != '\0');
    size_t known = daemon->dependency_count;
    struct daemon_dependency *dependency = find_dependency(daemon, name);
    bool changed = daemon->dependency_count != known || dependency->up != up;
    dependency->required = required;
    dependency->up = up;
    snprintf(dependency->detail, sizeof dependency->detail, "%s", detail != NULL ? detail : "");
    metric_set(&dependency_up, up, name, NULL);
    if (changed) {
        log_at(up ? LOG_LEVEL_INFO : LOG_LEVEL_WARNING, "dependency.changed", LOG_TEXT("dependency", name),
               LOG_BOOL("up", up), LOG_BOOL("required", required), LOG_TEXT("detail", detail));
    }
    daemon_note_ready(daemon);
}

/* ---- end points ----------------------------------------------------------------------------------- */

static const char *status_word(const struct daemon *daemon)
{
    switch (daemon->state) {
    case DAEMON_STARTING:
        return "starting";
    case DAEMON_SERVING:
        return is_ready(daemon) ? "ready" : "unavailable";
    case DAEMON_DRAINING:
        return "draining";
    case DAEMON_STOPPED:
        break;
    }
    return "stopped";
}

static void put_dependency(struct text_writer *text, const struct daemon_dependency *dependency)
{
    text_writer_put(text, "{\"name\":");
    text_writer_json(text, dependency->name);
    text_writer_format(text, ",\"required\":%s,\"up\":%s", dependency->required ? "true" : "false",
                       dependency->up ? "true" : "false");
    if (dependency->detail[0]) {
        text_writer_put(text, ",\"detail\":");
        text_writer_json(text, dependency->detail);
    }
    text_writer_put(text, "}");
}

static void on_get_ready(void *owner, struct http_exchange *exchange)
{
    const struct daemon *daemon = owner;
    char body[READY_BYTES_MAX];
    struct text_writer text;
    text_writer_init(&text, body, sizeof body);
    text_writer_format(&text, "{\"status\":\"%s\",\"dependencies\":[", status_word(daemon));
    for (size_t i = 0; i < daemon->dependency_count; i++) {
        text_writer_put(&text, i > 0 ? "," : "");
        put_dependency(&text, &daemon->dependencies[i]);
    }
    text_writer_put(&text, "]}\n");
    REQUIRE(!text.full);
    http_respond(exchange, is_ready(daemon) ? 200 : 503, "application/json", body, text.length);
}

static void on_get_health(void *owner, struct http_exchange *exchange)
{
    const struct daemon *daemon = owner;
    char body[512];
    struct text_writer text;
    text_writer_init(&text, body, sizeof body);
    text_writer_format(&text, "{\"status\":\"%s\",\"service\":\"%s\",\"version\":\"%s\",\"worker\":%u,\"pid\":%d",
                       status_word(daemon), daemon->spec->name, MMA_VERSION, daemon->worker, (int)getpid());
    text_writer_format(&text, ",\"uptime_seconds\":%" PRIu64 "}\n", (clock_monotonic_ms() - daemon->started_ms) / 1000);
    REQUIRE(!text.full);
    http_respond(exchange, 200, "application/json", body, text.length);
}

static void on_get_live(void *owner, struct http_exchange *exchange)
{
    (void)owner;
    http_respond(exchange, 200, "text/plain", "ok\n", 3);
}

/* The second number of statm: pages in RAM (proc(5)). */
static double resident_memory_bytes(void)
{
    char line[128] = {0};
    FILE *statm = fopen("/proc/self/statm", "re");
    if (statm == NULL) {
        return 0;
    }
    const char *second = fgets(line, sizeof line, statm) != NULL ? strchr(line, ' ') : NULL;
    fclose(statm);
    return second != NULL ? (double)strtoull(second, NULL, 10) * (double)sysconf(_SC_PAGESIZE) : 0;
}

static double count_open_fds(void)
{
    DIR *folder = opendir("/proc/self/fd");
    double count = -3; /* ".", ".." and the folder itself */
    if (folder == NULL) {
        return 0;
    }
    while (readdir(folder) != NULL) {
        count++;
    }
    closedir(folder);
    return count;
}

static void on_get_metrics(void *owner, struct http_exchange *exchange)
{
    (void)owner;
    metric_set(&cpu_seconds, (double)clock_process_cpu_us() / 1e6, NULL, NULL);
    metric_set(&resident_bytes, resident_memory_bytes(), NULL, NULL);
    metric_set(&open_fds, count_open_fds(), NULL, NULL);
    size_t size = metrics_render(NULL, 0);
    char *body = malloc(size);
    REQUIRE(body && metrics_render(body, size) == size);
    http_respond(exchange, 200, "text/plain; version=0.0.4; charset=utf-8", body, size);
    free(body);
}

void daemon_admin_observe_lag(double seconds)
{
    metric_observe(&loop_lag, seconds, NULL, NULL);
}

static void register_metrics(const struct daemon *daemon)
{
    metrics_register(&build_info);
    metrics_register(&dependency_up);
    metrics_register(&cpu_seconds);
    metrics_register(&resident_bytes);
    metrics_register(&open_fds);
    metrics_register(&loop_lag);
    metric_set(&build_info, 1, daemon->spec->name, MMA_VERSION);
}

enum status daemon_admin_open(struct daemon *daemon)
{
    static const struct http_route routes[] = {
        {"GET", "/healthz", on_get_health},
        {"GET", "/livez", on_get_live},
        {"GET", "/readyz", on_get_ready},
        {"GET", "/metrics", on_get_metrics},
    };
    uint32_t port = daemon->settings.admin_port ? daemon->settings.admin_port + daemon->worker : 0;
    struct http_server_options options = {
        .host = daemon->settings.bind_host,
        .port = (uint16_t)port,
        .routes = routes,
        .route_count = sizeof routes / sizeof routes[0],
        .owner = daemon,
    };
    register_metrics(daemon);
    enum status status =
        port <= UINT16_MAX ? http_server_open(&daemon->loop, &options, &daemon->admin) : STATUS_INVALID;
    if (status != STATUS_OK) {
        daemon_explain(daemon, "the admin port: BIND_HOST %s, port %" PRIu32 ": %s", options.host, port,
                       status == STATUS_EXISTS ? "is taken" : status_text(status));
    }
    return status;
}
