/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/snapshot.h"

#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"
#include "libcommon/game/coder.h"

#define CHECK_BITS   24
#define EVENT_BITS   4
#define WEAPON_BITS  3
#define PHASE_BITS   2
#define HEALTH_BITS  7
#define AIM_COUNTS   1024u
#define POSITION_MAX ((uint32_t)(RULES_WORLD_MAX) << (16 - VIEW_POSITION_SHIFT))

/* Exp-Golomb orders: chosen so that the usual case of each field is short. */
#define SCORE_ORDER        0
#define COUNT_ORDER        0
#define SLOT_ORDER         2
#define ID_ORDER           3
#define POSITION_ORDER     0
#define FAR_POSITION_ORDER 12
#define VELOCITY_ORDER     2
#define EXACT_ORDER        13
#define AIM_ORDER          3
#define EXACT_AIM_ORDER    8
#define TICKS_ORDER        2
#define HEALTH_ORDER       3

/* The tick told of and how long ago the baseline was. */
struct span {
    uint32_t tick;
    uint32_t age;
};

static const struct actor no_actor;
static const struct view_player no_player;
static const struct view_projectile no_projectile;
static const struct view_score no_score;
static const struct view empty_view = {.viewer = VIEW_ALL};

/* ---- single things: each against what the baseline has, age ticks ago --------------------------- */

static uint32_t counted_down(uint32_t ticks, uint32_t age)
{
    return ticks > age ? ticks - age : 0;
}

static void code_ticks(struct coder *coder, uint16_t *ticks, uint16_t baseline, uint32_t age)
{
    *ticks = (uint16_t)coder_residual_max(coder, *ticks, counted_down(baseline, age), TICKS_ORDER, UINT16_MAX);
}

static uint32_t moved(int32_t position, int32_t velocity, uint32_t age)
{
    return (uint32_t)position + (uint32_t)velocity * age;
}

static void code_exact_motion(struct coder *coder, const struct actor *baseline, struct actor *self, uint32_t age)
{
    struct vec2 v = self->velocity;
    v.x = (int32_t)coder_residual(coder, (uint32_t)v.x, (uint32_t)baseline->velocity.x, EXACT_ORDER);
    v.y = (int32_t)coder_residual(coder, (uint32_t)v.y, (uint32_t)baseline->velocity.y, EXACT_ORDER);
    bool is_moved = coder_flag(coder, (uint32_t)self->position.x != moved(baseline->position.x, v.x, age) ||
                                          (uint32_t)self->position.y != moved(baseline->position.y, v.y, age));
    struct vec2 p = {(int32_t)moved(baseline->position.x, v.x, age), (int32_t)moved(baseline->position.y, v.y, age)};
    if (is_moved) {
        p.x = (int32_t)coder_residual(coder, (uint32_t)self->position.x, (uint32_t)p.x, EXACT_ORDER);
        p.y = (int32_t)coder_residual(coder, (uint32_t)self->position.y, (uint32_t)p.y, EXACT_ORDER);
    }
    self->velocity = v;
    self->position = p;
}

static bool exact_motion_is_steady(const struct actor *baseline, const struct actor *self, uint32_t age)
{
    return self->velocity.x == baseline->velocity.x && self->velocity.y == baseline->velocity.y &&
           (uint32_t)self->position.x == moved(baseline->position.x, baseline->velocity.x, age) &&
           (uint32_t)self->position.y == moved(baseline->position.y, baseline->velocity.y, age);
}

static bool condition_is_steady(const struct actor *baseline, const struct actor *self, uint32_t age)
{
    return self->state == baseline->state && self->weapon == baseline->weapon && self->health == baseline->health &&
           memory_equal(self->ammunition, baseline->ammunition, sizeof self->ammunition) &&
           self->cooldown_ticks == counted_down(baseline->cooldown_ticks, age) &&
           self->reload_ticks == counted_down(baseline->reload_ticks, age) &&
           self->protection_ticks == counted_down(baseline->protection_ticks, age) &&
           self->respawn_ticks == counted_down(baseline->respawn_ticks, age);
}

