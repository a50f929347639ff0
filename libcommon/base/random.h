/* SPDX-License-Identifier: Apache-2.0 */
/*
 * random.h - seeded random numbers: PCG-XSH-RR 64/32 (O'Neill, "PCG: A Family of Simple Fast
 * Space-Efficient Statistically Good Algorithms for Random Number Generation", 2014, section 6.3).
 *
 * For games and tests, never for secrets. The same seed and stream give the same numbers everywhere.
 */
#ifndef MMA_LIBCOMMON_BASE_RANDOM_H
#define MMA_LIBCOMMON_BASE_RANDOM_H

#include <stdint.h>

struct random {
    uint64_t state;
    uint64_t increment; /* always odd: the stream */
};

void random_init(struct random *random, uint64_t seed, uint64_t stream);
uint32_t random_u32(struct random *random);
uint64_t random_u64(struct random *random);

/* Uniform in 0..bound-1 without bias; bound 0 answers 0. */
uint32_t random_below(struct random *random, uint32_t bound);

/* Uniform in low..high, both included; low <= high. */
int32_t random_between(struct random *random, int32_t low, int32_t high);

#endif
