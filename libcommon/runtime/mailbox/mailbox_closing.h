/* SPDX-License-Identifier: Apache-2.0 */
/*
 * mailbox_closing.h - closes an NNG socket without waiting for it.
 *
 * nng_close waits until every pipe of the socket is reaped, and in NNG 1.5.2 it may wait for ever when a pipe is busy
 * at that moment: the one reaper thread then waits for a task that nobody runs. A loop must not wait for that. The
 * socket is closed by a thread of its own, which ends when NNG lets it, or with the process.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_MAILBOX_MAILBOX_CLOSING_H
#define MMA_LIBCOMMON_RUNTIME_MAILBOX_MAILBOX_CLOSING_H

#include <nng/nng.h>

/* The caller's aios must be stopped: nothing of the caller's is touched afterwards. */
void mailbox_close_socket(nng_socket socket);

#endif
