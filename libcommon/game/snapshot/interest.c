/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/snapshot/interest.h"

#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"

#define WORDS_MAX      ((RULES_PLAYERS_MAX + 63u) / 64u)
#define DISTANCE_BANDS 64u /* counting by band finds the nearest without sorting */

/* Delta costs, 1/16 bit, approximately: of a new player, and of one whose baseline is older than one tick. */
#define COST_NEW (60u * 16u)
#define COST_OLD (22u * 16u)

#define CANDIDATES_MAX 64u /* projectiles looked up together */

#define PRIORITY_GAIN_MAX 8u         /* a tick, of the nearest; at the edge of the viewport it is 1 */
#define NEW_PRIORITY      16u        /* of a new player, in gains */
#define NEW_FIRST         (1u << 17) /* above any accumulated priority */

_Static_assert(INTEREST_STALE_TICKS_MAX < SCENE_PAST_TICKS, "the history has every state of a view");
_Static_assert(DISTANCE_BANDS > 1, "priority_gain divides by the bands after the first");

/* Every tile is out of its reach, and so visible. */
static const struct visibility nothing_hidden;
static const uint64_t all_visible = UINT64_MAX;

/* What the viewer can see: a box of the world, less what walls hide. */
struct viewport {
    const struct scene *scene;
    const struct visibility *visibility; /* nothing_hidden without visibility */
    struct visibility_eye now;
    struct visibility_eye ahead;
    uint16_t viewer;
    bool is_all;
    struct vec2 centre;
    uint32_t left; /* of the box, modulo 2^32; left + width is included */
    uint32_t top;
    uint32_t width;
    uint32_t height;
    struct grid_area area; /* the scene's cells that the box touches, of players and of projectiles */
};

static bool is_in_window(const struct viewport *viewport, struct vec2 at)
{
    return ((uint32_t)at.x - viewport->left <= viewport->width) && ((uint32_t)at.y - viewport->top <= viewport->height);
}

static inline bool sees_tile(const struct viewport *viewport, uint32_t tile)
{
    return visibility_eye_sees(viewport->visibility, &viewport->now, tile) ||
           visibility_eye_sees(viewport->visibility, &viewport->ahead, tile);
}

/* Now, or within SCENE_AHEAD_TICKS. */
static bool sees_player(const struct viewport *viewport, const struct scene_tiles *tiles)
{
    return sees_tile(viewport, tiles->now) || sees_tile(viewport, tiles->ahead);
}

/* A position, now. */
static bool sees(const struct viewport *viewport, struct vec2 at)
{
    return is_in_window(viewport, at) && sees_tile(viewport, visibility_tile(viewport->visibility, at));
}

static void viewport_cover_all(struct viewport *viewport)
{
    viewport->is_all = true;
    viewport->width = UINT32_MAX;
    viewport->height = UINT32_MAX;
}

static void viewport_center_on(struct viewport *viewport, struct vec2 centre)
{
    const struct scene *scene = viewport->scene;
    struct vec2 reach = {RULES_INTEREST_HALF_WIDTH, RULES_INTEREST_HALF_HEIGHT};
    struct vec2 high = {q16_clamp(centre.x, 0, INT32_MAX - reach.x) + reach.x,
                        q16_clamp(centre.y, 0, INT32_MAX - reach.y) + reach.y};
    viewport->centre = centre;
    viewport->left = (uint32_t)centre.x - (uint32_t)reach.x;
    viewport->top = (uint32_t)centre.y - (uint32_t)reach.y;
    viewport->width = 2 * (uint32_t)reach.x;
    viewport->height = 2 * (uint32_t)reach.y;
    viewport->area = grid_area(&scene->players, vec2_sub(centre, reach), high);
    if (scene->visibility) {
        struct scene_tiles eyes = scene_eye_tiles(scene, viewport->viewer);
        viewport->visibility = scene->visibility;
        viewport->now = visibility_eye(scene->visibility, eyes.now);
        viewport->ahead = visibility_eye(scene->visibility, eyes.ahead);
    }
}

