/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/memory.h"
#include "libcommon/game/snapshot_parts.h"

#define FLAG_BITS    6
#define AIM_COUNTS   (1 << (16 - VIEW_AIM_SHIFT))
#define POSITION_MAX ((uint32_t)(RULES_WORLD_MAX) << (16 - VIEW_POSITION_SHIFT))

/* In 1/16 unit a tick: the speed that nobody without, and with the power-up, goes beyond. */
#define TOP_COUNTS  (RULES_TOP_SPEED >> VIEW_VELOCITY_SHIFT)
#define FAST_COUNTS (TOP_COUNTS * 3 / 2)
#define TOP_MARGIN  4

static const struct view_player no_player;
static const struct view_score no_score;
static const struct view_power_up no_power_up;

/* ---- items: each against what the baseline has, or against nothing ------------------------------- */

/*
 * Where a player is who changed from one velocity (1/32 unit) to the other by equal steps: position in 1/8 unit. What
 * was quantised is half a count more on average.
 */
static uint32_t drifted(int32_t position, int32_t before, int32_t now, uint32_t age)
{
    if (before == 0 && now == 0) {
        return (uint32_t)position;
    }
    int64_t twice = (int64_t)age * (before + now) + (now - before);
    return (uint32_t)position + (uint32_t)((twice + age + 4) >> 3);
}

static int64_t square_of(int64_t value)
{
    return value * value;
}

static enum snapshot_flag velocity_flag(const struct view_player *player)
{
    int64_t square = square_of(player->velocity_x) + square_of(player->velocity_y);
    if (square == 0) {
        return FLAG_VELOCITY_REST;
    }
    int32_t top = player->flags & VIEW_SPEED ? FAST_COUNTS : TOP_COUNTS;
    bool is_top = square >= square_of(top - TOP_MARGIN) && square <= square_of(top + TOP_MARGIN);
    return is_top ? FLAG_VELOCITY_TOP : FLAG_VELOCITY_OTHER;
}

/* A change is positive where it makes that component greater than it was, whichever way it points. */
static int16_t code_velocity(struct snapshot_coder *coder, enum snapshot_row row, int16_t velocity, int16_t baseline)
{
    int32_t way = baseline < 0 ? -1 : 1;
    uint32_t change = snapshot_residual(coder, row, (uint32_t)((velocity - baseline) * way), 0, UINT32_MAX);
    return (int16_t)((uint32_t)baseline + change * (uint32_t)way);
}

/* Somebody accelerates by so much in all: what x took tells about y. */
static enum snapshot_row velocity_y_row(int32_t change_x)
{
    int32_t size = q16_abs(change_x);
    return size == 0 ? ROW_VELOCITY_Y_0 : size < 8 ? ROW_VELOCITY_Y_1 : size < 15 ? ROW_VELOCITY_Y_2 : ROW_VELOCITY_Y_3;
}

static int32_t code_place(struct snapshot_coder *coder, enum snapshot_row row, int32_t place, uint32_t expected)
{
    return (int32_t)snapshot_residual(coder, row, (uint32_t)place, expected, POSITION_MAX);
}

static enum snapshot_row position_row(bool is_changed, int16_t velocity)
{
    return is_changed ? ROW_POSITION_CHANGED : velocity == 0 ? ROW_POSITION_STILL : ROW_POSITION_STEADY;
}

static void code_player_motion(struct snapshot_coder *coder, const struct view_player *baseline,
                               struct view_player *player, const struct snapshot_span *span, bool is_new)
{
    bool is_changed =
        snapshot_flag(coder, velocity_flag(baseline),
                      player->velocity_x != baseline->velocity_x || player->velocity_y != baseline->velocity_y);
    if (is_changed) {
        player->velocity_x = code_velocity(coder, ROW_VELOCITY_X, player->velocity_x, baseline->velocity_x);
        enum snapshot_row row = velocity_y_row(player->velocity_x - baseline->velocity_x);
        player->velocity_y = code_velocity(coder, row, player->velocity_y, baseline->velocity_y);
    } else {
        player->velocity_x = baseline->velocity_x;
        player->velocity_y = baseline->velocity_y;
    }
    if (is_new) {
        player->x = code_place(coder, ROW_FAR, player->x, (uint32_t)span->centre.x);
        player->y = code_place(coder, ROW_FAR, player->y, (uint32_t)span->centre.y);
        return;
    }
    uint32_t x = drifted(baseline->x, baseline->velocity_x, player->velocity_x, span->age);
    uint32_t y = drifted(baseline->y, baseline->velocity_y, player->velocity_y, span->age);
    player->x = code_place(coder, position_row(is_changed, player->velocity_x), player->x, x);
    player->y = code_place(coder, position_row(is_changed, player->velocity_y), player->y, y);
}

