/* SPDX-License-Identifier: Apache-2.0 */
/* A text that is accepted is short enough and has no control; cut between two characters, both parts are accepted. */
#include "libcommon/base/utf8.h"
#include "libcommon/game/rules/chat_text.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (chat_text_check(bytes, size) != STATUS_OK) {
        return 0;
    }
    uint32_t code_point = 0, count = 0;
    REQUIRE(size > 0 && size <= CHAT_TEXT_BYTES_MAX);
    for (size_t at = 0, step; at < size; at += step, count++) {
        REQUIRE(at == 0 || chat_text_check(bytes, at) == STATUS_OK);
        REQUIRE(chat_text_check(bytes + at, size - at) == STATUS_OK);
        step = utf8_next(bytes + at, size - at, &code_point);
        REQUIRE(step > 0 && code_point >= 0x20 && code_point != 0x7f);
    }
    REQUIRE(count <= CHAT_TEXT_CODE_POINTS_MAX);
    return 0;
}
