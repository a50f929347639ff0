/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/web/http_match.h"

#include "libcommon/base/status.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>

/* Takes a value off path for the parameter whose name begins at name. Returns the value's size, 0 when it does not fit.
 */
static size_t take_parameter(const char *name, size_t name_size, const char *path, struct http_parameters *parameters)
{
    size_t size = strcspn(path, "/:");
    REQUIRE(parameters->count < HTTP_PARAMETERS_MAX);
    if (size == 0 || size > HTTP_PARAMETER_BYTES_MAX) {
        return 0;
    }
    parameters->items[parameters->count].name = name;
    parameters->items[parameters->count].name_size = name_size;
    memcpy(parameters->items[parameters->count].value, path, size);
    parameters->items[parameters->count].value[size] = '\0';
    parameters->count++;
    return size;
}

bool http_path_matches(const char *pattern, const char *path, struct http_parameters *out_parameters)
{
    out_parameters->count = 0;
    while (*pattern) {
        if (*pattern != '{') {
            if (*pattern++ != *path++) {
                return false;
            }
            continue;
        }
        size_t name_size = strcspn(++pattern, "}");
        REQUIRE(pattern[name_size] == '}');
        size_t taken = take_parameter(pattern, name_size, path, out_parameters);
        if (taken == 0) {
            return false;
        }
        path += taken;
        pattern += name_size + 1;
    }
    return *path == '\0';
}

const char *http_parameters_find(const struct http_parameters *parameters, const char *name)
{
    REQUIRE(name != NULL);
    for (size_t i = 0; i < parameters->count; i++) {
        if (strlen(name) == parameters->items[i].name_size &&
            memcmp(name, parameters->items[i].name, parameters->items[i].name_size) == 0) {
            return parameters->items[i].value;
        }
    }
    return NULL;
}

static const char *skip_blanks(const char *text)
{
    return text + strspn(text, " \t");
}

/* Reads digits; *out_given says whether there was one. False: the number is past 64 bits. */
static bool read_number(const char **text, uint64_t *out_number, bool *out_given)
{
    size_t digits = strspn(*text, "0123456789");
    *out_given = digits > 0;
    errno = 0;
    *out_number = digits > 0 ? strtoull(*text, NULL, 10) : 0;
    *text += digits;
    return errno == 0;
}

enum http_range_kind http_range_parse(const char *header, uint64_t size, uint64_t *out_first, uint64_t *out_count)
{
    REQUIRE(out_first != NULL && out_count != NULL);
    uint64_t first, last;
    bool has_first, has_last;
    if (strncasecmp(header, "bytes=", 6) != 0) {
        return HTTP_RANGE_WHOLE;
    }
    const char *at = skip_blanks(header + 6);
    if (!read_number(&at, &first, &has_first) || *at++ != '-' || !read_number(&at, &last, &has_last)) {
        return HTTP_RANGE_WHOLE;
    }
    if (*skip_blanks(at) || (!has_first && !has_last) || (has_first && has_last && last < first)) {
        return HTTP_RANGE_WHOLE;
    }
    if (!has_first) { /* the last `last` bytes */
        first = last < size ? size - last : 0;
        if (last == 0) {
            return HTTP_RANGE_UNSATISFIABLE;
        }
        has_last = false;
    }
    if (first >= size) {
        return HTTP_RANGE_UNSATISFIABLE;
    }
    *out_first = first;
    *out_count = (has_last && last < size ? last + 1 : size) - first;
    return HTTP_RANGE_PART;
}

bool http_etag_listed(const char *header, const char *etag)
{
    REQUIRE(etag != NULL);
    size_t length = strlen(etag);
    for (const char *at = skip_blanks(header); *at;) {
        if (*at == '*') {
            return true;
        }
        at += strncmp(at, "W/", 2) == 0 ? 2 : 0;
        const char *end = *at == '"' ? strchr(at + 1, '"') : NULL;
        if (end == NULL) {
            return false;
        }
        if ((size_t)(end - at - 1) == length && memcmp(at + 1, etag, length) == 0) {
            return true;
        }
        at = skip_blanks(end + 1);
        at += *at == ',';
        at = skip_blanks(at);
    }
    return false;
}