static uint8_t code_changed(struct snapshot_coder *coder, enum snapshot_flag flag, uint8_t value, uint8_t baseline,
                            uint32_t bits, uint32_t max)
{
    if (!snapshot_flag(coder, flag, value != baseline)) {
        return baseline;
    }
    return (uint8_t)snapshot_bits(coder, value, bits, max);
}

static void code_player_condition(struct snapshot_coder *coder, const struct view_player *baseline,
                                  struct view_player *player)
{
    bool is_changed = player->weapon != baseline->weapon || player->health != baseline->health ||
                      player->flags != baseline->flags || player->team != baseline->team;
    if (!snapshot_flag(coder, FLAG_CONDITION, is_changed)) {
        player->weapon = baseline->weapon;
        player->health = baseline->health;
        player->flags = baseline->flags;
        player->team = baseline->team;
        return;
    }
    player->health = (uint8_t)snapshot_residual(coder, ROW_HEALTH, player->health, baseline->health, RULES_HEALTH);
    player->weapon =
        code_changed(coder, FLAG_WEAPON, player->weapon, baseline->weapon, SNAPSHOT_WEAPON_BITS, WEAPON_COUNT - 1);
    player->flags = code_changed(coder, FLAG_STATE, player->flags, baseline->flags, FLAG_BITS, VIEW_FLAGS);
    player->team = code_changed(coder, FLAG_TEAM, player->team, baseline->team, 8, UINT8_MAX);
}

static void code_player(struct snapshot_coder *coder, const void *baseline_item, void *item,
                        const struct snapshot_span *span, bool is_new)
{
    const struct view_player *baseline = baseline_item;
    struct view_player *player = item;
    code_player_motion(coder, baseline, player, span, is_new);
    int32_t turn = ((player->aim - baseline->aim + AIM_COUNTS / 2) & (AIM_COUNTS - 1)) - AIM_COUNTS / 2;
    turn = (int32_t)snapshot_residual(coder, ROW_AIM, (uint32_t)turn, 0, UINT32_MAX);
    player->aim = (uint16_t)(((uint32_t)baseline->aim + (uint32_t)turn) & (AIM_COUNTS - 1));
    code_player_condition(coder, baseline, player);
}

static bool scores_are_equal(const struct view_score *a, const struct view_score *b)
{
    return a->id == b->id && a->slot == b->slot && a->team == b->team && a->kills == b->kills &&
           a->deaths == b->deaths && a->assists == b->assists;
}

static uint16_t code_points(struct snapshot_coder *coder, uint16_t points, uint16_t baseline)
{
    return (uint16_t)snapshot_residual(coder, ROW_SCORE, points, baseline, UINT16_MAX);
}

static void code_score(struct snapshot_coder *coder, const void *baseline_item, void *item,
                       const struct snapshot_span *span, bool is_new)
{
    const struct view_score *baseline = baseline_item;
    struct view_score *score = item;
    (void)span;
    if (!is_new && !snapshot_flag(coder, FLAG_SCORE, !scores_are_equal(score, baseline))) {
        *score = *baseline;
        return;
    }
    if (snapshot_flag(coder, FLAG_SCORE_PLAYER, score->id != baseline->id || score->team != baseline->team)) {
        uint64_t low = snapshot_bits(coder, (uint32_t)score->id, 32, UINT32_MAX);
        uint64_t high = snapshot_bits(coder, (uint32_t)(score->id >> 32), 32, UINT32_MAX);
        score->id = low | high << 32;
        score->team = (uint8_t)snapshot_bits(coder, score->team, 8, UINT8_MAX);
    } else {
        score->id = baseline->id;
        score->team = baseline->team;
    }
    score->kills = code_points(coder, score->kills, baseline->kills);
    score->deaths = code_points(coder, score->deaths, baseline->deaths);
    score->assists = code_points(coder, score->assists, baseline->assists);
}

/* A power-up is its key: the map knows the rest. */
static void code_power_up(struct snapshot_coder *coder, const void *baseline_item, void *item,
                          const struct snapshot_span *span, bool is_new)
{
    (void)coder;
    (void)baseline_item;
    (void)item;
    (void)span;
    (void)is_new;
}

/* ---- lists: what stays, what comes, in the order of their keys ---------------------------------- */

typedef void code_item(struct snapshot_coder *coder, const void *baseline, void *item, const struct snapshot_span *span,
                       bool is_new);
