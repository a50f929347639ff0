/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/view.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"

#define EVENTS_PER_PLAYER 32

struct view_limits view_limits_for(uint16_t capacity)
{
    return (struct view_limits){
        .players = capacity,
        .projectiles = (uint32_t)capacity * RULES_PROJECTILES_PER_PLAYER,
        .scores = capacity > SIGHT_SCORES_ALL ? SIGHT_BEST_MAX + 1 : capacity,
        .power_ups = MAP_POWER_UPS_MAX,
        .events = (uint32_t)capacity * EVENTS_PER_PLAYER,
    };
}

size_t view_bytes(const struct view_limits *limits)
{
    return arena_bytes(limits->players * sizeof(struct view_player)) +
           arena_bytes(limits->projectiles * sizeof(struct view_projectile)) +
           arena_bytes(limits->scores * sizeof(struct view_score)) +
           arena_bytes(limits->power_ups * sizeof(struct view_power_up)) +
           arena_bytes(limits->events * sizeof(struct event));
}

void view_init(struct view *view, const struct view_limits *limits, void *memory)
{
    struct arena arena;
    arena_init(&arena, memory, view_bytes(limits));
    *view = (struct view){
        .limits = *limits,
        .viewer = VIEW_ALL,
        .players = arena_take_zeroed(&arena, limits->players, sizeof(struct view_player)),
        .projectiles = arena_take_zeroed(&arena, limits->projectiles, sizeof(struct view_projectile)),
        .scores = arena_take_zeroed(&arena, limits->scores, sizeof(struct view_score)),
        .power_ups = arena_take_zeroed(&arena, limits->power_ups, sizeof(struct view_power_up)),
        .events = arena_take_zeroed(&arena, limits->events, sizeof(struct event)),
    };
}

/* The box of the world that the viewer sees. */
struct window {
    struct vec2 centre;
    bool is_all;
};

static bool is_in_window(const struct window *window, struct vec2 position)
{
    return window->is_all || (q16_abs(position.x - window->centre.x) <= RULES_INTEREST_HALF_WIDTH &&
                              q16_abs(position.y - window->centre.y) <= RULES_INTEREST_HALF_HEIGHT);
}

static uint8_t flags_of(const struct actor *actor)
{
    uint32_t flags = 0;
    flags |= actor->protection_ticks > 0 ? VIEW_PROTECTED : 0;
    flags |= actor->reload_ticks > 0 ? VIEW_RELOADING : 0;
    for (uint32_t effect = 0; effect < POWER_UP_EFFECTS; effect++) {
        flags |= actor_has(actor, effect) ? (uint32_t)VIEW_SPEED << effect : 0;
    }
    return (uint8_t)flags;
}

static struct view_player quantise(uint16_t slot, const struct world_player *player)
{
    const struct actor *actor = &player->actor;
    return (struct view_player){
        .slot = slot,
        .team = player->team,
        .weapon = actor->weapon,
        .health = actor->health,
        .flags = flags_of(actor),
        .aim = (uint16_t)(actor->aim >> VIEW_AIM_SHIFT),
        .x = actor->position.x >> VIEW_POSITION_SHIFT,
        .y = actor->position.y >> VIEW_POSITION_SHIFT,
        .velocity_x = (int16_t)(actor->velocity.x >> VIEW_VELOCITY_SHIFT),
        .velocity_y = (int16_t)(actor->velocity.y >> VIEW_VELOCITY_SHIFT),
    };
}

static uint64_t distance_from(const struct window *window, const struct view_player *player)
{
    int64_t x = player->x - (window->centre.x >> VIEW_POSITION_SHIFT);
    int64_t y = player->y - (window->centre.y >> VIEW_POSITION_SHIFT);
    return (uint64_t)(x * x) + (uint64_t)(y * y);
}

