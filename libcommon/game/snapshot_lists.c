/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/memory.h"
#include "libcommon/game/snapshot_parts.h"

#define HEALTH_BITS  7
#define FLAG_BITS    6
#define AIM_COUNTS   1024u
#define POSITION_MAX ((uint32_t)(RULES_WORLD_MAX) << (16 - VIEW_POSITION_SHIFT))

#define COUNT_ORDER        0
#define ID_ORDER           3
#define INDEX_ORDER        0
#define POSITION_ORDER     0
#define FAR_POSITION_ORDER 12
#define VELOCITY_ORDER     2
#define AIM_ORDER          1

static const struct view_player no_player;
static const struct view_projectile no_projectile;
static const struct view_score no_score;
static const struct view_power_up no_power_up;

/* ---- items: each against what the baseline has, or against nothing ------------------------------- */

/* Velocities count 1/32 unit, positions 1/8. */
static uint32_t drifted(int32_t position, int32_t velocity, uint32_t age)
{
    return (uint32_t)position + (uint32_t)(((int64_t)velocity * age + 2) >> 2);
}

static void code_player_motion(struct coder *coder, const struct view_player *baseline, struct view_player *player,
                               uint32_t age, bool is_new)
{
    uint32_t order = is_new ? FAR_POSITION_ORDER : POSITION_ORDER;
    uint32_t vx = (uint32_t)(int32_t)baseline->velocity_x;
    uint32_t vy = (uint32_t)(int32_t)baseline->velocity_y;
    if (coder_flag(coder, player->velocity_x != baseline->velocity_x || player->velocity_y != baseline->velocity_y)) {
        vx = coder_residual(coder, (uint32_t)(int32_t)player->velocity_x, vx, VELOCITY_ORDER);
        vy = coder_residual(coder, (uint32_t)(int32_t)player->velocity_y, vy, VELOCITY_ORDER);
    }
    player->velocity_x = (int16_t)vx;
    player->velocity_y = (int16_t)vy;
    uint32_t x = drifted(baseline->x, player->velocity_x, age);
    uint32_t y = drifted(baseline->y, player->velocity_y, age);
    player->x = (int32_t)coder_residual_max(coder, (uint32_t)player->x, x, order, POSITION_MAX);
    player->y = (int32_t)coder_residual_max(coder, (uint32_t)player->y, y, order, POSITION_MAX);
}

static void code_player(struct coder *coder, const void *baseline_item, void *item, struct snapshot_span span,
                        bool is_new)
{
    const struct view_player *baseline = baseline_item;
    struct view_player *player = item;
    code_player_motion(coder, baseline, player, span.age, is_new);
    int32_t turn =
        (int32_t)((player->aim - baseline->aim + AIM_COUNTS / 2) & (AIM_COUNTS - 1)) - (int32_t)AIM_COUNTS / 2;
    turn = (int32_t)coder_residual(coder, (uint32_t)turn, 0, AIM_ORDER);
    player->aim = (uint16_t)((baseline->aim + (uint32_t)turn) & (AIM_COUNTS - 1));
    bool is_other = coder_flag(coder, player->weapon != baseline->weapon || player->health != baseline->health ||
                                          player->flags != baseline->flags || player->team != baseline->team);
    if (!is_other) {
        player->weapon = baseline->weapon;
        player->health = baseline->health;
        player->flags = baseline->flags;
        player->team = baseline->team;
        return;
    }
    player->weapon = (uint8_t)coder_bits_max(coder, player->weapon, SNAPSHOT_WEAPON_BITS, WEAPON_COUNT - 1);
    player->health = (uint8_t)coder_bits_max(coder, player->health, HEALTH_BITS, RULES_HEALTH);
    player->flags = (uint8_t)coder_bits(coder, player->flags, FLAG_BITS);
    if (coder_flag(coder, player->team != baseline->team)) {
        player->team = (uint8_t)coder_bits(coder, player->team, 8);
    } else {
        player->team = baseline->team;
    }
}

/* A projectile never changes: one that stays costs nothing more. */
static void code_projectile(struct coder *coder, const void *baseline_item, void *item, struct snapshot_span span,
                            bool is_new)
{
    struct view_projectile *projectile = item;
    if (!is_new) {
        *projectile = *(const struct view_projectile *)baseline_item;
        return;
    }
    projectile->spawn_tick = span.tick - coder_golomb_max(coder, span.tick - projectile->spawn_tick, 0, UINT8_MAX);
    projectile->x = (int32_t)coder_golomb_max(coder, (uint32_t)projectile->x, FAR_POSITION_ORDER, POSITION_MAX);
    projectile->y = (int32_t)coder_golomb_max(coder, (uint32_t)projectile->y, FAR_POSITION_ORDER, POSITION_MAX);
    projectile->angle = (uint16_t)coder_bits(coder, projectile->angle, 16);
    projectile->weapon = (uint8_t)coder_bits_max(coder, projectile->weapon, SNAPSHOT_WEAPON_BITS, WEAPON_COUNT - 1);
    projectile->is_own = coder_flag(coder, projectile->is_own);
    if (coder_is_reading(coder) && !rules_weapon_is_real(projectile->weapon)) {
        bit_reader_fail(coder->reader, STATUS_INVALID);
    }
}

