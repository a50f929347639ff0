/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"
#include "libcommon/game/snapshot/scene.h"
#include "libcommon/game/snapshot/snapshot_parts.h"

#define STATE_BITS   6
#define AIM_COUNTS   (1 << (16 - VIEW_AIM_SHIFT))
#define POSITION_MAX ((uint32_t)(RULES_WORLD_MAX) << (16 - VIEW_POSITION_SHIFT))

/* Top speed without and with the speed power-up, in 1/16 unit a tick. */
#define TOP_COUNTS  (RULES_TOP_SPEED >> VIEW_VELOCITY_SHIFT)
#define FAST_COUNTS (TOP_COUNTS * 3 / 2)
#define TOP_MARGIN  4

_Static_assert(VIEW_FLAGS < 1 << STATE_BITS, "the flags fit their bits");
_Static_assert(SNAPSHOT_STEP == 4, "docs/wire-format.md; scene.c rounds by a shift of 2");
_Static_assert(POSITION_MAX < INT32_MAX, "positions are signed");

/* ---- one player ----------------------------------------------------------------------------------- */

/* The position after age ticks of constant acceleration from one velocity to the other. */
static uint32_t drifted(int32_t position, int32_t before, int32_t now, uint32_t age)
{
    int64_t twice = (int64_t)age * (before + now) + (now - before);
    return (uint32_t)position + (uint32_t)(twice >> 1);
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

/* The change is coded positive where the component grows in magnitude, so both directions share one distribution. */
static int16_t code_velocity(struct snapshot_coder *coder, enum snapshot_cdf cdf, int16_t velocity, int16_t baseline)
{
    int32_t sign = baseline < 0 ? -1 : 1;
    uint32_t change = snapshot_residual(coder, cdf, (uint32_t)((velocity - baseline) * sign), 0, UINT32_MAX);
    return (int16_t)((uint32_t)baseline + change * (uint32_t)sign);
}

/* Acceleration is limited in magnitude: the change of x bounds that of y. */
static enum snapshot_cdf velocity_y_cdf(int32_t change_x)
{
    int32_t size = q16_abs(change_x);
    return size == 0 ? CDF_VELOCITY_Y_0 : size < 8 ? CDF_VELOCITY_Y_1 : size < 15 ? CDF_VELOCITY_Y_2 : CDF_VELOCITY_Y_3;
}

static int32_t code_coordinate(struct snapshot_coder *coder, enum snapshot_cdf cdf, int32_t value, uint32_t expected)
{
    return (int32_t)snapshot_residual(coder, cdf, (uint32_t)value, expected, POSITION_MAX);
}

/* One tick after the baseline: a whole number of steps from the prediction. */
static int32_t code_steps(struct snapshot_coder *coder, enum snapshot_cdf cdf, int32_t value, uint32_t expected)
{
    int32_t off = (int32_t)((uint32_t)value - expected);
    REQUIRE(coder->is_reading || off % SNAPSHOT_STEP == 0);
    uint32_t steps = snapshot_residual(coder, cdf, (uint32_t)(off / SNAPSHOT_STEP), 0, UINT32_MAX);
    uint32_t stepped = expected + steps * SNAPSHOT_STEP;
    if (coder->is_reading && stepped > POSITION_MAX) {
        snapshot_fail(coder, STATUS_INVALID);
        return 0;
    }
    return (int32_t)stepped;
}

static enum snapshot_cdf position_cdf(bool is_changed, int16_t velocity)
{
    return is_changed ? CDF_POSITION_CHANGED : velocity == 0 ? CDF_POSITION_STILL : CDF_POSITION_STEADY;
}

static void code_motion(struct snapshot_coder *coder, const struct view_player *baseline, struct view_player *player,
                        const struct snapshot_span *new_span)
{
    bool is_changed =
        snapshot_flag(coder, velocity_flag(baseline),
                      player->velocity_x != baseline->velocity_x || player->velocity_y != baseline->velocity_y);
    if (is_changed) {
        player->velocity_x = code_velocity(coder, CDF_VELOCITY_X, player->velocity_x, baseline->velocity_x);
        enum snapshot_cdf cdf = velocity_y_cdf(player->velocity_x - baseline->velocity_x);
        player->velocity_y = code_velocity(coder, cdf, player->velocity_y, baseline->velocity_y);
    } else {
        player->velocity_x = baseline->velocity_x;
        player->velocity_y = baseline->velocity_y;
    }
    if (new_span) {
        const int32_t finer = 1 << (VIEW_ORIGIN_SHIFT - VIEW_POSITION_SHIFT);
        player->x = code_coordinate(coder, CDF_FAR, player->x, (uint32_t)(new_span->centre.x * finer));
        player->y = code_coordinate(coder, CDF_FAR, player->y, (uint32_t)(new_span->centre.y * finer));
        return;
    }
    uint32_t age = player->tick - baseline->tick;
    uint32_t x = drifted(baseline->x, baseline->velocity_x, player->velocity_x, age);
    uint32_t y = drifted(baseline->y, baseline->velocity_y, player->velocity_y, age);
    enum snapshot_cdf cdf_x = position_cdf(is_changed, player->velocity_x);
    enum snapshot_cdf cdf_y = position_cdf(is_changed, player->velocity_y);
    if (age == 1) {
        player->x = code_steps(coder, cdf_x, player->x, x);
        player->y = code_steps(coder, cdf_y, player->y, y);
    } else {
        player->x = code_coordinate(coder, cdf_x, player->x, x);
        player->y = code_coordinate(coder, cdf_y, player->y, y);
    }
}

static uint8_t code_changed(struct snapshot_coder *coder, enum snapshot_flag flag, uint8_t value, uint8_t baseline,
                            uint32_t bits, uint32_t max)
{
    if (!snapshot_flag(coder, flag, value != baseline)) {
        return baseline;
    }
    return (uint8_t)snapshot_bits(coder, value, bits, max);
}

static void code_condition(struct snapshot_coder *coder, const struct view_player *baseline, struct view_player *player)
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
    player->health = (uint8_t)snapshot_residual(coder, CDF_HEALTH, player->health, baseline->health, RULES_HEALTH);
    player->weapon =
        code_changed(coder, FLAG_WEAPON, player->weapon, baseline->weapon, SNAPSHOT_WEAPON_BITS, WEAPON_COUNT - 1);
    player->flags = code_changed(coder, FLAG_STATE, player->flags, baseline->flags, STATE_BITS, VIEW_FLAGS);
    player->team = code_changed(coder, FLAG_TEAM, player->team, baseline->team, 8, UINT8_MAX);
}