/* The list is full: the farthest gives way if the new one is nearer. */
static void squeeze_in(struct view *view, const struct window *window, const struct view_player *player)
{
    view->omitted++;
    uint32_t farthest = 0;
    uint64_t greatest = 0;
    for (uint32_t i = 0; i < view->player_count; i++) {
        uint64_t distance = distance_from(window, &view->players[i]);
        if (distance > greatest) {
            farthest = i;
            greatest = distance;
        }
    }
    if (!window->is_all && view->player_count > 0 && distance_from(window, player) < greatest) {
        view->players[farthest] = *player;
    }
}

static void add_player(struct view *view, const struct window *window, const struct world *world, uint16_t slot)
{
    if (slot == view->viewer || !is_in_window(window, world->players[slot].actor.position)) {
        return;
    }
    if (world->players[slot].actor.state != ACTOR_ALIVE) {
        return;
    }
    struct view_player player = quantise(slot, &world->players[slot]);
    if (view->player_count == view->limits.players) {
        squeeze_in(view, window, &player);
        return;
    }
    view->players[view->player_count++] = player;
}

/* The grid answers cell by cell; snapshots want slots in order. Few are in sight, so insertion is best. */
static void sort_players(struct view *view)
{
    for (uint32_t i = 1; i < view->player_count; i++) {
        struct view_player player = view->players[i];
        uint32_t hole = i;
        for (; hole > 0 && view->players[hole - 1].slot > player.slot; hole--) {
            view->players[hole] = view->players[hole - 1];
        }
        view->players[hole] = player;
    }
}

/* The sight's cells that a window touches. */
static struct grid_area area_of(const struct window *window, const struct grid *grid)
{
    struct vec2 reach = {RULES_INTEREST_HALF_WIDTH, RULES_INTEREST_HALF_HEIGHT};
    struct vec2 low = vec2_sub(window->centre, reach);
    struct vec2 high = {q16_clamp(window->centre.x, 0, INT32_MAX - reach.x) + reach.x,
                        q16_clamp(window->centre.y, 0, INT32_MAX - reach.y) + reach.y};
    return grid_area(grid, low, high);
}

static void add_players(struct view *view, const struct window *window, const struct world *world)
{
    if (window->is_all) {
        for (uint32_t i = 0; i < world->alive_count; i++) {
            add_player(view, window, world, world->alive_slots[i]);
        }
        return;
    }
    const struct grid *grid = &world->sight.players;
    struct grid_area area = area_of(window, grid);
    for (int32_t row = area.row_low; row <= area.row_high; row++) {
        uint32_t first;
        uint32_t end;
        grid_run(grid, &area, row, &first, &end);
        for (uint32_t i = first; i < end; i++) {
            if (is_in_window(window, grid->places[i])) {
                add_player(view, window, world, world->alive_slots[grid->items[i]]);
            }
        }
    }
    sort_players(view);
}

static void add_projectile(struct view *view, const struct world_projectile *projectile, bool is_own)
{
    if (view->projectile_count == view->limits.projectiles) {
        view->omitted++;
        return;
    }
    view->projectiles[view->projectile_count++] = (struct view_projectile){
        .spawn_tick = projectile->spawn_tick,
        .x = projectile->origin.x >> VIEW_POSITION_SHIFT,
        .y = projectile->origin.y >> VIEW_POSITION_SHIFT,
        .angle = projectile->angle,
        .weapon = projectile->weapon,
        .is_own = is_own,
    };
}

static void sort_projectiles(struct view *view)
{
    for (uint32_t i = 1; i < view->projectile_count; i++) {
        struct view_projectile projectile = view->projectiles[i];
        uint32_t hole = i;
        for (; hole > 0 && view_projectile_compare(&view->projectiles[hole - 1], &projectile) > 0; hole--) {
            view->projectiles[hole] = view->projectiles[hole - 1];
        }
        view->projectiles[hole] = projectile;
    }
}

