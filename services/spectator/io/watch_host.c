/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/io/watch_host.h"

#include "libcommon/runtime/mailbox/registry_mailboxes.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/entropy.h"
#include "services/spectator/io/spectator_metrics.h"
#include "services/spectator/io/watch_host_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_turn(uv_timer_t *timer);

/* ---- life --------------------------------------------------------------------------------------- */

enum status watch_host_open(const struct watch_host_options *options, struct watch_host **out_host)
{
    struct watch_host *host = calloc(1, sizeof(*host));
    if (host == NULL) {
        return STATUS_NO_MEMORY;
    }
    host->options = *options;
    host->viewer_places = options->settings->streams_max * options->settings->viewers_per_match_max;
    host->watched = calloc(options->settings->streams_max, sizeof(struct watched));
    host->viewers = calloc(host->viewer_places, sizeof(struct viewer));
    enum status status = frame_outbox_create(options->mailbox, &host->peers, &host->outbox);
    if (status != STATUS_OK || host->watched == NULL || host->viewers == NULL) {
        watch_host_destroy(host);
        return STATUS_NO_MEMORY;
    }
    uv_timer_init(options->loop, &host->turn_timer);
    host->turn_timer.data = host;
    *out_host = host;
    return STATUS_OK;
}

void watch_host_close(struct watch_host *host)
{
    if (host != NULL) {
        host->is_closing = true;
        watch_host_end_all(host);
        uv_close((uv_handle_t *)&host->turn_timer, NULL);
    }
}

void watch_host_destroy(struct watch_host *host)
{
    if (host != NULL) {
        frame_outbox_destroy(host->outbox);
        free(host->viewers);
        free(host->watched);
        free(host);
    }
}

/* ---- matches ------------------------------------------------------------------------------------ */

struct watched *watch_host_find(struct watch_host *host, const char *match_id)
{
    for (uint32_t i = 0; i < host->options.settings->streams_max; i++) {
        struct watched *watched = &host->watched[i];
        bool is_open = watched->state == WATCHED_SEARCHING || watched->state == WATCHED_FOLLOWING;
        if (is_open && strcmp(watched->match_id, match_id) == 0) {
            return watched;
        }
    }
    return NULL;
}

struct watched *watch_host_add(struct watch_host *host, const char *match_id)
{
    for (uint32_t i = 0; i < host->options.settings->streams_max; i++) {
        struct watched *watched = &host->watched[i];
        if (watched->state == WATCHED_FREE) {
            memset(watched, 0, sizeof(*watched));
            watched->host = host;
            watched->state = WATCHED_SEARCHING;
            watched->stream_id = entropy_u64() & ~(uint64_t)(TIER_COUNT - 1);
            snprintf(watched->match_id, sizeof(watched->match_id), "%s", match_id);
            metric_set(&metric_streams, ++host->stream_count, NULL, NULL);
            uv_timer_start(&host->turn_timer, on_turn, TURN_MS, TURN_MS);
            return watched;
        }
    }
    return NULL;
}

void watch_host_free(struct watch_host *host, struct watched *watched)
{
    if (watched->subscribed != NULL) {
        mma__subscribed__free_unpacked(watched->subscribed, NULL);
    }
    free(watched->memory);
    free(watched->map);
    free(watched->map_text);
    watched->subscribed = NULL;
    watched->memory = NULL;
    watched->map = NULL;
    watched->map_text = NULL;
    watched->state = WATCHED_FREE;
    metric_set(&metric_streams, --host->stream_count, NULL, NULL);
    if (host->stream_count == 0 && !host->is_closing) {
        uv_timer_stop(&host->turn_timer);
        host->options.on_idle(host->options.owner);
    }
}