static bool scores_are_equal(const struct view_score *a, const struct view_score *b)
{
    return a->id == b->id && a->slot == b->slot && a->team == b->team && a->kills == b->kills &&
           a->deaths == b->deaths && a->assists == b->assists;
}

static void code_score(struct coder *coder, const void *baseline_item, void *item, struct snapshot_span span,
                       bool is_new)
{
    const struct view_score *baseline = baseline_item;
    struct view_score *score = item;
    (void)span;
    if (!is_new && !coder_flag(coder, !scores_are_equal(score, baseline))) {
        *score = *baseline;
        return;
    }
    if (coder_flag(coder, score->id != baseline->id || score->team != baseline->team)) {
        score->id = coder_u64(coder, score->id);
        score->team = (uint8_t)coder_bits(coder, score->team, 8);
    } else {
        score->id = baseline->id;
        score->team = baseline->team;
    }
    score->kills = (uint16_t)coder_residual_max(coder, score->kills, baseline->kills, SNAPSHOT_SCORE_ORDER, UINT16_MAX);
    score->deaths =
        (uint16_t)coder_residual_max(coder, score->deaths, baseline->deaths, SNAPSHOT_SCORE_ORDER, UINT16_MAX);
    score->assists =
        (uint16_t)coder_residual_max(coder, score->assists, baseline->assists, SNAPSHOT_SCORE_ORDER, UINT16_MAX);
}

/* A power-up is its key: the map knows the rest. */
static void code_power_up(struct coder *coder, const void *baseline_item, void *item, struct snapshot_span span,
                          bool is_new)
{
    (void)coder;
    (void)baseline_item;
    (void)item;
    (void)span;
    (void)is_new;
}

/* ---- lists: what stays, what comes, in the order of their keys ---------------------------------- */

typedef void code_item(struct coder *coder, const void *baseline, void *item, struct snapshot_span span, bool is_new);
typedef uint32_t key_of(const void *item);
typedef void set_key(void *item, uint32_t key);

struct list_kind {
    size_t item_size;
    const void *zero; /* what a new item is told against */
    key_of *key;
    set_key *set_key;
    code_item *code;
    uint32_t key_max;
    uint32_t key_order;
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

static uint32_t projectile_key(const void *item)
{
    return ((const struct view_projectile *)item)->id;
}

static void projectile_set_key(void *item, uint32_t key)
{
    ((struct view_projectile *)item)->id = key;
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
    sizeof(struct view_player), &no_player,         player_key, player_set_key, code_player,
    RULES_PLAYERS_MAX - 1,      SNAPSHOT_SLOT_ORDER};
static const struct list_kind projectiles_kind = {sizeof(struct view_projectile),
                                                  &no_projectile,
                                                  projectile_key,
                                                  projectile_set_key,
                                                  code_projectile,
                                                  UINT32_MAX,
                                                  ID_ORDER};
static const struct list_kind scores_kind = {
    sizeof(struct view_score), &no_score,          score_key, score_set_key, code_score,
    RULES_PLAYERS_MAX - 1,     SNAPSHOT_SLOT_ORDER};

static const struct list_kind power_ups_kind = {
    sizeof(struct view_power_up), &no_power_up, power_up_key, power_up_set_key, code_power_up,
    MAP_POWER_UPS_MAX - 1,        INDEX_ORDER};

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

static void insert(struct coder *coder, const struct list_kind *kind, struct list *list, const void *item)
{
    bool is_there;
    uint32_t place = place_of(kind, list, kind->key(item), &is_there);
    if (is_there || list->count == list->capacity) {
        bit_reader_fail(coder->reader, is_there ? STATUS_INVALID : STATUS_TOO_LARGE);
        return;
    }
    uint8_t *at = item_at(kind, list, place);
    memory_move(at + kind->item_size, at, (list->count - place) * kind->item_size);
    memory_copy(at, item, kind->item_size);
    list->count++;
}

static void write_list(struct coder *coder, const struct list_kind *kind, const struct list *baseline,
                       const struct list *list, struct snapshot_span span)
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
        if (coder_flag(coder, is_kept)) {
            memory_copy(item, item_at(kind, list, cursor), kind->item_size);
            kind->code(coder, old, item, span, false);
            kept++;
        }
    }
    (void)coder_golomb(coder, list->count - kept, COUNT_ORDER);
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
        (void)coder_residual(coder, key, previous, kind->key_order);
        previous = key;
        memory_copy(item, current, kind->item_size);
        kind->code(coder, kind->zero, item, span, true);
    }
}

