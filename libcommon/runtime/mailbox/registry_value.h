/* SPDX-License-Identifier: Apache-2.0 */
/*
 * registry_value.h - a registry entry as JSON text, and back. Pure but for jansson's memory.
 *
 * Unknown members are ignored, so that daemons of two versions can share a registry; numbers out of range are not.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_MAILBOX_REGISTRY_VALUE_H
#define MMA_LIBCOMMON_RUNTIME_MAILBOX_REGISTRY_VALUE_H

#include "libcommon/base/status.h"
#include "libcommon/runtime/mailbox/registry.h"

#include <stddef.h>

#define REGISTRY_VALUE_MAX 2048

/* Returns the size; out is not terminated by NUL. */
size_t registry_value_write(const struct registry_entry *entry, char out[REGISTRY_VALUE_MAX]);
MUST_USE enum status registry_value_read(const char *text, size_t size, struct registry_entry *out_entry);

#endif
