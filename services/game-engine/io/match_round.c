/* SPDX-License-Identifier: Apache-2.0 */
/* match_round.c - a wake-up of the match host: step all matches, encode, send; and the end of a match. */
#include "libcommon/runtime/telemetry/clock.h"
#include "proto/match.pb-c.h"
#include "services/game-engine/io/engine_metrics.h"
#include "services/game-engine/io/match_host_internal.h"
#include "services/game-engine/io/result_messages.h"
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

static void publish_chunks(struct match_host *host, struct hosted_match *hosted)
{
    struct recorder_chunk chunk;
    while (recorder_take_chunk(&hosted->match.recorder, &chunk)) {
        publisher_chunk(host->options.publisher, hosted->id, hosted->trace, &chunk);
    }
}

static void note_start(struct hosted_match *hosted)
{
    if (hosted->start_unix_ms == 0) {
        hosted->start_unix_ms = clock_unix_ms();
        hosted->start_ms = clock_monotonic_ms();
        log_info("match.started", LOG_TEXT("match", hosted->id), LOG_U64("sessions", hosted->match.session_count),
                 LOG_TRACE(hosted->trace));
    }
}

static void step_match(struct match_host *host, struct hosted_match *hosted, struct stopwatch *watch)
{
    bool has_moved = match_step_movement(&hosted->match);
    stopwatch_lap(watch, PHASE_PHYSICS);
    if (!has_moved) {
        return;
    }
    match_step_combat(&hosted->match);
    hosted->was_stepped = true;
    note_start(hosted);
    publish_chunks(host, hosted);
    stopwatch_lap(watch, PHASE_COMBAT);
}

static void step_all(struct match_host *host, uint32_t ticks, struct stopwatch *watch)
{
    for (uint32_t i = 0; i < host->options.settings->matches_max; i++) {
        struct hosted_match *hosted = &host->matches[i];
        hosted->was_stepped = false;
        if (!hosted->is_used) {
            continue;
        }
        uint64_t begin_us = watch->at_us;
        struct scene *scene = &hosted->match.scene;
        if (scene->visibility == NULL) {
            scene->visibility = visibility_cache_find(host->options.sights, hosted->match.world.map);
        }
        for (uint32_t tick = 0; tick < ticks; tick++) {
            step_match(host, hosted, watch);
        }
        hosted->round = (struct match_cost_sample){.ticks = ticks, .us = (uint32_t)(watch->at_us - begin_us)};
    }
}

/* ---- encode ------------------------------------------------------------------------------------- */

