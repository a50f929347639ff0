/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/web/websocket_internal.h"

#include <openssl/evp.h>
#include <stdio.h>
#include <string.h>
#include <strings.h>

static const char *const header_names[WEBSOCKET_HEADER_COUNT] = {
    [WEBSOCKET_HEADER_UPGRADE] = "upgrade",
    [WEBSOCKET_HEADER_CONNECTION] = "connection",
    [WEBSOCKET_HEADER_KEY] = "sec-websocket-key",
    [WEBSOCKET_HEADER_VERSION] = "sec-websocket-version",
    [WEBSOCKET_HEADER_PROTOCOL] = "sec-websocket-protocol",
    [WEBSOCKET_HEADER_ACCEPT] = "sec-websocket-accept",
    [WEBSOCKET_HEADER_AUTHORIZATION] = "authorization",
    [WEBSOCKET_HEADER_ORIGIN] = "origin",
    [WEBSOCKET_HEADER_FORWARDED_FOR] = "x-forwarded-for",
    [WEBSOCKET_HEADER_TRACEPARENT] = "traceparent",
    [WEBSOCKET_HEADER_IF_NONE_MATCH] = "if-none-match",
};

/* Headers that are lists: sent twice, they mean both. Of the others two contradict each other, and are refused. */
static bool is_list(int header)
{
    return header == WEBSOCKET_HEADER_CONNECTION || header == WEBSOCKET_HEADER_PROTOCOL ||
           header == WEBSOCKET_HEADER_FORWARDED_FOR || header == WEBSOCKET_HEADER_IF_NONE_MATCH;
}

static struct websocket_head *head_of(llhttp_t *parser)
{
    return parser->data;
}

static int refuse(struct websocket_head *head, unsigned http_status)
{
    head->http_error = http_status;
    return HPE_USER;
}

static int append(struct websocket_head *head, const char *text, size_t size, unsigned http_status_when_full)
{
    if (sizeof head->text - 1 - head->size < size) {
        return refuse(head, http_status_when_full);
    }
    if (memchr(text, 0, size) != NULL) {
        return refuse(head, 400);
    }
    memcpy(head->text + head->size, text, size);
    head->size += size;
    return HPE_OK;
}

/* The text since the mark, now NUL-terminated. append() always leaves room for the NUL of one text more. */
static const char *finish_text(struct websocket_head *head)
{
    const char *text = head->text + head->mark;
    head->text[head->size] = 0;
    if (head->size < sizeof head->text - 1) {
        head->size++;
    }
    head->mark = head->size;
    return text;
}

static int on_url(llhttp_t *parser, const char *at, size_t size)
{
    return append(head_of(parser), at, size, 414);
}

static int on_url_complete(llhttp_t *parser)
{
    struct websocket_head *head = head_of(parser);
    size_t begin = head->mark;
    head->path = finish_text(head);
    head->query = "";
    char *question = strchr(head->text + begin, '?');
    if (question != NULL) {
        *question = 0;
        head->query = question + 1;
    }
    return head->path[0] == '/' ? HPE_OK : refuse(head, 400);
}

static int on_header_field(llhttp_t *parser, const char *at, size_t size)
{
    return append(head_of(parser), at, size, 431);
}

static int on_header_field_complete(llhttp_t *parser)
{
    struct websocket_head *head = head_of(parser);
    const char *name = finish_text(head);
    head->size = head->mark = (size_t)(name - head->text); /* the name is not kept */
    head->current = -1;
    for (int i = 0; i < WEBSOCKET_HEADER_COUNT; i++) {
        if (strcasecmp(name, header_names[i]) == 0) {
            head->current = i;
        }
    }
    if (++head->header_count > WEBSOCKET_HEADERS_MAX) {
        return refuse(head, 431);
    }
    if (head->current >= 0 && head->values[head->current] != NULL) {
        if (!is_list(head->current)) {
            return refuse(head, 400);
        }
        const char *before = head->values[head->current];
        int joined = append(head, before, strlen(before), 431);
        return joined == HPE_OK ? append(head, ", ", 2, 431) : joined;
    }
    return HPE_OK;
}

static int on_header_value(llhttp_t *parser, const char *at, size_t size)
{
    return append(head_of(parser), at, size, 431);
}

static int on_header_value_complete(llhttp_t *parser)
{
    struct websocket_head *head = head_of(parser);
    const char *value = finish_text(head);
    if (head->current >= 0) {
        head->values[head->current] = value;
    } else {
        head->size = head->mark = (size_t)(value - head->text);
    }
    return HPE_OK;
}

static int on_headers_complete(llhttp_t *parser)
{
    struct websocket_head *head = head_of(parser);
    if (llhttp_get_type(parser) == HTTP_REQUEST) {
        head->method = llhttp_method_name((llhttp_method_t)llhttp_get_method(parser));
    }
    return 2; /* no body is read; llhttp_execute stops behind the head */
}

