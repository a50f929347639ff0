/* SPDX-License-Identifier: Apache-2.0 */
/* rotated_polygon.h - walls of any angle for tests. */
#ifndef MMA_TESTS_SUPPORT_ROTATED_POLYGON_H
#define MMA_TESTS_SUPPORT_ROTATED_POLYGON_H

#include "libcommon/game/map/map.h"

/* Equal angles about centre, the first corner at rotation. Valid for radii of 20 units and more. */
struct map_polygon rotated_polygon(struct vec2 centre, int32_t radius_q16, uint16_t rotation, uint8_t corner_count);

#endif
