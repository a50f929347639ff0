/* SPDX-License-Identifier: Apache-2.0 */
/* results.h - match results off RabbitMQ: the messages of those at work, by the core's slot. */
#ifndef MMA_SERVICES_MATCHMAKER_IO_RESULTS_H
#define MMA_SERVICES_MATCHMAKER_IO_RESULTS_H

#include "services/matchmaker/io/matchmaker_service.h"

void results_on_delivery(void *owner, const struct amqp_delivery *delivery); /* owner: the service */
void results_release(struct matchmaker_service *service, uint32_t slot);     /* frees its message, if there is one */

#endif