static const llhttp_settings_t settings = {
    .on_url = on_url,
    .on_url_complete = on_url_complete,
    .on_header_field = on_header_field,
    .on_header_field_complete = on_header_field_complete,
    .on_header_value = on_header_value,
    .on_header_value_complete = on_header_value_complete,
    .on_headers_complete = on_headers_complete,
};

void websocket_head_init(struct websocket_head *head, bool is_request)
{
    memset(head, 0, offsetof(struct websocket_head, text));
    llhttp_init(&head->parser, is_request ? HTTP_REQUEST : HTTP_RESPONSE, &settings);
    head->parser.data = head;
    head->path = head->query = head->method = "";
    head->current = -1;
}

enum status websocket_head_feed(struct websocket_head *head, const uint8_t *bytes, size_t size, size_t *out_used)
{
    REQUIRE(out_used != NULL && (bytes != NULL || size == 0));
    llhttp_errno_t result = llhttp_execute(&head->parser, (const char *)bytes, size);
    if (result == HPE_OK) {
        return STATUS_EMPTY;
    }
    if (result == HPE_PAUSED_UPGRADE) {
        *out_used = (size_t)((const uint8_t *)llhttp_get_error_pos(&head->parser) - bytes);
        return STATUS_OK;
    }
    if (head->http_error == 0) {
        head->http_error = 400;
    }
    return STATUS_INVALID;
}

bool websocket_head_has_token(const char *list, const char *token)
{
    REQUIRE(token != NULL && token[0] != '\0');
    size_t length = strlen(token);
    while (list != NULL && *list) {
        list += strspn(list, " \t,");
        size_t item = strcspn(list, ",");
        size_t trimmed = item;
        while (trimmed > 0 && (list[trimmed - 1] == ' ' || list[trimmed - 1] == '\t')) {
            trimmed--;
        }
        if (trimmed == length && strncasecmp(list, token, length) == 0) {
            return true;
        }
        list += item;
    }
    return false;
}

bool websocket_head_wants_upgrade(const struct websocket_head *head)
{
    return websocket_head_has_token(head->values[WEBSOCKET_HEADER_UPGRADE], "websocket");
}

/* base64 of exactly 16 bytes: 22 digits and "==" (RFC 6455 section 4.2.1). */
static bool is_key(const char *key)
{
    static const char digits[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789+/";
    return key != NULL && strlen(key) == WEBSOCKET_KEY_BYTES - 1 && strspn(key, digits) == 22 &&
           strcmp(key + 22, "==") == 0;
}

unsigned websocket_head_check_upgrade(const struct websocket_head *head)
{
    const char *version = head->values[WEBSOCKET_HEADER_VERSION];
    bool is_http_11 = llhttp_get_http_major((llhttp_t *)(uintptr_t)&head->parser) == 1 &&
                      llhttp_get_http_minor((llhttp_t *)(uintptr_t)&head->parser) >= 1;
    if (strcmp(head->method, "GET") != 0 || !is_http_11 ||
        !websocket_head_has_token(head->values[WEBSOCKET_HEADER_CONNECTION], "upgrade") ||
        !is_key(head->values[WEBSOCKET_HEADER_KEY])) {
        return 400;
    }
    return version != NULL && strcmp(version, "13") == 0 ? 101 : 426;
}

void websocket_accept_of(const char *key, char out[WEBSOCKET_ACCEPT_BYTES])
{
    static const char guid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"; /* RFC 6455 section 1.3 */
    unsigned char digest[EVP_MAX_MD_SIZE];
    char text[WEBSOCKET_KEY_BYTES - 1 + sizeof guid];
    REQUIRE(strlen(key) == WEBSOCKET_KEY_BYTES - 1);
    int text_size = snprintf(text, sizeof text, "%s%s", key, guid);
    REQUIRE(EVP_Digest(text, (size_t)text_size, digest, NULL, EVP_sha1(), NULL) == 1);
    REQUIRE(EVP_EncodeBlock((unsigned char *)out, digest, 20) == WEBSOCKET_ACCEPT_BYTES - 1);
}

const char *websocket_http_reason(unsigned http_status)
{
    static const struct {
        unsigned status;
        const char *reason;
    } rows[] = {
        {101, "Switching Protocols"},
        {200, "OK"},
        {204, "No Content"},
        {301, "Moved Permanently"},
        {302, "Found"},
        {304, "Not Modified"},
        {400, "Bad Request"},
        {401, "Unauthorized"},
        {403, "Forbidden"},
        {404, "Not Found"},
        {405, "Method Not Allowed"},
        {408, "Request Timeout"},
        {414, "URI Too Long"},
        {426, "Upgrade Required"},
        {429, "Too Many Requests"},
        {431, "Request Header Fields Too Large"},
        {500, "Internal Server Error"},
        {503, "Service Unavailable"},
    };
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].status == http_status) {
            return rows[i].reason;
        }
    }
    return "Unknown";
}
