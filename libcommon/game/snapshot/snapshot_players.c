/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/memory.h"
#include "libcommon/game/snapshot/scene.h"
#include "libcommon/game/snapshot/snapshot_parts.h"

#define STATE_BITS   6
#define AIM_COUNTS   (1 << (16 - VIEW_AIM_SHIFT))
#define POSITION_MAX ((uint32_t)(RULES_WORLD_MAX) << (16 - VIEW_POSITION_SHIFT))

/* The speed, in 1/16 unit a tick, that nobody without, and with the power-up, goes beyond. */
#define TOP_COUNTS  (RULES_TOP_SPEED >> VIEW_VELOCITY_SHIFT)
#define FAST_COUNTS (TOP_COUNTS * 3 / 2)
#define TOP_MARGIN  4

/* ---- one player ----------------------------------------------------------------------------------- */

/* Where a player is who changed from one velocity to the other by equal steps. */
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

/* A change is positive where it makes that component greater than it was, whichever way it points. */
static int16_t code_velocity(struct snapshot_coder *coder, enum snapshot_row row, int16_t velocity, int16_t known)
{
    int32_t way = known < 0 ? -1 : 1;
    uint32_t change = snapshot_residual(coder, row, (uint32_t)((velocity - known) * way), 0, UINT32_MAX);
    return (int16_t)((uint32_t)known + change * (uint32_t)way);
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

/* One tick on: so many steps from what is expected. */
static int32_t code_steps(struct snapshot_coder *coder, enum snapshot_row row, int32_t place, uint32_t expected)
{
    int32_t off = (int32_t)((uint32_t)place - expected);
    REQUIRE(coder->is_reading || off % SNAPSHOT_STEP == 0);
    uint32_t steps = snapshot_residual(coder, row, (uint32_t)(off / SNAPSHOT_STEP), 0, UINT32_MAX);
    uint32_t told = expected + steps * SNAPSHOT_STEP;
    if (coder->is_reading && told > POSITION_MAX) {
        snapshot_fail(coder, STATUS_INVALID);
        return 0;
    }
    return (int32_t)told;
}

static enum snapshot_row position_row(bool is_changed, int16_t velocity)
{
    return is_changed ? ROW_POSITION_CHANGED : velocity == 0 ? ROW_POSITION_STILL : ROW_POSITION_STEADY;
}

static void code_motion(struct snapshot_coder *coder, const struct view_player *known, struct view_player *player,
                        const struct snapshot_span *new_span)
{
    bool is_changed = snapshot_flag(coder, velocity_flag(known),
                                    player->velocity_x != known->velocity_x || player->velocity_y != known->velocity_y);
    if (is_changed) {
        player->velocity_x = code_velocity(coder, ROW_VELOCITY_X, player->velocity_x, known->velocity_x);
        enum snapshot_row row = velocity_y_row(player->velocity_x - known->velocity_x);
        player->velocity_y = code_velocity(coder, row, player->velocity_y, known->velocity_y);
    } else {
        player->velocity_x = known->velocity_x;
        player->velocity_y = known->velocity_y;
    }
    if (new_span) {
        const int32_t finer = 1 << (VIEW_ORIGIN_SHIFT - VIEW_POSITION_SHIFT);
        player->x = code_place(coder, ROW_FAR, player->x, (uint32_t)(new_span->centre.x * finer));
        player->y = code_place(coder, ROW_FAR, player->y, (uint32_t)(new_span->centre.y * finer));
        return;
    }
    uint32_t age = player->tick - known->tick;
    uint32_t x = drifted(known->x, known->velocity_x, player->velocity_x, age);
    uint32_t y = drifted(known->y, known->velocity_y, player->velocity_y, age);
    enum snapshot_row row_x = position_row(is_changed, player->velocity_x);
    enum snapshot_row row_y = position_row(is_changed, player->velocity_y);
    if (age == 1) {
        player->x = code_steps(coder, row_x, player->x, x);
        player->y = code_steps(coder, row_y, player->y, y);
    } else {
        player->x = code_place(coder, row_x, player->x, x);
        player->y = code_place(coder, row_y, player->y, y);
    }
}

static uint8_t code_changed(struct snapshot_coder *coder, enum snapshot_flag flag, uint8_t value, uint8_t known,
                            uint32_t bits, uint32_t max)
{
    if (!snapshot_flag(coder, flag, value != known)) {
        return known;
    }
    return (uint8_t)snapshot_bits(coder, value, bits, max);
}

static void code_condition(struct snapshot_coder *coder, const struct view_player *known, struct view_player *player)
{
    bool is_changed = player->weapon != known->weapon || player->health != known->health ||
                      player->flags != known->flags || player->team != known->team;
    if (!snapshot_flag(coder, FLAG_CONDITION, is_changed)) {
        player->weapon = known->weapon;
        player->health = known->health;
        player->flags = known->flags;
        player->team = known->team;
        return;
    }
    player->health = (uint8_t)snapshot_residual(coder, ROW_HEALTH, player->health, known->health, RULES_HEALTH);
    player->weapon =
        code_changed(coder, FLAG_WEAPON, player->weapon, known->weapon, SNAPSHOT_WEAPON_BITS, WEAPON_COUNT - 1);
    player->flags = code_changed(coder, FLAG_STATE, player->flags, known->flags, STATE_BITS, VIEW_FLAGS);
    player->team = code_changed(coder, FLAG_TEAM, player->team, known->team, 8, UINT8_MAX);
}

void snapshot_code_player(struct snapshot_coder *coder, const struct view_player *known, struct view_player *player,
                          const struct snapshot_span *new_span)
{
    const struct snapshot_model *of_snapshot = coder->chances;
    coder->chances = snapshot_model_for(new_span ? 0 : player->tick - known->tick);
    code_motion(coder, known, player, new_span);
    int32_t turn = ((player->aim - known->aim + AIM_COUNTS / 2) & (AIM_COUNTS - 1)) - AIM_COUNTS / 2;
    turn = (int32_t)snapshot_residual(coder, ROW_AIM, (uint32_t)turn, 0, UINT32_MAX);
    player->aim = (uint16_t)(((uint32_t)known->aim + (uint32_t)turn) & (AIM_COUNTS - 1));
    code_condition(coder, known, player);
    coder->chances = of_snapshot;
}

/* What most are like who come into sight: nothing has hurt them, and they are no friends. */
static struct view_player newcomer(const struct view *view)
{
    uint8_t team = view->team == RULES_TEAM_NONE ? RULES_TEAM_NONE : (uint8_t)(view->team ^ 1);
    return (struct view_player){.team = team, .weapon = WEAPON_RIFLE, .health = RULES_HEALTH};
}

/* ---- writing -------------------------------------------------------------------------------------- */

static void write_told(struct snapshot_coder *coder, const struct view_player *known, const struct view_player *player,
                       const struct scene *scene)
{
    const struct scene_told *told = &scene->told[player->slot];
    if (told->count > 0 && known->tick + 1 == player->tick) {
        memory_copy(coder->slices + coder->count, scene->slices + told->first, told->count * sizeof coder->slices[0]);
        coder->count += told->count;
        return;
    }
    struct view_player to_tell = *player;
    snapshot_code_player(coder, known, &to_tell, NULL);
}

static bool some_are_held_back(const struct view *view)
{
    for (uint32_t i = 0; i < view->player_count; i++) {
        if (view->players[i].tick != view->tick) {
            return true;
        }
    }
    return false;
}

/* Those known already. Answers how many of them stay. */
static uint32_t write_known(struct snapshot_coder *coder, const struct view *baseline, const struct view *view,
                            const struct scene *scene)
{
    bool is_held_back = snapshot_flag(coder, FLAG_HELD_BACK, some_are_held_back(view));
    uint32_t cursor = 0;
    uint32_t kept = 0;
    for (uint32_t i = 0; i < baseline->player_count; i++) {
        const struct view_player *known = &baseline->players[i];
        snapshot_make_room(coder);
        while (cursor < view->player_count && view->players[cursor].slot < known->slot) {
            cursor++;
        }
        bool stays = cursor < view->player_count && view->players[cursor].slot == known->slot;
        if (!snapshot_flag(coder, FLAG_STAYS, stays)) {
            continue;
        }
        const struct view_player *player = &view->players[cursor];
        kept++;
        if (!is_held_back || snapshot_flag(coder, FLAG_TOLD, player->tick == view->tick)) {
            write_told(coder, known, player, scene);
        }
    }
    return kept;
}

static void write_new(struct snapshot_coder *coder, const struct view *baseline, const struct view *view,
                      const struct snapshot_span *span, uint32_t count)
{
    const struct view_player likely = newcomer(view);
    (void)snapshot_number(coder, ROW_COUNT, count, UINT16_MAX);
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
        (void)snapshot_residual(coder, ROW_SLOT, player.slot, previous, RULES_PLAYERS_MAX - 1);
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

static void read_known(struct snapshot_coder *coder, const struct view *baseline, struct view *view)
{
    bool is_held_back = snapshot_flag(coder, FLAG_HELD_BACK, false);
    for (uint32_t i = 0; i < baseline->player_count && snapshot_is_sound(coder); i++) {
        const struct view_player *known = &baseline->players[i];
        if (!snapshot_flag(coder, FLAG_STAYS, false)) {
            continue;
        }
        struct view_player player = *known;
        if (!is_held_back || snapshot_flag(coder, FLAG_TOLD, false)) {
            player.tick = view->tick;
            snapshot_code_player(coder, known, &player, NULL);
        }
        insert(coder, view, &player);
    }
}

static void read_new(struct snapshot_coder *coder, struct view *view, const struct snapshot_span *span)
{
    const struct view_player likely = newcomer(view);
    uint32_t count = snapshot_number(coder, ROW_COUNT, 0, UINT16_MAX);
    uint32_t previous = 0;
    for (uint32_t i = 0; i < count && snapshot_is_sound(coder); i++) {
        struct view_player player = {.tick = view->tick};
        previous = snapshot_residual(coder, ROW_SLOT, 0, previous, RULES_PLAYERS_MAX - 1);
        player.slot = (uint16_t)previous;
        snapshot_code_player(coder, &likely, &player, span);
        insert(coder, view, &player);
    }
}

void snapshot_code_players(struct snapshot_coder *coder, const struct view *baseline, struct view *view,
                           const struct snapshot_span *span, const struct scene *scene)
{
    if (coder->is_reading) {
        view->player_count = 0;
        read_known(coder, baseline, view);
        read_new(coder, view, span);
    } else {
        uint32_t kept = write_known(coder, baseline, view, scene);
        write_new(coder, baseline, view, span, view->player_count - kept);
    }
}