void snapshot_code_player(struct snapshot_coder *coder, const struct view_player *baseline, struct view_player *player,
                          const struct snapshot_span *new_span)
{
    REQUIRE(coder->is_reading || new_span != NULL || player->tick > baseline->tick);
    const struct snapshot_model *snapshot_s_model = coder->model;
    coder->model = snapshot_model_for(new_span ? 0 : player->tick - baseline->tick);
    code_motion(coder, baseline, player, new_span);
    int32_t aim_change = ((player->aim - baseline->aim + AIM_COUNTS / 2) & (AIM_COUNTS - 1)) - AIM_COUNTS / 2;
    aim_change = (int32_t)snapshot_residual(coder, CDF_AIM, (uint32_t)aim_change, 0, UINT32_MAX);
    player->aim = (uint16_t)(((uint32_t)baseline->aim + (uint32_t)aim_change) & (AIM_COUNTS - 1));
    code_condition(coder, baseline, player);
    coder->model = snapshot_s_model;
}

/* The prediction for a player who enters the view: unhurt, with the rifle, and an enemy. */
static struct view_player typical_newcomer(const struct view *view)
{
    uint8_t team = view->team == RULES_TEAM_NONE ? RULES_TEAM_NONE : (uint8_t)(view->team ^ 1);
    return (struct view_player){.team = team, .weapon = WEAPON_RIFLE, .health = RULES_HEALTH};
}

/* ---- writing -------------------------------------------------------------------------------------- */

static void write_update(struct snapshot_coder *coder, const struct view_player *baseline,
                         const struct view_player *player, const struct scene *scene)
{
    const struct scene_player_delta *delta = &scene->player_deltas[player->slot];
    if (delta->count > 0 && baseline->tick + 1 == player->tick) {
        memory_copy(coder->intervals + coder->count, scene->intervals + delta->first,
                    delta->count * sizeof coder->intervals[0]);
        coder->count += delta->count;
        return;
    }
    struct view_player copy = *player;
    snapshot_code_player(coder, baseline, &copy, NULL);
}

static bool has_deferred_players(const struct view *view)
{
    for (uint32_t i = 0; i < view->player_count; i++) {
        if (view->players[i].tick != view->tick) {
            return true;
        }
    }
    return false;
}

