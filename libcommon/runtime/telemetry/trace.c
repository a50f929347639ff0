/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/telemetry/trace.h"

#include "libcommon/runtime/telemetry/entropy.h"

#include <stdbool.h>
#include <string.h>

#define TRACEPARENT_LENGTH 55

struct trace_id trace_new(void)
{
    struct trace_id trace;
    entropy_fill(trace.bytes, sizeof trace.bytes);
    return trace;
}

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1; /* upper case is invalid there */
}

/* Returns whether text begins with 2 × count hex digits; out_any: one of them is not 0. */
static bool read_hex(const char *text, size_t count, uint8_t *out, bool *out_any)
{
    *out_any = false;
    for (size_t i = 0; i < count; i++) {
        int high = hex_value(text[2 * i]);
        int low = high < 0 ? -1 : hex_value(text[2 * i + 1]);
        if (low < 0) {
            return false;
        }
        out[i] = (uint8_t)(high << 4 | low);
        *out_any |= out[i] != 0;
    }
    return true;
}

enum status trace_parse(const char *traceparent, struct trace_id *out_trace)
{
    REQUIRE(out_trace != NULL);
    uint8_t version, parent[8], flags;
    struct trace_id trace;
    bool any;
    size_t length = strlen(traceparent);
    if (length < TRACEPARENT_LENGTH || traceparent[2] != '-' || traceparent[35] != '-' || traceparent[52] != '-') {
        return STATUS_INVALID;
    }
    if (!read_hex(traceparent, 1, &version, &any) || version == 0xff || (version == 0 && length > TRACEPARENT_LENGTH)) {
        return STATUS_INVALID;
    }
    if (!read_hex(traceparent + 3, sizeof trace.bytes, trace.bytes, &any) || !any) {
        return STATUS_INVALID;
    }
    if (!read_hex(traceparent + 36, sizeof parent, parent, &any) || !any) {
        return STATUS_INVALID;
    }
    if (!read_hex(traceparent + 53, 1, &flags, &any)) {
        return STATUS_INVALID;
    }
    *out_trace = trace;
    return STATUS_OK;
}

static char *write_hex(char *out, const uint8_t *bytes, size_t count)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < count; i++) {
        *out++ = digits[bytes[i] >> 4];
        *out++ = digits[bytes[i] & 0xf];
    }
    return out;
}

void trace_format(struct trace_id trace, char out[TRACEPARENT_SIZE])
{
    uint64_t parent = entropy_u64();
    uint8_t parent_bytes[8];
    memcpy(parent_bytes, &parent, sizeof parent_bytes);
    char *end = write_hex(out, (const uint8_t[]){0}, 1);
    *end++ = '-';
    end = write_hex(end, trace.bytes, sizeof trace.bytes);
    *end++ = '-';
    end = write_hex(end, parent_bytes, sizeof parent_bytes);
    memcpy(end, "-01", 4);
}
