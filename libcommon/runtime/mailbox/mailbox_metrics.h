/* SPDX-License-Identifier: Apache-2.0 */
/* mailbox_metrics.h - what the parts of the mailbox count. Loop's thread only. */
#ifndef MMA_LIBCOMMON_RUNTIME_MAILBOX_MAILBOX_METRICS_H
#define MMA_LIBCOMMON_RUNTIME_MAILBOX_MAILBOX_METRICS_H

#include <stddef.h>

void mailbox_metrics_register(void);                             /* safe to call again */
void mailbox_metrics_moved(const char *direction, size_t bytes); /* "in", "out": one batch */
/* Envelopes or batches that were given up; reasons stand in the family's help text. */
void mailbox_metrics_dropped(const char *reason, double count);
void mailbox_metrics_timed_out(void);
void mailbox_metrics_peers(size_t count);

double mailbox_metrics_drops(const char *reason); /* so far */

#endif
