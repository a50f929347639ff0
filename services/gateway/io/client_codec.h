/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_codec.h - what clients send, read and checked; what they hear, written: in both encodings.
 *
 * Reading allocates from one arena that is reset with each message: a message lives until the next read. Writing goes
 * into one scratch buffer: bytes live until the next write. What client_codec_read lets through is within the schema's
 * limits: sizes, ids, known rates, an input that decodes.
 */
#ifndef MMA_SERVICES_GATEWAY_IO_CLIENT_CODEC_H
#define MMA_SERVICES_GATEWAY_IO_CLIENT_CODEC_H

#include "libcommon/base/arena.h"
#include "libcommon/runtime/encoding/borrow.h"
#include "libcommon/runtime/encoding/transcode.h"
#include "proto/client.pb-c.h"
#include "services/gateway/core/session.h"
#include "services/gateway/core/snapshot_frame.h"

#define CLIENT_MESSAGE_BYTES_MAX 4096

struct client_codec;

MUST_USE enum status client_codec_create(struct client_codec **out_codec);
void client_codec_destroy(struct client_codec *codec); /* takes NULL */

/* What was wrong with a message, and its cid where that could be read; else 0. */
struct client_fault {
    uint32_t cid;
    struct transcode_error error;
};

/* STATUS_INVALID: out_fault says which field and why. */
MUST_USE enum status client_codec_read(struct client_codec *codec, enum client_encoding encoding, const uint8_t *bytes,
                                       size_t size, Mma__ClientMessage **out_message, struct client_fault *out_fault);

/* The bytes are the codec's. NULL: out of memory. */
const uint8_t *client_codec_write(struct client_codec *codec, enum client_encoding encoding,
                                  const Mma__ServerMessage *message, size_t *out_size);

/* ServerMessage{snapshot} without a walk over descriptors. */
const uint8_t *client_codec_wrap(struct client_codec *codec, enum client_encoding encoding, const uint8_t *snapshot,
                                 size_t size, size_t *out_size);

/* The first of the offered subprotocols that we speak; NULL: none. */
const char *client_encoding_choose(const char *offered, enum client_encoding *out_encoding);

enum session_message client_message_kind(const Mma__ClientMessage *message);

#endif
