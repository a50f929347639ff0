/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/gateway.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/entropy.h"
#include "libcommon/runtime/web/tls.h"
#include "services/gateway/io/client_connection.h"
#include "services/gateway/io/client_listener.h"
#include "services/gateway/io/downstream.h"
#include "services/gateway/io/upstream.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LOAD_SMOOTHING_US UINT64_C(5000000)

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
    struct registry_entry entry = {.draining = gateway->is_draining,
                                   .players = gateway->sessions.count,
                                   .players_max = gateway->sessions.capacity,
                                   .load_permille = gateway->load_permille};
    (void)snprintf(entry.role, sizeof entry.role, "%s", ROLE_GATEWAY);
    (void)snprintf(entry.mailbox, sizeof entry.mailbox, "%s", mailbox_url(gateway->mailbox));
    (void)snprintf(entry.address, sizeof entry.address, "%s", gateway->public_url);
    (void)snprintf(entry.region, sizeof entry.region, "%s", daemon_settings(gateway->daemon)->region);
    registry_announce(gateway->registry, &entry);
}

static void show_peers(struct gateway *gateway)
{
    static const char *const roles[] = {ROLE_MATCHMAKER, ROLE_ENGINE, ROLE_SPECTATOR};
    for (size_t i = 0; i < sizeof roles / sizeof roles[0]; i++) {
        size_t count;
        (void)registry_list(gateway->registry, roles[i], &count);
        daemon_dependency(gateway->daemon, roles[i], false, count > 0, count > 0 ? NULL : "none in the registry");
    }
}

/* ---- periodic work ----------------------------------------------------------------------------- */

/* While draining: sessions outside a match end at once, the others when their match does or the grace is over. */
static void drain_step(struct gateway *gateway, uint64_t now_ms)
{
    bool is_over = now_ms >= gateway->drain_until_ms;
    for (uint32_t slot = 0; slot < gateway->sessions.capacity; slot++) {
        struct client *client = gateway->clients[slot];
        if (client == NULL) {
            continue;
        }
        enum session_state state = client->session->state;
        if (is_over || (state != SESSION_JOINING && state != SESSION_JOINED)) {
            client_close(client, CLOSE_SHUTDOWN, "server shutdown");
        }
    }
    if (!gateway->has_drained && websocket_server_connections(gateway->server) == 0) {
        gateway->has_drained = true;
        daemon_drained(gateway->daemon);
    }
}

static void on_sweep_timer(uv_timer_t *timer)
{
    struct gateway *gateway = timer->data;
    uint64_t now_ms = clock_monotonic_ms();
    client_sweep(gateway, now_ms);
    upstream_sweep(gateway, now_ms);
    measure_load(gateway);
    announce(gateway);
    show_peers(gateway);
    gateway_metrics_publish(&gateway->counts, gateway->players, gateway->watchers);
    if (gateway->is_draining) {
        drain_step(gateway, now_ms);
    }
}

static void on_redis_state(void *owner, bool up, const char *detail)
{
    struct gateway *gateway = owner;
    daemon_dependency(gateway->daemon, "redis", true, up, detail);
}

/* ---- start ------------------------------------------------------------------------------------- */

static enum status open_tables(struct gateway *gateway)
{
    uint32_t capacity = gateway->settings->sessions_max;
    gateway->session_memory = malloc(session_table_bytes(capacity));
    gateway->stream_memory = malloc(stream_table_bytes(GATEWAY_STREAMS_MAX));
    gateway->clients = calloc(capacity, sizeof(struct client *));
    if (gateway->session_memory == NULL || gateway->stream_memory == NULL || gateway->clients == NULL) {
        return STATUS_NO_MEMORY;
    }
    session_table_init(&gateway->sessions, capacity, entropy_u64(), gateway->session_memory);
    stream_table_init(&gateway->streams, GATEWAY_STREAMS_MAX, &gateway->sessions, gateway->stream_memory);
    enum status status = backends_init(&gateway->backends);
    if (status == STATUS_OK) {
        status = client_codec_create(&gateway->codec);
    }
    if (status == STATUS_OK) {
        status = address_limits_create(gateway->settings->connects_per_minute, &gateway->connects);
    }
    if (status == STATUS_OK) {
        status = address_limits_create(gateway->settings->spectator_joins_per_minute, &gateway->spectator_joins);
    }
    return status;
}

static void open_pages(struct gateway *gateway)
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
                                      .batch_delay_ms = 0, /* upstream.c gathers the inputs */
                                      .owner = gateway,
                                      .on_envelope = downstream_on_envelope};
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
    enum status status = open_tables(gateway);
    if (status == STATUS_OK) {
        status = tokens_open(gateway->settings, &gateway->tokens, &reason);
    }
    if (status == STATUS_OK) {
        status = open_backend(gateway);
    }
    if (status == STATUS_OK) {
        open_pages(gateway);
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
    gateway->is_draining = true;
    gateway->drain_until_ms = clock_monotonic_ms() + gateway->settings->drain_grace_ms;
    websocket_server_stop_listening(gateway->server);
    announce(gateway);
    drain_step(gateway, clock_monotonic_ms());
}

void gateway_stop(void *instance)
{
    struct gateway *gateway = instance;
    gateway->is_stopping = true;
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
    backends_free(&gateway->backends);
    client_codec_destroy(gateway->codec);
    address_limits_destroy(gateway->connects);
    address_limits_destroy(gateway->spectator_joins);
    free(gateway->clients);
    free(gateway->session_memory);
    free(gateway->stream_memory);
    free(gateway);
}
