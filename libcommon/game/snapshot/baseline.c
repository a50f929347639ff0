/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/snapshot/baseline.h"

#include "libcommon/base/memory.h"

#define IS_OWN (1u << 31)

/* What both are called the same in struct known and struct view, whichever way it goes. */
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

#define KEEP(member)   memory_copy(&known->member, &view->member, sizeof known->member);
#define RECALL(member) memory_copy(&view->member, &known->member, sizeof view->member);

static struct known_player *players_of(struct known *known)
{
    return (struct known_player *)(known->lists + known->projectile_count);
}

static uint16_t *power_ups_of(struct known *known)
{
    return (uint16_t *)(players_of(known) + known->player_count);
}

size_t baseline_bytes(const struct view_limits *limits)
{
    size_t size = sizeof(struct known) + limits->projectiles * sizeof(uint32_t) +
                  limits->players * sizeof(struct known_player) + limits->power_ups * sizeof(uint16_t);
    return (size + 7) / 8 * 8;
}

static void keep_lists(struct known *known, const struct view *view)
{
    for (uint32_t i = 0; i < view->projectile_count; i++) {
        const struct view_projectile *projectile = &view->projectiles[i];
        known->lists[i] = projectile->id | (projectile->is_own ? IS_OWN : 0);
    }
    struct known_player *players = players_of(known);
    for (uint32_t i = 0; i < view->player_count; i++) {
        const struct view_player *player = &view->players[i];
        players[i] = (struct known_player){player->slot, player->waited, (uint16_t)(view->tick - player->tick)};
    }
    uint16_t *power_ups = power_ups_of(known);
    for (uint32_t i = 0; i < view->power_up_count; i++) {
        power_ups[i] = view->power_ups[i].index;
    }
}

void baseline_store(struct known *known, const struct view *view)
{
    FOR_EACH_SHARED(KEEP)
    known->player_count = (uint16_t)view->player_count;
    known->projectile_count = (uint16_t)view->projectile_count;
    known->power_up_count = (uint16_t)view->power_up_count;
    keep_lists(known, view);
}

static void recall_head(const struct known *known, struct view *view)
{
    FOR_EACH_SHARED(RECALL)
    view->player_count = known->player_count;
    view->projectile_count = known->projectile_count;
    view->power_up_count = known->power_up_count;
}

bool baseline_load(const struct known *known, const struct scene *scene, struct view *out_view)
{
    struct known *lists = (struct known *)(uintptr_t)known; /* only read */
    const struct known_player *players = players_of(lists);
    const uint16_t *power_ups = power_ups_of(lists);
    recall_head(known, out_view);
    for (uint32_t i = 0; i < known->projectile_count; i++) {
        out_view->projectiles[i] =
            (struct view_projectile){.id = known->lists[i] & ~IS_OWN, .is_own = (known->lists[i] & IS_OWN) != 0};
    }
    for (uint32_t i = 0; i < known->player_count; i++) {
        const struct view_player *then = scene_recall(scene, players[i].slot, known->tick - players[i].age);
        if (!then) {
            return false;
        }
        out_view->players[i] = *then;
        out_view->players[i].waited = players[i].waited;
    }
    for (uint32_t i = 0; i < known->power_up_count; i++) {
        out_view->power_ups[i].index = power_ups[i];
    }
    return true;
}

void baseline_prefetch_scene(const struct known *known, const struct scene *scene, uint16_t slot)
{
    for (uint32_t i = 0; i < known->projectile_count; i++) {
        __builtin_prefetch(&scene->flights[(known->lists[i] & ~IS_OWN) & scene->flight_mask]);
    }
    if (scene->visibility) {
        visibility_prefetch(scene->visibility, scene->stands[slot].now);
        visibility_prefetch(scene->visibility, scene->stands[slot].ahead);
    }
}
