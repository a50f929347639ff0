/* SPDX-License-Identifier: Apache-2.0 */
/* placements.h - asks engines to run matches. */
#ifndef MMA_SERVICES_MATCHMAKER_IO_PLACEMENTS_H
#define MMA_SERVICES_MATCHMAKER_IO_PLACEMENTS_H

#include "services/matchmaker/io/matchmaker_service.h"

/* The match's engine; with STATUS_OK the core hears of the answer, or of its absence. */
MUST_USE enum status placements_ask(struct matchmaker_service *service, uint32_t match_slot);

#endif
