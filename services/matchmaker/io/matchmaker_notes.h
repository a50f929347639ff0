/* SPDX-License-Identifier: Apache-2.0 */
/* matchmaker_notes.h - the log events and metrics of what the core decided. */
#ifndef MMA_SERVICES_MATCHMAKER_IO_MATCHMAKER_NOTES_H
#define MMA_SERVICES_MATCHMAKER_IO_MATCHMAKER_NOTES_H

#include "services/matchmaker/io/matchmaker_service.h"

/* Nothing for effects that are not noted. */
void matchmaker_notes_write(const struct matchmaker_service *service, const struct matchmaker_effect *effect);

#endif
