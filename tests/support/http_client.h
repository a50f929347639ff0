/* SPDX-License-Identifier: Apache-2.0 */
/* http_client.h - blocking HTTP requests for tests (libcurl). Each response is freed by http_response_free. */
#ifndef MMA_TESTS_SUPPORT_HTTP_CLIENT_H
#define MMA_TESTS_SUPPORT_HTTP_CLIENT_H

#include <jansson.h>
#include <stddef.h>
#include <stdint.h>

struct http_response {
    long status; /* 0: no answer, error says why */
    const char *error;
    char *body; /* with a NUL after size bytes; never NULL */
    size_t size;
    char *headers; /* the last answer's header lines, "Name: value\r\n"; never NULL */
    size_t headers_size;
    char value[512]; /* http_response_header's */
};

/* headers: "Name: value" texts, NULL at the end; may be NULL. body may be NULL. HTTPS certificates are not checked. */
void http_request(struct http_response *out_response, const char *method, const char *url, const char *const *headers,
                  const void *body, size_t size);
void http_get(struct http_response *out_response, const char *url);
/* "http://127.0.0.1:port/path" */
void http_get_local(struct http_response *out_response, uint16_t port, const char *path);
void http_post_json(struct http_response *out_response, const char *url, const char *const *headers, const char *json);
void http_response_free(struct http_response *response);

const char *http_response_header(struct http_response *response, const char *name); /* NULL: absent */
json_t *http_response_json(const struct http_response *response);                   /* fails the test when it is none */

#endif
