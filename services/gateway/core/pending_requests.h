/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pending_requests.h - requests to matchmaker, engines and spectators that wait for their answer.
 *
 * An id names a request for ever (slot and generation) and is never 0, so an answer that comes twice finds nothing.
 */
#ifndef MMA_SERVICES_GATEWAY_CORE_PENDING_REQUESTS_H
#define MMA_SERVICES_GATEWAY_CORE_PENDING_REQUESTS_H

#include "services/gateway/core/backends.h"

#include <stdbool.h>

#define PENDING_REQUESTS_MAX 8192 /* as many as a mailbox has on their way */

enum gateway_request_kind {
    GATEWAY_REQUEST_CREATE_TICKET,
    GATEWAY_REQUEST_CANCEL_TICKET,
    GATEWAY_REQUEST_JOIN,
    GATEWAY_REQUEST_WATCH,
    GATEWAY_REQUEST_CHAT,
    GATEWAY_REQUEST_KINDS
};

struct pending_request {
    enum gateway_request_kind kind;
    uint64_t session_id; /* 0: nobody waits for the answer */
    uint32_t attempt;    /* session.attempt when it was sent */
    uint32_t cid;
    char url[BACKEND_URL_MAX];
};

struct pending_requests {
    struct pending_request items[PENDING_REQUESTS_MAX];
    uint32_t generations[PENDING_REQUESTS_MAX]; /* odd: the slot is taken */
    uint32_t free_slots[PENDING_REQUESTS_MAX];  /* the first PENDING_REQUESTS_MAX - count */
    uint32_t count;
};

void pending_requests_init(struct pending_requests *requests);

/* Copies. The id; 0: all places are taken. */
uint64_t pending_requests_add(struct pending_requests *requests, const struct pending_request *request);

/* Removes it. False: it is not there (any more). */
bool pending_requests_take(struct pending_requests *requests, uint64_t id, struct pending_request *out_request);

/* The place of a request, below PENDING_REQUESTS_MAX: where the owner keeps what belongs to it. */
static inline uint32_t pending_requests_slot(uint64_t id)
{
    return (uint32_t)id;
}

#endif
