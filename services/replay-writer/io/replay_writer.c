/* SPDX-License-Identifier: Apache-2.0 */
#include "services/replay-writer/io/replay_writer.h"

#include "libcommon/base/hex_id.h"
#include "libcommon/runtime/stores/amqp.h"
#include "libcommon/runtime/stores/postgres.h"
#include "libcommon/runtime/telemetry/log.h"
#include "libcommon/runtime/web/http_server.h"
#include "services/replay-writer/io/catalog.h"
#include "services/replay-writer/io/intake_host.h"
#include "services/replay-writer/io/replay_writer_settings.h"
#include "services/replay-writer/io/store_posix.h"

#include <stdlib.h>
#include <string.h>

static struct replay_writer_settings settings;

struct replay_writer {
    struct daemon *daemon;
    struct postgres *postgres;
    struct amqp *amqp;
    struct intake_host *intake;
    struct http_server *http;
};

static const char *const queues[] = {AMQP_QUEUE_CHUNKS, AMQP_QUEUE_AUDIT};

static void on_postgres_state(void *owner, bool up, const char *detail)
{
    daemon_dependency(((struct replay_writer *)owner)->daemon, "postgresql", true, up, detail);
}

static void on_amqp_state(void *owner, bool up, const char *detail)
{
    struct replay_writer *writer = owner;
    daemon_dependency(writer->daemon, "rabbitmq", true, up, detail);
    intake_host_broker_state(writer->intake, up);
}

static void on_storage(void *owner, bool up, const char *detail)
{
    daemon_dependency(((struct replay_writer *)owner)->daemon, "storage", true, up, detail);
}

static void on_drained(void *owner)
{
    daemon_drained(((struct replay_writer *)owner)->daemon);
}

static void on_delivery(void *owner, const struct amqp_delivery *delivery)
{
    intake_host_deliver(((struct replay_writer *)owner)->intake, delivery);
}

static void on_get_replay(void *owner, struct http_exchange *exchange)
{
    (void)owner;
    const char *match_id = http_parameter(exchange, "match_id");
    if (!hex_id_is_valid(match_id)) {
        http_respond_error(exchange, 400, "INVALID_ARGUMENT", "match_id", "must be 32 lower-case hex digits");
        return;
    }
    int file = store_posix_open(settings.folder, match_id);
    if (file < 0) {
        http_respond_error(exchange, 404, "REPLAY_NOT_FOUND", "match_id", "no whole replay of this match is here");
        return;
    }
    char etag[HEX_ID_DIGITS + 3]; /* a match's replay never changes, so its id names the bytes */
    etag[0] = '"';
    memcpy(etag + 1, match_id, HEX_ID_DIGITS);
    memcpy(etag + 1 + HEX_ID_DIGITS, "\"", 2);
    http_respond_file(exchange, file, "application/octet-stream", etag);
}

static void on_list_replays(void *owner, struct http_exchange *exchange)
{
    catalog_answer_list(((struct replay_writer *)owner)->postgres, exchange);
}

static const struct http_route routes[] = {
    {"GET", "/v1/replays", on_list_replays},
    {"GET", "/v1/replays/{match_id}", on_get_replay},
};

static enum status open_intake(struct replay_writer *writer)
{
    const struct daemon_settings *common = daemon_settings(writer->daemon);
    uv_loop_t *loop = daemon_loop(writer->daemon);
    struct postgres_options database = {.url = common->database_url,
                                        .query_timeout_ms = settings.query_timeout_ms,
                                        .owner = writer,
                                        .on_state = on_postgres_state};
    enum status status = postgres_open(loop, &database, &writer->postgres);
    if (status != STATUS_OK) {
        return status;
    }
    const struct intake_host_options intake = {.folder = settings.folder,
                                               .prefetch = settings.prefetch,
                                               .retry_ms = settings.retry_ms,
                                               .postgres = writer->postgres,
                                               .owner = writer,
                                               .on_storage = on_storage,
                                               .on_drained = on_drained};
    status = intake_host_create(loop, &intake, &writer->intake);
    if (status != STATUS_OK) {
        return status;
    }
    struct amqp_options amqp = {.url = common->amqp_url,
                                .prefetch = (uint16_t)settings.prefetch,
                                .queues = queues,
                                .queue_count = sizeof queues / sizeof queues[0],
                                .owner = writer,
                                .on_state = on_amqp_state,
                                .on_delivery = on_delivery};
    status = amqp_open(loop, &amqp, &writer->amqp);
    if (status == STATUS_OK) {
        intake_host_set_amqp(writer->intake, writer->amqp);
    }
    return status;
}

static enum status open_http(struct replay_writer *writer)
{
    struct http_server_options options = {.host = daemon_settings(writer->daemon)->bind_host,
                                          .port = (uint16_t)settings.port,
                                          .reuse_port = true,
                                          .routes = routes,
                                          .route_count = sizeof routes / sizeof routes[0],
                                          .owner = writer};
    enum status status = http_server_open(daemon_loop(writer->daemon), &options, &writer->http);
    if (status == STATUS_OK) {
        log_info("http.listening", LOG_U64("port", http_server_port(writer->http)));
    }
    return status;
}

static void stop(void *instance)
{
    struct replay_writer *writer = instance;
    http_server_close(writer->http);
    amqp_close(writer->amqp);
    if (writer->intake != NULL) {
        intake_host_close(writer->intake);
    }
    postgres_close(writer->postgres);
}

static enum status start(struct daemon *daemon, void **out_instance)
{
    struct replay_writer *writer = calloc(1, sizeof *writer);
    if (writer == NULL) {
        return STATUS_NO_MEMORY;
    }
    writer->daemon = daemon;
    *out_instance = writer;
    daemon_dependency(daemon, "postgresql", true, false, "connecting");
    daemon_dependency(daemon, "rabbitmq", true, false, "connecting");
    daemon_dependency(daemon, "storage", true, false, "opening");
    enum status status = open_intake(writer);
    return status == STATUS_OK ? open_http(writer) : status;
}

static void drain(void *instance)
{
    intake_host_drain(((struct replay_writer *)instance)->intake);
}

const struct daemon_spec replay_writer_spec = {.name = "replay-writer",
                                               .summary = "writes replays and the audit trail, serves replay files",
                                               .rows = replay_writer_settings_rows,
                                               .row_count = REPLAY_WRITER_SETTINGS_ROWS,
                                               .settings = &settings,
                                               .start = start,
                                               .drain = drain,
                                               .stop = stop,
                                               .destroy = free};
