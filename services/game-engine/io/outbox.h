/* SPDX-License-Identifier: Apache-2.0 */
/*
 * outbox.h - what one tick sends: all snapshots for one gateway in one message, all records for one spectator in one.
 *
 * Nothing is allocated in a tick. When the outbox is full it posts what it has, and goes on.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_IO_OUTBOX_H
#define MMA_SERVICES_GAME_ENGINE_IO_OUTBOX_H

#include "libcommon/base/peers.h"
#include "libcommon/base/status.h"
#include "proto/envelope.pb-c.h"

struct outbox;

/* Sends a message of the realtime class. One that finds no room is dropped: who misses it reports so and gets a new
 * beginning. */
typedef void outbox_send(void *owner, const char *mailbox_url, Mma__MessageType type, const ProtobufCMessage *message);

/* owner and peers are borrowed. snapshot_bytes_max: of one snapshot. */
MUST_USE enum status outbox_create(outbox_send *send, void *owner, const struct peers *peers, size_t snapshot_bytes_max,
                                   struct outbox **out_outbox);
void outbox_destroy(struct outbox *outbox); /* takes NULL */

struct outbox_snapshot {
    uint32_t peer;
    uint64_t session;
    uint32_t tick;
    uint32_t baseline_tick;
    size_t size;
};

/* Where the next snapshot may be encoded: snapshot_bytes_max bytes. outbox_add_snapshot keeps what is there. */
uint8_t *outbox_place(struct outbox *outbox);
void outbox_add_snapshot(struct outbox *outbox, const struct outbox_snapshot *snapshot);

/* match_id and bytes are borrowed until outbox_post. */
void outbox_add_records(struct outbox *outbox, uint32_t peer, char *match_id, uint32_t first_tick, uint8_t *bytes,
                        size_t size);

/* Posts everything. */
void outbox_post(struct outbox *outbox);

#endif
