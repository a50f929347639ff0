/* SPDX-License-Identifier: Apache-2.0 */
/* utf8.h - text as code points: Unicode Standard, table 3-7 (no overlong forms, no surrogates, up to U+10FFFF). */
#ifndef MMA_LIBCOMMON_BASE_UTF8_H
#define MMA_LIBCOMMON_BASE_UTF8_H

#include <stddef.h>
#include <stdint.h>

/* The bytes of the well-formed sequence that bytes[0 .. size - 1] begins with, and its code point; 0: there is none. */
size_t utf8_next(const uint8_t *bytes, size_t size, uint32_t *out_code_point);

#endif