/* ---- players: candidates --------------------------------------------------------------------------- */

/* A set of slots as a bit set, iterated in ascending order. */
struct slot_set {
    uint32_t count;
    uint64_t words; /* bit i: bits[i] is not 0 */
    uint64_t bits[WORDS_MAX];
};

_Static_assert(WORDS_MAX <= 64, "a bit for each word");

static void slot_set_init(struct slot_set *slots, uint16_t capacity)
{
    slots->count = 0;
    slots->words = 0;
    for (uint32_t word = 0; word * 64 < capacity; word++) {
        slots->bits[word] = 0;
    }
}

static void slot_set_add(struct slot_set *slots, uint16_t slot)
{
    slots->bits[slot / 64] |= 1ull << (slot % 64);
    slots->words |= 1ull << (slot / 64);
    slots->count++;
}

/* Removes and answers the lowest slot; the set must not be empty. */
static uint16_t slot_set_take_lowest(struct slot_set *slots)
{
    uint32_t word = (uint32_t)__builtin_ctzll(slots->words);
    uint64_t bits = slots->bits[word];
    slots->bits[word] = bits & (bits - 1);
    slots->words &= ~((uint64_t)(slots->bits[word] == 0) << word);
    slots->count--;
    return (uint16_t)(word * 64 + (uint32_t)__builtin_ctzll(bits));
}

static void collect_all_players(const struct viewport *viewport, struct slot_set *slots)
{
    const struct scene *scene = viewport->scene;
    for (uint32_t i = 0; i < scene->alive_count; i++) {
        if (scene->alive[i].is_there) {
            slot_set_add(slots, scene->alive[i].slot);
        }
    }
}

static void collect_players(const struct viewport *viewport, struct slot_set *slots)
{
    const struct scene *scene = viewport->scene;
    const struct grid *grid = &scene->players;
    for (int32_t row = viewport->area.row_low; row <= viewport->area.row_high; row++) {
        uint32_t first;
        uint32_t end;
        grid_run(grid, &viewport->area, row, &first, &end);
        for (uint32_t i = first; i < end; i++) {
            const struct scene_player *player = &scene->alive[i];
            if (is_in_window(viewport, grid->places[i]) && player->is_there && player->slot != viewport->viewer &&
                sees_player(viewport, &player->tiles)) {
                slot_set_add(slots, player->slot);
            }
        }
    }
}

static uint32_t distance_band(const struct viewport *viewport, uint16_t slot)
{
    const struct view_player *player = &viewport->scene->current[slot];
    int32_t x = q16_abs(player->x - (viewport->centre.x >> VIEW_POSITION_SHIFT));
    int32_t y = q16_abs(player->y - (viewport->centre.y >> VIEW_POSITION_SHIFT));
    const uint32_t width = ((uint32_t)RULES_INTEREST_HALF_WIDTH >> VIEW_POSITION_SHIFT) / DISTANCE_BANDS + 1;
    uint32_t band = (uint32_t)(x > y ? x : y) / width;
    return band < DISTANCE_BANDS ? band : DISTANCE_BANDS - 1;
}

/* Keeps the nearest `most`, and the lowest slots among those of the last band. */
static void keep_nearest(const struct viewport *viewport, struct slot_set *slots, uint32_t most)
{
    uint32_t counts[DISTANCE_BANDS] = {0};
    struct slot_set all = *slots;
    while (all.count > 0) {
        counts[distance_band(viewport, slot_set_take_lowest(&all))]++;
    }
    uint32_t last = 0;
    uint32_t left = most;
    while (last < DISTANCE_BANDS - 1 && counts[last] <= left) {
        left -= counts[last++];
    }
    all = *slots;
    slot_set_init(slots, viewport->scene->world->capacity);
    while (all.count > 0) {
        uint16_t slot = slot_set_take_lowest(&all);
        uint32_t band = distance_band(viewport, slot);
        bool is_last = band == last && left > 0;
        if (band < last || is_last) {
            slot_set_add(slots, slot);
        }
        left -= is_last;
    }
}

