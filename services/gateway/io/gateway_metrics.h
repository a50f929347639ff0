/* SPDX-License-Identifier: Apache-2.0 */
/*
 * gateway_metrics.h - what a gateway counts.
 *
 * The hot paths add to plain counters; gateway_metrics_publish hands them to libcommon/runtime/telemetry/metrics.h
 * twice a second.
 */
#ifndef MMA_SERVICES_GATEWAY_IO_GATEWAY_METRICS_H
#define MMA_SERVICES_GATEWAY_IO_GATEWAY_METRICS_H

#include "services/gateway/core/router.h"

enum snapshot_result { SNAPSHOT_WRITTEN, SNAPSHOT_SKIPPED, SNAPSHOT_ORPHAN, SNAPSHOT_RESULTS };
enum input_result { INPUT_FORWARDED, INPUT_RATE_LIMITED, INPUT_LATE, INPUT_LOST, INPUT_RESULTS };

struct gateway_counts {
    uint64_t snapshots[SNAPSHOT_RESULTS];
    uint64_t inputs[INPUT_RESULTS];
    uint64_t messages[SESSION_MESSAGE_COUNT][GATEWAY_MESSAGE_RESULTS]; /* inputs are not counted here */
    uint64_t invalid_messages;
    uint64_t bytes_in, bytes_out; /* WebSocket payload */
};

void gateway_metrics_register(void);
void gateway_metrics_publish(const struct gateway_counts *counts, uint32_t players, uint32_t watchers);
void gateway_metrics_session(const char *result);     /* opened, or why not */
void gateway_metrics_closed(uint16_t code);           /* a socket is gone */
void gateway_metrics_refused(const char *error_code); /* an error message was sent */

#endif