/* The players of the baseline. Answers how many of them are kept. */
static uint32_t write_kept_players(struct snapshot_coder *coder, const struct view *baseline, const struct view *view,
                                   const struct scene *scene)
{
    bool has_deferred = snapshot_flag(coder, FLAG_HAS_DEFERRED, has_deferred_players(view));
    uint32_t cursor = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < baseline->player_count; i++) {
        const struct view_player *old = &baseline->players[i];
        snapshot_make_room(coder);
        while (cursor < view->player_count && view->players[cursor].slot < old->slot) {
            cursor++;
        }
        bool is_kept = cursor < view->player_count && view->players[cursor].slot == old->slot;
        if (!snapshot_flag(coder, FLAG_KEPT, is_kept)) {
            continue;
        }
        const struct view_player *player = &view->players[cursor];
        kept++;
        if (!has_deferred || snapshot_flag(coder, FLAG_UPDATED, player->tick == view->tick)) {
            write_update(coder, old, player, scene);
        }
    }
    return kept;
}

static void write_new_players(struct snapshot_coder *coder, const struct view *baseline, const struct view *view,
                              const struct snapshot_span *span, uint32_t count)
{
    const struct view_player likely = typical_newcomer(view);
    (void)snapshot_number(coder, CDF_COUNT, count, UINT16_MAX);
    uint32_t previous = 0;
    uint32_t cursor = 0;
    for (uint32_t i = 0; count > 0 && i < view->player_count; i++) {
        struct view_player player = view->players[i];
        while (cursor < baseline->player_count && baseline->players[cursor].slot < player.slot) {
            cursor++;
        }
        if (cursor < baseline->player_count && baseline->players[cursor].slot == player.slot) {
            continue;
        }
        snapshot_make_room(coder);
        (void)snapshot_residual(coder, CDF_SLOT, player.slot, previous, RULES_PLAYERS_MAX - 1);
        previous = player.slot;
        snapshot_code_player(coder, &likely, &player, span);
        count--;
    }
}

/* ---- reading -------------------------------------------------------------------------------------- */

static void insert(struct snapshot_coder *coder, struct view *view, const struct view_player *player)
{
    uint32_t place = view->player_count;
    while (place > 0 && view->players[place - 1].slot > player->slot) {
        place--;
    }
    bool is_there = place > 0 && view->players[place - 1].slot == player->slot;
    if (is_there || view->player_count == view->limits.players) {
        snapshot_fail(coder, is_there ? STATUS_INVALID : STATUS_TOO_LARGE);
        return;
    }
    memory_move(&view->players[place + 1], &view->players[place],
                (view->player_count - place) * sizeof view->players[0]);
    view->players[place] = *player;
    view->player_count++;
}

static void read_kept_players(struct snapshot_coder *coder, const struct view *baseline, struct view *view)
{
    bool has_deferred = snapshot_flag(coder, FLAG_HAS_DEFERRED, false);
    for (uint32_t i = 0; i < baseline->player_count && snapshot_is_sound(coder); i++) {
        const struct view_player *old = &baseline->players[i];
        if (!snapshot_flag(coder, FLAG_KEPT, false)) {
            continue;
        }
        struct view_player player = *old;
        if (!has_deferred || snapshot_flag(coder, FLAG_UPDATED, false)) {
            player.tick = view->tick;
            snapshot_code_player(coder, old, &player, NULL);
        }
        insert(coder, view, &player);
    }
}

static void read_new_players(struct snapshot_coder *coder, struct view *view, const struct snapshot_span *span)
{
    const struct view_player likely = typical_newcomer(view);
    uint32_t count = snapshot_number(coder, CDF_COUNT, 0, UINT16_MAX);
    uint32_t previous = 0;
    for (uint32_t i = 0; i < count && snapshot_is_sound(coder); i++) {
        struct view_player player = {.tick = view->tick};
        previous = snapshot_residual(coder, CDF_SLOT, 0, previous, RULES_PLAYERS_MAX - 1);
        player.slot = (uint16_t)previous;
        snapshot_code_player(coder, &likely, &player, span);
        insert(coder, view, &player);
    }
}

void snapshot_code_players(struct snapshot_coder *coder, const struct view *baseline, struct view *view,
                           const struct snapshot_span *span, const struct scene *scene)
{
    REQUIRE(coder->is_reading == (scene == NULL));
    if (coder->is_reading) {
        view->player_count = 0;
        read_kept_players(coder, baseline, view);
        read_new_players(coder, view, span);
    } else {
        uint32_t kept = write_kept_players(coder, baseline, view, scene);
        write_new_players(coder, baseline, view, span, view->player_count - kept);
    }
}
