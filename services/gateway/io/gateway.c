/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/gateway.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/entropy.h"
#include "libcommon/runtime/web/tls.h"
#include "services/gateway/io/backend_events.h"
#include "services/gateway/io/client_listener.h"
#include "services/gateway/io/effect_queue.h"
#include "services/gateway/io/input_batches.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

_Static_assert(BACKEND_URL_MAX == MAILBOX_URL_MAX, "the router holds every mailbox URL");
_Static_assert(BACKEND_CANDIDATES_MAX == REGISTRY_ENTRIES_MAX, "the router holds every list of the registry");
_Static_assert(BACKEND_LISTS_AGE_LIMIT_MS == REGISTRY_LIFETIME_MS, "an entry that old has expired in the registry");
_Static_assert(PENDING_REQUESTS_MAX == MAILBOX_REQUESTS_MAX, "the router has a place for each request on its way");

#define LOAD_SMOOTHING_US UINT64_C(5000000)

const char *const gateway_roles[BACKEND_ROLES] = {
    [BACKEND_MATCHMAKER] = ROLE_MATCHMAKER, [BACKEND_ENGINE] = ROLE_ENGINE, [BACKEND_SPECTATOR] = ROLE_SPECTATOR};

/* ---- what others see of us --------------------------------------------------------------------- */

/* CPU time over wall time, smoothed over LOAD_SMOOTHING_US. */
static void measure_load(struct gateway *gateway)
{
    uint64_t at_us = clock_monotonic_us(), cpu_us = clock_process_cpu_us();
    uint64_t wall_us = at_us - gateway->load_at_us;
    if (gateway->load_at_us > 0 && wall_us > 0) {
        uint64_t now_permille = (cpu_us - gateway->load_cpu_us) * 1000 / wall_us;
        uint64_t weight_us = wall_us < LOAD_SMOOTHING_US ? wall_us : LOAD_SMOOTHING_US;
        uint64_t rest_us = LOAD_SMOOTHING_US - weight_us;
        gateway->load_permille =
            (uint32_t)((gateway->load_permille * rest_us + now_permille * weight_us) / LOAD_SMOOTHING_US);
    }
    gateway->load_at_us = at_us;
    gateway->load_cpu_us = cpu_us;
}

static void announce(struct gateway *gateway)
{
    struct registry_entry entry = {.draining = gateway->router->drain.is_draining,
                                   .players = gateway->router->sessions.count,
                                   .players_max = gateway->router->sessions.capacity,
                                   .load_permille = gateway->load_permille};
    (void)snprintf(entry.role, sizeof entry.role, "%s", ROLE_GATEWAY);
    (void)snprintf(entry.mailbox, sizeof entry.mailbox, "%s", mailbox_url(gateway->mailbox));
    (void)snprintf(entry.address, sizeof entry.address, "%s", gateway->public_url);
    (void)snprintf(entry.region, sizeof entry.region, "%s", daemon_settings(gateway->daemon)->region);
    registry_announce(gateway->registry, &entry);
}

static void show_backends(struct gateway *gateway)
{
    for (int role = 0; role < BACKEND_ROLES; role++) {
        size_t count;
        (void)registry_list(gateway->registry, gateway_roles[role], &count);
        daemon_dependency(gateway->daemon, gateway_roles[role], false, count > 0,
                          count > 0 ? NULL : "none in the registry");
    }
}

/* ---- what we see of others --------------------------------------------------------------------- */

static void list_backends(struct gateway *gateway, enum backend_role role)
{
    size_t count;
    const struct registry_entry *entries = registry_list(gateway->registry, gateway_roles[role], &count);
    struct backend_directory *directory = &gateway->router->directory;
    backend_directory_begin(directory, role);
    for (size_t i = 0; i < count; i++) {
        backend_directory_add(directory, role, entries[i].mailbox, entries[i].draining, entries[i].players);
    }
}

void gateway_list_backends(struct gateway *gateway)
{
    list_backends(gateway, BACKEND_MATCHMAKER);
    list_backends(gateway, BACKEND_SPECTATOR);
}

/* ---- periodic work ----------------------------------------------------------------------------- */

