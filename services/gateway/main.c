/* SPDX-License-Identifier: Apache-2.0 */
/* gateway - the edge: game clients' WebSockets in, matchmaker, engines and spectators behind it. See README.md. */
#include "libcommon/runtime/daemon/daemon.h"
#include "services/gateway/io/gateway.h"
#include "services/gateway/io/gateway_settings.h"

int main(int argc, char **argv)
{
    struct daemon_spec spec = {
        .name = "gateway",
        .summary = "serves game clients: WebSocket, tokens, rate limits, sessions, the web page",
        .rows = gateway_settings_rows,
        .row_count = gateway_settings_count,
        .settings = &gateway_settings,
        .check = gateway_check,
        .start = gateway_start,
        .drain = gateway_drain,
        .stop = gateway_stop,
        .destroy = gateway_destroy,
    };
    return daemon_main(&spec, argc, argv);
}
