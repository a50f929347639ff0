/* SPDX-License-Identifier: Apache-2.0 */
/*
 * effect_queue.h - carries the router's effects out.
 *
 * An event of the router fills gateway->effects; then effect_queue_run carries them out, in order. None is carried out
 * from within another: what fails on the way (a request that cannot be sent, a client that there is no memory for) is
 * handed to the router as an event of its own once all effects are done.
 */
#ifndef MMA_SERVICES_GATEWAY_IO_EFFECT_QUEUE_H
#define MMA_SERVICES_GATEWAY_IO_EFFECT_QUEUE_H

#include "services/gateway/io/event_source.h"
#include "services/gateway/io/gateway.h"

/* source: what the event came with. */
void effect_queue_run(struct gateway *gateway, const struct event_source *source);

/* The same after a sweep, a greeting of all, or anything else that comes without a message. */
void effect_queue_run_alone(struct gateway *gateway);

#endif
