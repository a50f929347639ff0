/* SPDX-License-Identifier: Apache-2.0 */
/*
 * snapshot_frame.h - snapshots on their way through: read out of a batch without a copy, and wrapped for the client
 * without a walk over descriptors. Both are the hottest path of the gateway.
 *
 * Snapshots (proto/match.proto) and Frames (proto/spectate.proto) have the same shape: repeated field 1 of
 * {1: fixed64 id, 2: uint32 tick, 3: uint32 baseline_tick, 4: bytes snapshot}. The reader serves both; it skips fields
 * that it does not know, as protobuf wants.
 */
#ifndef MMA_SERVICES_GATEWAY_CORE_SNAPSHOT_FRAME_H
#define MMA_SERVICES_GATEWAY_CORE_SNAPSHOT_FRAME_H

#include "libcommon/base/bytes.h"

struct snapshot_frame {
    uint64_t id; /* session or stream */
    uint32_t tick;
    uint32_t baseline_tick; /* 0: a keyframe */
    const uint8_t *bytes;   /* into the batch */
    size_t size;
};

struct snapshot_batch {
    struct byte_reader reader;
};

void snapshot_batch_init(struct snapshot_batch *batch, const uint8_t *payload, size_t size);

/* STATUS_EMPTY after the last; STATUS_INVALID or STATUS_TRUNCATED for bad bytes: nothing more is read then. */
MUST_USE enum status snapshot_batch_next(struct snapshot_batch *batch, struct snapshot_frame *out_frame);

enum client_encoding { CLIENT_MSGPACK, CLIENT_PROTOBUF, CLIENT_ENCODINGS };

#define SNAPSHOT_HEAD_MAX 8

/* The bytes of ServerMessage{snapshot} that go before the snapshot's own; writes at most SNAPSHOT_HEAD_MAX. */
size_t snapshot_head(enum client_encoding encoding, size_t snapshot_size, uint8_t *out);

#endif
