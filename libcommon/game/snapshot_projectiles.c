/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/memory.h"
#include "libcommon/game/snapshot_parts.h"

#define ANGLE_BITS   16
#define POSITION_MAX ((uint32_t)(RULES_WORLD_MAX) << (16 - VIEW_POSITION_SHIFT))

static const struct view_projectile no_projectile;

/* A projectile never changes: only new ones have a body. Pellets of one shot differ in their angle alone. */
static bool are_twins(const struct view_projectile *a, const struct view_projectile *b)
{
    return a->spawn_tick == b->spawn_tick && a->x == b->x && a->y == b->y && a->weapon == b->weapon &&
           a->is_own == b->is_own;
}

static void code_angle(struct snapshot_coder *coder, uint16_t own_aim, struct view_projectile *projectile)
{
    if (!projectile->is_own) {
        projectile->angle = (uint16_t)snapshot_bits(coder, projectile->angle, ANGLE_BITS, UINT16_MAX);
        return;
    }
    int16_t spread = (int16_t)(uint16_t)(projectile->angle - own_aim);
    spread = (int16_t)snapshot_residual(coder, ROW_OWN_ANGLE, (uint32_t)(int32_t)spread, 0, UINT32_MAX);
    projectile->angle = (uint16_t)(own_aim + spread);
}

static void code_new(struct snapshot_coder *coder, const struct snapshot_span *span, uint16_t own_aim,
                     const struct view_projectile *previous, struct view_projectile *projectile)
{
    if (snapshot_flag(coder, FLAG_PROJECTILE_TWIN, are_twins(previous, projectile))) {
        uint16_t angle = projectile->angle;
        *projectile = *previous;
        projectile->angle = angle;
        code_angle(coder, own_aim, projectile);
        return;
    }
    projectile->is_own = snapshot_flag(coder, FLAG_PROJECTILE_OWN, projectile->is_own);
    uint32_t age = snapshot_number(coder, ROW_PROJECTILE_AGE, span->tick - projectile->spawn_tick, UINT8_MAX);
    projectile->spawn_tick = span->tick - age;
    enum snapshot_row row = projectile->is_own ? ROW_OWN_ORIGIN : ROW_ORIGIN;
    projectile->x =
        (int32_t)snapshot_residual(coder, row, (uint32_t)projectile->x, (uint32_t)span->centre.x, POSITION_MAX);
    projectile->y =
        (int32_t)snapshot_residual(coder, row, (uint32_t)projectile->y, (uint32_t)span->centre.y, POSITION_MAX);
    projectile->weapon = (uint8_t)snapshot_bits(coder, projectile->weapon, SNAPSHOT_WEAPON_BITS, WEAPON_COUNT - 1);
    code_angle(coder, own_aim, projectile);
}

/* Which of the current ones the baseline has too; both lists are in order, and equals are as good as each other. */
static void write_stays(struct snapshot_coder *coder, const struct view *baseline, const struct view *view)
{
    uint32_t cursor = 0;
    for (uint32_t i = 0; i < baseline->projectile_count; i++) {
        const struct view_projectile *old = &baseline->projectiles[i];
        int32_t order = -1;
        while (cursor < view->projectile_count &&
               (order = view_projectile_compare(&view->projectiles[cursor], old)) < 0) {
            cursor++;
        }
        bool stays = cursor < view->projectile_count && order == 0;
        (void)snapshot_flag(coder, FLAG_PROJECTILE_STAYS, stays);
        cursor += stays;
    }
}

/* Answers whether the current one at *cursor is in the baseline, from *old_cursor on. */
static bool is_old(const struct view *baseline, const struct view_projectile *projectile, uint32_t *old_cursor)
{
    int32_t order = 1;
    while (*old_cursor < baseline->projectile_count &&
           (order = view_projectile_compare(&baseline->projectiles[*old_cursor], projectile)) < 0) {
        (*old_cursor)++;
    }
    bool is_there = *old_cursor < baseline->projectile_count && order == 0;
    *old_cursor += is_there;
    return is_there;
}

static uint32_t count_new(const struct view *baseline, const struct view *view)
{
    uint32_t old_cursor = 0;
    uint32_t count = 0;
    for (uint32_t i = 0; i < view->projectile_count; i++) {
        count += !is_old(baseline, &view->projectiles[i], &old_cursor);
    }
    return count;
}

static void write_projectiles(struct snapshot_coder *coder, const struct view *baseline, const struct view *view,
                              const struct snapshot_span *span)
{
    write_stays(coder, baseline, view);
    (void)snapshot_number(coder, ROW_COUNT, count_new(baseline, view), UINT16_MAX);
    struct view_projectile previous = no_projectile;
    uint32_t old_cursor = 0;
    for (uint32_t i = 0; i < view->projectile_count; i++) {
        if (!is_old(baseline, &view->projectiles[i], &old_cursor)) {
            struct view_projectile projectile = view->projectiles[i];
            code_new(coder, span, view->self.aim, &previous, &projectile);
            previous = projectile;
        }
    }
}

static void insert(struct snapshot_coder *coder, struct view *view, const struct view_projectile *projectile)
{
    if (view->projectile_count == view->limits.projectiles) {
        range_fail(&coder->range, STATUS_TOO_LARGE);
        return;
    }
    uint32_t place = view->projectile_count++;
    while (place > 0 && view_projectile_compare(&view->projectiles[place - 1], projectile) > 0) {
        view->projectiles[place] = view->projectiles[place - 1];
        place--;
    }
    view->projectiles[place] = *projectile;
}

static void read_projectiles(struct snapshot_coder *coder, const struct view *baseline, struct view *view,
                             const struct snapshot_span *span)
{
    view->projectile_count = 0;
    for (uint32_t i = 0; i < baseline->projectile_count && range_is_sound(&coder->range); i++) {
        if (snapshot_flag(coder, FLAG_PROJECTILE_STAYS, false)) {
            insert(coder, view, &baseline->projectiles[i]);
        }
    }
    uint32_t count = snapshot_number(coder, ROW_COUNT, 0, UINT16_MAX);
    struct view_projectile previous = no_projectile;
    for (uint32_t i = 0; i < count && range_is_sound(&coder->range); i++) {
        struct view_projectile projectile = no_projectile;
        code_new(coder, span, view->self.aim, &previous, &projectile);
        if (!rules_weapon_is_real(projectile.weapon)) {
            range_fail(&coder->range, STATUS_INVALID);
            return;
        }
        insert(coder, view, &projectile);
        previous = projectile;
    }
}

void snapshot_code_projectiles(struct snapshot_coder *coder, const struct view *baseline, struct view *view,
                               const struct snapshot_span *span)
{
    if (coder->range.is_reading) {
        read_projectiles(coder, baseline, view, span);
    } else {
        write_projectiles(coder, baseline, view, span);
    }
}
