/* SPDX-License-Identifier: Apache-2.0 */
/* backend_events.h - what matchmaker, engines and spectators send unasked, as the router's events. */
#ifndef MMA_SERVICES_GATEWAY_IO_BACKEND_EVENTS_H
#define MMA_SERVICES_GATEWAY_IO_BACKEND_EVENTS_H

#include "libcommon/runtime/mailbox/mailbox.h"

/* For mailbox_options.on_envelope; owner is the gateway. */
void backend_events_on_envelope(void *owner, const struct mailbox_envelope *envelope);

#endif
