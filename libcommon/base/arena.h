/* SPDX-License-Identifier: Apache-2.0 */
/*
 * arena.h - a bump allocator over the caller's memory, reset whole.
 *
 * Made for one message, one tick, or the parts of one object. Nothing is freed alone.
 */
#ifndef MMA_LIBCOMMON_BASE_ARENA_H
#define MMA_LIBCOMMON_BASE_ARENA_H

#include <stddef.h>
#include <stdint.h>

struct arena {
    uint8_t *bytes; /* borrowed */
    size_t size;
    size_t used;
};

#define ARENA_ALIGNMENT 16u

void arena_init(struct arena *arena, void *memory, size_t size);

/* Aligned to 16 bytes from the arena's start, not zeroed; NULL when it does not fit. */
void *arena_take(struct arena *arena, size_t size);

/* As arena_take for count * size bytes, zeroed; NULL when it does not fit or the product overflows. */
void *arena_take_zeroed(struct arena *arena, size_t count, size_t size);
void arena_reset(struct arena *arena);

/* What arena_take(size) uses up: to add up how much memory an object needs. */
static inline size_t arena_bytes(size_t size)
{
    return (size + (ARENA_ALIGNMENT - 1u)) & ~(size_t)(ARENA_ALIGNMENT - 1u);
}

#endif
