/* SPDX-License-Identifier: Apache-2.0 */
/*
 * memory.h - copy, move, zero and compare without libc's headers.
 *
 * The builtins become libc calls or inline code natively. For WebAssembly, where there is no libc,
 * memory.c supplies the four functions that compilers call on their own.
 */
#ifndef MMA_LIBCOMMON_BASE_MEMORY_H
#define MMA_LIBCOMMON_BASE_MEMORY_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* The regions must not overlap; size 0 is allowed with any pointer that is not NULL. */
static inline void memory_copy(void *to, const void *from, size_t size)
{
    if (size > 0) {
        __builtin_memcpy(to, from, size);
    }
}

static inline void memory_move(void *to, const void *from, size_t size)
{
    if (size > 0) {
        __builtin_memmove(to, from, size);
    }
}

static inline void memory_zero(void *to, size_t size)
{
    if (size > 0) {
        __builtin_memset(to, 0, size);
    }
}

static inline void memory_fill(void *to, uint8_t byte, size_t size)
{
    if (size > 0) {
        __builtin_memset(to, byte, size);
    }
}

/* Two texts that end with NUL. */
static inline bool memory_text_equal(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* Not for secrets: it stops at the first difference. */
static inline bool memory_equal(const void *a, const void *b, size_t size)
{
    return size == 0 || __builtin_memcmp(a, b, size) == 0;
}

#endif
