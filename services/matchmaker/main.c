/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the matchmaker daemon: forms matches of tickets, places them on engines, moves ratings; see README.md. */
#include "services/matchmaker/io/matchmaker_service.h"

static struct matchmaker_settings settings;

static enum status start(struct daemon *daemon, void **out_instance)
{
    return matchmaker_service_start(daemon, &settings, out_instance);
}

int main(int argc, char **argv)
{
    const struct daemon_spec spec = {.name = "matchmaker",
                                     .summary = "tickets, ratings, matches and their placement; the HTTP API",
                                     .rows = matchmaker_settings_rows,
                                     .row_count = matchmaker_settings_row_count,
                                     .settings = &settings,
                                     .check = matchmaker_service_check,
                                     .start = start,
                                     .drain = matchmaker_service_drain,
                                     .stop = matchmaker_service_stop,
                                     .destroy = matchmaker_service_destroy};
    return daemon_main(&spec, argc, argv);
}
