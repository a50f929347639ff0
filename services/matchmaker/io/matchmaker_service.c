/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/matchmaker_service.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/entropy.h"
#include "services/matchmaker/io/carry_out.h"
#include "services/matchmaker/io/http_api.h"
#include "services/matchmaker/io/mailbox_api.h"
#include "services/matchmaker/io/matchmaker_metrics.h"
#include "services/matchmaker/io/results.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

struct matchmaker_clock matchmaker_service_clock(void)
{
    return (struct matchmaker_clock){.now_ms = clock_monotonic_ms(), .unix_ms = clock_unix_ms()};
}

/* ---- what the registry says ---- */

struct matchmaker_engines matchmaker_service_engines(struct matchmaker_service *service)
{
    size_t count;
    const struct registry_entry *entries = registry_list(service->registry, "game-engine", &count);
    struct matchmaker_engines engines = {service->engines, 0};
    for (size_t i = 0; i < count && engines.count < PLACEMENT_ENGINES_MAX; i++) {
        struct placement_engine *engine = &service->engines[engines.count++];
        *engine = (struct placement_engine){.region = region_find(entries[i].region),
                                            .draining = entries[i].draining,
                                            .matches = entries[i].matches,
                                            .matches_max = entries[i].matches_max,
                                            .players = entries[i].players,
                                            .players_max = entries[i].players_max,
                                            .load_permille = entries[i].load_permille};
        snprintf(engine->mailbox, sizeof engine->mailbox, "%s", entries[i].mailbox);
    }
    return engines;
}

static void announce(struct matchmaker_service *service)
{
    struct registry_entry entry = {.role = "matchmaker", .draining = service->core->is_draining};
    const struct daemon_settings *common = daemon_settings(service->daemon);
    snprintf(entry.mailbox, sizeof entry.mailbox, "%s", mailbox_url(service->mailbox));
    snprintf(entry.region, sizeof entry.region, "%s", common->region);
    snprintf(entry.address, sizeof entry.address, "http://%s:%u", common->mailbox_host,
             http_server_port(service->http));
    registry_announce(service->registry, &entry);
}

/* ---- rounds ---- */

struct takeover_view matchmaker_service_view(const struct matchmaker_service *service)
{
    size_t count;
    const struct registry_entry *entries = registry_list(service->registry, "matchmaker", &count);
    return (struct takeover_view){.own_mailbox = mailbox_url(service->mailbox),
                                  .matchmakers = {.first = count > 0 ? entries[0].mailbox : NULL,
                                                  .stride = sizeof *entries,
                                                  .count = (uint32_t)count},
                                  .list_age_ms = registry_age_ms(service->registry),
                                  .is_redis_up = redis_is_up(service->redis),
                                  .redis_generation = redis_generation(service->redis)};
}

static void on_round(uv_timer_t *timer)
{
    struct matchmaker_service *service = timer->data;
    const struct matchmaker_engines engines = matchmaker_service_engines(service);
    const struct takeover_view view = matchmaker_service_view(service);
    const struct matchmaker_clock clock = matchmaker_service_clock();
    matchmaker_round(service->core, &engines, &view, &clock, &service->effects);
    carry_out(service);
    matchmaker_metrics_count_tickets(service->core);
}

/* ---- dependencies ---- */

static void on_redis_state(void *owner, bool up, const char *detail)
{
    struct matchmaker_service *service = owner;
    daemon_dependency(service->daemon, "redis", true, up, detail);
}

static void on_postgres_state(void *owner, bool up, const char *detail)
{
    struct matchmaker_service *service = owner;
    daemon_dependency(service->daemon, "postgresql", true, up, detail);
}

static void on_amqp_state(void *owner, bool up, const char *detail)
{
    struct matchmaker_service *service = owner;
    daemon_dependency(service->daemon, "rabbitmq", false, up, detail);
}

static void note_dependencies(struct matchmaker_service *service)
{
    daemon_dependency(service->daemon, "redis", true, false, NULL);
    daemon_dependency(service->daemon, "postgresql", true, false, NULL);
    daemon_dependency(service->daemon, "rabbitmq", false, false, NULL);
}

/* ---- start ---- */

static enum status make_keys(struct matchmaker_service *service)
{
    const char *reason = NULL;
    enum status status =
        jwt_keys_create(service->settings->jwt_secret, service->settings->jwks_path, &service->api_keys, &reason);
    return status == STATUS_OK ? jwt_keys_create(service->settings->join_token_secret, "", &service->join_keys, &reason)
                               : status;
}

const char *matchmaker_service_check(const void *settings)
{
    const struct matchmaker_settings *own = settings;
    if (!matchmaker_settings_queue_maps_are_valid(own)) {
        return "QUEUE_MAPS: must be pairs queue=map, with commas between them";
    }
    struct jwt_keys *keys = NULL;
    const char *reason = NULL;
    enum status status = jwt_keys_create(own->jwt_secret, own->jwks_path, &keys, &reason);
    jwt_keys_destroy(keys);
    if (status == STATUS_OK) {
        return NULL;
    }
    static char complaint[160];
    (void)snprintf(complaint, sizeof complaint, "JWT_HS256_SECRET, JWKS_PATH: %s",
                   reason != NULL ? reason : "not usable");
    return complaint;
}

static void fill_slots(struct matchmaker_service *service, struct service_slot *slots, uint32_t count)
{
    for (uint32_t slot = 0; slot < count; slot++) {
        slots[slot] = (struct service_slot){service, slot};
    }
}

