/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/telemetry/require_report.h"

#include "libcommon/base/status.h"

#include <stdio.h>

static void on_required(const char *expression, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: required, and not so: %s\n", file, line, expression);
}

void require_report_to_stderr(void)
{
    status_set_require_handler(on_required);
}
