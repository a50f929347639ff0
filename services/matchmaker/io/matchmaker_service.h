/* SPDX-License-Identifier: Apache-2.0 */
/*
 * matchmaker_service.h - one matchmaker worker: its core, its connections, and the timer of the rounds. Private to io/.
 *
 * Everything runs on the loop's thread. What happens is handed to the core, and what the core wants done is carried out
 * (carry_out.h); nothing here decides.
 */
#ifndef MMA_SERVICES_MATCHMAKER_IO_MATCHMAKER_SERVICE_H
#define MMA_SERVICES_MATCHMAKER_IO_MATCHMAKER_SERVICE_H

#include "libcommon/runtime/auth/jwt.h"
#include "libcommon/runtime/daemon/daemon.h"
#include "libcommon/runtime/mailbox/mailbox.h"
#include "libcommon/runtime/mailbox/registry.h"
#include "libcommon/runtime/stores/amqp.h"
#include "libcommon/runtime/stores/postgres.h"
#include "libcommon/runtime/stores/redis.h"
#include "libcommon/runtime/web/http_server.h"
#include "proto/durable.pb-c.h"
#include "services/matchmaker/core/matchmaker.h"
#include "services/matchmaker/io/matchmaker_settings.h"

#define RATING_READ_TIMEOUT_MS  500
#define RESULT_WRITE_TIMEOUT_MS 5000
#define RESULT_PREFETCH         32
#define REDIS_TIMEOUT_MS        1000

struct matchmaker_service;

/* A slot of the core, as the owner of a request to a database or a peer. */
struct service_slot {
    struct matchmaker_service *service;
    uint32_t slot;
};

/* Where the answer to a request for a ticket goes. */
struct ticket_return {
    struct http_exchange *exchange; /* NULL: to the mailbox */
    struct mailbox_return mailbox;
};

/* A result at work. */
struct result_message {
    Mma__MatchResult *message; /* owned; NULL: the slot is free */
    struct trace_id trace;
};

/* An effect that could not be carried out: the core hears of it next. */
struct failed_effect {
    struct matchmaker_effect effect;
    enum status status;
};

struct matchmaker_service {
    struct daemon *daemon;
    const struct matchmaker_settings *settings;
    struct redis *redis;
    struct registry *registry;
    struct postgres *reads;  /* ratings and matches, a deadline of RATING_READ_TIMEOUT_MS */
    struct postgres *writes; /* results */
    struct amqp *amqp;
    struct mailbox *mailbox;
    struct http_server *http;
    struct jwt_keys *api_keys, *join_keys;
    uv_timer_t round_timer;
    bool is_stopping; /* what still comes back is dropped */

    struct matchmaker *core;
    struct matchmaker_effects effects; /* of the last call of the core; carry_out empties it */
    bool is_carrying_out;
    uint32_t failed_first, failed_count;
    struct failed_effect failed[MATCHMAKER_EFFECTS_MAX]; /* a ring */

    struct placement_engine engines[PLACEMENT_ENGINES_MAX]; /* of the last matchmaker_service_engines */
    struct service_slot intakes[TICKET_INTAKES_MAX], matches[FORMED_MATCHES_CAPACITY], results[RESULTS_MAX];
    struct ticket_return returns[TICKET_INTAKES_MAX];
    struct result_message messages[RESULTS_MAX];
};

/* ---- the daemon's life, see daemon.h ---- */

const char *matchmaker_service_check(const void *settings);
MUST_USE enum status matchmaker_service_start(struct daemon *daemon, const struct matchmaker_settings *settings,
                                              void **out_instance);
void matchmaker_service_drain(void *instance);
void matchmaker_service_stop(void *instance);
void matchmaker_service_destroy(void *instance);

/* ---- for io/ ---- */

/* The one place that reads the clocks. */
struct matchmaker_clock matchmaker_service_clock(void);

/* The other matchmakers and Redis, as the core wants them; valid until the loop's next iteration. */
struct takeover_view matchmaker_service_view(const struct matchmaker_service *service);

/* The engines of the registry, as the core wants them; valid until the next call. */
struct matchmaker_engines matchmaker_service_engines(struct matchmaker_service *service);

#endif
