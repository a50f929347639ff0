/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/mailbox_batch.h"

#include <openssl/crypto.h>
#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <stdlib.h>
#include <string.h>

/* Protocol buffers encoding: a field's key is number << 3 | wire type (0 varint, 1 fixed64, 2 length-delimited). */
#define KEY(number, wire) ((uint8_t)((number) << 3 | (wire)))

enum { FORMAT_PLAIN = 0, FORMAT_TAGGED = 1 };

static const uint8_t no_trace[16];

static size_t varint_size(uint64_t value)
{
    size_t size = 1;
    for (; value >= 0x80; value >>= 7) {
        size++;
    }
    return size;
}

static uint8_t *put_varint(uint8_t *out, uint64_t value)
{
    for (; value >= 0x80; value >>= 7) {
        *out++ = (uint8_t)(value | 0x80);
    }
    *out++ = (uint8_t)value;
    return out;
}

static uint8_t *put_fixed64(uint8_t *out, uint8_t key, uint64_t value)
{
    *out++ = key;
    for (unsigned i = 0; i < 8; i++) {
        *out++ = (uint8_t)(value >> (8 * i));
    }
    return out;
}

static bool has_trace(const struct mailbox_head *head)
{
    return memcmp(head->trace.bytes, no_trace, sizeof no_trace) != 0;
}

static size_t envelope_size(const struct mailbox_head *head, size_t payload_size)
{
    size_t size = 1 + varint_size((uint64_t)head->type);
    size += head->correlation_id ? 9 : 0;
    size += head->is_reply ? 2 : 0;
    size += has_trace(head) ? 2 + sizeof head->trace.bytes : 0;
    size += head->deadline_unix_ms ? 9 : 0;
    size += payload_size ? 1 + varint_size(payload_size) + payload_size : 0;
    return size;
}

static uint8_t *put_head(uint8_t *out, const struct mailbox_head *head)
{
    *out++ = KEY(1, 0);
    out = put_varint(out, (uint64_t)head->type);
    if (head->correlation_id) {
        out = put_fixed64(out, KEY(2, 1), head->correlation_id);
    }
    if (head->is_reply) {
        *out++ = KEY(3, 0);
        *out++ = 1;
    }
    if (has_trace(head)) {
        *out++ = KEY(4, 2);
        *out++ = sizeof head->trace.bytes;
        memcpy(out, head->trace.bytes, sizeof head->trace.bytes);
        out += sizeof head->trace.bytes;
    }
    if (head->deadline_unix_ms) {
        out = put_fixed64(out, KEY(5, 1), head->deadline_unix_ms);
    }
    return out;
}

static enum status reserve(struct mailbox_outbox *outbox, size_t size)
{
    if (size > MAILBOX_OUTBOX_MAX) {
        return STATUS_TOO_LARGE;
    }
    if (MAILBOX_OUTBOX_MAX - outbox->size < size || outbox->count == MAILBOX_ITEMS_MAX) {
        return STATUS_FULL;
    }
    if (outbox->capacity - outbox->size < size) {
        size_t capacity = outbox->capacity ? outbox->capacity : 4096;
        while (capacity - outbox->size < size) {
            capacity *= 2;
        }
        uint8_t *bytes = realloc(outbox->bytes, capacity);
        if (bytes == NULL) {
            return STATUS_NO_MEMORY;
        }
        outbox->bytes = bytes;
        outbox->capacity = capacity;
    }
    if (outbox->count == outbox->items_capacity) {
        uint32_t capacity = outbox->items_capacity ? outbox->items_capacity * 2 : 64;
        struct mailbox_item *items = realloc(outbox->items, capacity * sizeof *items);
        if (items == NULL) {
            return STATUS_NO_MEMORY;
        }
        outbox->items = items;
        outbox->items_capacity = capacity;
    }
    return STATUS_OK;
}

static void add_item(struct mailbox_outbox *outbox, size_t size, bool realtime)
{
    outbox->size += size;
    outbox->items[outbox->count++] = (struct mailbox_item){(uint32_t)outbox->size, realtime};
}

size_t mailbox_outbox_cost(const struct mailbox_head *head, size_t payload_size)
{
    size_t size = envelope_size(head, payload_size);
    return 1 + varint_size(size) + size;
}

