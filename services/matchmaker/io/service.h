/* SPDX-License-Identifier: Apache-2.0 */
/*
 * service.h - one matchmaker worker: its core, its connections, and the rounds. Private to io/.
 *
 * Everything runs on the loop's thread. Only one matchmaker is active, the first in the registry, because gateways
 * choose it; the others stand by and serve who asks them all the same, with tickets of their own.
 */
#ifndef MMA_MATCHMAKER_SERVICE_H
#define MMA_MATCHMAKER_SERVICE_H

#include "libcommon/runtime/auth/jwt.h"
#include "libcommon/runtime/daemon/daemon.h"
#include "libcommon/runtime/mailbox/mailbox.h"
#include "libcommon/runtime/mailbox/registry.h"
#include "libcommon/runtime/stores/amqp.h"
#include "libcommon/runtime/stores/postgres.h"
#include "libcommon/runtime/stores/redis.h"
#include "libcommon/runtime/web/http_server.h"
#include "services/matchmaker/core/matchmaker.h"
#include "services/matchmaker/io/rating_cache.h"
#include "services/matchmaker/io/settings.h"

#define JOIN_TOKEN_LIFETIME_S   60
#define RATING_READ_TIMEOUT_MS  500
#define RESULT_WRITE_TIMEOUT_MS 5000
#define REDIS_TIMEOUT_MS        1000

struct results;

struct service {
    struct daemon *daemon;
    const struct settings *settings;
    struct redis *redis;
    struct registry *registry;
    struct postgres *reads;  /* ratings and matches, a deadline of RATING_READ_TIMEOUT_MS */
    struct postgres *writes; /* results */
    struct amqp *amqp;
    struct mailbox *mailbox;
    struct http_server *http;
    struct jwt_keys *api_keys, *join_keys;
    uv_timer_t round_timer;
    struct matchmaker *core;
    struct rating_cache ratings;
    struct results *results;
    struct placement_engine engines[PLACEMENT_ENGINES_MAX];
    uint32_t intakes; /* tickets whose ratings are being read */
    bool restored;    /* open tickets were taken over from Redis */
    bool restoring, draining, drained, stopping;
};

extern const struct daemon_spec service_spec;

/* The engines of the registry, as the core wants them; valid until the next call. */
struct matchmaker_engines service_engines(struct service *service);

#endif
