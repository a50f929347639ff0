/* SPDX-License-Identifier: Apache-2.0 */
/* entropy.h - the only place that asks for unpredictable bytes. Cores get a seed as an argument. */
#ifndef MMA_LIBCOMMON_RUNTIME_TELEMETRY_ENTROPY_H
#define MMA_LIBCOMMON_RUNTIME_TELEMETRY_ENTROPY_H

#include "libcommon/base/hex_id.h"

#include <stddef.h>
#include <stdint.h>

void entropy_fill(void *bytes, size_t size); /* from the kernel; cannot fail once it has answered */
uint64_t entropy_u64(void);                  /* never 0 */
void entropy_hex_id(char out_text[HEX_ID_SIZE]);

#endif
