/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/rotated_polygon.h"

struct map_polygon rotated_polygon(struct vec2 centre, int32_t radius_q16, uint16_t rotation, uint8_t corner_count)
{
    struct map_polygon polygon = {.corner_count = corner_count};
    for (uint32_t i = 0; i < corner_count; i++) {
        uint16_t angle = (uint16_t)(rotation + 65536u * i / corner_count);
        polygon.corners[i] = vec2_add(centre, vec2_from_angle(angle, radius_q16));
    }
    return polygon;
}
