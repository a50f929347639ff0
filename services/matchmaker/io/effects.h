/* SPDX-License-Identifier: Apache-2.0 */
/* effects.h - carries out what the core decided: tells gateways, stores tickets, asks engines. */
#ifndef MMA_MATCHMAKER_EFFECTS_H
#define MMA_MATCHMAKER_EFFECTS_H

#include "services/matchmaker/io/service.h"

/* An engine that refuses at once leads to further effects, which are carried out within. */
void effects_carry_out(struct service *service, const struct matchmaker_effects *effects);

#endif
