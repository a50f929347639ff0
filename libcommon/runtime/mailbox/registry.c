/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/registry.h"

#include "libcommon/runtime/mailbox/mailbox_batch.h"
#include "libcommon/runtime/mailbox/registry_value.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/metrics.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCHES_MAX   8
#define INDEX_KEY_MAX 48                                    /* "mma:registry:<role>" */
#define KEY_MAX       (INDEX_KEY_MAX + 1 + MAILBOX_URL_MAX) /* "mma:registry:<role>:<mailbox>" */

/* One role's list, and the next one while it is being read. */
struct watch {
    struct registry *registry;
    char role[24];
    bool is_reading;
    uint64_t read_ms; /* 0: never */
    struct registry_entry *entries;
    size_t count, capacity;           /* capacity holds for members too */
    char (*members)[MAILBOX_URL_MAX]; /* asked for by the MGET in flight */
    size_t member_count;
};

struct registry {
    struct redis *redis;
    uv_timer_t timer;
    bool is_closed;
    unsigned references; /* timer and replies to come: freed with the last */
    uint32_t generation; /* of the Redis connection the lists are from */
    uint64_t hold_until_ms;
    bool is_announced;
    struct registry_entry own;
    size_t watch_count;
    struct watch watches[WATCHES_MAX];
};

static struct metric entries_gauge =
    METRIC_GAUGE_INIT("mma_registry_entries", "processes of each watched role in the registry", "role");
static struct metric bad_values = METRIC_COUNTER_INIT(
    "mma_registry_bad_values_total", "registry entries that were ignored because they do not parse", NULL);

static void register_metrics(void)
{
    static bool registered;
    if (!registered) {
        registered = true;
        metrics_register(&entries_gauge);
        metrics_register(&bad_values);
    }
}

static void release(struct registry *registry)
{
    if (--registry->references > 0) {
        return;
    }
    for (size_t i = 0; i < registry->watch_count; i++) {
        free(registry->watches[i].entries);
        free(registry->watches[i].members);
    }
    free(registry);
}

static void index_key(char out[INDEX_KEY_MAX], const char *role)
{
    snprintf(out, INDEX_KEY_MAX, "mma:registry:%.23s", role);
}

static void entry_key(char out[KEY_MAX], const char *role, const char *mailbox)
{
    snprintf(out, KEY_MAX, "mma:registry:%.23s:%.63s", role, mailbox);
}

/* ---- announcing ---- */

static void on_written(void *owner, enum status status, const redisReply *reply)
{
    (void)status; /* the next period writes again */
    (void)reply;
    release(owner);
}

static void sent(struct registry *registry, enum status status)
{
    if (status == STATUS_OK) {
        registry->references++;
    }
}

static void write_own(struct registry *registry)
{
    char index[INDEX_KEY_MAX], key[KEY_MAX], value[REGISTRY_VALUE_MAX];
    index_key(index, registry->own.role);
    entry_key(key, registry->own.role, registry->own.mailbox);
    size_t size = registry_value_write(&registry->own, value);
    sent(registry, redis_commandf(registry->redis, on_written, registry, "SET %s %b PX %d", key, value, size,
                                  REGISTRY_LIFETIME_MS));
    sent(registry, redis_commandf(registry->redis, on_written, registry, "SADD %s %s", index, registry->own.mailbox));
}

static void remove_own(struct registry *registry)
{
    char index[INDEX_KEY_MAX], key[KEY_MAX];
    index_key(index, registry->own.role);
    entry_key(key, registry->own.role, registry->own.mailbox);
    sent(registry, redis_commandf(registry->redis, on_written, registry, "DEL %s", key));
    sent(registry, redis_commandf(registry->redis, on_written, registry, "SREM %s %s", index, registry->own.mailbox));
}

void registry_announce(struct registry *registry, const struct registry_entry *entry)
{
    REQUIRE(entry->role[0] && mailbox_url_is_valid(entry->mailbox));
    registry->own = *entry;
    registry->is_announced = true;
    write_own(registry);
}

/* ---- reading ---- */

