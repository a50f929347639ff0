/* SPDX-License-Identifier: Apache-2.0 */
/* client_listener.h - the gateway's HTTP: the page, guest tokens, and who may open a WebSocket. */
#ifndef MMA_SERVICES_GATEWAY_IO_CLIENT_LISTENER_H
#define MMA_SERVICES_GATEWAY_IO_CLIENT_LISTENER_H

#include "services/gateway/io/gateway.h"

#define PLAY_PATH "/v1/play"

/* Opens gateway->server by the settings. out_reason: what is wrong, static or thread-local. */
MUST_USE enum status client_listener_open(struct gateway *gateway, const char **out_reason);

/* By the settings: STATUS_OK and NULL where there is no certificate. out_reason as above. */
MUST_USE enum status client_listener_open_tls(const struct gateway_settings *settings, struct tls_context **out_tls,
                                              const char **out_reason);

#endif
