/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/snapshot/view.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"
#include "libcommon/game/snapshot/board.h"
#include "libcommon/game/world/actor_state.h"

#define EVENTS_PER_PLAYER        32
#define BASELINE_PLAYERS_MAX     128
#define BASELINE_PROJECTILES_MAX 192
#define BASELINE_POWER_UPS_MAX   48

/* Whatever field they get is hashed here, if it is sent. */
_Static_assert(sizeof(struct view_player) == 28 && sizeof(struct view_score) == 24, "struct view_player, view_score");
_Static_assert(sizeof(struct view_projectile) == 20, "struct view_projectile");

static uint32_t at_most(uint32_t value, uint32_t most)
{
    return value < most ? value : most;
}

static uint32_t scores_for(uint16_t capacity)
{
    return capacity > VIEW_SCORES_ALL ? BOARD_BEST_MAX + 1 : capacity;
}

struct view_limits view_limits_for(uint16_t capacity)
{
    REQUIRE(capacity > 0 && capacity <= RULES_PLAYERS_MAX);
    return (struct view_limits){
        .players = capacity,
        .projectiles = (uint32_t)capacity * RULES_PROJECTILES_PER_PLAYER,
        .scores = scores_for(capacity),
        .power_ups = MAP_POWER_UPS_MAX,
        .events = (uint32_t)capacity * EVENTS_PER_PLAYER,
    };
}

struct view_limits view_limits_baseline(uint16_t capacity)
{
    REQUIRE(capacity > 0 && capacity <= RULES_PLAYERS_MAX);
    return (struct view_limits){
        .players = at_most(capacity, BASELINE_PLAYERS_MAX),
        .projectiles = at_most((uint32_t)capacity * RULES_PROJECTILES_PER_PLAYER, BASELINE_PROJECTILES_MAX),
        .power_ups = BASELINE_POWER_UPS_MAX,
    };
}

size_t view_bytes(const struct view_limits *limits)
{
    REQUIRE(limits->players <= VIEW_PLAYERS_MAX);
    return arena_bytes(limits->players * sizeof(struct view_player)) +
           arena_bytes(limits->projectiles * sizeof(struct view_projectile)) +
           arena_bytes(limits->scores * sizeof(struct view_score)) +
           arena_bytes(limits->power_ups * sizeof(struct view_power_up)) +
           arena_bytes(limits->events * sizeof(struct event));
}

void view_init(struct view *view, const struct view_limits *limits, void *memory)
{
    REQUIRE(memory != NULL);
    struct arena arena;
    arena_init(&arena, memory, view_bytes(limits));
    *view = (struct view){
        .limits = *limits,
        .viewer = VIEW_ALL,
        .team = RULES_TEAM_NONE,
        .players = arena_take_zeroed(&arena, limits->players, sizeof(struct view_player)),
        .projectiles = arena_take_zeroed(&arena, limits->projectiles, sizeof(struct view_projectile)),
        .scores = arena_take_zeroed(&arena, limits->scores, sizeof(struct view_score)),
        .power_ups = arena_take_zeroed(&arena, limits->power_ups, sizeof(struct view_power_up)),
        .events = arena_take_zeroed(&arena, limits->events, sizeof(struct event)),
    };
}

void view_clear(struct view *view)
{
    *view = (struct view){
        .limits = view->limits,
        .viewer = VIEW_ALL,
        .team = RULES_TEAM_NONE,
        .players = view->players,
        .projectiles = view->projectiles,
        .scores = view->scores,
        .power_ups = view->power_ups,
        .events = view->events,
    };
}

