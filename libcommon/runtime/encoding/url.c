/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/encoding/url.h"

#include <stddef.h>
#include <string.h>

static int hex_value(char digit)
{
    if (digit >= '0' && digit <= '9') {
        return digit - '0';
    }
    char lower = (char)(digit | 0x20);
    return lower >= 'a' && lower <= 'f' ? lower - 'a' + 10 : -1;
}

/* Copies text[0 .. size) percent-decoded, with a NUL. */
static enum status decode(const char *text, size_t size, char *out, size_t out_size)
{
    size_t length = 0;
    for (size_t i = 0; i < size; i++) {
        char c = text[i];
        if (c == '%') {
            int high = size - i > 2 ? hex_value(text[i + 1]) : -1;
            int low = high >= 0 ? hex_value(text[i + 2]) : -1;
            if (low < 0 || high * 16 + low == 0) {
                return STATUS_INVALID;
            }
            c = (char)(high * 16 + low);
            i += 2;
        } else if ((unsigned char)c <= ' ' || c == '?' || c == '#') {
            return STATUS_INVALID;
        }
        if (length + 1 >= out_size) {
            return STATUS_TOO_LARGE;
        }
        out[length++] = c;
    }
    out[length] = '\0';
    return STATUS_OK;
}

static enum status parse_port(const char *text, size_t size, uint16_t *out_port)
{
    uint32_t port = 0;
    for (size_t i = 0; i < size; i++) {
        if (text[i] < '0' || text[i] > '9' || port > 6553) {
            return STATUS_INVALID;
        }
        port = port * 10 + (uint32_t)(text[i] - '0');
    }
    if (port == 0 || port > UINT16_MAX) {
        return STATUS_INVALID;
    }
    *out_port = (uint16_t)port;
    return STATUS_OK;
}

static enum status parse_host(const char *text, size_t size, struct url *url)
{
    const char *end = text + size;
    const char *host_end = memchr(text, ':', size);
    const char *host = text;
    const char *rest;
    if (size > 0 && text[0] == '[') {
        host = text + 1;
        host_end = memchr(text, ']', size);
        if (host_end == NULL) {
            return STATUS_INVALID;
        }
        rest = host_end + 1;
    } else {
        host_end = host_end != NULL ? host_end : end;
        rest = host_end;
    }
    if (host_end == host || (rest < end && *rest != ':')) {
        return STATUS_INVALID;
    }
    enum status status = decode(host, (size_t)(host_end - host), url->host, sizeof url->host);
    if (status == STATUS_OK && rest < end) {
        status = parse_port(rest + 1, (size_t)(end - rest - 1), &url->port);
    }
    return status;
}

static enum status parse_user(const char *text, size_t size, struct url *url)
{
    const char *colon = memchr(text, ':', size);
    size_t user_size = colon != NULL ? (size_t)(colon - text) : size;
    enum status status = decode(text, user_size, url->user, sizeof url->user);
    if (status == STATUS_OK && colon != NULL) {
        status = decode(colon + 1, size - user_size - 1, url->password, sizeof url->password);
    }
    return status;
}

enum status url_parse(const char *text, struct url *out_url)
{
    REQUIRE(text != NULL);
    struct url url = {0};
    const char *separator = strstr(text, "://");
    if (separator == NULL || separator == text) {
        return STATUS_INVALID;
    }
    enum status status = decode(text, (size_t)(separator - text), url.scheme, sizeof url.scheme);
    const char *authority = separator + 3;
    size_t authority_size = strcspn(authority, "/");
    const char *path = authority + authority_size;
    const char *at = memrchr(authority, '@', authority_size);
    if (status == STATUS_OK && at != NULL) {
        status = parse_user(authority, (size_t)(at - authority), &url);
        authority_size -= (size_t)(at + 1 - authority);
        authority = at + 1;
    }
    if (status == STATUS_OK) {
        status = parse_host(authority, authority_size, &url);
    }
    if (status == STATUS_OK && *path == '/') {
        url.has_path = true;
        status = decode(path + 1, strlen(path + 1), url.path, sizeof url.path);
    }
    if (status == STATUS_OK) {
        *out_url = url;
    }
    return status;
}
