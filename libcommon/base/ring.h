/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ring.h - a first-in, first-out ring of equal elements over the caller's memory.
 *
 * Not for two threads. Pointers handed out stay good until the element is popped or overwritten.
 */
#ifndef MMA_LIBCOMMON_BASE_RING_H
#define MMA_LIBCOMMON_BASE_RING_H

#include "libcommon/base/status.h"

#include <stddef.h>
#include <stdint.h>

struct ring {
    uint8_t *elements; /* borrowed: capacity * element_size bytes, aligned for the element */
    size_t element_size;
    uint32_t capacity;
    uint32_t first;
    uint32_t count;
};

void ring_init(struct ring *ring, void *memory, size_t element_size, uint32_t capacity);
void ring_clear(struct ring *ring);

/* A place at the end for the caller to fill, or NULL when the ring is full. */
void *ring_push(struct ring *ring);

/* As ring_push, but a full ring gives up its oldest element. */
void *ring_push_over(struct ring *ring);

/* Index 0 is the oldest; NULL past the end. */
void *ring_at(const struct ring *ring, uint32_t index);

/* Removes the oldest. STATUS_EMPTY when there is none. */
MUST_USE enum status ring_pop(struct ring *ring, void *out_element);
void ring_drop(struct ring *ring, uint32_t count); /* removes up to count of the oldest */

#endif
