/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/memory.h"

#if defined(__wasm__)

/* Compilers call these four by name; volatile keeps the loops from becoming calls to themselves. */
void *memcpy(void *restrict to, const void *restrict from, size_t size);
void *memmove(void *to, const void *from, size_t size);
void *memset(void *to, int value, size_t size);
int memcmp(const void *a, const void *b, size_t size);

void *memcpy(void *restrict to, const void *restrict from, size_t size)
{
    uint8_t *out = to;
    const volatile uint8_t *in = from;
    for (size_t i = 0; i < size; i++) {
        out[i] = in[i];
    }
    return to;
}

void *memmove(void *to, const void *from, size_t size)
{
    volatile uint8_t *out = to;
    const volatile uint8_t *in = from;
    if ((uintptr_t)to < (uintptr_t)from) {
        for (size_t i = 0; i < size; i++) {
            out[i] = in[i];
        }
    } else {
        for (size_t i = size; i > 0; i--) {
            out[i - 1] = in[i - 1];
        }
    }
    return to;
}

void *memset(void *to, int value, size_t size)
{
    volatile uint8_t *out = to;
    for (size_t i = 0; i < size; i++) {
        out[i] = (uint8_t)value;
    }
    return to;
}

int memcmp(const void *a, const void *b, size_t size)
{
    const volatile uint8_t *left = a;
    const volatile uint8_t *right = b;
    for (size_t i = 0; i < size; i++) {
        if (left[i] != right[i]) {
            return left[i] < right[i] ? -1 : 1;
        }
    }
    return 0;
}

#else

/* Natively libc has them; a translation unit may not be empty. */
extern int memory_is_from_libc;

#endif