/* The own ones wherever they are, others where they can be seen. */
static void add_projectiles(struct view *view, const struct window *window, const struct world *world)
{
    if (window->is_all) {
        for (uint32_t i = 0; i < world->projectile_count; i++) {
            add_projectile(view, &world->projectiles[i], false);
        }
        sort_projectiles(view);
        return;
    }
    for (uint32_t i = world->sight.own_first[view->viewer]; i != SIGHT_NONE; i = world->sight.own_next[i]) {
        add_projectile(view, &world->projectiles[i], true);
    }
    const struct grid *grid = &world->sight.projectiles;
    struct grid_area area = area_of(window, grid);
    for (int32_t row = area.row_low; row <= area.row_high; row++) {
        uint32_t first;
        uint32_t end;
        grid_run(grid, &area, row, &first, &end);
        for (uint32_t i = first; i < end; i++) {
            const struct world_projectile *projectile = &world->projectiles[grid->items[i]];
            if (is_in_window(window, grid->places[i]) && projectile->owner != view->viewer) {
                add_projectile(view, projectile, false);
            }
        }
    }
    sort_projectiles(view);
}

static void add_power_ups(struct view *view, const struct window *window, const struct world *world)
{
    const struct map *map = world->map;
    int32_t top = window->is_all ? 0 : window->centre.y - RULES_INTEREST_HALF_HEIGHT;
    int32_t bottom = window->is_all ? INT32_MAX
                                    : q16_clamp(window->centre.y, 0, INT32_MAX - RULES_INTEREST_HALF_HEIGHT) +
                                          RULES_INTEREST_HALF_HEIGHT;
    for (uint32_t i = map_power_ups_from(map, top); i < map->power_up_count; i++) {
        struct vec2 position = map->power_ups[i].position;
        if (position.y > bottom) {
            return;
        }
        if (world->power_up_ticks[i] > 0 || !is_in_window(window, position)) {
            continue;
        }
        if (view->power_up_count == view->limits.power_ups) {
            view->omitted++;
            continue;
        }
        view->power_ups[view->power_up_count++] = (struct view_power_up){(uint16_t)i};
    }
}

/* Keeps the order by slot; one that is there already stays as it is. */
static void add_score(struct view *view, const struct world *world, uint16_t slot)
{
    const struct world_player *player = &world->players[slot];
    uint32_t place = view->score_count;
    while (place > 0 && view->scores[place - 1].slot > slot) {
        place--;
    }
    bool is_there = place > 0 && view->scores[place - 1].slot == slot;
    if (player->id == 0 || is_there) {
        return;
    }
    if (view->score_count == view->limits.scores) {
        view->omitted++;
        return;
    }
    memory_move(&view->scores[place + 1], &view->scores[place], (view->score_count - place) * sizeof view->scores[0]);
    view->scores[place] = (struct view_score){
        .id = player->id,
        .slot = slot,
        .team = player->team,
        .kills = player->kills,
        .deaths = player->deaths,
        .assists = player->assists,
    };
    view->score_count++;
}

static void add_scores(struct view *view, const struct world *world)
{
    if (world->capacity > SIGHT_SCORES_ALL) {
        if (world_has(world, view->viewer)) {
            add_score(view, world, view->viewer);
        }
        for (uint32_t i = 0; i < world->sight.best_count; i++) {
            add_score(view, world, world->sight.best[i]);
        }
        return;
    }
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        add_score(view, world, slot);
    }
}

static void clear(struct view *view)
{
    *view = (struct view){
        .limits = view->limits,
        .viewer = VIEW_ALL,
        .players = view->players,
        .projectiles = view->projectiles,
        .scores = view->scores,
        .power_ups = view->power_ups,
        .events = view->events,
    };
}

void view_build(struct view *out_view, const struct world *world, uint16_t viewer)
{
    clear(out_view);
    out_view->tick = world->tick;
    out_view->viewer = viewer;
    out_view->phase = world->phase;
    out_view->ticks_left = world_ticks_left(world);
    memory_copy(out_view->team_scores, world->team_scores, sizeof out_view->team_scores);
    add_scores(out_view, world);
    struct window window = {.is_all = viewer == VIEW_ALL};
    if (!window.is_all) {
        if (!world_has(world, viewer)) {
            return;
        }
        out_view->has_self = true;
        out_view->self = world->players[viewer].actor;
        window.centre = out_view->self.position;
    }
    add_players(out_view, &window, world);
    if (!world_is_over(world)) { /* nothing flies any more, and a client would go on flying it */
        add_projectiles(out_view, &window, world);
    }
    add_power_ups(out_view, &window, world);
}

