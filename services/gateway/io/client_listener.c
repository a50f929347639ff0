/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/client_listener.h"

#include "libcommon/game/map/map.h"
#include "libcommon/runtime/encoding/text_writer.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/trace.h"
#include "libcommon/runtime/web/tls.h"
#include "services/gateway/io/client_events.h"

#include <inttypes.h>
#include <stdio.h>
#include <string.h>
#include <time.h>

#define MAPS_PATH         "/v1/maps/"
#define SPARE_CONNECTIONS 256 /* for pages, and for sockets that are closing */

/* The page loads from here alone, and from nowhere else; the script speaks to this host's WebSocket. */
#define PAGE_HEADERS                                                                                                   \
    "Content-Security-Policy: default-src 'none'; script-src 'self' 'wasm-unsafe-eval'; style-src 'self'; "            \
    "img-src 'self' data:; connect-src 'self' ws: wss:; base-uri 'none'; form-action 'none'; "                         \
    "frame-ancestors 'none'\r\n"                                                                                       \
    "X-Content-Type-Options: nosniff\r\n"                                                                              \
    "Referrer-Policy: no-referrer\r\n"

/* The bodies that are copied out of here; one request at a time. */
static char body[512u << 10];
static char headers[1024];

/* ---- answers ----------------------------------------------------------------------------------- */

static void answer_text(struct websocket_answer *answer, unsigned http_status, const char *extra_headers)
{
    answer->http_status = http_status;
    answer->content_type = "application/json";
    answer->extra_headers = extra_headers;
    answer->body = body;
    answer->body_size = strlen(body);
}

/* The JSON error shape of docs/protocol.md. reason and message are ours, so nothing needs escaping. */
static void answer_error(struct websocket_answer *answer, unsigned http_status, unsigned code, const char *reason,
                         const char *message, const char *extra_headers)
{
    (void)snprintf(body, sizeof body, "{\"code\": %u, \"message\": \"%s\", \"details\": [{\"reason\": \"%s\"}]}\n",
                   code, message, reason);
    answer_text(answer, http_status, extra_headers);
}

static void answer_too_many(struct websocket_answer *answer, const char *reason, const char *message)
{
    answer_error(answer, 429, 8, reason, message, "Retry-After: 5\r\n");
}

static void answer_page(struct gateway *gateway, const struct websocket_request *request,
                        struct websocket_answer *answer)
{
    const struct web_asset *page = web_assets_find(&gateway->assets, request->path);
    if (page == NULL) {
        answer_error(answer, 404, 5, "NOT_FOUND", "there is nothing at this path", NULL);
        return;
    }
    (void)snprintf(headers, sizeof headers, PAGE_HEADERS "ETag: %s\r\nCache-Control: no-cache\r\n", page->etag);
    answer->extra_headers = headers;
    answer->content_type = page->content_type;
    if (strcmp(request->if_none_match, page->etag) == 0) {
        answer->http_status = 304;
        return;
    }
    answer->http_status = 200;
    answer->body = page->bytes;
    answer->body_size = page->size;
}

static void format_time(uint64_t unix_s, char out[32])
{
    time_t seconds = (time_t)unix_s;
    struct tm utc;
    (void)gmtime_r(&seconds, &utc);
    (void)strftime(out, 32, "%Y-%m-%dT%H:%M:%SZ", &utc);
}

static void answer_guest_token(struct gateway *gateway, const char *address, struct websocket_answer *answer)
{
    static char token[JWT_BYTES_MAX];
    struct jwt_claims claims;
    char expires[32];
    if (!gateway_router_admit_guest(gateway->router, address, clock_monotonic_ms())) {
        answer_too_many(answer, "RATE_LIMITED", "too many connections from this address");
        return;
    }
    if (tokens_make_guest(&gateway->tokens, gateway->settings->guest_token_lifetime_s, &claims, token) != STATUS_OK) {
        answer_error(answer, 500, 13, "INTERNAL", "no token could be made", NULL);
        return;
    }
    format_time(claims.expires_unix_s, expires);
    (void)snprintf(body, sizeof body, "{\"token\": \"%s\", \"player_id\": \"%s\", \"expires_time\": \"%s\"}\n", token,
                   claims.subject, expires);
    answer_text(answer, 200, "Cache-Control: no-store\r\n");
}

static int units(int32_t value_q16)
{
    return (int)(value_q16 / Q16_ONE);
}

static void put_polygon(struct text_writer *text, const struct map_polygon *polygon)
{
    for (uint32_t i = 0; i < polygon->corner_count; i++) {
        text_writer_format(text, "%s%d, %d", i == 0 ? "[" : ", ", units(polygon->corners[i].x),
                           units(polygon->corners[i].y));
    }
    text_writer_put(text, "]");
}

