/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch_messages.h - what gateways and engines say, as events of the core, and its effects as messages. No loop here.
 *
 * Filled messages borrow from what they are filled from, and are never freed.
 */
#ifndef MMA_SERVICES_SPECTATOR_IO_WATCH_MESSAGES_H
#define MMA_SERVICES_SPECTATOR_IO_WATCH_MESSAGES_H

#include "libcommon/runtime/mailbox/mailbox.h"
#include "proto/spectate.pb-c.h"
#include "services/spectator/core/follow.h"
#include "services/spectator/io/followed_data.h"

/* Any envelope but replies: hands it to the core. engines: of the registry. */
void watch_messages_receive(struct follow *follow, const struct mailbox_envelope *envelope,
                            const struct peer_list *engines, uint64_t now_ms, struct follow_effects *out_effects);

struct mailbox_return watch_messages_return(const struct follow_return *to);
struct trace_id watch_messages_trace(const uint8_t trace[FOLLOW_TRACE_BYTES]);

/* For FOLLOW_ADMIT. */
struct watch_messages_watching {
    Mma__WatchingStream stream;
    Mma__Watching watching;
};

void watch_messages_fill_watching(struct watch_messages_watching *out_message, const struct follow *follow,
                                  const struct follow_effect *admit, const struct followed_data *data);
void watch_messages_fill_subscribe(Mma__Subscribe *out_message, const struct follow_slot *slot);
void watch_messages_fill_unsubscribe(Mma__Unsubscribe *out_message, const struct follow_slot *slot);
void watch_messages_fill_stream_over(Mma__StreamOver *out_message, const struct follow_slot *slot,
                                     const struct follow_effect *end_stream);

#endif