/* ---- players: updates under a budget --------------------------------------------------------------- */

static uint32_t delta_cost(const struct scene *scene, const struct view_player *baseline, uint16_t slot)
{
    if (!baseline) {
        return COST_NEW;
    }
    const struct scene_player_delta *delta = &scene->player_deltas[slot];
    return delta->count > 0 && baseline->tick + 1 == scene->tick ? delta->cost : COST_OLD;
}

static uint32_t priority_gain(const struct viewport *viewport, uint16_t slot)
{
    return 1 + (DISTANCE_BANDS - 1 - distance_band(viewport, slot)) * (PRIORITY_GAIN_MAX - 1) / (DISTANCE_BANDS - 1);
}

struct priority_entry {
    uint32_t priority;
    uint16_t index; /* in the view's players */
};

/* Highest priority first, the lowest index first among equals. */
static void sort_entries(struct priority_entry *entries, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct priority_entry entry = entries[i];
        uint32_t hole = i;
        for (; hole > 0 && entries[hole - 1].priority < entry.priority; hole--) {
            entries[hole] = entries[hole - 1];
        }
        entries[hole] = entry;
    }
}

static const struct view_player *find_in(const struct view *baseline, uint16_t slot)
{
    return baseline ? view_find_player(baseline, slot) : NULL;
}

/*
 * New players have no accumulated priority; so they go first about every other time, or with many players and a small
 * budget they never would. The sequence is as even for viewers that get every second or third tick.
 */
static bool new_players_go_first(uint32_t tick)
{
    return tick * 0x9E3779B1u >> 31;
}

/* Sets the priority of players to update to 0, and those of the others to what they have accumulated. */
static void share_budget(const struct viewport *viewport, const struct view *view, const struct view *baseline,
                         uint32_t budget_bits, uint32_t *priorities)
{
    struct priority_entry entries[INTEREST_SHARED_MAX];
    uint32_t lead = new_players_go_first(viewport->scene->tick) ? NEW_FIRST : 0;
    for (uint32_t i = 0; i < view->player_count; i++) {
        const struct view_player *player = find_in(baseline, view->players[i].slot);
        uint32_t gain = priority_gain(viewport, view->players[i].slot);
        priorities[i] = player ? player->accumulated_priority + gain : gain * NEW_PRIORITY + lead;
        entries[i] = (struct priority_entry){priorities[i], (uint16_t)i};
    }
    sort_entries(entries, view->player_count);
    uint64_t left = (uint64_t)budget_bits * 16;
    for (uint32_t i = 0; i < view->player_count; i++) {
        uint16_t slot = view->players[entries[i].index].slot;
        uint32_t cost = delta_cost(viewport->scene, find_in(baseline, slot), slot);
        if (cost > left && i > 0) {
            return;
        }
        priorities[entries[i].index] = 0;
        left -= cost < left ? cost : left;
    }
}

/* Deferred players keep their state of the baseline, or stay out of the view. */
static void defer_over_budget(const struct viewport *viewport, struct view *view, const struct view *baseline,
                              uint32_t budget_bits)
{
    uint32_t priorities[INTEREST_SHARED_MAX] = {0};
    share_budget(viewport, view, baseline, budget_bits, priorities);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < view->player_count; i++) {
        struct view_player player = view->players[i];
        if (priorities[i] > 0) {
            const struct view_player *old = find_in(baseline, player.slot);
            if (!old || viewport->scene->tick - old->tick > INTEREST_STALE_TICKS_MAX) {
                view->omitted++;
                continue;
            }
            player = *old;
            player.accumulated_priority = (uint16_t)(priorities[i] < UINT16_MAX ? priorities[i] : UINT16_MAX);
        }
        view->players[kept++] = player;
    }
    view->player_count = kept;
}

