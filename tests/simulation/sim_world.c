/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/sim_world.h"

#include "libcommon/base/hash.h"
#include "tests/simulation/sim_broker.h"
#include "tests/simulation/sim_event.h"
#include "tests/simulation/sim_faults.h"
#include "tests/simulation/sim_files.h"
#include "tests/simulation/sim_invariants.h"
#include "tests/simulation/sim_parts.h"
#include "tests/simulation/sim_seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- randomness of the kernel --------------------------------------------------------------------- */

uint32_t sim_below(struct sim_world *world, uint32_t bound)
{
    return random_below(&world->random, bound);
}

bool sim_chance(struct sim_world *world, uint32_t permille)
{
    return permille > 0 && random_below(&world->random, 1000) < permille;
}

uint64_t sim_between_us(struct sim_world *world, uint64_t low_us, uint64_t high_us)
{
    REQUIRE(low_us <= high_us && high_us - low_us < UINT32_MAX);
    return low_us + random_below(&world->random, (uint32_t)(high_us - low_us) + 1);
}

/* ---- a world -------------------------------------------------------------------------------------- */

struct sim_world *sim_world_create(uint64_t seed, const struct sim_settings *settings)
{
    struct sim_world *world = calloc(1, sizeof(*world));
    REQUIRE(world != NULL);
    world->seed = seed;
    world->settings = *settings;
    world->now_us = SIM_US_PER_S; /* 0 means never to much code */
    random_init(&world->random, seed, 1);
    world->network = (struct sim_network){
        .least_us = 150, .most_us = 900, .client_least_us = 4000, .client_most_us = 30000, .slow_us = 400000};
    sim_broker_create(world);
    sim_witnesses_create(world);
    return world;
}

void sim_world_destroy(struct sim_world *world)
{
    for (uint32_t i = 0; i < world->process_count; i++) {
        if (sim_process_is_up(&world->processes[i])) {
            sim_process_end(&world->processes[i], SIM_END_STOPPED);
        }
        sim_spool_destroy(&world->processes[i]);
    }
    while (world->event_count > 0) {
        free(sim_event_pop(world));
    }
    free(world->heap);
    free(world->timer_generations);
    free(world->timer_free);
    sim_map_free(&world->keys);
    sim_map_free(&world->tables);
    sim_broker_destroy(world);
    sim_disks_destroy(world);
    sim_sockets_destroy(world);
    sim_exchanges_destroy(world);
    sim_witnesses_destroy(world);
    sim_faults_destroy(world);
    free(world);
}

struct sim_process *sim_world_add(struct sim_world *world, const struct sim_program *program, const char *region,
                                  struct sim_process *shares)
{
    REQUIRE(world->process_count < SIM_PROCESSES_MAX);
    struct sim_process *process = &world->processes[world->process_count];
    uint32_t same = 0;
    for (uint32_t i = 0; i < world->process_count; i++) {
        same += strcmp(world->processes[i].program->role, program->role) == 0;
    }
    *process = (struct sim_process){.world = world, .program = program, .index = world->process_count++};
    snprintf(process->name, sizeof(process->name), "%.24s-%u", program->role, same);
    snprintf(process->region, sizeof(process->region), "%s", region);
    process->disk = shares != NULL ? shares->disk : sim_disk_add(world);
    process->drift_ppm = random_between(&world->random, -200, 200);
    process->wall_offset_ms = random_between(&world->random, -50, 50);
    return process;
}

static void run_event(struct sim_world *world, struct sim_event *event)
{
    struct sim_process *process = event->process;
    world->now_us = event->at_us;
    world->current = NULL;
    if (process == NULL) {
        event->run(world, NULL, event->bytes, event->size);
        return;
    }
    if (!sim_process_is_up(process) || process->incarnation != event->incarnation) {
        return;
    }
    world->current = process;
    event->run(world, process, event->bytes, event->size);
    sim_process_after_event(process);
}

void sim_process_after_event(struct sim_process *process)
{
    if (process->is_drained && sim_process_is_up(process)) {
        sim_process_end(process, SIM_END_STOPPED);
    }
}

