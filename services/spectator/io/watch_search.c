/* SPDX-License-Identifier: Apache-2.0 */
/* watch_search.c - finding the engine that runs a match, and new beginnings of its stream. */
#include "libcommon/runtime/telemetry/clock.h"
#include "services/spectator/io/spectator_metrics.h"
#include "services/spectator/io/watch_host_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static void on_subscribe_reply(void *owner, enum status status, const struct mailbox_envelope *reply);

/* False: it could not even be sent. */
static bool ask(struct watched *watched)
{
    struct watch_host *host = watched->host;
    Mma__Subscribe request;
    mma__subscribe__init(&request);
    request.match_id = watched->match_id;
    enum status status = mailbox_request(host->options.mailbox, watched->engine,
                                         MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBE, watched->trace, &request.base,
                                         host->options.settings->subscribe_timeout_ms, on_subscribe_reply, watched);
    watched->is_asking = status == STATUS_OK;
    return watched->is_asking;
}

/* Engines are asked in the order of their mailboxes, so that a list that changes meanwhile does no harm. */
static const struct registry_entry *next_engine(const struct watched *watched)
{
    size_t count = 0;
    const struct registry_entry *engines = registry_list(watched->host->options.registry, "game-engine", &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(engines[i].mailbox, watched->engine) > 0) {
            return &engines[i];
        }
    }
    return NULL;
}

void watch_search_next(struct watched *watched)
{
    const struct registry_entry *engine = next_engine(watched);
    while (engine != NULL) {
        snprintf(watched->engine, sizeof(watched->engine), "%s", engine->mailbox);
        if (ask(watched)) {
            return;
        }
        engine = next_engine(watched);
    }
    watch_host_end(watched->host, watched, "MATCH_NOT_FOUND");
}

void watch_search_restart(struct watched *watched)
{
    uint64_t now_ms = clock_monotonic_ms();
    metric_add(&metric_resyncs, 1, NULL, NULL);
    log_warning("stream.restarted", LOG_TEXT("match", watched->match_id), LOG_TEXT("peer", watched->engine),
                LOG_U64("next_tick", watched->stream.next_tick), LOG_TRACE(watched->trace));
    watched->restart_ms = now_ms + RESTART_PAUSE_MS;
    watched->heard_ms = now_ms;
    if (++watched->restarts > RESTARTS_MAX || !ask(watched)) {
        watched->is_lost = true;
    }
}

void watch_search_unsubscribe(struct watched *watched)
{
    Mma__Unsubscribe message;
    if (watched->stream.is_complete || watched->is_lost) {
        return;
    }
    mma__unsubscribe__init(&message);
    message.match_id = watched->match_id;
    enum status status = mailbox_post(watched->host->options.mailbox, watched->engine, MAILBOX_PUBLISH,
                                      MMA__MESSAGE_TYPE__MESSAGE_TYPE_UNSUBSCRIBE, watched->trace, &message.base);
    (void)status; /* the engine drops streams of spectators that are gone by itself */
}

/* ---- answers ------------------------------------------------------------------------------------ */

/* The map that the record carries, if any: for the stream and for clients. */
static enum status take_map(struct watched *watched, struct record_header *header)
{
    size_t size = record_map_bytes(header);
    watched->map = size == 0 ? NULL : malloc(size);
    watched->map_text = calloc(1, header->map_text_size + 1);
    if (watched->map_text == NULL || (size > 0 && watched->map == NULL)) {
        return STATUS_NO_MEMORY;
    }
    if (size > 0) {
        memcpy(watched->map_text, header->map_text, header->map_text_size);
    }
    return record_map_read(header, watched->map, size);
}

static enum status make_stream(struct watched *watched, struct record_header *header)
{
    uint32_t delay_ms = watched->host->options.settings->delay_ms;
    enum status status = take_map(watched, header);
    if (status != STATUS_OK) {
        return status;
    }
    size_t size = stream_memory_bytes(header, delay_ms);
    watched->memory = size == 0 ? NULL : malloc(size);
    if (watched->memory == NULL) {
        return size == 0 ? STATUS_MISMATCH : STATUS_NO_MEMORY;
    }
    header->map_text = NULL; /* it is read; the bytes it stood in go */
    header->map_text_size = 0;
    stream_init(&watched->stream, header, delay_ms, watched->memory);
    return STATUS_OK;
}

