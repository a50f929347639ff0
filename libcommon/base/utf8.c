/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/utf8.h"

#include "libcommon/base/status.h"

static size_t length_of(uint8_t lead)
{
    if (lead < 0x80) {
        return 1;
    }
    return lead >= 0xc2 && lead <= 0xdf ? 2 : (lead & 0xf0) == 0xe0 ? 3 : lead >= 0xf0 && lead <= 0xf4 ? 4 : 0;
}

size_t utf8_next(const uint8_t *bytes, size_t size, uint32_t *out_code_point)
{
    REQUIRE(bytes != NULL && out_code_point != NULL);
    static const uint8_t lead_bits[] = {0, 0x7f, 0x1f, 0x0f, 0x07};
    size_t length = size == 0 ? 0 : length_of(bytes[0]);
    if (length == 0 || length > size) {
        return 0;
    }
    uint8_t lead = bytes[0];
    uint8_t low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;  /* of the second byte: no overlong forms, */
    uint8_t high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf; /* no surrogates, nothing past U+10FFFF */
    uint32_t code_point = lead & lead_bits[length];
    for (size_t i = 1; i < length; i++) {
        if (bytes[i] < low || bytes[i] > high) {
            return 0;
        }
        low = 0x80;
        high = 0xbf;
        code_point = code_point << 6 | (bytes[i] & 0x3fu);
    }
    *out_code_point = code_point;
    return length;
}
