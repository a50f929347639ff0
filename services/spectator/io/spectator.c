/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/io/spectator.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/entropy.h"
#include "services/spectator/io/spectator_metrics.h"
#include "services/spectator/io/watch_host.h"

#include <stdio.h>
#include <stdlib.h>

#define PERIOD_MS    REGISTRY_PERIOD_MS
#define SMOOTHING_MS 5000u

struct spectator {
    struct daemon *daemon;
    const struct spectator_settings *settings;
    struct mailbox *mailbox;
    struct redis *redis;
    struct registry *registry;
    struct watch_host *host;
    struct registry_entry entry;
    uv_timer_t period_timer;
    uint64_t last_us;
    uint64_t last_cpu_us;
    double load; /* of one core, smoothed */
};

/* ---- what happens ------------------------------------------------------------------------------- */

static void on_envelope(void *owner, const struct mailbox_envelope *envelope)
{
    struct spectator *spectator = owner;
    if (spectator->host != NULL) {
        watch_host_receive(spectator->host, envelope);
    }
}

static void on_redis_state(void *owner, bool up, const char *detail)
{
    struct spectator *spectator = owner;
    daemon_dependency(spectator->daemon, "redis", true, up, detail);
}

static void on_drained(void *owner)
{
    struct spectator *spectator = owner;
    daemon_drained(spectator->daemon);
}

static void measure(struct spectator *spectator)
{
    uint64_t now_us = clock_monotonic_us();
    uint64_t cpu_us = clock_process_cpu_us();
    if (now_us > spectator->last_us) {
        double elapsed_us = (double)(now_us - spectator->last_us);
        double load = (double)(cpu_us - spectator->last_cpu_us) / elapsed_us;
        spectator->load += elapsed_us / (elapsed_us + SMOOTHING_MS * 1000.0) * (load - spectator->load);
    }
    spectator->last_us = now_us;
    spectator->last_cpu_us = cpu_us;
}

static void announce(struct spectator *spectator)
{
    spectator->entry.matches = watch_host_streams(spectator->host);
    spectator->entry.players = watch_host_viewers(spectator->host);
    spectator->entry.load_permille = (uint32_t)(spectator->load * 1000.0);
    registry_announce(spectator->registry, &spectator->entry);
}

static void on_period(uv_timer_t *timer)
{
    struct spectator *spectator = timer->data;
    measure(spectator);
    announce(spectator);
    watch_host_compare_gateways(spectator->host);
}

/* ---- start -------------------------------------------------------------------------------------- */

static enum status open_mailbox(struct spectator *spectator)
{
    const struct daemon_settings *common = daemon_settings(spectator->daemon);
    const struct mailbox_options options = {.bind_host = common->bind_host,
                                            .public_host = common->mailbox_host,
                                            .cluster_key = common->cluster_key,
                                            .owner = spectator,
                                            .on_envelope = on_envelope};
    return mailbox_open(daemon_loop(spectator->daemon), &options, &spectator->mailbox);
}

static enum status open_registry(struct spectator *spectator)
{
    uv_loop_t *loop = daemon_loop(spectator->daemon);
    const struct redis_options redis = {.url = daemon_settings(spectator->daemon)->redis_url,
                                        .command_timeout_ms = spectator->settings->redis_timeout_ms,
                                        .owner = spectator,
                                        .on_state = on_redis_state};
    on_redis_state(spectator, false, "connecting");
    enum status status = redis_open(loop, &redis, &spectator->redis);
    if (status == STATUS_OK) {
        status = registry_open(loop, spectator->redis, &spectator->registry);
    }
    if (status == STATUS_OK) {
        registry_watch(spectator->registry, "game-engine");
        registry_watch(spectator->registry, "gateway");
    }
    return status;
}

static enum status open_host(struct spectator *spectator)
{
    const struct watch_host_options options = {.loop = daemon_loop(spectator->daemon),
                                               .settings = spectator->settings,
                                               .mailbox = spectator->mailbox,
                                               .registry = spectator->registry,
                                               .owner = spectator,
                                               .on_drained = on_drained};
    return watch_host_open(&options, &spectator->host);
}

static void start_presence(struct spectator *spectator)
{
    const struct spectator_settings *settings = spectator->settings;
    spectator->entry = (struct registry_entry){.role = "spectator",
                                               .incarnation = entropy_u64(),
                                               .matches_max = settings->streams_max,
                                               .players_max = settings->streams_max * settings->viewers_per_match_max};
    snprintf(spectator->entry.mailbox, sizeof spectator->entry.mailbox, "%s", mailbox_url(spectator->mailbox));
    snprintf(spectator->entry.region, sizeof spectator->entry.region, "%s", daemon_settings(spectator->daemon)->region);
    spectator->last_us = clock_monotonic_us();
    spectator->last_cpu_us = clock_process_cpu_us();
    uv_timer_start(&spectator->period_timer, on_period, 0, PERIOD_MS);
}

enum status spectator_start(struct daemon *daemon, const struct spectator_settings *settings, void **out_instance)
{
    struct spectator *spectator = calloc(1, sizeof *spectator);
    if (spectator == NULL) {
        return STATUS_NO_MEMORY;
    }
    spectator->daemon = daemon;
    spectator->settings = settings;
    uv_timer_init(daemon_loop(daemon), &spectator->period_timer);
    spectator->period_timer.data = spectator;
    *out_instance = spectator;
    spectator_metrics_register();
    enum status status = open_mailbox(spectator);
    if (status == STATUS_OK) {
        status = open_registry(spectator);
    }
    if (status == STATUS_OK) {
        status = open_host(spectator);
    }
    if (status == STATUS_OK) {
        start_presence(spectator);
        log_info("spectator.started", LOG_TEXT("mailbox", mailbox_url(spectator->mailbox)));
    }
    return status;
}

/* ---- drain and stop ----------------------------------------------------------------------------- */

void spectator_drain(void *instance)
{
    struct spectator *spectator = instance;
    spectator->entry.draining = true;
    announce(spectator);
    watch_host_drain(spectator->host, daemon_settings(spectator->daemon)->drain_timeout_ms);
}

void spectator_stop(void *instance)
{
    struct spectator *spectator = instance;
    watch_host_close(spectator->host);
    registry_close(spectator->registry);
    redis_close(spectator->redis);
    if (spectator->mailbox != NULL) {
        mailbox_close(spectator->mailbox);
    }
    uv_close((uv_handle_t *)&spectator->period_timer, NULL);
}

void spectator_destroy(void *instance)
{
    struct spectator *spectator = instance;
    watch_host_destroy(spectator->host);
    free(spectator);
}