static enum status begin(struct watched *watched, const Mma__Subscribed *subscribed)
{
    uint64_t now_ms = clock_monotonic_ms();
    struct record_header header;
    size_t used = 0;
    enum status status = record_read_header(subscribed->header.data, subscribed->header.len, &header, &used);
    if (status != STATUS_OK) {
        return status;
    }
    if (watched->memory == NULL) {
        status = make_stream(watched, &header);
    } else if (memcmp(header.match_id, watched->stream.header.match_id, sizeof(header.match_id)) != 0) {
        status = STATUS_MISMATCH;
    }
    if (status != STATUS_OK) {
        return status;
    }
    watched->heard_ms = now_ms;
    return stream_begin(&watched->stream, subscribed->keyframe.data, subscribed->keyframe.len, now_ms);
}

static void admit_all(struct watched *watched, struct watched *into)
{
    for (uint32_t i = 0; i < watched->waiter_count; i++) {
        watch_host_admit(watched->host, into, &watched->waiters[i]);
    }
    watched->waiter_count = 0;
}

/* Takes subscribed. */
static void on_found(struct watched *watched, Mma__Subscribed *subscribed)
{
    struct watch_host *host = watched->host;
    struct watched *same = watch_host_find(host, subscribed->match_id);
    if (same != NULL && same != watched && same->state == WATCHED_FOLLOWING) {
        admit_all(watched, same); /* any match was wished for, and it is one that is followed already */
        mma__subscribed__free_unpacked(subscribed, NULL);
        watched->state = WATCHED_CLOSED;
        watch_host_free(host, watched);
        return;
    }
    watched->subscribed = subscribed;
    snprintf(watched->match_id, sizeof(watched->match_id), "%s", subscribed->match_id);
    enum status status = begin(watched, subscribed);
    if (status != STATUS_OK) {
        log_error("stream.failed", LOG_TEXT("match", watched->match_id), LOG_TEXT("peer", watched->engine),
                  LOG_STATUS(status), LOG_TRACE(watched->trace));
        watch_host_end(host, watched, "SPECTATOR_LOST");
        return;
    }
    watched->state = WATCHED_FOLLOWING;
    watched->empty_ms = clock_monotonic_ms();
    log_info("stream.started", LOG_TEXT("match", watched->match_id), LOG_TEXT("peer", watched->engine),
             LOG_U64("tick", watched->stream.next_tick - 1), LOG_TRACE(watched->trace));
    admit_all(watched, watched);
}

static void on_restarted(struct watched *watched, enum status status, Mma__Subscribed *subscribed)
{
    if (subscribed != NULL) {
        status = begin(watched, subscribed);
        mma__subscribed__free_unpacked(subscribed, NULL);
    }
    if (status == STATUS_NOT_FOUND || status == STATUS_CANCELLED) {
        watched->is_lost = true;
    }
    watched->stream.needs_restart |= status != STATUS_OK;
}

static void on_subscribe_reply(void *owner, enum status status, const struct mailbox_envelope *reply)
{
    struct watched *watched = owner;
    watched->is_asking = false;
    if (watched->state == WATCHED_CLOSED) {
        watch_host_free(watched->host, watched);
        return;
    }
    Mma__Subscribed *subscribed = NULL;
    if (status == STATUS_OK && reply->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBED) {
        subscribed = mma__subscribed__unpack(NULL, reply->payload_size, reply->payload);
    }
    bool is_good = subscribed != NULL && strlen(subscribed->match_id) < MATCH_ID_TEXT;
    if (watched->state == WATCHED_FOLLOWING) {
        on_restarted(watched, status, subscribed);
    } else if (is_good) {
        on_found(watched, subscribed);
    } else {
        if (subscribed != NULL) {
            mma__subscribed__free_unpacked(subscribed, NULL);
        }
        watch_search_next(watched);
    }
}
