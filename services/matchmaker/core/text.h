/* SPDX-License-Identifier: Apache-2.0 */
/* text.h - the little that a core needs of NUL-terminated text, without libc. */
#ifndef MMA_MATCHMAKER_TEXT_H
#define MMA_MATCHMAKER_TEXT_H

#include <stdbool.h>
#include <stddef.h>

static inline bool text_equal(const char *a, const char *b)
{
    while (*a != '\0' && *a == *b) {
        a++;
        b++;
    }
    return *a == *b;
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
