/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mailbox_batch.h - the bytes of a mailbox message (proto/envelope.proto): written in place, read with one arena.
 *
 * An outbox grows envelopes as they are posted, already in the form of Batch's field 4; closing a batch writes format,
 * tag and head in front of them. Nothing is packed twice, and the buffer is kept: no allocation per envelope in steady
 * state. Reading validates everything; pointers are into the arena until the next read. Pure but for malloc and HMAC.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_MAILBOX_MAILBOX_BATCH_H
#define MMA_LIBCOMMON_RUNTIME_MAILBOX_MAILBOX_BATCH_H

#include "libcommon/base/status.h"
#include "libcommon/runtime/mailbox/mailbox.h"
#include "libcommon/runtime/telemetry/log.h"
#include "proto/envelope.pb-c.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAILBOX_TAG_BYTES  32
#define MAILBOX_HEAD_MAX   (1 + MAILBOX_TAG_BYTES + 2 + MAILBOX_URL_MAX + 9 + 9)
#define MAILBOX_ITEMS_MAX  65535 /* envelopes a batch */
#define MAILBOX_OUTBOX_MAX (MAILBOX_BATCH_BYTES_MAX - MAILBOX_HEAD_MAX)

/* Everything of an envelope but its payload. */
struct mailbox_head {
    Mma__MessageType type;
    uint64_t correlation_id;
    bool is_reply;
    struct trace_id trace;
    uint64_t deadline_unix_ms;
};

/* Envelopes on their way to one peer. Zero-initialised is empty. */
struct mailbox_outbox {
    uint8_t *bytes;
    size_t size, capacity;
    struct mailbox_item {
        uint32_t end; /* offset in bytes */
        bool realtime;
    } * items;
    uint32_t count, items_capacity;
};

/* Bytes that an envelope takes in an outbox. */
size_t mailbox_outbox_cost(const struct mailbox_head *head, size_t payload_size);
/* STATUS_TOO_LARGE when no batch could hold it, STATUS_FULL when this one cannot. payload is packed in place. */
MUST_USE enum status mailbox_outbox_add(struct mailbox_outbox *outbox, const struct mailbox_head *head,
                                        const ProtobufCMessage *payload, bool realtime);
/* Adds an envelope that mailbox_envelope_pack or mailbox_outbox_last made. */
MUST_USE enum status mailbox_outbox_add_packed(struct mailbox_outbox *outbox, const uint8_t *bytes, size_t size);
/* The last envelope's bytes, field header included; borrowed until the next call. */
const uint8_t *mailbox_outbox_last(const struct mailbox_outbox *outbox, size_t *out_size);
uint32_t mailbox_outbox_drop_realtime(struct mailbox_outbox *outbox); /* returns how many */
void mailbox_outbox_clear(struct mailbox_outbox *outbox);
void mailbox_outbox_free(struct mailbox_outbox *outbox);

/* What a batch says of its sender. */
struct mailbox_origin {
    const char *sender;
    uint64_t incarnation;
    uint64_t sequence;
};

struct mailbox_key {
    const char *bytes; /* NULL or empty: batches carry no tag */
    size_t size;
};

/* Writes format, tag and head into head_bytes[MAILBOX_HEAD_MAX], so that head_bytes[0 .. size) followed by the outbox's
 * bytes is the message. The tag is over both, so body is needed here. */
size_t mailbox_batch_head(const struct mailbox_origin *origin, const struct mailbox_key *key, const uint8_t *body,
                          size_t body_size, uint8_t head_bytes[MAILBOX_HEAD_MAX]);

/* Memory for reading, reused from batch to batch; grows to what a batch of the largest size may need, no further. */
struct mailbox_arena {
    ProtobufCAllocator allocator;
    uint8_t *bytes;
    size_t capacity, used;
    struct mailbox_overflow *overflow; /* what did not fit this time */
    size_t wanted;
};
#define MAILBOX_ARENA_MAX (24u << 20)

void mailbox_arena_init(struct mailbox_arena *arena);
void mailbox_arena_free(struct mailbox_arena *arena);

/* STATUS_UNAUTHORIZED: no tag or a wrong one where key asks for one; STATUS_INVALID: not a batch. The batch and all it
 * points to live in arena until the next read. Each of its envelopes has a type, and a trace_id of 0 or 16 bytes. */
MUST_USE enum status mailbox_batch_read(struct mailbox_arena *arena, const struct mailbox_key *key,
                                        const uint8_t *bytes, size_t size, const Mma__Batch **out_batch);

bool mailbox_url_is_valid(const char *url); /* "tcp://host:port" of printable ASCII, shorter than MAILBOX_URL_MAX */

#endif