static void tell_over(struct watch_host *host, const struct watched *watched, uint32_t tier, uint32_t peer,
                      const char *reason)
{
    Mma__StreamOver over;
    char text[32];
    mma__stream_over__init(&over);
    snprintf(text, sizeof(text), "%s", reason);
    over.stream_id = watched->stream_id + tier;
    over.reason = text;
    const char *gateway = host->peers.items[peer].mailbox;
    enum status status = mailbox_post(host->options.mailbox, gateway, MAILBOX_PUBLISH,
                                      MMA__MESSAGE_TYPE__MESSAGE_TYPE_STREAM_OVER, watched->trace, &over.base);
    if (status != STATUS_OK) {
        log_warning("stream.untold", LOG_TEXT("match", watched->match_id), LOG_TEXT("peer", gateway),
                    LOG_STATUS(status), LOG_TRACE(watched->trace));
    }
}

static void tell_all_over(struct watch_host *host, const struct watched *watched, const char *reason)
{
    for (uint32_t t = 0; t < TIER_COUNT; t++) {
        const struct tier *tier = &watched->stream.tiers[t];
        for (uint32_t i = 0; i < tier->gateway_count; i++) {
            tell_over(host, watched, t, tier->gateways[i].peer, reason);
        }
    }
}

void watch_host_end(struct watch_host *host, struct watched *watched, const char *reason)
{
    for (uint32_t i = 0; i < watched->waiter_count; i++) {
        watch_host_refuse(host, &watched->waiters[i].to, STATUS_NOT_FOUND, "GAME_NOT_FOUND",
                          "no engine runs this match");
    }
    watched->waiter_count = 0;
    if (watched->state == WATCHED_FOLLOWING) {
        log_info("stream.ended", LOG_TEXT("match", watched->match_id), LOG_TEXT("reason", reason),
                 LOG_U64("viewers", stream_viewers(&watched->stream)), LOG_TRACE(watched->trace));
        tell_all_over(host, watched, reason);
        watch_search_unsubscribe(watched);
        for (uint32_t i = 0; i < host->viewers_used; i++) {
            if (host->viewers[i].session != 0 && &host->watched[host->viewers[i].watched] == watched) {
                watch_host_remove_viewer(host, &host->viewers[i]);
            }
        }
    }
    watched->state = WATCHED_CLOSED;
    if (!watched->is_asking) {
        watch_host_free(host, watched);
    }
}

void watch_host_end_all(struct watch_host *host)
{
    for (uint32_t i = 0; i < host->options.settings->streams_max; i++) {
        enum watched_state state = host->watched[i].state;
        if (state == WATCHED_SEARCHING || state == WATCHED_FOLLOWING) {
            watch_host_end(host, &host->watched[i], "SPECTATOR_LOST");
        }
    }
}

/* ---- viewers ------------------------------------------------------------------------------------ */

struct viewer *watch_host_find_viewer(struct watch_host *host, uint64_t session, const char *gateway)
{
    uint32_t peer = peers_find(&host->peers, gateway);
    for (uint32_t i = 0; session != 0 && peer != PEERS_NONE && i < host->viewers_used; i++) {
        if (host->viewers[i].session == session && host->viewers[i].peer == peer) {
            return &host->viewers[i];
        }
    }
    return NULL;
}

static struct viewer *free_viewer(struct watch_host *host)
{
    for (uint32_t i = 0; i < host->viewers_used; i++) {
        if (host->viewers[i].session == 0) {
            return &host->viewers[i];
        }
    }
    return host->viewers_used < host->viewer_places ? &host->viewers[host->viewers_used++] : NULL;
}

void watch_host_remove_viewer(struct watch_host *host, struct viewer *viewer)
{
    struct watched *watched = &host->watched[viewer->watched];
    tier_leave(&watched->stream.tiers[viewer->tier], viewer->peer);
    peers_release(&host->peers, viewer->peer);
    viewer->session = 0;
    metric_set(&metric_spectators, --host->viewer_count, NULL, NULL);
    if (stream_viewers(&watched->stream) == 0) {
        watched->empty_ms = clock_monotonic_ms();
    }
}