typedef uint32_t key_of(const void *item);
typedef void set_key(void *item, uint32_t key);

struct list_kind {
    size_t item_size;
    const void *zero; /* what a new item is told against */
    key_of *key;
    set_key *set_key;
    code_item *code;
    enum snapshot_flag stays;
    uint32_t key_max;
};

struct list {
    uint8_t *items;
    uint32_t count;
    uint32_t capacity;
};

static uint32_t player_key(const void *item)
{
    return ((const struct view_player *)item)->slot;
}

static void player_set_key(void *item, uint32_t key)
{
    ((struct view_player *)item)->slot = (uint16_t)key;
}

static uint32_t score_key(const void *item)
{
    return ((const struct view_score *)item)->slot;
}

static void score_set_key(void *item, uint32_t key)
{
    ((struct view_score *)item)->slot = (uint16_t)key;
}

static uint32_t power_up_key(const void *item)
{
    return ((const struct view_power_up *)item)->index;
}

static void power_up_set_key(void *item, uint32_t key)
{
    ((struct view_power_up *)item)->index = (uint16_t)key;
}

static const struct list_kind players_kind = {
    sizeof(struct view_player), &no_player, player_key, player_set_key, code_player, FLAG_STAYS, RULES_PLAYERS_MAX - 1};
static const struct list_kind scores_kind = {
    sizeof(struct view_score), &no_score, score_key, score_set_key, code_score, FLAG_SCORE_STAYS,
    RULES_PLAYERS_MAX - 1};
static const struct list_kind power_ups_kind = {
    sizeof(struct view_power_up), &no_power_up,         power_up_key, power_up_set_key, code_power_up,
    FLAG_POWER_UP_STAYS,          MAP_POWER_UPS_MAX - 1};

#define ITEM_SIZE_MAX 64

static uint8_t *item_at(const struct list_kind *kind, const struct list *list, uint32_t index)
{
    return list->items + index * kind->item_size;
}

/* The place of key in a list, or where it would be. */
static uint32_t place_of(const struct list_kind *kind, const struct list *list, uint32_t key, bool *out_is_there)
{
    uint32_t low = 0;
    uint32_t high = list->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (kind->key(item_at(kind, list, middle)) < key) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *out_is_there = low < list->count && kind->key(item_at(kind, list, low)) == key;
    return low;
}

static void insert(struct snapshot_coder *coder, const struct list_kind *kind, struct list *list, const void *item)
{
    bool is_there;
    uint32_t place = place_of(kind, list, kind->key(item), &is_there);
    if (is_there || list->count == list->capacity) {
        range_fail(&coder->range, is_there ? STATUS_INVALID : STATUS_TOO_LARGE);
        return;
    }
    uint8_t *at = item_at(kind, list, place);
    memory_move(at + kind->item_size, at, (list->count - place) * kind->item_size);
    memory_copy(at, item, kind->item_size);
    list->count++;
}

static void write_list(struct snapshot_coder *coder, const struct list_kind *kind, const struct list *baseline,
                       const struct list *list, const struct snapshot_span *span)
{
    _Alignas(16) uint8_t item[ITEM_SIZE_MAX];
    uint32_t kept = 0;
    uint32_t cursor = 0;
    uint32_t previous = 0;
    for (uint32_t i = 0; i < baseline->count; i++) {
        const uint8_t *old = item_at(kind, baseline, i);
        previous = kind->key(old);
        while (cursor < list->count && kind->key(item_at(kind, list, cursor)) < previous) {
            cursor++;
        }
        bool is_kept = cursor < list->count && kind->key(item_at(kind, list, cursor)) == previous;
        if (snapshot_flag(coder, kind->stays, is_kept)) {
            memory_copy(item, item_at(kind, list, cursor), kind->item_size);
            kind->code(coder, old, item, span, false);
            kept++;
        }
    }
    (void)snapshot_number(coder, ROW_COUNT, list->count - kept, UINT16_MAX);
    cursor = 0;
    for (uint32_t i = 0; i < list->count; i++) {
        const uint8_t *current = item_at(kind, list, i);
        uint32_t key = kind->key(current);
        while (cursor < baseline->count && kind->key(item_at(kind, baseline, cursor)) < key) {
            cursor++;
        }
        if (cursor < baseline->count && kind->key(item_at(kind, baseline, cursor)) == key) {
            continue;
        }
        (void)snapshot_residual(coder, ROW_SLOT, key, previous, kind->key_max);
        previous = key;
        memory_copy(item, current, kind->item_size);
        kind->code(coder, kind->zero, item, span, true);
    }
}