enum status view_copy(struct view *to, const struct view *from)
{
    REQUIRE(to != from);
    if (from->player_count > to->limits.players || from->projectile_count > to->limits.projectiles ||
        from->score_count > to->limits.scores || from->power_up_count > to->limits.power_ups ||
        from->event_count > to->limits.events) {
        return STATUS_TOO_LARGE;
    }
    struct view parts = *to;
    *to = *from;
    to->limits = parts.limits;
    to->players = parts.players;
    to->projectiles = parts.projectiles;
    to->scores = parts.scores;
    to->power_ups = parts.power_ups;
    to->events = parts.events;
    memory_copy(to->players, from->players, from->player_count * sizeof from->players[0]);
    memory_copy(to->projectiles, from->projectiles, from->projectile_count * sizeof from->projectiles[0]);
    memory_copy(to->scores, from->scores, from->score_count * sizeof from->scores[0]);
    memory_copy(to->power_ups, from->power_ups, from->power_up_count * sizeof from->power_ups[0]);
    memory_copy(to->events, from->events, from->event_count * sizeof from->events[0]);
    return STATUS_OK;
}

static void hash_lists(struct hash *hash, const struct view *view)
{
    for (uint32_t i = 0; i < view->player_count; i++) {
        const struct view_player *player = &view->players[i];
        hash_pair(hash, player->slot | (uint32_t)player->team << 16 | (uint32_t)player->weapon << 24,
                  player->health | (uint32_t)player->flags << 8 | (uint32_t)player->aim << 16);
        hash_pair(hash, (uint32_t)player->x, (uint32_t)player->y);
        hash_pair(hash, (uint16_t)player->velocity_x | (uint32_t)(uint16_t)player->velocity_y << 16, player->tick);
    }
    for (uint32_t i = 0; i < view->projectile_count; i++) {
        const struct view_projectile *projectile = &view->projectiles[i];
        hash_pair(hash, projectile->start_tick, projectile->is_own);
        hash_pair(hash, (uint32_t)projectile->x, (uint32_t)projectile->y);
        hash_u64(hash, projectile->angle | (uint32_t)projectile->weapon << 16);
    }
    for (uint32_t i = 0; i < view->score_count; i++) {
        const struct view_score *score = &view->scores[i];
        hash_u64(hash, score->id);
        hash_pair(hash, score->slot | (uint32_t)score->team << 16, score->kills | (uint32_t)score->deaths << 16);
        hash_u64(hash, score->assists);
    }
    for (uint32_t i = 0; i < view->power_up_count; i++) {
        hash_u64(hash, view->power_ups[i].index);
    }
}

uint64_t view_hash(const struct view *view)
{
    struct hash hash;
    hash_init(&hash, view->tick);
    hash_pair(&hash, view->viewer | (uint32_t)view->phase << 16 | (uint32_t)view->has_self << 24, view->ticks_left);
    hash_pair(&hash, view->team_scores[0], view->team_scores[1]);
    hash_u64(&hash, view->team);
    if (view->has_self) {
        hash_pair(&hash, view->input_sequence, view->input_depth);
    }
    hash_pair(&hash, view->player_count, view->projectile_count);
    hash_pair(&hash, view->score_count, view->power_up_count);
    actor_hash(&view->self, &hash);
    hash_lists(&hash, view);
    return hash_finish(&hash);
}

const struct view_player *view_find_player(const struct view *view, uint16_t slot)
{
    uint32_t low = 0;
    uint32_t high = view->player_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (view->players[middle].slot < slot) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low < view->player_count && view->players[low].slot == slot ? &view->players[low] : NULL;
}

struct vec2 view_projectile_position(const struct view_projectile *projectile, uint32_t tick)
{
    struct vec2 velocity = vec2_from_angle(projectile->angle, rules_weapon(projectile->weapon)->speed_q16);
    int64_t age = (int64_t)(int32_t)(tick - projectile->start_tick) + 1; /* it flies in the very tick it is fired */
    age = age < 0 ? 0 : age > 255 ? 255 : age;
    int64_t x = (int64_t)projectile->x * (1 << VIEW_ORIGIN_SHIFT) + velocity.x * age;
    int64_t y = (int64_t)projectile->y * (1 << VIEW_ORIGIN_SHIFT) + velocity.y * age;
    return (struct vec2){(int32_t)x, (int32_t)y};
}
