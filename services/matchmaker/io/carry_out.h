/* SPDX-License-Identifier: Apache-2.0 */
/*
 * carry_out.h - carries out what the core decided, in order.
 *
 * After each call of the core: carry_out(service). An effect that fails at once (a dependency is away, a queue full) is
 * put aside, and the core hears of it when all others have been carried out: nothing is done from within another.
 */
#ifndef MMA_SERVICES_MATCHMAKER_IO_CARRY_OUT_H
#define MMA_SERVICES_MATCHMAKER_IO_CARRY_OUT_H

#include "services/matchmaker/io/matchmaker_service.h"

void carry_out(struct matchmaker_service *service);

#endif