/* Of updating every player of the view. */
static uint64_t cost_of_all(const struct scene *scene, const struct view *view, const struct view *baseline)
{
    uint64_t cost = 0;
    uint32_t cursor = 0;
    uint32_t baseline_count = baseline ? baseline->player_count : 0;
    for (uint32_t i = 0; i < view->player_count; i++) {
        uint16_t slot = view->players[i].slot;
        while (cursor < baseline_count && baseline->players[cursor].slot < slot) {
            cursor++;
        }
        bool is_in_baseline = cursor < baseline_count && baseline->players[cursor].slot == slot;
        cost += delta_cost(scene, is_in_baseline ? &baseline->players[cursor] : NULL, slot);
    }
    return cost;
}

static bool is_beyond_budget(const struct scene *scene, const struct view *view, const struct view *baseline,
                             uint32_t budget_bits)
{
    uint64_t budget = (uint64_t)budget_bits * 16;
    uint64_t most = scene->delta_cost_max > COST_NEW ? scene->delta_cost_max : COST_NEW;
    return view->player_count <= INTEREST_SHARED_MAX && view->player_count * most > budget &&
           cost_of_all(scene, view, baseline) > budget;
}

static void fill_players(const struct viewport *viewport, struct view *view, const struct view *baseline,
                         uint32_t budget_bits)
{
    const struct scene *scene = viewport->scene;
    struct slot_set slots;
    slot_set_init(&slots, scene->world->capacity);
    if (viewport->is_all) {
        collect_all_players(viewport, &slots);
    } else {
        collect_players(viewport, &slots);
    }
    if (slots.count > view->limits.players) {
        view->omitted += slots.count - view->limits.players;
        keep_nearest(viewport, &slots, view->limits.players);
    }
    view->player_count = slots.count;
    for (struct view_player *player = view->players; slots.count > 0; player++) {
        *player = scene->current[slot_set_take_lowest(&slots)];
    }
    if (is_beyond_budget(scene, view, baseline, budget_bits)) {
        defer_over_budget(viewport, view, baseline, budget_bits);
    }
}

/* ---- projectiles -------------------------------------------------------------------------------------- */

/* Answers how many of those kept are others'. */
static uint32_t keep_projectiles(const struct viewport *viewport, struct view *view, const struct view *baseline)
{
    uint32_t others = 0;
    for (uint32_t i = 0; baseline && i < baseline->projectile_count; i++) {
        const struct view_projectile *projectile = &baseline->projectiles[i];
        struct vec2 place;
        uint32_t tile;
        bool is_kept = scene_find_projectile(viewport->scene, projectile->id, &place, &tile) &&
                       (projectile->is_own || (is_in_window(viewport, place) && sees_tile(viewport, tile)));
        if (is_kept && view->projectile_count < view->limits.projectiles) {
            view->projectiles[view->projectile_count++] = *projectile;
            others += !projectile->is_own;
        }
    }
    return others;
}

static bool has_projectile(const struct view *view, uint32_t kept, uint32_t id)
{
    for (uint32_t i = 0; i < kept; i++) {
        if (view->projectiles[i].id == id) {
            return true;
        }
    }
    return false;
}

/* The origin gives the shooter's position away: only viewers who have the shooter in view get it. */
static struct view_projectile view_of_projectile(const struct viewport *viewport, const struct view *view,
                                                 uint32_t index)
{
    const struct world *world = viewport->scene->world;
    const struct world_projectile *projectile = &world->projectiles[index];
    bool is_own = projectile->owner != RULES_SLOT_NONE && projectile->owner == viewport->viewer;
    bool is_from_origin = viewport->is_all || is_own || view_find_player(view, projectile->owner);
    struct vec2 place = is_from_origin ? projectile->origin : viewport->scene->positions[index];
    return (struct view_projectile){
        .id = projectile->id,
        .start_tick = is_from_origin ? projectile->spawn_tick : world->tick + 1,
        .x = place.x >> VIEW_ORIGIN_SHIFT,
        .y = place.y >> VIEW_ORIGIN_SHIFT,
        .angle = projectile->angle,
        .weapon = projectile->weapon,
        .is_own = is_own,
    };
}

