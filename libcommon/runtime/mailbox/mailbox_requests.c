/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/mailbox_requests.h"

#include <assert.h>
#include <stdlib.h>
#include <string.h>

#define SLOT_BITS     13
#define KEPT_CAPACITY 4096

static_assert(1u << SLOT_BITS == MAILBOX_REQUESTS_MAX, "an id's low bits name the slot");

struct mailbox_requests {
    uint64_t uses; /* high bits of the next id */
    uint32_t first, last, free;
    struct mailbox_pending slots[MAILBOX_REQUESTS_MAX];
};

enum status mailbox_requests_create(uint64_t seed, struct mailbox_requests **out_requests)
{
    struct mailbox_requests *requests = calloc(1, sizeof *requests);
    if (requests == NULL) {
        return STATUS_NO_MEMORY;
    }
    requests->uses = seed >> SLOT_BITS;
    for (uint32_t i = MAILBOX_REQUESTS_MAX; i-- > 0;) {
        requests->slots[i].next = requests->free;
        requests->free = i + 1;
    }
    *out_requests = requests;
    return STATUS_OK;
}

void mailbox_requests_destroy(struct mailbox_requests *requests)
{
    if (requests == NULL) {
        return;
    }
    REQUIRE(requests->first == 0);
    for (uint32_t i = 0; i < MAILBOX_REQUESTS_MAX; i++) {
        free(requests->slots[i].bytes);
    }
    free(requests);
}

enum status mailbox_requests_start(struct mailbox_requests *requests, struct mailbox_pending **out_pending)
{
    REQUIRE(requests->first == 0 || requests->last != 0);
    if (!requests->free) {
        return STATUS_FULL;
    }
    uint32_t slot = requests->free - 1;
    struct mailbox_pending *pending = &requests->slots[slot];
    requests->free = pending->next;
    do {
        requests->uses++;
        pending->id = requests->uses << SLOT_BITS | slot;
    } while (pending->id == 0);
    pending->previous = requests->last;
    pending->next = 0;
    if (requests->last) {
        requests->slots[requests->last - 1].next = slot + 1;
    } else {
        requests->first = slot + 1;
    }
    requests->last = slot + 1;
    backoff_init(&pending->backoff, MAILBOX_REPEAT_LEAST_MS, MAILBOX_REPEAT_MOST_MS);
    *out_pending = pending;
    return STATUS_OK;
}

enum status mailbox_requests_keep(struct mailbox_pending *pending, const uint8_t *bytes, size_t size)
{
    REQUIRE(pending->id != 0);
    REQUIRE(bytes != NULL && size > 0);
    if (pending->capacity < size) {
        uint8_t *grown = realloc(pending->bytes, size);
        if (grown == NULL) {
            return STATUS_NO_MEMORY;
        }
        pending->bytes = grown;
        pending->capacity = size;
    }
    memcpy(pending->bytes, bytes, size);
    pending->size = size;
    return STATUS_OK;
}

struct mailbox_pending *mailbox_requests_find(struct mailbox_requests *requests, uint64_t id)
{
    struct mailbox_pending *pending = &requests->slots[id % MAILBOX_REQUESTS_MAX];
    return id != 0 && pending->id == id ? pending : NULL;
}

void mailbox_requests_end(struct mailbox_requests *requests, struct mailbox_pending *pending)
{
    REQUIRE(pending->id != 0 && &requests->slots[pending->id % MAILBOX_REQUESTS_MAX] == pending);
    uint32_t *before = pending->previous ? &requests->slots[pending->previous - 1].next : &requests->first;
    uint32_t *after = pending->next ? &requests->slots[pending->next - 1].previous : &requests->last;
    *before = pending->next;
    *after = pending->previous;
    if (pending->capacity > KEPT_CAPACITY) {
        free(pending->bytes);
        pending->bytes = NULL;
        pending->capacity = 0;
    }
    pending->id = 0;
    pending->next = requests->free;
    requests->free = (uint32_t)(pending - requests->slots) + 1;
}

struct mailbox_pending *mailbox_requests_next(struct mailbox_requests *requests, const struct mailbox_pending *after)
{
    uint32_t index = after != NULL ? after->next : requests->first;
    return index ? &requests->slots[index - 1] : NULL;
}

uint64_t mailbox_requests_due_ms(struct mailbox_requests *requests)
{
    uint64_t due_ms = UINT64_MAX;
    struct mailbox_pending *pending = mailbox_requests_next(requests, NULL);
    for (; pending; pending = mailbox_requests_next(requests, pending)) {
        due_ms = pending->repeat_ms < due_ms ? pending->repeat_ms : due_ms;
        due_ms = pending->deadline_ms < due_ms ? pending->deadline_ms : due_ms;
    }
    return due_ms;
}