static enum status seat_viewer(struct watch_host *host, struct watched *watched, const struct waiter *waiter,
                               uint32_t tier)
{
    struct viewer *viewer = free_viewer(host);
    uint32_t peer = viewer == NULL ? PEERS_NONE : peers_hold(&host->peers, waiter->to.sender);
    if (peer == PEERS_NONE) {
        return STATUS_FULL;
    }
    enum status status = tier_enter(&watched->stream.tiers[tier], peer);
    if (status != STATUS_OK) {
        peers_release(&host->peers, peer);
        return status;
    }
    *viewer = (struct viewer){.session = waiter->session,
                              .peer = peer,
                              .watched = (uint16_t)(watched - host->watched),
                              .tier = (uint8_t)tier};
    watched->empty_ms = 0;
    metric_set(&metric_spectators, ++host->viewer_count, NULL, NULL);
    return STATUS_OK;
}

static void answer_watch(struct watch_host *host, struct watched *watched, const struct waiter *waiter, uint32_t tier)
{
    Mma__WatchingStream reply;
    Mma__Watching inner;
    char map[MAP_NAME_MAX + 1], mode[MODE_NAME_MAX + 1];
    mma__watching_stream__init(&reply);
    mma__watching__init(&inner);
    snprintf(map, sizeof(map), "%s", watched->stream.header.setup.map->name);
    snprintf(mode, sizeof(mode), "%s", watched->stream.header.setup.mode->name);
    inner.match_id = watched->match_id;
    inner.rate_hz = tier_rate(tier);
    inner.delay_ms = host->options.settings->delay_ms;
    inner.map = map;
    inner.mode = mode;
    inner.n_seats = watched->subscribed->n_seats;
    inner.seats = watched->subscribed->seats;
    inner.map_text = watched->map_text;
    reply.session_id = waiter->session;
    reply.stream_id = watched->stream_id + tier;
    reply.watching = &inner;
    mailbox_reply(host->options.mailbox, &waiter->to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_WATCHING, &reply.base);
}

void watch_host_admit(struct watch_host *host, struct watched *watched, const struct waiter *waiter)
{
    uint32_t tier = tier_for_rate(waiter->rate_hz);
    struct viewer *old = watch_host_find_viewer(host, waiter->session, waiter->to.sender);
    if (old != NULL) {
        watch_host_remove_viewer(host, old);
    }
    enum status status = STATUS_FULL;
    if (stream_viewers(&watched->stream) < host->options.settings->viewers_per_match_max) {
        status = seat_viewer(host, watched, waiter, tier);
    }
    if (status != STATUS_OK) {
        watch_host_refuse(host, &waiter->to, status, "GAME_FULL", "too many watch this match");
        return;
    }
    log_info("viewer.joined", LOG_TEXT("match", watched->match_id), LOG_ID("session", waiter->session),
             LOG_TEXT("peer", waiter->to.sender), LOG_U64("rate_hz", tier_rate(tier)), LOG_TRACE(waiter->to.trace));
    answer_watch(host, watched, waiter, tier);
}

void watch_host_refuse(struct watch_host *host, const struct mailbox_return *to, enum status status, const char *reason,
                       const char *message)
{
    metric_add(&metric_watch_refused, 1, reason, NULL);
    log_info("watch.refused", LOG_TEXT("reason", reason), LOG_TEXT("peer", to->sender), LOG_TRACE(to->trace));
    mailbox_refuse(host->options.mailbox, to, status, reason, message);
}

/* ---- a turn ------------------------------------------------------------------------------------- */

static void encode_tier(struct watch_host *host, struct watched *watched, uint32_t index)
{
    struct stream *stream = &watched->stream;
    struct tier *tier = &stream->tiers[index];
    size_t capacity = STREAM_FRAME_BYTES(stream->header.setup.capacity);
    uint8_t *place = frame_outbox_place(host->outbox, capacity);
    struct tier_frame frame;
    char rate[8];
    if (place == NULL || tier_encode(tier, &stream->scene, &stream->events, place, capacity, &frame) != STATUS_OK) {
        return; /* the next one is a keyframe */
    }
    snprintf(rate, sizeof(rate), "%u", tier_rate(index));
    metric_add(&metric_frames, 1, rate, NULL);
    metric_add(&metric_frame_bytes, (double)frame.size, rate, NULL);
    frame_outbox_add(host->outbox, watched->stream_id + index, tier, &frame);
}

