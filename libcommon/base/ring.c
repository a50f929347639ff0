/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/ring.h"

#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"

void ring_init(struct ring *ring, void *memory, size_t element_size, uint32_t capacity)
{
    REQUIRE(memory != NULL);
    REQUIRE(element_size > 0 && capacity > 0);
    *ring = (struct ring){.elements = memory, .element_size = element_size, .capacity = capacity};
}

void ring_clear(struct ring *ring)
{
    ring->first = 0;
    ring->count = 0;
}

void *ring_at(const struct ring *ring, uint32_t index)
{
    REQUIRE(ring->count <= ring->capacity && ring->first < ring->capacity);
    if (index >= ring->count) {
        return NULL;
    }
    size_t place = ((size_t)ring->first + index) % ring->capacity;
    return ring->elements + place * ring->element_size;
}

void *ring_push(struct ring *ring)
{
    if (ring->count == ring->capacity) {
        return NULL;
    }
    ring->count++;
    return ring_at(ring, ring->count - 1);
}

void *ring_push_over(struct ring *ring)
{
    if (ring->count == ring->capacity) {
        ring_drop(ring, 1);
    }
    return ring_push(ring);
}

enum status ring_pop(struct ring *ring, void *out_element)
{
    REQUIRE(out_element != NULL);
    const void *oldest = ring_at(ring, 0);
    if (oldest == NULL) {
        return STATUS_EMPTY;
    }
    memory_copy(out_element, oldest, ring->element_size);
    ring_drop(ring, 1);
    return STATUS_OK;
}

void ring_drop(struct ring *ring, uint32_t count)
{
    uint32_t dropped = count < ring->count ? count : ring->count;
    ring->first = (uint32_t)(((uint64_t)ring->first + dropped) % ring->capacity);
    ring->count -= dropped;
}
