/* SPDX-License-Identifier: Apache-2.0 */
/* match_round.c - a wake-up of the match host: step all matches, encode, send. What is decided about it:
 * core/engine_round.h. */
#include "libcommon/runtime/telemetry/clock.h"
#include "services/game-engine/core/engine_round.h"
#include "services/game-engine/io/engine_metrics.h"
#include "services/game-engine/io/match_host_internal.h"
#include "services/game-engine/io/visibility_cache.h"

#define TICK_US (1000000u / RULES_TICK_RATE)

/* ---- which part of the work took how long ------------------------------------------------------- */

enum phase { PHASE_INPUT, PHASE_PHYSICS, PHASE_COMBAT, PHASE_INTEREST, PHASE_ENCODE, PHASE_SEND, PHASE_COUNT };

static const char *const phase_names[PHASE_COUNT] = {"input", "physics", "combat", "interest", "encode", "send"};

struct stopwatch {
    uint64_t at_us; /* the latest lap's end */
    uint64_t took_us[PHASE_COUNT];
};

static void stopwatch_lap(struct stopwatch *watch, enum phase phase)
{
    uint64_t now_us = clock_monotonic_us();
    watch->took_us[phase] += now_us - watch->at_us;
    watch->at_us = now_us;
}

/* ---- step --------------------------------------------------------------------------------------- */

static void step_match(struct match_host *host, struct hosted_match *hosted, uint64_t unix_ms, struct stopwatch *watch)
{
    bool has_moved = match_step_movement(&hosted->match);
    stopwatch_lap(watch, PHASE_PHYSICS);
    if (!has_moved) {
        return;
    }
    match_step_combat(&hosted->match);
    engine_round_stepped(&host->core, hosted, watch->at_us / 1000, unix_ms, &host->effects);
    match_effects_carry_out(host);
    stopwatch_lap(watch, PHASE_COMBAT);
}

static void step_all(struct match_host *host, uint32_t ticks, struct stopwatch *watch)
{
    uint64_t unix_ms = clock_unix_ms();
    for (uint32_t i = 0; i < host->core.matches.places; i++) {
        struct hosted_match *hosted = &host->core.matches.items[i];
        if (!hosted->is_used) {
            continue;
        }
        uint64_t begin_us = watch->at_us;
        struct scene *scene = &hosted->match.scene;
        if (scene->visibility == NULL) {
            scene->visibility = visibility_cache_find(host->options.visibility, hosted->match.world.map);
        }
        for (uint32_t tick = 0; tick < ticks; tick++) {
            step_match(host, hosted, unix_ms, watch);
        }
        hosted->round = (struct match_cost_sample){.ticks = ticks, .us = (uint32_t)(watch->at_us - begin_us)};
    }
}

/* ---- encode ------------------------------------------------------------------------------------- */

static void encode_seat(struct match_host *host, struct hosted_match *hosted, struct match_workspace *workspace)
{
    const struct match_seat *seat = &hosted->match.seats[workspace->slot];
    struct match_snapshot snapshot;
    size_t capacity = MATCH_SNAPSHOT_BYTES(hosted->match.seat_count);
    if (match_encode(&hosted->match, workspace, outbox_place(host->outbox), capacity, &snapshot) != STATUS_OK) {
        metric_add(&engine_metric_snapshots, 1, "failed", NULL);
        return;
    }
    struct encoded *encoded = snapshot.baseline_tick == 0 ? &host->keyframes : &host->deltas;
    encoded->count++;
    encoded->bytes += snapshot.size;
    hosted->round.bytes += (uint32_t)snapshot.size;
    outbox_add_snapshot(host->outbox, &(struct outbox_snapshot){.peer = seat->peer,
                                                                .session = seat->session,
                                                                .tick = snapshot.tick,
                                                                .baseline_tick = snapshot.baseline_tick,
                                                                .size = snapshot.size});
}

/* Some seats at a time, so that a view is still in the processor's cache when it is encoded. */
static void encode_seats(struct match_host *host, struct hosted_match *hosted, uint32_t first, struct stopwatch *watch)
{
    uint16_t due[MATCH_HOST_WORKSPACES];
    uint32_t count = engine_round_due(hosted, first, MATCH_HOST_WORKSPACES, due);
    for (uint32_t i = 0; i < count; i++) {
        match_build_view(&hosted->match, due[i], &host->workspaces[i]);
    }
    stopwatch_lap(watch, PHASE_INTEREST);
    for (uint32_t i = 0; i < count; i++) {
        encode_seat(host, hosted, &host->workspaces[i]);
    }
    stopwatch_lap(watch, PHASE_ENCODE);
}

