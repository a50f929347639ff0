/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/status.h"
#include "libcommon/game/snapshot/snapshot_parts.h"

#define ANGLE_BITS   16
#define FLOWN_MAX    UINT8_MAX
#define POSITION_MAX ((uint32_t)(RULES_WORLD_MAX) << (16 - VIEW_ORIGIN_SHIFT))

static const struct view_projectile no_projectile;

/* A projectile never changes, so only new ones have a body. Pellets of one shot differ only in their angle. */
static bool are_same_shot(const struct view_projectile *a, const struct view_projectile *b)
{
    return a->start_tick == b->start_tick && a->x == b->x && a->y == b->y && a->weapon == b->weapon &&
           a->is_own == b->is_own;
}

static void code_angle(struct snapshot_coder *coder, uint16_t own_aim, struct view_projectile *projectile)
{
    if (!projectile->is_own) {
        projectile->angle = (uint16_t)snapshot_bits(coder, projectile->angle, ANGLE_BITS, UINT16_MAX);
        return;
    }
    int16_t spread = (int16_t)(uint16_t)(projectile->angle - own_aim);
    spread = (int16_t)snapshot_residual(coder, CDF_OWN_ANGLE, (uint32_t)(int32_t)spread, 0, UINT32_MAX);
    projectile->angle = (uint16_t)(own_aim + spread);
}

static void code_new(struct snapshot_coder *coder, const struct snapshot_span *span, uint16_t own_aim,
                     const struct view_projectile *previous, struct view_projectile *projectile)
{
    if (snapshot_flag(coder, FLAG_PROJECTILE_SAME_SHOT, are_same_shot(previous, projectile))) {
        uint16_t angle = projectile->angle;
        *projectile = *previous;
        projectile->angle = angle;
        code_angle(coder, own_aim, projectile);
        return;
    }
    projectile->is_own = snapshot_flag(coder, FLAG_PROJECTILE_OWN, projectile->is_own);
    uint32_t flown = snapshot_number(coder, CDF_FLOWN, span->tick + 1 - projectile->start_tick, FLOWN_MAX);
    projectile->start_tick = span->tick + 1 - flown;
    enum snapshot_cdf cdf = projectile->is_own ? CDF_OWN_ORIGIN : CDF_ORIGIN;
    projectile->x =
        (int32_t)snapshot_residual(coder, cdf, (uint32_t)projectile->x, (uint32_t)span->centre.x, POSITION_MAX);
    projectile->y =
        (int32_t)snapshot_residual(coder, cdf, (uint32_t)projectile->y, (uint32_t)span->centre.y, POSITION_MAX);
    projectile->weapon = (uint8_t)snapshot_bits(coder, projectile->weapon, SNAPSHOT_WEAPON_BITS, WEAPON_COUNT - 1);
    code_angle(coder, own_aim, projectile);
}

/* The kept ones come first in both lists, in the same order; new ones follow. */
static void write_projectiles(struct snapshot_coder *coder, const struct view *baseline, const struct view *view,
                              const struct snapshot_span *span)
{
    uint32_t kept = 0;
    for (uint32_t i = 0; i < baseline->projectile_count; i++) {
        bool is_kept = kept < view->projectile_count && view->projectiles[kept].id == baseline->projectiles[i].id;
        kept += snapshot_flag(coder, FLAG_PROJECTILE_KEPT, is_kept);
        snapshot_make_room(coder);
    }
    (void)snapshot_number(coder, CDF_COUNT, view->projectile_count - kept, UINT16_MAX);
    struct view_projectile previous = no_projectile;
    for (uint32_t i = kept; i < view->projectile_count; i++) {
        struct view_projectile projectile = view->projectiles[i];
        snapshot_make_room(coder);
        code_new(coder, span, view->self.aim, &previous, &projectile);
        previous = projectile;
    }
}

static void add(struct snapshot_coder *coder, struct view *view, const struct view_projectile *projectile)
{
    if (view->projectile_count == view->limits.projectiles) {
        snapshot_fail(coder, STATUS_TOO_LARGE);
        return;
    }
    view->projectiles[view->projectile_count++] = *projectile;
}

static void read_projectiles(struct snapshot_coder *coder, const struct view *baseline, struct view *view,
                             const struct snapshot_span *span)
{
    view->projectile_count = 0;
    for (uint32_t i = 0; i < baseline->projectile_count && snapshot_is_sound(coder); i++) {
        if (snapshot_flag(coder, FLAG_PROJECTILE_KEPT, false)) {
            add(coder, view, &baseline->projectiles[i]);
        }
    }
    uint32_t count = snapshot_number(coder, CDF_COUNT, 0, UINT16_MAX);
    struct view_projectile previous = no_projectile;
    for (uint32_t i = 0; i < count && snapshot_is_sound(coder); i++) {
        struct view_projectile projectile = no_projectile;
        code_new(coder, span, view->self.aim, &previous, &projectile);
        if (!rules_weapon_is_real(projectile.weapon)) {
            snapshot_fail(coder, STATUS_INVALID);
            return;
        }
        add(coder, view, &projectile);
        previous = projectile;
    }
}

void snapshot_code_projectiles(struct snapshot_coder *coder, const struct view *baseline, struct view *view,
                               const struct snapshot_span *span)
{
    REQUIRE(baseline != view);
    if (coder->is_reading) {
        read_projectiles(coder, baseline, view, span);
    } else {
        write_projectiles(coder, baseline, view, span);
    }
}
