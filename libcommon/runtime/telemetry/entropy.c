/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/telemetry/entropy.h"

#include "libcommon/base/status.h"

#include <errno.h>
#include <sys/random.h>

void entropy_fill(void *bytes, size_t size)
{
    uint8_t *at = bytes;
    while (size > 0) {
        ssize_t count = getrandom(at, size, 0);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        REQUIRE(count > 0);
        at += count;
        size -= (size_t)count;
    }
}

uint64_t entropy_u64(void)
{
    uint64_t value = 0;
    while (value == 0) {
        entropy_fill(&value, sizeof value);
    }
    return value;
}

void entropy_hex_id(char out_text[HEX_ID_SIZE])
{
    uint8_t id[HEX_ID_BYTES];
    entropy_fill(id, sizeof id);
    hex_id_format(id, out_text);
}
