/* SPDX-License-Identifier: Apache-2.0 */
#include "services/replay-writer/io/catalog.h"

#include "libcommon/base/hex_id.h"
#include "libcommon/base/sqlstate.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define LIMIT_DEFAULT 20
#define LIMIT_MAX     100
#define CURSOR_MAX    96

struct recording {
    catalog_on_recorded *on_recorded;
    void *owner;
};

static void on_recorded_result(void *owner, enum status status, const PGresult *result)
{
    if (status == STATUS_REFUSED && !sqlstate_is_permanent(PQresultErrorField(result, PG_DIAG_SQLSTATE))) {
        status = STATUS_UNAVAILABLE;
    }
    struct recording recording = *(struct recording *)owner;
    free(owner);
    recording.on_recorded(recording.owner, status);
}

static enum status record(struct postgres *postgres, const struct postgres_statement *statement,
                          catalog_on_recorded *on_recorded, void *owner)
{
    struct recording *recording = malloc(sizeof *recording);
    if (recording == NULL) {
        return STATUS_NO_MEMORY;
    }
    *recording = (struct recording){.on_recorded = on_recorded, .owner = owner};
    enum status status = postgres_query(postgres, statement, on_recorded_result, recording);
    if (status != STATUS_OK) {
        free(recording);
    }
    return status;
}

enum status catalog_record_replay(struct postgres *postgres, const char *match_id, const struct store_replay *replay,
                                  catalog_on_recorded *on_recorded, void *owner)
{
    char size[24], chunks[16], ticks[16], hash[20];
    snprintf(size, sizeof size, "%" PRIu64, replay->size);
    snprintf(chunks, sizeof chunks, "%" PRIu32, replay->chunks);
    snprintf(ticks, sizeof ticks, "%" PRIu32, replay->summary.ticks);
    snprintf(hash, sizeof hash, "%016" PRIx64, replay->summary.state_hash);
    struct postgres_statement statement = {
        .sql = "INSERT INTO replays (match_id, size_bytes, chunks, ticks, sha256, state_hash, path) "
               "VALUES ($1, $2, $3, $4, $5, $6, $7) ON CONFLICT (match_id) DO NOTHING",
        .parameter_count = 7,
        .parameters = {match_id, size, chunks, ticks, replay->sha256, hash, replay->path},
    };
    return record(postgres, &statement, on_recorded, owner);
}

enum status catalog_record_audit(struct postgres *postgres, const Mma__AuditEvent *event,
                                 catalog_on_recorded *on_recorded, void *owner)
{
    char at_ms[24];
    snprintf(at_ms, sizeof at_ms, "%" PRId64, event->at_time);
    struct postgres_statement statement = {
        .sql = "INSERT INTO audit_events (event_id, kind, match_id, player_id, at, body) "
               "VALUES ($1, $2, nullif($3, ''), nullif($4, ''), to_timestamp($5::bigint / 1000.0), "
               "coalesce(nullif($6, ''), '{}')::jsonb) ON CONFLICT (event_id) DO NOTHING",
        .parameter_count = 6,
        .parameters = {event->event_id, event->kind, event->match_id, event->player_id, at_ms, event->body},
    };
    return record(postgres, &statement, on_recorded, owner);
}

/* "2026-01-31T12:00:00.123456Z_<match id>": the last row of the page before. */
static bool cursor_split(const char *cursor, char out_time[CURSOR_MAX], const char **out_match_id)
{
    const char *separator = strchr(cursor, '_');
    size_t length = separator != NULL ? (size_t)(separator - cursor) : 0;
    if (length == 0 || length >= CURSOR_MAX || strspn(cursor, "0123456789-:.TZ") != length ||
        !hex_id_is_valid(separator + 1)) {
        return false;
    }
    memcpy(out_time, cursor, length);
    out_time[length] = '\0';
    *out_match_id = separator + 1;
    return true;
}

static const char *text(const PGresult *result, int row, const char *column)
{
    return PQgetvalue(result, row, PQfnumber(result, column));
}