static void read_list(struct snapshot_coder *coder, const struct list_kind *kind, const struct list *baseline,
                      struct list *list, const struct snapshot_span *span)
{
    _Alignas(16) uint8_t item[ITEM_SIZE_MAX];
    uint32_t previous = 0;
    for (uint32_t i = 0; i < baseline->count && range_is_sound(&coder->range); i++) {
        const uint8_t *old = item_at(kind, baseline, i);
        previous = kind->key(old);
        if (!snapshot_flag(coder, kind->stays, false)) {
            continue;
        }
        memory_copy(item, old, kind->item_size);
        kind->code(coder, old, item, span, false);
        insert(coder, kind, list, item);
    }
    uint32_t count = snapshot_number(coder, ROW_COUNT, 0, UINT16_MAX);
    for (uint32_t i = 0; i < count && range_is_sound(&coder->range); i++) {
        uint32_t key = snapshot_residual(coder, ROW_SLOT, 0, previous, kind->key_max);
        previous = key;
        memory_copy(item, kind->zero, kind->item_size);
        kind->set_key(item, key);
        kind->code(coder, kind->zero, item, span, true);
        insert(coder, kind, list, item);
    }
}

static void code_list(struct snapshot_coder *coder, const struct list_kind *kind, const struct list *baseline,
                      struct list *list, const struct snapshot_span *span)
{
    if (coder->range.is_reading) {
        list->count = 0;
        read_list(coder, kind, baseline, list, span);
    } else {
        write_list(coder, kind, baseline, list, span);
    }
}

static bool scores_are_steady(const struct view *baseline, const struct view *view)
{
    if (view->score_count != baseline->score_count) {
        return false;
    }
    for (uint32_t i = 0; i < view->score_count; i++) {
        if (!scores_are_equal(&view->scores[i], &baseline->scores[i])) {
            return false;
        }
    }
    return true;
}

/* Most ticks nobody scores: one bit says so for all. */
static void code_scores(struct snapshot_coder *coder, const struct view *baseline, struct view *view,
                        const struct snapshot_span *span)
{
    if (snapshot_flag(coder, FLAG_SCORES, coder->range.is_reading || !scores_are_steady(baseline, view))) {
        struct list old_scores = {(uint8_t *)baseline->scores, baseline->score_count, 0};
        struct list scores = {(uint8_t *)view->scores, view->score_count, view->limits.scores};
        code_list(coder, &scores_kind, &old_scores, &scores, span);
        view->score_count = scores.count;
    } else if (coder->range.is_reading) {
        if (baseline->score_count > view->limits.scores) {
            range_fail(&coder->range, STATUS_TOO_LARGE);
            return;
        }
        memory_copy(view->scores, baseline->scores, baseline->score_count * sizeof view->scores[0]);
        view->score_count = baseline->score_count;
    }
}

/* As scores: seldom does one come or go. */
static void code_power_ups(struct snapshot_coder *coder, const struct view *baseline, struct view *view,
                           const struct snapshot_span *span)
{
    bool is_steady =
        view->power_up_count == baseline->power_up_count &&
        memory_equal(view->power_ups, baseline->power_ups, view->power_up_count * sizeof view->power_ups[0]);
    if (snapshot_flag(coder, FLAG_POWER_UPS, !is_steady)) {
        struct list old_power_ups = {(uint8_t *)baseline->power_ups, baseline->power_up_count, 0};
        struct list power_ups = {(uint8_t *)view->power_ups, view->power_up_count, view->limits.power_ups};
        code_list(coder, &power_ups_kind, &old_power_ups, &power_ups, span);
        view->power_up_count = power_ups.count;
    } else if (coder->range.is_reading) {
        if (baseline->power_up_count > view->limits.power_ups) {
            range_fail(&coder->range, STATUS_TOO_LARGE);
            return;
        }
        memory_copy(view->power_ups, baseline->power_ups, baseline->power_up_count * sizeof view->power_ups[0]);
        view->power_up_count = baseline->power_up_count;
    }
}

void snapshot_code_lists(struct snapshot_coder *coder, const struct view *baseline, struct view *view,
                         const struct snapshot_span *span)
{
    struct list old_players = {(uint8_t *)baseline->players, baseline->player_count, 0};
    struct list players = {(uint8_t *)view->players, view->player_count, view->limits.players};
    code_list(coder, &players_kind, &old_players, &players, span);
    view->player_count = players.count;

    code_power_ups(coder, baseline, view, span);
    code_scores(coder, baseline, view, span);
}
