/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/mailbox_outbound.h"

#include "libcommon/base/hash.h"
#include "libcommon/base/hash_index.h"
#include "libcommon/runtime/mailbox/mailbox_closing.h"
#include "libcommon/runtime/mailbox/mailbox_metrics.h"
#include "libcommon/runtime/telemetry/clock.h"

#include <nng/nng.h>
#include <nng/protocol/pipeline0/push.h>
#include <stdlib.h>
#include <string.h>

#define RECONNECT_LEAST_MS 10
#define RECONNECT_MOST_MS  100

struct outbound_peer {
    char url[MAILBOX_URL_MAX];
    nng_socket socket;
    uint64_t sequence; /* of the last batch */
    uint64_t used_ms;  /* last post */
    uint64_t taken_ms; /* last time NNG had room */
    uint64_t again_ms; /* it had none: not tried before this */
    struct mailbox_outbox outbox;
    uint64_t key; /* hash of its URL */
    uint32_t slot;
    bool is_waiting; /* in the list of those with work */
    struct outbound_peer *next_waiting;
};

struct mailbox_outbound {
    const char *sender;
    uint64_t incarnation;
    const struct mailbox_key *key;
    size_t count;
    struct outbound_peer *waiting;
    struct outbound_peer *peers[MAILBOX_PEERS_MAX]; /* NULL: the slot is free */
    struct hash_index index;
    struct hash_index_cell cells[HASH_INDEX_CELLS(MAILBOX_PEERS_MAX)];
};

static struct outbound_peer *find_peer(const struct mailbox_outbound *outbound, const char *url, uint64_t key)
{
    struct hash_index_walk walk = {0};
    uint32_t slot = hash_index_next(&outbound->index, key, &walk);
    while (slot != HASH_INDEX_NONE && strcmp(outbound->peers[slot]->url, url) != 0) {
        slot = hash_index_next(&outbound->index, key, &walk);
    }
    return slot == HASH_INDEX_NONE ? NULL : outbound->peers[slot];
}

static uint32_t free_slot(const struct mailbox_outbound *outbound)
{
    uint32_t slot = 0;
    while (outbound->peers[slot] != NULL) {
        slot++;
    }
    return slot;
}

