/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/core/tier.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/memory.h"
#include "libcommon/game/snapshot/interest.h"
#include "libcommon/game/snapshot/snapshot.h"

static const uint32_t divisors[TIER_COUNT] = {1, 2, 4, 12};

_Static_assert(RULES_TICK_RATE % 12 == 0, "each rate is whole");

static void tier_check(const struct tier *tier)
{
    REQUIRE(tier->gateway_count <= TIER_GATEWAYS_MAX);
    REQUIRE(tier->gateway_count <= tier->viewers && (tier->gateway_count == 0) == (tier->viewers == 0));
}

uint32_t tier_rate(uint32_t index)
{
    REQUIRE(index < TIER_COUNT);
    return RULES_TICK_RATE / divisors[index];
}

uint32_t tier_for_rate(uint32_t rate_hz)
{
    uint32_t index = 0;
    while (rate_hz != 0 && index + 1 < TIER_COUNT && tier_rate(index) > rate_hz) {
        index++;
    }
    return index;
}

size_t tier_bytes(const struct view_limits *limits)
{
    return 2 * arena_bytes(view_bytes(limits));
}

void tier_init(struct tier *tier, uint32_t index, const struct view_limits *limits, void *memory)
{
    REQUIRE(index < TIER_COUNT && memory != NULL);
    memory_zero(tier, sizeof *tier);
    tier->divisor = divisors[index];
    view_init(&tier->views[0], limits, memory);
    view_init(&tier->views[1], limits, (uint8_t *)memory + arena_bytes(view_bytes(limits)));
}

static struct tier_gateway *find_gateway(struct tier *tier, uint32_t peer)
{
    for (uint32_t i = 0; i < tier->gateway_count; i++) {
        if (tier->gateways[i].peer == peer) {
            return &tier->gateways[i];
        }
    }
    return NULL;
}

enum status tier_enter(struct tier *tier, uint32_t peer)
{
    struct tier_gateway *gateway = find_gateway(tier, peer);
    if (gateway == NULL) {
        if (tier->gateway_count == TIER_GATEWAYS_MAX) {
            return STATUS_FULL;
        }
        gateway = &tier->gateways[tier->gateway_count++];
        *gateway = (struct tier_gateway){.peer = peer};
    }
    gateway->viewers++;
    tier->viewers++;
    tier->wants_keyframe = true;
    tier_check(tier);
    return STATUS_OK;
}

static void remove_gateway(struct tier *tier, struct tier_gateway *gateway)
{
    *gateway = tier->gateways[--tier->gateway_count];
    if (tier->viewers == 0) {
        tier->has_frame = false; /* the next viewer gets a keyframe, and no events of before it */
    }
}

void tier_leave(struct tier *tier, uint32_t peer)
{
    struct tier_gateway *gateway = find_gateway(tier, peer);
    REQUIRE(gateway != NULL);
    tier->viewers--;
    if (--gateway->viewers == 0) {
        remove_gateway(tier, gateway);
    }
    tier_check(tier);
}

void tier_restart(struct tier *tier)
{
    tier->wants_keyframe = true;
}

bool tier_is_due(const struct tier *tier, uint32_t tick, bool is_last)
{
    if (tier->viewers == 0 || tick == 0) {
        return false;
    }
    uint32_t last = tier->views[tier->newest].tick;
    return !tier->has_frame || (tick > last && tick - last >= (is_last ? 1 : tier->divisor));
}

/* A keyframe has no baseline, but those who watch already must not miss the events since the frame before. */
static uint32_t events_after(const struct tier *tier, const struct event_history *events, uint32_t tick)
{
    uint32_t after = tier->has_frame ? tier->views[tier->newest].tick : tick - 1;
    if (tick - after > SNAPSHOT_EVENT_TICKS_MAX) {
        after = tick - SNAPSHOT_EVENT_TICKS_MAX;
    }
    return event_history_covers(events, after) ? after : events->lost_tick;
}

enum status tier_encode(struct tier *tier, const struct scene *scene, const struct event_history *events,
                        uint8_t *bytes, size_t capacity, struct tier_frame *out_frame)
{
    REQUIRE(tier->viewers > 0 && bytes != NULL);
    REQUIRE(!tier->has_frame || scene->tick > tier->views[tier->newest].tick);
    uint8_t next = tier->has_frame ? 1 - tier->newest : 0;
    struct view *view = &tier->views[next];
    bool is_keyframe =
        !tier->has_frame || tier->wants_keyframe || scene->tick - tier->keyframe_tick >= TIER_KEYFRAME_TICKS;
    const struct view *baseline = is_keyframe ? NULL : &tier->views[tier->newest];
    interest_view(view, scene, VIEW_ALL, baseline, INTEREST_UNBOUNDED);
    const struct snapshot_source source = {.scene = scene,
                                           .baseline = baseline,
                                           .current = view,
                                           .events = events,
                                           .events_after = events_after(tier, events, scene->tick)};
    size_t size = 0;
    enum status status = snapshot_encode(&source, bytes, capacity, &size);
    if (status != STATUS_OK) {
        tier->has_frame = false;
        return status;
    }
    *out_frame =
        (struct tier_frame){.tick = view->tick, .baseline_tick = is_keyframe ? 0 : source.baseline->tick, .size = size};
    if (is_keyframe) {
        tier->keyframe_tick = view->tick;
        tier->wants_keyframe = false;
    }
    tier->newest = next;
    tier->has_frame = true;
    return STATUS_OK;
}
