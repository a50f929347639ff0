/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/encoding/text_writer.h"

#include "libcommon/base/utf8.h"

#include <stdarg.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

void text_writer_init(struct text_writer *text, char *out, size_t size)
{
    REQUIRE(out != NULL || size == 0);
    *text = (struct text_writer){.out = out, .size = size};
}

void text_writer_bytes(struct text_writer *text, const char *bytes, size_t count)
{
    REQUIRE(bytes != NULL || count == 0);
    REQUIRE(text->length <= text->size);
    text->needed += count;
    if (text->full || text->size - text->length < count) {
        text->full = true;
        return;
    }
    if (count > 0) {
        memcpy(text->out + text->length, bytes, count);
        text->length += count;
    }
}

void text_writer_put(struct text_writer *text, const char *piece)
{
    REQUIRE(piece != NULL);
    text_writer_bytes(text, piece, strlen(piece));
}

void text_writer_format(struct text_writer *text, const char *format, ...)
{
    char piece[TEXT_WRITER_FORMAT_MAX];
    va_list arguments;
    va_start(arguments, format);
    int length = vsnprintf(piece, sizeof piece, format, arguments);
    va_end(arguments);
    REQUIRE(length >= 0 && (size_t)length < sizeof piece);
    text_writer_bytes(text, piece, (size_t)length);
}

static void json_control(struct text_writer *text, uint8_t byte)
{
    switch (byte) {
    case '"':
        text_writer_put(text, "\\\"");
        break;
    case '\\':
        text_writer_put(text, "\\\\");
        break;
    case '\n':
        text_writer_put(text, "\\n");
        break;
    case '\r':
        text_writer_put(text, "\\r");
        break;
    case '\t':
        text_writer_put(text, "\\t");
        break;
    default:
        text_writer_format(text, "\\u%04x", byte);
    }
}

void text_writer_json(struct text_writer *text, const char *value)
{
    if (value == NULL) {
        text_writer_put(text, "null");
        return;
    }
    text_writer_put(text, "\"");
    for (const uint8_t *p = (const uint8_t *)value; *p;) {
        uint32_t code_point;
        size_t length = utf8_next(p, strnlen((const char *)p, 4), &code_point);
        if (length == 0) {
            text_writer_put(text, "\xef\xbf\xbd");
        } else if (*p < 0x20 || *p == 0x7f || *p == '"' || *p == '\\') {
            json_control(text, *p);
        } else {
            text_writer_bytes(text, (const char *)p, length);
        }
        p += length > 0 ? length : 1;
    }
    text_writer_put(text, "\"");
}
