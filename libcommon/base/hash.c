/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/hash.h"

#include "libcommon/base/status.h"

_Static_assert((HASH_P1 & 1) == 1 && (HASH_P2 & 1) == 1, "multiplying loses nothing");

/* The lowest byte first; compilers make it one load. */
static uint64_t word_at(const uint8_t *from)
{
    return (uint64_t)from[0] | (uint64_t)from[1] << 8 | (uint64_t)from[2] << 16 | (uint64_t)from[3] << 24 |
           (uint64_t)from[4] << 32 | (uint64_t)from[5] << 40 | (uint64_t)from[6] << 48 | (uint64_t)from[7] << 56;
}

void hash_bytes(struct hash *hash, const void *bytes, size_t size)
{
    REQUIRE(bytes != NULL || size == 0);
    const uint8_t *from = bytes;
    const uint8_t *end = from + size;
    for (; end - from >= 8; from += 8) {
        hash_u64(hash, word_at(from));
    }
    if (from < end) {
        uint64_t word = 0;
        for (uint32_t shift = 0; from < end; shift += 8) {
            word |= (uint64_t)*from++ << shift;
        }
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

uint64_t hash_text(uint64_t seed, const char *text)
{
    REQUIRE(text != NULL);
    size_t size = 0;
    while (text[size] != '\0') {
        size++;
    }
    struct hash hash;
    hash_init(&hash, seed);
    hash_bytes(&hash, text, size);
    return hash_finish(&hash);
}
