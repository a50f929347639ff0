/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/snapshot/baseline.h"

#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"

#define IS_OWN (1u << 31)

_Static_assert(sizeof(struct baseline) % _Alignof(uint32_t) == 0, "the lists follow without a gap");
_Static_assert(sizeof(struct baseline_player) == 6, "half a dozen bytes a player");

/* The fields that struct baseline and struct view share. */
#define FOR_EACH_SHARED(COPY)                                                                                          \
    COPY(chain)                                                                                                        \
    COPY(tick)                                                                                                         \
    COPY(board_tick)                                                                                                   \
    COPY(ticks_left)                                                                                                   \
    COPY(team_scores)                                                                                                  \
    COPY(input_sequence)                                                                                               \
    COPY(viewer)                                                                                                       \
    COPY(team)                                                                                                         \
    COPY(phase)                                                                                                        \
    COPY(input_depth)                                                                                                  \
    COPY(has_self)                                                                                                     \
    COPY(self)

#define STORE(member) memory_copy(&baseline->member, &view->member, sizeof baseline->member);
#define LOAD(member)  memory_copy(&view->member, &baseline->member, sizeof view->member);

static struct baseline_player *players_of(struct baseline *baseline)
{
    return (struct baseline_player *)(baseline->lists + baseline->projectile_count);
}

static uint16_t *power_ups_of(struct baseline *baseline)
{
    return (uint16_t *)(players_of(baseline) + baseline->player_count);
}

size_t baseline_bytes(const struct view_limits *limits)
{
    REQUIRE(limits->players <= UINT16_MAX && limits->projectiles <= UINT16_MAX && limits->power_ups <= UINT16_MAX);
    size_t size = sizeof(struct baseline) + limits->projectiles * sizeof(uint32_t) +
                  limits->players * sizeof(struct baseline_player) + limits->power_ups * sizeof(uint16_t);
    return (size + 7) / 8 * 8;
}

static void store_lists(struct baseline *baseline, const struct view *view)
{
    for (uint32_t i = 0; i < view->projectile_count; i++) {
        const struct view_projectile *projectile = &view->projectiles[i];
        baseline->lists[i] = projectile->id | (projectile->is_own ? IS_OWN : 0);
    }
    struct baseline_player *players = players_of(baseline);
    for (uint32_t i = 0; i < view->player_count; i++) {
        const struct view_player *player = &view->players[i];
        players[i] =
            (struct baseline_player){player->slot, player->accumulated_priority, (uint16_t)(view->tick - player->tick)};
    }
    uint16_t *power_ups = power_ups_of(baseline);
    for (uint32_t i = 0; i < view->power_up_count; i++) {
        power_ups[i] = view->power_ups[i].index;
    }
}

void baseline_store(struct baseline *baseline, const struct view *view)
{
    REQUIRE((uintptr_t)baseline % _Alignof(struct baseline) == 0);
    REQUIRE(view->player_count <= view->limits.players && view->projectile_count <= view->limits.projectiles);
    REQUIRE(view->power_up_count <= view->limits.power_ups);
    FOR_EACH_SHARED(STORE)
    baseline->player_count = (uint16_t)view->player_count;
    baseline->projectile_count = (uint16_t)view->projectile_count;
    baseline->power_up_count = (uint16_t)view->power_up_count;
    store_lists(baseline, view);
}

static void load_head(const struct baseline *baseline, struct view *view)
{
    FOR_EACH_SHARED(LOAD)
    view->player_count = baseline->player_count;
    view->projectile_count = baseline->projectile_count;
    view->power_up_count = baseline->power_up_count;
}

bool baseline_load(const struct baseline *baseline, const struct scene *scene, struct view *out_view)
{
    REQUIRE(baseline->tick <= scene->tick);
    REQUIRE(baseline->player_count <= out_view->limits.players);
    REQUIRE(baseline->projectile_count <= out_view->limits.projectiles);
    REQUIRE(baseline->power_up_count <= out_view->limits.power_ups);
    struct baseline *lists = (struct baseline *)(uintptr_t)baseline; /* the lists are only read */
    const struct baseline_player *players = players_of(lists);
    const uint16_t *power_ups = power_ups_of(lists);
    load_head(baseline, out_view);
    for (uint32_t i = 0; i < baseline->projectile_count; i++) {
        out_view->projectiles[i] =
            (struct view_projectile){.id = baseline->lists[i] & ~IS_OWN, .is_own = (baseline->lists[i] & IS_OWN) != 0};
    }
    for (uint32_t i = 0; i < baseline->player_count; i++) {
        const struct view_player *then = scene_past_player(scene, players[i].slot, baseline->tick - players[i].age);
        if (!then) {
            return false;
        }
        out_view->players[i] = *then;
        out_view->players[i].accumulated_priority = players[i].accumulated_priority;
    }
    for (uint32_t i = 0; i < baseline->power_up_count; i++) {
        out_view->power_ups[i].index = power_ups[i];
    }
    return true;
}

void baseline_prefetch_scene(const struct baseline *baseline, const struct scene *scene, uint16_t slot)
{
    REQUIRE(slot < scene->world->capacity);
    for (uint32_t i = 0; i < baseline->projectile_count; i++) {
        __builtin_prefetch(&scene->flights[(baseline->lists[i] & ~IS_OWN) & scene->flight_mask]);
    }
    if (scene->visibility) {
        visibility_prefetch(scene->visibility, scene->tiles[slot].now);
        visibility_prefetch(scene->visibility, scene->tiles[slot].ahead);
    }
}
