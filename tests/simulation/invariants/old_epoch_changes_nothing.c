/* SPDX-License-Identifier: Apache-2.0 */
/*
 * An engine with an older epoch changes nothing.
 *
 * Why: an engine that was taken for dead may come back. What it does from then on must not reach the log that its
 * successor goes on from: suspicion may be wrong, so safety rests on the epoch alone. Seen at Redis: a match's log
 * changes only by the hand of the engine that holds its lease, and its epoch never goes down (but where Redis forgets).
 */
#include "tests/simulation/invariants/ledger.h"
#include "tests/simulation/invariants/table.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PREFIX "mma:match:"

struct logged_match {
    char id[LEDGER_ID_MAX];
    unsigned long long epoch;
    size_t log_bytes;
};

struct state {
    struct ledger matches;
};

static const struct sim_entry *key_of(const struct sim_world *world, const char *match_id, const char *what)
{
    char key[96];
    snprintf(key, sizeof(key), PREFIX "%s:%s", match_id, what);
    return sim_map_get(&world->keys, key);
}

static unsigned long long number_of(const struct sim_entry *entry)
{
    char text[24];
    snprintf(text, sizeof(text), "%.*s", (int)(entry->size < 20 ? entry->size : 20), (const char *)entry->bytes);
    return strtoull(text, NULL, 10);
}

/* By the process, or by one that was at its place before: what that one had sent may arrive after its end. */
static bool is_held_by(const struct sim_entry *lease, const struct sim_process *process)
{
    const char *url = sim_mailbox_url(process);
    size_t size = (size_t)(strrchr(url, '.') - url) + 1; /* "tcp://10.a.b." names the place */
    return lease != NULL && lease->size > size && memcmp(lease->bytes, url, size) == 0;
}

static void check(struct sim_world *world, struct state *state, const struct sim_process *process,
                  const struct sim_entry *epoch)
{
    char id[LEDGER_ID_MAX];
    snprintf(id, sizeof(id), "%.*s", (int)strcspn(epoch->key + strlen(PREFIX), ":"), epoch->key + strlen(PREFIX));
    struct logged_match *match = ledger_make(&state->matches, id, sizeof(*match));
    const struct sim_entry *log = key_of(world, id, "log"), *lease = key_of(world, id, "lease");
    size_t log_bytes = log != NULL ? log->size : 0;
    unsigned long long now = number_of(epoch);
    if (now < match->epoch) {
        sim_broken(world, &invariant_old_epoch_changes_nothing, "epoch goes down", "match %s: %llu after %llu", id, now,
                   match->epoch);
    }
    if (log_bytes != match->log_bytes && log_bytes > 0 && strcmp(process->program->role, "game-engine") == 0 &&
        !is_held_by(lease, process)) {
        sim_broken(world, &invariant_old_epoch_changes_nothing, "written without the lease",
                   "match %s by %s: %zu bytes after %zu, held by %.*s", id, process->name, log_bytes, match->log_bytes,
                   lease != NULL ? (int)lease->size : 6, lease != NULL ? (const char *)lease->bytes : "nobody");
    }
    match->epoch = now;
    match->log_bytes = log_bytes;
}

/* Redis forgot: what it says now is what counts from here on. */
static void look_again(const struct sim_world *world, struct logged_match *match)
{
    const struct sim_entry *epoch = key_of(world, match->id, "epoch"), *log = key_of(world, match->id, "log");
    match->epoch = epoch != NULL ? number_of(epoch) : 0;
    match->log_bytes = log != NULL ? log->size : 0;
}

static void observe(struct sim_world *world, void *memory, const struct sim_observation *seen)
{
    struct state *state = memory;
    if (seen->kind == SIM_SAW_FORGOTTEN) {
        for (size_t i = 0; i < state->matches.count; i++) {
            look_again(world, state->matches.items[i]);
        }
    }
    if (seen->kind != SIM_SAW_SCRIPT) {
        return;
    }
    bool is_there;
    size_t place = sim_map_find(&world->keys, PREFIX, &is_there);
    for (; place < world->keys.count; place++) {
        const struct sim_entry *entry = &world->keys.entries[place];
        const char *tail = strrchr(entry->key, ':');
        if (strncmp(entry->key, PREFIX, strlen(PREFIX)) != 0) {
            break;
        }
        if (strcmp(tail, ":epoch") == 0) {
            check(world, state, seen->process, entry);
        }
    }
}

static void destroy(void *memory)
{
    ledger_free(&((struct state *)memory)->matches);
}

const struct sim_invariant invariant_old_epoch_changes_nothing = {
    .name = "old_epoch_changes_nothing", .state_bytes = sizeof(struct state), .observe = observe, .destroy = destroy};
