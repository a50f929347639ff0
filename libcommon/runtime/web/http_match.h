/* SPDX-License-Identifier: Apache-2.0 */
/* http_match.h - the pure parts of http_server: path patterns, Range and entity tags (RFC 9110, sections 13 and 14). */
#ifndef MMA_LIBCOMMON_RUNTIME_WEB_HTTP_MATCH_H
#define MMA_LIBCOMMON_RUNTIME_WEB_HTTP_MATCH_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define HTTP_PARAMETERS_MAX      4
#define HTTP_PARAMETER_BYTES_MAX 255

struct http_parameters {
    size_t count;
    struct {
        const char *name; /* in the pattern, name_size bytes */
        size_t name_size;
        char value[HTTP_PARAMETER_BYTES_MAX + 1];
    } items[HTTP_PARAMETERS_MAX];
};

/* {name} takes one byte or more up to the next '/' or ':'; all else is literal. path is decoded already. */
bool http_path_matches(const char *pattern, const char *path, struct http_parameters *out_parameters);
const char *http_parameters_find(const struct http_parameters *parameters, const char *name);

enum http_range_kind { HTTP_RANGE_WHOLE, HTTP_RANGE_PART, HTTP_RANGE_UNSATISFIABLE };

/* Of a Range header for a body of size bytes. What is not one valid byte range is WHOLE, as the RFC lets a server do.
 * Writes first and count for PART only. */
enum http_range_kind http_range_parse(const char *header, uint64_t size, uint64_t *out_first, uint64_t *out_count);

/* If-None-Match: whether etag (without quotes) is in the list, by weak comparison; "*" is any. */
bool http_etag_listed(const char *header, const char *etag);

#endif
