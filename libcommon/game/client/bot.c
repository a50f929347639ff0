/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/client/bot.h"

#include "libcommon/base/status.h"

#define BOT_STREAM     7
#define HEADINGS       16
#define FEELER         Q16(140)
#define PLAN_TICKS_MIN 15
#define PLAN_TICKS_MAX 45
#define ROTATION_MAX   2600 /* of the aim in a tick: 14 degrees */
#define AIM_NOISE      700
#define FIRE_WITHIN    1800 /* of the preferred aim */

_Static_assert(65536 % HEADINGS == 0, "the headings divide the circle");

void bot_init(struct bot *bot, uint64_t seed)
{
    *bot = (struct bot){0};
    random_init(&bot->random, seed, BOT_STREAM);
    bot->weapon = (uint8_t)random_between(&bot->random, WEAPON_RIFLE, WEAPON_PISTOL);
    bot->heading = (uint16_t)random_u32(&bot->random);
    bot->aim = bot->heading;
}

static struct vec2 position_of(const struct view_player *player)
{
    return (struct vec2){player->x * (1 << VIEW_POSITION_SHIFT), player->y * (1 << VIEW_POSITION_SHIFT)};
}

/* The nearest enemy in view; whether a wall stands between is the caller's question. */
static const struct view_player *nearest_enemy(const struct view *view, uint64_t *out_squared)
{
    uint8_t team = view->team;
    const struct view_player *nearest = NULL;
    for (uint32_t i = 0; i < view->player_count; i++) {
        const struct view_player *player = &view->players[i];
        if (team != RULES_TEAM_NONE && player->team == team) {
            continue;
        }
        uint64_t squared = vec2_length_squared(vec2_sub(position_of(player), view->self.position));
        if (!nearest || squared < *out_squared) {
            nearest = player;
            *out_squared = squared;
        }
    }
    return nearest;
}

/* How well heading angle does: straight on is best, a wall before the feeler is worst. */
static int32_t merit(const struct view *view, const struct map *map, uint16_t angle, uint16_t preferred)
{
    int32_t off = q16_abs((int16_t)(uint16_t)(angle - preferred));
    struct vec2 tip = vec2_add(view->self.position, vec2_from_angle(angle, FEELER));
    const int32_t margin = RULES_PLAYER_RADIUS;
    bool is_outside =
        tip.x < margin || tip.y < margin || tip.x > map->width_q16 - margin || tip.y > map->height_q16 - margin;
    bool is_blocked = is_outside || !map_sees(map, view->self.position, tip);
    return -off - (is_blocked ? Q16_ONE : 0);
}

static uint16_t best_heading(const struct view *view, const struct map *map, uint16_t preferred)
{
    uint16_t best = preferred;
    int32_t best_merit = INT32_MIN;
    for (uint32_t i = 0; i < HEADINGS; i++) {
        uint16_t angle = (uint16_t)(preferred + i * (65536 / HEADINGS));
        int32_t here = merit(view, map, angle, preferred);
        if (here > best_merit) {
            best = angle;
            best_merit = here;
        }
    }
    return best;
}

static uint16_t buttons_towards(uint16_t heading)
{
    uint16_t buttons = 0;
    int32_t x = fixed_cos(heading);
    int32_t y = fixed_sin(heading);
    const int32_t least = 25080; /* sin(22.5 degrees): eight directions */
    buttons |= x > least ? INPUT_RIGHT : 0;
    buttons |= x < -least ? INPUT_LEFT : 0;
    buttons |= y > least ? INPUT_DOWN : 0;
    buttons |= y < -least ? INPUT_UP : 0;
    return buttons;
}

/* Where the target will be when a shot gets there. */
static struct vec2 lead(const struct view *view, const struct view_player *target)
{
    struct vec2 position = position_of(target);
    int32_t distance = vec2_length(vec2_sub(position, view->self.position));
    uint8_t weapon = rules_weapon_is_real(view->self.weapon) ? view->self.weapon : WEAPON_RIFLE;
    int32_t ticks = distance / rules_weapon(weapon)->speed_q16;
    position.x += target->velocity_x * (1 << VIEW_VELOCITY_SHIFT) * ticks;
    position.y += target->velocity_y * (1 << VIEW_VELOCITY_SHIFT) * ticks;
    return position;
}

static void rotate_towards(struct bot *bot, uint16_t preferred)
{
    int32_t off = (int16_t)(uint16_t)(preferred - bot->aim);
    bot->aim = (uint16_t)(bot->aim + q16_clamp(off, -ROTATION_MAX, ROTATION_MAX));
}

