/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/map/map.h"

#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"
#include "libcommon/game/map/map_make.h"
#include "libcommon/game/map/polygon.h"
#include "libcommon/game/map/walls.h"
#include "libcommon/game/rules/rules.h"

#include <stddef.h>

#define BOX(x0, y0, x1, y1)                                                                                            \
    {                                                                                                                  \
        {Q16(x0), Q16(y0)},                                                                                            \
        {                                                                                                              \
            Q16(x1), Q16(y1)                                                                                           \
        }                                                                                                              \
    }
#define SPAWN(x, y, team)                                                                                              \
    {                                                                                                                  \
        {Q16(x), Q16(y)}, team                                                                                         \
    }
#define POWER_UP(x, y, kind)                                                                                           \
    {                                                                                                                  \
        {Q16(x), Q16(y)}, POWER_UP_##kind                                                                              \
    }
#define MASSIVE_BLOCKS 30
#define MASSIVE_SEED   2026
#define EVERYBODY      RULES_TEAM_NONE
#define COUNT(array)   ((uint32_t)(sizeof(array) / sizeof(array)[0]))

_Static_assert(MAP_WALLS_MAX + MAP_POLYGONS_MAX <= UINT16_MAX, "walls are indexed by 16 bits");
_Static_assert(MASSIVE_BLOCKS >= MAP_BLOCKS_MIN && MASSIVE_BLOCKS <= MAP_BLOCKS_MAX, "massive is a valid plan");

/* 1,200 x 1,200, symmetric by 180 degrees: neither side has the better half. */
static const struct map_box duel_walls[] = {
    BOX(560, 480, 640, 720), /* the pillar between the two */
    BOX(240, 240, 440, 280), BOX(760, 920, 960, 960), BOX(240, 760, 280, 960), BOX(920, 240, 960, 440),
    BOX(400, 920, 520, 960), BOX(680, 240, 800, 280), BOX(120, 560, 300, 600), BOX(900, 600, 1080, 640),
};
static const struct map_spawn duel_spawns[] = {
    SPAWN(100, 100, 0),   SPAWN(100, 680, 0),  SPAWN(360, 360, 0), SPAWN(100, 1100, 0),
    SPAWN(1100, 1100, 1), SPAWN(1100, 520, 1), SPAWN(840, 840, 1), SPAWN(1100, 100, 1),
};
static const struct map_power_up duel_power_ups[] = {
    POWER_UP(1020, 360, SHIELD), POWER_UP(600, 420, DAMAGE), POWER_UP(360, 520, HEALTH),
    POWER_UP(840, 680, HEALTH),  POWER_UP(600, 780, DAMAGE), POWER_UP(180, 840, SHIELD),
};

/* 2,000 x 2,000, symmetric by 90 degrees. */
static const struct map_box arena_walls[] = {
    BOX(900, 970, 1100, 1030),   BOX(970, 900, 1030, 1100), /* the cross in the middle */
    BOX(400, 400, 700, 440),     BOX(400, 440, 440, 700),   /* four corners open inwards */
    BOX(1300, 400, 1600, 440),   BOX(1560, 440, 1600, 700),  BOX(1300, 1560, 1600, 1600),
    BOX(1560, 1300, 1600, 1560), BOX(400, 1560, 700, 1600),  BOX(400, 1300, 440, 1560),
    BOX(860, 280, 1140, 320),    BOX(1680, 860, 1720, 1140), /* a bar before each side */
    BOX(860, 1680, 1140, 1720),  BOX(280, 860, 320, 1140),   BOX(680, 740, 740, 800),
    BOX(1200, 680, 1260, 740), /* pillars around the middle */
    BOX(1260, 1200, 1320, 1260), BOX(740, 1260, 800, 1320),  BOX(160, 600, 220, 660),
    BOX(1340, 160, 1400, 220), /* pillars near the edge */
    BOX(1780, 1340, 1840, 1400), BOX(600, 1780, 660, 1840),
};
static const struct map_spawn arena_spawns[] = {
    SPAWN(100, 100, 0),           SPAWN(100, 400, 0),           SPAWN(100, 760, 0),
    SPAWN(100, 1000, 0),          SPAWN(100, 1240, 0),          SPAWN(100, 1600, 0),
    SPAWN(100, 1900, 0),          SPAWN(520, 520, 0),           SPAWN(520, 1480, 0),
    SPAWN(420, 1000, 0),          SPAWN(1900, 100, 1),          SPAWN(1900, 400, 1),
    SPAWN(1900, 760, 1),          SPAWN(1900, 1000, 1),         SPAWN(1900, 1240, 1),
    SPAWN(1900, 1600, 1),         SPAWN(1900, 1900, 1),         SPAWN(1480, 520, 1),
    SPAWN(1480, 1480, 1),         SPAWN(1580, 1000, 1),         SPAWN(1000, 100, EVERYBODY),
    SPAWN(1000, 420, EVERYBODY),  SPAWN(1000, 1580, EVERYBODY), SPAWN(1000, 1900, EVERYBODY),
    SPAWN(600, 1000, EVERYBODY),  SPAWN(1400, 1000, EVERYBODY), SPAWN(1000, 760, EVERYBODY),
    SPAWN(1000, 1240, EVERYBODY),
};
static const struct map_power_up arena_power_ups[] = {
    POWER_UP(1000, 200, RAPID_FIRE), POWER_UP(620, 520, HEALTH),   POWER_UP(1480, 620, HEALTH),
    POWER_UP(860, 860, SPEED),       POWER_UP(1140, 860, DAMAGE),  POWER_UP(200, 1000, SHIELD),
    POWER_UP(1800, 1000, SHIELD),    POWER_UP(860, 1140, DAMAGE),  POWER_UP(1140, 1140, SPEED),
    POWER_UP(520, 1380, HEALTH),     POWER_UP(1380, 1480, HEALTH), POWER_UP(1000, 1800, RAPID_FIRE),
};