static void code_condition(struct coder *coder, const struct actor *baseline, struct actor *self, uint32_t age)
{
    self->state = (uint8_t)coder_bits_max(coder, self->state, 1, ACTOR_STATE_COUNT - 1);
    self->weapon = (uint8_t)coder_bits_max(coder, self->weapon, WEAPON_BITS, WEAPON_COUNT - 1);
    self->health = (uint8_t)coder_residual_max(coder, self->health, baseline->health, HEALTH_ORDER, RULES_HEALTH);
    for (uint32_t i = WEAPON_RIFLE; i < WEAPON_COUNT; i++) {
        self->ammunition[i] =
            (uint8_t)coder_residual_max(coder, self->ammunition[i], baseline->ammunition[i], 0, UINT8_MAX);
    }
    code_ticks(coder, &self->cooldown_ticks, baseline->cooldown_ticks, age);
    code_ticks(coder, &self->reload_ticks, baseline->reload_ticks, age);
    code_ticks(coder, &self->protection_ticks, baseline->protection_ticks, age);
    code_ticks(coder, &self->respawn_ticks, baseline->respawn_ticks, age);
}

static void set_steady_condition(const struct actor *baseline, struct actor *self, uint32_t age)
{
    self->state = baseline->state;
    self->weapon = baseline->weapon;
    self->health = baseline->health;
    memory_copy(self->ammunition, baseline->ammunition, sizeof self->ammunition);
    self->cooldown_ticks = (uint16_t)counted_down(baseline->cooldown_ticks, age);
    self->reload_ticks = (uint16_t)counted_down(baseline->reload_ticks, age);
    self->protection_ticks = (uint16_t)counted_down(baseline->protection_ticks, age);
    self->respawn_ticks = (uint16_t)counted_down(baseline->respawn_ticks, age);
}

static void code_self(struct coder *coder, const struct actor *baseline, struct actor *self, uint32_t age)
{
    if (coder_flag(coder, !exact_motion_is_steady(baseline, self, age))) {
        code_exact_motion(coder, baseline, self, age);
    } else {
        self->velocity = baseline->velocity;
        self->position.x = (int32_t)moved(baseline->position.x, baseline->velocity.x, age);
        self->position.y = (int32_t)moved(baseline->position.y, baseline->velocity.y, age);
    }
    int16_t turn = (int16_t)(uint16_t)(self->aim - baseline->aim);
    turn = (int16_t)coder_residual(coder, (uint32_t)turn, 0, EXACT_AIM_ORDER - 6);
    self->aim = (uint16_t)(baseline->aim + turn);
    if (coder_flag(coder, !condition_is_steady(baseline, self, age))) {
        code_condition(coder, baseline, self, age);
    } else {
        set_steady_condition(baseline, self, age);
    }
}

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

static void code_player(struct coder *coder, const void *baseline_item, void *item, struct span span, bool is_new)
{
    const struct view_player *baseline = baseline_item;
    struct view_player *player = item;
    code_player_motion(coder, baseline, player, span.age, is_new);
    int32_t turn =
        (int32_t)((player->aim - baseline->aim + AIM_COUNTS / 2) & (AIM_COUNTS - 1)) - (int32_t)AIM_COUNTS / 2;
    turn = (int32_t)coder_residual(coder, (uint32_t)turn, 0, AIM_ORDER - 2);
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
    player->weapon = (uint8_t)coder_bits_max(coder, player->weapon, WEAPON_BITS, WEAPON_COUNT - 1);
    player->health = (uint8_t)coder_bits_max(coder, player->health, HEALTH_BITS, RULES_HEALTH);
    player->flags = (uint8_t)coder_bits(coder, player->flags, 2);
    if (coder_flag(coder, player->team != baseline->team)) {
        player->team = (uint8_t)coder_bits(coder, player->team, 8);
    } else {
        player->team = baseline->team;
    }
}