static enum status make_core(struct matchmaker_service *service)
{
    struct matchmaker_rules rules;
    matchmaker_settings_rules(service->settings, &rules);
    service->core = calloc(1, sizeof(*service->core));
    if (service->core == NULL) {
        return STATUS_NO_MEMORY;
    }
    matchmaker_init(service->core, &rules, entropy_u64());
    fill_slots(service, service->intakes, TICKET_INTAKES_MAX);
    fill_slots(service, service->matches, FORMED_MATCHES_CAPACITY);
    fill_slots(service, service->results, RESULTS_MAX);
    return STATUS_OK;
}

static enum status open_databases(struct matchmaker_service *service)
{
    uv_loop_t *loop = daemon_loop(service->daemon);
    const struct daemon_settings *common = daemon_settings(service->daemon);
    const struct redis_options redis = {common->redis_url, REDIS_TIMEOUT_MS, service, on_redis_state};
    struct postgres_options postgres = {common->database_url, RATING_READ_TIMEOUT_MS, service, on_postgres_state};
    enum status status = redis_open(loop, &redis, &service->redis);
    if (status == STATUS_OK) {
        status = registry_open(loop, service->redis, &service->registry);
    }
    if (status == STATUS_OK) {
        status = postgres_open(loop, &postgres, &service->reads);
    }
    postgres.query_timeout_ms = RESULT_WRITE_TIMEOUT_MS;
    postgres.on_state = NULL; /* the same server: one row in /readyz is enough */
    return status == STATUS_OK ? postgres_open(loop, &postgres, &service->writes) : status;
}

static enum status open_broker(struct matchmaker_service *service)
{
    static const char *const queues[] = {AMQP_QUEUE_RESULTS};
    const struct amqp_options options = {.url = daemon_settings(service->daemon)->amqp_url,
                                         .prefetch = RESULT_PREFETCH,
                                         .queues = queues,
                                         .queue_count = 1,
                                         .owner = service,
                                         .on_state = on_amqp_state,
                                         .on_delivery = results_on_delivery};
    return amqp_open(daemon_loop(service->daemon), &options, &service->amqp);
}

static enum status open_listeners(struct matchmaker_service *service)
{
    uv_loop_t *loop = daemon_loop(service->daemon);
    const struct daemon_settings *common = daemon_settings(service->daemon);
    const struct mailbox_options mailbox = {.bind_host = common->bind_host,
                                            .public_host = common->mailbox_host,
                                            .cluster_key = common->cluster_key,
                                            .owner = service,
                                            .on_envelope = mailbox_api_on_envelope};
    enum status status = mailbox_open(loop, &mailbox, &service->mailbox);
    if (status != STATUS_OK) {
        daemon_explain(service->daemon, "the mailbox cannot be bound");
        return status;
    }
    uint32_t port = service->settings->port == 0 ? 0 : service->settings->port + daemon_worker(service->daemon);
    const struct http_server_options http = {.host = common->bind_host,
                                             .port = (uint16_t)port,
                                             .routes = http_api_routes,
                                             .route_count = http_api_route_count,
                                             .owner = service};
    status = http_server_open(loop, &http, &service->http);
    if (status != STATUS_OK) {
        daemon_explain(service->daemon, "port %u is taken", port);
    }
    return status;
}

static void begin(struct matchmaker_service *service)
{
    registry_watch(service->registry, "game-engine");
    registry_watch(service->registry, "gateway");
    registry_watch(service->registry, "matchmaker");
    announce(service);
    uv_timer_init(daemon_loop(service->daemon), &service->round_timer);
    service->round_timer.data = service;
    uv_timer_start(&service->round_timer, on_round, service->settings->match_round_ms,
                   service->settings->match_round_ms);
    log_info("api.listening", LOG_U64("port", http_server_port(service->http)),
             LOG_TEXT("mailbox", mailbox_url(service->mailbox)));
}

enum status matchmaker_service_start(struct daemon *daemon, const struct matchmaker_settings *settings,
                                     void **out_instance)
{
    struct matchmaker_service *service = calloc(1, sizeof *service);
    if (service == NULL) {
        return STATUS_NO_MEMORY;
    }
    service->daemon = daemon;
    service->settings = settings;
    matchmaker_metrics_register();
    note_dependencies(service);
    enum status (*const steps[])(struct matchmaker_service *) = {make_keys, make_core, open_databases, open_listeners,
                                                                 open_broker};
    for (size_t i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        enum status status = steps[i](service);
        if (status != STATUS_OK) {
            return status; /* the process ends: the kernel closes what is open */
        }
    }
    begin(service);
    *out_instance = service;
    return STATUS_OK;
}

/* ---- end ---- */

void matchmaker_service_drain(void *instance)
{
    struct matchmaker_service *service = instance;
    matchmaker_drain(service->core, &service->effects);
    announce(service);
    carry_out(service);
}

void matchmaker_service_stop(void *instance)
{
    struct matchmaker_service *service = instance;
    service->is_stopping = true;
    uv_close((uv_handle_t *)&service->round_timer, NULL);
    http_server_close(service->http);
    amqp_close(service->amqp);
    postgres_close(service->reads);
    postgres_close(service->writes);
    mailbox_close(service->mailbox);
    registry_close(service->registry);
    redis_close(service->redis);
}

void matchmaker_service_destroy(void *instance)
{
    struct matchmaker_service *service = instance;
    for (uint32_t slot = 0; slot < RESULTS_MAX; slot++) {
        results_release(service, slot);
    }
    jwt_keys_destroy(service->api_keys);
    jwt_keys_destroy(service->join_keys);
    free(service->core);
    free(service);
}
