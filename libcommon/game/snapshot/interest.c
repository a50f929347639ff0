/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/snapshot/interest.h"

#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"

#define WORDS_MAX ((RULES_PLAYERS_MAX + 63u) / 64u)
#define RINGS     64u /* by distance: who is too many is found without sorting */

/* 1/16 bit, about: of somebody new, and of somebody known by more than one tick. */
#define COST_NEW (60u * 16u)
#define COST_OLD (22u * 16u)

#define SEEN_AT_ONCE 64u /* projectiles */

#define WEIGHT_MAX   8u  /* priority that the nearest gather in a tick; those at the edge of the window gather 1 */
#define NEW_PRIORITY 16u /* of somebody new, in weights */
#define NEW_FIRST    (1u << 17) /* beyond what anybody known gathers */

/* Hides nothing: all is out of its reach. */
static const struct visibility open_sight;
static const uint64_t open_bits = UINT64_MAX;

/* What the viewer sees: what is in a box of the world and no wall hides. */
struct gaze {
    const struct scene *scene;
    const struct visibility *visibility; /* open_sight where walls hide nothing */
    struct visibility_eye now;
    struct visibility_eye ahead;
    uint16_t viewer;
    bool is_all;
    struct vec2 centre;
    uint32_t left; /* of the box, modulo 2^32; it reaches from there to, and including, left + width */
    uint32_t top;
    uint32_t width;
    uint32_t height;
    struct grid_area area; /* the scene's cells that the box touches, of players and of projectiles */
};

static bool is_in_window(const struct gaze *gaze, struct vec2 at)
{
    return ((uint32_t)at.x - gaze->left <= gaze->width) && ((uint32_t)at.y - gaze->top <= gaze->height);
}

static inline bool sees_tile(const struct gaze *gaze, uint32_t tile)
{
    return visibility_eye_sees(gaze->visibility, &gaze->now, tile) ||
           visibility_eye_sees(gaze->visibility, &gaze->ahead, tile);
}

/* Somebody, now or before long. */
static bool sees_player(const struct gaze *gaze, const struct scene_place *place)
{
    return sees_tile(gaze, place->now) || sees_tile(gaze, place->ahead);
}

/* Something that is there now. */
static bool sees(const struct gaze *gaze, struct vec2 at)
{
    return is_in_window(gaze, at) && sees_tile(gaze, visibility_tile(gaze->visibility, at));
}

static void look_everywhere(struct gaze *gaze)
{
    gaze->is_all = true;
    gaze->width = UINT32_MAX;
    gaze->height = UINT32_MAX;
}

static void find_candidates(struct gaze *gaze, struct vec2 centre)
{
    const struct scene *scene = gaze->scene;
    struct vec2 reach = {RULES_INTEREST_HALF_WIDTH, RULES_INTEREST_HALF_HEIGHT};
    struct vec2 high = {q16_clamp(centre.x, 0, INT32_MAX - reach.x) + reach.x,
                        q16_clamp(centre.y, 0, INT32_MAX - reach.y) + reach.y};
    gaze->centre = centre;
    gaze->left = (uint32_t)centre.x - (uint32_t)reach.x;
    gaze->top = (uint32_t)centre.y - (uint32_t)reach.y;
    gaze->width = 2 * (uint32_t)reach.x;
    gaze->height = 2 * (uint32_t)reach.y;
    gaze->area = grid_area(&scene->players, vec2_sub(centre, reach), high);
    if (scene->visibility) {
        struct scene_place eyes = scene_eyes(scene, gaze->viewer);
        gaze->visibility = scene->visibility;
        gaze->now = visibility_eye(scene->visibility, eyes.now);
        gaze->ahead = visibility_eye(scene->visibility, eyes.ahead);
    }
}

/* ---- players: who is in sight ----------------------------------------------------------------------- */

/* A set of slots: it comes out in order, however it was found. */
struct crowd {
    uint32_t count;
    uint64_t words; /* those of bits that are not 0 */
    uint64_t bits[WORDS_MAX];
};

_Static_assert(WORDS_MAX <= 64, "a bit for each word");

static void crowd_init(struct crowd *crowd, uint16_t capacity)
{
    crowd->count = 0;
    crowd->words = 0;
    for (uint32_t word = 0; word * 64 < capacity; word++) {
        crowd->bits[word] = 0;
    }
}