static enum status dial(struct outbound_peer *peer)
{
    if (nng_push0_open(&peer->socket) != 0) {
        return STATUS_NO_MEMORY;
    }
    if (nng_socket_set_int(peer->socket, NNG_OPT_SENDBUF, OUTBOUND_BATCHES_MAX) != 0 ||
        nng_socket_set_ms(peer->socket, NNG_OPT_RECONNMINT, RECONNECT_LEAST_MS) != 0 ||
        nng_socket_set_ms(peer->socket, NNG_OPT_RECONNMAXT, RECONNECT_MOST_MS) != 0 ||
        nng_dial(peer->socket, peer->url, NULL, NNG_FLAG_NONBLOCK) != 0) {
        nng_close(peer->socket);
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

static void stop_waiting(struct mailbox_outbound *outbound, struct outbound_peer *peer)
{
    struct outbound_peer **link = &outbound->waiting;
    while (*link && *link != peer) {
        link = &(*link)->next_waiting;
    }
    if (*link) {
        *link = peer->next_waiting;
    }
    if (peer->outbox.count > 0) {
        mailbox_metrics_dropped("dead_peer", peer->outbox.count);
    }
}

static void forget(struct mailbox_outbound *outbound, struct outbound_peer *peer)
{
    hash_index_remove(&outbound->index, peer->key, peer->slot);
    outbound->peers[peer->slot] = NULL;
    stop_waiting(outbound, peer);
    mailbox_close_socket(peer->socket);
    mailbox_outbox_free(&peer->outbox);
    free(peer);
    outbound->count--;
}

static enum status add_peer(struct mailbox_outbound *outbound, const char *url, uint64_t key,
                            struct outbound_peer **out_peer)
{
    if (outbound->count == MAILBOX_PEERS_MAX) {
        return STATUS_FULL;
    }
    struct outbound_peer *peer = calloc(1, sizeof *peer);
    if (peer == NULL) {
        return STATUS_NO_MEMORY;
    }
    memcpy(peer->url, url, strlen(url) + 1);
    enum status status = dial(peer);
    if (status != STATUS_OK) {
        free(peer);
        return status;
    }
    peer->key = key;
    peer->slot = free_slot(outbound);
    outbound->peers[peer->slot] = peer;
    hash_index_add(&outbound->index, key, peer->slot);
    outbound->count++;
    mailbox_metrics_peers(outbound->count);
    *out_peer = peer;
    return STATUS_OK;
}

static enum status use_peer(struct mailbox_outbound *outbound, const char *url, struct outbound_peer **out_peer)
{
    if (!mailbox_url_is_valid(url)) {
        return STATUS_INVALID;
    }
    uint64_t key = hash_text(outbound->incarnation, url);
    struct outbound_peer *peer = find_peer(outbound, url, key);
    bool is_new = peer == NULL;
    enum status status = is_new ? add_peer(outbound, url, key, &peer) : STATUS_OK;
    if (status == STATUS_OK) {
        peer->used_ms = clock_monotonic_ms();
        peer->taken_ms = is_new ? peer->used_ms : peer->taken_ms;
        *out_peer = peer;
    }
    return status;
}

static void mark_waiting(struct mailbox_outbound *outbound, struct outbound_peer *peer)
{
    if (!peer->is_waiting) {
        peer->is_waiting = true;
        peer->next_waiting = outbound->waiting;
        outbound->waiting = peer;
    }
}

static enum status send_batch(struct mailbox_outbound *outbound, struct outbound_peer *peer)
{
    const struct mailbox_outbox *outbox = &peer->outbox;
    struct mailbox_origin origin = {outbound->sender, outbound->incarnation, peer->sequence + 1};
    uint8_t head[MAILBOX_HEAD_MAX];
    size_t head_size = mailbox_batch_head(&origin, outbound->key, outbox->bytes, outbox->size, head);
    nng_msg *message;
    if (nng_msg_alloc(&message, head_size + outbox->size) != 0) {
        return STATUS_NO_MEMORY;
    }
    uint8_t *body = nng_msg_body(message);
    memcpy(body, head, head_size);
    memcpy(body + head_size, outbox->bytes, outbox->size);
    if (nng_sendmsg(peer->socket, message, NNG_FLAG_NONBLOCK) != 0) {
        nng_msg_free(message);
        return STATUS_FULL;
    }
    peer->sequence++;
    peer->taken_ms = peer->used_ms;
    mailbox_metrics_moved("out", head_size + outbox->size);
    return STATUS_OK;
}

/* False: the peer is full, and only what must not be dropped is left. */
static bool flush_peer(struct mailbox_outbound *outbound, struct outbound_peer *peer)
{
    struct mailbox_outbox *outbox = &peer->outbox;
    if (outbox->count > 0 && send_batch(outbound, peer) != STATUS_OK) {
        uint32_t dropped = mailbox_outbox_drop_realtime(outbox);
        if (dropped > 0) {
            mailbox_metrics_dropped("realtime", dropped);
        }
        return outbox->count == 0;
    }
    mailbox_outbox_clear(outbox);
    return true;
}

enum status mailbox_outbound_add(struct mailbox_outbound *outbound, const char *peer_url,
                                 const struct mailbox_head *head, const ProtobufCMessage *payload, bool realtime,
                                 const uint8_t **out_bytes, size_t *out_size)
{
    REQUIRE(head != NULL && payload != NULL);
    struct outbound_peer *peer;
    enum status status = use_peer(outbound, peer_url, &peer);
    if (status != STATUS_OK) {
        return status;
    }
    status = mailbox_outbox_add(&peer->outbox, head, payload, realtime);
    if (status == STATUS_FULL) {
        (void)flush_peer(outbound, peer);
        status = mailbox_outbox_add(&peer->outbox, head, payload, realtime);
    }
    if (status == STATUS_FULL && realtime) {
        mailbox_metrics_dropped("realtime", 1);
        return STATUS_OK;
    }
    if (status == STATUS_OK) {
        mark_waiting(outbound, peer);
        if (out_bytes != NULL) {
            *out_bytes = mailbox_outbox_last(&peer->outbox, out_size);
        }
    }
    return status;
}

enum status mailbox_outbound_add_packed(struct mailbox_outbound *outbound, const char *peer_url, const uint8_t *bytes,
                                        size_t size)
{
    REQUIRE(bytes != NULL && size > 0);
    struct outbound_peer *peer;
    enum status status = use_peer(outbound, peer_url, &peer);
    if (status != STATUS_OK) {
        return status;
    }
    status = mailbox_outbox_add_packed(&peer->outbox, bytes, size);
    if (status == STATUS_FULL) {
        (void)flush_peer(outbound, peer);
        status = mailbox_outbox_add_packed(&peer->outbox, bytes, size);
    }
    if (status == STATUS_OK) {
        mark_waiting(outbound, peer);
    }
    return status;
}

bool mailbox_outbound_has_work(const struct mailbox_outbound *outbound)
{
    return outbound->waiting != NULL;
}

bool mailbox_outbound_flush(struct mailbox_outbound *outbound)
{
    uint64_t now_ms = clock_monotonic_ms();
    struct outbound_peer **link = &outbound->waiting;
    while (*link) {
        struct outbound_peer *peer = *link;
        if (now_ms >= peer->again_ms && flush_peer(outbound, peer)) {
            *link = peer->next_waiting;
            peer->is_waiting = false;
        } else {
            peer->again_ms = now_ms >= peer->again_ms ? now_ms + OUTBOUND_AGAIN_MS : peer->again_ms;
            link = &peer->next_waiting;
        }
    }
    return outbound->waiting != NULL;
}

void mailbox_outbound_sweep(struct mailbox_outbound *outbound, uint64_t now_ms)
{
    for (size_t i = 0; i < MAILBOX_PEERS_MAX; i++) {
        struct outbound_peer *peer = outbound->peers[i];
        if (peer != NULL && now_ms - (peer->is_waiting ? peer->taken_ms : peer->used_ms) >= OUTBOUND_FORGOTTEN_MS) {
            forget(outbound, peer);
        }
    }
    mailbox_metrics_peers(outbound->count);
}

enum status mailbox_outbound_create(const char *sender, uint64_t incarnation, const struct mailbox_key *key,
                                    struct mailbox_outbound **out_outbound)
{
    REQUIRE(sender != NULL && incarnation != 0);
    struct mailbox_outbound *outbound = calloc(1, sizeof *outbound);
    if (outbound == NULL) {
        return STATUS_NO_MEMORY;
    }
    outbound->sender = sender;
    outbound->incarnation = incarnation;
    outbound->key = key;
    hash_index_init(&outbound->index, MAILBOX_PEERS_MAX, outbound->cells);
    *out_outbound = outbound;
    return STATUS_OK;
}

void mailbox_outbound_destroy(struct mailbox_outbound *outbound)
{
    if (outbound == NULL) {
        return;
    }
    for (size_t i = 0; i < MAILBOX_PEERS_MAX; i++) {
        if (outbound->peers[i] != NULL) {
            forget(outbound, outbound->peers[i]);
        }
    }
    free(outbound);
}
