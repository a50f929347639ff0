/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/io/engine.h"

#include "services/game-engine/io/engine_metrics.h"
#include "services/game-engine/io/map_files.h"
#include "services/game-engine/io/match_host.h"
#include "services/game-engine/io/presence.h"
#include "services/game-engine/io/publisher.h"
#include "services/game-engine/io/tick_clock.h"
#include "services/game-engine/io/visibility_cache.h"

#include <errno.h>
#include <sched.h>
#include <stdlib.h>
#include <string.h>

struct engine {
    struct daemon *daemon;
    const struct engine_settings *settings;
    struct mailbox *mailbox;
    struct redis *redis;
    struct publisher *publisher;
    struct recovery *recovery;
    struct map_files *maps;
    struct visibility_cache *visibility;
    struct match_host *host;
    struct tick_clock *clock;
    struct presence *presence;
};

/* ---- what happens ------------------------------------------------------------------------------- */

static void on_envelope(void *owner, const struct mailbox_envelope *envelope)
{
    struct engine *engine = owner;
    if (engine->host != NULL) {
        match_host_receive(engine->host, envelope);
    }
}

static void on_due(void *owner, const struct tick_due *due)
{
    struct engine *engine = owner;
    match_host_tick(engine->host, due);
}

static void on_busy(void *owner)
{
    struct engine *engine = owner;
    tick_clock_start(engine->clock);
}

static void on_idle(void *owner)
{
    struct engine *engine = owner;
    tick_clock_stop(engine->clock);
}

static void on_drained(void *owner)
{
    struct engine *engine = owner;
    daemon_drained(engine->daemon);
}

static void on_redis_state(void *owner, bool up, const char *detail)
{
    struct engine *engine = owner;
    daemon_dependency(engine->daemon, "redis", true, up, detail);
}

static void on_amqp_state(void *owner, bool up, const char *detail)
{
    struct engine *engine = owner;
    daemon_dependency(engine->daemon, "rabbitmq", false, up, detail);
}

/* ---- start -------------------------------------------------------------------------------------- */

static void pin_to_cpu(unsigned worker)
{
    cpu_set_t allowed, own;
    if (sched_getaffinity(0, sizeof allowed, &allowed) != 0) {
        return;
    }
    unsigned index = worker % (unsigned)CPU_COUNT(&allowed);
    CPU_ZERO(&own);
    for (size_t cpu = 0; cpu < CPU_SETSIZE; cpu++) {
        if (CPU_ISSET(cpu, &allowed) && index-- == 0) {
            CPU_SET(cpu, &own);
            break;
        }
    }
    if (sched_setaffinity(0, sizeof own, &own) != 0) {
        log_warning("scheduling.refused", LOG_TEXT("setting", "CPU_PIN"), LOG_TEXT("cause", strerror(errno)));
    }
}

/* Both are optional: an engine that may not have them runs without. */
static void set_scheduling(const struct engine *engine)
{
    if (engine->settings->cpu_pin) {
        pin_to_cpu(daemon_worker(engine->daemon));
    }
    const struct sched_param parameter = {.sched_priority = (int)engine->settings->tick_realtime_priority};
    if (parameter.sched_priority > 0 && sched_setscheduler(0, SCHED_FIFO, &parameter) != 0) {
        log_warning("scheduling.refused", LOG_TEXT("setting", "TICK_REALTIME_PRIORITY"),
                    LOG_TEXT("cause", strerror(errno)));
    }
}

const char *engine_check(const void *settings)
{
    static char complaint[sizeof("MAP_DIR: ") + MAP_FILES_COMPLAINT_MAX];
    const struct engine_settings *own = settings;
    struct map_files *maps = NULL;
    char what[MAP_FILES_COMPLAINT_MAX] = "";
    enum status status = map_files_create(own->map_dir, &maps, what);
    map_files_destroy(maps);
    snprintf(complaint, sizeof complaint, "MAP_DIR: %s", what);
    return status == STATUS_OK ? NULL : complaint;
}

static enum status open_maps(struct engine *engine)
{
    char complaint[MAP_FILES_COMPLAINT_MAX] = "";
    enum status status = map_files_create(engine->settings->map_dir, &engine->maps, complaint);
    if (status != STATUS_OK) {
        daemon_explain(engine->daemon, "MAP_DIR: %s", complaint);
    }
    return status;
}

static enum status open_mailbox(struct engine *engine)
{
    const struct daemon_settings *common = daemon_settings(engine->daemon);
    const struct mailbox_options options = {.bind_host = common->bind_host,
                                            .public_host = common->mailbox_host,
                                            .cluster_key = common->cluster_key,
                                            .owner = engine,
                                            .on_envelope = on_envelope};
    return mailbox_open(daemon_loop(engine->daemon), &options, &engine->mailbox);
}