static void read_list(struct coder *coder, const struct list_kind *kind, const struct list *baseline, struct list *list,
                      struct snapshot_span span)
{
    _Alignas(16) uint8_t item[ITEM_SIZE_MAX];
    uint32_t previous = 0;
    for (uint32_t i = 0; i < baseline->count && coder_is_sound(coder); i++) {
        const uint8_t *old = item_at(kind, baseline, i);
        previous = kind->key(old);
        if (!coder_flag(coder, false)) {
            continue;
        }
        memory_copy(item, old, kind->item_size);
        kind->code(coder, old, item, span, false);
        insert(coder, kind, list, item);
    }
    uint32_t count = coder_golomb_max(coder, 0, COUNT_ORDER, UINT16_MAX);
    for (uint32_t i = 0; i < count && coder_is_sound(coder); i++) {
        uint32_t key = coder_residual_max(coder, 0, previous, kind->key_order, kind->key_max);
        previous = key;
        memory_copy(item, kind->zero, kind->item_size);
        kind->set_key(item, key);
        kind->code(coder, kind->zero, item, span, true);
        insert(coder, kind, list, item);
    }
}

static void code_list(struct coder *coder, const struct list_kind *kind, const struct list *baseline, struct list *list,
                      struct snapshot_span span)
{
    if (coder_is_reading(coder)) {
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
static void code_scores(struct coder *coder, const struct view *baseline, struct view *view, struct snapshot_span span)
{
    if (coder_flag(coder, coder_is_reading(coder) || !scores_are_steady(baseline, view))) {
        struct list old_scores = {(uint8_t *)baseline->scores, baseline->score_count, 0};
        struct list scores = {(uint8_t *)view->scores, view->score_count, view->limits.scores};
        code_list(coder, &scores_kind, &old_scores, &scores, span);
        view->score_count = scores.count;
    } else if (coder_is_reading(coder)) {
        if (baseline->score_count > view->limits.scores) {
            bit_reader_fail(coder->reader, STATUS_TOO_LARGE);
            return;
        }
        memory_copy(view->scores, baseline->scores, baseline->score_count * sizeof view->scores[0]);
        view->score_count = baseline->score_count;
    }
}

/* As scores: seldom does one come or go. */
static void code_power_ups(struct coder *coder, const struct view *baseline, struct view *view,
                           struct snapshot_span span)
{
    bool is_steady =
        view->power_up_count == baseline->power_up_count &&
        memory_equal(view->power_ups, baseline->power_ups, view->power_up_count * sizeof view->power_ups[0]);
    if (coder_flag(coder, !is_steady)) {
        struct list old_power_ups = {(uint8_t *)baseline->power_ups, baseline->power_up_count, 0};
        struct list power_ups = {(uint8_t *)view->power_ups, view->power_up_count, view->limits.power_ups};
        code_list(coder, &power_ups_kind, &old_power_ups, &power_ups, span);
        view->power_up_count = power_ups.count;
    } else if (coder_is_reading(coder)) {
        if (baseline->power_up_count > view->limits.power_ups) {
            bit_reader_fail(coder->reader, STATUS_TOO_LARGE);
            return;
        }
        memory_copy(view->power_ups, baseline->power_ups, baseline->power_up_count * sizeof view->power_ups[0]);
        view->power_up_count = baseline->power_up_count;
    }
}

void snapshot_code_lists(struct coder *coder, const struct view *baseline, struct view *view, struct snapshot_span span)
{
    struct list old_players = {(uint8_t *)baseline->players, baseline->player_count, 0};
    struct list players = {(uint8_t *)view->players, view->player_count, view->limits.players};
    code_list(coder, &players_kind, &old_players, &players, span);
    view->player_count = players.count;

    struct list old_projectiles = {(uint8_t *)baseline->projectiles, baseline->projectile_count, 0};
    struct list projectiles = {(uint8_t *)view->projectiles, view->projectile_count, view->limits.projectiles};
    code_list(coder, &projectiles_kind, &old_projectiles, &projectiles, span);
    view->projectile_count = projectiles.count;

    code_power_ups(coder, baseline, view, span);
    code_scores(coder, baseline, view, span);
}
