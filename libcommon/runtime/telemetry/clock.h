/* SPDX-License-Identifier: Apache-2.0 */
/* clock.h - the only place that asks for the time. Cores get it as an argument. */
#ifndef MMA_LIBCOMMON_RUNTIME_TELEMETRY_CLOCK_H
#define MMA_LIBCOMMON_RUNTIME_TELEMETRY_CLOCK_H

#include <stdint.h>

uint64_t clock_monotonic_us(void);
uint64_t clock_monotonic_ms(void);
uint64_t clock_unix_ms(void); /* since the Unix epoch; may jump: a label for people, never a duration or a deadline */
uint64_t clock_process_cpu_us(void);

#endif
