/* SPDX-License-Identifier: Apache-2.0 */
/*
 * log.h - JSON log lines on stderr: one line an event, typed fields, text escaped.
 *
 * {"time":"2026-01-31T12:00:00.123456Z","level":"info","service":"gateway","worker":0,"event":"session.opened",
 *  "trace_id":"…","match":"…","session":"…","player":"…", …}
 *
 * Only daemons' io/, main.c and the frame log; libraries never do. Event names are "<noun>.<past participle>" and
 * stand in docs/observability.md. Field names for ids are fixed: trace_id, match, session, player, ticket, peer.
 * Thread safe: a line is one write(2). Lines past 8 KiB lose their last fields and say "truncated":true.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_TELEMETRY_LOG_H
#define MMA_LIBCOMMON_RUNTIME_TELEMETRY_LOG_H

#include "libcommon/base/status.h"

#include <limits.h>
#include <stddef.h>
#include <stdint.h>

#define LOG_LINE_BYTES_MAX 8192
#define LOG_LINE_BYTES_MIN 512      /* enough for a line's head */
#define LOG_NO_WORKER      UINT_MAX /* the supervisor: lines without a worker */

enum log_level { LOG_LEVEL_DEBUG, LOG_LEVEL_INFO, LOG_LEVEL_WARNING, LOG_LEVEL_ERROR };

struct trace_id {
    uint8_t bytes[16]; /* W3C Trace Context; all zero: none, and not written */
};

enum log_field_kind {
    LOG_KIND_TEXT,
    LOG_KIND_U64,
    LOG_KIND_I64,
    LOG_KIND_ID,
    LOG_KIND_REAL,
    LOG_KIND_BOOL,
    LOG_KIND_TRACE
};

struct log_field {
    const char *name;
    enum log_field_kind kind;
    union {
        const char *text; /* NULL is written as null */
        uint64_t u64;
        int64_t i64;
        double real;
        struct trace_id trace;
    } value;
};

#define LOG_TEXT(field, v) ((struct log_field){(field), LOG_KIND_TEXT, {.text = (v)}})
#define LOG_U64(field, v)  ((struct log_field){(field), LOG_KIND_U64, {.u64 = (v)}})
#define LOG_I64(field, v)  ((struct log_field){(field), LOG_KIND_I64, {.i64 = (v)}})
#define LOG_ID(field, v)   ((struct log_field){(field), LOG_KIND_ID, {.u64 = (v)}}) /* 16 hex digits */
#define LOG_REAL(field, v) ((struct log_field){(field), LOG_KIND_REAL, {.real = (v)}})
#define LOG_BOOL(field, v) ((struct log_field){(field), LOG_KIND_BOOL, {.u64 = (v)}})
#define LOG_TRACE(v)       ((struct log_field){"trace_id", LOG_KIND_TRACE, {.trace = (v)}})
#define LOG_STATUS(v)      LOG_TEXT("status", status_text(v))

/* Before any line. service is borrowed for ever; worker may be LOG_NO_WORKER. */
void log_init(const char *service, unsigned worker, enum log_level least);

void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t count);

/* The line alone, with its line feed: returns its length, at most size, which is LOG_LINE_BYTES_MIN or more. */
size_t log_format(char *out, size_t size, uint64_t unix_us, enum log_level level, const char *event,
                  const struct log_field *fields, size_t count);

#define LOG_COUNT(...) (sizeof((struct log_field[]){__VA_ARGS__}) / sizeof(struct log_field))
#define log_at(level, event, ...)                                                                                      \
    log_write((level), (event), (const struct log_field[]){__VA_ARGS__}, LOG_COUNT(__VA_ARGS__))
/* At least one field. */
#define log_debug(event, ...)   log_at(LOG_LEVEL_DEBUG, (event), __VA_ARGS__)
#define log_info(event, ...)    log_at(LOG_LEVEL_INFO, (event), __VA_ARGS__)
#define log_warning(event, ...) log_at(LOG_LEVEL_WARNING, (event), __VA_ARGS__)
#define log_error(event, ...)   log_at(LOG_LEVEL_ERROR, (event), __VA_ARGS__)

#endif
