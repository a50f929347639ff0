/* SPDX-License-Identifier: Apache-2.0 */
/* matchmaker_metrics.h - the matchmaker's metrics; each one's help text is in matchmaker_metrics.c. */
#ifndef MMA_SERVICES_MATCHMAKER_IO_MATCHMAKER_METRICS_H
#define MMA_SERVICES_MATCHMAKER_IO_MATCHMAKER_METRICS_H

#include "libcommon/runtime/telemetry/metrics.h"
#include "services/matchmaker/core/matchmaker.h"

extern struct metric matchmaker_metrics_wait;             /* {queue} */
extern struct metric matchmaker_metrics_formed;           /* {queue} */
extern struct metric matchmaker_metrics_quality;          /* {queue} */
extern struct metric matchmaker_metrics_placement_failed; /* {reason} */
extern struct metric matchmaker_metrics_ratings;          /* {result} */
extern struct metric matchmaker_metrics_closed;           /* {queue, state} */

void matchmaker_metrics_register(void);
void matchmaker_metrics_count_tickets(const struct matchmaker *matchmaker); /* sets mma_tickets{queue, state} */

#endif
