/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/sim_registry.h"

#include "tests/simulation/sim_parts.h"
#include "tests/simulation/sim_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WATCHES_MAX 8

struct watched_role {
    struct sim_registry *registry;
    char role[24];
    bool is_reading;
    uint64_t read_ms; /* 0: never */
    struct registry_entry *entries;
    size_t count;
};

/* Freed with the incarnation: replies to come are dropped by then. */
struct sim_registry {
    struct sim_process *process;
    uint32_t generation;
    uint64_t hold_until_ms;
    bool is_announced;
    struct registry_entry own;
    size_t watch_count;
    struct watched_role watches[WATCHES_MAX];
};

static void on_period(void *owner);

static struct sim_registry *registry_of(struct sim_process *process)
{
    if (process->registry == NULL) {
        process->registry = calloc(1, sizeof(*process->registry));
        REQUIRE(process->registry != NULL);
        process->registry->process = process;
        (void)sim_timer_start(process, 50, on_period, process->registry);
    }
    return process->registry;
}

static void set_name(const char *role, char out[64])
{
    snprintf(out, 64, "mma:registry:%.23s", role);
}

static void entry_key(const char *role, const char *mailbox, char out[SIM_REDIS_KEY_MAX])
{
    snprintf(out, SIM_REDIS_KEY_MAX, "mma:registry:%.23s:%.63s", role, mailbox);
}

/* ---- writing -------------------------------------------------------------------------------------- */

static void run_write(struct sim_keys *keys, const void *argument, size_t size)
{
    const struct registry_entry *entry = argument;
    char set[64], key[SIM_REDIS_KEY_MAX];
    set_name(entry->role, set);
    entry_key(entry->role, entry->mailbox, key);
    sim_keys_set(keys, key, argument, size, REGISTRY_LIFETIME_MS);
    sim_keys_set_insert(keys, set, entry->mailbox);
}

static void run_remove(struct sim_keys *keys, const void *argument, size_t size)
{
    (void)size;
    const struct registry_entry *entry = argument;
    char set[64], key[SIM_REDIS_KEY_MAX];
    set_name(entry->role, set);
    entry_key(entry->role, entry->mailbox, key);
    sim_keys_delete(keys, key);
    sim_keys_set_erase(keys, set, entry->mailbox);
}

static void write_own(struct sim_registry *registry)
{
    /* Away: the next period writes again. */
    enum status status = sim_redis_run(registry->process, run_write, &registry->own, sizeof(registry->own), NULL, NULL);
    (void)status;
}

void sim_registry_announce(struct sim_process *process, const struct registry_entry *entry)
{
    struct sim_registry *registry = registry_of(process);
    registry->own = *entry;
    snprintf(registry->own.role, sizeof(registry->own.role), "%s", process->program->role);
    snprintf(registry->own.mailbox, sizeof(registry->own.mailbox), "%s", process->url);
    registry->own.incarnation = process->incarnation;
    registry->is_announced = true;
    write_own(registry);
}

/* ---- reading -------------------------------------------------------------------------------------- */

/* Answers with each member's value; a member without one has expired and goes. */
static void run_read(struct sim_keys *keys, const void *argument, size_t size)
{
    (void)size;
    const char *role = argument, *member;
    char set[64], key[SIM_REDIS_KEY_MAX], mailbox[MAILBOX_URL_MAX];
    set_name(role, set);
    for (size_t i = 0; sim_keys_set_member(keys, set, i, &member);) {
        struct sim_value value;
        snprintf(mailbox, sizeof(mailbox), "%s", member);
        entry_key(role, mailbox, key);
        if (sim_keys_get(keys, key, &value)) {
            sim_keys_answer(keys, value.bytes, value.size);
            i++;
        } else {
            sim_keys_set_erase(keys, set, mailbox);
        }
    }
}

static int by_mailbox(const void *a, const void *b)
{
    return strcmp(((const struct registry_entry *)a)->mailbox, ((const struct registry_entry *)b)->mailbox);
}

