/* SPDX-License-Identifier: Apache-2.0 */
/*
 * What another process sends. The bytes are taken as they are, with and without a cluster key, and once more under the
 * right tag; an accepted batch is what mailbox_batch.h promises, and its payloads are read as the types they claim.
 */
#include "libcommon/base/memory.h"
#include "libcommon/runtime/mailbox/mailbox_batch.h"
#include "proto/match.pb-c.h"
#include "tests/fuzz/fuzz.h"

#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <string.h>

enum { TAGGED_MAX = 1 << 16 };

static const struct mailbox_key key = {"a secret for nothing but fuzzing", 32};

static void read_payload(const Mma__Envelope *envelope)
{
    if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS) {
        Mma__Inputs *inputs = mma__inputs__unpack(NULL, envelope->payload.len, envelope->payload.data);
        if (inputs) {
            mma__inputs__free_unpacked(inputs, NULL);
        }
    }
}

static void check(const Mma__Batch *batch)
{
    REQUIRE(mailbox_url_is_valid(batch->sender) && batch->incarnation != 0 && batch->sequence != 0);
    REQUIRE(batch->n_envelopes > 0 && batch->n_envelopes <= MAILBOX_ITEMS_MAX);
    for (size_t i = 0; i < batch->n_envelopes; i++) {
        const Mma__Envelope *envelope = batch->envelopes[i];
        REQUIRE(envelope->type != MMA__MESSAGE_TYPE__MESSAGE_TYPE_NONE);
        REQUIRE(envelope->trace_id.len == 0 || envelope->trace_id.len == 16);
        read_payload(envelope);
    }
}

static void read_all(struct mailbox_arena *arena, const uint8_t *bytes, size_t size)
{
    const Mma__Batch *batch = NULL;
    if (mailbox_batch_read(arena, &(struct mailbox_key){NULL, 0}, bytes, size, &batch) == STATUS_OK) {
        check(batch);
    }
    if (mailbox_batch_read(arena, &key, bytes, size, &batch) == STATUS_OK) {
        check(batch);
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static struct mailbox_arena arena;
    static uint8_t tagged[TAGGED_MAX];
    if (!arena.allocator.alloc) {
        mailbox_arena_init(&arena);
    }
    read_all(&arena, bytes, size);
    unsigned tag_size = 0;
    if (size > 0 && size <= sizeof tagged - 1 - MAILBOX_TAG_BYTES) {
        tagged[0] = 1;
        memcpy(tagged + 1 + MAILBOX_TAG_BYTES, bytes + 1, size - 1);
        REQUIRE(HMAC(EVP_sha256(), key.bytes, (int)key.size, bytes + 1, size - 1, tagged + 1, &tag_size) != NULL);
        read_all(&arena, tagged, size + MAILBOX_TAG_BYTES);
    }
    return 0;
}
