/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/io/presence.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/entropy.h"

#include <stdio.h>
#include <stdlib.h>

#define PERIOD_MS    REGISTRY_PERIOD_MS
#define SMOOTHING_MS 5000u

struct presence {
    uv_timer_t timer;
    struct registry *registry;
    struct match_host *host;
    struct registry_entry entry;
    uint64_t last_us;
    uint64_t last_cpu_us;
    double load; /* of one core, smoothed */
};

static void measure(struct presence *presence)
{
    uint64_t now_us = clock_monotonic_us();
    uint64_t cpu_us = clock_process_cpu_us();
    if (now_us > presence->last_us) {
        double elapsed_us = (double)(now_us - presence->last_us);
        double load = (double)(cpu_us - presence->last_cpu_us) / elapsed_us;
        double weight = elapsed_us / (elapsed_us + SMOOTHING_MS * 1000.0);
        presence->load += weight * (load - presence->load);
    }
    presence->last_us = now_us;
    presence->last_cpu_us = cpu_us;
}

static void announce(struct presence *presence)
{
    presence->entry.matches = match_host_matches(presence->host);
    presence->entry.players = match_host_players(presence->host);
    presence->entry.load_permille = (uint32_t)(presence->load * 1000.0);
    const struct engine_cost cost = match_host_cost(presence->host);
    presence->entry.tick_us = cost.tick_us;
    presence->entry.match_us_max = cost.match_us_max;
    presence->entry.bytes_per_s = cost.bytes_per_s;
    registry_announce(presence->registry, &presence->entry);
}

static void on_period(uv_timer_t *timer)
{
    struct presence *presence = timer->data;
    measure(presence);
    announce(presence);
    match_host_reap(presence->host, presence->registry);
}

static struct registry_entry entry_of(const struct presence_options *options)
{
    struct registry_entry entry = {.role = "game-engine",
                                   .incarnation = entropy_u64(),
                                   .matches_max = options->matches_max,
                                   .players_max = options->players_max};
    snprintf(entry.mailbox, sizeof entry.mailbox, "%s", options->mailbox);
    snprintf(entry.region, sizeof entry.region, "%s", options->region);
    return entry;
}

enum status presence_open(uv_loop_t *loop, const struct presence_options *options, struct presence **out_presence)
{
    struct presence *presence = calloc(1, sizeof *presence);
    if (presence == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum status status = registry_open(loop, options->redis, &presence->registry);
    if (status != STATUS_OK) {
        free(presence);
        return status;
    }
    presence->host = options->host;
    presence->entry = entry_of(options);
    presence->last_us = clock_monotonic_us();
    presence->last_cpu_us = clock_process_cpu_us();
    registry_watch(presence->registry, "gateway");
    registry_watch(presence->registry, "spectator");
    uv_timer_init(loop, &presence->timer);
    presence->timer.data = presence;
    uv_timer_start(&presence->timer, on_period, 0, PERIOD_MS);
    *out_presence = presence;
    return STATUS_OK;
}

static void on_timer_closed(uv_handle_t *handle)
{
    free(handle->data);
}

void presence_close(struct presence *presence)
{
    if (presence != NULL) {
        registry_close(presence->registry);
        uv_close((uv_handle_t *)&presence->timer, on_timer_closed);
    }
}

void presence_drain(struct presence *presence)
{
    presence->entry.draining = true;
    announce(presence);
}
