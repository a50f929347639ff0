/* SPDX-License-Identifier: Apache-2.0 */
/*
 * stream.h - the streams of frames that sessions watch: who gets a frame of which stream.
 *
 * A stream is named by its spectator (backends_key of its mailbox) and the id that the spectator gave it. It lives from
 * its first viewer to its last. Viewers are a list through the sessions themselves (session.stream_next). A viewer is
 * written nothing before a keyframe: session_offer_snapshot sees to it.
 */
#ifndef MMA_SERVICES_GATEWAY_CORE_STREAM_H
#define MMA_SERVICES_GATEWAY_CORE_STREAM_H

#include "services/gateway/core/session.h"

struct stream {
    uint64_t id; /* as the spectator names it */
    uint64_t spectator_key;
    uint32_t backend; /* index of the spectator */
    uint32_t first;
    uint32_t viewers; /* 0: the place is free */
    char match_id[33];
};

struct stream_table {
    struct stream *streams; /* [capacity], borrowed */
    uint32_t capacity;
    uint32_t count;
    struct hash_index index;
    struct session_table *sessions; /* borrowed */
};

/* memory: stream_table_bytes(capacity), aligned to 16. */
size_t stream_table_bytes(uint32_t capacity);
void stream_table_init(struct stream_table *table, uint32_t capacity, struct session_table *sessions, void *memory);

struct stream *stream_table_find(const struct stream_table *table, uint64_t spectator_key, uint64_t id);

/* Adds the session, which watches nothing yet, to a stream; makes it if needed. STATUS_FULL: too many streams. */
MUST_USE enum status stream_enter(struct stream_table *table, const struct stream *named, struct session *session);
void stream_leave(struct stream_table *table, struct session *session); /* nothing happens when it is in none */

#endif
