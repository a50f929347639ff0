/* SPDX-License-Identifier: Apache-2.0 */
/*
 * fuzz.h - what a fuzz target is: one function from bytes to nothing that never crashes.
 *
 * With libFuzzer (make fuzz-<name>) bytes are invented; with replay.c (build/fuzz/replay-<name> FILE...)
 * they come from files: a crash can be replayed under any compiler.
 */
#ifndef MMA_TESTS_FUZZ_FUZZ_H
#define MMA_TESTS_FUZZ_FUZZ_H

#include <stddef.h>
#include <stdint.h>

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size);

#endif
