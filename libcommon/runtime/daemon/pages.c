/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/daemon/pages.h"

#include "libcommon/base/status.h"

#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

#define ALIGNMENT 64

static size_t whole(size_t size, size_t unit)
{
    return (size + unit - 1) / unit * unit;
}

static void *take_small(size_t size)
{
    void *memory = aligned_alloc(ALIGNMENT, whole(size, ALIGNMENT));
    return memory == NULL ? NULL : memset(memory, 0, size);
}

/* What lies before and behind it goes back at once. */
static void trim(uint8_t *mapped, size_t mapped_size, uint8_t *memory, size_t size)
{
    size_t before = (size_t)(memory - mapped);
    size_t behind = mapped_size - before - size;
    if (before > 0) {
        munmap(mapped, before);
    }
    if (behind > 0) {
        munmap(memory + size, behind);
    }
}

static void *take_large(size_t size)
{
    size_t mapped_size = size + PAGES_LARGE_BYTES; /* enough of it is aligned */
    uint8_t *mapped = mmap(NULL, mapped_size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (mapped == MAP_FAILED) {
        return NULL;
    }
    uint8_t *memory = mapped + (whole((uintptr_t)mapped, PAGES_LARGE_BYTES) - (uintptr_t)mapped);
    trim(mapped, mapped_size, memory, size);
    (void)madvise(memory, size, MADV_HUGEPAGE); /* a hint: without large pages it is only slower */
    return memory;
}

void *pages_take(size_t size)
{
    REQUIRE(size > 0);
    if (size > SIZE_MAX / 2) {
        return NULL;
    }
    return size <= PAGES_SMALL_MAX ? take_small(size) : take_large(whole(size, PAGES_LARGE_BYTES));
}

void pages_release(void *memory, size_t size)
{
    if (memory != NULL && size > PAGES_SMALL_MAX) {
        munmap(memory, whole(size, PAGES_LARGE_BYTES));
    } else {
        free(memory);
    }
}
