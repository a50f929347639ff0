/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/io/outbox.h"

#include "libcommon/base/counting_sort.h"
#include "proto/match.pb-c.h"
#include "proto/spectate.pb-c.h"

#include <stdlib.h>

#define ITEMS_MAX 2048       /* snapshots, or records, between two posts */
#define BYTES_MAX (1u << 20) /* of snapshots between two posts */

struct outbox {
    outbox_send *send;
    void *owner;
    const struct peers *peers;
    size_t place_bytes;
    size_t used;
    uint32_t snapshot_count;
    uint32_t records_count;
    uint32_t snapshot_peers[ITEMS_MAX];
    uint32_t records_peers[ITEMS_MAX];
    Mma__SessionSnapshot snapshots[ITEMS_MAX];
    Mma__MatchRecords records[ITEMS_MAX];
    uint32_t order[ITEMS_MAX]; /* rows by peer */
    void *ordered[ITEMS_MAX];  /* the same, as protobuf-c takes them */
    uint32_t starts[PEERS_MAX + 1];
    uint8_t *bytes;
};

enum status outbox_create(outbox_send *send, void *owner, const struct peers *peers, size_t snapshot_bytes_max,
                          struct outbox **out_outbox)
{
    size_t size = snapshot_bytes_max > BYTES_MAX ? snapshot_bytes_max : BYTES_MAX;
    struct outbox *outbox = calloc(1, sizeof *outbox);
    uint8_t *bytes = malloc(size);
    if (outbox == NULL || bytes == NULL) {
        goto fail;
    }
    outbox->send = send;
    outbox->owner = owner;
    outbox->peers = peers;
    outbox->place_bytes = snapshot_bytes_max;
    outbox->bytes = bytes;
    *out_outbox = outbox;
    return STATUS_OK;
fail:
    free(bytes);
    free(outbox);
    return STATUS_NO_MEMORY;
}

void outbox_destroy(struct outbox *outbox)
{
    if (outbox != NULL) {
        free(outbox->bytes);
        free(outbox);
    }
}

/* Those of peer p are ordered[starts[p]] up to ordered[starts[p + 1]]. */
static void order_by_peer(struct outbox *outbox, const uint32_t *peers, uint32_t count, void *rows, size_t row_size)
{
    counting_sort(peers, count, outbox->peers->used, outbox->starts, outbox->order);
    for (uint32_t i = 0; i < count; i++) {
        outbox->ordered[i] = (char *)rows + outbox->order[i] * row_size;
    }
}

static void post(struct outbox *outbox, uint32_t peer, Mma__MessageType type, const ProtobufCMessage *message)
{
    outbox->send(outbox->owner, outbox->peers->items[peer].mailbox, type, message);
}

static void post_snapshots(struct outbox *outbox)
{
    order_by_peer(outbox, outbox->snapshot_peers, outbox->snapshot_count, outbox->snapshots,
                  sizeof outbox->snapshots[0]);
    for (uint32_t p = 0; p < outbox->peers->used && outbox->snapshot_count > 0; p++) {
        Mma__Snapshots message = MMA__SNAPSHOTS__INIT;
        message.n_snapshots = outbox->starts[p + 1] - outbox->starts[p];
        message.snapshots = (Mma__SessionSnapshot **)&outbox->ordered[outbox->starts[p]];
        if (message.n_snapshots > 0) {
            post(outbox, p, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SNAPSHOTS, &message.base);
        }
    }
    outbox->snapshot_count = 0;
    outbox->used = 0;
}

static void post_records(struct outbox *outbox)
{
    order_by_peer(outbox, outbox->records_peers, outbox->records_count, outbox->records, sizeof outbox->records[0]);
    for (uint32_t p = 0; p < outbox->peers->used && outbox->records_count > 0; p++) {
        Mma__Records message = MMA__RECORDS__INIT;
        message.n_matches = outbox->starts[p + 1] - outbox->starts[p];
        message.matches = (Mma__MatchRecords **)&outbox->ordered[outbox->starts[p]];
        if (message.n_matches > 0) {
            post(outbox, p, MMA__MESSAGE_TYPE__MESSAGE_TYPE_RECORDS, &message.base);
        }
    }
    outbox->records_count = 0;
}

uint8_t *outbox_place(struct outbox *outbox)
{
    if (outbox->snapshot_count == ITEMS_MAX || outbox->used + outbox->place_bytes > BYTES_MAX) {
        post_snapshots(outbox);
    }
    return outbox->bytes + outbox->used;
}

void outbox_add_snapshot(struct outbox *outbox, const struct outbox_snapshot *snapshot)
{
    Mma__SessionSnapshot *row = &outbox->snapshots[outbox->snapshot_count];
    mma__session_snapshot__init(row);
    row->session_id = snapshot->session;
    row->tick = snapshot->tick;
    row->baseline_tick = snapshot->baseline_tick;
    row->snapshot.data = outbox->bytes + outbox->used;
    row->snapshot.len = snapshot->size;
    outbox->used += snapshot->size;
    outbox->snapshot_peers[outbox->snapshot_count++] = snapshot->peer;
}

void outbox_add_records(struct outbox *outbox, uint32_t peer, char *match_id, uint32_t first_tick, uint8_t *bytes,
                        size_t size)
{
    if (outbox->records_count == ITEMS_MAX) {
        post_records(outbox);
    }
    Mma__MatchRecords *row = &outbox->records[outbox->records_count];
    mma__match_records__init(row);
    row->match_id = match_id;
    row->first_tick = first_tick;
    row->records.data = bytes;
    row->records.len = size;
    outbox->records_peers[outbox->records_count++] = peer;
}

void outbox_post(struct outbox *outbox)
{
    post_snapshots(outbox);
    post_records(outbox);
}