/* A projectile never changes: one that stays costs nothing more. */
static void code_projectile(struct coder *coder, const void *baseline_item, void *item, struct span span, bool is_new)
{
    struct view_projectile *projectile = item;
    if (!is_new) {
        uint32_t id = projectile->id;
        *projectile = *(const struct view_projectile *)baseline_item;
        projectile->id = id;
        return;
    }
    projectile->spawn_tick = span.tick - coder_golomb_max(coder, span.tick - projectile->spawn_tick, 0, UINT8_MAX);
    projectile->x = (int32_t)coder_golomb_max(coder, (uint32_t)projectile->x, FAR_POSITION_ORDER, POSITION_MAX);
    projectile->y = (int32_t)coder_golomb_max(coder, (uint32_t)projectile->y, FAR_POSITION_ORDER, POSITION_MAX);
    projectile->angle = (uint16_t)coder_bits(coder, projectile->angle, 16);
    projectile->weapon = (uint8_t)coder_bits_max(coder, projectile->weapon, WEAPON_BITS, WEAPON_COUNT - 1);
    projectile->is_own = coder_flag(coder, projectile->is_own);
    if (coder_is_reading(coder) && !rules_weapon_is_real(projectile->weapon)) {
        bit_reader_fail(coder->reader, STATUS_INVALID);
    }
}

static void code_score(struct coder *coder, const void *baseline_item, void *item, struct span span, bool is_new)
{
    const struct view_score *baseline = baseline_item;
    struct view_score *score = item;
    (void)span;
    bool is_same = score->id == baseline->id && score->team == baseline->team && score->kills == baseline->kills &&
                   score->deaths == baseline->deaths && score->assists == baseline->assists;
    if (!is_new && !coder_flag(coder, !is_same)) {
        uint16_t slot = score->slot;
        *score = *baseline;
        score->slot = slot;
        return;
    }
    if (coder_flag(coder, score->id != baseline->id || score->team != baseline->team)) {
        score->id = coder_u64(coder, score->id);
        score->team = (uint8_t)coder_bits(coder, score->team, 8);
    } else {
        score->id = baseline->id;
        score->team = baseline->team;
    }
    score->kills = (uint16_t)coder_residual_max(coder, score->kills, baseline->kills, SCORE_ORDER, UINT16_MAX);
    score->deaths = (uint16_t)coder_residual_max(coder, score->deaths, baseline->deaths, SCORE_ORDER, UINT16_MAX);
    score->assists = (uint16_t)coder_residual_max(coder, score->assists, baseline->assists, SCORE_ORDER, UINT16_MAX);
}

/* ---- lists: what stays, what comes, in the order of their keys ---------------------------------- */

typedef void code_item(struct coder *coder, const void *baseline, void *item, struct span span, bool is_new);
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

static const struct list_kind players_kind = {
    sizeof(struct view_player), &no_player, player_key, player_set_key, code_player, RULES_PLAYERS_MAX - 1, SLOT_ORDER};
static const struct list_kind projectiles_kind = {sizeof(struct view_projectile),
                                                  &no_projectile,
                                                  projectile_key,
                                                  projectile_set_key,
                                                  code_projectile,
                                                  UINT32_MAX,
                                                  ID_ORDER};
static const struct list_kind scores_kind = {sizeof(struct view_score), &no_score, score_key, score_set_key, code_score,
                                             RULES_PLAYERS_MAX - 1,     SLOT_ORDER};

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
                       const struct list *list, struct span span)
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
                      struct span span)
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
                      struct span span)
{
    if (coder_is_reading(coder)) {
        list->count = 0;
        read_list(coder, kind, baseline, list, span);
    } else {
        write_list(coder, kind, baseline, list, span);
    }
}

/* ---- events -------------------------------------------------------------------------------------- */

enum event_part { PART_SUBJECT = 1, PART_OTHER = 2, PART_WEAPON = 4, PART_VALUE = 8 };

