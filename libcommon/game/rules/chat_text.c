/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/rules/chat_text.h"

#include "libcommon/base/status.h"
#include "libcommon/base/utf8.h"

#include <stdbool.h>

_Static_assert(CHAT_TEXT_BYTES_MAX == 4 * CHAT_TEXT_CODE_POINTS_MAX, "UTF-8 has four bytes at most");

static bool is_between(uint32_t code_point, uint32_t first, uint32_t last)
{
    return code_point >= first && code_point <= last;
}

static bool is_unwelcome(uint32_t code_point)
{
    return code_point < 0x20 || is_between(code_point, 0x7f, 0x9f) || /* general category Cc */
           is_between(code_point, 0x2028, 0x202e) || is_between(code_point, 0x2066, 0x2069);
}

enum status chat_text_check(const uint8_t *text, size_t size)
{
    REQUIRE(text != NULL || size == 0);
    uint32_t count = 0, code_point = 0;
    for (size_t at = 0, step; at < size; at += step, count++) {
        if (count == CHAT_TEXT_CODE_POINTS_MAX) {
            return STATUS_TOO_LARGE;
        }
        step = utf8_next(text + at, size - at, &code_point);
        if (step == 0 || is_unwelcome(code_point)) {
            return STATUS_INVALID;
        }
    }
    return count == 0 ? STATUS_EMPTY : STATUS_OK;
}
