/* SPDX-License-Identifier: Apache-2.0 */
/* client_wire.h - client messages to bytes and back, in either encoding. One message at a time: read's memory is
 * reused. */
#ifndef MMA_TESTS_SUPPORT_CLIENT_WIRE_H
#define MMA_TESTS_SUPPORT_CLIENT_WIRE_H

#include "libcommon/base/status.h"
#include "proto/client.pb-c.h"

#include <stdbool.h>

#define CLIENT_WIRE_MESSAGE_MAX    4096      /* up */
#define CLIENT_WIRE_BYTES_DOWN_MAX (1 << 20) /* down */

const char *client_wire_protocol(bool is_protobuf); /* the WebSocket subprotocol */

/* Returns the size; out has CLIENT_WIRE_MESSAGE_MAX bytes. */
size_t client_wire_write(bool is_protobuf, const Mma__ClientMessage *message, uint8_t *out);

/* The message is valid until the next call. */
MUST_USE enum status client_wire_read(bool is_protobuf, const uint8_t *bytes, size_t size,
                                      const Mma__ServerMessage **out_message);

#endif
