/* SPDX-License-Identifier: Apache-2.0 */
/*
 * client_limits.h - how much one client may send: a bucket for inputs, one for other messages, one for both together
 * that is taken from before a message is decoded, and what follows when it keeps sending more (flood.h).
 */
#ifndef MMA_SERVICES_GATEWAY_CORE_CLIENT_LIMITS_H
#define MMA_SERVICES_GATEWAY_CORE_CLIENT_LIMITS_H

#include "libcommon/base/token_bucket.h"
#include "services/gateway/core/flood.h"

struct client_rates {
    uint32_t input_rate_hz, input_burst;
    uint32_t message_rate_hz, message_burst;
};

struct client_limits {
    struct token_bucket frames, inputs, messages;
    struct flood flood;
};

void client_limits_init(struct client_limits *limits, const struct client_rates *rates, uint64_t now_ms);

/* Each takes one; false: too many. */
bool client_limits_take_frame(struct client_limits *limits, uint64_t now_ms);
bool client_limits_take_message(struct client_limits *limits, bool is_input, uint64_t now_ms);

#endif
