/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - the only place that asks for the time or for unpredictable bytes. Cores get both as arguments. */
#ifndef MMA_RUNTIME_CLOCK_H
#define MMA_RUNTIME_CLOCK_H

#include <stddef.h>
#include <stdint.h>

uint64_t clock_monotonic_us(void);
uint64_t clock_monotonic_ms(void);
uint64_t clock_unix_ms(void); /* since the Unix epoch */
uint64_t clock_process_cpu_us(void);

void entropy_fill(void *bytes, size_t size); /* from the kernel; cannot fail once it has answered */
uint64_t entropy_u64(void);                  /* never 0 */
void entropy_hex_id(char out[33]);           /* 32 lower-case hex digits and NUL */

#endif
