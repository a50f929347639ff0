/* SPDX-License-Identifier: Apache-2.0 */
/* watch_host_internal.h - what watch_host.c (table, viewers, turns), watch_requests.c (mail) and watch_search.c
 * (engines) share. */
#ifndef MMA_SERVICES_SPECTATOR_IO_WATCH_HOST_INTERNAL_H
#define MMA_SERVICES_SPECTATOR_IO_WATCH_HOST_INTERNAL_H

#include "libcommon/base/peers.h"
#include "proto/spectate.pb-c.h"
#include "services/spectator/core/stream.h"
#include "services/spectator/io/frame_outbox.h"
#include "services/spectator/io/watch_host.h"

#define MATCH_ID_TEXT    33
#define WAITERS_MAX      128  /* who wait while a match is searched */
#define TURN_MS          8    /* how often held records are looked at */
#define SILENCE_MS       3000 /* no record for so long: ask the engine */
#define RESTART_PAUSE_MS 1000 /* between two tries to begin anew */
#define RESTARTS_MAX     5    /* in a row, without a frame between them */

struct waiter {
    struct mailbox_return to;
    uint64_t session;
    uint32_t rate_hz;
};

enum watched_state { WATCHED_FREE, WATCHED_SEARCHING, WATCHED_FOLLOWING, WATCHED_CLOSED };

struct watched {
    struct watch_host *host;
    enum watched_state state;     /* CLOSED: waits for the reply of a request */
    bool is_asking;               /* a Subscribe is under way */
    bool is_lost;                 /* no engine runs it any more: what is held is shown, then it ends */
    char match_id[MATCH_ID_TEXT]; /* "" while any is searched */
    char engine[MAILBOX_URL_MAX]; /* asked last, or followed */
    uint64_t stream_id;           /* of tier 0; the others count up */
    uint64_t heard_ms;
    uint64_t restart_ms; /* not before this */
    uint32_t restarts;
    uint64_t empty_ms; /* without viewers since then; 0: has some */
    struct trace_id trace;
    Mma__Subscribed *subscribed; /* owned: seats and names */
    struct stream stream;
    void *memory;   /* owned */
    void *map;      /* owned: what the stream's header points to; NULL where the map is built in */
    char *map_text; /* owned: the same for clients, terminated by 0; "" */
    uint32_t waiter_count;
    struct waiter waiters[WAITERS_MAX];
};

struct viewer {
    uint64_t session; /* 0: the place is free */
    uint32_t peer;
    uint16_t watched;
    uint8_t tier;
};

struct watch_host {
    struct watch_host_options options;
    uv_timer_t turn_timer;
    bool refuses_new;
    bool is_closing;
    struct watched *watched; /* [settings->streams_max] */
    struct viewer *viewers;  /* [viewer_places] */
    uint32_t viewer_places;
    uint32_t viewers_used; /* places that were ever taken */
    uint32_t viewer_count;
    uint32_t stream_count;
    struct peers peers;
    struct frame_outbox *outbox;
};

/* watch_host.c */
struct watched *watch_host_find(struct watch_host *host, const char *match_id);
struct watched *watch_host_add(struct watch_host *host, const char *match_id); /* NULL: full */
void watch_host_admit(struct watch_host *host, struct watched *watched, const struct waiter *waiter);
void watch_host_refuse(struct watch_host *host, const struct mailbox_return *to, enum status status, const char *reason,
                       const char *message);
struct viewer *watch_host_find_viewer(struct watch_host *host, uint64_t session, const char *gateway);
void watch_host_remove_viewer(struct watch_host *host, struct viewer *viewer);
/* Tells who still watches, and frees. */
void watch_host_end(struct watch_host *host, struct watched *watched, const char *reason);
void watch_host_free(struct watch_host *host, struct watched *watched); /* no request of it is under way */

/* watch_search.c */
void watch_search_next(struct watched *watched);    /* asks the next engine; refuses the waiters when there is none */
void watch_search_restart(struct watched *watched); /* asks the same engine for a new beginning */
void watch_search_unsubscribe(struct watched *watched);

#endif
