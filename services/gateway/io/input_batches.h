/* SPDX-License-Identifier: Apache-2.0 */
/* input_batches.h - the bytes of inputs that wait for each engine, filled and sent as the router says. */
#ifndef MMA_SERVICES_GATEWAY_IO_INPUT_BATCHES_H
#define MMA_SERVICES_GATEWAY_IO_INPUT_BATCHES_H

#include "services/gateway/io/gateway.h"

/* Of a session in a match: an input, a report of what was skipped, another rate of snapshots. */
void input_batches_add_input(struct gateway *gateway, struct session *session, const uint8_t *bytes, size_t size);
void input_batches_add_report(struct gateway *gateway, struct session *session);
void input_batches_set_rate(struct gateway *gateway, struct session *session, uint32_t rate_hz);

void input_batches_free(struct gateway *gateway);

#endif
