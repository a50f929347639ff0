/* SPDX-License-Identifier: Apache-2.0 */
/* watch_requests.c - the mail of the watch host: what gateways want, and records of engines. */
#include "libcommon/runtime/telemetry/clock.h"
#include "services/spectator/io/watch_host_internal.h"

#include <string.h>

/* Any match that is followed and still runs: the one with most viewers. */
static struct watched *most_watched(struct watch_host *host)
{
    struct watched *best = NULL;
    for (uint32_t i = 0; i < host->options.settings->streams_max; i++) {
        struct watched *watched = &host->watched[i];
        bool is_live = watched->state == WATCHED_FOLLOWING && !watched->stream.is_complete && !watched->is_lost;
        if (is_live && stream_viewers(&watched->stream) < host->options.settings->viewers_per_match_max &&
            (best == NULL || stream_viewers(&watched->stream) > stream_viewers(&best->stream))) {
            best = watched;
        }
    }
    return best != NULL ? best : watch_host_find(host, "");
}

static void wait_for_search(struct watch_host *host, struct watched *watched, const struct waiter *waiter)
{
    if (watched->waiter_count == WAITERS_MAX) {
        watch_host_refuse(host, &waiter->to, STATUS_FULL, "SPECTATOR_FULL", "too many wait for this match");
        return;
    }
    watched->waiters[watched->waiter_count++] = *waiter;
}

static void search(struct watch_host *host, const char *match_id, const struct waiter *waiter)
{
    struct watched *watched = watch_host_add(host, match_id);
    if (watched == NULL) {
        watch_host_refuse(host, &waiter->to, STATUS_FULL, "SPECTATOR_FULL", "too many matches are watched here");
        return;
    }
    watched->trace = waiter->to.trace;
    wait_for_search(host, watched, waiter);
    watch_search_next(watched);
}

static void on_watch(struct watch_host *host, const struct mailbox_envelope *envelope)
{
    struct waiter waiter = {.to = mailbox_return_of(envelope)};
    Mma__Watch *request = mma__watch__unpack(NULL, envelope->payload_size, envelope->payload);
    if (request == NULL || request->session_id == 0 || strlen(request->match_id) >= MATCH_ID_TEXT) {
        watch_host_refuse(host, &waiter.to, STATUS_INVALID, "INVALID_INPUT", "not a Watch with a session");
        goto done;
    }
    if (host->refuses_new) {
        watch_host_refuse(host, &waiter.to, STATUS_UNAVAILABLE, "SPECTATOR_DRAINING", "this spectator is stopping");
        goto done;
    }
    waiter.session = request->session_id;
    waiter.rate_hz = request->rate_hz;
    bool is_any = request->match_id[0] == '\0';
    struct watched *watched = is_any ? most_watched(host) : watch_host_find(host, request->match_id);
    if (watched == NULL) {
        search(host, request->match_id, &waiter);
    } else if (watched->state == WATCHED_SEARCHING) {
        wait_for_search(host, watched, &waiter);
    } else {
        watch_host_admit(host, watched, &waiter);
    }
done:
    if (request != NULL) {
        mma__watch__free_unpacked(request, NULL);
    }
}

static void on_unwatch(struct watch_host *host, const struct mailbox_envelope *envelope)
{
    Mma__Unwatch *message = mma__unwatch__unpack(NULL, envelope->payload_size, envelope->payload);
    if (message == NULL) {
        return;
    }
    struct viewer *viewer = watch_host_find_viewer(host, message->session_id, envelope->sender);
    if (viewer != NULL) {
        const struct watched *watched = &host->watched[viewer->watched];
        log_info("viewer.left", LOG_TEXT("match", watched->match_id), LOG_ID("session", viewer->session),
                 LOG_TRACE(envelope->trace));
        watch_host_remove_viewer(host, viewer);
    }
    mma__unwatch__free_unpacked(message, NULL);
}

static void on_records(struct watch_host *host, const struct mailbox_envelope *envelope)
{
    uint64_t now_ms = clock_monotonic_ms();
    Mma__Records *records = mma__records__unpack(NULL, envelope->payload_size, envelope->payload);
    for (size_t i = 0; records != NULL && i < records->n_matches; i++) {
        const Mma__MatchRecords *row = records->matches[i];
        struct watched *watched = row->match_id[0] == '\0' ? NULL : watch_host_find(host, row->match_id);
        bool is_ours = watched != NULL && watched->state == WATCHED_FOLLOWING;
        if (is_ours && strcmp(watched->engine, envelope->sender) == 0) {
            watched->heard_ms = now_ms;
            stream_receive(&watched->stream, row->first_tick, row->records.data, row->records.len, now_ms);
        }
    }
    if (records != NULL) {
        mma__records__free_unpacked(records, NULL);
    }
}

void watch_host_receive(struct watch_host *host, const struct mailbox_envelope *envelope)
{
    switch (envelope->type) {
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_RECORDS:
        on_records(host, envelope);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_WATCH:
        on_watch(host, envelope);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_UNWATCH:
        on_unwatch(host, envelope);
        break;
    default:
        if (envelope->correlation_id != 0) {
            struct mailbox_return to = mailbox_return_of(envelope);
            watch_host_refuse(host, &to, STATUS_INVALID, "INVALID_INPUT", "a spectator does not serve this");
        }
        break;
    }
}
