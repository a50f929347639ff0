/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/hex_id.h"

#include "libcommon/base/status.h"

#include <stddef.h>

_Static_assert(HEX_ID_DIGITS == 2 * HEX_ID_BYTES, "two digits a byte");

/* Value of a digit, or -1. */
static int digit_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    return digit >= 'a' && digit <= 'f' ? digit - 'a' + 10 : -1;
}

bool hex_id_is_valid(const char *text)
{
    for (uint32_t i = 0; i < HEX_ID_DIGITS; i++) {
        if (digit_value(text[i]) < 0) { /* the NUL of a shorter text is no digit */
            return false;
        }
    }
    return text[HEX_ID_DIGITS] == '\0';
}

bool hex_id_parse(const char *text, uint8_t out_id[HEX_ID_BYTES])
{
    if (!hex_id_is_valid(text)) {
        return false;
    }
    for (size_t i = 0; i < HEX_ID_BYTES; i++) {
        int high = digit_value(text[2 * i]);
        int low = digit_value(text[2 * i + 1]);
        REQUIRE(high >= 0 && low >= 0);
        out_id[i] = (uint8_t)((unsigned)high << 4 | (unsigned)low);
    }
    return true;
}

void hex_id_format(const uint8_t id[HEX_ID_BYTES], char out_text[HEX_ID_SIZE])
{
    REQUIRE((const char *)id != out_text);
    static const char digits[] = "0123456789abcdef";
    for (size_t i = 0; i < HEX_ID_BYTES; i++) {
        out_text[2 * i] = digits[id[i] >> 4];
        out_text[2 * i + 1] = digits[id[i] & 15];
    }
    out_text[HEX_ID_DIGITS] = '\0';
}
