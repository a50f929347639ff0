/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/encoding/text_writer.h"
#include "libcommon/runtime/web/http_internal.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

static const char cache_for_ever[] = "public, max-age=31536000, immutable";

void http_exchange_free(struct http_exchange *exchange)
{
    if (exchange->response != NULL) {
        MHD_destroy_response(exchange->response);
    }
    for (size_t i = 0; i < exchange->header_count; i++) {
        free(exchange->headers[i][0]);
        free(exchange->headers[i][1]);
    }
    free(exchange->body);
    free(exchange);
}

/* Only running out of memory makes libmicrohttpd refuse a response: without one there is nothing to say to the client.
 */
static struct MHD_Response *must(struct MHD_Response *response)
{
    REQUIRE(response);
    return response;
}

void http_exchange_answer(struct http_exchange *exchange, unsigned http_status, struct MHD_Response *response)
{
    REQUIRE(!exchange->answered);
    exchange->answered = true;
    if (exchange->response != NULL ||
        exchange->connection == NULL) { /* the server closed meanwhile and said so, or nobody listens */
        MHD_destroy_response(response);
        if (exchange->connection == NULL) {
            http_exchange_free(exchange);
        }
        return;
    }
    for (size_t i = 0; i < exchange->header_count; i++) {
        MHD_add_response_header(response, exchange->headers[i][0], exchange->headers[i][1]);
    }
    exchange->http_status = http_status;
    exchange->response = response;
    if (exchange->suspended) {
        exchange->suspended = false;
        MHD_resume_connection(exchange->connection);
        http_server_wake(exchange->server);
    }
}

void http_set_header(struct http_exchange *exchange, const char *name, const char *value)
{
    REQUIRE(!exchange->answered && exchange->header_count < HTTP_HEADERS_MAX);
    char **header = exchange->headers[exchange->header_count++];
    header[0] = strdup(name);
    header[1] = strdup(value);
    REQUIRE(header[0] && header[1]);
}

static struct MHD_Response *copy_response(const char *content_type, const void *body, size_t size)
{
    /* The body is only read, since it is copied. */
    struct MHD_Response *response =
        must(MHD_create_response_from_buffer(size, (void *)(uintptr_t)body, MHD_RESPMEM_MUST_COPY));
    if (content_type != NULL) {
        MHD_add_response_header(response, "Content-Type", content_type);
    }
    return response;
}

void http_respond(struct http_exchange *exchange, unsigned http_status, const char *content_type, const void *body,
                  size_t size)
{
    REQUIRE(http_status >= 200 && http_status < 600);
    REQUIRE(body != NULL || size == 0);
    http_exchange_answer(exchange, http_status, copy_response(content_type, body, size));
}

/* google.rpc.Code, as google/rpc/code.proto maps it to HTTP. */
static unsigned grpc_code(unsigned http_status)
{
    static const struct {
        unsigned http_status, code;
    } rows[] = {{400, 3}, {401, 16}, {403, 7},  {404, 5},  {405, 12}, {408, 4}, {409, 6},
                {410, 5}, {412, 9},  {413, 11}, {415, 3},  {416, 11}, {422, 3}, {429, 8},
                {499, 1}, {500, 13}, {501, 12}, {502, 14}, {503, 14}, {504, 4}};
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].http_status == http_status) {
            return rows[i].code;
        }
    }
    return 2; /* UNKNOWN */
}

struct MHD_Response *http_error_response(unsigned http_status, const char *reason, const char *field,
                                         const char *message)
{
    char body[HTTP_ERROR_BYTES_MAX];
    struct text_writer text;
    text_writer_init(&text, body, sizeof body);
    text_writer_format(&text, "{\"code\":%u,\"message\":", grpc_code(http_status));
    text_writer_json(&text, message);
    text_writer_put(&text, ",\"details\":[{\"reason\":");
    text_writer_json(&text, reason);
    if (field != NULL) {
        text_writer_put(&text, ",\"field\":");
        text_writer_json(&text, field);
    }
    text_writer_put(&text, "}]}\n");
    if (text.full) { /* a message that quotes too much of the input: the reason alone must do */
        return http_error_response(http_status, "MESSAGE_TOO_LONG", NULL, status_text(STATUS_TOO_LARGE));
    }
    return copy_response("application/json", body, text.length);
}

