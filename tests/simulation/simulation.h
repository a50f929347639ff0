/* SPDX-License-Identifier: Apache-2.0 */
/*
 * simulation.h - what a node adapter (node_<daemon>.c) sees of the simulated world: everything, by topic.
 *
 * One thread, no real clock, socket, file or randomness: a seed decides all. A node is a struct sim_program and its
 * state. The kernel calls the program, one event at a time; the program carries its core's effects out by the calls of
 * these headers, none of which calls back before it returns: an answer comes later, as an event of its own.
 *
 * Ownership. What a callback is handed (envelope, delivery, reply, message) is borrowed until it returns. What a
 * call is handed is copied, but for `owner`, which must live as long as the process. A process that crashes or stops
 * takes with it: timers, work, requests, replies to come, consumers, sockets (the other side sees them close).
 * No callback comes after program->destroy.
 *
 * Order. Events are in the order of virtual time, then in the order in which they were made. A socket keeps its
 * messages' order; Redis, PostgreSQL and the broker keep the order of one process's commands; a mailbox keeps the order
 * between two processes unless a fault breaks it. A process that is stalled gets its events when it goes on, in order.
 */
#ifndef MMA_SIMULATION_SIMULATION_H
#define MMA_SIMULATION_SIMULATION_H

#include "tests/simulation/sim_amqp.h"
#include "tests/simulation/sim_disk.h"
#include "tests/simulation/sim_mailbox.h"
#include "tests/simulation/sim_postgres.h"
#include "tests/simulation/sim_process.h"
#include "tests/simulation/sim_redis.h"
#include "tests/simulation/sim_registry.h"
#include "tests/simulation/sim_socket.h"

/* The programs there are. Each is defined by its node_<daemon>.c. */
extern const struct sim_program node_gateway;
extern const struct sim_program node_matchmaker;
extern const struct sim_program node_engine;
extern const struct sim_program node_spectator;
extern const struct sim_program node_replay_writer;

#endif