static void crowd_add(struct crowd *crowd, uint16_t slot)
{
    crowd->bits[slot / 64] |= 1ull << (slot % 64);
    crowd->words |= 1ull << (slot / 64);
    crowd->count++;
}

/* The lowest slot, which it loses; it must not be empty. */
static uint16_t crowd_take(struct crowd *crowd)
{
    uint32_t word = (uint32_t)__builtin_ctzll(crowd->words);
    uint64_t bits = crowd->bits[word];
    crowd->bits[word] = bits & (bits - 1);
    crowd->words &= ~((uint64_t)(crowd->bits[word] == 0) << word);
    crowd->count--;
    return (uint16_t)(word * 64 + (uint32_t)__builtin_ctzll(bits));
}

static void gather_all(const struct gaze *gaze, struct crowd *crowd)
{
    const struct scene *scene = gaze->scene;
    for (uint32_t i = 0; i < scene->alive_count; i++) {
        if (scene->living[i].is_there) {
            crowd_add(crowd, scene->living[i].slot);
        }
    }
}

static void gather(const struct gaze *gaze, struct crowd *crowd)
{
    const struct scene *scene = gaze->scene;
    const struct grid *grid = &scene->players;
    for (int32_t row = gaze->area.row_low; row <= gaze->area.row_high; row++) {
        uint32_t first;
        uint32_t end;
        grid_run(grid, &gaze->area, row, &first, &end);
        for (uint32_t i = first; i < end; i++) {
            const struct scene_player *player = &scene->living[i];
            if (is_in_window(gaze, grid->places[i]) && player->is_there && player->slot != gaze->viewer &&
                sees_player(gaze, &player->place)) {
                crowd_add(crowd, player->slot);
            }
        }
    }
}

static uint32_t ring_of(const struct gaze *gaze, uint16_t slot)
{
    const struct view_player *player = &gaze->scene->shown[slot];
    int32_t x = q16_abs(player->x - (gaze->centre.x >> VIEW_POSITION_SHIFT));
    int32_t y = q16_abs(player->y - (gaze->centre.y >> VIEW_POSITION_SHIFT));
    const uint32_t width = ((uint32_t)RULES_INTEREST_HALF_WIDTH >> VIEW_POSITION_SHIFT) / RINGS + 1;
    uint32_t ring = (uint32_t)(x > y ? x : y) / width;
    return ring < RINGS ? ring : RINGS - 1;
}

/* Leaves the nearest most, the lowest slots among those of the last ring. */
static void keep_nearest(const struct gaze *gaze, struct crowd *crowd, uint32_t most)
{
    uint32_t counts[RINGS] = {0};
    struct crowd all = *crowd;
    while (all.count > 0) {
        counts[ring_of(gaze, crowd_take(&all))]++;
    }
    uint32_t last = 0;
    uint32_t left = most;
    while (last < RINGS - 1 && counts[last] <= left) {
        left -= counts[last++];
    }
    all = *crowd;
    crowd_init(crowd, gaze->scene->world->capacity);
    while (all.count > 0) {
        uint16_t slot = crowd_take(&all);
        uint32_t ring = ring_of(gaze, slot);
        bool is_last = ring == last && left > 0;
        if (ring < last || is_last) {
            crowd_add(crowd, slot);
        }
        left -= is_last;
    }
}

/* ---- players: who is told ---------------------------------------------------------------------------- */

static uint32_t cost_of(const struct scene *scene, const struct view_player *known, uint16_t slot)
{
    if (!known) {
        return COST_NEW;
    }
    const struct scene_told *told = &scene->told[slot];
    return told->count > 0 && known->tick + 1 == scene->tick ? told->cost : COST_OLD;
}

static uint32_t weight_of(const struct gaze *gaze, uint16_t slot)
{
    return 1 + (RINGS - 1 - ring_of(gaze, slot)) * (WEIGHT_MAX - 1) / (RINGS - 1);
}

struct claim {
    uint32_t priority;
    uint16_t index; /* in the view's players */
};

/* Most first, the lowest index first among equals. */
static void sort_claims(struct claim *claims, uint32_t count)
{
    for (uint32_t i = 1; i < count; i++) {
        struct claim claim = claims[i];
        uint32_t hole = i;
        for (; hole > 0 && claims[hole - 1].priority < claim.priority; hole--) {
            claims[hole] = claims[hole - 1];
        }
        claims[hole] = claim;
    }
}

