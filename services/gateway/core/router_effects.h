/* SPDX-License-Identifier: Apache-2.0 */
/*
 * router_effects.h - what the router wants done, in order, before the next event.
 *
 * Effects are values. The few texts that they borrow are static or came in with the event, and what is marked "the
 * event's" is built from the message that came with it: so the owner keeps an event's message until its effects are
 * carried out. Carrying out may bring up new events (a request that cannot be sent): they are handed in afterwards.
 */
#ifndef MMA_SERVICES_GATEWAY_CORE_ROUTER_EFFECTS_H
#define MMA_SERVICES_GATEWAY_CORE_ROUTER_EFFECTS_H

#include "services/gateway/core/pending_requests.h"
#include "services/gateway/core/session.h"

#define GATEWAY_EFFECTS_MAX 64
/* No event on one session has more; what goes over many sessions stops while there is no room for so many. */
#define GATEWAY_EFFECTS_OF_ONE 4

#define GATEWAY_MATCH_ID_SIZE 33 /* 32 hex digits and NUL */

/* WebSocket close codes of docs/protocol.md. */
enum gateway_close_code {
    GATEWAY_CLOSE_NONE = 0, /* the socket is gone already */
    GATEWAY_CLOSE_INTERNAL = 1011,
    GATEWAY_CLOSE_SHUTDOWN = 4001,
    GATEWAY_CLOSE_REPLACED = 4011,
    GATEWAY_CLOSE_RATE_LIMITED = 4012,
    GATEWAY_CLOSE_TOKEN = 4013
};

enum gateway_effect_kind {
    /* To backends. */
    GATEWAY_SEND_REQUEST, /* request: then gateway_router_answered with its id, exactly once */
    GATEWAY_SEND_LEAVE,   /* post */
    GATEWAY_SEND_UNWATCH, /* post */

    /* To the client of session slot. */
    GATEWAY_SEND_WELCOME,
    GATEWAY_SEND_PONG,        /* the event's ping */
    GATEWAY_SEND_ERROR,       /* error */
    GATEWAY_SEND_ANSWER,      /* the event's ticket, joined, watching or chat message */
    GATEWAY_SEND_TICKET,      /* the event's */
    GATEWAY_SEND_MATCH_FOUND, /* from the event's ticket */
    GATEWAY_SEND_MATCH_ENDED, /* the event's */
    GATEWAY_SEND_WATCH_ENDED, /* watch_ended */

    /* For the log, the metrics and the socket. */
    GATEWAY_SESSION_OPENED,
    GATEWAY_SESSION_ENDED, /* ended: the slot is free from here on */
    GATEWAY_REQUEST_FAILED,
    GATEWAY_BACKEND_LOST,
    GATEWAY_DRAINED, /* the process may stop */
    GATEWAY_EFFECT_KINDS
};

struct gateway_effect {
    enum gateway_effect_kind kind;
    uint32_t slot; /* of the session it is about; SESSION_NONE: none */
    uint64_t session_id;
    uint32_t cid; /* of the message that is answered; 0: unasked */
    union {
        struct {
            uint64_t id;
            enum gateway_request_kind kind;
            char url[BACKEND_URL_MAX];
            char player_id[SESSION_PLAYER_MAX];
        } request;
        struct {
            char url[BACKEND_URL_MAX];
            uint64_t stream_id; /* of an unwatch */
            const char *reason; /* of a leave */
        } post;
        struct {
            const char *code, *context, *message;
        } error;
        struct {
            enum gateway_request_kind kind;
        } answer;
        struct {
            char match_id[GATEWAY_MATCH_ID_SIZE];
            const char *reason;
        } watch_ended;
        struct {
            enum gateway_close_code code;
            const char *close_reason;
            const char *reason; /* DROPPED or REPLACED */
            const char *result; /* what it counts as besides; NULL: nothing */
            uint64_t lived_ms;
            char player_id[SESSION_PLAYER_MAX]; /* "" where it never said who it is */
        } ended;
        struct {
            const char *request; /* name */
            enum status status;
            char url[BACKEND_URL_MAX];
        } failed;
        struct {
            char url[BACKEND_URL_MAX];
            enum backend_role role;
            uint32_t sessions;
        } lost;
    };
};

struct gateway_effects {
    uint32_t count;
    struct gateway_effect items[GATEWAY_EFFECTS_MAX];
};

#endif
