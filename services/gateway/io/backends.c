/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/backends.h"

#include "libcommon/base/hash.h"
#include "libcommon/runtime/telemetry/entropy.h"

#include <stdlib.h>
#include <string.h>

enum status backends_init(struct backends *peers)
{
    *peers = (struct backends){.salt = entropy_u64(), .index_memory = malloc(hash_index_bytes(BACKENDS_MAX))};
    if (peers->index_memory == NULL) {
        return STATUS_NO_MEMORY;
    }
    hash_index_init(&peers->index, BACKENDS_MAX, peers->index_memory);
    return STATUS_OK;
}

void backends_free(struct backends *peers)
{
    for (size_t i = 0; i < BACKENDS_MAX; i++) {
        free(peers->items[i].inputs);
        peers->items[i].inputs = NULL;
    }
    free(peers->index_memory);
    peers->index_memory = NULL;
}

uint64_t backends_key(const struct backends *peers, const char *mailbox)
{
    struct hash hash;
    hash_init(&hash, peers->salt);
    hash_bytes(&hash, mailbox, strlen(mailbox));
    return hash_finish(&hash);
}

uint32_t backends_find(const struct backends *peers, const char *mailbox)
{
    uint64_t key = backends_key(peers, mailbox);
    struct hash_index_walk walk = {0};
    uint32_t index;
    do {
        index = hash_index_next(&peers->index, key, &walk);
    } while (index != HASH_INDEX_NONE && strcmp(peers->items[index].mailbox, mailbox) != 0);
    return index;
}

static uint32_t free_place(const struct backends *peers)
{
    for (uint32_t i = 0; i < BACKENDS_MAX; i++) {
        if (peers->items[i].users == 0) {
            return i;
        }
    }
    return HASH_INDEX_NONE;
}

uint32_t backends_take(struct backends *peers, const char *mailbox, const char *role, uint64_t now_ms)
{
    uint32_t index = backends_find(peers, mailbox);
    if (index != HASH_INDEX_NONE) {
        peers->items[index].users++;
        return index;
    }
    index = free_place(peers);
    size_t size = strlen(mailbox) + 1;
    if (index == HASH_INDEX_NONE || size == 1 || size > MAILBOX_URL_MAX) {
        return HASH_INDEX_NONE;
    }
    peers->used = index < peers->used ? peers->used : index + 1;
    struct backend *peer = &peers->items[index];
    memcpy(peer->mailbox, mailbox, size);
    peer->role = role;
    peer->key = backends_key(peers, mailbox);
    peer->users = 1;
    peer->heard_ms = now_ms;
    hash_index_add(&peers->index, peer->key, index);
    return index;
}

void backends_release(struct backends *peers, uint32_t index)
{
    struct backend *peer = &peers->items[index];
    REQUIRE(peer->users > 0);
    if (--peer->users == 0) {
        hash_index_remove(&peers->index, peer->key, index);
        peer->mailbox[0] = '\0';
        if (peer->inputs != NULL) {
            peer->inputs->count = 0;
        }
    }
}

Mma__SessionInput *backends_add_input(struct backend *peer, const uint8_t *bytes, size_t size)
{
    if (peer->inputs == NULL) {
        peer->inputs = malloc(sizeof *peer->inputs);
        if (peer->inputs == NULL) {
            return NULL;
        }
        peer->inputs->count = 0;
    }
    struct input_batch *batch = peer->inputs;
    if (batch->count == INPUT_BATCH_MAX) {
        return NULL;
    }
    REQUIRE(size <= INPUT_BYTES_MAX);
    Mma__SessionInput *item = &batch->items[batch->count];
    mma__session_input__init(item);
    if (size > 0) {
        memcpy(batch->bytes[batch->count], bytes, size);
        item->input = (ProtobufCBinaryData){.len = size, .data = batch->bytes[batch->count]};
    }
    batch->pointers[batch->count++] = item;
    return item;
}