static void put_map(struct text_writer *text, const struct map *map)
{
    text_writer_format(text, "{\"name\": \"%s\", \"width\": %d, \"height\": %d, \"walls\": [", map->name,
                       units(map->width_q16), units(map->height_q16));
    for (uint32_t i = 0; i < map->wall_count; i++) {
        const struct map_box *wall = &map->walls[i];
        text_writer_format(text, "%s[%d, %d, %d, %d]", i == 0 ? "" : ", ", units(wall->low.x), units(wall->low.y),
                           units(wall->high.x), units(wall->high.y));
    }
    text_writer_put(text, "], \"polygons\": [");
    for (uint32_t i = 0; i < map->polygon_count; i++) {
        text_writer_put(text, i == 0 ? "" : ", ");
        put_polygon(text, &map->polygons[i]);
    }
    text_writer_put(text, "], \"power_ups\": [");
    for (uint32_t i = 0; i < map->power_up_count; i++) {
        const struct map_power_up *power_up = &map->power_ups[i];
        text_writer_format(text, "%s[%d, %d, %d]", i == 0 ? "" : ", ", units(power_up->position.x),
                           units(power_up->position.y), power_up->kind);
    }
    text_writer_put(text, "]}\n");
}

/*
 * A map for who draws it, in units: {"name", "width", "height", "walls": [[x0, y0, x1, y1], ...],
 * "polygons": [[x, y, x, y, ...], ...], "power_ups": [[x, y, kind], ...]}.
 */
static void answer_map(const char *name, struct websocket_answer *answer)
{
    const struct map *map = map_find(name);
    if (map == NULL) {
        answer_error(answer, 404, 5, "MAP_NOT_FOUND", "there is no map of that name", NULL);
        return;
    }
    struct text_writer text;
    text_writer_init(&text, body, sizeof body - 1);
    put_map(&text, map);
    if (text.full) {
        answer_error(answer, 500, 13, "INTERNAL", "the map is too large to be told", NULL);
        return;
    }
    body[text.length] = '\0';
    answer_text(answer, 200, "Cache-Control: no-cache\r\n");
}

static void on_plain_request(struct gateway *gateway, const struct websocket_request *request, const char *address,
                             struct websocket_answer *answer)
{
    bool is_get = strcmp(request->method, "GET") == 0;
    if (gateway->settings->guest_tokens && strcmp(request->path, "/v1/guest-token") == 0 &&
        (is_get || strcmp(request->method, "POST") == 0)) {
        answer_guest_token(gateway, address, answer);
    } else if (strcmp(request->path, PLAY_PATH) == 0) {
        answer_error(answer, 426, 9, "UPGRADE_REQUIRED", "this is a WebSocket", "Upgrade: websocket\r\n");
    } else if (!is_get) {
        answer_error(answer, 405, 12, "METHOD_NOT_ALLOWED", "only GET is answered here", "Allow: GET\r\n");
    } else if (strncmp(request->path, MAPS_PATH, strlen(MAPS_PATH)) == 0) {
        answer_map(request->path + strlen(MAPS_PATH), answer);
    } else {
        answer_page(gateway, request, answer);
    }
}

/* ---- upgrades ---------------------------------------------------------------------------------- */

static void refuse(const char *result, const char *reason, const char *address)
{
    gateway_metrics_session(result);
    log_info("session.refused", LOG_TEXT("peer", address), LOG_TEXT("reason", reason));
}

/* True: *out_claims is filled, or there was no header and *out_has_token is false. */
static bool verify_header(struct gateway *gateway, const char *authorization, const char *address,
                          struct jwt_claims *out_claims, bool *out_has_token, struct websocket_answer *answer)
{
    *out_has_token = authorization[0] != '\0';
    if (!*out_has_token) {
        return true;
    }
    enum jwt_refusal refusal = JWT_MALFORMED;
    if (strncasecmp(authorization, "Bearer ", 7) == 0) {
        const char *token = authorization + 7;
        refusal = tokens_verify_player(&gateway->tokens, token + strspn(token, " "), out_claims);
    }
    if (refusal == JWT_GOOD) {
        return true;
    }
    refuse("unauthorized", jwt_refusal_text(refusal), address);
    answer_error(answer, 401, 16, jwt_refusal_text(refusal), "the token is not accepted",
                 "WWW-Authenticate: Bearer realm=\"mma-game\", error=\"invalid_token\"\r\n");
    return false;
}

static bool may_upgrade(struct gateway *gateway, const char *address, struct websocket_answer *answer)
{
    switch (gateway_router_admit(gateway->router, address, clock_monotonic_ms())) {
    case GATEWAY_ADMIT:
        return true;
    case GATEWAY_DRAINING:
        refuse("draining", "SHUTTING_DOWN", address);
        answer_error(answer, 503, 14, "SHUTTING_DOWN", "this gateway shuts down", "Retry-After: 1\r\n");
        return false;
    case GATEWAY_ADDRESS_LIMITED:
        refuse("rate_limited", "RATE_LIMITED", address);
        answer_too_many(answer, "RATE_LIMITED", "too many connections from this address");
        return false;
    case GATEWAY_FULL:
        refuse("full", "GATEWAY_FULL", address);
        answer_too_many(answer, "GATEWAY_FULL", "no more sessions fit on this gateway");
        return false;
    }
    return false;
}

