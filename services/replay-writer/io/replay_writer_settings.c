/* SPDX-License-Identifier: Apache-2.0 */
#include "services/replay-writer/io/replay_writer_settings.h"

#define FIELD(member) CONFIG_FIELD(struct replay_writer_settings, member)

const struct config_row replay_writer_settings_rows[REPLAY_WRITER_SETTINGS_ROWS] = {
    {"PORT", CONFIG_U32, FIELD(port), "8082", 0, 65535, "TCP port that serves replay files; 0: any free one", NULL},
    {"REPLAY_DIR", CONFIG_TEXT, FIELD(folder), "replays", 1, 900,
     "folder for replay files; shared by all replay-writers, created if missing", NULL},
    {"AMQP_PREFETCH", CONFIG_U32, FIELD(prefetch), "64", 1, 1000, "unacknowledged deliveries a queue and worker", NULL},
    {"REPLAY_RETRY_MS", CONFIG_U32, FIELD(retry_ms), "1000", 10, 60000,
     "wait before a chunk or event is tried again when disk or database is away", NULL},
    {"DATABASE_TIMEOUT_MS", CONFIG_U32, FIELD(query_timeout_ms), "5000", 100, 60000, "deadline of one query", NULL},
};
