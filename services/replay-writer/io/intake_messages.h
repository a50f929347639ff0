/* SPDX-License-Identifier: Apache-2.0 */
/* intake_messages.h - deliveries as messages: what is well-formed. No loop; shared with the simulator. */
#ifndef MMA_SERVICES_REPLAY_WRITER_IO_INTAKE_MESSAGES_H
#define MMA_SERVICES_REPLAY_WRITER_IO_INTAKE_MESSAGES_H

#include "proto/durable.pb-c.h"
#include "services/replay-writer/core/intake.h"

/* Exactly one of them is set, and is the holder's to free. */
struct intake_contents {
    Mma__ReplayChunk *chunk;
    Mma__AuditEvent *audit;
};

/* False for bytes that are no such message, or name no match or event by a proper id. */
bool intake_messages_read(enum intake_kind kind, const uint8_t *bytes, size_t size,
                          struct intake_contents *out_contents);
void intake_messages_free(struct intake_contents *contents); /* and clears it; takes empty ones */

const char *intake_messages_match_id(const struct intake_contents *contents);

#endif
