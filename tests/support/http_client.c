/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/http_client.h"

#include <curl/curl.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TIMEOUT_MS 20000L

static size_t append(char **text, size_t *size, const char *bytes, size_t count)
{
    char *grown = realloc(*text, *size + count + 1);
    if (!grown) {
        return 0;
    }
    memcpy(grown + *size, bytes, count);
    *text = grown;
    *size += count;
    grown[*size] = '\0';
    return count;
}

static size_t on_body(char *bytes, size_t one, size_t count, void *owner)
{
    struct http_response *response = owner;
    return append(&response->body, &response->size, bytes, one * count);
}

static size_t on_header(char *bytes, size_t one, size_t count, void *owner)
{
    struct http_response *response = owner;
    if (one * count > 5 && memcmp(bytes, "HTTP/", 5) == 0) {
        response->headers_size = 0; /* after a 100 Continue another answer follows */
    }
    return append(&response->headers, &response->headers_size, bytes, one * count);
}

static void set_method(CURL *curl, const char *method, const void *body, size_t size)
{
    curl_easy_setopt(curl, CURLOPT_CUSTOMREQUEST, method);
    curl_easy_setopt(curl, CURLOPT_NOBODY, strcmp(method, "HEAD") == 0 ? 1L : 0L);
    if (body) {
        curl_easy_setopt(curl, CURLOPT_POSTFIELDSIZE_LARGE, (curl_off_t)size);
        curl_easy_setopt(curl, CURLOPT_COPYPOSTFIELDS, body);
    }
}

static CURL *create_handle(struct http_response *response, const char *url)
{
    CURL *curl = curl_easy_init();
    assert_non_null(curl);
    curl_easy_setopt(curl, CURLOPT_URL, url);
    curl_easy_setopt(curl, CURLOPT_NOSIGNAL, 1L);
    curl_easy_setopt(curl, CURLOPT_NOPROXY, "*");
    curl_easy_setopt(curl, CURLOPT_TIMEOUT_MS, TIMEOUT_MS);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYPEER, 0L);
    curl_easy_setopt(curl, CURLOPT_SSL_VERIFYHOST, 0L);
    curl_easy_setopt(curl, CURLOPT_WRITEFUNCTION, on_body);
    curl_easy_setopt(curl, CURLOPT_WRITEDATA, response);
    curl_easy_setopt(curl, CURLOPT_HEADERFUNCTION, on_header);
    curl_easy_setopt(curl, CURLOPT_HEADERDATA, response);
    return curl;
}

void http_request(struct http_response *out_response, const char *method, const char *url, const char *const *headers,
                  const void *body, size_t size)
{
    *out_response = (struct http_response){.body = calloc(1, 1), .headers = calloc(1, 1)};
    CURL *curl = create_handle(out_response, url);
    struct curl_slist *list = NULL;
    for (size_t i = 0; headers && headers[i]; i++) {
        list = curl_slist_append(list, headers[i]);
    }
    curl_easy_setopt(curl, CURLOPT_HTTPHEADER, list);
    set_method(curl, method, body, size);
    CURLcode code = curl_easy_perform(curl);
    out_response->error = code == CURLE_OK ? NULL : curl_easy_strerror(code);
    if (code == CURLE_OK) {
        curl_easy_getinfo(curl, CURLINFO_RESPONSE_CODE, &out_response->status);
    }
    curl_slist_free_all(list);
    curl_easy_cleanup(curl);
}

void http_get(struct http_response *out_response, const char *url)
{
    http_request(out_response, "GET", url, NULL, NULL, 0);
}

void http_get_local(struct http_response *out_response, uint16_t port, const char *path)
{
    char url[512];
    snprintf(url, sizeof url, "http://127.0.0.1:%u%s", port, path);
    http_get(out_response, url);
}

void http_post_json(struct http_response *out_response, const char *url, const char *const *headers, const char *json)
{
    const char *all[16] = {"Content-Type: application/json"};
    for (size_t i = 0; headers && headers[i]; i++) {
        assert_in_range(i, 0, 13);
        all[i + 1] = headers[i];
    }
    http_request(out_response, "POST", url, all, json, strlen(json));
}

void http_response_free(struct http_response *response)
{
    free(response->body);
    free(response->headers);
    *response = (struct http_response){0};
}

const char *http_response_header(struct http_response *response, const char *name)
{
    size_t length = strlen(name);
    for (const char *line = response->headers; line && *line; line = strchr(line, '\n')) {
        line += *line == '\n';
        if (strncasecmp(line, name, length) == 0 && line[length] == ':') {
            const char *value = line + length + 1;
            value += strspn(value, " ");
            snprintf(response->value, sizeof response->value, "%.*s", (int)strcspn(value, "\r\n"), value);
            return response->value;
        }
    }
    return NULL;
}

json_t *http_response_json(const struct http_response *response)
{
    json_error_t error;
    json_t *json = json_loadb(response->body, response->size, 0, &error);
    if (!json) {
        fail_msg("status %ld %s: not JSON (%s): %s", response->status, response->error ? response->error : "",
                 error.text, response->body);
    }
    return json;
}
