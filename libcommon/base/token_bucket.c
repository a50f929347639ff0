/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/token_bucket.h"

#include "libcommon/base/status.h"

void token_bucket_init(struct token_bucket *bucket, uint32_t rate, uint32_t period_ms, uint32_t burst, uint64_t now_ms)
{
    REQUIRE(period_ms > 0);
    *bucket = (struct token_bucket){.rate = rate, .period_ms = period_ms, .burst = burst, .updated_ms = now_ms};
    bucket->level = (uint64_t)burst * period_ms;
}

static void refill(struct token_bucket *bucket, uint64_t now_ms)
{
    if (now_ms <= bucket->updated_ms || bucket->rate == 0) {
        return;
    }
    uint64_t elapsed_ms = now_ms - bucket->updated_ms;
    uint64_t missing = (uint64_t)bucket->burst * bucket->period_ms - bucket->level;
    bucket->updated_ms = now_ms;
    /* Compared by division, since elapsed × rate may not fit in 64 bits. */
    if (elapsed_ms > missing / bucket->rate) {
        bucket->level += missing;
    } else {
        bucket->level += elapsed_ms * bucket->rate;
    }
}

bool token_bucket_take(struct token_bucket *bucket, uint64_t now_ms)
{
    REQUIRE(bucket->period_ms > 0 && bucket->level <= (uint64_t)bucket->burst * bucket->period_ms);
    refill(bucket, now_ms);
    if (bucket->level < bucket->period_ms) {
        return false;
    }
    bucket->level -= bucket->period_ms;
    return true;
}
