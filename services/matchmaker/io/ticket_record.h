/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ticket_record.h - a ticket as it lies in Redis, for the matchmaker that comes next. No loop here.
 *
 * JSON {"ticket": Ticket without its assignment, "gateway": "tcp://...", "session_id": "123", "match_id": "...",
 * "engine": "tcp://...", "region": "eu_west", "waited_ms": 250, "lifetime_ms": 90000, "owner": "tcp://..."}. match_id,
 * engine and region are empty until COMPLETED. The last three are for taking over (takeover.h); records of versions
 * before them have none: their tickets wait from the start.
 */
#ifndef MMA_SERVICES_MATCHMAKER_IO_TICKET_RECORD_H
#define MMA_SERVICES_MATCHMAKER_IO_TICKET_RECORD_H

#include "services/matchmaker/core/matchmaker.h"

/* What the record is stored with: to a minute past the ticket's time-out. */
uint64_t ticket_record_lifetime_ms(const struct matchmaker *core);

/* NULL when out of memory; free it. */
char *ticket_record_write(const struct matchmaker *core, const struct ticket *ticket, const char *owner,
                          const struct matchmaker_clock *clock);

/* left_ms: of its lifetime, as Redis says, or negative. What is in Redis is checked like a request. false: no record.
 */
bool ticket_record_read(const struct matchmaker *core, const char *home_region, const char *text, size_t size,
                        int64_t left_ms, struct stored_ticket *out_stored);

#endif
