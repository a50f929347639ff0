/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_faults.h - the fault planner: which faults a seed has, how often, and when they end.
 *
 * Swarm testing (Groce and others, "Swarm Testing", ISSTA 2012): each seed turns each kind on or off and draws its
 * intensity, so that rare pairs meet in some seeds. All faults end by until_us; what is down comes up again then.
 */
#ifndef MMA_SIMULATION_SIM_FAULTS_H
#define MMA_SIMULATION_SIM_FAULTS_H

#include <stdint.h>

struct sim_world;

#define SIM_FAULT_TABLE(ROW)                                                                                           \
    ROW(KILL, "kill")                 /* a process is killed, and starts again */                                      \
    ROW(MACHINE_LOSS, "machine_loss") /* and loses what was not synced */                                              \
    ROW(STALL, "stall")               /* a process stands still for a while */                                         \
    ROW(DRAIN, "drain")               /* SIGTERM, and a new start */                                                   \
    ROW(WALL_CLOCK, "wall_clock")     /* a wall clock jumps by up to two hours */                                      \
    ROW(NET_LOSS, "net_loss")         /* messages between daemons get lost now and then */                             \
    ROW(NET_DOUBLE, "net_double")     /* arrive twice */                                                               \
    ROW(NET_REORDER, "net_reorder")   /* overtake */                                                                   \
    ROW(NET_SLOW, "net_slow")         /* are late */                                                                   \
    ROW(CUT, "cut")                   /* two daemons do not reach each other, in one or both directions */             \
    ROW(ISOLATE, "isolate")           /* one reaches nobody */                                                         \
    ROW(STORE_CUT, "store_cut")       /* one process does not reach one store */                                       \
    ROW(REDIS_AWAY, "redis_away")                                                                                      \
    ROW(REDIS_HANG, "redis_hang")                                                                                      \
    ROW(REDIS_FORGETS, "redis_forgets") /* comes back without its last second, or empty */                             \
    ROW(RABBITMQ_AWAY, "rabbitmq_away")                                                                                \
    ROW(RABBITMQ_HANG, "rabbitmq_hang")                                                                                \
    ROW(POSTGRESQL_AWAY, "postgresql_away")                                                                            \
    ROW(POSTGRESQL_HANG, "postgresql_hang")                                                                            \
    ROW(DISK, "disk")                 /* writes fail for a while */                                                    \
    ROW(SOCKET_CUT, "socket_cut")     /* a client's connection breaks */                                               \
    ROW(SOCKET_STALL, "socket_stall") /* lets nothing through for a while */

enum sim_fault {
#define SIM_FAULT_ENUM(name, text) SIM_FAULT_##name,
    SIM_FAULT_TABLE(SIM_FAULT_ENUM)
#undef SIM_FAULT_ENUM
        SIM_FAULT_COUNT
};

const char *sim_fault_name(enum sim_fault fault);

/* Draws the plan and schedules it. mask: bits of the kinds that may be on. */
void sim_faults_plan(struct sim_world *world, uint64_t from_us, uint64_t until_us, uint64_t mask);
void sim_faults_end(struct sim_world *world); /* heals all that is left; at until_us it does so itself */
void sim_faults_destroy(struct sim_world *world);
uint64_t sim_faults_fired(const struct sim_world *world, enum sim_fault fault);

#endif