static void remove_member(struct watch *watch, const char *member, size_t size)
{
    char index[INDEX_KEY_MAX];
    index_key(index, watch->role);
    sent(watch->registry,
         redis_commandf(watch->registry->redis, on_written, watch->registry, "SREM %s %b", index, member, size));
}

static int by_mailbox(const void *a, const void *b)
{
    return strcmp(((const struct registry_entry *)a)->mailbox, ((const struct registry_entry *)b)->mailbox);
}

static void finish_reading(struct watch *watch)
{
    if (watch->count > 0) {
        qsort(watch->entries, watch->count, sizeof *watch->entries, by_mailbox);
    }
    watch->read_ms = clock_monotonic_ms();
    metric_set(&entries_gauge, (double)watch->count, watch->role, NULL);
}

static void take_value(struct watch *watch, const char *member, const redisReply *value)
{
    struct registry_entry *entry = &watch->entries[watch->count];
    if (value->type == REDIS_REPLY_NIL) { /* its lifetime has passed */
        remove_member(watch, member, strlen(member));
    } else if (value->type != REDIS_REPLY_STRING || registry_value_read(value->str, value->len, entry) != STATUS_OK ||
               strcmp(entry->role, watch->role) != 0 || strcmp(entry->mailbox, member) != 0) {
        metric_add(&bad_values, 1, NULL, NULL);
    } else {
        watch->count++;
    }
}

static void on_values(void *owner, enum status status, const redisReply *reply)
{
    struct watch *watch = owner;
    watch->is_reading = false;
    if (status == STATUS_OK && !watch->registry->is_closed && reply->type == REDIS_REPLY_ARRAY &&
        reply->elements == watch->member_count) {
        watch->count = 0;
        for (size_t i = 0; i < watch->member_count; i++) {
            take_value(watch, watch->members[i], reply->element[i]);
        }
        finish_reading(watch);
    }
    release(watch->registry);
}

/* Grows only: the list in use is in the same memory. */
static enum status reserve(struct watch *watch, size_t count)
{
    if (count <= watch->capacity) {
        return STATUS_OK;
    }
    struct registry_entry *entries = realloc(watch->entries, count * sizeof *entries);
    watch->entries = entries != NULL ? entries : watch->entries;
    void *members = realloc(watch->members, count * sizeof *watch->members);
    watch->members = members != NULL ? members : watch->members;
    if (entries == NULL || members == NULL) {
        return STATUS_NO_MEMORY;
    }
    watch->capacity = count;
    return STATUS_OK;
}

/* Notes the valid members, so that their keys can be asked for; forgets the others. */
static enum status take_members(struct watch *watch, const redisReply *reply)
{
    size_t most = reply->elements < REGISTRY_ENTRIES_MAX ? reply->elements : REGISTRY_ENTRIES_MAX;
    enum status status = reserve(watch, most + 1);
    if (status != STATUS_OK) {
        return status;
    }
    watch->member_count = 0;
    for (size_t i = 0; i < most; i++) {
        const redisReply *member = reply->element[i];
        if (member->type != REDIS_REPLY_STRING || member->len >= MAILBOX_URL_MAX ||
            !mailbox_url_is_valid(member->str)) {
            metric_add(&bad_values, 1, NULL, NULL);
            remove_member(watch, member->str, member->str != NULL ? member->len : 0);
            continue;
        }
        memcpy(watch->members[watch->member_count++], member->str, member->len + 1);
    }
    return STATUS_OK;
}

static enum status ask_values(struct watch *watch)
{
    size_t argc = watch->member_count + 1;
    char(*keys)[KEY_MAX] = calloc(argc, sizeof *keys);
    const char **argv = calloc(argc, sizeof *argv);
    enum status status = STATUS_NO_MEMORY;
    if (keys != NULL && argv != NULL) {
        argv[0] = "MGET";
        for (size_t i = 1; i < argc; i++) {
            entry_key(keys[i], watch->role, watch->members[i - 1]);
            argv[i] = keys[i];
        }
        status = redis_command(watch->registry->redis, on_values, watch, (int)argc, argv, NULL);
    }
    free(keys);
    free(argv);
    return status;
}

