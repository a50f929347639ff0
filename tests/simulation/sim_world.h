/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_world.h - the kernel's inside: events in virtual time, processes and their places, the network. Not for nodes.
 *
 * World time is in µs since its beginning. An event belongs to one incarnation of a process (it is dropped when that
 * has ended, and waits while it is stalled) or to the world itself (process NULL).
 */
#ifndef MMA_SIMULATION_SIM_WORLD_H
#define MMA_SIMULATION_SIM_WORLD_H

#include "libcommon/base/random.h"
#include "libcommon/runtime/mailbox/mailbox_replies.h"
#include "libcommon/runtime/mailbox/mailbox_requests.h"
#include "libcommon/runtime/mailbox/mailbox_senders.h"
#include "tests/simulation/sim_link.h"
#include "tests/simulation/sim_log.h"
#include "tests/simulation/sim_map.h"
#include "tests/simulation/sim_network.h"
#include "tests/simulation/sim_observation.h"
#include "tests/simulation/simulation.h"

#define SIM_PROCESSES_MAX 64
#define SIM_WATCHES_MAX   8
#define SIM_US_PER_MS     UINT64_C(1000)
#define SIM_US_PER_S      UINT64_C(1000000)
/* What the wall clocks say at the world's beginning: 2026-01-01 00:00:00 UTC. */
#define SIM_UNIX_BEGIN_MS UINT64_C(1767225600000)

struct sim_world;
struct sim_event;
typedef void sim_run(struct sim_world *world, struct sim_process *process, void *bytes, size_t size);

struct sim_registry;
struct sim_spool;
struct sim_disk;
struct sim_faults;

enum sim_life { SIM_DOWN, SIM_RUNNING, SIM_DRAINING };

struct sim_process {
    struct sim_world *world;
    const struct sim_program *program;
    void *state; /* NULL: down */
    char name[40];
    char url[MAILBOX_URL_MAX];
    char region[24];
    uint32_t index;
    uint32_t starts; /* so far */
    enum sim_life life;
    bool is_drained; /* said so: ends after this event */
    bool is_client;  /* a scripted one: not a daemon */
    uint64_t incarnation;
    struct random random;
    int64_t monotonic_offset_us, wall_offset_ms;
    int32_t drift_ppm;
    uint64_t stalled_until_us;

    struct mailbox_requests *requests;
    struct mailbox_replies *replies;
    struct mailbox_senders *senders;
    uint64_t sequences[SIM_PROCESSES_MAX]; /* of the last batch to each place */
    uint32_t in_flight[SIM_PROCESSES_MAX]; /* batches to each place */
    bool is_request_timer_set;
    struct sim_link links[SIM_DEPENDENCY_COUNT];
    struct sim_registry *registry;
    struct sim_spool *spool; /* outlives incarnations */
    struct sim_disk *disk;   /* borrowed from the world */
};

struct sim_world {
    uint64_t seed;
    uint64_t now_us;
    uint64_t order;       /* of the last event made */
    struct random random; /* the kernel's own decisions */
    struct sim_settings settings;
    struct sim_log log;

    struct sim_event **heap;
    size_t event_count, event_capacity;
    uint64_t events_run;
    uint32_t *timer_generations;
    uint32_t *timer_free;
    uint32_t timer_count, timer_capacity, timer_free_count;

    struct sim_process *current; /* whose event it is */
    uint64_t clients_until_us;   /* they say goodbye then */
    uint64_t probers_from_us, probers_until_us;
    uint32_t process_count;
    struct sim_process processes[SIM_PROCESSES_MAX];
    struct sim_network network;
    struct sim_store stores[SIM_DEPENDENCY_COUNT];
    struct sim_map keys;   /* Redis */
    struct sim_map tables; /* PostgreSQL */
    struct sim_broker *broker;
    struct sim_disk *disks; /* list */
    struct sim_sockets *sockets;
    struct sim_exchange *exchanges;
    struct sim_faults *faults;
    struct sim_witnesses *witnesses;
    uint64_t next_id; /* of sockets, deliveries, calls */
};

/* ---- life of a world ---- */

struct sim_world *sim_world_create(uint64_t seed, const struct sim_settings *settings);
void sim_world_destroy(struct sim_world *world);
/* Adds a place, down. shares: a process whose disk it uses too, or NULL. */
struct sim_process *sim_world_add(struct sim_world *world, const struct sim_program *program, const char *region,
                                  struct sim_process *shares);
/* Runs events until virtual time until_us, or until an invariant is broken. */
void sim_world_run(struct sim_world *world, uint64_t until_us);

void sim_process_start(struct sim_process *process);
enum sim_end { SIM_END_STOPPED, SIM_END_KILLED, SIM_END_MACHINE_LOST };
void sim_process_end(struct sim_process *process, enum sim_end end);
void sim_process_drain(struct sim_process *process);
void sim_process_stall(struct sim_process *process, uint64_t until_us);
void sim_process_after_event(struct sim_process *process); /* it may have said that it is drained */
static inline bool sim_process_is_up(const struct sim_process *process)
{
    return process->state != NULL;
}

/* ---- events ---- */

/* bytes are copied. process NULL: the world's own. At: world time, not before now. */
void sim_event_add(struct sim_world *world, uint64_t at_us, struct sim_process *process, sim_run *run,
                   const void *bytes, size_t size);
/* The same with two parts, head before body, in one piece. */
void sim_event_add_parts(struct sim_world *world, uint64_t at_us, struct sim_process *process, sim_run *run,
                         const void *head, size_t head_size, const void *body, size_t body_size);

/* ---- helpers ---- */

struct sim_process *sim_world_find(struct sim_world *world, const char *url); /* NULL: nobody has it now */
uint32_t sim_below(struct sim_world *world, uint32_t bound);                  /* the kernel's randomness */
bool sim_chance(struct sim_world *world, uint32_t permille);
uint64_t sim_between_us(struct sim_world *world, uint64_t low_us, uint64_t high_us);

#endif
