/* SPDX-License-Identifier: Apache-2.0 */
/* text.h - NUL-terminated text without libc, for the pure layers. */
#ifndef MMA_LIBCOMMON_BASE_TEXT_H
#define MMA_LIBCOMMON_BASE_TEXT_H

#include <stdbool.h>
#include <stddef.h>

/* Bytes before the NUL, or size_max when there is none among the first size_max bytes. */
static inline size_t text_size(const char *text, size_t size_max)
{
    size_t size = 0;
    while (size < size_max && text[size] != '\0') {
        size++;
    }
    return size;
}

static inline bool text_equal(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
}

/* Below, at or above 0, as the bytes of a are below, equal to or above those of b. */
static inline int text_order(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return (int)(unsigned char)*a - (int)(unsigned char)*b;
}

/* Always ends with NUL; what does not fit is cut off. size > 0. */
static inline void text_copy(char *to, size_t size, const char *from)
{
    size_t i = 0;
    for (; i + 1 < size && from[i] != '\0'; i++) {
        to[i] = from[i];
    }
    to[i] = '\0';
}

#endif