static const uint8_t event_parts[EVENT_KIND_COUNT] = {
    [EVENT_JOINED] = PART_SUBJECT | PART_VALUE,
    [EVENT_LEFT] = PART_SUBJECT,
    [EVENT_PHASE] = PART_VALUE,
    [EVENT_FIRED] = PART_SUBJECT | PART_WEAPON,
    [EVENT_HIT] = PART_SUBJECT | PART_OTHER | PART_WEAPON | PART_VALUE,
    [EVENT_DEATH] = PART_SUBJECT | PART_OTHER | PART_WEAPON,
    [EVENT_RESPAWN] = PART_SUBJECT,
    [EVENT_SCORE] = PART_SUBJECT | PART_OTHER | PART_VALUE,
};

static uint16_t code_slot(struct coder *coder, uint16_t slot)
{
    if (!coder_flag(coder, slot != RULES_SLOT_NONE)) {
        return RULES_SLOT_NONE;
    }
    return (uint16_t)coder_golomb_max(coder, slot, SLOT_ORDER + 1, RULES_PLAYERS_MAX - 1);
}

static void code_event(struct coder *coder, uint32_t tick, struct event *event, struct hash *hash)
{
    event->kind = (uint8_t)coder_bits_max(coder, event->kind, EVENT_BITS, EVENT_KIND_COUNT - 1);
    event->tick = tick - coder_golomb_max(coder, tick - event->tick, 0, SNAPSHOT_EVENT_TICKS_MAX);
    uint8_t parts = event_parts[event->kind];
    event->subject = parts & PART_SUBJECT ? code_slot(coder, event->subject) : RULES_SLOT_NONE;
    event->other = parts & PART_OTHER ? code_slot(coder, event->other) : RULES_SLOT_NONE;
    event->weapon = WEAPON_NONE;
    if (parts & PART_WEAPON) {
        event->weapon = (uint8_t)coder_bits_max(coder, event->weapon, WEAPON_BITS, WEAPON_COUNT - 1);
    }
    event->value = parts & PART_VALUE ? (uint16_t)coder_golomb_max(coder, event->value, 3, UINT16_MAX) : 0;
    hash_pair(hash, event->tick, event->kind | (uint32_t)event->weapon << 8 | (uint32_t)event->value << 16);
    hash_pair(hash, event->subject, event->other);
}

static bool is_in_sight(const struct view *view, uint16_t slot)
{
    return view->viewer == VIEW_ALL || slot == view->viewer || view_find_player(view, slot);
}

/* Answers whether this viewer may hear of it, and takes away what it may not know. */
static bool admit(const struct view *view, struct event *event)
{
    switch (event->kind) {
    case EVENT_FIRED:
        return false; /* the projectile that enters says it */
    case EVENT_RESPAWN:
        return is_in_sight(view, event->subject);
    case EVENT_HIT:
        if (event->other != view->viewer && !is_in_sight(view, event->subject)) {
            return false;
        }
        if (!is_in_sight(view, event->other)) {
            event->other = RULES_SLOT_NONE;
        }
        return true;
    default:
        return true;
    }
}

static void write_events(struct coder *coder, const struct snapshot_source *source, struct hash *hash)
{
    const struct view *view = source->current;
    uint32_t end = source->events ? source->events->count : 0;
    uint32_t first = source->events ? event_history_after(source->events, source->events_after) : 0;
    for (uint32_t i = first; i < end; i++) {
        struct event event = *event_history_at(source->events, i);
        if (event.tick > view->tick || view->tick - event.tick > SNAPSHOT_EVENT_TICKS_MAX || !admit(view, &event)) {
            continue;
        }
        (void)coder_flag(coder, true);
        code_event(coder, view->tick, &event, hash);
    }
    (void)coder_flag(coder, false);
}

static void read_events(struct coder *coder, struct view *view, struct hash *hash)
{
    view->event_count = 0;
    while (coder_is_sound(coder) && coder_flag(coder, false)) {
        if (view->event_count == view->limits.events) {
            bit_reader_fail(coder->reader, STATUS_TOO_LARGE);
            return;
        }
        struct event event = {0};
        code_event(coder, view->tick, &event, hash);
        view->events[view->event_count++] = event;
    }
}