/* Behind those kept, in the order of their ids. */
static void add_projectile(const struct viewport *viewport, struct view *view, uint32_t kept, uint32_t index,
                           uint32_t id)
{
    if (has_projectile(view, kept, id)) {
        return;
    }
    if (view->projectile_count == view->limits.projectiles) {
        view->omitted++;
        return;
    }
    struct view_projectile projectile = view_of_projectile(viewport, view, index);
    uint32_t hole = view->projectile_count++;
    for (; hole > kept && view->projectiles[hole - 1].id > id; hole--) {
        view->projectiles[hole] = view->projectiles[hole - 1];
    }
    view->projectiles[hole] = projectile;
}

/* A viewer who sees all has every projectile from its first tick on: new ones have greater ids than those kept. */
static void add_all_projectiles(const struct viewport *viewport, struct view *view, uint32_t kept)
{
    const struct world *world = viewport->scene->world;
    uint32_t newest = kept > 0 ? view->projectiles[kept - 1].id : 0;
    for (uint32_t i = 0; i < world->projectile_count; i++) {
        if (world->projectiles[i].id > newest) {
            add_projectile(viewport, view, kept, i, world->projectiles[i].id);
        }
    }
}

/* Visible projectiles of others, not yet looked up among those kept. */
struct projectile_candidates {
    uint32_t count;
    uint32_t items[CANDIDATES_MAX]; /* of the scene's grid */
};

static void add_candidates(const struct viewport *viewport, struct view *view, uint32_t kept,
                           struct projectile_candidates *candidates)
{
    const struct scene *scene = viewport->scene;
    for (uint32_t i = 0; i < candidates->count; i++) {
        uint32_t item = candidates->items[i];
        add_projectile(viewport, view, kept, scene->projectiles.items[item], scene->flying[item].id);
    }
    candidates->count = 0;
}

/* From an item of the grid on, as many as there is room for; answers the next item. */
static uint32_t collect_candidates(const struct viewport *viewport, uint32_t item, uint32_t end,
                                   struct projectile_candidates *candidates)
{
    const struct scene *scene = viewport->scene;
    for (; item < end && candidates->count < CANDIDATES_MAX; item++) {
        const struct scene_projectile *flying = &scene->flying[item];
        if (is_in_window(viewport, scene->projectiles.places[item]) && flying->owner != viewport->viewer &&
            sees_tile(viewport, flying->tile)) {
            candidates->items[candidates->count++] = item;
        }
    }
    return item;
}

/* The kept ones are among the candidates: where those are as many, none is new, as in most ticks. */
static void add_others_projectiles(const struct viewport *viewport, struct view *view, uint32_t kept,
                                   uint32_t kept_others)
{
    const struct grid *grid = &viewport->scene->projectiles;
    struct projectile_candidates candidates;
    uint32_t added = 0;
    candidates.count = 0;
    for (int32_t row = viewport->area.row_low; row <= viewport->area.row_high; row++) {
        uint32_t item;
        uint32_t end;
        grid_run(grid, &viewport->area, row, &item, &end);
        while ((item = collect_candidates(viewport, item, end, &candidates)) < end) {
            added += candidates.count;
            add_candidates(viewport, view, kept, &candidates);
        }
    }
    if (added + candidates.count != kept_others) {
        add_candidates(viewport, view, kept, &candidates);
    }
}

/* Own projectiles wherever they are, others' where they are visible. */
static void add_seen_projectiles(const struct viewport *viewport, struct view *view, uint32_t kept,
                                 uint32_t kept_others)
{
    const struct scene *scene = viewport->scene;
    for (uint32_t i = scene->own_first[viewport->viewer]; i != SCENE_NONE; i = scene->own_next[i]) {
        add_projectile(viewport, view, kept, i, scene->world->projectiles[i].id);
    }
    add_others_projectiles(viewport, view, kept, kept_others);
}

