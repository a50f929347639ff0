/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mailbox.h - how processes talk: one NNG PULL socket each, a PUSH socket to every peer, protobuf Envelopes in Batches.
 *
 * Inside: aio receive callback → ring → uv_async → the loop's thread. Everything here is called from, and calls back
 * on, the loop's thread. What is posted within batch_delay_ms (or until mailbox_flush) leaves as one message a peer.
 *
 * Classes. REALTIME: newest wins; dropped and counted when the peer's queue is full. PUBLISH and requests: bounded;
 * refused (STATUS_FULL) when full. A request is sent again with the same id until it is answered or its deadline
 * passes; the receiver answers a repeat with the same answer (kept REPLY_CACHE_MS) without calling on_envelope again.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_MAILBOX_MAILBOX_H
#define MMA_LIBCOMMON_RUNTIME_MAILBOX_MAILBOX_H

#include "libcommon/base/status.h"
#include "libcommon/runtime/telemetry/log.h"
#include "proto/envelope.pb-c.h"

#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define MAILBOX_URL_MAX         64         /* "tcp://255.255.255.255:65535" and NUL; host names up to 40 bytes */
#define MAILBOX_BATCH_BYTES_MAX (4u << 20) /* NNG_OPT_RECVMAXSZ; larger batches are cut in several */
#define MAILBOX_PEERS_MAX       1024
#define MAILBOX_REQUESTS_MAX    8192 /* pending at once */

enum mailbox_class { MAILBOX_REALTIME, MAILBOX_PUBLISH };

struct mailbox;

/* A received envelope. All pointers are borrowed until the callback returns. */
struct mailbox_envelope {
    Mma__MessageType type;
    const char *sender; /* mailbox URL */
    uint64_t correlation_id;
    uint64_t deadline_unix_ms; /* 0: none */
    struct trace_id trace;
    const uint8_t *payload;
    size_t payload_size;
};

/* Exactly once for each accepted request. reply is NULL unless status is OK; a REFUSAL gives the refusal's status and
 * the envelope that carries it. */
typedef void mailbox_on_reply(void *owner, enum status status, const struct mailbox_envelope *reply);

struct mailbox_options {
    const char *bind_host;   /* address to bind, borrowed during open */
    const char *public_host; /* what peers dial */
    const char *cluster_key; /* NULL or "": batches carry no tag, and tagged ones are accepted */
    uint32_t batch_delay_ms; /* 0: flush at the end of the loop's iteration; else first post waits at most so long */
    void *owner;             /* borrowed, handed to on_envelope */
    /* Requests and everything else but replies. Answer requests with mailbox_reply, now or later (copy what you need).
     */
    void (*on_envelope)(void *owner, const struct mailbox_envelope *envelope);
};

MUST_USE enum status mailbox_open(uv_loop_t *loop, const struct mailbox_options *options, struct mailbox **out_mailbox);
/* Pending requests end with STATUS_CANCELLED; what is queued is sent if it goes at once. Freed in a later iteration
 * of the loop. */
void mailbox_close(struct mailbox *mailbox);
const char *mailbox_url(const struct mailbox *mailbox); /* "tcp://host:port", valid while open */

/* Copies payload. peer: a mailbox URL, dialled at first use, forgotten after 60 s without use. */
MUST_USE enum status mailbox_post(struct mailbox *mailbox, const char *peer, enum mailbox_class mailbox_class,
                                  Mma__MessageType type, struct trace_id trace, const ProtobufCMessage *message);
MUST_USE enum status mailbox_request(struct mailbox *mailbox, const char *peer, Mma__MessageType type,
                                     struct trace_id trace, const ProtobufCMessage *message, uint32_t timeout_ms,
                                     mailbox_on_reply *on_reply, void *owner);

/* What to remember of a request to answer it later. */
struct mailbox_return {
    char sender[MAILBOX_URL_MAX];
    uint64_t correlation_id;
    struct trace_id trace;
};
struct mailbox_return mailbox_return_of(const struct mailbox_envelope *request);
void mailbox_reply(struct mailbox *mailbox, const struct mailbox_return *to, Mma__MessageType type,
                   const ProtobufCMessage *message);
void mailbox_refuse(struct mailbox *mailbox, const struct mailbox_return *to, enum status status, const char *reason,
                    const char *message);

void mailbox_flush(struct mailbox *mailbox); /* send every peer's batch now: the engine calls it at the end of a tick */

#endif