static json_t *row_json(const PGresult *result, int row)
{
    return json_pack("{s:s, s:I, s:I, s:I, s:s, s:s, s:s}", "match_id", text(result, row, "match_id"), "size_bytes",
                     (json_int_t)strtoll(text(result, row, "size_bytes"), NULL, 10), "chunks",
                     (json_int_t)strtoll(text(result, row, "chunks"), NULL, 10), "ticks",
                     (json_int_t)strtoll(text(result, row, "ticks"), NULL, 10), "sha256", text(result, row, "sha256"),
                     "state_hash", text(result, row, "state_hash"), "create_time", text(result, row, "create_time"));
}

static void on_list(void *owner, enum status status, const PGresult *result)
{
    struct http_exchange *exchange = owner;
    if (status != STATUS_OK) {
        http_respond_error(exchange, 503, "DATABASE_UNAVAILABLE", NULL, "the list of replays is away; try again");
        return;
    }
    json_t *rows = json_array();
    int found = PQntuples(result);
    int page = found > 0 ? (int)strtol(text(result, 0, "page"), NULL, 10) : 0;
    int count = found > page ? page : found; /* one more was asked for, to know whether there is more */
    for (int row = 0; row < count; row++) {
        json_array_append_new(rows, row_json(result, row));
    }
    char cursor[CURSOR_MAX + 40] = "";
    if (found > page) {
        snprintf(cursor, sizeof cursor, "%s_%s", text(result, count - 1, "create_time"),
                 text(result, count - 1, "match_id"));
    }
    json_t *body = json_pack("{s:o, s:s}", "replays", rows, "next_cursor", cursor);
    char *dumped = body != NULL ? json_dumps(body, JSON_COMPACT) : NULL;
    if (dumped != NULL) {
        http_respond(exchange, 200, "application/json", dumped, strlen(dumped));
    } else {
        http_respond_error(exchange, 500, "OUT_OF_MEMORY", NULL, "out of memory");
    }
    free(dumped);
    json_decref(body);
}

/* 1 .. LIMIT_MAX, or 0 for anything else. */
static unsigned parse_limit(const char *value)
{
    if (value == NULL) {
        return LIMIT_DEFAULT;
    }
    char *end;
    unsigned long limit = strtoul(value, &end, 10);
    return *value >= '0' && *value <= '9' && *end == '\0' && limit <= LIMIT_MAX ? (unsigned)limit : 0;
}

void catalog_answer_list(struct postgres *postgres, struct http_exchange *exchange)
{
    const char *cursor = http_query(exchange, "cursor");
    char before[CURSOR_MAX] = "infinity";
    const char *before_id = "";
    if (cursor != NULL && *cursor && !cursor_split(cursor, before, &before_id)) {
        http_respond_error(exchange, 400, "INVALID_ARGUMENT", "cursor", "must be next_cursor of an earlier answer");
        return;
    }
    unsigned limit = parse_limit(http_query(exchange, "limit"));
    if (limit == 0) {
        http_respond_error(exchange, 400, "INVALID_ARGUMENT", "limit", "must be a number from 1 to 100");
        return;
    }
    char limit_text[8];
    snprintf(limit_text, sizeof limit_text, "%u", limit);
    struct postgres_statement statement = {
        .sql = "SELECT match_id, size_bytes, chunks, ticks, sha256, state_hash, $3::int AS page, "
               "to_char(create_time AT TIME ZONE 'UTC', 'YYYY-MM-DD\"T\"HH24:MI:SS.US\"Z\"') AS create_time "
               "FROM replays WHERE (replays.create_time, match_id) < ($1::timestamptz, $2) "
               "ORDER BY replays.create_time DESC, match_id DESC LIMIT $3::int + 1",
        .parameter_count = 3,
        .parameters = {before, before_id, limit_text},
    };
    if (postgres_query(postgres, &statement, on_list, exchange) != STATUS_OK) {
        http_respond_error(exchange, 503, "DATABASE_UNAVAILABLE", NULL, "the list of replays is away; try again");
    }
}
