/* SPDX-License-Identifier: Apache-2.0 */
/*
 * require_report.h - for command-line tools: a failed REQUIRE says its expression and place on stderr before it stops
 * the program. Daemons log it instead.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_TELEMETRY_REQUIRE_REPORT_H
#define MMA_LIBCOMMON_RUNTIME_TELEMETRY_REQUIRE_REPORT_H

/* First thing in main. */
void require_report_to_stderr(void);

#endif
