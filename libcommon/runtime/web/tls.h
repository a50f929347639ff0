/* SPDX-License-Identifier: Apache-2.0 */
/*
 * tls.h - TLS 1.2 and 1.3 by OpenSSL over memory BIOs: bytes in, bytes out, no socket. One tls_stream a connection.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_WEB_TLS_H
#define MMA_LIBCOMMON_RUNTIME_WEB_TLS_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct tls_context; /* certificate and options; shared by connections */
struct tls_stream;

/* PEM files. out_reason: static or thread-local text. */
MUST_USE enum status tls_context_create_server(const char *certificate_path, const char *key_path,
                                               struct tls_context **out_context, const char **out_reason);
/* ca_path NULL: the system's; "": no verification (tests only). */
MUST_USE enum status tls_context_create_client(const char *ca_path, struct tls_context **out_context,
                                               const char **out_reason);
void tls_context_destroy(struct tls_context *context); /* takes NULL */

/* server_name: client role; NULL: server role. */
MUST_USE enum status tls_stream_create(struct tls_context *context, const char *server_name,
                                       struct tls_stream **out_stream);
void tls_stream_destroy(struct tls_stream *stream); /* takes NULL */

/* Bytes from the network. STATUS_IO: the peer broke the protocol, close (a pending alert may still be drained). */
MUST_USE enum status tls_stream_feed(struct tls_stream *stream, const uint8_t *bytes, size_t size);
/* Plain bytes received so far: writes at most size, returns how many; 0: none now. */
size_t tls_stream_read(struct tls_stream *stream, uint8_t *out, size_t size);
/* Plain bytes to send; queued until the handshake is done. */
MUST_USE enum status tls_stream_write(struct tls_stream *stream, const uint8_t *bytes, size_t size);
/* Bytes for the network: writes at most size, returns how many; 0: none now. */
size_t tls_stream_drain(struct tls_stream *stream, uint8_t *out, size_t size);
/* The peer said goodbye, or broke the protocol: nothing more will be read. */
bool tls_stream_is_over(const struct tls_stream *stream);

#endif
