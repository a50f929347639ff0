/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/counting_sort.h"

#include "libcommon/base/status.h"

void counting_sort(const uint32_t *keys, uint32_t count, uint32_t key_count, uint32_t *out_starts, uint32_t *out_order)
{
    REQUIRE(key_count < UINT32_MAX);
    REQUIRE(count == 0 || (out_starts != keys && out_order != keys));
    for (uint32_t key = 0; key <= key_count; key++) {
        out_starts[key] = 0;
    }
    for (uint32_t i = 0; i < count; i++) {
        REQUIRE(keys[i] < key_count);
        out_starts[keys[i] + 1]++;
    }
    for (uint32_t key = 0; key < key_count; key++) {
        out_starts[key + 1] += out_starts[key];
    }
    for (uint32_t i = 0; i < count; i++) {
        out_order[out_starts[keys[i]]++] = i;
    }
    /* Each start has moved to its end, which is the next one's start. */
    for (uint32_t key = key_count; key > 0; key--) {
        out_starts[key] = out_starts[key - 1];
    }
    out_starts[0] = 0;
}
