/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/io/match_host.h"

#include "libcommon/runtime/daemon/pages.h"
#include "libcommon/runtime/mailbox/registry_mailboxes.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "services/game-engine/io/map_files.h"
#include "services/game-engine/io/match_host_internal.h"

#include <stdlib.h>

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

static uint32_t ticks_of_ms(uint32_t ms)
{
    return (uint32_t)((uint64_t)ms * RULES_TICK_RATE / 1000);
}

static const struct map *find_map(void *owner, const char *name)
{
    const struct match_host *host = owner;
    return map_files_find(host->options.maps, name);
}

static const struct walls *find_walls(void *owner, const struct map *map)
{
    struct match_host *host = owner;
    return wall_indexes_find(&host->walls, map);
}

static struct request_messages_context context_of(struct match_host *host)
{
    const struct engine_settings *settings = host->options.settings;
    return (struct request_messages_context){
        .setup = {.wait_ticks = ticks_of_ms(settings->join_wait_ms),
                  .idle_ticks = ticks_of_ms(settings->idle_match_ms),
                  .input_ticks = settings->input_buffer_ticks,
                  .chunk_ticks = ticks_of_ms(settings->replay_chunk_ms),
                  .chunk_bytes = settings->replay_chunk_bytes,
                  .snapshot_bytes_per_s = settings->snapshot_bytes_per_s,
                  .chat_lines_per_minute = settings->chat_rate_per_minute,
                  .bot_workspace = settings->bots_fill ? &host->workspaces[0] : NULL},
        .owner = host,
        .find_map = find_map,
        .find_walls = find_walls};
}

static void send_realtime(void *owner, const char *mailbox_url, Mma__MessageType type, const ProtobufCMessage *message)
{
    const struct match_host *host = owner;
    enum status status =
        mailbox_post(host->options.mailbox, mailbox_url, MAILBOX_REALTIME, type, (struct trace_id){{0}}, message);
    (void)status; /* the mailbox counts what it drops */
}

static enum status take_memory(struct match_host *host, const struct engine_rules *rules)
{
    void *message = malloc(MESSAGE_BYTES_MAX);
    arena_init(&host->message, message, MESSAGE_BYTES_MAX);
    host->message_allocator = (ProtobufCAllocator){message_take, message_release, &host->message};
    host->core_memory = malloc(engine_core_bytes(rules));
    host->resources = calloc(rules->matches_max, sizeof(struct match_resources));
    host->workspace_memory = malloc(MATCH_HOST_WORKSPACES * match_workspace_bytes());
    if (message == NULL || host->core_memory == NULL || host->resources == NULL || host->workspace_memory == NULL) {
        return STATUS_NO_MEMORY;
    }
    for (uint32_t i = 0; i < MATCH_HOST_WORKSPACES; i++) {
        match_workspace_init(&host->workspaces[i], (uint8_t *)host->workspace_memory + i * match_workspace_bytes());
    }
    engine_core_init(&host->core, rules, host->core_memory);
    return outbox_create(send_realtime, host, &host->core.peers, MATCH_SNAPSHOT_BYTES(rules->players_per_match_max),
                         &host->outbox);
}

enum status match_host_create(const struct match_host_options *options, struct match_host **out_host)
{
    const struct engine_settings *settings = options->settings;
    const struct engine_rules rules = {.matches_max = settings->matches_max,
                                       .players_per_match_max = settings->players_per_match_max,
                                       .snapshot_rate_max_hz = settings->snapshot_rate_max_hz,
                                       .tick_allowance_us = settings->tick_allowance_us};
    struct match_host *host = calloc(1, sizeof *host);
    if (host == NULL) {
        return STATUS_NO_MEMORY;
    }
    host->options = *options;
    host->context = context_of(host);
    enum status status = take_memory(host, &rules);
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
    for (uint32_t i = 0; host->resources != NULL && i < host->options.settings->matches_max; i++) {
        pages_release(host->resources[i].memory, host->resources[i].memory_size);
    }
    wall_indexes_free(&host->walls);
    outbox_destroy(host->outbox);
    free(host->core_memory);
    free(host->resources);
    free(host->workspace_memory);
    free(host->message.bytes);
    free(host);
}

/* ---- the worker --------------------------------------------------------------------------------- */

void match_host_reap(struct match_host *host, const struct registry *registry)
{
    const struct peer_list lists[] = {registry_mailboxes(registry, "gateway"),
                                      registry_mailboxes(registry, "spectator")};
    uint64_t now_ms = clock_monotonic_ms();
    bool is_full = true;
    while (is_full) {
        is_full = engine_core_peers(&host->core, lists, sizeof lists / sizeof lists[0], registry_age_ms(registry),
                                    now_ms, &host->effects);
        match_effects_carry_out(host);
    }
}

void match_host_drain(struct match_host *host, uint32_t timeout_ms)
{
    engine_core_drain(&host->core, timeout_ms, clock_monotonic_ms(), &host->effects);
    match_effects_carry_out(host);
}

struct engine_cost match_host_cost(const struct match_host *host)
{
    return host->core.cost;
}

uint32_t match_host_matches(const struct match_host *host)
{
    return host->core.matches.count;
}

uint32_t match_host_players(const struct match_host *host)
{
    return host->core.seats.count;
}
