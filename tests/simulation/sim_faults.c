/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/sim_faults.h"

#include "tests/simulation/sim_files.h"
#include "tests/simulation/sim_sockets.h"
#include "tests/simulation/sim_world.h"

#include <stdlib.h>

struct sim_faults {
    uint64_t until_us;
    uint64_t period_us[SIM_FAULT_COUNT]; /* mean between two of them */
    uint64_t fired[SIM_FAULT_COUNT];
};

static const char *const names[SIM_FAULT_COUNT] = {
#define SIM_FAULT_NAME(name, text) text,
    SIM_FAULT_TABLE(SIM_FAULT_NAME)
#undef SIM_FAULT_NAME
};

const char *sim_fault_name(enum sim_fault fault)
{
    return names[fault];
}

/* ---- whom it meets -------------------------------------------------------------------------------- */

static struct sim_process *any_daemon(struct sim_world *world, bool must_be_up)
{
    struct sim_process *found = NULL;
    uint32_t count = 0;
    for (uint32_t i = 0; i < world->process_count; i++) {
        struct sim_process *process = &world->processes[i];
        bool fits = !process->is_client && (!must_be_up || sim_process_is_up(process));
        if (fits && sim_below(world, ++count) == 0) {
            found = process;
        }
    }
    return found;
}

/* Mostly short, sometimes long. */
static uint64_t duration_us(struct sim_world *world, uint64_t most_us)
{
    uint64_t most = sim_chance(world, 250) ? most_us : most_us / 8 + 1;
    uint64_t left_us = world->faults->until_us > world->now_us ? world->faults->until_us - world->now_us : 0;
    uint64_t drawn_us = sim_between_us(world, most / 50, most);
    return drawn_us < left_us ? drawn_us : left_us;
}

static void start_again(struct sim_world *world, struct sim_process *none, void *bytes, size_t size)
{
    (void)none;
    (void)size;
    struct sim_process *process = &world->processes[*(const uint32_t *)bytes];
    if (!sim_process_is_up(process)) {
        sim_process_start(process);
    }
}

static void start_later(struct sim_process *process, uint64_t delay_us)
{
    struct sim_world *world = process->world;
    sim_event_add(world, world->now_us + delay_us, NULL, start_again, &process->index, sizeof(process->index));
}

/* ---- processes ------------------------------------------------------------------------------------ */

static void end_one(struct sim_world *world, uint32_t end)
{
    struct sim_process *process = any_daemon(world, true);
    if (process != NULL) {
        sim_process_end(process, (enum sim_end)end);
        start_later(process, duration_us(world, 12 * SIM_US_PER_S));
    }
}

static void stall_one(struct sim_world *world, uint32_t unused)
{
    (void)unused;
    struct sim_process *process = any_daemon(world, true);
    if (process == NULL) {
        return;
    }
    uint64_t us = duration_us(world, 8 * SIM_US_PER_S);
    sim_world_log(world, process->name, "stalls for %llu ms", (unsigned long long)(us / SIM_US_PER_MS));
    sim_process_stall(process, world->now_us + us);
    if (us > 4 * SIM_US_PER_S) { /* its brokers give it up meanwhile */
        sim_link_suspect(process, SIM_RABBITMQ);
    }
}

static void kill_drained(struct sim_world *world, struct sim_process *none, void *bytes, size_t size)
{
    (void)none;
    (void)size;
    struct sim_process *process = &world->processes[*(const uint32_t *)bytes];
    if (sim_process_is_up(process) && process->life == SIM_DRAINING) {
        sim_process_end(process, SIM_END_KILLED);
    }
    if (!sim_process_is_up(process)) {
        start_later(process, sim_between_us(world, 50000, 1000000));
    }
}

