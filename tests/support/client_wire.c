/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/client_wire.h"

#include "libcommon/runtime/encoding/transcode.h"

#include <stdalign.h>

/* A message's memory: taken from the front, given back all at once. */
#define SCRATCH_BYTES ((size_t)4 * CLIENT_WIRE_BYTES_DOWN_MAX)
static alignas(16) uint8_t scratch[SCRATCH_BYTES];
static size_t scratch_used;

static void *scratch_take(void *data, size_t size)
{
    (void)data;
    size_t rounded = (size + 15) & ~(size_t)15;
    if (SCRATCH_BYTES - scratch_used < rounded) {
        return NULL;
    }
    void *memory = scratch + scratch_used;
    scratch_used += rounded;
    return memory;
}

static void scratch_give(void *data, void *memory)
{
    (void)data;
    (void)memory;
}

static ProtobufCAllocator allocator = {scratch_take, scratch_give, NULL};

const char *client_wire_protocol(bool is_protobuf)
{
    return is_protobuf ? "arena.v1.protobuf" : "arena.v1.msgpack";
}

size_t client_wire_write(bool is_protobuf, const Mma__ClientMessage *message, uint8_t *out)
{
    size_t size = is_protobuf ? mma__client_message__get_packed_size(message)
                              : transcode_msgpack_write(&message->base, out, CLIENT_WIRE_MESSAGE_MAX);
    REQUIRE(size <= CLIENT_WIRE_MESSAGE_MAX); /* our own: a token, some regions, or an input */
    return is_protobuf ? mma__client_message__pack(message, out) : size;
}

enum status client_wire_read(bool is_protobuf, const uint8_t *bytes, size_t size,
                             const Mma__ServerMessage **out_message)
{
    ProtobufCMessage *message = NULL;
    const ProtobufCMessageDescriptor *descriptor = &mma__server_message__descriptor;
    scratch_used = 0;
    enum status status = is_protobuf ? transcode_protobuf_read(descriptor, bytes, size, &allocator, &message, NULL)
                                     : transcode_msgpack_read(descriptor, bytes, size, &allocator, &message, NULL);
    if (status == STATUS_OK) {
        *out_message = (const Mma__ServerMessage *)message;
    }
    return status;
}
