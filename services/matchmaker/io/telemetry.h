/* SPDX-License-Identifier: Apache-2.0 */
/* telemetry.h - the matchmaker's metrics; each one's help text is in telemetry.c. */
#ifndef MMA_MATCHMAKER_TELEMETRY_H
#define MMA_MATCHMAKER_TELEMETRY_H

#include "libcommon/runtime/telemetry/metrics.h"
#include "services/matchmaker/core/matchmaker.h"

extern struct metric telemetry_wait;             /* {queue} */
extern struct metric telemetry_formed;           /* {queue} */
extern struct metric telemetry_quality;          /* {queue} */
extern struct metric telemetry_placement_failed; /* {reason} */
extern struct metric telemetry_ratings;          /* {result} */
extern struct metric telemetry_closed;           /* {queue, state} */

void telemetry_register(void);
void telemetry_count_tickets(const struct matchmaker *matchmaker); /* sets mma_tickets{queue, state} */

#endif
