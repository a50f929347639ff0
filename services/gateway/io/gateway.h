/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gateway.h - one gateway worker: its tables and its connections to the rest, shared by the modules of io/.
 *
 *   client_listener     HTTP and upgrades: pages, guest tokens, who may connect
 *   client_connection   one client: its messages in, ours out
 *   upstream            requests to matchmaker, engines and spectators, and their answers
 *   downstream          what they send unasked: snapshots, frames, ticket updates, endings
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
#include "services/gateway/core/session.h"
#include "services/gateway/core/stream.h"
#include "services/gateway/io/address_limits.h"
#include "services/gateway/io/backends.h"
#include "services/gateway/io/client_codec.h"
#include "services/gateway/io/gateway_metrics.h"
#include "services/gateway/io/gateway_settings.h"
#include "services/gateway/io/tokens.h"
#include "services/gateway/io/web_assets.h"

#define GATEWAY_STREAMS_MAX 4096
#define GATEWAY_SWEEP_MS    250

#define ROLE_GATEWAY    "gateway"
#define ROLE_MATCHMAKER "matchmaker"
#define ROLE_ENGINE     "game-engine"
#define ROLE_SPECTATOR  "spectator"

/* WebSocket close codes of docs/protocol.md. */
enum close_code { CLOSE_SHUTDOWN = 4001, CLOSE_REPLACED = 4011, CLOSE_RATE_LIMITED = 4012, CLOSE_TOKEN = 4013 };

struct client; /* client_connection.h */
struct tls_context;

struct gateway {
    struct daemon *daemon;
    uv_loop_t *loop;
    const struct gateway_settings *settings;

    struct session_table sessions;
    struct stream_table streams;
    struct client **clients; /* [sessions.capacity], by session slot */
    struct client *to_greet; /* list: upgraded in this turn of the loop */
    struct backends backends;
    uint32_t players; /* authenticated sessions */
    uint32_t watchers;
    struct gateway_counts counts;

    struct tokens tokens;
    struct web_assets assets;
    struct address_limits *connects;
    struct address_limits *spectator_joins;
    struct client_codec *codec;
    struct tls_context *tls;
    struct websocket_server *server;
    struct redis *redis;
    struct registry *registry;
    struct mailbox *mailbox;

    uv_timer_t sweep_timer, batch_timer, greet_timer;
    uint32_t load_permille;
    uint64_t load_cpu_us, load_at_us;
    bool is_draining, has_drained, is_stopping;
    uint64_t drain_until_ms;
    char public_url[128];
    void *session_memory, *stream_memory;
};

/* The frame's callbacks. */
const char *gateway_check(const void *settings);
enum status gateway_start(struct daemon *daemon, void **out_instance);
void gateway_drain(void *instance);
void gateway_stop(void *instance);
void gateway_destroy(void *instance);

#endif
