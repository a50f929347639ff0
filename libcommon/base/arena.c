/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/arena.h"

#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"

_Static_assert((ARENA_ALIGNMENT & (ARENA_ALIGNMENT - 1)) == 0, "arena_bytes rounds up by a mask");

void arena_init(struct arena *arena, void *memory, size_t size)
{
    REQUIRE(memory != NULL || size == 0);
    *arena = (struct arena){.bytes = memory, .size = size};
}

void *arena_take(struct arena *arena, size_t size)
{
    REQUIRE(arena->used <= arena->size);
    if (size > SIZE_MAX - ARENA_ALIGNMENT) {
        return NULL;
    }
    size_t needed = arena_bytes(size);
    if (arena->size - arena->used < needed) {
        return NULL;
    }
    void *start = arena->bytes + arena->used;
    arena->used += needed;
    return start;
}

void *arena_take_zeroed(struct arena *arena, size_t count, size_t size)
{
    if (size != 0 && count > SIZE_MAX / size) {
        return NULL;
    }
    void *start = arena_take(arena, count * size);
    if (start != NULL) {
        memory_zero(start, count * size);
    }
    return start;
}

void arena_reset(struct arena *arena)
{
    arena->used = 0;
}
