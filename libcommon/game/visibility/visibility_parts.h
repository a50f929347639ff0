/* SPDX-License-Identifier: Apache-2.0 */
/*
 * visibility_parts.h - what the files that fill a visibility's table share. Internal to visibility*.c.
 *
 * A tile is its column and row here. eyes: where somebody in a tile may be; body: where what is in a tile may be. Both
 * are the bounds of it; what is further from the tile than the margin, as corners are, does not belong to it.
 */
#ifndef MMA_GAME_VISIBILITY_PARTS_H
#define MMA_GAME_VISIBILITY_PARTS_H

#include "libcommon/game/visibility/occluder.h"
#include "libcommon/game/visibility/visibility.h"

#define VISIBILITY_CUT_ALL 255 /* of eyes.left: nobody can stand there */

struct visibility_span {
    int32_t low; /* both included; none when high is below low */
    int32_t high;
};

struct visibility_tiles {
    struct visibility_span columns;
    struct visibility_span rows;
};

/* Fills eyes, bodies and least_body. */
void visibility_cut_tiles(struct visibility *visibility);

/* Hides what an occluder hides from any tile around. */
void visibility_hide_by(struct visibility *visibility, const struct occluder *occluder);

/* Hides what a wall hides together with walls of a higher index that it touches. */
void visibility_hide_by_pairs(struct visibility *visibility, uint32_t wall);

/*
 * Hides from one tile what lies behind an occluder; not what is not apart from it, where it is hollow (the hull of
 * walls). Answers false, and hides nothing, when the tile's eyes and the occluder are not apart.
 */
bool visibility_hide_behind(struct visibility *visibility, const struct occluder *occluder, bool is_hollow,
                            int32_t column, int32_t row);

/* Whether somebody can stand in the tile and the occluder is large enough to hide anything from it. */
bool visibility_may_block(const struct visibility *visibility, const struct occluder *occluder, int32_t column,
                          int32_t row);

/*
 * Tiles past an occluder that lies wholly to one side of the eyes: none lies further to the other side than itself, but
 * for a margin.
 */
struct visibility_tiles visibility_area_behind(const struct visibility *visibility, const struct occluder *occluder,
                                               const struct map_box *eyes, int32_t margin,
                                               struct visibility_tiles window);

/* The tiles that the box touches when it is grown by so many tiles and units. */
struct visibility_tiles visibility_tiles_near(const struct visibility *visibility, struct vec2 low, struct vec2 high,
                                              struct vec2 tiles, int32_t margin);

/* The tiles that a tile has bits for. */
struct visibility_tiles visibility_window(const struct visibility *visibility, int32_t column, int32_t row);

/* Tiles in whose windows the occluder is, or part of it. */
struct visibility_tiles visibility_watchers(const struct visibility *visibility, const struct occluder *occluder);

/* Hides columns of a row, within the window and maybe none, from a tile. */
void visibility_hide(struct visibility *visibility, int32_t from_column, int32_t from_row,
                     struct visibility_span columns, int32_t row);

static inline void visibility_keep_below(struct visibility_span *span, int32_t high)
{
    span->high = high < span->high ? high : span->high;
}

static inline void visibility_keep_above(struct visibility_span *span, int32_t low)
{
    span->low = low > span->low ? low : span->low;
}

static inline size_t visibility_index(const struct visibility *visibility, int32_t column, int32_t row)
{
    return (size_t)row * (size_t)visibility->columns + (size_t)column;
}

static inline struct map_box visibility_tile_box(const struct visibility *visibility, int32_t column, int32_t row,
                                                 int32_t margin)
{
    int32_t size = 1 << visibility->shift;
    struct vec2 low = {column * size - Q16(margin), row * size - Q16(margin)};
    return (struct map_box){low, {low.x + size + 2 * Q16(margin), low.y + size + 2 * Q16(margin)}};
}

static inline struct map_box visibility_uncut(struct map_box box, struct visibility_cut cut)
{
    return (struct map_box){{box.low.x + Q16(cut.left), box.low.y + Q16(cut.top)},
                            {box.high.x - Q16(cut.right), box.high.y - Q16(cut.bottom)}};
}

static inline struct map_box visibility_eyes(const struct visibility *visibility, int32_t column, int32_t row)
{
    return visibility_uncut(visibility_tile_box(visibility, column, row, VISIBILITY_EYE),
                            visibility->eyes[visibility_index(visibility, column, row)]);
}

static inline struct map_box visibility_body(const struct visibility *visibility, int32_t column, int32_t row)
{
    return visibility_uncut(visibility_tile_box(visibility, column, row, VISIBILITY_BODY),
                            visibility->bodies[visibility_index(visibility, column, row)]);
}

static inline bool visibility_can_stand(const struct visibility *visibility, int32_t column, int32_t row)
{
    return visibility->eyes[visibility_index(visibility, column, row)].left != VISIBILITY_CUT_ALL;
}

#endif
