/* SPDX-License-Identifier: Apache-2.0 */
/* replay_writer.h - one worker of the replay-writer: opens its servers, its intake and its HTTP port, and closes them.
 */
#ifndef MMA_SERVICES_REPLAY_WRITER_IO_REPLAY_WRITER_H
#define MMA_SERVICES_REPLAY_WRITER_IO_REPLAY_WRITER_H

#include "libcommon/runtime/daemon/daemon.h"

extern const struct daemon_spec replay_writer_spec;

#endif