static void on_members(void *owner, enum status status, const redisReply *reply)
{
    struct watch *watch = owner;
    struct registry *registry = watch->registry;
    watch->is_reading = false;
    if (status == STATUS_OK && !registry->is_closed && reply->type == REDIS_REPLY_ARRAY &&
        take_members(watch, reply) == STATUS_OK) {
        if (watch->member_count == 0) {
            watch->count = 0;
            finish_reading(watch);
        } else if (ask_values(watch) == STATUS_OK) {
            registry->references++;
            watch->is_reading = true;
        }
    }
    release(registry);
}

static void read_list(struct watch *watch)
{
    char index[INDEX_KEY_MAX];
    if (watch->is_reading) {
        return;
    }
    index_key(index, watch->role);
    if (redis_commandf(watch->registry->redis, on_members, watch, "SMEMBERS %s", index) == STATUS_OK) {
        watch->registry->references++;
        watch->is_reading = true;
    }
}

void registry_watch(struct registry *registry, const char *role)
{
    REQUIRE(registry->watch_count < WATCHES_MAX && strlen(role) < sizeof registry->watches[0].role);
    struct watch *watch = &registry->watches[registry->watch_count++];
    *watch = (struct watch){.registry = registry};
    memcpy(watch->role, role, strlen(role) + 1);
    read_list(watch);
}

const struct registry_entry *registry_list(const struct registry *registry, const char *role, size_t *out_count)
{
    REQUIRE(role != NULL && out_count != NULL);
    for (size_t i = 0; i < registry->watch_count; i++) {
        if (strcmp(registry->watches[i].role, role) == 0) {
            *out_count = registry->watches[i].count;
            return registry->watches[i].entries;
        }
    }
    *out_count = 0;
    return NULL;
}

uint64_t registry_age_ms(const struct registry *registry)
{
    uint64_t now_ms = clock_monotonic_ms(), age_ms = 0;
    for (size_t i = 0; i < registry->watch_count; i++) {
        uint64_t read_ms = registry->watches[i].read_ms;
        uint64_t watch_age_ms = read_ms ? now_ms - read_ms : UINT64_MAX;
        age_ms = watch_age_ms > age_ms ? watch_age_ms : age_ms;
    }
    return registry->watch_count ? age_ms : UINT64_MAX;
}

/* ---- opening and closing ---- */

/* A Redis that comes back may come back empty: the others get time to announce themselves before its list counts. */
static bool is_held(struct registry *registry)
{
    uint32_t generation = redis_generation(registry->redis);
    uint64_t now_ms = clock_monotonic_ms();
    if (generation != registry->generation) {
        registry->hold_until_ms = registry->generation ? now_ms + REGISTRY_LIFETIME_MS : 0;
        registry->generation = generation;
    }
    return now_ms < registry->hold_until_ms;
}

static void on_period(uv_timer_t *timer)
{
    struct registry *registry = timer->data;
    if (!redis_is_up(registry->redis)) {
        return;
    }
    if (registry->is_announced) {
        write_own(registry);
    }
    if (is_held(registry)) {
        return;
    }
    for (size_t i = 0; i < registry->watch_count; i++) {
        read_list(&registry->watches[i]);
    }
}

enum status registry_open(uv_loop_t *loop, struct redis *redis, struct registry **out_registry)
{
    struct registry *registry = calloc(1, sizeof *registry);
    if (registry == NULL) {
        return STATUS_NO_MEMORY;
    }
    register_metrics();
    registry->redis = redis;
    registry->references = 1;
    uv_timer_init(loop, &registry->timer);
    registry->timer.data = registry;
    uv_timer_start(&registry->timer, on_period, 50, REGISTRY_PERIOD_MS);
    *out_registry = registry;
    return STATUS_OK;
}

static void on_timer_closed(uv_handle_t *handle)
{
    release(handle->data);
}

void registry_close(struct registry *registry)
{
    if (registry == NULL || registry->is_closed) {
        return;
    }
    registry->is_closed = true;
    if (registry->is_announced && redis_is_up(registry->redis)) {
        remove_own(registry);
    }
    uv_close((uv_handle_t *)&registry->timer, on_timer_closed);
}
