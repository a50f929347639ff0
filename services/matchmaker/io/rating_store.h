/* SPDX-License-Identifier: Apache-2.0 */
/* rating_store.h - ratings and results in PostgreSQL. With STATUS_OK the core hears of the answer, or of its absence.
 */
#ifndef MMA_SERVICES_MATCHMAKER_IO_RATING_STORE_H
#define MMA_SERVICES_MATCHMAKER_IO_RATING_STORE_H

#include "services/matchmaker/io/matchmaker_service.h"

MUST_USE enum status rating_store_read(struct matchmaker_service *service, uint32_t intake);
MUST_USE enum status rating_store_read_all(struct matchmaker_service *service, uint32_t result_slot);
MUST_USE enum status rating_store_write(struct matchmaker_service *service, uint32_t result_slot);

#endif
