/* SPDX-License-Identifier: Apache-2.0 */
/* bots - a load client that speaks the real protocol; see options.c for what it can do. */
#include "libcommon/runtime/telemetry/require_report.h"
#include "tests/bench/bots/fleet.h"

#include <signal.h>

int main(int argc, char **argv)
{
    require_report_to_stderr();
    struct options options;
    int exit_code = 0;
    if (!options_parse(&options, argc, argv, &exit_code)) {
        return exit_code;
    }
    signal(SIGPIPE, SIG_IGN);
    return fleet_run(&options);
}
