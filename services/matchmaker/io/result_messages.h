/* SPDX-License-Identifier: Apache-2.0 */
/* result_messages.h - a MatchResult as the core's report, and as the JSON that apply_match_result takes. No loop here.
 */
#ifndef MMA_SERVICES_MATCHMAKER_IO_RESULT_MESSAGES_H
#define MMA_SERVICES_MATCHMAKER_IO_RESULT_MESSAGES_H

#include "proto/durable.pb-c.h"
#include "services/matchmaker/core/matchmaker.h"

#include <jansson.h>

/* Borrows the message's texts. */
void result_messages_report(const Mma__MatchResult *message, struct result_report *out_report);

/* result: that message's, as the core has computed it. NULL when out of memory. */
json_t *result_messages_json(const Mma__MatchResult *message, const struct result *result);
json_t *result_messages_player_ids(const struct result *result);

#endif
