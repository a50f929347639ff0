/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the spectator daemon: live viewing of matches. */
#include "services/spectator/io/spectator.h"

static struct spectator_settings settings;

static enum status start(struct daemon *daemon, void **out_instance)
{
    return spectator_start(daemon, &settings, out_instance);
}

int main(int argc, char **argv)
{
    const struct daemon_spec spec = {.name = "spectator",
                                     .summary = "shows running matches to viewers, delayed, at four rates",
                                     .rows = spectator_settings_rows,
                                     .row_count = spectator_settings_row_count,
                                     .settings = &settings,
                                     .start = start,
                                     .drain = spectator_drain,
                                     .stop = spectator_stop,
                                     .destroy = spectator_destroy};
    return daemon_main(&spec, argc, argv);
}