enum status view_copy(struct view *to, const struct view *from)
{
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

static void hash_self(struct hash *hash, const struct actor *self)
{
    hash_pair(hash, (uint32_t)self->position.x, (uint32_t)self->position.y);
    hash_pair(hash, (uint32_t)self->velocity.x, (uint32_t)self->velocity.y);
    hash_pair(hash, self->aim | (uint32_t)self->state << 16 | (uint32_t)self->weapon << 24,
              self->health | (uint32_t)self->cooldown_ticks << 16);
    hash_pair(hash,
              self->ammunition[1] | (uint32_t)self->ammunition[2] << 8 | (uint32_t)self->ammunition[3] << 16 |
                  (uint32_t)self->ammunition[4] << 24,
              self->reload_ticks | (uint32_t)self->protection_ticks << 16);
    hash_pair(hash, self->respawn_ticks | (uint32_t)self->effect_ticks[POWER_UP_SPEED] << 16,
              self->effect_ticks[POWER_UP_DAMAGE] | (uint32_t)self->effect_ticks[POWER_UP_SHIELD] << 16);
    hash_u64(hash, self->effect_ticks[POWER_UP_RAPID_FIRE]);
}

static void hash_lists(struct hash *hash, const struct view *view)
{
    for (uint32_t i = 0; i < view->player_count; i++) {
        const struct view_player *player = &view->players[i];
        hash_pair(hash, player->slot | (uint32_t)player->team << 16 | (uint32_t)player->weapon << 24,
                  player->health | (uint32_t)player->flags << 8 | (uint32_t)player->aim << 16);
        hash_pair(hash, (uint32_t)player->x, (uint32_t)player->y);
        hash_u64(hash, (uint16_t)player->velocity_x | (uint32_t)(uint16_t)player->velocity_y << 16);
    }
    for (uint32_t i = 0; i < view->projectile_count; i++) {
        const struct view_projectile *projectile = &view->projectiles[i];
        hash_pair(hash, projectile->spawn_tick, projectile->is_own);
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
    if (view->has_self) {
        hash_pair(&hash, view->input_sequence, view->input_depth);
    }
    hash_pair(&hash, view->player_count, view->projectile_count);
    hash_pair(&hash, view->score_count, view->power_up_count);
    hash_self(&hash, &view->self);
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

int32_t view_projectile_compare(const struct view_projectile *a, const struct view_projectile *b)
{
    if (a->spawn_tick != b->spawn_tick) {
        return a->spawn_tick < b->spawn_tick ? -1 : 1;
    }
    if (a->x != b->x) {
        return a->x < b->x ? -1 : 1;
    }
    if (a->y != b->y) {
        return a->y < b->y ? -1 : 1;
    }
    int32_t kinds = (a->weapon * 2 + a->is_own) - (b->weapon * 2 + b->is_own);
    return kinds != 0 ? kinds : a->angle - b->angle;
}

struct vec2 view_projectile_position(const struct view_projectile *projectile, uint32_t tick)
{
    struct vec2 velocity = vec2_from_angle(projectile->angle, rules_weapon(projectile->weapon)->speed_q16);
    int64_t age = (int64_t)(int32_t)(tick - projectile->spawn_tick) + 1; /* it flies in the very tick it is fired */
    age = age < 0 ? 0 : age > 255 ? 255 : age;
    int64_t x = (int64_t)projectile->x * (1 << VIEW_POSITION_SHIFT) + velocity.x * age;
    int64_t y = (int64_t)projectile->y * (1 << VIEW_POSITION_SHIFT) + velocity.y * age;
    return (struct vec2){(int32_t)x, (int32_t)y};
}
