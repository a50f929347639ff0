/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/telemetry/log.h"

#include "libcommon/runtime/encoding/text_writer.h"

#include <errno.h>
#include <inttypes.h>
#include <math.h>
#include <time.h>
#include <unistd.h>

static const char line_end[] = "}\n";
static const char truncated_end[] = ",\"truncated\":true}\n";

static struct {
    const char *service;
    unsigned worker;
    enum log_level least;
} origin = {.service = "unknown", .worker = LOG_NO_WORKER, .least = LOG_LEVEL_INFO};

void log_init(const char *service, unsigned worker, enum log_level least)
{
    REQUIRE(service != NULL && service[0] != '\0');
    origin.service = service;
    origin.worker = worker;
    origin.least = least;
}

static const char *level_text(enum log_level level)
{
    static const char *const texts[] = {"debug", "info", "warning", "error"};
    REQUIRE((unsigned)level < sizeof texts / sizeof *texts);
    return texts[level];
}

static void put_time(struct text_writer *line, uint64_t unix_us)
{
    time_t seconds = (time_t)(unix_us / 1000000);
    struct tm tm;
    gmtime_r(&seconds, &tm);
    text_writer_format(line, "{\"time\":\"%04d-%02d-%02dT%02d:%02d:%02d.%06uZ\"", tm.tm_year + 1900, tm.tm_mon + 1,
                       tm.tm_mday, tm.tm_hour, tm.tm_min, tm.tm_sec, (unsigned)(unix_us % 1000000));
}

static void put_trace(struct text_writer *line, const struct trace_id *trace)
{
    text_writer_put(line, "\"");
    for (size_t i = 0; i < sizeof trace->bytes; i++) {
        text_writer_format(line, "%02x", trace->bytes[i]);
    }
    text_writer_put(line, "\"");
}

static void put_real(struct text_writer *line, double value)
{
    if (isfinite(value)) {
        text_writer_format(line, "%.10g", value);
    } else {
        text_writer_put(line, "null"); /* JSON has no infinity and no NaN */
    }
}

static void put_value(struct text_writer *line, const struct log_field *field)
{
    switch (field->kind) {
    case LOG_KIND_TEXT:
        text_writer_json(line, field->value.text);
        break;
    case LOG_KIND_U64:
        text_writer_format(line, "%" PRIu64, field->value.u64);
        break;
    case LOG_KIND_I64:
        text_writer_format(line, "%" PRId64, field->value.i64);
        break;
    case LOG_KIND_ID:
        text_writer_format(line, "\"%016" PRIx64 "\"", field->value.u64);
        break;
    case LOG_KIND_REAL:
        put_real(line, field->value.real);
        break;
    case LOG_KIND_BOOL:
        text_writer_put(line, field->value.u64 ? "true" : "false");
        break;
    case LOG_KIND_TRACE:
        put_trace(line, &field->value.trace);
        break;
    }
}

static bool is_absent(const struct log_field *field)
{
    if (field->kind != LOG_KIND_TRACE) {
        return false;
    }
    uint8_t any = 0;
    for (size_t i = 0; i < sizeof field->value.trace.bytes; i++) {
        any |= field->value.trace.bytes[i];
    }
    return any == 0;
}

static void put_head(struct text_writer *line, uint64_t unix_us, enum log_level level, const char *event)
{
    put_time(line, unix_us);
    text_writer_format(line, ",\"level\":\"%s\",\"service\":", level_text(level));
    text_writer_json(line, origin.service);
    if (origin.worker != LOG_NO_WORKER) {
        text_writer_format(line, ",\"worker\":%u", origin.worker);
    }
    text_writer_put(line, ",\"event\":");
    text_writer_json(line, event);
}

size_t log_format(char *out, size_t size, uint64_t unix_us, enum log_level level, const char *event,
                  const struct log_field *fields, size_t count)
{
    REQUIRE(size >= LOG_LINE_BYTES_MIN);
    struct text_writer line;
    text_writer_init(&line, out, size - (sizeof truncated_end - 1)); /* keeps room for the end */
    put_head(&line, unix_us, level, event);
    REQUIRE(!line.full);
    bool truncated = false;
    for (size_t i = 0; i < count && !truncated; i++) {
        if (is_absent(&fields[i])) {
            continue;
        }
        struct text_writer before = line;
        text_writer_put(&line, ",");
        text_writer_json(&line, fields[i].name);
        text_writer_put(&line, ":");
        put_value(&line, &fields[i]);
        if (line.full) {
            line = before;
            truncated = true;
        }
    }
    line.size = size;
    text_writer_put(&line, truncated ? truncated_end : line_end);
    return line.length;
}

void log_write(enum log_level level, const char *event, const struct log_field *fields, size_t count)
{
    REQUIRE(event != NULL && event[0] != '\0');
    REQUIRE(fields != NULL || count == 0);
    if (level < origin.least) {
        return;
    }
    struct timespec now;
    clock_gettime(CLOCK_REALTIME, &now);
    char line[LOG_LINE_BYTES_MAX];
    uint64_t unix_us = (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
    size_t length = log_format(line, sizeof line, unix_us, level, event, fields, count);
    ssize_t written;
    do {
        written = write(STDERR_FILENO, line, length);
    } while (written < 0 && errno == EINTR); /* a log that cannot be written is lost: there is nobody to tell */
}
