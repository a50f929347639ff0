/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_link.h - a process's connection to one of the stores, the calls in flight on it, and the store's own state.
 *
 * A link that is down tries again by itself. What is in flight when it goes down ends with STATUS_UNAVAILABLE; what
 * gets no answer in time ends with STATUS_EXPIRED and takes the link down. Both may have been carried out.
 */
#ifndef MMA_SIMULATION_SIM_LINK_H
#define MMA_SIMULATION_SIM_LINK_H

#include "tests/simulation/sim_postgres.h"
#include "tests/simulation/sim_redis.h"

struct sim_world;

struct sim_call {
    struct sim_call *next;
    uint64_t id;
    sim_on_redis *on_redis; /* one of both, or none */
    sim_on_postgres *on_postgres;
    void *owner;
};

struct sim_link {
    bool is_up;
    uint32_t generation; /* how often it came up, over all incarnations */
    uint32_t ups;        /* of this incarnation */
    struct sim_call *first, *last;
};

struct sim_store {
    bool is_away;
    uint64_t away_until_us, hang_until_us;
};

/* What a script or a transaction leaves for its caller. */
struct sim_answer {
    enum status status;
    uint64_t now_us;
    struct sim_map *map;
    char text[96];
    uint8_t *bytes; /* values, each its size (8 bytes, SIZE_MAX: nil) and its bytes */
    size_t size, capacity, count;
};

void sim_link_open(struct sim_process *process); /* at start: all three begin to connect */
void sim_link_drop(struct sim_process *process, enum sim_dependency dependency);
void sim_link_abandon(struct sim_process *process); /* the process is gone */
/* The store goes away for a while, or answers nothing for a while. */
void sim_link_store_away(struct sim_world *world, enum sim_dependency dependency, uint64_t until_us);
void sim_link_store_hang(struct sim_world *world, enum sim_dependency dependency, uint64_t until_us);

/* Something may have cut it: looked at again after a heartbeat's time. */
void sim_link_check(struct sim_process *process, enum sim_dependency dependency);

/* The store has given the process up, which does not know yet. */
void sim_link_suspect(struct sim_process *process, enum sim_dependency dependency);

/* Carries a call out: execute runs at the store, in order; then its answer comes back. */
typedef void sim_execute(struct sim_world *world, struct sim_process *process, const void *argument, size_t size,
                         struct sim_answer *answer);
MUST_USE enum status sim_link_call(struct sim_process *process, enum sim_dependency dependency,
                                   const struct sim_call *call, sim_execute *execute, const void *head,
                                   size_t head_size, const void *argument, size_t size);

void sim_answer_add(struct sim_answer *answer, const void *bytes, size_t size);

#endif
