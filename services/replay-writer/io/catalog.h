/* SPDX-License-Identifier: Apache-2.0 */
/*
 * catalog.h - what PostgreSQL knows of replays and the audit trail (deploy/sql). Loop's thread.
 */
#ifndef MMA_SERVICES_REPLAY_WRITER_IO_CATALOG_H
#define MMA_SERVICES_REPLAY_WRITER_IO_CATALOG_H

#include "libcommon/runtime/stores/postgres.h"
#include "libcommon/runtime/web/http_server.h"
#include "proto/durable.pb-c.h"
#include "services/replay-writer/io/store.h"

/* OK: the row is committed, by this call or an earlier one. REFUSED: it never can be; all else may pass. */
typedef void catalog_on_recorded(void *owner, enum status status);

/* What these return is as of postgres_query; on_recorded follows only after STATUS_OK. Arguments are copied. */
MUST_USE enum status catalog_record_replay(struct postgres *postgres, const char *match_id,
                                           const struct store_replay *replay, catalog_on_recorded *on_recorded,
                                           void *owner);
MUST_USE enum status catalog_record_audit(struct postgres *postgres, const Mma__AuditEvent *event,
                                          catalog_on_recorded *on_recorded, void *owner);

/*
 * Answers GET /v1/replays?limit=&cursor= with {"replays": [...], "next_cursor": "..."}, newest first. The cursor is
 * opaque to clients: where the last page ended.
 */
void catalog_answer_list(struct postgres *postgres, struct http_exchange *exchange);

#endif