void http_respond_error(struct http_exchange *exchange, unsigned http_status, const char *reason, const char *field,
                        const char *message)
{
    REQUIRE(http_status >= 400 && http_status < 600);
    REQUIRE(reason != NULL && message != NULL);
    http_exchange_answer(exchange, http_status, http_error_response(http_status, reason, field, message));
}

/* ---- files ------------------------------------------------------------------------------------- */

static void add_validators(struct MHD_Response *response, const struct stat *file, const char *etag)
{
    char value[HTTP_HEADER_BYTES_MAX];
    snprintf(value, sizeof value, "\"%s\"", etag);
    MHD_add_response_header(response, "ETag", value);
    struct tm tm;
    gmtime_r(&file->st_mtime, &tm);
    strftime(value, sizeof value, "%a, %d %b %Y %H:%M:%S GMT", &tm);
    MHD_add_response_header(response, "Last-Modified", value);
    MHD_add_response_header(response, "Cache-Control", cache_for_ever);
    MHD_add_response_header(response, "Accept-Ranges", "bytes");
}

/* A range only counts for the very file the client has a part of: If-Range names its tag, strongly compared. */
static enum http_range_kind wanted_range(const struct http_exchange *exchange, uint64_t size, const char *etag,
                                         uint64_t *out_first, uint64_t *out_count)
{
    const char *range = http_header(exchange, "Range");
    const char *condition = http_header(exchange, "If-Range");
    if (range == NULL || (condition != NULL && (condition[0] != '"' || !http_etag_listed(condition, etag)))) {
        return HTTP_RANGE_WHOLE;
    }
    return http_range_parse(range, size, out_first, out_count);
}

static void respond_unsatisfiable(struct http_exchange *exchange, uint64_t size)
{
    char value[64];
    snprintf(value, sizeof value, "bytes */%" PRIu64, size);
    http_set_header(exchange, "Content-Range", value);
    http_respond_error(exchange, 416, "RANGE_NOT_SATISFIABLE", "Range", "the range begins past the end");
}

static void respond_part(struct http_exchange *exchange, int file_descriptor, const char *content_type,
                         const char *etag, const struct stat *file)
{
    uint64_t size = (uint64_t)file->st_size, first = 0, count = size;
    enum http_range_kind kind = wanted_range(exchange, size, etag, &first, &count);
    if (kind == HTTP_RANGE_UNSATISFIABLE) {
        close(file_descriptor);
        respond_unsatisfiable(exchange, size);
        return;
    }
    struct MHD_Response *response = must(MHD_create_response_from_fd_at_offset64(count, file_descriptor, first));
    add_validators(response, file, etag);
    MHD_add_response_header(response, "Content-Type", content_type);
    if (kind == HTTP_RANGE_PART) {
        char value[96];
        snprintf(value, sizeof value, "bytes %" PRIu64 "-%" PRIu64 "/%" PRIu64, first, first + count - 1, size);
        MHD_add_response_header(response, "Content-Range", value);
    }
    http_exchange_answer(exchange, kind == HTTP_RANGE_PART ? 206 : 200, response);
}

void http_respond_file(struct http_exchange *exchange, int file_descriptor, const char *content_type, const char *etag)
{
    struct stat file;
    REQUIRE(strlen(etag) < HTTP_HEADER_BYTES_MAX - 2);
    if (fstat(file_descriptor, &file) != 0 || !S_ISREG(file.st_mode)) {
        close(file_descriptor);
        http_respond_error(exchange, 500, "FILE_UNREADABLE", NULL, "the file cannot be read");
        return;
    }
    const char *known = http_header(exchange, "If-None-Match");
    if (known != NULL && http_etag_listed(known, etag)) {
        close(file_descriptor);
        struct MHD_Response *response = copy_response(NULL, "", 0);
        add_validators(response, &file, etag);
        http_exchange_answer(exchange, 304, response);
        return;
    }
    respond_part(exchange, file_descriptor, content_type, etag, &file);
}
