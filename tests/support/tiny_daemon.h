/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tiny_daemon.h - the smallest daemon that shows all of the frame, played by a test program itself.
 *
 * A test program calls tiny_daemon_is_wanted first thing in main; tiny_daemon_start starts the same program as a
 * daemon. Its HTTP routes, on TINY_PORT, stand in tiny_daemon.c.
 */
#ifndef MMA_TESTS_SUPPORT_TINY_DAEMON_H
#define MMA_TESTS_SUPPORT_TINY_DAEMON_H

#include "tests/support/support.h"

bool tiny_daemon_is_wanted(void);
int tiny_daemon_main(int argc, char **argv);

/* settings and arguments as for support_start. */
void tiny_daemon_start(struct support_process *process, const char *const *settings, const char *const *arguments);

#endif