static void on_upgrade(struct gateway *gateway, struct websocket *socket, const struct websocket_request *request,
                       const char *address, struct websocket_answer *answer)
{
    enum client_encoding encoding;
    struct jwt_claims claims;
    bool has_token;
    struct trace_id trace;
    if (strcmp(request->path, PLAY_PATH) != 0) {
        answer_error(answer, 404, 5, "NOT_FOUND", "the WebSocket is at /v1/play", NULL);
        return;
    }
    if (!may_upgrade(gateway, address, answer)) {
        return;
    }
    const char *protocol = client_encoding_choose(request->protocols, &encoding);
    if (protocol == NULL) {
        refuse("bad_request", "SUBPROTOCOL_REQUIRED", address);
        answer_error(answer, 400, 3, "SUBPROTOCOL_REQUIRED",
                     "offer the subprotocol arena.v1.msgpack or arena.v1.protobuf", NULL);
        return;
    }
    if (!verify_header(gateway, request->authorization, address, &claims, &has_token, answer)) {
        return;
    }
    if (trace_parse(request->traceparent, &trace) != STATUS_OK) {
        trace = trace_new();
    }
    struct client *client = client_events_open(gateway, socket, encoding, address, trace, has_token ? &claims : NULL);
    if (client == NULL) {
        answer_error(answer, 503, 14, "OUT_OF_MEMORY", "no memory for another session", "Retry-After: 5\r\n");
        return;
    }
    *answer = (struct websocket_answer){.http_status = 101, .protocol = protocol, .owner = client};
}

static void on_request(void *owner, struct websocket *socket, const struct websocket_request *request, bool is_upgrade,
                       struct websocket_answer *answer)
{
    struct gateway *gateway = owner;
    char address[ADDRESS_TEXT_MAX];
    address_of(request->peer, gateway->settings->trust_forwarded_for ? request->forwarded_for : "", address);
    if (!is_upgrade) {
        on_plain_request(gateway, request, address, answer);
        return;
    }
    on_upgrade(gateway, socket, request, address, answer);
}

/* ---- opening ----------------------------------------------------------------------------------- */

enum status client_listener_open_tls(const struct gateway_settings *settings, struct tls_context **out_tls,
                                     const char **out_reason)
{
    *out_tls = NULL;
    bool has_certificate = settings->tls_certificate_path[0] != '\0';
    if (has_certificate != (settings->tls_key_path[0] != '\0')) {
        *out_reason = "TLS_CERTIFICATE_PATH and TLS_KEY_PATH go together";
        return STATUS_INVALID;
    }
    if (!has_certificate) {
        return STATUS_OK;
    }
    return tls_context_create_server(settings->tls_certificate_path, settings->tls_key_path, out_tls, out_reason);
}

static void set_public_url(struct gateway *gateway)
{
    const char *host = daemon_settings(gateway->daemon)->mailbox_host;
    if (gateway->settings->public_url[0] != '\0') {
        (void)snprintf(gateway->public_url, sizeof gateway->public_url, "%s", gateway->settings->public_url);
        return;
    }
    (void)snprintf(gateway->public_url, sizeof gateway->public_url, "%s://%s:%u" PLAY_PATH,
                   gateway->tls == NULL ? "ws" : "wss", host, (unsigned)websocket_server_port(gateway->server));
}

enum status client_listener_open(struct gateway *gateway, const char **out_reason)
{
    const struct gateway_settings *settings = gateway->settings;
    enum status status = client_listener_open_tls(settings, &gateway->tls, out_reason);
    if (status != STATUS_OK) {
        return status;
    }
    struct websocket_server_options options = {
        .host = daemon_settings(gateway->daemon)->bind_host,
        .port = (uint16_t)settings->port,
        .reuse_port = settings->port != 0,
        .tls = gateway->tls,
        .message_bytes_max = CLIENT_MESSAGE_BYTES_MAX,
        .queue_bytes_max = settings->socket_queue_bytes,
        .connections_max = settings->sessions_max + SPARE_CONNECTIONS,
        .handshake_ms = settings->handshake_timeout_ms,
        .ping_ms = settings->ping_period_ms,
        .idle_ms = settings->idle_timeout_ms,
        .owner = gateway,
        .events = client_events,
        .on_request = on_request,
    };
    status = websocket_server_open(gateway->loop, &options, &gateway->server);
    if (status != STATUS_OK) {
        *out_reason = "the port cannot be listened on";
        return status;
    }
    set_public_url(gateway);
    return STATUS_OK;
}