static const struct view_player *known_player(const struct view *known, uint16_t slot)
{
    return known ? view_find_player(known, slot) : NULL;
}

/*
 * Nobody remembers how long somebody new has waited: about every other time those come first, or they never would where
 * many are known and little can be told. By a sequence that is as even for who is told every second or third tick.
 */
static bool new_ones_come_first(uint32_t tick)
{
    return tick * 0x9E3779B1u >> 31;
}

/* Marks who is told by a priority of 0; the others' is what they have gathered. */
static void share_budget(const struct gaze *gaze, const struct view *view, const struct view *known,
                         uint32_t budget_bits, uint32_t *priorities)
{
    struct claim claims[INTEREST_SHARED_MAX];
    uint32_t lead = new_ones_come_first(gaze->scene->tick) ? NEW_FIRST : 0;
    for (uint32_t i = 0; i < view->player_count; i++) {
        const struct view_player *player = known_player(known, view->players[i].slot);
        uint32_t weight = weight_of(gaze, view->players[i].slot);
        priorities[i] = player ? player->waited + weight : weight * NEW_PRIORITY + lead;
        claims[i] = (struct claim){priorities[i], (uint16_t)i};
    }
    sort_claims(claims, view->player_count);
    uint64_t left = (uint64_t)budget_bits * 16;
    for (uint32_t i = 0; i < view->player_count; i++) {
        uint16_t slot = view->players[claims[i].index].slot;
        uint32_t cost = cost_of(gaze->scene, known_player(known, slot), slot);
        if (cost > left && i > 0) {
            return;
        }
        priorities[claims[i].index] = 0;
        left -= cost < left ? cost : left;
    }
}

/* Those not told stay as they are known, or are not there yet. */
static void defer_over_budget(const struct gaze *gaze, struct view *view, const struct view *known,
                              uint32_t budget_bits)
{
    uint32_t priorities[INTEREST_SHARED_MAX] = {0};
    share_budget(gaze, view, known, budget_bits, priorities);
    uint32_t kept = 0;
    for (uint32_t i = 0; i < view->player_count; i++) {
        struct view_player player = view->players[i];
        if (priorities[i] > 0) {
            const struct view_player *old = known_player(known, player.slot);
            if (!old || gaze->scene->tick - old->tick > INTEREST_HELD_TICKS) {
                view->omitted++;
                continue;
            }
            player = *old;
            player.waited = (uint16_t)(priorities[i] < UINT16_MAX ? priorities[i] : UINT16_MAX);
        }
        view->players[kept++] = player;
    }
    view->player_count = kept;
}

/* What telling of all of them takes. */
static uint64_t cost_of_all(const struct scene *scene, const struct view *view, const struct view *known)
{
    uint64_t cost = 0;
    uint32_t cursor = 0;
    uint32_t known_count = known ? known->player_count : 0;
    for (uint32_t i = 0; i < view->player_count; i++) {
        uint16_t slot = view->players[i].slot;
        while (cursor < known_count && known->players[cursor].slot < slot) {
            cursor++;
        }
        bool is_known = cursor < known_count && known->players[cursor].slot == slot;
        cost += cost_of(scene, is_known ? &known->players[cursor] : NULL, slot);
    }
    return cost;
}

static bool is_beyond_budget(const struct scene *scene, const struct view *view, const struct view *known,
                             uint32_t budget_bits)
{
    uint64_t budget = (uint64_t)budget_bits * 16;
    uint64_t most = scene->told_cost_max > COST_NEW ? scene->told_cost_max : COST_NEW;
    return view->player_count <= INTEREST_SHARED_MAX && view->player_count * most > budget &&
           cost_of_all(scene, view, known) > budget;
}

static void show_players(const struct gaze *gaze, struct view *view, const struct view *known, uint32_t budget_bits)
{
    const struct scene *scene = gaze->scene;
    struct crowd crowd;
    crowd_init(&crowd, scene->world->capacity);
    if (gaze->is_all) {
        gather_all(gaze, &crowd);
    } else {
        gather(gaze, &crowd);
    }
    if (crowd.count > view->limits.players) {
        view->omitted += crowd.count - view->limits.players;
        keep_nearest(gaze, &crowd, view->limits.players);
    }
    view->player_count = crowd.count;
    for (struct view_player *player = view->players; crowd.count > 0; player++) {
        *player = scene->shown[crowd_take(&crowd)];
    }
    if (is_beyond_budget(scene, view, known, budget_bits)) {
        defer_over_budget(gaze, view, known, budget_bits);
    }
}

