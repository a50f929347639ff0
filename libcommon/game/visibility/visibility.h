/* SPDX-License-Identifier: Apache-2.0 */
/*
 * visibility.h - which parts of a map can be seen from which: a bit for each two tiles within a screen of each other.
 *
 * "Hidden" is proved: no straight line leads from where somebody in the one tile may be to any part of what is in the
 * other that would not meet walls. Everything else is "seen". Walls are closed, so a line along the seam of two walls
 * that touch is blocked.
 *
 * Both tiles are grown by what motion can add to a prediction (VISIBILITY_EYE, VISIBILITY_BODY: all that is within that
 * distance), and cut where a wall takes their whole breadth: nobody gets through it. So ask for a place that a player
 * can come to; a place extrapolated through a wall has another side of it. From where no player can stand nothing is
 * seen.
 *
 * Built once a map over the caller's memory, constant afterwards: matches on a map may share it. While it is being
 * built, what has not been looked at is seen. Two walls that touch hide as one, longer chains by twos. Polygons hide
 * each for itself.
 */
#ifndef MMA_GAME_VISIBILITY_H
#define MMA_GAME_VISIBILITY_H

#include "libcommon/game/map/map.h"
#include "libcommon/game/rules/rules.h"

#include <stddef.h>

#define VISIBILITY_FINE_MAX     4096 /* a map no larger than this each way has tiles of 32 units, a larger one of 64 */
#define VISIBILITY_FINE_SHIFT   21
#define VISIBILITY_COARSE_SHIFT 22

/* Units. The look-ahead is the caller's, by a place it predicts: slack is what 8 ticks of full acceleration change. */
#define VISIBILITY_SLACK  35                      /* 4,000 u/s^2 / 2 * (8 / 60 s)^2 */
#define VISIBILITY_EYE    VISIBILITY_SLACK        /* what sees is a player's middle */
#define VISIBILITY_BODY   (25 + VISIBILITY_SLACK) /* what is seen is anything of it: RULES_PLAYER_RADIUS */
#define VISIBILITY_TRAVEL 100                     /* 8 ticks at top speed with the power-up */

/* How far a tile's grown square is cut off on each side, units. */
struct visibility_cut {
    uint8_t left;
    uint8_t top;
    uint8_t right;
    uint8_t bottom;
};

struct visibility {
    const struct map *map; /* borrowed */
    int32_t shift;         /* a tile is 1 << shift across, Q16 */
    int32_t columns;
    int32_t rows;
    int32_t reach_x; /* tiles each way that a tile has bits for; tiles further off count as seen */
    int32_t reach_y;
    int32_t breadth;               /* 2 * reach_x + 1 */
    int32_t height;                /* 2 * reach_y + 1 */
    uint32_t words;                /* of a tile's bits */
    uint32_t walls_done;           /* of the map's boxes, then of its polygons */
    struct vec2 least_body;        /* no grown tile is narrower than x, none lower than y, as cut */
    uint64_t *bits;                /* [rows * columns * words] seen: the tiles around each tile, row by row */
    struct visibility_cut *eyes;   /* [rows * columns] where somebody in a tile may be */
    struct visibility_cut *bodies; /* [rows * columns] where what is in a tile may be */
};

size_t visibility_bytes(const struct map *map);

/* memory: visibility_bytes(map), aligned to 16. Nothing is hidden yet. The map must be valid. */
void visibility_init(struct visibility *visibility, const struct map *map, void *memory);

/*
 * Finds what the next so many walls hide; true once all are done. A wall costs 0.1 to 10 ms, by its length, the walls
 * it touches and the size of tiles.
 */
bool visibility_step(struct visibility *visibility, uint32_t walls);

/* The tile of a position; of the nearest one inside, for a position outside the world. */
static inline uint32_t visibility_tile(const struct visibility *visibility, struct vec2 position)
{
    int32_t column = q16_clamp(position.x >> visibility->shift, 0, visibility->columns - 1);
    int32_t row = q16_clamp(position.y >> visibility->shift, 0, visibility->rows - 1);
    return (uint32_t)row << 16 | (uint32_t)column;
}

/* The bits of one tile that somebody looks from. */
struct visibility_eye {
    const uint64_t *bits;
    uint32_t left; /* the first column that there are bits for, modulo 2^32: it may lie before the map's */
    uint32_t top;  /* as left */
};

static inline struct visibility_eye visibility_eye(const struct visibility *visibility, uint32_t from)
{
    uint32_t column = from & 0xffff;
    uint32_t row = from >> 16;
    size_t tile = (size_t)row * (size_t)visibility->columns + column;
    return (struct visibility_eye){.bits = visibility->bits + tile * visibility->words,
                                   .left = column - (uint32_t)visibility->reach_x,
                                   .top = row - (uint32_t)visibility->reach_y};
}

/* May somebody there see anything of somebody, or something, in tile to? */
static inline bool visibility_eye_sees(const struct visibility *visibility, const struct visibility_eye *eye,
                                       uint32_t to)
{
    uint32_t x = (to & 0xffff) - eye->left;
    uint32_t y = (to >> 16) - eye->top;
    if (x >= (uint32_t)visibility->breadth || y >= (uint32_t)visibility->height) {
        return true;
    }
    uint32_t bit = y * (uint32_t)visibility->breadth + x;
    return (eye->bits[bit >> 6] >> (bit & 63) & 1) != 0;
}

/* The same of two tiles. Both by visibility_tile. */
static inline bool visibility_sees(const struct visibility *visibility, uint32_t from, uint32_t to)
{
    struct visibility_eye eye = visibility_eye(visibility, from);
    return visibility_eye_sees(visibility, &eye, to);
}

/* Prefetches the bits of a tile that somebody will look from. */
static inline void visibility_prefetch(const struct visibility *visibility, uint32_t from)
{
    struct visibility_eye eye = visibility_eye(visibility, from);
    for (uint32_t word = 0; word < visibility->words; word += 8) {
        __builtin_prefetch(eye.bits + word);
    }
}

#endif