static void fill_projectiles(const struct viewport *viewport, struct view *view, const struct view *baseline)
{
    uint32_t others = keep_projectiles(viewport, view, baseline);
    uint32_t kept = view->projectile_count;
    if (viewport->is_all) {
        add_all_projectiles(viewport, view, kept);
    } else {
        add_seen_projectiles(viewport, view, kept, others);
    }
}

/* ---- the rest ------------------------------------------------------------------------------------------ */

static void fill_power_ups(const struct viewport *viewport, struct view *view)
{
    const struct world *world = viewport->scene->world;
    const struct map *map = world->map;
    int32_t top = viewport->is_all ? 0 : viewport->centre.y - RULES_INTEREST_HALF_HEIGHT;
    int32_t bottom = viewport->is_all ? INT32_MAX
                                      : q16_clamp(viewport->centre.y, 0, INT32_MAX - RULES_INTEREST_HALF_HEIGHT) +
                                            RULES_INTEREST_HALF_HEIGHT;
    for (uint32_t i = map_power_ups_from(map, top); i < map->power_up_count; i++) {
        struct vec2 position = map->power_ups[i].position;
        if (position.y > bottom) {
            return;
        }
        if (world->power_up_ticks[i] > 0 || !sees(viewport, position)) {
            continue;
        }
        if (view->power_up_count == view->limits.power_ups) {
            view->omitted++;
            continue;
        }
        view->power_ups[view->power_up_count++] = (struct view_power_up){(uint16_t)i};
    }
}

/* With a baseline, its scores are copied. */
static void fill_scores(const struct scene *scene, struct view *view, const struct view *baseline)
{
    if (baseline) {
        view->score_count = baseline->score_count;
        memory_copy(view->scores, baseline->scores, baseline->score_count * sizeof view->scores[0]);
        return;
    }
    const struct board *board = &scene->board;
    uint16_t slots[BOARD_ROWS_MAX];
    uint32_t count = board_all(board, view->viewer, slots);
    for (uint32_t i = 0; i < count; i++) {
        if (view->score_count == view->limits.scores) {
            view->omitted++;
            continue;
        }
        view->scores[view->score_count++] = board->rows[slots[i]];
    }
}

void interest_view(struct view *out_view, const struct scene *scene, uint16_t viewer, const struct view *baseline,
                   uint32_t budget_bits)
{
    REQUIRE(viewer == VIEW_ALL || viewer < scene->world->capacity);
    REQUIRE(baseline == NULL || baseline->tick <= scene->tick);
    REQUIRE(out_view->limits.players > 0);
    const struct world *world = scene->world;
    struct viewport viewport = {.scene = scene,
                                .visibility = &nothing_hidden,
                                .now.bits = &all_visible,
                                .ahead.bits = &all_visible,
                                .viewer = viewer};
    REQUIRE(out_view != baseline && scene->tick == world->tick);
    view_clear(out_view);
    out_view->tick = world->tick;
    out_view->viewer = viewer;
    out_view->phase = world->phase;
    out_view->ticks_left = world_ticks_left(world);
    memory_copy(out_view->team_scores, world->team_scores, sizeof out_view->team_scores);
    bool board_is_updated = !baseline || board_is_due(&scene->board, baseline, world->tick, viewer);
    out_view->board_tick = board_is_updated ? world->tick : baseline->board_tick;
    if (out_view->limits.scores > 0) {
        fill_scores(scene, out_view, board_is_updated ? NULL : baseline);
    }
    if (viewer == VIEW_ALL) {
        viewport_cover_all(&viewport);
    } else if (world_has(world, viewer)) {
        out_view->has_self = true;
        out_view->self = world->players[viewer].actor;
        out_view->team = world->players[viewer].team;
        viewport_center_on(&viewport, out_view->self.position);
    } else {
        return;
    }
    fill_players(&viewport, out_view, baseline, budget_bits);
    if (!world_is_over(world)) { /* nothing flies any more, and a client would go on flying it */
        fill_projectiles(&viewport, out_view, baseline);
    }
    fill_power_ups(&viewport, out_view);
}