/* ---- projectiles -------------------------------------------------------------------------------------- */

/* Answers how many of those kept are others'. */
static uint32_t keep_projectiles(const struct gaze *gaze, struct view *view, const struct view *known)
{
    uint32_t others = 0;
    for (uint32_t i = 0; known && i < known->projectile_count; i++) {
        const struct view_projectile *projectile = &known->projectiles[i];
        struct vec2 place;
        uint32_t tile;
        bool is_shown = scene_find_projectile(gaze->scene, projectile->id, &place, &tile) &&
                        (projectile->is_own || (is_in_window(gaze, place) && sees_tile(gaze, tile)));
        if (is_shown && view->projectile_count < view->limits.projectiles) {
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

/* Where it was fired tells where its shooter stood: only who knows that anyway may know. */
static struct view_projectile show_projectile(const struct gaze *gaze, const struct view *view, uint32_t index)
{
    const struct world *world = gaze->scene->world;
    const struct world_projectile *projectile = &world->projectiles[index];
    bool is_own = projectile->owner != RULES_SLOT_NONE && projectile->owner == gaze->viewer;
    bool is_from_origin = gaze->is_all || is_own || view_find_player(view, projectile->owner);
    struct vec2 place = is_from_origin ? projectile->origin : gaze->scene->positions[index];
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
static void add_projectile(const struct gaze *gaze, struct view *view, uint32_t kept, uint32_t index, uint32_t id)
{
    if (has_projectile(view, kept, id)) {
        return;
    }
    if (view->projectile_count == view->limits.projectiles) {
        view->omitted++;
        return;
    }
    struct view_projectile projectile = show_projectile(gaze, view, index);
    uint32_t hole = view->projectile_count++;
    for (; hole > kept && view->projectiles[hole - 1].id > id; hole--) {
        view->projectiles[hole] = view->projectiles[hole - 1];
    }
    view->projectiles[hole] = projectile;
}

/* Who sees all knows every projectile from its first tick on: new ones have greater ids than all that it has. */
static void add_all_projectiles(const struct gaze *gaze, struct view *view, uint32_t kept)
{
    const struct world *world = gaze->scene->world;
    uint32_t newest = kept > 0 ? view->projectiles[kept - 1].id : 0;
    for (uint32_t i = 0; i < world->projectile_count; i++) {
        if (world->projectiles[i].id > newest) {
            add_projectile(gaze, view, kept, i, world->projectiles[i].id);
        }
    }
}

/* Others' that can be seen, not yet looked up among those kept. */
struct sighting {
    uint32_t count;
    uint32_t items[SEEN_AT_ONCE]; /* of the scene's grid */
};

static void add_sighted(const struct gaze *gaze, struct view *view, uint32_t kept, struct sighting *sighting)
{
    const struct scene *scene = gaze->scene;
    for (uint32_t i = 0; i < sighting->count; i++) {
        uint32_t item = sighting->items[i];
        add_projectile(gaze, view, kept, scene->projectiles.items[item], scene->flying[item].id);
    }
    sighting->count = 0;
}

/* From an item of the grid on as many as there is room for; answers the next one. */
static uint32_t see_projectiles(const struct gaze *gaze, uint32_t item, uint32_t end, struct sighting *sighting)
{
    const struct scene *scene = gaze->scene;
    for (; item < end && sighting->count < SEEN_AT_ONCE; item++) {
        const struct scene_projectile *flying = &scene->flying[item];
        if (is_in_window(gaze, scene->projectiles.places[item]) && flying->owner != gaze->viewer &&
            sees_tile(gaze, flying->tile)) {
            sighting->items[sighting->count++] = item;
        }
    }
    return item;
}

/* Those kept are among those seen: where these are as many, none is new, as in most ticks. */
static void add_others_projectiles(const struct gaze *gaze, struct view *view, uint32_t kept, uint32_t kept_others)
{
    const struct grid *grid = &gaze->scene->projectiles;
    struct sighting sighting;
    uint32_t added = 0;
    sighting.count = 0;
    for (int32_t row = gaze->area.row_low; row <= gaze->area.row_high; row++) {
        uint32_t item;
        uint32_t end;
        grid_run(grid, &gaze->area, row, &item, &end);
        while ((item = see_projectiles(gaze, item, end, &sighting)) < end) {
            added += sighting.count;
            add_sighted(gaze, view, kept, &sighting);
        }
    }
    if (added + sighting.count != kept_others) {
        add_sighted(gaze, view, kept, &sighting);
    }
}

/* The own ones wherever they are, others where they can be seen. */
static void add_seen_projectiles(const struct gaze *gaze, struct view *view, uint32_t kept, uint32_t kept_others)
{
    const struct scene *scene = gaze->scene;
    for (uint32_t i = scene->own_first[gaze->viewer]; i != SCENE_NONE; i = scene->own_next[i]) {
        add_projectile(gaze, view, kept, i, scene->world->projectiles[i].id);
    }
    add_others_projectiles(gaze, view, kept, kept_others);
}

static void show_projectiles(const struct gaze *gaze, struct view *view, const struct view *known)
{
    uint32_t others = keep_projectiles(gaze, view, known);
    uint32_t kept = view->projectile_count;
    if (gaze->is_all) {
        add_all_projectiles(gaze, view, kept);
    } else {
        add_seen_projectiles(gaze, view, kept, others);
    }
}

/* ---- the rest ------------------------------------------------------------------------------------------ */

static void show_power_ups(const struct gaze *gaze, struct view *view)
{
    const struct world *world = gaze->scene->world;
    const struct map *map = world->map;
    int32_t top = gaze->is_all ? 0 : gaze->centre.y - RULES_INTEREST_HALF_HEIGHT;
    int32_t bottom = gaze->is_all ? INT32_MAX
                                  : q16_clamp(gaze->centre.y, 0, INT32_MAX - RULES_INTEREST_HALF_HEIGHT) +
                                        RULES_INTEREST_HALF_HEIGHT;
    for (uint32_t i = map_power_ups_from(map, top); i < map->power_up_count; i++) {
        struct vec2 position = map->power_ups[i].position;
        if (position.y > bottom) {
            return;
        }
        if (world->power_up_ticks[i] > 0 || !sees(gaze, position)) {
            continue;
        }
        if (view->power_up_count == view->limits.power_ups) {
            view->omitted++;
            continue;
        }
        view->power_ups[view->power_up_count++] = (struct view_power_up){(uint16_t)i};
    }
}

/* known: the scores stay as they are there. */
static void show_scores(const struct scene *scene, struct view *view, const struct view *known)
{
    if (known) {
        view->score_count = known->score_count;
        memory_copy(view->scores, known->scores, known->score_count * sizeof view->scores[0]);
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

void interest_view(struct view *out_view, const struct scene *scene, uint16_t viewer, const struct view *known,
                   uint32_t budget_bits)
{
    const struct world *world = scene->world;
    struct gaze gaze = {
        .scene = scene, .visibility = &open_sight, .now.bits = &open_bits, .ahead.bits = &open_bits, .viewer = viewer};
    REQUIRE(out_view != known && scene->tick == world->tick);
    view_clear(out_view);
    out_view->tick = world->tick;
    out_view->viewer = viewer;
    out_view->phase = world->phase;
    out_view->ticks_left = world_ticks_left(world);
    memory_copy(out_view->team_scores, world->team_scores, sizeof out_view->team_scores);
    bool board_is_told = !known || board_is_due(&scene->board, known, world->tick, viewer);
    out_view->board_tick = board_is_told ? world->tick : known->board_tick;
    if (out_view->limits.scores > 0) {
        show_scores(scene, out_view, board_is_told ? NULL : known);
    }
    if (viewer == VIEW_ALL) {
        look_everywhere(&gaze);
    } else if (world_has(world, viewer)) {
        out_view->has_self = true;
        out_view->self = world->players[viewer].actor;
        out_view->team = world->players[viewer].team;
        find_candidates(&gaze, out_view->self.position);
    } else {
        return;
    }
    show_players(&gaze, out_view, known, budget_bits);
    if (!world_is_over(world)) { /* nothing flies any more, and a client would go on flying it */
        show_projectiles(&gaze, out_view, known);
    }
    show_power_ups(&gaze, out_view);
}
