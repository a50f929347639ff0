/* SPDX-License-Identifier: Apache-2.0 */
/* node_matchmaker_internal.h - the node's state, and how its files share the work: events, effects, stores. */
#ifndef MMA_SIMULATION_NODE_MATCHMAKER_INTERNAL_H
#define MMA_SIMULATION_NODE_MATCHMAKER_INTERNAL_H

#include "proto/durable.pb-c.h"
#include "services/matchmaker/io/ticket_messages.h"
#include "tests/simulation/node_matchmaker.h"

#define NODE_RATING_READS_MAX 1024
#define NODE_SAVES_MAX        1024

struct matchmaker_node;

/* A slot of the core, as the owner of a request. */
struct matchmaker_node_slot {
    struct matchmaker_node *node;
    uint32_t slot;
};

/* A rating on its way for an intake: the answer, or its deadline, whichever is first. */
struct matchmaker_node_read {
    struct matchmaker_node *node;
    bool is_used, is_over; /* used until PostgreSQL has answered, over once the core has heard */
    uint32_t intake;
    uint64_t timer;
};

/* A ticket on its way to Redis. */
struct matchmaker_node_save {
    struct matchmaker_node *node; /* NULL: free */
    uint32_t slot;
    uint64_t stamp;
};

struct matchmaker_node_return {
    struct sim_exchange *exchange; /* NULL: to the mailbox */
    struct mailbox_return mailbox;
};

struct matchmaker_node_search {
    struct matchmaker_node *node;
    struct sim_exchange *exchange; /* NULL: free */
};

struct matchmaker_node_failed {
    struct matchmaker_effect effect;
    enum status status;
};

struct matchmaker_node {
    struct sim_process *process;
    struct matchmaker *core;
    struct matchmaker_effects effects;
    bool is_carrying_out, is_drained;
    uint32_t failed_first, failed_count;
    struct matchmaker_node_failed failed[MATCHMAKER_EFFECTS_MAX];
    struct placement_engine engines[PLACEMENT_ENGINES_MAX];
    struct matchmaker_node_slot intakes[TICKET_INTAKES_MAX], matches[FORMED_MATCHES_CAPACITY], results[RESULTS_MAX];
    struct matchmaker_node_return returns[TICKET_INTAKES_MAX];
    struct matchmaker_node_read reads[NODE_RATING_READS_MAX];
    struct matchmaker_node_search searches[64];
    struct matchmaker_node_save saves[NODE_SAVES_MAX];
    Mma__MatchResult *messages[RESULTS_MAX];
};

struct matchmaker_clock node_matchmaker_clock(const struct matchmaker_node *node);
struct takeover_view node_matchmaker_view(const struct matchmaker_node *node);
struct matchmaker_engines node_matchmaker_engines(struct matchmaker_node *node);
void node_matchmaker_carry_out(struct matchmaker_node *node);

/* ---- node_matchmaker_answers.c ---- */

void node_matchmaker_create(struct matchmaker_node *node, struct ticket *draft,
                            const struct matchmaker_node_return *to);
void node_matchmaker_answer(struct matchmaker_node *node, const struct matchmaker_effect *effect);
void node_matchmaker_refuse(struct matchmaker_node *node, const struct matchmaker_effect *effect);
void node_matchmaker_update(struct matchmaker_node *node, const struct matchmaker_effect *effect);
void node_matchmaker_on_envelope(void *state, const struct mailbox_envelope *envelope);
void node_matchmaker_on_http(void *state, struct sim_exchange *exchange);
void node_matchmaker_respond(struct matchmaker_node *node, struct sim_exchange *exchange, unsigned http_status,
                             const struct ticket *ticket);

/* ---- node_matchmaker_stores.c: with STATUS_OK the core hears of the answer ---- */

MUST_USE enum status node_matchmaker_save(struct matchmaker_node *node, uint32_t ticket_slot, uint64_t stamp);
MUST_USE enum status node_matchmaker_read_open(struct matchmaker_node *node);
MUST_USE enum status node_matchmaker_find(struct matchmaker_node *node, const char *id, struct sim_exchange *exchange);
MUST_USE enum status node_matchmaker_read_rating(struct matchmaker_node *node, uint32_t intake);
MUST_USE enum status node_matchmaker_read_ratings(struct matchmaker_node *node, uint32_t slot);
MUST_USE enum status node_matchmaker_write_result(struct matchmaker_node *node, uint32_t slot);

#endif
