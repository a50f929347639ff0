/* SPDX-License-Identifier: Apache-2.0 */
/* An input that is accepted is valid and has this very encoding. */
#include "libcommon/base/memory.h"
#include "libcommon/game/world/input.h"
#include "tests/fuzz/fuzz.h"

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    struct input input;
    if (input_decode(bytes, size, &input) != STATUS_OK) {
        return 0;
    }
    REQUIRE(input_is_valid(&input));
    uint8_t again[INPUT_BYTES_MAX];
    size_t again_size = 0;
    REQUIRE(input_encode(&input, again, sizeof again, &again_size) == STATUS_OK);
    REQUIRE(again_size == size && memory_equal(again, bytes, size));
    return 0;
}
