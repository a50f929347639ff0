/* SPDX-License-Identifier: Apache-2.0 */
/*
 * url.h - the part of RFC 3986 that settings need: scheme://[user[:password]@]host[:port][/path].
 *
 * Pure. User, password and path are percent-decoded; the path comes without its leading '/'. An IPv6 host stands in
 * brackets and comes without them. Query and fragment are refused, as is a decoded NUL.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_ENCODING_URL_H
#define MMA_LIBCOMMON_RUNTIME_ENCODING_URL_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stdint.h>

struct url {
    char scheme[16];
    char user[64];
    char password[256];
    char host[256];
    uint16_t port; /* 0: not given */
    bool has_path; /* "amqp://h/" has an empty path, "amqp://h" none */
    char path[128];
};

/* STATUS_INVALID, or STATUS_TOO_LARGE for a part that does not fit. */
MUST_USE enum status url_parse(const char *text, struct url *out_url);

#endif
