/* SPDX-License-Identifier: Apache-2.0 */
/* region.h - the regions that matches are played in. A set of regions is a bit mask, bit r for region r. */
#ifndef MMA_SERVICES_MATCHMAKER_CORE_REGION_H
#define MMA_SERVICES_MATCHMAKER_CORE_REGION_H

#include <stdint.h>

enum region { REGION_NA_EAST, REGION_NA_WEST, REGION_EU_WEST, REGION_ASIA_PACIFIC, REGION_COUNT };

#define REGION_NONE REGION_COUNT

const char *region_name(uint32_t region);  /* "" for REGION_NONE */
enum region region_find(const char *name); /* REGION_NONE when there is none of that name */

#endif
