/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hash.h - a 64-bit hash of words, for state hashes and checksums; not against an adversary.
 *
 * Each word w changes the state s to rotate_left(s ^ (w * P1), 29) * P2 + P3; hash_finish applies
 * the finaliser of SplitMix64 (Steele, Lea, Flood 2014). Words, not
 * memory, are hashed: padding and byte order never matter.
 */
#ifndef MMA_LIBCOMMON_BASE_HASH_H
#define MMA_LIBCOMMON_BASE_HASH_H

#include <stddef.h>
#include <stdint.h>

#define HASH_P1 0x9E3779B97F4A7C15u
#define HASH_P2 0xC2B2AE3D27D4EB4Fu
#define HASH_P3 0x165667B19E3779F9u

struct hash {
    uint64_t state;
};

static inline void hash_init(struct hash *hash, uint64_t seed)
{
    hash->state = seed ^ HASH_P3;
}

static inline void hash_u64(struct hash *hash, uint64_t word)
{
    uint64_t mixed = hash->state ^ (word * HASH_P1);
    hash->state = ((mixed << 29) | (mixed >> 35)) * HASH_P2 + HASH_P3;
}

/* Two 32-bit values as one word, so that they cost one step. */
static inline void hash_pair(struct hash *hash, uint32_t low, uint32_t high)
{
    hash_u64(hash, low | ((uint64_t)high << 32));
}

/* Bytes as little-endian words, the last one filled with zeros, then the length. */
void hash_bytes(struct hash *hash, const void *bytes, size_t size);

uint64_t hash_finish(const struct hash *hash);

/* NUL-terminated text, as a key for a hash_index. Give tables that outsiders fill a random seed. */
uint64_t hash_text(uint64_t seed, const char *text);

#endif