/* A stalled process gets it later: in the old order, for that is kept. */
static bool is_put_off(struct sim_world *world, struct sim_event *event)
{
    const struct sim_process *process = event->process;
    if (process == NULL || process->stalled_until_us <= event->at_us || process->incarnation != event->incarnation) {
        return false;
    }
    event->at_us = process->stalled_until_us;
    sim_event_push(world, event);
    return true;
}

void sim_world_run(struct sim_world *world, uint64_t until_us)
{
    while (world->event_count > 0 && world->heap[0]->at_us <= until_us && !sim_is_broken(world)) {
        struct sim_event *event = sim_event_pop(world);
        if (!is_put_off(world, event)) {
            run_event(world, event);
            free(event);
            world->events_run++;
        }
    }
    world->now_us = world->now_us < until_us && !sim_is_broken(world) ? until_us : world->now_us;
}

struct sim_process *sim_world_find(struct sim_world *world, const char *url)
{
    for (uint32_t i = 0; i < world->process_count; i++) {
        if (sim_process_is_up(&world->processes[i]) && strcmp(world->processes[i].url, url) == 0) {
            return &world->processes[i];
        }
    }
    return NULL;
}

void sim_world_log(struct sim_world *world, const char *who, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sim_log_line(&world->log, world->now_us, who, false, format, arguments);
    va_end(arguments);
}

void sim_world_log_passing(struct sim_world *world, const char *who, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sim_log_line(&world->log, world->now_us, who, true, format, arguments);
    va_end(arguments);
}

/* ---- life of a process ---------------------------------------------------------------------------- */

/* In half of all cases a restart comes back under its old address (a StatefulSet), else under a new one. */
static void choose_address(struct sim_world *world, struct sim_process *process)
{
    if (process->starts == 0 || sim_chance(world, 500)) {
        snprintf(process->url, sizeof(process->url), "tcp://10.%u.%u.%u:7000", 1 + process->index / 200,
                 1 + process->index % 200, 1 + process->starts % 250);
    }
}

void sim_process_start(struct sim_process *process)
{
    struct sim_world *world = process->world;
    REQUIRE(!sim_process_is_up(process));
    choose_address(world, process);
    process->starts++;
    process->life = SIM_RUNNING;
    process->is_drained = false;
    process->stalled_until_us = 0;
    process->incarnation = hash_text(world->seed + process->starts, process->name) | 1;
    process->monotonic_offset_us = (int64_t)sim_between_us(world, 0, 4000 * SIM_US_PER_S) - (int64_t)world->now_us;
    random_init(&process->random, process->incarnation, process->index);
    sim_mailbox_open(process);
    sim_world_log(world, process->name, "starts at %s", process->url);
    sim_see_life(process, SIM_SAW_START);
    /* A callback needs a state: nothing comes before start has returned. */
    world->current = process;
    process->state = process->program->start(process, random_u64(&process->random));
    REQUIRE(process->state != NULL);
    sim_link_open(process);
}

void sim_process_end(struct sim_process *process, enum sim_end end)
{
    static const char *const words[] = {"stopped", "killed", "lost with its machine"};
    REQUIRE(sim_process_is_up(process));
    void *state = process->state;
    sim_world_log(process->world, process->name, "is %s", words[end]);
    process->state = NULL;
    process->life = SIM_DOWN;
    sim_registry_close(process, end == SIM_END_STOPPED);
    sim_link_abandon(process);
    sim_sockets_lose(process, end == SIM_END_STOPPED);
    sim_mailbox_close(process);
    if (end == SIM_END_MACHINE_LOST) {
        sim_disk_lose_unsynced(process);
        sim_spool_lose_unsynced(process);
    }
    process->program->destroy(state);
    sim_see_life(process, SIM_SAW_END);
}

void sim_process_drain(struct sim_process *process)
{
    REQUIRE(sim_process_is_up(process));
    if (process->life == SIM_RUNNING) {
        process->life = SIM_DRAINING;
        sim_world_log(process->world, process->name, "is asked to drain");
        process->world->current = process;
        process->program->drain(process->state);
        sim_process_after_event(process);
    }
}

void sim_process_stall(struct sim_process *process, uint64_t until_us)
{
    process->stalled_until_us = until_us > process->stalled_until_us ? until_us : process->stalled_until_us;
}
