/* SPDX-License-Identifier: Apache-2.0 */
/* wire.h - client messages to bytes and back, in either encoding. One message at a time: read's memory is reused. */
#ifndef MMA_BOTS_WIRE_H
#define MMA_BOTS_WIRE_H

#include "libcommon/base/status.h"
#include "proto/client.pb-c.h"

#include <stdbool.h>

#define WIRE_MESSAGE_MAX    4096      /* up */
#define WIRE_BYTES_DOWN_MAX (1 << 20) /* down */

const char *wire_protocol(bool is_protobuf); /* the WebSocket subprotocol */

/* Returns the size; out has WIRE_MESSAGE_MAX bytes. */
size_t wire_write(bool is_protobuf, const Mma__ClientMessage *message, uint8_t *out);

/* The message is valid until the next call. */
MUST_USE enum status wire_read(bool is_protobuf, const uint8_t *bytes, size_t size,
                               const Mma__ServerMessage **out_message);

#endif
