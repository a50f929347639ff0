/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/random.h"

#include "libcommon/base/status.h"

#define PCG_MULTIPLIER 6364136223846793005ull

_Static_assert(PCG_MULTIPLIER % 8 == 5, "the generator has its full period (Knuth, volume 2, 3.2.1.2)");

void random_init(struct random *random, uint64_t seed, uint64_t stream)
{
    random->state = 0;
    random->increment = (stream << 1) | 1u;
    (void)random_u32(random);
    random->state += seed;
    (void)random_u32(random);
}

uint32_t random_u32(struct random *random)
{
    uint64_t old = random->state;
    random->state = old * PCG_MULTIPLIER + random->increment;
    uint32_t folded = (uint32_t)(((old >> 18) ^ old) >> 27);
    uint32_t rotation = (uint32_t)(old >> 59);
    return (folded >> rotation) | (folded << ((32u - rotation) & 31u));
}

uint64_t random_u64(struct random *random)
{
    uint64_t high = random_u32(random);
    return (high << 32) | random_u32(random);
}

uint32_t random_below(struct random *random, uint32_t bound)
{
    if (bound == 0) {
        return 0;
    }
    /* Lemire, "Fast Random Integer Generation in an Interval", 2019: reject the uneven rest. */
    uint64_t product = (uint64_t)random_u32(random) * bound;
    if ((uint32_t)product < bound) {
        uint32_t uneven = (0u - bound) % bound;
        while ((uint32_t)product < uneven) {
            product = (uint64_t)random_u32(random) * bound;
        }
    }
    return (uint32_t)(product >> 32);
}

int32_t random_between(struct random *random, int32_t low, int32_t high)
{
    REQUIRE(low <= high);
    uint32_t span = (uint32_t)high - (uint32_t)low + 1u;
    uint32_t offset = span == 0 ? random_u32(random) : random_below(random, span);
    return (int32_t)((uint32_t)low + offset);
}
