/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_client.h - a scripted client: connects, queues (over the socket or HTTP), plays, watches, chats, leaves, vanishes
 * and comes back, and misbehaves a little. It speaks the real protocol, encodes real inputs and decodes real snapshots.
 *
 * After world->clients_until_us a client starts nothing new, and says goodbye within a few seconds. Probers come at
 * world->probers_from_us and stay until world->probers_until_us.
 */
#ifndef MMA_SIMULATION_SIM_CLIENT_H
#define MMA_SIMULATION_SIM_CLIENT_H

#include "libcommon/game/snapshot/snapshot.h"
#include "libcommon/runtime/auth/jwt.h"
#include "proto/client.pb-c.h"
#include "tests/simulation/sim_world.h"

/* After world->clients_until_us: all are gone then. */
#define SIM_CLIENT_LINGER_US (26 * SIM_US_PER_S)

extern const struct sim_program sim_client_program;
extern const struct sim_program sim_prober_program;
/* A client whose snapshot did not decode on the baseline that it was written for. */
extern const struct sim_invariant sim_snapshots_decode;

enum sim_client_state {
    CLIENT_AWAY, /* no socket */
    CLIENT_CONNECTING,
    CLIENT_IDLE, /* welcomed */
    CLIENT_QUEUED,
    CLIENT_MATCHED,
    CLIENT_JOINING,
    CLIENT_PLAYING,
    CLIENT_ASKING, /* to watch */
    CLIENT_WATCHING
};

struct sim_client {
    struct sim_process *process;
    struct sim_socket *socket; /* NULL: none */
    struct random random;
    enum sim_client_state state;
    char player_id[24];
    uint64_t since_ms, act_ms; /* of the state; when it does the next thing on its own (0: nothing planned) */
    uint32_t cid, tries;
    char ticket_id[40], match_id[40], join_token[JWT_BYTES_MAX], gateway[MAILBOX_URL_MAX];
    bool is_http_ticket; /* its ticket came over HTTP */
    bool is_asking_http;
    bool is_prober;  /* comes after the faults, and plays duels only */
    bool is_patient; /* waits for what is owed */
    bool is_gone;    /* has said goodbye */

    /* While it plays or watches. */
    uint32_t sequence, tick, snapshots;
    void *view_memory[2];
    struct view views[2];
    uint32_t newest; /* index of the view that is current */
    bool has_view;
};

void sim_client_say(struct sim_client *client, const Mma__ClientMessage *message);
void sim_client_set_state(struct sim_client *client, enum sim_client_state state);
uint32_t sim_client_below(struct sim_client *client, uint32_t bound);

/* sim_client_play.c */
void sim_client_begin_play(struct sim_client *client, size_t seats);
void sim_client_end_play(struct sim_client *client);
void sim_client_send_input(struct sim_client *client);
void sim_client_take_snapshot(struct sim_client *client, const uint8_t *bytes, size_t size);

/* sim_client_http.c */
void sim_client_queue_over_http(struct sim_client *client, const char *queue);
void sim_client_poll_http(struct sim_client *client);

/* The queue that clients of this world prefer, and how they all mix. */
const char *sim_client_queue(struct sim_client *client);

#endif
