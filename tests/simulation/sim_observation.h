/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_observation.h - what invariants see of a world, and how one is written: invariants/<name>.c, one struct each.
 *
 * Invariants watch what leaves a process: envelopes, broker messages, Redis' keys, committed rows, files, what clients
 * read. They trust no node's word about itself, but for program->held at the end.
 */
#ifndef MMA_SIMULATION_SIM_OBSERVATION_H
#define MMA_SIMULATION_SIM_OBSERVATION_H

#include "proto/client.pb-c.h"
#include "tests/simulation/sim_process.h"

struct sim_world;

enum sim_observed {
    SIM_SAW_START,     /* process: a new incarnation */
    SIM_SAW_END,       /* process: it crashed or stopped */
    SIM_SAW_SENT,      /* envelope: process → peer, first sending */
    SIM_SAW_TAKEN,     /* envelope: process took it from peer (a repeat that was answered is not seen) */
    SIM_SAW_WRITTEN,   /* ServerMessage: process (gateway) → peer (client), socket */
    SIM_SAW_READ,      /* ServerMessage that the client (process) has read, socket */
    SIM_SAW_ASKED,     /* ClientMessage that the client (process) has sent, socket */
    SIM_SAW_CLOSED,    /* a client (process) saw its socket close */
    SIM_SAW_PUBLISHED, /* process put a message into its spool: routing key in text */
    SIM_SAW_QUEUED,    /* the broker took it */
    SIM_SAW_ACKED,     /* process acknowledged a message of queue text */
    SIM_SAW_DEAD,      /* a message went to the dead-letter queue */
    SIM_SAW_COMMIT,    /* process: a transaction took place; look at the tables */
    SIM_SAW_SCRIPT,    /* process: a Redis script ran; look at the keys */
    SIM_SAW_FORGOTTEN  /* Redis has lost some or all of its keys; no process */
};

struct sim_observation {
    enum sim_observed kind;
    uint64_t at_us;
    struct sim_process *process, *peer; /* peer may be NULL */
    uint64_t socket;
    Mma__MessageType type; /* of an envelope */
    uint64_t correlation_id;
    bool is_reply;
    const char *text;
    const uint8_t *bytes;
    size_t size;
    /* With SIM_SAW_READ: what the bytes say. */
    Mma__ServerMessage__BodyCase body;
    const Mma__ServerMessage *server;
};

struct sim_invariant {
    const char *name;
    size_t state_bytes; /* zeroed at a world's beginning */
    void (*observe)(struct sim_world *world, void *state, const struct sim_observation *seen);
    void (*finish)(struct sim_world *world, void *state); /* after the quiet phase; NULL: nothing */
    void (*destroy)(void *state);                         /* NULL: nothing is to be freed */
};

/* All there are, NULL at the end. */
extern const struct sim_invariant *const sim_invariants[];

/* signature: which of the invariant's ways to be broken, without ids: what known.txt names. */
void sim_broken(struct sim_world *world, const struct sim_invariant *invariant, const char *signature,
                const char *format, ...) PRINTF_LIKE(4, 5);

void sim_observe(struct sim_world *world, const struct sim_observation *seen);

#endif