static void sweep(struct gateway *gateway)
{
    bool is_done;
    gateway_list_backends(gateway);
    list_backends(gateway, BACKEND_ENGINE);
    gateway->router->directory.age_ms = registry_age_ms(gateway->registry);
    do {
        is_done = gateway_router_sweep(gateway->router, websocket_server_connections(gateway->server),
                                       clock_monotonic_ms(), &gateway->effects);
        effect_queue_run_alone(gateway);
    } while (!is_done);
}

static void on_sweep_timer(uv_timer_t *timer)
{
    struct gateway *gateway = timer->data;
    sweep(gateway);
    measure_load(gateway);
    announce(gateway);
    show_backends(gateway);
    gateway_metrics_publish(&gateway->counts, gateway->router->players, gateway->router->watchers);
}

static void on_redis_state(void *owner, bool up, const char *detail)
{
    struct gateway *gateway = owner;
    daemon_dependency(gateway->daemon, "redis", true, up, detail);
}

/* ---- start ------------------------------------------------------------------------------------- */

static struct gateway_rules rules_of(const struct gateway_settings *settings)
{
    return (struct gateway_rules){
        .sessions_max = settings->sessions_max,
        .rates = {.input_rate_hz = settings->input_rate_hz,
                  .input_burst = settings->input_burst,
                  .message_rate_hz = settings->message_rate_hz,
                  .message_burst = settings->message_burst},
        .connects_per_minute = settings->connects_per_minute,
        .spectator_joins_per_minute = settings->spectator_joins_per_minute,
        .socket_skip_bytes = settings->socket_skip_bytes,
        .authenticate_timeout_ms = settings->authenticate_timeout_ms,
        .backend_lost_ms = settings->backend_lost_ms,
        .drain_grace_ms = settings->drain_grace_ms,
    };
}

static enum status open_router(struct gateway *gateway)
{
    struct gateway_rules rules = rules_of(gateway->settings);
    gateway->router = malloc(sizeof(*gateway->router));
    gateway->router_memory = malloc(gateway_router_bytes(rules.sessions_max));
    gateway->clients = calloc(rules.sessions_max, sizeof(struct client *));
    gateway->requests = calloc(PENDING_REQUESTS_MAX, sizeof(struct gateway_request));
    if (gateway->router == NULL || gateway->router_memory == NULL || gateway->clients == NULL ||
        gateway->requests == NULL) {
        return STATUS_NO_MEMORY;
    }
    gateway_router_init(gateway->router, &rules, entropy_u64(), gateway->router_memory);
    return client_codec_create(&gateway->codec);
}

static void open_web_assets(struct gateway *gateway)
{
    const char *path = gateway->settings->web_path;
    enum status status = path[0] == '\0' ? STATUS_OK : web_assets_load(path, &gateway->assets);
    if (status != STATUS_OK) { /* the gateway serves players also without its page */
        log_warning("pages.missing", LOG_TEXT("path", path), LOG_STATUS(status));
    }
}

static enum status open_backend(struct gateway *gateway)
{
    const struct daemon_settings *common = daemon_settings(gateway->daemon);
    struct redis_options redis = {
        .url = common->redis_url, .command_timeout_ms = 2000, .owner = gateway, .on_state = on_redis_state};
    struct mailbox_options mailbox = {.bind_host = common->bind_host,
                                      .public_host = common->mailbox_host,
                                      .cluster_key = common->cluster_key,
                                      .batch_delay_ms = 0, /* input_batches.c gathers the inputs */
                                      .owner = gateway,
                                      .on_envelope = backend_events_on_envelope};
    daemon_dependency(gateway->daemon, "redis", true, false, "not connected yet");
    enum status status = redis_open(gateway->loop, &redis, &gateway->redis);
    if (status == STATUS_OK) {
        status = registry_open(gateway->loop, gateway->redis, &gateway->registry);
    }
    if (status == STATUS_OK) {
        status = mailbox_open(gateway->loop, &mailbox, &gateway->mailbox);
    }
    if (status == STATUS_OK) {
        registry_watch(gateway->registry, ROLE_MATCHMAKER);
        registry_watch(gateway->registry, ROLE_ENGINE);
        registry_watch(gateway->registry, ROLE_SPECTATOR);
    }
    return status;
}

