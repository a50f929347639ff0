/* SPDX-License-Identifier: Apache-2.0 */
/* main.c - the game-engine daemon: authoritative matches at 60 Hz. */
#include "services/game-engine/io/engine.h"

static struct engine_settings settings;

static enum status start(struct daemon *daemon, void **out_instance)
{
    return engine_start(daemon, &settings, out_instance);
}

int main(int argc, char **argv)
{
    const struct daemon_spec spec = {.name = "game-engine",
                                     .summary = "runs authoritative matches at 60 ticks a second",
                                     .rows = engine_setting_rows,
                                     .row_count = engine_setting_row_count,
                                     .settings = &settings,
                                     .check = engine_check,
                                     .start = start,
                                     .drain = engine_drain,
                                     .stop = engine_stop,
                                     .destroy = engine_destroy};
    return daemon_main(&spec, argc, argv);
}
