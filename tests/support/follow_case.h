/* SPDX-License-Identifier: Apache-2.0 */
/*
 * follow_case.h - the spectator's core with a test as its io: engines that answer as the test says, time as it says.
 *
 * The effects of the last call stand in effects until the next one; memory that the core was given is freed when it
 * says so, and follow_case_close looks that none is left.
 */
#ifndef MMA_TESTS_SUPPORT_FOLLOW_CASE_H
#define MMA_TESTS_SUPPORT_FOLLOW_CASE_H

#include "services/spectator/core/follow.h"
#include "tests/support/record_source.h"

#define FOLLOW_CASE_ENGINES_MAX 8
#define FOLLOW_CASE_MATCH       "0102030405060708090a0b0c0d0e0f10"
#define FOLLOW_CASE_OTHER       "ffffffffffffffffffffffffffffff00"

struct follow_case {
    struct follow follow;
    void *memory;
    void *match_memory[16]; /* by slot */
    struct follow_effects effects;
    char engines[FOLLOW_CASE_ENGINES_MAX][PEERS_URL_MAX];
    struct peer_list engine_list;
    struct record_source source; /* of the match that engines answer with */
    struct frame_batch batch;
    uint64_t now_ms;
};

/* Small limits: 3 matches, 4 viewers of each, a delay of 100 ms, a linger of 5000 ms. Two engines are listed. */
#define FOLLOW_CASE_MATCHES_MAX 3
#define FOLLOW_CASE_VIEWERS_MAX 4
#define FOLLOW_CASE_DELAY_MS    100
#define FOLLOW_CASE_LINGER_MS   5000

struct follow_case *follow_case_open(void);
void follow_case_close(struct follow_case *c);

void follow_case_list_engines(struct follow_case *c, uint32_t count, const char *const *mailboxes);

/* One event each; the effects of it are in c->effects. */
void follow_case_watch(struct follow_case *c, const char *gateway, uint64_t session, const char *match_id,
                       uint32_t rate_hz);
void follow_case_unwatch(struct follow_case *c, const char *gateway, uint64_t session);
void follow_case_found(struct follow_case *c, uint32_t slot, const char *match_id); /* with c->source's keyframe */
void follow_case_found_with(struct follow_case *c, uint32_t slot, const char *match_id, enum status status);
void follow_case_not_found(struct follow_case *c, uint32_t slot, enum status status);
void follow_case_unsent(struct follow_case *c, uint32_t slot);
void follow_case_gateways(struct follow_case *c, uint32_t count, const char *const *mailboxes, uint64_t age_ms);
bool follow_case_settle(struct follow_case *c);
void follow_case_drain(struct follow_case *c, uint32_t timeout_ms);

/* A tick of the source reaches the core from that engine. */
void follow_case_tick(struct follow_case *c, const char *engine, const char *match_id);
/* So many ticks of 16 ms, each followed by a step and a settle; ends at the first effect. */
void follow_case_play(struct follow_case *c, uint32_t ticks, const char *engine, const char *match_id);

/* Follows FOLLOW_CASE_MATCH in slot 0 at the first engine, with session 1 of "tcp://g:1" at 60 Hz. */
void follow_case_follow(struct follow_case *c);

/* The index-th effect of that kind of the last event; NULL: there are not so many. */
const struct follow_effect *follow_case_effect(const struct follow_case *c, enum follow_effect_kind kind,
                                               uint32_t index);
uint32_t follow_case_count(const struct follow_case *c, enum follow_effect_kind kind);
/* The kinds of all effects, in order: "SUBSCRIBE ADMIT". */
const char *follow_case_kinds(const struct follow_case *c);

#endif
