/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gateway.h - one gateway worker: its tables and its connections to the rest, shared by the modules of io/.
 *
 * The rules are in core/router.h. Here is what carries them:
 *
 *   client_listener     HTTP and upgrades: web assets, guest tokens, the router's word on who may connect
 *   client_events       what happens on clients' sockets, as events of the router
 *   backend_events      what matchmaker, engines and spectators send unasked, as events of the router
 *   effect_queue        the router's effects, carried out in order; requests and their answers
 *   input_batches       the bytes of inputs that wait for their engine
 *   client_messages, backend_messages   effects as messages, answers as events: no loop in them
 *   client_connection   one client: its socket
 *   gateway             start, drain, stop, and all periodic work
 *
 * Loop's thread only.
 */
#ifndef MMA_SERVICES_GATEWAY_IO_GATEWAY_H
#define MMA_SERVICES_GATEWAY_IO_GATEWAY_H

#include "libcommon/runtime/daemon/daemon.h"
#include "libcommon/runtime/mailbox/mailbox.h"
#include "libcommon/runtime/mailbox/registry.h"
#include "libcommon/runtime/stores/redis.h"
#include "libcommon/runtime/web/websocket.h"
#include "services/gateway/core/router.h"
#include "services/gateway/io/client_codec.h"
#include "services/gateway/io/gateway_metrics.h"
#include "services/gateway/io/gateway_settings.h"
#include "services/gateway/io/tokens.h"
#include "services/gateway/io/web_assets.h"

#define GATEWAY_SWEEP_MS 250

#define ROLE_GATEWAY    "gateway"
#define ROLE_MATCHMAKER "matchmaker"
#define ROLE_ENGINE     "game-engine"
#define ROLE_SPECTATOR  "spectator"

struct client;      /* client_connection.h */
struct input_batch; /* input_batches.c */
struct tls_context;

/* What the mailbox hands back with the answer. */
struct gateway_request {
    struct gateway *gateway;
    uint64_t id;
    enum gateway_request_kind kind;
    enum status failure; /* why it could not be sent */
    struct gateway_request *next_failed;
};

struct gateway {
    struct daemon *daemon;
    uv_loop_t *loop;
    const struct gateway_settings *settings;

    struct gateway_router *router;
    void *router_memory;
    struct gateway_effects effects; /* of the event at hand */
    bool is_carrying_out;
    struct client **clients;                 /* [sessions_max], by session slot */
    struct gateway_request *requests;        /* [PENDING_REQUESTS_MAX], by pending_requests_slot */
    struct gateway_request *failed_requests; /* lists of effect_queue.c */
    struct client *failed_clients;
    struct input_batch *batches[BACKENDS_MAX]; /* by backend; input_batches.c */
    struct gateway_counts counts;

    struct tokens tokens;
    struct web_assets assets;
    struct client_codec *codec;
    struct tls_context *tls;
    struct websocket_server *server;
    struct redis *redis;
    struct registry *registry;
    struct mailbox *mailbox;

    uv_timer_t sweep_timer, batch_timer, greet_timer;
    uint32_t load_permille;
    uint64_t load_cpu_us, load_at_us;
    char public_url[128];
};

extern const char *const gateway_roles[BACKEND_ROLES]; /* their names in the registry */

/* Enters the registry's lists of those that take work into the router: before events that may choose one. */
void gateway_list_backends(struct gateway *gateway);

/* The frame's callbacks. */
const char *gateway_check(const void *settings);
enum status gateway_start(struct daemon *daemon, void **out_instance);
void gateway_drain(void *instance);
void gateway_stop(void *instance);
void gateway_destroy(void *instance);

#endif
