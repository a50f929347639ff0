/* SPDX-License-Identifier: Apache-2.0 */
/* The golden matches as a WebAssembly module for tests/golden/wasm/run.mjs. */
#include "tests/support/golden_match.h"

#include "stdlib.h"

#include "libcommon/base/status.h"

#define HEAP_BYTES ((size_t)64 << 20) /* for one match */

/* The host's: takes over text of that size. */
__attribute__((import_module("host"), import_name("write"))) void host_write(const char *text, size_t size);

__attribute__((visibility("default"))) void golden_run(uint32_t index);

void golden_run(uint32_t index)
{
    struct golden_row rows[GOLDEN_MINUTES];
    char text[GOLDEN_TEXT_MAX];
    golden_match_play(index, GOLDEN_MINUTES, rows);
    for (uint32_t i = 0; i < GOLDEN_MINUTES; i++) {
        host_write(text, golden_row_text(&rows[i], text));
    }
}

/* A module's memory begins as zeros, and nothing is given twice. */
void *calloc(size_t count, size_t size)
{
    static _Alignas(16) uint8_t heap[HEAP_BYTES];
    static size_t used;
    size_t wanted = (count * size + 15) & ~(size_t)15;
    if (HEAP_BYTES - used < wanted) {
        return NULL;
    }
    used += wanted;
    return heap + used - wanted;
}

void free(void *memory)
{
    (void)memory;
}