enum status mailbox_outbox_add(struct mailbox_outbox *outbox, const struct mailbox_head *head,
                               const ProtobufCMessage *payload, bool realtime)
{
    size_t payload_size = protobuf_c_message_get_packed_size(payload);
    if (payload_size > MAILBOX_OUTBOX_MAX) {
        return STATUS_TOO_LARGE;
    }
    size_t cost = mailbox_outbox_cost(head, payload_size);
    enum status status = reserve(outbox, cost);
    if (status != STATUS_OK) {
        return status;
    }
    uint8_t *out = outbox->bytes + outbox->size;
    *out++ = KEY(4, 2);
    out = put_varint(out, envelope_size(head, payload_size));
    out = put_head(out, head);
    if (payload_size) {
        *out++ = KEY(6, 2);
        out = put_varint(out, payload_size);
        out += protobuf_c_message_pack(payload, out);
    }
    REQUIRE(out == outbox->bytes + outbox->size + cost);
    add_item(outbox, cost, realtime);
    return STATUS_OK;
}

enum status mailbox_outbox_add_packed(struct mailbox_outbox *outbox, const uint8_t *bytes, size_t size)
{
    REQUIRE(bytes != NULL && size > 0);
    enum status status = reserve(outbox, size);
    if (status != STATUS_OK) {
        return status;
    }
    memcpy(outbox->bytes + outbox->size, bytes, size);
    add_item(outbox, size, false);
    return STATUS_OK;
}

const uint8_t *mailbox_outbox_last(const struct mailbox_outbox *outbox, size_t *out_size)
{
    REQUIRE(outbox->count > 0);
    size_t start = outbox->count > 1 ? outbox->items[outbox->count - 2].end : 0;
    *out_size = outbox->size - start;
    return outbox->bytes + start;
}

uint32_t mailbox_outbox_drop_realtime(struct mailbox_outbox *outbox)
{
    size_t from = 0, size = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < outbox->count; i++) {
        struct mailbox_item item = outbox->items[i];
        if (!item.realtime) {
            memmove(outbox->bytes + size, outbox->bytes + from, item.end - from);
            size += item.end - from;
            outbox->items[kept++] = (struct mailbox_item){(uint32_t)size, false};
        }
        from = item.end;
    }
    uint32_t dropped = outbox->count - kept;
    outbox->size = size;
    outbox->count = kept;
    return dropped;
}

void mailbox_outbox_clear(struct mailbox_outbox *outbox)
{
    outbox->size = 0;
    outbox->count = 0;
}

void mailbox_outbox_free(struct mailbox_outbox *outbox)
{
    free(outbox->bytes);
    free(outbox->items);
    *outbox = (struct mailbox_outbox){0};
}

static bool has_key(const struct mailbox_key *key)
{
    return key->bytes != NULL && key->size > 0;
}

/* HMAC-SHA256 (RFC 2104) over head and body. */
static bool compute_tag(const struct mailbox_key *key, const uint8_t *head, size_t head_size, const uint8_t *body,
                        size_t body_size, uint8_t out_tag[MAILBOX_TAG_BYTES])
{
    size_t size = 0;
    EVP_MAC *mac = EVP_MAC_fetch(NULL, "HMAC", NULL);
    EVP_MAC_CTX *context = mac != NULL ? EVP_MAC_CTX_new(mac) : NULL;
    char digest[] = "SHA256";
    OSSL_PARAM parameters[] = {OSSL_PARAM_construct_utf8_string("digest", digest, 0), OSSL_PARAM_construct_end()};
    bool done = context != NULL && EVP_MAC_init(context, (const unsigned char *)key->bytes, key->size, parameters) &&
                EVP_MAC_update(context, head, head_size) && EVP_MAC_update(context, body, body_size) &&
                EVP_MAC_final(context, out_tag, &size, MAILBOX_TAG_BYTES) && size == MAILBOX_TAG_BYTES;
    EVP_MAC_CTX_free(context);
    EVP_MAC_free(mac);
    return done;
}

size_t mailbox_batch_head(const struct mailbox_origin *origin, const struct mailbox_key *key, const uint8_t *body,
                          size_t body_size, uint8_t head_bytes[MAILBOX_HEAD_MAX])
{
    size_t sender_size = strlen(origin->sender);
    REQUIRE(sender_size < MAILBOX_URL_MAX);
    size_t start = has_key(key) ? 1 + MAILBOX_TAG_BYTES : 1;
    uint8_t *out = head_bytes + start;
    *out++ = KEY(1, 2);
    *out++ = (uint8_t)sender_size;
    memcpy(out, origin->sender, sender_size);
    out = put_fixed64(out + sender_size, KEY(2, 1), origin->incarnation);
    out = put_fixed64(out, KEY(3, 1), origin->sequence);
    size_t size = (size_t)(out - head_bytes);
    head_bytes[0] = FORMAT_PLAIN;
    if (has_key(key)) {
        head_bytes[0] = FORMAT_TAGGED;
        REQUIRE(compute_tag(key, head_bytes + start, size - start, body, body_size, head_bytes + 1));
    }
    return size;
}

