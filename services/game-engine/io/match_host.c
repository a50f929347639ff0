/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/io/match_host.h"

#include "libcommon/runtime/daemon/pages.h"
#include "libcommon/runtime/mailbox/registry_mailboxes.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "services/game-engine/io/engine_metrics.h"
#include "services/game-engine/io/match_host_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* ---- one arena a message ------------------------------------------------------------------------ */

static void *message_take(void *data, size_t size)
{
    return arena_take(data, size);
}

static void message_release(void *data, void *pointer)
{
    (void)data;
    (void)pointer;
}

/* ---- life --------------------------------------------------------------------------------------- */

static uint32_t sessions_max(const struct engine_settings *settings)
{
    return settings->matches_max * settings->players_per_match_max;
}

static enum status take_memory(struct match_host *host)
{
    const struct engine_settings *settings = host->options.settings;
    void *message = malloc(MESSAGE_BYTES_MAX);
    arena_init(&host->message, message, MESSAGE_BYTES_MAX);
    host->message_allocator = (ProtobufCAllocator){message_take, message_release, &host->message};
    host->matches = calloc(settings->matches_max, sizeof(struct hosted_match));
    host->session_memory = malloc(session_table_bytes(sessions_max(settings)));
    host->sight_memory = malloc(MATCH_HOST_WORKSPACES * match_workspace_bytes());
    if (message == NULL || host->matches == NULL || host->session_memory == NULL || host->sight_memory == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (uint32_t i = 0; i < MATCH_HOST_WORKSPACES; i++) {
        match_workspace_init(&host->sights[i], (uint8_t *)host->sight_memory + i * match_workspace_bytes());
    }
    session_table_init(&host->sessions, sessions_max(settings), host->session_memory);
    return outbox_create(host->options.mailbox, &host->peers, MATCH_SNAPSHOT_BYTES(settings->players_per_match_max),
                         &host->outbox);
}

enum status match_host_create(const struct match_host_options *options, struct match_host **out_host)
{
    struct match_host *host = calloc(1, sizeof(*host));
    if (host == NULL) {
        return STATUS_NO_MEMORY;
    }
    host->options = *options;
    enum status status = take_memory(host);
    if (status != STATUS_OK) {
        match_host_destroy(host);
        return status;
    }
    *out_host = host;
    return STATUS_OK;
}

void match_host_destroy(struct match_host *host)
{
    if (host == NULL) {
        return;
    }
    for (uint32_t i = 0; host->matches != NULL && i < host->options.settings->matches_max; i++) {
        pages_release(host->matches[i].memory, host->matches[i].memory_size);
    }
    wall_indexes_free(&host->walls);
    outbox_destroy(host->outbox);
    free(host->session_memory);
    free(host->sight_memory);
    free(host->matches);
    free(host->message.bytes);
    free(host);
}

/* ---- the table ---------------------------------------------------------------------------------- */

struct hosted_match *match_host_find(struct match_host *host, const char *match_id)
{
    for (uint32_t i = 0; i < host->options.settings->matches_max; i++) {
        if (host->matches[i].is_used && strcmp(host->matches[i].id, match_id) == 0) {
            return &host->matches[i];
        }
    }
    return NULL;
}

bool match_host_has_ended(const struct match_host *host, const char *match_id)
{
    for (uint32_t i = 0; i < ENDED_MAX; i++) {
        if (host->ended[i][0] != '\0' && strcmp(host->ended[i], match_id) == 0) {
            return true;
        }
    }
    return false;
}

struct hosted_match *match_host_busiest(struct match_host *host)
{
    struct hosted_match *best = NULL;
    for (uint32_t i = 0; i < host->options.settings->matches_max; i++) {
        struct hosted_match *hosted = &host->matches[i];
        bool is_running = hosted->is_used && hosted->match.state == MATCH_RUNNING;
        if (is_running && (best == NULL || hosted->match.session_count > best->match.session_count)) {
            best = hosted;
        }
    }
    return best;
}

static struct hosted_match *free_place(struct match_host *host)
{
    for (uint16_t i = 0; i < host->options.settings->matches_max; i++) {
        if (!host->matches[i].is_used) {
            host->matches[i] = (struct hosted_match){.index = i};
            return &host->matches[i];
        }
    }
    return NULL;
}

enum status match_host_add(struct match_host *host, const char *id, const struct match_setup *setup,
                           struct hosted_match **out_hosted)
{
    struct hosted_match *hosted = free_place(host);
    size_t size = match_memory_bytes(setup);
    if (hosted == NULL || size == 0) {
        return hosted == NULL ? STATUS_FULL : STATUS_INVALID;
    }
    hosted->memory = pages_take(size);
    hosted->memory_size = size;
    if (hosted->memory == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum status status = match_init(&hosted->match, setup, hosted->memory, size);
    if (status != STATUS_OK) {
        pages_release(hosted->memory, size);
        hosted->memory = NULL;
        return status;
    }
    snprintf(hosted->id, sizeof(hosted->id), "%s", id);
    hosted->is_used = true;
    host->match_count++;
    metric_set(&metric_active_games, host->match_count, NULL, NULL);
    if (host->match_count == 1) {
        host->options.on_busy(host->options.owner);
    }
    *out_hosted = hosted;
    return STATUS_OK;
}

void match_host_remove(struct match_host *host, struct hosted_match *hosted)
{
    for (uint16_t slot = 0; slot < hosted->match.seat_count; slot++) {
        match_host_unseat(host, hosted, slot, NULL);
    }
    while (hosted->subscriber_count > 0) {
        match_host_unsubscribe(host, hosted, hosted->subscribers[0]);
    }
    recovery_end(hosted->recovery);
    memcpy(host->ended[host->ended_next], hosted->id, sizeof(hosted->id));
    host->ended_next = (host->ended_next + 1) % ENDED_MAX;
    pages_release(hosted->memory, hosted->memory_size);
    hosted->memory = NULL;
    hosted->is_used = false;
    host->match_count--;
    metric_set(&metric_active_games, host->match_count, NULL, NULL);
    if (host->match_count == 0) {
        host->options.on_idle(host->options.owner);
    }
}

/* reason NULL: the match is over, which is logged once and not for each. */
void match_host_unseat(struct match_host *host, struct hosted_match *hosted, uint16_t slot, const char *reason)
{
    struct match_seat *seat = &hosted->match.seats[slot];
    if (seat->session == 0) {
        return;
    }
    if (reason != NULL) {
        log_info("match.left", LOG_TEXT("match", hosted->id), LOG_TEXT("player", seat->player.id),
                 LOG_ID("session", seat->session), LOG_TEXT("reason", reason), LOG_TRACE(hosted->trace));
    }
    session_table_remove(&host->sessions, seat->session, seat->peer);
    peers_release(&host->peers, seat->peer);
    match_leave_seat(&hosted->match, slot);
    metric_set(&metric_game_players, host->sessions.count, NULL, NULL);
}

void match_host_unsubscribe(struct match_host *host, struct hosted_match *hosted, uint32_t peer)
{
    for (uint32_t i = 0; i < hosted->subscriber_count; i++) {
        if (hosted->subscribers[i] == peer) {
            hosted->subscriber_count--;
            memmove(&hosted->subscribers[i], &hosted->subscribers[i + 1],
                    (hosted->subscriber_count - i) * sizeof(hosted->subscribers[0]));
            peers_release(&host->peers, peer);
            metric_add(&metric_subscribers, -1, NULL, NULL);
            return;
        }
    }
}

/* ---- who is gone -------------------------------------------------------------------------------- */

static void forget_peer(struct match_host *host, uint32_t peer)
{
    log_warning("peer.lost", LOG_TEXT("peer", host->peers.items[peer].mailbox));
    for (uint32_t i = 0; i < host->options.settings->matches_max; i++) {
        struct hosted_match *hosted = &host->matches[i];
        for (uint16_t slot = 0; hosted->is_used && slot < hosted->match.seat_count; slot++) {
            if (hosted->match.seats[slot].peer == peer) {
                match_host_unseat(host, hosted, slot, "GATEWAY_LOST");
            }
        }
        if (hosted->is_used) {
            match_host_unsubscribe(host, hosted, peer);
        }
    }
}

void match_host_reap(struct match_host *host, const struct registry *registry)
{
    const struct peer_list lists[] = {registry_mailboxes(registry, "gateway"),
                                      registry_mailboxes(registry, "spectator")};
    uint64_t now_ms = clock_monotonic_ms();
    if (!peers_follow(&host->peers, lists, sizeof(lists) / sizeof(lists[0]), registry_age_ms(registry), now_ms)) {
        return; /* it is Redis that is away */
    }
    for (uint32_t peer = 0; peer < host->peers.used; peer++) {
        if (peers_is_gone(&host->peers, peer, now_ms)) {
            forget_peer(host, peer);
        }
    }
}

void match_host_refuse_new(struct match_host *host)
{
    host->refuses_new = true;
}

struct match_host_cost match_host_cost(const struct match_host *host)
{
    return host->match_count > 0 ? host->cost : (struct match_host_cost){0};
}

uint32_t match_host_matches(const struct match_host *host)
{
    return host->match_count;
}

uint32_t match_host_players(const struct match_host *host)
{
    return host->sessions.count;
}
