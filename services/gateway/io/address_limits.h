/* SPDX-License-Identifier: Apache-2.0 */
/*
 * address_limits.h - one token bucket for each client address, in a table of fixed size.
 *
 * When the table is full, the address that was heard of longest ago gives way: an attacker with many addresses weakens
 * the limit, he cannot fill the memory or lock others out. Loop's thread only.
 */
#ifndef MMA_SERVICES_GATEWAY_IO_ADDRESS_LIMITS_H
#define MMA_SERVICES_GATEWAY_IO_ADDRESS_LIMITS_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ADDRESS_TEXT_MAX 64

struct address_limits;

/* per_minute 0: no limit. The burst is one minute's worth. */
MUST_USE enum status address_limits_create(uint32_t per_minute, struct address_limits **out_limits);
void address_limits_destroy(struct address_limits *limits); /* takes NULL */

bool address_limits_take(struct address_limits *limits, const char *address, uint64_t now_ms);

/* "1.2.3.4:5678" or "[::1]:5678" without its port; with forwarded_for not empty, its last entry instead. */
void address_of(const char *peer, const char *forwarded_for, char out[ADDRESS_TEXT_MAX]);

#endif
