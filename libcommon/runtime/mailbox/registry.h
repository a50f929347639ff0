/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry.h - who is there: each worker announces its mailbox, role and load in Redis, and sees the others.
 *
 * Key mma:registry:<role>:<mailbox url>, value JSON, lifetime REGISTRY_LIFETIME_MS, rewritten every
 * REGISTRY_PERIOD_MS; the list of each watched role is read at the same period. While Redis is away the last list
 * stays valid (registry_age_ms tells how old it is): nothing stops because the registry does. For the same reason the
 * list of a Redis that came back is not looked at before REGISTRY_LIFETIME_MS: it may have come back empty.
 *
 * Set mma:registry:<role> holds the mailbox URLs to ask for; whoever finds one without a value removes it. Values that
 * do not parse are ignored and counted.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_MAILBOX_REGISTRY_H
#define MMA_LIBCOMMON_RUNTIME_MAILBOX_REGISTRY_H

#include "libcommon/base/status.h"
#include "libcommon/runtime/mailbox/mailbox.h"
#include "libcommon/runtime/stores/redis.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define REGISTRY_LIFETIME_MS 3000
#define REGISTRY_PERIOD_MS   500
#define REGISTRY_ENTRIES_MAX 1024

struct registry_entry {
    char role[24]; /* "game-engine" */
    char mailbox[MAILBOX_URL_MAX];
    char address[128]; /* public one, e.g. the gateway's WebSocket URL; may be empty */
    char region[24];
    uint64_t incarnation; /* new at each start */
    bool draining;        /* takes no new work */
    uint32_t matches, matches_max;
    uint32_t players, players_max;
    uint32_t load_permille; /* of one core, smoothed over 5 s */
    /* Of a game-engine, else 0: what its matches cost, measured and smoothed. */
    uint32_t tick_us;      /* all matches' steps and snapshots of one tick, of 16667 */
    uint32_t match_us_max; /* the costliest match's part of it */
    uint32_t bytes_per_s;  /* of snapshots */
};

struct registry;

/* redis is borrowed; close the registry before it. */
MUST_USE enum status registry_open(uv_loop_t *loop, struct redis *redis, struct registry **out_registry);
void registry_close(struct registry *registry); /* removes the own entry if Redis answers at once; takes NULL */

void registry_announce(struct registry *registry, const struct registry_entry *entry); /* copied; call on each change */
void registry_watch(struct registry *registry, const char *role);
/* Entries of a watched role, sorted by mailbox; valid until the loop's next iteration. */
const struct registry_entry *registry_list(const struct registry *registry, const char *role, size_t *out_count);
uint64_t registry_age_ms(const struct registry *registry); /* since the lists were last read; UINT64_MAX: never */

#endif
