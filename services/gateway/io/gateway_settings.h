/* SPDX-License-Identifier: Apache-2.0 */
/* gateway_settings.h - what can be set on a gateway; the table in gateway_settings.c has a help text for each row. */
#ifndef MMA_SERVICES_GATEWAY_IO_GATEWAY_SETTINGS_H
#define MMA_SERVICES_GATEWAY_IO_GATEWAY_SETTINGS_H

#include "libcommon/runtime/daemon/config.h"

struct gateway_settings {
    uint32_t port;
    const char *public_url;
    const char *web_path;
    const char *tls_certificate_path;
    const char *tls_key_path;

    const char *jwt_secret;
    const char *jwks_path;
    const char *join_token_secret;
    bool guest_tokens;
    uint32_t guest_token_lifetime_s;

    uint32_t sessions_max;
    uint32_t tick_rate_hz;
    uint32_t input_rate_hz, input_burst;
    uint32_t message_rate_hz, message_burst;
    uint32_t connects_per_minute;
    uint32_t spectator_joins_per_minute;
    bool trust_forwarded_for;

    uint32_t socket_skip_bytes;
    uint32_t socket_queue_bytes;
    uint32_t batch_delay_ms;
    uint32_t handshake_timeout_ms, authenticate_timeout_ms;
    uint32_t ping_period_ms, idle_timeout_ms;
    uint32_t request_timeout_ms;
    uint32_t backend_lost_ms;
    uint32_t drain_grace_ms;
};

extern struct gateway_settings gateway_settings; /* filled by the frame before start */
extern const struct config_row gateway_settings_rows[];
extern const size_t gateway_settings_count;

#endif