static const struct map maps[] = {
    {"duel", Q16(1200), Q16(1200), duel_walls, COUNT(duel_walls), duel_spawns, COUNT(duel_spawns), duel_power_ups,
     COUNT(duel_power_ups), 0, NULL},
    {"arena", Q16(2000), Q16(2000), arena_walls, COUNT(arena_walls), arena_spawns, COUNT(arena_spawns), arena_power_ups,
     COUNT(arena_power_ups), 0, NULL},
};

/* 24,000 x 24,000. Its walls would be a table of thousands of lines; made once, and the same each time. */
static struct map massive;
static _Alignas(16) uint8_t massive_memory[MAP_MAKE_BYTES(MASSIVE_BLOCKS)];

static const struct map *massive_map(void)
{
    if (massive.name == NULL) {
        const struct map_plan plan = {.name = "massive", .seed = MASSIVE_SEED, .blocks = MASSIVE_BLOCKS};
        map_make(&plan, massive_memory, &massive);
    }
    return &massive;
}

const struct map *map_at(uint32_t index)
{
    const struct map *made = massive_map();
    if (index == COUNT(maps)) {
        return made;
    }
    return index < COUNT(maps) ? &maps[index] : NULL;
}

const struct map *map_find(const char *name)
{
    REQUIRE(name != NULL);
    const struct map *map;
    for (uint32_t i = 0; (map = map_at(i)) != NULL; i++) {
        if (memory_text_equal(map->name, name)) {
            return map;
        }
    }
    return NULL;
}

bool map_is_built_in(const struct map *map)
{
    REQUIRE(map != NULL);
    const struct map *built_in;
    for (uint32_t i = 0; (built_in = map_at(i)) != NULL; i++) {
        if (map == built_in) {
            return true;
        }
    }
    return false;
}

static bool box_is_valid(const struct map *map, const struct map_box *box)
{
    return box->low.x >= 0 && box->low.y >= 0 && box->low.x < box->high.x && box->low.y < box->high.y &&
           box->high.x <= map->width_q16 && box->high.y <= map->height_q16;
}

static bool polygon_is_inside(const struct map *map, const struct map_polygon *corners)
{
    struct map_box box = polygon_box(corners);
    return box_is_valid(map, &box);
}

static bool circle_is_free_of_polygons(const struct map *map, struct vec2 at, int32_t radius_q16)
{
    for (uint32_t i = 0; i < map->polygon_count; i++) {
        struct polygon polygon;
        if (polygon_is_away(&map->polygons[i], at, radius_q16)) {
            continue;
        }
        polygon_init(&polygon, &map->polygons[i]);
        if (polygon_touches_circle(&polygon, at, radius_q16)) {
            return false;
        }
    }
    return true;
}

static bool circle_is_free(const struct map *map, struct vec2 at, int32_t radius_q16)
{
    if (at.x < radius_q16 || at.y < radius_q16 || at.x > map->width_q16 - radius_q16 ||
        at.y > map->height_q16 - radius_q16) {
        return false;
    }
    for (uint32_t i = 0; i < map->wall_count; i++) {
        const struct map_box *box = &map->walls[i];
        struct vec2 nearest = {q16_clamp(at.x, box->low.x, box->high.x), q16_clamp(at.y, box->low.y, box->high.y)};
        if (vec2_length_squared(vec2_sub(at, nearest)) < (uint64_t)((int64_t)radius_q16 * radius_q16)) {
            return false;
        }
    }
    return circle_is_free_of_polygons(map, at, radius_q16);
}

static bool spawn_is_valid(const struct map *map, const struct map_spawn *spawn)
{
    return (spawn->team < RULES_TEAMS_MAX || spawn->team == RULES_TEAM_NONE) &&
           circle_is_free(map, spawn->position, RULES_PLAYER_RADIUS);
}

