/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/web/tls.h"

#include <limits.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509v3.h>
#include <stdlib.h>
#include <string.h>

#define TLS_PENDING_BYTES_MAX (1u << 20) /* plain bytes that wait for the handshake */

struct tls_context {
    SSL_CTX *ssl;
};

struct tls_stream {
    SSL *ssl;
    BIO *in, *out; /* owned by ssl */
    uint8_t *pending;
    size_t pending_size;
    bool is_over;
};

/* ---- contexts ------------------------------------------------------------------------------------- */

static enum status create_context(const SSL_METHOD *method, struct tls_context **out_context)
{
    struct tls_context *context = calloc(1, sizeof *context);
    if (context == NULL) {
        return STATUS_NO_MEMORY;
    }
    context->ssl = SSL_CTX_new(method);
    if (context->ssl == NULL || SSL_CTX_set_min_proto_version(context->ssl, TLS1_2_VERSION) != 1) {
        tls_context_destroy(context);
        return STATUS_NO_MEMORY;
    }
    SSL_CTX_set_options(context->ssl, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
    SSL_CTX_set_mode(context->ssl,
                     SSL_MODE_RELEASE_BUFFERS | SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
    *out_context = context;
    return STATUS_OK;
}

enum status tls_context_create_server(const char *certificate_path, const char *key_path,
                                      struct tls_context **out_context, const char **out_reason)
{
    REQUIRE(certificate_path != NULL && key_path != NULL);
    struct tls_context *context = NULL;
    enum status status = create_context(TLS_server_method(), &context);
    *out_reason = "out of memory";
    if (status != STATUS_OK) {
        return status;
    }
    const char *reason = NULL;
    if (SSL_CTX_use_certificate_chain_file(context->ssl, certificate_path) != 1) {
        reason = "the certificate file is missing or not a PEM certificate";
    } else if (SSL_CTX_use_PrivateKey_file(context->ssl, key_path, SSL_FILETYPE_PEM) != 1) {
        reason = "the key file is missing, not a PEM key, or not the certificate's";
    } else if (SSL_CTX_check_private_key(context->ssl) != 1) {
        reason = "the key is not the certificate's";
    }
    ERR_clear_error();
    if (reason != NULL) {
        *out_reason = reason;
        tls_context_destroy(context);
        return STATUS_INVALID;
    }
    *out_context = context;
    return STATUS_OK;
}

enum status tls_context_create_client(const char *ca_path, struct tls_context **out_context, const char **out_reason)
{
    struct tls_context *context = NULL;
    enum status status = create_context(TLS_client_method(), &context);
    *out_reason = "out of memory";
    if (status != STATUS_OK) {
        return status;
    }
    bool verifies = ca_path == NULL || *ca_path;
    bool loaded = !verifies || (ca_path != NULL ? SSL_CTX_load_verify_file(context->ssl, ca_path)
                                                : SSL_CTX_set_default_verify_paths(context->ssl)) == 1;
    ERR_clear_error();
    if (!loaded) {
        *out_reason = "the CA file is missing or holds no PEM certificate";
        tls_context_destroy(context);
        return STATUS_INVALID;
    }
    SSL_CTX_set_verify(context->ssl, verifies ? SSL_VERIFY_PEER : SSL_VERIFY_NONE, NULL);
    *out_context = context;
    return STATUS_OK;
}

void tls_context_destroy(struct tls_context *context)
{
    if (context != NULL) {
        SSL_CTX_free(context->ssl);
        free(context);
    }
}

/* ---- streams -------------------------------------------------------------------------------------- */

/* True unless the call failed for good. */
static bool is_only_waiting(struct tls_stream *stream, int result)
{
    int error = SSL_get_error(stream->ssl, result);
    ERR_clear_error();
    if (error == SSL_ERROR_WANT_READ || error == SSL_ERROR_WANT_WRITE) {
        return true;
    }
    stream->is_over = true;
    return false;
}

static enum status send_pending(struct tls_stream *stream)
{
    size_t sent = 0;
    while (sent < stream->pending_size) {
        size_t now = 0;
        int result = SSL_write_ex(stream->ssl, stream->pending + sent, stream->pending_size - sent, &now);
        if (result != 1) {
            is_only_waiting(stream, result);
            return STATUS_IO;
        }
        sent += now;
    }
    free(stream->pending);
    stream->pending = NULL;
    stream->pending_size = 0;
    return STATUS_OK;
}

static enum status go_on_with_handshake(struct tls_stream *stream)
{
    if (SSL_is_init_finished(stream->ssl)) {
        return STATUS_OK;
    }
    int result = SSL_do_handshake(stream->ssl);
    if (result == 1) {
        return send_pending(stream);
    }
    return is_only_waiting(stream, result) ? STATUS_OK : STATUS_IO;
}

/* The certificate must be for this name, or address. */
static bool expect_server(SSL *ssl, const char *name)
{
    X509_VERIFY_PARAM *param = SSL_get0_param(ssl);
    if (X509_VERIFY_PARAM_set1_ip_asc(param, name) == 1) {
        return true;
    }
    ERR_clear_error();
    /* SSL_set_tlsext_host_name, without its cast that drops const; OpenSSL copies the name. */
    return SSL_set1_host(ssl, name) == 1 &&
           SSL_ctrl(ssl, SSL_CTRL_SET_TLSEXT_HOSTNAME, TLSEXT_NAMETYPE_host_name, (void *)(uintptr_t)name) == 1;
}

enum status tls_stream_create(struct tls_context *context, const char *server_name, struct tls_stream **out_stream)
{
    REQUIRE(context != NULL);
    struct tls_stream *stream = calloc(1, sizeof *stream);
    if (stream == NULL) {
        return STATUS_NO_MEMORY;
    }
    stream->ssl = SSL_new(context->ssl);
    stream->in = BIO_new(BIO_s_mem());
    stream->out = BIO_new(BIO_s_mem());
    if (stream->ssl == NULL || stream->in == NULL || stream->out == NULL) {
        BIO_free(stream->in);
        BIO_free(stream->out);
        goto fail;
    }
    SSL_set_bio(stream->ssl, stream->in, stream->out);
    if (server_name != NULL) {
        SSL_set_connect_state(stream->ssl);
        if (!expect_server(stream->ssl, server_name) || go_on_with_handshake(stream) != STATUS_OK) {
            goto fail;
        }
    } else {
        SSL_set_accept_state(stream->ssl);
    }
    *out_stream = stream;
    return STATUS_OK;
fail:
    tls_stream_destroy(stream);
    return STATUS_NO_MEMORY;
}

void tls_stream_destroy(struct tls_stream *stream)
{
    if (stream != NULL) {
        SSL_free(stream->ssl);
        free(stream->pending);
        free(stream);
    }
}

enum status tls_stream_feed(struct tls_stream *stream, const uint8_t *bytes, size_t size)
{
    REQUIRE(bytes != NULL || size == 0);
    if (stream->is_over) {
        return STATUS_IO;
    }
    while (size > 0) {
        int chunk = size > INT_MAX ? INT_MAX : (int)size;
        int taken = BIO_write(stream->in, bytes, chunk);
        if (taken <= 0) {
            stream->is_over = true;
            return STATUS_NO_MEMORY;
        }
        bytes += taken;
        size -= (size_t)taken;
    }
    return go_on_with_handshake(stream);
}

size_t tls_stream_read(struct tls_stream *stream, uint8_t *out, size_t size)
{
    REQUIRE(out != NULL || size == 0);
    size_t got = 0;
    if (stream->is_over || !SSL_is_init_finished(stream->ssl)) {
        return 0;
    }
    int result = SSL_read_ex(stream->ssl, out, size, &got);
    if (result != 1) {
        is_only_waiting(stream, result);
        return 0;
    }
    return got;
}

enum status tls_stream_write(struct tls_stream *stream, const uint8_t *bytes, size_t size)
{
    REQUIRE(bytes != NULL || size == 0);
    if (stream->is_over) {
        return STATUS_IO;
    }
    if (TLS_PENDING_BYTES_MAX - stream->pending_size < size) {
        return STATUS_FULL;
    }
    if (!SSL_is_init_finished(stream->ssl)) {
        uint8_t *pending = realloc(stream->pending, stream->pending_size + size);
        if (pending == NULL) {
            return STATUS_NO_MEMORY;
        }
        memcpy(pending + stream->pending_size, bytes, size);
        stream->pending = pending;
        stream->pending_size += size;
        return STATUS_OK;
    }
    while (size > 0) {
        size_t now = 0;
        int result = SSL_write_ex(stream->ssl, bytes, size, &now);
        if (result != 1) { /* a memory BIO takes everything: this is an error */
            is_only_waiting(stream, result);
            return STATUS_IO;
        }
        bytes += now;
        size -= now;
    }
    return STATUS_OK;
}

size_t tls_stream_drain(struct tls_stream *stream, uint8_t *out, size_t size)
{
    REQUIRE(out != NULL || size == 0);
    int got = BIO_read(stream->out, out, size > INT_MAX ? INT_MAX : (int)size);
    return got > 0 ? (size_t)got : 0;
}

bool tls_stream_is_over(const struct tls_stream *stream)
{
    return stream->is_over;
}
