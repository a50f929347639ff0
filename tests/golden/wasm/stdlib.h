/* SPDX-License-Identifier: Apache-2.0 */
/* stdlib.h - of libc, what the golden matches use in WebAssembly, where there is none. */
#ifndef MMA_TESTS_GOLDEN_WASM_STDLIB_H
#define MMA_TESTS_GOLDEN_WASM_STDLIB_H

#include <stddef.h>

/* Zeroed and aligned to 16; NULL when the machine gives no more. */
void *calloc(size_t count, size_t size);

/* Does nothing: an instance plays its matches and goes. */
void free(void *memory);

#endif