static void drain_one(struct sim_world *world, uint32_t unused)
{
    (void)unused;
    struct sim_process *process = any_daemon(world, true);
    if (process != NULL && process->life == SIM_RUNNING && process->program->drain != NULL) {
        sim_process_drain(process);
        uint64_t grace_us = (world->settings.drain_timeout_ms + 500) * SIM_US_PER_MS;
        sim_event_add(world, world->now_us + grace_us, NULL, kill_drained, &process->index, sizeof(process->index));
    }
}

static void set_wall_clock(struct sim_world *world, uint32_t unused)
{
    (void)unused;
    struct sim_process *process = any_daemon(world, false);
    int64_t most_ms = sim_chance(world, 500) ? 7200000 : 5000;
    process->wall_offset_ms += (int64_t)sim_between_us(world, 0, (uint64_t)(2 * most_ms)) - most_ms;
    sim_world_log(world, process->name, "wall clock is off by %lld ms", (long long)process->wall_offset_ms);
}

/* ---- network -------------------------------------------------------------------------------------- */

static void make_network_faulty(struct sim_world *world, uint32_t fault)
{
    struct sim_network *network = &world->network;
    uint64_t until_us = world->now_us + duration_us(world, 10 * SIM_US_PER_S);
    uint32_t *const figures[] = {[SIM_FAULT_NET_LOSS] = &network->drop_permille,
                                 [SIM_FAULT_NET_DOUBLE] = &network->double_permille,
                                 [SIM_FAULT_NET_REORDER] = &network->reorder_permille,
                                 [SIM_FAULT_NET_SLOW] = &network->slow_permille};
    *figures[fault] = 1 + sim_below(world, 80);
    network->faulty_until_us = until_us > network->faulty_until_us ? until_us : network->faulty_until_us;
    sim_world_log(world, "network", "drops %u, doubles %u, reorders %u, slows %u of 1000", network->drop_permille,
                  network->double_permille, network->reorder_permille, network->slow_permille);
}

static void cut_pair(struct sim_world *world, uint32_t unused)
{
    (void)unused;
    const struct sim_process *a = any_daemon(world, false), *b = any_daemon(world, false);
    uint64_t until_us = world->now_us + duration_us(world, 10 * SIM_US_PER_S);
    bool is_losing = sim_chance(world, 700);
    sim_world_log(world, a->name, "is cut from %s", b->name);
    sim_network_cut(world, a->index, b->index, until_us, is_losing);
    if (sim_chance(world, 600)) {
        sim_network_cut(world, b->index, a->index, until_us, is_losing);
    }
}

static void cut_store(struct sim_world *world, struct sim_process *process, enum sim_dependency dependency,
                      uint64_t until_us)
{
    sim_network_cut(world, process->index, SIM_PLACE_STORE(dependency), until_us, false);
    sim_network_cut(world, SIM_PLACE_STORE(dependency), process->index, until_us, false);
    sim_link_check(process, dependency);
}

static void cut_from_store(struct sim_world *world, uint32_t unused)
{
    (void)unused;
    struct sim_process *process = any_daemon(world, false);
    enum sim_dependency dependency = (enum sim_dependency)sim_below(world, SIM_DEPENDENCY_COUNT);
    sim_world_log(world, process->name, "is cut from store %u", (unsigned)dependency);
    cut_store(world, process, dependency, world->now_us + duration_us(world, 10 * SIM_US_PER_S));
}

static void isolate(struct sim_world *world, uint32_t unused)
{
    (void)unused;
    struct sim_process *process = any_daemon(world, false);
    uint64_t until_us = world->now_us + duration_us(world, 8 * SIM_US_PER_S);
    sim_world_log(world, process->name, "is isolated");
    for (uint32_t i = 0; i < world->process_count; i++) {
        if (i != process->index) {
            sim_network_cut(world, i, process->index, until_us, true);
            sim_network_cut(world, process->index, i, until_us, true);
        }
    }
    for (int dependency = 0; dependency < SIM_DEPENDENCY_COUNT; dependency++) {
        cut_store(world, process, (enum sim_dependency)dependency, until_us);
    }
}

