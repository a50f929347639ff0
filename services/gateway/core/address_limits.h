/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address_limits.h - one token bucket for each client address, in a table of fixed size.
 *
 * When the table is full, the address that was heard of longest ago gives way: an attacker with many addresses weakens
 * the limit, he cannot fill the memory or lock others out.
 */
#ifndef MMA_SERVICES_GATEWAY_CORE_ADDRESS_LIMITS_H
#define MMA_SERVICES_GATEWAY_CORE_ADDRESS_LIMITS_H

#include "libcommon/base/token_bucket.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDRESS_TEXT_MAX    64
#define ADDRESS_LIMITS_ROWS 1024
#define ADDRESS_LIMITS_WAYS 4 /* an address has its place in one row; the oldest of the row gives way */

struct address_limits_way {
    uint64_t key; /* 0: free */
    struct token_bucket bucket;
};

struct address_limits {
    uint32_t per_minute; /* 0: no limit. The burst is one minute's worth */
    uint64_t salt;
    struct address_limits_way ways[ADDRESS_LIMITS_ROWS][ADDRESS_LIMITS_WAYS];
};

/* salt: random, so that nobody can choose addresses that meet in one row. */
void address_limits_init(struct address_limits *limits, uint32_t per_minute, uint64_t salt);
bool address_limits_take(struct address_limits *limits, const char *address, uint64_t now_ms);

/* "1.2.3.4:5678" or "[::1]:5678" without its port; with forwarded_for not empty, its last entry instead. */
void address_of(const char *peer, const char *forwarded_for, char out[ADDRESS_TEXT_MAX]);

#endif
