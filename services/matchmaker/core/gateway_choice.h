/* SPDX-License-Identifier: Apache-2.0 */
/* gateway_choice.h - which gateway a player who came over HTTP is sent to: it is part of the ticket's assignment. */
#ifndef MMA_SERVICES_MATCHMAKER_CORE_GATEWAY_CHOICE_H
#define MMA_SERVICES_MATCHMAKER_CORE_GATEWAY_CHOICE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define GATEWAY_CHOICE_NONE UINT32_MAX

struct gateway_choice {
    const char *address; /* public; "": it has none. Borrowed */
    uint32_t region;
    bool is_draining;
    uint32_t players;
};

/* The gateway with the fewest players, of the region where there is one that takes players, else of any. */
uint32_t gateway_choice_best(const struct gateway_choice *gateways, uint32_t count, uint32_t region);

#endif
