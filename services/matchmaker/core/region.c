/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/region.h"

#include "libcommon/base/text.h"

static const char *const names[REGION_COUNT + 1] = {"na_east", "na_west", "eu_west", "asia_pacific", ""};

const char *region_name(uint32_t region)
{
    return names[region < REGION_COUNT ? region : REGION_NONE];
}

enum region region_find(const char *name)
{
    uint32_t region = 0;
    while (region < REGION_COUNT && !text_equal(name, names[region])) {
        region++;
    }
    return (enum region)region;
}
