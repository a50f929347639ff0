/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/gateway_choice.h"

#include "libcommon/base/status.h"

static bool takes_players(const struct gateway_choice *gateway)
{
    return !gateway->is_draining && gateway->address[0] != '\0';
}

static bool is_better(const struct gateway_choice *a, const struct gateway_choice *b, uint32_t region)
{
    bool is_near = a->region == region;
    return is_near != (b->region == region) ? is_near : a->players < b->players;
}

uint32_t gateway_choice_best(const struct gateway_choice *gateways, uint32_t count, uint32_t region)
{
    REQUIRE(count == 0 || gateways != NULL);
    uint32_t best = GATEWAY_CHOICE_NONE;
    for (uint32_t i = 0; i < count; i++) {
        if (takes_players(&gateways[i]) &&
            (best == GATEWAY_CHOICE_NONE || is_better(&gateways[i], &gateways[best], region))) {
            best = i;
        }
    }
    return best;
}