/* ---- the whole ----------------------------------------------------------------------------------- */

static void code_head(struct coder *coder, struct snapshot_info *info)
{
    info->is_keyframe = coder_flag(coder, info->is_keyframe);
    info->tick = coder_bits(coder, info->tick, 32);
    uint32_t age = 0;
    if (!info->is_keyframe) {
        age = 1 + coder_golomb_max(coder, info->tick - info->baseline_tick - 1, 0, UINT16_MAX);
    }
    info->baseline_tick = info->is_keyframe ? 0 : info->tick - age;
}

static uint32_t expected_ticks_left(const struct view *baseline, uint32_t age)
{
    return baseline->phase == WORLD_PLAY ? counted_down(baseline->ticks_left, age) : baseline->ticks_left;
}

static void code_match(struct coder *coder, const struct view *baseline, struct view *view, uint32_t age)
{
    uint32_t ticks_left = expected_ticks_left(baseline, age);
    bool is_steady = view->phase == baseline->phase && view->ticks_left == ticks_left &&
                     view->viewer == baseline->viewer &&
                     memory_equal(view->team_scores, baseline->team_scores, sizeof view->team_scores);
    if (coder_flag(coder, !is_steady)) {
        view->viewer = (uint16_t)coder_bits(coder, view->viewer, 16);
        view->phase = (uint8_t)coder_bits_max(coder, view->phase, PHASE_BITS, WORLD_PHASE_COUNT - 1);
        view->ticks_left = coder_residual(coder, view->ticks_left, ticks_left, TICKS_ORDER);
        for (uint32_t team = 0; team < RULES_TEAMS_MAX; team++) {
            view->team_scores[team] =
                coder_residual(coder, view->team_scores[team], baseline->team_scores[team], SCORE_ORDER);
        }
    } else {
        view->viewer = baseline->viewer;
        view->phase = baseline->phase;
        view->ticks_left = ticks_left;
        memory_copy(view->team_scores, baseline->team_scores, sizeof view->team_scores);
    }
}

/* What a predictor may be given: it multiplies and looks up with these. */
static bool self_is_sound(const struct actor *self)
{
    const int32_t fastest = RULES_VELOCITY_MAX;
    return rules_weapon_is_real(self->weapon) && self->position.x >= 0 && self->position.y >= 0 &&
           self->position.x <= Q16(RULES_WORLD_MAX) && self->position.y <= Q16(RULES_WORLD_MAX) &&
           self->velocity.x >= -fastest && self->velocity.x <= fastest && self->velocity.y >= -fastest &&
           self->velocity.y <= fastest;
}

static void code_own(struct coder *coder, const struct view *baseline, struct view *view, uint32_t age)
{
    view->has_self = coder_flag(coder, view->has_self);
    if (!view->has_self) {
        view->self = no_actor;
        return;
    }
    view->input_sequence = coder_residual(coder, view->input_sequence, baseline->input_sequence + age, 0);
    view->input_depth =
        (uint8_t)coder_residual_max(coder, view->input_depth, baseline->input_depth, SCORE_ORDER, UINT8_MAX);
    code_self(coder, &baseline->self, &view->self, age);
    if (coder_is_reading(coder) && !self_is_sound(&view->self)) {
        bit_reader_fail(coder->reader, STATUS_INVALID);
    }
}

static void code_lists(struct coder *coder, const struct view *baseline, struct view *view, struct span span)
{
    struct list old_players = {(uint8_t *)baseline->players, baseline->player_count, 0};
    struct list players = {(uint8_t *)view->players, view->player_count, view->limits.players};
    code_list(coder, &players_kind, &old_players, &players, span);
    view->player_count = players.count;

    struct list old_projectiles = {(uint8_t *)baseline->projectiles, baseline->projectile_count, 0};
    struct list projectiles = {(uint8_t *)view->projectiles, view->projectile_count, view->limits.projectiles};
    code_list(coder, &projectiles_kind, &old_projectiles, &projectiles, span);
    view->projectile_count = projectiles.count;

    struct list old_scores = {(uint8_t *)baseline->scores, baseline->score_count, 0};
    struct list scores = {(uint8_t *)view->scores, view->score_count, view->limits.scores};
    code_list(coder, &scores_kind, &old_scores, &scores, span);
    view->score_count = scores.count;
}