/* ---- stores, disks, sockets ----------------------------------------------------------------------- */

static void store_away(struct sim_world *world, uint32_t dependency)
{
    uint64_t us = duration_us(world, 10 * SIM_US_PER_S);
    sim_world_log(world, "stores", "%u goes away for %llu ms", (unsigned)dependency,
                  (unsigned long long)(us / SIM_US_PER_MS));
    sim_link_store_away(world, (enum sim_dependency)dependency, world->now_us + us);
}

static void store_hang(struct sim_world *world, uint32_t dependency)
{
    uint64_t us = duration_us(world, 6 * SIM_US_PER_S);
    sim_world_log(world, "stores", "%u hangs for %llu ms", (unsigned)dependency,
                  (unsigned long long)(us / SIM_US_PER_MS));
    sim_link_store_hang(world, (enum sim_dependency)dependency, world->now_us + us);
}

static void redis_forgets(struct sim_world *world, uint32_t unused)
{
    (void)unused;
    if (sim_chance(world, 500)) {
        sim_map_clear(&world->keys);
        sim_world_log(world, "stores", "redis loses everything");
    } else {
        sim_map_undo_since(&world->keys, world->now_us - SIM_US_PER_S);
        sim_world_log(world, "stores", "redis loses its last second");
    }
    sim_observe(world, &(struct sim_observation){.kind = SIM_SAW_FORGOTTEN, .at_us = world->now_us});
    store_away(world, SIM_REDIS);
}

static void fail_disk(struct sim_world *world, uint32_t unused)
{
    (void)unused;
    struct sim_process *process = any_daemon(world, false);
    sim_world_log(world, process->name, "cannot write to its disk");
    sim_disk_fail(process, world->now_us + duration_us(world, 5 * SIM_US_PER_S));
}

static void break_socket(struct sim_world *world, uint32_t is_cut)
{
    struct sim_socket *socket = sim_socket_any(world);
    if (socket == NULL) {
        return;
    }
    sim_world_log(world, "network", "socket %llu %s", (unsigned long long)sim_socket_id(socket),
                  is_cut ? "breaks" : "stalls");
    if (is_cut) {
        sim_socket_cut(socket);
    } else {
        sim_socket_hold(socket, world->now_us + duration_us(world, 4 * SIM_US_PER_S));
    }
}

/* ---- the plan ------------------------------------------------------------------------------------- */

static const struct {
    void (*fire)(struct sim_world *world, uint32_t argument);
    uint32_t argument;
} kinds[SIM_FAULT_COUNT] = {
    [SIM_FAULT_KILL] = {end_one, SIM_END_KILLED},
    [SIM_FAULT_MACHINE_LOSS] = {end_one, SIM_END_MACHINE_LOST},
    [SIM_FAULT_STALL] = {stall_one, 0},
    [SIM_FAULT_DRAIN] = {drain_one, 0},
    [SIM_FAULT_WALL_CLOCK] = {set_wall_clock, 0},
    [SIM_FAULT_NET_LOSS] = {make_network_faulty, SIM_FAULT_NET_LOSS},
    [SIM_FAULT_NET_DOUBLE] = {make_network_faulty, SIM_FAULT_NET_DOUBLE},
    [SIM_FAULT_NET_REORDER] = {make_network_faulty, SIM_FAULT_NET_REORDER},
    [SIM_FAULT_NET_SLOW] = {make_network_faulty, SIM_FAULT_NET_SLOW},
    [SIM_FAULT_CUT] = {cut_pair, 0},
    [SIM_FAULT_ISOLATE] = {isolate, 0},
    [SIM_FAULT_STORE_CUT] = {cut_from_store, 0},
    [SIM_FAULT_REDIS_AWAY] = {store_away, SIM_REDIS},
    [SIM_FAULT_REDIS_HANG] = {store_hang, SIM_REDIS},
    [SIM_FAULT_REDIS_FORGETS] = {redis_forgets, 0},
    [SIM_FAULT_RABBITMQ_AWAY] = {store_away, SIM_RABBITMQ},
    [SIM_FAULT_RABBITMQ_HANG] = {store_hang, SIM_RABBITMQ},
    [SIM_FAULT_POSTGRESQL_AWAY] = {store_away, SIM_POSTGRESQL},
    [SIM_FAULT_POSTGRESQL_HANG] = {store_hang, SIM_POSTGRESQL},
    [SIM_FAULT_DISK] = {fail_disk, 0},
    [SIM_FAULT_SOCKET_CUT] = {break_socket, 1},
    [SIM_FAULT_SOCKET_STALL] = {break_socket, 0},
};

