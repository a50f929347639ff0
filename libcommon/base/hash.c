/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/hash.h"

void hash_bytes(struct hash *hash, const void *bytes, size_t size)
{
    const uint8_t *from = bytes;
    uint64_t word = 0;
    for (size_t i = 0; i < size; i++) {
        word |= (uint64_t)from[i] << (8 * (i & 7));
        if ((i & 7) == 7) {
            hash_u64(hash, word);
            word = 0;
        }
    }
    if (size & 7) {
        hash_u64(hash, word);
    }
    hash_u64(hash, size);
}

uint64_t hash_finish(const struct hash *hash)
{
    uint64_t mixed = hash->state;
    mixed = (mixed ^ (mixed >> 30)) * 0xBF58476D1CE4E5B9u;
    mixed = (mixed ^ (mixed >> 27)) * 0x94D049BB133111EBu;
    return mixed ^ (mixed >> 31);
}