static void plan_fight(struct bot *bot, const struct view *view, const struct map *map, uint16_t towards,
                       int32_t distance)
{
    bot->strafe = (int8_t)random_between(&bot->random, -1, 1);
    int32_t preferred_distance = rules_weapon(bot->weapon)->range_q16 / 2;
    uint16_t along = distance > preferred_distance ? towards : (uint16_t)(towards + 0x8000u);
    uint16_t heading = (uint16_t)(along + bot->strafe * 0x2800);
    bot->heading = best_heading(view, map, heading);
}

/* A power-up that is nearer than the enemy, if there is one: its direction. */
static bool sees_prize(const struct view *view, const struct map *map, uint64_t enemy_squared, uint16_t *out_angle)
{
    bool is_found = false;
    uint64_t nearest = enemy_squared;
    for (uint32_t i = 0; i < view->power_up_count && view->power_ups[i].index < map->power_up_count; i++) {
        const struct map_power_up *power_up = &map->power_ups[view->power_ups[i].index];
        struct vec2 way = vec2_sub(power_up->position, view->self.position);
        bool is_useful = power_up->kind != POWER_UP_HEALTH || view->self.health < RULES_HEALTH;
        if (is_useful && vec2_length_squared(way) < nearest) {
            nearest = vec2_length_squared(way);
            *out_angle = fixed_atan2(way.y, way.x);
            is_found = true;
        }
    }
    return is_found;
}

static void plan_walk(struct bot *bot, const struct view *view, const struct map *map, const struct view_player *enemy,
                      uint64_t enemy_squared)
{
    uint16_t preferred = (uint16_t)(bot->heading + random_between(&bot->random, -0x1800, 0x1800));
    uint16_t prize;
    if (sees_prize(view, map, enemy ? enemy_squared : UINT64_MAX, &prize)) {
        preferred = (uint16_t)(prize + random_between(&bot->random, -0x1000, 0x1000));
    } else if (enemy) {
        struct vec2 way = vec2_sub(position_of(enemy), view->self.position);
        preferred = (uint16_t)(fixed_atan2(way.y, way.x) + random_between(&bot->random, -0x3000, 0x3000));
    }
    bot->heading = best_heading(view, map, preferred);
}

static bool time_to_plan(struct bot *bot)
{
    if (bot->plan_ticks > 0) {
        bot->plan_ticks--;
        return false;
    }
    bot->plan_ticks = (uint32_t)random_between(&bot->random, PLAN_TICKS_MIN, PLAN_TICKS_MAX);
    return true;
}

static void fight(struct bot *bot, const struct view *view, const struct map *map, const struct view_player *enemy,
                  struct input *input)
{
    struct vec2 way = vec2_sub(lead(view, enemy), view->self.position);
    uint16_t towards = fixed_atan2(way.y, way.x);
    int32_t distance = vec2_length(way);
    rotate_towards(bot, (uint16_t)(towards + random_between(&bot->random, -AIM_NOISE, AIM_NOISE)));
    if (time_to_plan(bot)) {
        plan_fight(bot, view, map, towards, distance);
    }
    int32_t off = q16_abs((int16_t)(uint16_t)(bot->aim - towards));
    uint8_t weapon = rules_weapon_is_real(view->self.weapon) ? view->self.weapon : WEAPON_RIFLE;
    if (off < FIRE_WITHIN && distance < rules_weapon(weapon)->range_q16) {
        input->buttons |= INPUT_FIRE;
    }
}

void bot_think(struct bot *bot, const struct view *view, const struct map *map, struct input *out_input)
{
    REQUIRE(view != NULL && map != NULL);
    REQUIRE(rules_weapon_is_real(bot->weapon));
    struct input input = {
        .sequence = ++bot->sequence, .tick = view->tick + 1, .aim = bot->aim, .seen_tick = view->tick};
    if (!view->has_self || view->self.state != ACTOR_ALIVE || view->phase == WORLD_OVER) {
        *out_input = input;
        return;
    }
    uint64_t squared = 0;
    const struct view_player *enemy = nearest_enemy(view, &squared);
    if (enemy && map_sees(map, view->self.position, position_of(enemy))) {
        fight(bot, view, map, enemy, &input);
    } else {
        rotate_towards(bot, bot->heading);
        if (time_to_plan(bot)) {
            plan_walk(bot, view, map, enemy, squared);
        }
    }
    input.buttons |= buttons_towards(bot->heading);
    input.aim = bot->aim;
    input.weapon = view->self.weapon == bot->weapon ? WEAPON_NONE : bot->weapon;
    *out_input = input;
}
