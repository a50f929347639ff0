/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intake.h - a new ticket's way into its queue: its player's rating is read (PostgreSQL, RATING_READ_TIMEOUT_MS; the
 * one last seen or the start rating while it is away), then the core takes it.
 */
#ifndef MMA_MATCHMAKER_INTAKE_H
#define MMA_MATCHMAKER_INTAKE_H

#include "services/matchmaker/io/service.h"

#define INTAKES_MAX 512 /* ratings being read at once */

/* Exactly once, perhaps before intake_enter returns. ticket is NULL unless status is OK; STATUS_EXISTS: the player has
 * an open ticket; STATUS_FULL; STATUS_UNAVAILABLE: shutting down; STATUS_CANCELLED: stopped, and there is nobody to
 * answer. */
typedef void intake_done(void *owner, enum status status, const struct ticket *ticket);

void intake_enter(struct service *service, const struct ticket *draft, intake_done *done, void *owner);

#endif
