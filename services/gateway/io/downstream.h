/* SPDX-License-Identifier: Apache-2.0 */
/* downstream.h - what matchmaker, engines and spectators send unasked, and its way to the clients. */
#ifndef MMA_SERVICES_GATEWAY_IO_DOWNSTREAM_H
#define MMA_SERVICES_GATEWAY_IO_DOWNSTREAM_H

#include "libcommon/runtime/mailbox/mailbox.h"

/* For mailbox_options.on_envelope; owner is the gateway. */
void downstream_on_envelope(void *owner, const struct mailbox_envelope *envelope);

#endif