static enum status open_brokers(struct engine *engine)
{
    const struct daemon_settings *common = daemon_settings(engine->daemon);
    const struct redis_options redis = {.url = common->redis_url,
                                        .command_timeout_ms = engine->settings->redis_timeout_ms,
                                        .owner = engine,
                                        .on_state = on_redis_state};
    const struct publisher_options publisher = {.url = common->amqp_url,
                                                .spool_dir = engine->settings->spool_dir,
                                                .worker = daemon_worker(engine->daemon),
                                                .spool_bytes_max = engine->settings->spool_bytes_max,
                                                .owner = engine,
                                                .on_state = on_amqp_state};
    on_redis_state(engine, false, "connecting");
    on_amqp_state(engine, false, "connecting");
    enum status status = redis_open(daemon_loop(engine->daemon), &redis, &engine->redis);
    if (status == STATUS_OK) {
        status = publisher_open(daemon_loop(engine->daemon), &publisher, &engine->publisher);
    }
    return status;
}

static enum status open_recovery(struct engine *engine)
{
    const struct engine_settings *settings = engine->settings;
    const struct recovery_options options = {.redis = engine->redis,
                                             .mailbox = mailbox_url(engine->mailbox),
                                             .matches_max = settings->matches_max,
                                             .flush_ticks = settings->recovery_flush_ticks,
                                             .lease_ms = settings->recovery_lease_ms,
                                             .keep_ms = settings->recovery_keep_ms};
    return settings->recovery_log ? recovery_create(&options, &engine->recovery) : STATUS_OK;
}

static enum status open_host(struct engine *engine)
{
    const struct match_host_options options = {.settings = engine->settings,
                                               .mailbox = engine->mailbox,
                                               .publisher = engine->publisher,
                                               .recovery = engine->recovery,
                                               .maps = engine->maps,
                                               .visibility = engine->visibility,
                                               .owner = engine,
                                               .on_busy = on_busy,
                                               .on_idle = on_idle,
                                               .on_drained = on_drained};
    enum status status = match_host_create(&options, &engine->host);
    if (status == STATUS_OK) {
        status = tick_clock_open(daemon_loop(engine->daemon), on_due, engine, &engine->clock);
    }
    return status;
}

static enum status open_presence(struct engine *engine)
{
    const struct engine_settings *settings = engine->settings;
    const struct presence_options options = {.redis = engine->redis,
                                             .host = engine->host,
                                             .mailbox = mailbox_url(engine->mailbox),
                                             .region = daemon_settings(engine->daemon)->region,
                                             .matches_max = settings->matches_max,
                                             .players_max = settings->matches_max * settings->players_per_match_max};
    return presence_open(daemon_loop(engine->daemon), &options, &engine->presence);
}

enum status engine_start(struct daemon *daemon, const struct engine_settings *settings, void **out_instance)
{
    struct engine *engine = calloc(1, sizeof *engine);
    if (engine == NULL) {
        return STATUS_NO_MEMORY;
    }
    engine->daemon = daemon;
    engine->settings = settings;
    *out_instance = engine;
    engine_metrics_register();
    set_scheduling(engine);
    enum status status = open_maps(engine);
    if (status == STATUS_OK) {
        status = open_mailbox(engine);
    }
    if (status == STATUS_OK) {
        status = open_brokers(engine);
    }
    if (status == STATUS_OK) {
        status = open_recovery(engine);
    }
    if (status == STATUS_OK) {
        status = visibility_cache_create(daemon_loop(daemon), &engine->visibility);
    }
    if (status == STATUS_OK) {
        status = open_host(engine);
    }
    if (status == STATUS_OK) {
        status = open_presence(engine);
    }
    if (status == STATUS_OK) {
        log_info("engine.started", LOG_TEXT("mailbox", mailbox_url(engine->mailbox)),
                 LOG_U64("map_files", map_files_count(engine->maps)));
    }
    return status;
}

/* ---- drain and stop ----------------------------------------------------------------------------- */

void engine_drain(void *instance)
{
    struct engine *engine = instance;
    presence_drain(engine->presence);
    match_host_drain(engine->host, daemon_settings(engine->daemon)->drain_timeout_ms);
}

void engine_stop(void *instance)
{
    struct engine *engine = instance;
    if (engine->host != NULL && engine->clock != NULL) {
        match_host_stop(engine->host); /* a stop without a drain's patience: what there is, is published */
    }
    presence_close(engine->presence);
    tick_clock_close(engine->clock);
    match_host_destroy(engine->host); /* before what its matches look at */
    engine->host = NULL;
    visibility_cache_close(engine->visibility);
    publisher_close(engine->publisher);
    redis_close(engine->redis);
    if (engine->mailbox != NULL) {
        mailbox_close(engine->mailbox);
    }
}

void engine_destroy(void *instance)
{
    struct engine *engine = instance;
    recovery_destroy(engine->recovery);
    map_files_destroy(engine->maps);
    free(engine);
}