static void schedule(struct sim_world *world, enum sim_fault fault);

static void on_due(struct sim_world *world, struct sim_process *none, void *bytes, size_t size)
{
    (void)none;
    (void)size;
    enum sim_fault fault = *(const enum sim_fault *)bytes;
    if (world->now_us < world->faults->until_us) {
        world->faults->fired[fault]++;
        kinds[fault].fire(world, kinds[fault].argument);
        schedule(world, fault);
    }
}

static void schedule(struct sim_world *world, enum sim_fault fault)
{
    uint64_t period_us = world->faults->period_us[fault];
    uint64_t at_us = world->now_us + sim_between_us(world, period_us / 10, 2 * period_us);
    if (at_us < world->faults->until_us) {
        sim_event_add(world, at_us, NULL, on_due, &fault, sizeof(fault));
    }
}

static void on_end(struct sim_world *world, struct sim_process *none, void *bytes, size_t size)
{
    (void)none;
    (void)bytes;
    (void)size;
    sim_faults_end(world);
}

void sim_faults_plan(struct sim_world *world, uint64_t from_us, uint64_t until_us, uint64_t mask)
{
    struct sim_faults *faults = calloc(1, sizeof(*faults));
    REQUIRE(faults != NULL);
    world->faults = faults;
    faults->until_us = until_us;
    uint32_t share_permille = 50 + sim_below(world, 500); /* of kinds that are on */
    for (int fault = 0; fault < SIM_FAULT_COUNT; fault++) {
        bool is_on = sim_chance(world, share_permille) && (mask >> fault & 1) != 0;
        uint64_t period_us = sim_between_us(world, SIM_US_PER_S / 2, 12 * SIM_US_PER_S);
        faults->period_us[fault] = period_us;
        if (is_on) {
            uint64_t at_us = from_us + sim_between_us(world, 0, 2 * period_us);
            enum sim_fault kind = (enum sim_fault)fault;
            sim_event_add(world, at_us, NULL, on_due, &kind, sizeof(kind));
            sim_world_log(world, "faults", "%s about every %llu ms", names[fault],
                          (unsigned long long)(period_us / SIM_US_PER_MS));
        }
    }
    sim_event_add(world, until_us, NULL, on_end, NULL, 0);
}

void sim_faults_end(struct sim_world *world)
{
    sim_world_log(world, "faults", "end");
    sim_network_heal(world);
    for (int dependency = 0; dependency < SIM_DEPENDENCY_COUNT; dependency++) {
        world->stores[dependency] = (struct sim_store){.away_until_us = 0};
    }
    for (uint32_t i = 0; i < world->process_count; i++) {
        struct sim_process *process = &world->processes[i];
        process->stalled_until_us = 0;
        process->wall_offset_ms = random_between(&world->random, -50, 50);
        sim_disk_fail(process, 0);
        if (!sim_process_is_up(process)) {
            start_later(process, sim_between_us(world, 0, 500000));
        }
    }
}

void sim_faults_destroy(struct sim_world *world)
{
    free(world->faults);
    world->faults = NULL;
}

uint64_t sim_faults_fired(const struct sim_world *world, enum sim_fault fault)
{
    return world->faults != NULL ? world->faults->fired[fault] : 0;
}