static bool power_up_is_valid(const struct map *map, uint32_t index)
{
    const struct map_power_up *power_up = &map->power_ups[index];
    struct vec2 at = power_up->position;
    struct vec2 before = index > 0 ? power_up[-1].position : (struct vec2){-1, -1};
    bool is_in_order = at.y > before.y || (at.y == before.y && at.x > before.x);
    return is_in_order && power_up->kind < POWER_UP_COUNT && circle_is_free(map, at, RULES_POWER_UP_RADIUS);
}

static bool walls_are_valid(const struct map *map)
{
    bool is_valid = map->wall_count <= MAP_WALLS_MAX && map->polygon_count <= MAP_POLYGONS_MAX;
    for (uint32_t i = 0; is_valid && i < map->wall_count; i++) {
        is_valid = box_is_valid(map, &map->walls[i]);
    }
    for (uint32_t i = 0; is_valid && i < map->polygon_count; i++) {
        is_valid = polygon_is_valid(&map->polygons[i]) && polygon_is_inside(map, &map->polygons[i]);
    }
    return is_valid && walls_fit_index(map);
}

bool map_is_valid(const struct map *map)
{
    REQUIRE(map != NULL);
    bool is_valid = map->width_q16 >= Q16(RULES_WORLD_MIN) && map->width_q16 <= Q16(RULES_WORLD_MAX) &&
                    map->height_q16 >= Q16(RULES_WORLD_MIN) && map->height_q16 <= Q16(RULES_WORLD_MAX) &&
                    map->spawn_count >= 1 && map->spawn_count <= MAP_SPAWNS_MAX &&
                    map->power_up_count <= MAP_POWER_UPS_MAX && walls_are_valid(map);
    for (uint32_t i = 0; is_valid && i < map->spawn_count; i++) {
        is_valid = spawn_is_valid(map, &map->spawns[i]);
    }
    for (uint32_t i = 0; is_valid && i < map->power_up_count; i++) {
        is_valid = power_up_is_valid(map, i);
    }
    return is_valid;
}

uint32_t map_power_ups_from(const struct map *map, int32_t y_q16)
{
    REQUIRE(map->power_up_count <= MAP_POWER_UPS_MAX);
    uint32_t low = 0;
    uint32_t high = map->power_up_count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (map->power_ups[middle].position.y < y_q16) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    return low;
}

/* Cuts the part low..high of the line, in 1/65536, down to where start + step * t lies between the edges. */
static bool clip(int32_t start, int32_t step, int32_t edge_low, int32_t edge_high, int64_t *low, int64_t *high)
{
    if (step == 0) {
        return start > edge_low && start < edge_high;
    }
    int64_t to_low = ((int64_t)edge_low - start) * Q16_ONE / step;
    int64_t to_high = ((int64_t)edge_high - start) * Q16_ONE / step;
    int64_t first = to_low < to_high ? to_low : to_high;
    int64_t last = to_low < to_high ? to_high : to_low;
    *low = first > *low ? first : *low;
    *high = last < *high ? last : *high;
    return *low < *high;
}

static bool is_beside(const struct map_box *box, struct vec2 from, struct vec2 to)
{
    return (from.x <= box->low.x && to.x <= box->low.x) || (from.x >= box->high.x && to.x >= box->high.x) ||
           (from.y <= box->low.y && to.y <= box->low.y) || (from.y >= box->high.y && to.y >= box->high.y);
}

static bool sees_past_polygons(const struct map *map, struct vec2 from, struct vec2 to)
{
    for (uint32_t i = 0; i < map->polygon_count; i++) {
        struct map_box box = polygon_box(&map->polygons[i]);
        int64_t enter = 0;
        int64_t leave = Q16_ONE;
        if (is_beside(&box, from, to)) {
            continue;
        }
        struct polygon polygon;
        polygon_init(&polygon, &map->polygons[i]);
        if (polygon_clip(&polygon, from, vec2_sub(to, from), &enter, &leave) && enter < leave) {
            return false;
        }
    }
    return true;
}

bool map_sees(const struct map *map, struct vec2 from, struct vec2 to)
{
    REQUIRE(map->wall_count <= MAP_WALLS_MAX && map->polygon_count <= MAP_POLYGONS_MAX);
    struct vec2 step = vec2_sub(to, from);
    for (uint32_t i = 0; i < map->wall_count; i++) {
        const struct map_box *box = &map->walls[i];
        int64_t low = 0;
        int64_t high = Q16_ONE;
        if (clip(from.x, step.x, box->low.x, box->high.x, &low, &high) &&
            clip(from.y, step.y, box->low.y, box->high.y, &low, &high)) {
            return false;
        }
    }
    return sees_past_polygons(map, from, to);
}
