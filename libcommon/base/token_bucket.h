/* SPDX-License-Identifier: Apache-2.0 */
/* token_bucket.h - rate limit, pure: time is an argument. Integer arithmetic, exact over any interval. */
#ifndef MMA_LIBCOMMON_BASE_TOKEN_BUCKET_H
#define MMA_LIBCOMMON_BASE_TOKEN_BUCKET_H

#include <stdbool.h>
#include <stdint.h>

struct token_bucket {
    uint32_t rate;      /* tokens a period_ms */
    uint32_t period_ms; /* 1000: a second; 60000: a minute */
    uint32_t burst;     /* most tokens it holds */
    uint64_t level;     /* tokens × period_ms */
    uint64_t updated_ms;
};

void token_bucket_init(struct token_bucket *bucket, uint32_t rate, uint32_t period_ms, uint32_t burst, uint64_t now_ms);
bool token_bucket_take(struct token_bucket *bucket, uint64_t now_ms); /* false: over the limit, nothing taken */

#endif
