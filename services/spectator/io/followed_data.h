/* SPDX-License-Identifier: Apache-2.0 */
/*
 * followed_data.h - what is kept beside the core's slot of a followed match: its memory, and what the answer
 * to a viewer carries. Reads the answers to Subscribe. No loop here.
 */
#ifndef MMA_SERVICES_SPECTATOR_IO_FOLLOWED_DATA_H
#define MMA_SERVICES_SPECTATOR_IO_FOLLOWED_DATA_H

#include "libcommon/runtime/mailbox/mailbox.h"
#include "proto/spectate.pb-c.h"
#include "services/spectator/core/follow.h"

/* All owned; all zero: nothing. */
struct followed_data {
    Mma__Subscribed *subscribed; /* seats and names */
    void *memory;                /* of the core's match */
    void *map;                   /* that the match's header points to; NULL where the map is built in */
    char *map_text;              /* the same for clients; "" where the map is built in */
};

/* The answer to slot's Subscribe, as mailbox_on_reply gets it: hands it to the core, with memory where it needs some.
 */
void followed_data_receive(struct followed_data *data, struct follow *follow, uint32_t slot, enum status status,
                           const struct mailbox_envelope *reply, const struct peer_list *engines, uint64_t now_ms,
                           struct follow_effects *out_effects);

/* For FOLLOW_RELEASE. */
void followed_data_free(struct followed_data *data);

#endif