static void turn_stream(struct watch_host *host, struct watched *watched, uint64_t now_ms)
{
    struct stream *stream = &watched->stream;
    if (stream_step(stream, now_ms)) {
        watched->restarts = 0;
        for (uint32_t i = 0; i < TIER_COUNT; i++) {
            if (tier_is_due(&stream->tiers[i], stream->player.world.tick, stream->has_ended)) {
                encode_tier(host, watched, i);
            }
        }
    }
}

/* After the frames are posted: what ended, what needs a new beginning. */
static void settle_stream(struct watch_host *host, struct watched *watched, uint64_t now_ms)
{
    struct stream *stream = &watched->stream;
    bool is_silent = !stream->is_complete && now_ms - watched->heard_ms > SILENCE_MS;
    if (stream->has_ended) {
        watch_host_end(host, watched, "MATCH_OVER");
    } else if (watched->is_lost && stream->entries.count == 0) {
        watch_host_end(host, watched, "SPECTATOR_LOST");
    } else if ((stream->needs_restart || is_silent) && !watched->is_lost && !watched->is_asking &&
               now_ms >= watched->restart_ms) {
        watch_search_restart(watched);
    }
}

static void on_turn(uv_timer_t *timer)
{
    struct watch_host *host = timer->data;
    uint64_t now_ms = clock_monotonic_ms();
    for (uint32_t i = 0; i < host->options.settings->streams_max; i++) {
        if (host->watched[i].state == WATCHED_FOLLOWING) {
            turn_stream(host, &host->watched[i], now_ms);
        }
    }
    frame_outbox_post(host->outbox);
    mailbox_flush(host->options.mailbox);
    for (uint32_t i = 0; i < host->options.settings->streams_max; i++) {
        if (host->watched[i].state == WATCHED_FOLLOWING) {
            settle_stream(host, &host->watched[i], now_ms);
        }
    }
}

/* ---- tidy --------------------------------------------------------------------------------------- */

static void remove_lost_gateways(struct watch_host *host, uint64_t now_ms)
{
    const struct registry *registry = host->options.registry;
    const struct peer_list gateways = registry_mailboxes(registry, "gateway");
    if (!peers_follow(&host->peers, &gateways, 1, registry_age_ms(registry), now_ms)) {
        return;
    }
    for (uint32_t i = 0; i < host->viewers_used; i++) {
        struct viewer *viewer = &host->viewers[i];
        if (viewer->session != 0 && peers_is_gone(&host->peers, viewer->peer, now_ms)) {
            log_warning("viewer.lost", LOG_ID("session", viewer->session),
                        LOG_TEXT("peer", host->peers.items[viewer->peer].mailbox));
            watch_host_remove_viewer(host, viewer);
        }
    }
}

void watch_host_tidy(struct watch_host *host)
{
    uint64_t now_ms = clock_monotonic_ms();
    remove_lost_gateways(host, now_ms);
    for (uint32_t i = 0; i < host->options.settings->streams_max; i++) {
        struct watched *watched = &host->watched[i];
        bool is_empty = watched->state == WATCHED_FOLLOWING && watched->empty_ms != 0;
        if (is_empty && now_ms - watched->empty_ms >= host->options.settings->linger_ms) {
            watch_host_end(host, watched, "MATCH_OVER");
        }
    }
}

void watch_host_refuse_new(struct watch_host *host)
{
    host->refuses_new = true;
}

uint32_t watch_host_streams(const struct watch_host *host)
{
    return host->stream_count;
}

uint32_t watch_host_viewers(const struct watch_host *host)
{
    return host->viewer_count;
}