static void init_timers(struct gateway *gateway)
{
    uv_timer_t *const timers[] = {&gateway->sweep_timer, &gateway->batch_timer, &gateway->greet_timer};
    for (size_t i = 0; i < sizeof timers / sizeof timers[0]; i++) {
        (void)uv_timer_init(gateway->loop, timers[i]);
        timers[i]->data = gateway;
    }
    (void)uv_timer_start(&gateway->sweep_timer, on_sweep_timer, GATEWAY_SWEEP_MS, GATEWAY_SWEEP_MS);
}

static enum status open_all(struct gateway *gateway)
{
    const char *reason = NULL;
    enum status status = open_router(gateway);
    if (status == STATUS_OK) {
        status = tokens_open(gateway->settings, &gateway->tokens, &reason);
    }
    if (status == STATUS_OK) {
        status = open_backend(gateway);
    }
    if (status == STATUS_OK) {
        open_web_assets(gateway);
        status = client_listener_open(gateway, &reason);
    }
    if (status != STATUS_OK && reason != NULL) {
        daemon_explain(gateway->daemon, "%s", reason);
    }
    return status;
}

const char *gateway_check(const void *settings)
{
    static char complaint[160];
    const struct gateway_settings *own = settings;
    struct tokens tokens;
    struct tls_context *tls = NULL;
    const char *reason = NULL, *names = "JWT_HS256_SECRET, JWKS_PATH, GUEST_TOKENS";
    enum status status = tokens_open(own, &tokens, &reason);
    if (status == STATUS_OK) {
        names = "TLS_CERTIFICATE_PATH, TLS_KEY_PATH";
        tokens_close(&tokens);
        status = client_listener_open_tls(own, &tls, &reason);
        tls_context_destroy(tls);
    }
    (void)snprintf(complaint, sizeof complaint, "%s: %s", names, reason != NULL ? reason : "not usable");
    return status == STATUS_OK ? NULL : complaint;
}

enum status gateway_start(struct daemon *daemon, void **out_instance)
{
    struct gateway *gateway = calloc(1, sizeof *gateway);
    if (gateway == NULL) {
        return STATUS_NO_MEMORY;
    }
    gateway->daemon = daemon;
    gateway->loop = daemon_loop(daemon);
    gateway->settings = &gateway_settings;
    gateway_metrics_register();
    init_timers(gateway);
    *out_instance = gateway;
    enum status status = open_all(gateway);
    if (status != STATUS_OK) {
        return status; /* the process ends: the frame does not ask for stop and destroy then */
    }
    announce(gateway);
    log_info("gateway.started", LOG_U64("port", websocket_server_port(gateway->server)),
             LOG_TEXT("mailbox", mailbox_url(gateway->mailbox)), LOG_TEXT("url", gateway->public_url),
             LOG_BOOL("guest_tokens", gateway->settings->guest_tokens));
    return STATUS_OK;
}

/* ---- drain and stop ---------------------------------------------------------------------------- */

void gateway_drain(void *instance)
{
    struct gateway *gateway = instance;
    gateway_router_drain(gateway->router, clock_monotonic_ms());
    websocket_server_stop_listening(gateway->server);
    announce(gateway);
    sweep(gateway);
}

void gateway_stop(void *instance)
{
    struct gateway *gateway = instance;
    gateway_router_stop(gateway->router);
    websocket_server_close(gateway->server);
    registry_close(gateway->registry);
    redis_close(gateway->redis);
    if (gateway->mailbox != NULL) {
        mailbox_close(gateway->mailbox);
    }
    uv_close((uv_handle_t *)&gateway->sweep_timer, NULL);
    uv_close((uv_handle_t *)&gateway->batch_timer, NULL);
    uv_close((uv_handle_t *)&gateway->greet_timer, NULL);
}

void gateway_destroy(void *instance)
{
    struct gateway *gateway = instance;
    tls_context_destroy(gateway->tls);
    tokens_close(&gateway->tokens);
    web_assets_free(&gateway->assets);
    input_batches_free(gateway);
    client_codec_destroy(gateway->codec);
    free(gateway->requests);
    free(gateway->clients);
    free(gateway->router_memory);
    free(gateway->router);
    free(gateway);
}