/* ---- reading ---- */

struct mailbox_overflow {
    struct mailbox_overflow *next;
    max_align_t bytes[];
};

static void *arena_alloc(void *context, size_t size)
{
    struct mailbox_arena *arena = context;
    if (size > MAILBOX_ARENA_MAX) {
        return NULL;
    }
    size = (size + sizeof(max_align_t) - 1) & ~(sizeof(max_align_t) - 1);
    if (MAILBOX_ARENA_MAX - arena->wanted < size) {
        return NULL;
    }
    arena->wanted += size;
    if (arena->capacity - arena->used >= size) {
        void *bytes = arena->bytes + arena->used;
        arena->used += size;
        return bytes;
    }
    struct mailbox_overflow *block = malloc(sizeof *block + size);
    if (block == NULL) {
        return NULL;
    }
    block->next = arena->overflow;
    arena->overflow = block;
    return block->bytes;
}

static void arena_free(void *context, void *pointer)
{
    (void)context;
    (void)pointer;
}

static void free_overflow(struct mailbox_arena *arena)
{
    while (arena->overflow != NULL) {
        struct mailbox_overflow *next = arena->overflow->next;
        free(arena->overflow);
        arena->overflow = next;
    }
}

/* Forgets the last batch; when that one did not fit, the next of its size will. */
static void arena_reset(struct mailbox_arena *arena)
{
    free_overflow(arena);
    if (arena->wanted > arena->capacity) {
        free(arena->bytes);
        arena->bytes = malloc(arena->wanted);
        arena->capacity = arena->bytes != NULL ? arena->wanted : 0;
    }
    arena->used = 0;
    arena->wanted = 0;
}

void mailbox_arena_init(struct mailbox_arena *arena)
{
    *arena = (struct mailbox_arena){.allocator = {arena_alloc, arena_free, arena}};
}

void mailbox_arena_free(struct mailbox_arena *arena)
{
    free_overflow(arena);
    free(arena->bytes);
    *arena = (struct mailbox_arena){0};
}

bool mailbox_url_is_valid(const char *url)
{
    size_t size = strnlen(url, MAILBOX_URL_MAX);
    if (size >= MAILBOX_URL_MAX || strncmp(url, "tcp://", 6) != 0) {
        return false;
    }
    const char *colon = strrchr(url + 6, ':');
    size_t digits = colon != NULL ? strspn(colon + 1, "0123456789") : 0;
    if (colon == NULL || colon == url + 6 || digits == 0 || digits > 5 || colon[1 + digits] != '\0') {
        return false;
    }
    for (size_t i = 0; i < size; i++) {
        if (url[i] <= ' ' || url[i] > '~') {
            return false;
        }
    }
    return true;
}

static bool is_good(const Mma__Batch *batch)
{
    if (!mailbox_url_is_valid(batch->sender) || batch->incarnation == 0 || batch->sequence == 0) {
        return false;
    }
    if (batch->n_envelopes == 0 || batch->n_envelopes > MAILBOX_ITEMS_MAX) {
        return false;
    }
    for (size_t i = 0; i < batch->n_envelopes; i++) {
        const Mma__Envelope *envelope = batch->envelopes[i];
        bool traced = envelope->trace_id.len == 0 || envelope->trace_id.len == 16;
        if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_NONE || !traced ||
            (envelope->is_reply && envelope->correlation_id == 0)) {
            return false;
        }
    }
    return true;
}

enum status mailbox_batch_read(struct mailbox_arena *arena, const struct mailbox_key *key, const uint8_t *bytes,
                               size_t size, const Mma__Batch **out_batch)
{
    REQUIRE(bytes != NULL || size == 0);
    arena_reset(arena);
    if (size < 1 || bytes[0] > FORMAT_TAGGED) {
        return STATUS_INVALID;
    }
    bool tagged = bytes[0] == FORMAT_TAGGED;
    size_t start = tagged ? 1 + MAILBOX_TAG_BYTES : 1;
    if (size < start) {
        return STATUS_INVALID;
    }
    if (has_key(key)) {
        uint8_t tag[MAILBOX_TAG_BYTES];
        if (!tagged || !compute_tag(key, NULL, 0, bytes + start, size - start, tag) ||
            CRYPTO_memcmp(tag, bytes + 1, sizeof tag) != 0) {
            return STATUS_UNAUTHORIZED;
        }
    }
    const Mma__Batch *batch = mma__batch__unpack(&arena->allocator, size - start, bytes + start);
    if (batch == NULL || !is_good(batch)) {
        return STATUS_INVALID;
    }
    *out_batch = batch;
    return STATUS_OK;
}
