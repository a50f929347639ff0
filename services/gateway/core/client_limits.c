/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/core/client_limits.h"

#include "libcommon/base/status.h"

#define SECOND_MS 1000

void client_limits_init(struct client_limits *limits, const struct client_rates *rates, uint64_t now_ms)
{
    REQUIRE(rates->input_rate_hz > 0 && rates->message_rate_hz > 0);
    *limits = (struct client_limits){0};
    token_bucket_init(&limits->inputs, rates->input_rate_hz, SECOND_MS, rates->input_burst, now_ms);
    token_bucket_init(&limits->messages, rates->message_rate_hz, SECOND_MS, rates->message_burst, now_ms);
    token_bucket_init(&limits->frames, rates->input_rate_hz + rates->message_rate_hz, SECOND_MS,
                      rates->input_burst + rates->message_burst, now_ms);
}

bool client_limits_take_frame(struct client_limits *limits, uint64_t now_ms)
{
    return token_bucket_take(&limits->frames, now_ms);
}

bool client_limits_take_message(struct client_limits *limits, bool is_input, uint64_t now_ms)
{
    return token_bucket_take(is_input ? &limits->inputs : &limits->messages, now_ms);
}
