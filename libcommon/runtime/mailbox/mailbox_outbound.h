/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mailbox_outbound.h - the sending half: an NNG PUSH socket and an outbox a peer.
 *
 * A peer's envelopes wait in its outbox until mailbox_outbound_flush makes one batch of them. NNG takes
 * OUTBOUND_BATCHES_MAX batches a peer; past that a flush drops the outbox's realtime envelopes and keeps the others for
 * the next flush, until the outbox is full. Loop's thread only.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_MAILBOX_MAILBOX_OUTBOUND_H
#define MMA_LIBCOMMON_RUNTIME_MAILBOX_MAILBOX_OUTBOUND_H

#include "libcommon/base/status.h"
#include "libcommon/runtime/mailbox/mailbox_batch.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define OUTBOUND_BATCHES_MAX  32
#define OUTBOUND_FORGOTTEN_MS 60000
#define OUTBOUND_AGAIN_MS     5 /* a full peer is tried again after this; the others do not wait for it */

struct mailbox_outbound;

/* sender and key are borrowed until it is destroyed. */
MUST_USE enum status mailbox_outbound_create(const char *sender, uint64_t incarnation, const struct mailbox_key *key,
                                             struct mailbox_outbound **out_outbound);
void mailbox_outbound_destroy(struct mailbox_outbound *outbound); /* takes NULL; what NNG has not sent is lost */

/*
 * Where an envelope goes. STATUS_INVALID: not a mailbox URL; STATUS_FULL: peers or the outbox; STATUS_TOO_LARGE.
 * A realtime envelope that has no room is dropped and counted, and STATUS_OK. out_bytes (may be NULL) is the packed
 * envelope, borrowed until the next call.
 */
MUST_USE enum status mailbox_outbound_add(struct mailbox_outbound *outbound, const char *peer,
                                          const struct mailbox_head *head, const ProtobufCMessage *payload,
                                          bool realtime, const uint8_t **out_bytes, size_t *out_size);
MUST_USE enum status mailbox_outbound_add_packed(struct mailbox_outbound *outbound, const char *peer,
                                                 const uint8_t *bytes, size_t size);
bool mailbox_outbound_has_work(const struct mailbox_outbound *outbound);
bool mailbox_outbound_flush(struct mailbox_outbound *outbound); /* true: some peer was full, flush again later */
void mailbox_outbound_sweep(struct mailbox_outbound *outbound, uint64_t now_ms); /* forgets idle and dead peers */

#endif
