/* SPDX-License-Identifier: Apache-2.0 */
/*
 * After the last fault everything is ready, and no ticket, seat or lease is left over within 30 virtual seconds.
 *
 * Why: a system that heals only in part is paged for at night. What a dead peer held blocks somebody for ever, unless
 * it has an owner that outlives the connection, an expiry, and a way to be claimed. Looked at when the last client has
 * been gone for 30 s.
 */
#include "tests/simulation/invariants/table.h"
#include "tests/simulation/sim_broker.h"
#include "tests/simulation/sim_sockets.h"

#include <stdio.h>
#include <string.h>

static void check_process(struct sim_world *world, const struct sim_process *process)
{
    const struct sim_invariant *own = &invariant_ready_and_empty;
    const struct sim_program *program = process->program;
    char signature[64], text[160] = "";
    if (!sim_process_is_up(process)) {
        snprintf(signature, sizeof(signature), "%s is down", program->role);
        sim_broken(world, own, signature, "%s", process->name);
        return;
    }
    if (program->is_ready != NULL && !program->is_ready(process->state)) {
        snprintf(signature, sizeof(signature), "%s is not ready", program->role);
        sim_broken(world, own, signature, "%s", process->name);
    }
    uint32_t held = program->held != NULL ? program->held(process->state, text, sizeof(text)) : 0;
    if (held > 0) {
        snprintf(signature, sizeof(signature), "%s holds something", program->role);
        sim_broken(world, own, signature, "%s: %u, %s", process->name, held, text);
    }
    if (sim_amqp_unconfirmed(process) > 0) {
        snprintf(signature, sizeof(signature), "%s has a spool", program->role);
        sim_broken(world, own, signature, "%s: %zu messages", process->name, sim_amqp_unconfirmed(process));
    }
}

static bool ends_with(const char *text, const char *end)
{
    size_t size = strlen(text), end_size = strlen(end);
    return size >= end_size && strcmp(text + size - end_size, end) == 0;
}

static void check_keys(struct sim_world *world)
{
    const struct sim_invariant *own = &invariant_ready_and_empty;
    for (size_t i = 0; i < world->keys.count; i++) {
        const struct sim_entry *entry = &world->keys.entries[i];
        bool is_expired = entry->expiry_us != 0 && entry->expiry_us <= world->now_us;
        if (is_expired) {
            continue;
        }
        if (strncmp(entry->key, "mma:tickets:open\x01", 17) == 0) {
            sim_broken(world, own, "ticket in redis", "%s", entry->key + 17);
        } else if (strncmp(entry->key, "mma:match:", 10) == 0 && ends_with(entry->key, ":lease")) {
            sim_broken(world, own, "lease in redis", "%s", entry->key);
        }
    }
}

static void finish(struct sim_world *world, void *state)
{
    (void)state;
    for (uint32_t i = 0; i < world->process_count; i++) {
        check_process(world, &world->processes[i]);
    }
    check_keys(world);
    for (uint32_t queue = 0; queue + 1 < SIM_BROKER_QUEUES; queue++) { /* the last is of dead letters */
        const char *name = sim_broker_queue_name(queue);
        if (sim_broker_depth(world, name) > 0) {
            sim_broken(world, &invariant_ready_and_empty, name, "%zu messages wait", sim_broker_depth(world, name));
        }
    }
    if (sim_sockets_open(world) > 0) {
        sim_broken(world, &invariant_ready_and_empty, "socket is open", "%u", sim_sockets_open(world));
    }
}

const struct sim_invariant invariant_ready_and_empty = {.name = "ready_and_empty", .finish = finish};
