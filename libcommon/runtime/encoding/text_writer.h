/* SPDX-License-Identifier: Apache-2.0 */
/*
 * text_writer.h - text into a bounded buffer, piece by piece.
 *
 * A piece is written whole or not at all; from the first that has no room on, nothing is written and `full` stays set.
 * `needed` counts all pieces, so it is the size to come back with. No NUL is written. A copy of the struct is a mark to
 * go back to. The buffer is the caller's.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_ENCODING_TEXT_WRITER_H
#define MMA_LIBCOMMON_RUNTIME_ENCODING_TEXT_WRITER_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stddef.h>

#define TEXT_WRITER_FORMAT_MAX 512 /* bytes of one text_format piece */

struct text_writer {
    char *out;
    size_t size, length, needed;
    bool full;
};

void text_writer_init(struct text_writer *text, char *out, size_t size);
void text_writer_bytes(struct text_writer *text, const char *bytes, size_t count);
void text_writer_put(struct text_writer *text, const char *piece);
void text_writer_format(struct text_writer *text, const char *format, ...) PRINTF_LIKE(2, 3);

/* A JSON string (RFC 8259) with its quotes; bytes that are not UTF-8 become U+FFFD. NULL is written as null. */
void text_writer_json(struct text_writer *text, const char *value);

#endif
