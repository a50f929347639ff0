/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bytes.h - little-endian readers and writers with a sticky first error.
 *
 * Write or read as many values as you like and ask once at the end. After an error a writer writes
 * nothing more and a reader answers zeros. Both borrow the caller's memory. Varints are unsigned
 * LEB128 in their shortest form (a longer form is refused); zigzag maps signed numbers onto them.
 */
#ifndef MMA_LIBCOMMON_BASE_BYTES_H
#define MMA_LIBCOMMON_BASE_BYTES_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct byte_writer {
    uint8_t *bytes; /* borrowed */
    size_t capacity;
    size_t size; /* written so far */
    enum status status;
};

void byte_writer_init(struct byte_writer *writer, uint8_t *bytes, size_t capacity);
void byte_writer_u8(struct byte_writer *writer, uint8_t value);
void byte_writer_u16(struct byte_writer *writer, uint16_t value);
void byte_writer_u32(struct byte_writer *writer, uint32_t value);
void byte_writer_u64(struct byte_writer *writer, uint64_t value);
void byte_writer_varint(struct byte_writer *writer, uint64_t value);
void byte_writer_zigzag(struct byte_writer *writer, int64_t value);
void byte_writer_bytes(struct byte_writer *writer, const void *bytes, size_t size);

/* Reserves size bytes and returns where they start, or NULL when they do not fit. */
uint8_t *byte_writer_reserve(struct byte_writer *writer, size_t size);

/* OK and the number of bytes written, or STATUS_FULL. */
MUST_USE enum status byte_writer_finish(const struct byte_writer *writer, size_t *out_size);

struct byte_reader {
    const uint8_t *bytes; /* borrowed */
    size_t size;
    size_t offset;
    enum status status;
};

void byte_reader_init(struct byte_reader *reader, const uint8_t *bytes, size_t size);
uint8_t byte_reader_u8(struct byte_reader *reader);
uint16_t byte_reader_u16(struct byte_reader *reader);
uint32_t byte_reader_u32(struct byte_reader *reader);
uint64_t byte_reader_u64(struct byte_reader *reader);
uint64_t byte_reader_varint(struct byte_reader *reader);
int64_t byte_reader_zigzag(struct byte_reader *reader);

/* As the plain ones, but a value above max is STATUS_INVALID and reads as 0. */
uint64_t byte_reader_varint_max(struct byte_reader *reader, uint64_t max);

/* Points into the reader's bytes; NULL after an error or when fewer than size are left. */
const uint8_t *byte_reader_bytes(struct byte_reader *reader, size_t size);

/* For checks of the caller's own: keeps the first error, ignores later ones. */
void byte_reader_fail(struct byte_reader *reader, enum status status);
size_t byte_reader_left(const struct byte_reader *reader);

/* The first error; STATUS_INVALID when bytes are left over; else OK. */
MUST_USE enum status byte_reader_finish(const struct byte_reader *reader);

#endif