/* view: a copy of the current one's struct when writing; the lists are only read then. */
static void code_view(struct coder *coder, const struct view *baseline, struct view *view, struct span span)
{
    code_match(coder, baseline, view, span.age);
    code_own(coder, baseline, view, span.age);
    code_lists(coder, baseline, view, span);
}

static struct span span_of(const struct snapshot_info *info)
{
    return (struct span){.tick = info->tick, .age = info->is_keyframe ? 0 : info->tick - info->baseline_tick};
}

static uint32_t check_of(const struct view *view, const struct snapshot_info *info, struct hash *events)
{
    hash_u64(events, view_hash(view));
    hash_pair(events, info->baseline_tick, info->is_keyframe);
    return (uint32_t)hash_finish(events) & ((1u << CHECK_BITS) - 1);
}

enum status snapshot_encode(const struct snapshot_source *source, uint8_t *bytes, size_t capacity, size_t *out_size)
{
    const struct view *baseline = source->baseline ? source->baseline : &empty_view;
    if (source->events && !event_history_covers(source->events, source->events_after)) {
        return STATUS_STALE;
    }
    REQUIRE(!source->baseline ||
            (source->current->tick > baseline->tick && source->current->tick - baseline->tick <= UINT16_MAX));
    struct bit_writer writer;
    bit_writer_init(&writer, bytes, capacity);
    struct coder coder = {.writer = &writer};
    struct snapshot_info info = {
        .is_keyframe = !source->baseline, .tick = source->current->tick, .baseline_tick = baseline->tick};
    code_head(&coder, &info);
    struct view current = *source->current;
    code_view(&coder, baseline, &current, span_of(&info));
    struct hash events;
    hash_init(&events, 0);
    write_events(&coder, source, &events);
    (void)coder_bits(&coder, check_of(source->current, &info, &events), CHECK_BITS);
    return bit_writer_finish(&writer, out_size);
}

enum status snapshot_peek(const uint8_t *bytes, size_t size, struct snapshot_info *out_info)
{
    struct bit_reader reader;
    bit_reader_init(&reader, bytes, size);
    struct snapshot_info info = {0};
    code_head(&(struct coder){.reader = &reader}, &info);
    if (reader.status == STATUS_OK) {
        *out_info = info;
    }
    return reader.status;
}

enum status snapshot_decode(const struct view *baseline, const uint8_t *bytes, size_t size, struct view *out_view,
                            struct snapshot_info *out_info)
{
    REQUIRE(baseline != out_view);
    struct bit_reader reader;
    bit_reader_init(&reader, bytes, size);
    struct coder coder = {.reader = &reader};
    struct snapshot_info info = {0};
    code_head(&coder, &info);
    if (reader.status == STATUS_OK && !info.is_keyframe && (!baseline || baseline->tick != info.baseline_tick)) {
        return STATUS_MISMATCH;
    }
    const struct view *old = info.is_keyframe ? &empty_view : baseline;
    out_view->tick = info.tick;
    out_view->omitted = 0;
    out_view->input_sequence = 0;
    out_view->input_depth = 0;
    if (reader.status == STATUS_OK) {
        code_view(&coder, old, out_view, span_of(&info));
    }
    struct hash events;
    hash_init(&events, 0);
    read_events(&coder, out_view, &events);
    uint32_t check = coder_bits(&coder, 0, CHECK_BITS);
    enum status status = bit_reader_finish(&reader);
    if (status != STATUS_OK) {
        return status;
    }
    if (check != check_of(out_view, &info, &events)) {
        return STATUS_MISMATCH;
    }
    info.input_sequence = out_view->input_sequence;
    info.input_depth = out_view->input_depth;
    *out_info = info;
    return STATUS_OK;
}
