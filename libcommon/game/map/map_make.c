/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/map/map_make.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/random.h"
#include "libcommon/base/status.h"
#include "libcommon/game/rules/rules.h"

#define MAP_STREAM 11
#define THICKNESS  40
#define AISLE      40 /* the middle of the free strip along a block's edge */

_Static_assert(MAP_BLOCKS_MAX *MAP_BLOCK <= RULES_WORLD_MAX && MAP_BLOCKS_MIN * MAP_BLOCK >= RULES_WORLD_MIN, "sizes");
_Static_assert(MAP_BLOCKS_MAX *MAP_BLOCKS_MAX *MAP_BLOCK_SPAWNS <= MAP_SPAWNS_MAX, "spawn points");
_Static_assert(MAP_BLOCKS_MAX *MAP_BLOCKS_MAX *MAP_BLOCK_WALLS <= MAP_WALLS_MAX, "walls");

/* What is being made, and the block at which it is. */
struct maker {
    struct random random;
    struct map_box *walls;
    struct map_spawn *spawns;
    struct map_power_up *power_ups;
    uint32_t wall_count;
    uint32_t spawn_count;
    uint32_t power_up_count;
    int32_t x; /* of the block's corner, units */
    int32_t y;
    bool is_transposed; /* x and y of this block's pattern are exchanged */
};

static void put_wall(struct maker *maker, int32_t x0, int32_t y0, int32_t x1, int32_t y1)
{
    bool is_transposed = maker->is_transposed;
    maker->walls[maker->wall_count++] = (struct map_box){
        {Q16(maker->x + (is_transposed ? y0 : x0)), Q16(maker->y + (is_transposed ? x0 : y0))},
        {Q16(maker->x + (is_transposed ? y1 : x1)), Q16(maker->y + (is_transposed ? x1 : y1))},
    };
}

static void put_pillars(struct maker *maker)
{
    for (int32_t i = 0; i < 4; i++) {
        int32_t size = random_between(&maker->random, 40, 140);
        int32_t x = (i % 2 ? 480 : 120) + random_between(&maker->random, 0, 80);
        int32_t y = (i / 2 ? 480 : 120) + random_between(&maker->random, 0, 80);
        put_wall(maker, x, y, x + size, y + size);
    }
}

static void put_cross(struct maker *maker)
{
    int32_t reach = random_between(&maker->random, 120, 300);
    put_wall(maker, 400 - reach, 380, 400 + reach, 380 + THICKNESS);
    put_wall(maker, 380, 400 - reach, 380 + THICKNESS, 400 + reach);
}

/* Two corners that open inwards. */
static void put_corners(struct maker *maker)
{
    int32_t low = random_between(&maker->random, 120, 220);
    int32_t high = 800 - low;
    put_wall(maker, low, low, low + 240, low + THICKNESS);
    put_wall(maker, low, low + THICKNESS, low + THICKNESS, low + 240);
    put_wall(maker, high - 240, high - THICKNESS, high, high);
    put_wall(maker, high - THICKNESS, high - 240, high, high - THICKNESS);
}

/* Four walls, each with a door of 100 units in its middle. */
static void put_room(struct maker *maker)
{
    int32_t low = random_between(&maker->random, 120, 240);
    int32_t high = 800 - low;
    put_wall(maker, low, low, 350, low + THICKNESS);
    put_wall(maker, 450, low, high, low + THICKNESS);
    put_wall(maker, low, high - THICKNESS, 350, high);
    put_wall(maker, 450, high - THICKNESS, high, high);
    put_wall(maker, low, low + THICKNESS, low + THICKNESS, 350);
    put_wall(maker, low, 450, low + THICKNESS, high - THICKNESS);
    put_wall(maker, high - THICKNESS, low + THICKNESS, high, 350);
    put_wall(maker, high - THICKNESS, 450, high, high - THICKNESS);
}

static void put_bars(struct maker *maker)
{
    int32_t first = random_between(&maker->random, 120, 300);
    int32_t second = random_between(&maker->random, 440, 640);
    put_wall(maker, random_between(&maker->random, 100, 300), first, random_between(&maker->random, 500, 700),
             first + THICKNESS);
    put_wall(maker, random_between(&maker->random, 100, 300), second, random_between(&maker->random, 500, 700),
             second + THICKNESS);
}

static void put_pattern(struct maker *maker)
{
    maker->is_transposed = random_below(&maker->random, 2) == 1;
    switch (random_below(&maker->random, 6)) {
    case 0:
        put_pillars(maker);
        break;
    case 1:
        put_cross(maker);
        break;
    case 2:
        put_corners(maker);
        break;
    case 3:
        put_room(maker);
        break;
    case 4:
        put_bars(maker);
        break;
    default:
        break; /* an open place */
    }
}

/* Power-ups lie on the aisle at a block's right edge, all of a row of blocks at one y: they come in the map's order. */
static void put_block(struct maker *maker)
{
    const int32_t places[MAP_BLOCK_SPAWNS][2] = {{AISLE, AISLE}, {MAP_BLOCK / 2, AISLE}};
    for (uint32_t i = 0; i < MAP_BLOCK_SPAWNS; i++) {
        maker->spawns[maker->spawn_count++] =
            (struct map_spawn){{Q16(maker->x + places[i][0]), Q16(maker->y + places[i][1])}, RULES_TEAM_NONE};
    }
    put_pattern(maker);
    if (random_below(&maker->random, 2) == 1 && maker->power_up_count < MAP_POWER_UPS_MAX) {
        maker->power_ups[maker->power_up_count++] =
            (struct map_power_up){{Q16(maker->x + MAP_BLOCK - AISLE), Q16(maker->y + MAP_BLOCK / 2)},
                                  (uint8_t)random_below(&maker->random, POWER_UP_COUNT)};
    }
}

void map_make(const struct map_plan *plan, void *memory, struct map *out_map)
{
    REQUIRE(plan->name != NULL && memory != NULL);
    REQUIRE(plan->blocks >= MAP_BLOCKS_MIN && plan->blocks <= MAP_BLOCKS_MAX);
    uint32_t blocks = plan->blocks * plan->blocks;
    struct arena arena;
    arena_init(&arena, memory, MAP_MAKE_BYTES(plan->blocks));
    struct maker maker = {
        .walls = arena_take_zeroed(&arena, (size_t)blocks * MAP_BLOCK_WALLS, sizeof(struct map_box)),
        .spawns = arena_take_zeroed(&arena, (size_t)blocks * MAP_BLOCK_SPAWNS, sizeof(struct map_spawn)),
        .power_ups = arena_take_zeroed(&arena, MAP_POWER_UPS_MAX, sizeof(struct map_power_up)),
    };
    random_init(&maker.random, plan->seed, MAP_STREAM);
    for (uint32_t i = 0; i < blocks; i++) {
        maker.x = (int32_t)(i % plan->blocks) * MAP_BLOCK;
        maker.y = (int32_t)(i / plan->blocks) * MAP_BLOCK;
        put_block(&maker);
    }
    int32_t side = (int32_t)plan->blocks * MAP_BLOCK;
    *out_map = (struct map){.name = plan->name,
                            .width_q16 = Q16(side),
                            .height_q16 = Q16(side),
                            .walls = maker.walls,
                            .wall_count = maker.wall_count,
                            .spawns = maker.spawns,
                            .spawn_count = maker.spawn_count,
                            .power_ups = maker.power_ups,
                            .power_up_count = maker.power_up_count};
}
