/* SPDX-License-Identifier: Apache-2.0 */
/* The golden matches as a WebAssembly module for tests/golden/wasm/run.mjs. */
#include "tests/support/golden_match.h"

#include "stdlib.h"

#include "libcommon/base/status.h"

#define PAGE 65536u

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

/* New pages are zero and never given twice. */
void *calloc(size_t count, size_t size)
{
    size_t pages = (count * size + PAGE - 1) / PAGE;
    size_t first = __builtin_wasm_memory_grow(0, pages);
    return first == SIZE_MAX ? NULL : (void *)(first * PAGE); /* NOLINT(performance-no-int-to-ptr) */
}

void free(void *memory)
{
    (void)memory;
}