static void on_read(void *owner, enum status status, const struct sim_redis_reply *reply)
{
    struct watched_role *watch = owner;
    watch->is_reading = false;
    if (status != STATUS_OK) {
        return;
    }
    watch->entries = realloc(watch->entries, (reply->count + 1) * sizeof(*watch->entries));
    REQUIRE(watch->entries != NULL);
    watch->count = reply->count;
    for (size_t i = 0; i < reply->count; i++) {
        REQUIRE(reply->values[i].size == sizeof(*watch->entries));
        memcpy(&watch->entries[i], reply->values[i].bytes, sizeof(*watch->entries));
    }
    qsort(watch->entries, watch->count, sizeof(*watch->entries), by_mailbox);
    watch->read_ms = sim_monotonic_ms(watch->registry->process);
}

static void read_list(struct watched_role *watch)
{
    if (!watch->is_reading && sim_redis_run(watch->registry->process, run_read, watch->role, sizeof(watch->role),
                                            on_read, watch) == STATUS_OK) {
        watch->is_reading = true;
    }
}

void sim_registry_watch(struct sim_process *process, const char *role)
{
    struct sim_registry *registry = registry_of(process);
    REQUIRE(registry->watch_count < WATCHES_MAX && strlen(role) < sizeof(registry->watches[0].role));
    struct watched_role *watch = &registry->watches[registry->watch_count++];
    *watch = (struct watched_role){.registry = registry};
    memcpy(watch->role, role, strlen(role) + 1);
    read_list(watch);
}

const struct registry_entry *sim_registry_list(const struct sim_process *process, const char *role, size_t *out_count)
{
    const struct sim_registry *registry = process->registry;
    for (size_t i = 0; registry != NULL && i < registry->watch_count; i++) {
        if (strcmp(registry->watches[i].role, role) == 0) {
            *out_count = registry->watches[i].count;
            return registry->watches[i].entries;
        }
    }
    *out_count = 0;
    return NULL;
}

uint64_t sim_registry_age_ms(const struct sim_process *process)
{
    const struct sim_registry *registry = process->registry;
    uint64_t now_ms = sim_monotonic_ms(process), age_ms = 0;
    for (size_t i = 0; registry != NULL && i < registry->watch_count; i++) {
        uint64_t read_ms = registry->watches[i].read_ms, watch_age_ms = read_ms ? now_ms - read_ms : UINT64_MAX;
        age_ms = watch_age_ms > age_ms ? watch_age_ms : age_ms;
    }
    return registry != NULL && registry->watch_count > 0 ? age_ms : UINT64_MAX;
}

/* ---- periods -------------------------------------------------------------------------------------- */

/* As registry.c's: what comes back may come back empty, so the others get time to announce themselves first. */
static bool is_held(struct sim_registry *registry)
{
    uint32_t generation = sim_redis_generation(registry->process);
    uint64_t now_ms = sim_monotonic_ms(registry->process);
    if (generation != registry->generation) {
        registry->hold_until_ms = registry->generation ? now_ms + REGISTRY_LIFETIME_MS : 0;
        registry->generation = generation;
    }
    return now_ms < registry->hold_until_ms;
}

static void on_period(void *owner)
{
    struct sim_registry *registry = owner;
    (void)sim_timer_start(registry->process, REGISTRY_PERIOD_MS, on_period, registry);
    if (!sim_redis_is_up(registry->process)) {
        return;
    }
    if (registry->is_announced) {
        write_own(registry);
    }
    for (size_t i = 0; !is_held(registry) && i < registry->watch_count; i++) {
        read_list(&registry->watches[i]);
    }
}

/* Nobody is left to wait for the answer: it is carried out as if Redis had it at once. */
static void remove_own(struct sim_registry *registry)
{
    enum status status =
        sim_redis_run(registry->process, run_remove, &registry->own, sizeof(registry->own), NULL, NULL);
    (void)status;
}

void sim_registry_close(struct sim_process *process, bool is_clean)
{
    struct sim_registry *registry = process->registry;
    if (registry == NULL) {
        return;
    }
    if (is_clean && registry->is_announced) {
        remove_own(registry);
    }
    for (size_t i = 0; i < registry->watch_count; i++) {
        free(registry->watches[i].entries);
    }
    free(registry);
    process->registry = NULL;
}
