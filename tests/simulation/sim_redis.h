/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_redis.h - a model of Redis: keys with bytes and expiry, sets, and scripts as atomic steps.
 *
 * A script is a C function: what a Lua script, or a command, does to the keys. It runs once, some time after the call,
 * at once and alone. Then its answer travels back. Faults: away (STATUS_UNAVAILABLE at once, or for what is in flight),
 * hanging (STATUS_EXPIRED after SIM_REDIS_TIMEOUT_MS; the script may have run, or may run later), and
 * forgetting (it comes back without what it was told last, or with nothing).
 */
#ifndef MMA_SIMULATION_SIM_REDIS_H
#define MMA_SIMULATION_SIM_REDIS_H

#include "tests/simulation/sim_process.h"

#define SIM_REDIS_TIMEOUT_MS 2000
#define SIM_REDIS_KEY_MAX    128

struct sim_keys; /* the keys, within a script */

struct sim_value {
    const uint8_t *bytes; /* NULL: nil */
    size_t size;
};

/* count values, in the order in which the script added them. text: an error's, else "". */
struct sim_redis_reply {
    const char *text;
    size_t count;
    const struct sim_value *values;
};

/* argument is the call's, copied. The result is the reply's status: OK, or REFUSED after sim_keys_fail. */
typedef void sim_redis_script(struct sim_keys *keys, const void *argument, size_t size);

/* reply is NULL unless status is OK or REFUSED. */
typedef void sim_on_redis(void *owner, enum status status, const struct sim_redis_reply *reply);

bool sim_redis_is_up(const struct sim_process *process);
uint32_t sim_redis_generation(const struct sim_process *process);

/* on_reply may be NULL. STATUS_UNAVAILABLE: away. argument may be NULL with size 0. */
MUST_USE enum status sim_redis_run(struct sim_process *process, sim_redis_script *script, const void *argument,
                                   size_t size, sim_on_redis *on_reply, void *owner);

/* The usual commands. lifetime_ms 0: for ever. GET answers with one value, which may be nil. With only_new (NX) the
 * answer has one value: "1" when it was set, nil when the key was there. */
MUST_USE enum status sim_redis_get(struct sim_process *process, const char *key, sim_on_redis *on_reply, void *owner);
MUST_USE enum status sim_redis_set(struct sim_process *process, const char *key, const void *bytes, size_t size,
                                   uint64_t lifetime_ms, bool only_new, sim_on_redis *on_reply, void *owner);
MUST_USE enum status sim_redis_delete(struct sim_process *process, const char *key, sim_on_redis *on_reply,
                                      void *owner);
MUST_USE enum status sim_redis_set_add(struct sim_process *process, const char *set, const char *member);
MUST_USE enum status sim_redis_set_remove(struct sim_process *process, const char *set, const char *member);

/* ---- within a script ---- */

bool sim_keys_get(const struct sim_keys *keys, const char *key, struct sim_value *out_value); /* false: not there */
/* As text in a number: 0 when it is not there. */
uint64_t sim_keys_number(const struct sim_keys *keys, const char *key);
bool sim_keys_equals(const struct sim_keys *keys, const char *key, const char *text);
void sim_keys_set(struct sim_keys *keys, const char *key, const void *bytes, size_t size, uint64_t lifetime_ms);
void sim_keys_set_number(struct sim_keys *keys, const char *key, uint64_t number, uint64_t lifetime_ms);
void sim_keys_append(struct sim_keys *keys, const char *key, const void *bytes, size_t size); /* keeps the expiry */
void sim_keys_expire(struct sim_keys *keys, const char *key, uint64_t lifetime_ms);           /* PEXPIRE */
uint64_t sim_keys_lifetime_ms(const struct sim_keys *keys, const char *key); /* 0: not there or for ever */
void sim_keys_delete(struct sim_keys *keys, const char *key);
/* A set is the keys "<set>\x01<member>"; it does not expire. */
void sim_keys_set_insert(struct sim_keys *keys, const char *set, const char *member);
void sim_keys_set_erase(struct sim_keys *keys, const char *set, const char *member);
/* The members in order: out_member of the index-th. false: there are not so many. */
bool sim_keys_set_member(const struct sim_keys *keys, const char *set, size_t index, const char **out_member);

void sim_keys_answer(struct sim_keys *keys, const void *bytes, size_t size); /* adds a value; bytes NULL: nil */
void sim_keys_answer_text(struct sim_keys *keys, const char *text);
void sim_keys_fail(struct sim_keys *keys, const char *text); /* the answer is an error; what was done stays done */

#endif