static void encode_seat(struct match_host *host, struct hosted_match *hosted, struct match_workspace *sight)
{
    const struct match_seat *seat = &hosted->match.seats[sight->slot];
    struct match_snapshot snapshot;
    size_t capacity = MATCH_SNAPSHOT_BYTES(hosted->match.seat_count);
    if (match_encode(&hosted->match, sight, outbox_place(host->outbox), capacity, &snapshot) != STATUS_OK) {
        metric_add(&metric_snapshots, 1, "failed", NULL);
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

/* Some seats at a time, so that what was looked at is still in the cache when it is encoded. */
static void encode_seats(struct match_host *host, struct hosted_match *hosted, uint32_t first, struct stopwatch *watch)
{
    const uint16_t *order = match_order(&hosted->match);
    uint16_t due[MATCH_HOST_WORKSPACES];
    uint32_t count = 0;
    for (uint32_t place = first; place < hosted->match.seat_count && place < first + MATCH_HOST_WORKSPACES; place++) {
        if (match_owes_snapshot(&hosted->match, order[place])) {
            match_prefetch(&hosted->match, place, MATCH_HOST_WORKSPACES);
            due[count++] = order[place];
        }
    }
    for (uint32_t i = 0; i < count; i++) {
        match_build_view(&hosted->match, due[i], &host->sights[i]);
    }
    stopwatch_lap(watch, PHASE_INTEREST);
    for (uint32_t i = 0; i < count; i++) {
        encode_seat(host, hosted, &host->sights[i]);
    }
    stopwatch_lap(watch, PHASE_ENCODE);
}

static void encode_match(struct match_host *host, struct hosted_match *hosted, struct stopwatch *watch)
{
    for (uint32_t place = 0; hosted->was_stepped && place < hosted->match.seat_count; place += MATCH_HOST_WORKSPACES) {
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
    for (uint32_t i = 0; i < host->options.settings->matches_max; i++) {
        if (host->matches[i].is_used) {
            uint64_t begin_us = watch->at_us;
            encode_match(host, &host->matches[i], watch);
            host->matches[i].round.us += (uint32_t)(watch->at_us - begin_us);
        }
    }
}

/* ---- what it cost ------------------------------------------------------------------------------- */

static void add_costs(struct match_host *host)
{
    struct match_host_cost total = {0};
    for (uint32_t i = 0; i < host->options.settings->matches_max; i++) {
        struct hosted_match *hosted = &host->matches[i];
        if (!hosted->is_used || hosted->round.ticks == 0) {
            continue;
        }
        struct match_cost *cost = &hosted->match.cost;
        uint32_t tick_us;
        match_cost_add(cost, &hosted->round);
        tick_us = match_cost_tick_us(cost);
        total.tick_us += tick_us;
        total.match_us_max = tick_us > total.match_us_max ? tick_us : total.match_us_max;
        total.bytes_per_s += match_cost_bytes_per_s(cost);
    }
    host->cost = total;
}

static void judge_costs(struct match_host *host, uint32_t ticks)
{
    uint32_t allowance_us = host->options.settings->tick_allowance_us;
    for (uint32_t i = 0; i < host->options.settings->matches_max; i++) {
        struct hosted_match *hosted = &host->matches[i];
        if (hosted->is_used &&
            match_cost_judge(&hosted->match.cost, ticks, allowance_us, host->cost.tick_us, host->match_count)) {
            metric_add(&metric_matches_slowed, 1, NULL, NULL);
            log_warning("match.slowed", LOG_TEXT("match", hosted->id),
                        LOG_U64("tick_us", match_cost_tick_us(&hosted->match.cost)),
                        LOG_U64("all_us", host->cost.tick_us), LOG_U64("divisor", hosted->match.cost.divisor),
                        LOG_TRACE(hosted->trace));
        }
    }
}

/* ---- the end of a match ------------------------------------------------------------------------- */

static void publish_result(struct match_host *host, struct hosted_match *hosted, Mma__Standing **standings)
{
    uint64_t now_ms = clock_monotonic_ms();
    bool has_started = hosted->start_unix_ms != 0;
    const struct result_labels labels = {.match_id = hosted->id,
                                         .queue = hosted->queue,
                                         .region = hosted->region,
                                         .engine = mailbox_url(host->options.mailbox),
                                         .quality = hosted->quality,
                                         .start_unix_ms = has_started ? hosted->start_unix_ms : clock_unix_ms(),
                                         .elapsed_ms = has_started ? now_ms - hosted->start_ms : 0};
    Mma__MatchResult result;
    result_messages_result(&hosted->match, &labels, standings, &result);
    publisher_result(host->options.publisher, hosted->trace, &result);
}

static void tell(struct match_host *host, const struct hosted_match *hosted, const char *mailbox,
                 const Mma__MatchOver *over)
{
    enum status status = mailbox_post(host->options.mailbox, mailbox, MAILBOX_PUBLISH,
                                      MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER, hosted->trace, &over->base);
    if (status != STATUS_OK) {
        log_warning("match.untold", LOG_TEXT("match", hosted->id), LOG_TEXT("peer", mailbox), LOG_STATUS(status),
                    LOG_TRACE(hosted->trace));
    }
}

/* One message to each gateway, with its sessions. */
static void tell_gateways(struct match_host *host, const struct hosted_match *hosted, Mma__MatchOver *over)
{
    const struct match *match = &hosted->match;
    over->session_ids = arena_take(&host->message, match->seat_count * sizeof(uint64_t));
    REQUIRE(over->session_ids != NULL);
    for (uint32_t peer = 0; peer < host->peers.used; peer++) {
        over->n_session_ids = 0;
        for (uint16_t slot = 0; slot < match->seat_count; slot++) {
            if (match->seats[slot].session != 0 && match->seats[slot].peer == peer) {
                over->session_ids[over->n_session_ids++] = match->seats[slot].session;
            }
        }
        if (over->n_session_ids > 0) {
            tell(host, hosted, host->peers.items[peer].mailbox, over);
        }
    }
}

static void tell_all(struct match_host *host, struct hosted_match *hosted, Mma__Standing **standings)
{
    Mma__MatchEnded ended;
    Mma__MatchOver over;
    mma__match_over__init(&over);
    result_messages_ended(&hosted->match, hosted->id, standings, &ended);
    over.ended = &ended;
    tell(host, hosted, hosted->matchmaker, &over);
    tell_gateways(host, hosted, &over);
}

static void note_end(struct match_host *host, const struct hosted_match *hosted)
{
    const struct match_decision *decision = &hosted->match.decision;
    const char *reason = match_decision_end_reason_text(decision->end_reason);
    const char *outcome = match_decision_outcome_text(decision->outcome);
    char body[RESULT_MESSAGES_AUDIT_MAX + 1];
    result_messages_audit(&hosted->match, body);
    log_info("match.ended", LOG_TEXT("match", hosted->id), LOG_TEXT("reason", reason), LOG_TEXT("outcome", outcome),
             LOG_U64("ticks", hosted->match.world.tick), LOG_ID("state_hash", hosted->match.hash),
             LOG_TRACE(hosted->trace));
    publisher_audit(
        host->options.publisher, hosted->trace,
        &(struct publisher_audit){.kind = "match.ended", .match_id = hosted->id, .player_id = "", .body = body});
}

void match_round_end(struct match_host *host, struct hosted_match *hosted)
{
    arena_reset(&host->message);
    Mma__Standing **standings = result_messages_standings(&hosted->match, &host->message);
    REQUIRE(standings != NULL); /* MESSAGE_BYTES_MAX holds those of RULES_PLAYERS_MAX seats */
    publish_chunks(host, hosted);
    publish_result(host, hosted, standings);
    note_end(host, hosted);
    tell_all(host, hosted, standings);
    match_host_remove(host, hosted);
}

/* After the last snapshots and records are posted. */
static void close_round(struct match_host *host)
{
    for (uint32_t i = 0; i < host->options.settings->matches_max; i++) {
        struct hosted_match *hosted = &host->matches[i];
        if (!hosted->is_used) {
            continue;
        }
        if (hosted->was_stepped && hosted->match.state != MATCH_OVER) {
            recovery_round(hosted->recovery, &hosted->match);
        }
        recorder_clear_stream(&hosted->match.recorder);
        if (hosted->match.state == MATCH_OVER) {
            match_round_end(host, hosted);
        }
    }
}

/* ---- a wake-up ---------------------------------------------------------------------------------- */

static void count_due(const struct tick_due *due)
{
    metric_observe(&metric_tick_late, (double)due->late_ns / 1e9, NULL, NULL);
    metric_add(&metric_ticks, due->run - due->late, "on_time", NULL);
    metric_add(&metric_ticks, due->late, "late", NULL);
    metric_add(&metric_ticks, due->skipped, "skipped", NULL);
}

static void count_encoded(struct encoded *encoded, const char *kind)
{
    metric_add(&metric_snapshots, encoded->count, kind, NULL);
    metric_add(&metric_snapshot_bytes, (double)encoded->bytes, kind, NULL);
    *encoded = (struct encoded){0};
}

/* A round that took longer than its ticks may: the phase that took most of it is the one to look at. */
static void count_phases(const struct stopwatch *watch, uint32_t ticks)
{
    uint64_t all_us = 0;
    enum phase longest = PHASE_INPUT;
    for (enum phase phase = 0; phase < PHASE_COUNT; phase++) {
        metric_add(&metric_tick_phase, (double)watch->took_us[phase] / 1e6, phase_names[phase], NULL);
        longest = watch->took_us[phase] > watch->took_us[longest] ? phase : longest;
        all_us += watch->took_us[phase];
    }
    metric_observe(&metric_tick_duration, (double)(all_us - watch->took_us[PHASE_INPUT]) / 1e6, NULL, NULL);
    if (all_us > (uint64_t)ticks * TICK_US) {
        metric_add(&metric_tick_overruns, 1, phase_names[longest], NULL);
    }
}

void match_host_tick(struct match_host *host, const struct tick_due *due)
{
    struct stopwatch watch = {.at_us = clock_monotonic_us(), .took_us = {[PHASE_INPUT] = host->input_us}};
    host->input_us = 0;
    step_all(host, due->run, &watch);
    encode_all(host, &watch);
    add_costs(host);
    judge_costs(host, due->run);
    outbox_post(host->outbox);
    close_round(host);
    mailbox_flush(host->options.mailbox);
    stopwatch_lap(&watch, PHASE_SEND);
    count_due(due);
    count_phases(&watch, due->run);
    count_encoded(&host->deltas, "delta");
    count_encoded(&host->keyframes, "keyframe");
}

void match_host_end_all(struct match_host *host)
{
    struct stopwatch watch = {.at_us = clock_monotonic_us()};
    for (uint32_t i = 0; i < host->options.settings->matches_max; i++) {
        if (host->matches[i].is_used) {
            match_end(&host->matches[i].match, MATCH_END_DRAINED);
        }
    }
    encode_all(host, &watch);
    outbox_post(host->outbox);
    close_round(host);
    mailbox_flush(host->options.mailbox);
}
