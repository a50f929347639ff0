/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mailbox_senders.h - whose batches came, and the number of each one's last. Pure: time is an argument.
 *
 * Bounded: past MAILBOX_PEERS_MAX senders the one silent longest is forgotten. A sender that was silent for
 * MAILBOX_SILENCE_MS may begin again at 1 (it forgets an idle peer a little later than that: OUTBOUND_FORGOTTEN_MS).
 */
#ifndef MMA_LIBCOMMON_RUNTIME_MAILBOX_MAILBOX_SENDERS_H
#define MMA_LIBCOMMON_RUNTIME_MAILBOX_MAILBOX_SENDERS_H

#include "libcommon/base/hash_index.h"
#include "libcommon/runtime/mailbox/mailbox.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAILBOX_SILENCE_MS 50000

struct mailbox_sender {
    char url[MAILBOX_URL_MAX];
    uint64_t key; /* hash of its URL */
    uint64_t incarnation, sequence, heard_ms;
};

struct mailbox_senders {
    uint64_t seed;
    uint32_t count;
    struct hash_index index;
    struct hash_index_cell cells[HASH_INDEX_CELLS(MAILBOX_PEERS_MAX)];
    struct mailbox_sender senders[MAILBOX_PEERS_MAX];
};

/* seed: unpredictable, so that no sender can choose URLs that collide. The struct must not move afterwards. */
void mailbox_senders_init(struct mailbox_senders *senders, uint64_t seed);

/* False: the batch is a replay or overtaken, drop it. out_gap: batches lost before it. */
bool mailbox_senders_accept(struct mailbox_senders *senders, const char *url, uint64_t incarnation, uint64_t sequence,
                            uint64_t now_ms, uint64_t *out_gap);

#endif
