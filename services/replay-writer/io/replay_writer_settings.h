/* SPDX-License-Identifier: Apache-2.0 */
/* replay_writer_settings.h - what a replay-writer is told by its environment. */
#ifndef MMA_SERVICES_REPLAY_WRITER_IO_REPLAY_WRITER_SETTINGS_H
#define MMA_SERVICES_REPLAY_WRITER_IO_REPLAY_WRITER_SETTINGS_H

#include "libcommon/runtime/daemon/config.h"

#define REPLAY_WRITER_SETTINGS_ROWS 5

struct replay_writer_settings {
    uint32_t port;
    const char *folder;
    uint32_t prefetch;
    uint32_t retry_ms;
    uint32_t query_timeout_ms;
};

extern const struct config_row replay_writer_settings_rows[REPLAY_WRITER_SETTINGS_ROWS];

#endif