static void encode_match(struct match_host *host, struct hosted_match *hosted, struct stopwatch *watch)
{
    bool is_due = hosted->has_stepped || hosted->has_ended;
    for (uint32_t place = 0; is_due && place < hosted->match.seat_count; place += MATCH_HOST_WORKSPACES) {
        encode_seats(host, hosted, place, watch);
    }
    struct recorder *recorder = &hosted->match.recorder;
    for (uint32_t i = 0; recorder->stream.size > 0 && i < hosted->subscriber_count; i++) {
        outbox_add_records(host->outbox, hosted->subscribers[i], hosted->id, recorder->stream_first_tick,
                           recorder->stream.bytes, recorder->stream.size);
    }
}

static void encode_all(struct match_host *host, struct stopwatch *watch)
{
    for (uint32_t i = 0; i < host->core.matches.places; i++) {
        struct hosted_match *hosted = &host->core.matches.items[i];
        if (hosted->is_used) {
            uint64_t begin_us = watch->at_us;
            encode_match(host, hosted, watch);
            hosted->round.us += (uint32_t)(watch->at_us - begin_us);
        }
    }
}

/* ---- a wake-up ---------------------------------------------------------------------------------- */

static void count_due(const struct tick_due *due)
{
    metric_observe(&engine_metric_tick_late, (double)due->late_ns / 1e9, NULL, NULL);
    metric_add(&engine_metric_ticks, due->run - due->late, "on_time", NULL);
    metric_add(&engine_metric_ticks, due->late, "late", NULL);
    metric_add(&engine_metric_ticks, due->skipped, "skipped", NULL);
}

static void count_encoded(struct encoded *encoded, const char *kind)
{
    metric_add(&engine_metric_snapshots, encoded->count, kind, NULL);
    metric_add(&engine_metric_snapshot_bytes, (double)encoded->bytes, kind, NULL);
    *encoded = (struct encoded){0};
}

/* A round that took longer than its ticks may: the phase that took most of it is the one to look at. */
static void count_phases(const struct stopwatch *watch, uint32_t ticks)
{
    uint64_t all_us = 0;
    enum phase longest = PHASE_INPUT;
    for (enum phase phase = 0; phase < PHASE_COUNT; phase++) {
        metric_add(&engine_metric_tick_phase, (double)watch->took_us[phase] / 1e6, phase_names[phase], NULL);
        longest = watch->took_us[phase] > watch->took_us[longest] ? phase : longest;
        all_us += watch->took_us[phase];
    }
    metric_observe(&engine_metric_tick_duration, (double)(all_us - watch->took_us[PHASE_INPUT]) / 1e6, NULL, NULL);
    if (all_us > (uint64_t)ticks * TICK_US) {
        metric_add(&engine_metric_tick_overruns, 1, phase_names[longest], NULL);
    }
}

static void settle(struct match_host *host, uint64_t now_ms)
{
    bool is_full = true;
    outbox_post(host->outbox);
    while (is_full) {
        is_full = engine_round_settle(&host->core, now_ms, &host->effects);
        match_effects_carry_out(host);
    }
    mailbox_flush(host->options.mailbox);
}

void match_host_tick(struct match_host *host, const struct tick_due *due)
{
    struct stopwatch watch = {.at_us = clock_monotonic_us(), .took_us = {[PHASE_INPUT] = host->input_us}};
    host->input_us = 0;
    engine_round_begin(&host->core, false, watch.at_us / 1000);
    step_all(host, due->run, &watch);
    encode_all(host, &watch);
    engine_round_settle_costs(&host->core, due->run, &host->effects);
    match_effects_carry_out(host);
    settle(host, watch.at_us / 1000);
    stopwatch_lap(&watch, PHASE_SEND);
    count_due(due);
    count_phases(&watch, due->run);
    count_encoded(&host->deltas, "delta");
    count_encoded(&host->keyframes, "keyframe");
}

void match_host_stop(struct match_host *host)
{
    struct stopwatch watch = {.at_us = clock_monotonic_us()};
    host->is_stopping = true;
    engine_round_begin(&host->core, true, watch.at_us / 1000);
    encode_all(host, &watch);
    settle(host, watch.at_us / 1000);
}
