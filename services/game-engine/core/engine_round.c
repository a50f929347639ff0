/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/engine_round.h"

#include "services/game-engine/core/peer_set.h"

static struct engine_effect *effect_of(struct engine_effects *effects, enum engine_effect_kind kind,
                                       const struct hosted_match *hosted)
{
    struct engine_effect *effect = engine_core_effect(effects, kind);
    effect->match = hosted->index;
    return effect;
}

void engine_round_begin(struct engine_core *core, bool is_last, uint64_t now_ms)
{
    bool is_over = is_last || (core->is_draining && now_ms >= core->drain_end_ms);
    for (uint32_t i = 0; i < core->matches.places; i++) {
        struct hosted_match *hosted = &core->matches.items[i];
        if (hosted->is_used) {
            recorder_clear_stream(&hosted->match.recorder);
            hosted->has_stepped = false;
            hosted->has_ended = is_over;
            hosted->round = (struct match_cost_sample){0};
        }
        if (hosted->is_used && is_over) {
            match_end(&hosted->match, MATCH_END_DRAINED);
        }
    }
}

static void publish_chunks(struct hosted_match *hosted, struct engine_effects *effects)
{
    struct recorder_chunk chunk;
    while (recorder_take_chunk(&hosted->match.recorder, &chunk)) {
        effect_of(effects, ENGINE_PUBLISH_CHUNK, hosted)->chunk = chunk;
    }
}

void engine_round_stepped(struct engine_core *core, struct hosted_match *hosted, uint64_t now_ms, uint64_t unix_ms,
                          struct engine_effects *effects)
{
    REQUIRE(hosted->is_used && hosted->match.world.tick > 0);
    (void)core;
    hosted->has_stepped = true;
    if (hosted->start_unix_ms == 0) {
        hosted->start_unix_ms = unix_ms;
        hosted->start_ms = now_ms;
        (void)effect_of(effects, ENGINE_MATCH_STARTED, hosted);
    }
    publish_chunks(hosted, effects);
}

uint32_t engine_round_due(struct hosted_match *hosted, uint32_t place, uint32_t count, uint16_t *out_slots)
{
    struct match *match = &hosted->match;
    uint32_t due = 0;
    REQUIRE(hosted->is_used && count > 0);
    if (!hosted->has_stepped && !hosted->has_ended) {
        return 0;
    }
    const uint16_t *order = match_order(match);
    for (uint32_t at = place; at < match->seat_count && at < place + count; at++) {
        if (match_owes_snapshot(match, order[at])) {
            match_prefetch(match, at, count);
            out_slots[due++] = order[at];
        }
    }
    return due;
}

/* ---- what it cost ------------------------------------------------------------------------------- */

static void add_costs(struct engine_core *core)
{
    struct engine_cost total = {0};
    for (uint32_t i = 0; i < core->matches.places; i++) {
        struct hosted_match *hosted = &core->matches.items[i];
        if (!hosted->is_used || hosted->round.ticks == 0) {
            continue;
        }
        struct match_cost *cost = &hosted->match.cost;
        match_cost_add(cost, &hosted->round);
        uint32_t tick_us = match_cost_tick_us(cost);
        total.tick_us += tick_us;
        total.match_us_max = tick_us > total.match_us_max ? tick_us : total.match_us_max;
        total.bytes_per_s += match_cost_bytes_per_s(cost);
    }
    core->cost = total;
}

void engine_round_settle_costs(struct engine_core *core, uint32_t ticks, struct engine_effects *effects)
{
    REQUIRE(ticks <= RECORDER_STREAM_TICKS);
    add_costs(core);
    for (uint32_t i = 0; i < core->matches.places; i++) {
        struct hosted_match *hosted = &core->matches.items[i];
        bool is_slowed = hosted->is_used && match_cost_judge(&hosted->match.cost, ticks, core->rules.tick_allowance_us,
                                                             core->cost.tick_us, core->matches.count);
        if (is_slowed && engine_core_has_room(effects)) {
            (void)effect_of(effects, ENGINE_MATCH_SLOWED, hosted);
        }
    }
}

/* ---- the end ------------------------------------------------------------------------------------ */

/* One message to each gateway that has sessions in it. */
static void send_over(struct engine_core *core, const struct hosted_match *hosted, struct engine_effects *effects)
{
    struct peer_set gateways = {{0}};
    for (uint16_t slot = 0; slot < hosted->match.seat_count; slot++) {
        if (hosted->match.seats[slot].session != 0) {
            peer_set_add(&gateways, hosted->match.seats[slot].peer);
        }
    }
    (void)effect_of(effects, ENGINE_SEND_OVER_CREATOR, hosted);
    for (uint32_t peer = 0; peer < core->peers.used; peer++) {
        if (peer_set_has(&gateways, peer)) {
            effect_of(effects, ENGINE_SEND_OVER, hosted)->peer = peer;
        }
    }
}

static void end_match(struct engine_core *core, struct hosted_match *hosted, uint64_t now_ms,
                      struct engine_effects *effects)
{
    REQUIRE(hosted->match.state == MATCH_OVER && hosted->start_ms <= now_ms);
    publish_chunks(hosted, effects);
    uint64_t elapsed_ms = hosted->start_unix_ms != 0 ? now_ms - hosted->start_ms : 0;
    effect_of(effects, ENGINE_PUBLISH_RESULT, hosted)->elapsed_ms = elapsed_ms;
    (void)effect_of(effects, ENGINE_AUDIT_ENDED, hosted);
    send_over(core, hosted, effects);
    (void)effect_of(effects, ENGINE_RECOVERY_END, hosted);
    engine_core_forget_match(core, hosted);
    (void)effect_of(effects, ENGINE_RELEASE, hosted);
    if (core->matches.count == 0) {
        core->cost = (struct engine_cost){0};
        (void)engine_core_effect(effects, ENGINE_STOP_TICKS);
        if (core->is_draining) {
            (void)engine_core_effect(effects, ENGINE_DRAINED);
        }
    }
}

bool engine_round_settle(struct engine_core *core, uint64_t now_ms, struct engine_effects *effects)
{
    for (uint32_t i = 0; i < core->matches.places; i++) {
        struct hosted_match *hosted = &core->matches.items[i];
        if (!hosted->is_used || (!hosted->has_stepped && hosted->match.state != MATCH_OVER)) {
            continue;
        }
        if (!engine_core_has_room(effects)) {
            return true;
        }
        if (hosted->match.state == MATCH_OVER) {
            end_match(core, hosted, now_ms, effects);
        } else {
            hosted->has_stepped = false;
            (void)effect_of(effects, ENGINE_RECOVERY_ROUND, hosted);
        }
    }
    return false;
}
