/* SPDX-License-Identifier: Apache-2.0 */
/* trace.h - trace ids as W3C Trace Context (level 1, section 3.2) writes them. */
#ifndef MMA_LIBCOMMON_RUNTIME_TELEMETRY_TRACE_H
#define MMA_LIBCOMMON_RUNTIME_TELEMETRY_TRACE_H

#include "libcommon/base/status.h"
#include "libcommon/runtime/telemetry/log.h"

struct trace_id trace_new(void); /* random */

/* Of a traceparent header: "00-<32 hex digits>-<16 hex digits>-<2 hex digits>"; later versions may be longer. */
MUST_USE enum status trace_parse(const char *traceparent, struct trace_id *out_trace);

#define TRACEPARENT_SIZE 56
/* The traceparent header of a message that belongs to trace, with a parent id of its own. */
void trace_format(struct trace_id trace, char out[TRACEPARENT_SIZE]);

#endif
