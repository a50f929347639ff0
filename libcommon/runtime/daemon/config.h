/* SPDX-License-Identifier: Apache-2.0 */
/*
 * config.h - a daemon's settings: one table, read from environment variables.
 *
 * A setting is wrong when it does not parse or is out of range; config_load then says which and why, all of them at
 * once, and the daemon exits 78 (EX_CONFIG). A secret is never printed. docs/configuration.md is made from the tables.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_DAEMON_CONFIG_H
#define MMA_LIBCOMMON_RUNTIME_DAEMON_CONFIG_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>

enum config_kind {
    CONFIG_U32,    /* uint32_t, min .. max */
    CONFIG_U64,    /* uint64_t, min .. max */
    CONFIG_BOOL,   /* bool: 0, 1, true, false */
    CONFIG_TEXT,   /* const char *, min .. max bytes long; borrowed from the environment or the table */
    CONFIG_SECRET, /* as CONFIG_TEXT, never printed */
    CONFIG_CHOICE, /* const char *, one of row.choices, separated by '|' */
};

struct config_row {
    const char *name; /* environment variable; unit last: _MS, _BYTES, ... */
    enum config_kind kind;
    size_t offset;        /* of the field in the settings struct */
    const char *fallback; /* as text; NULL: must be set */
    uint64_t min, max;
    const char *help;    /* one line: what it does, what it means at its limits */
    const char *choices; /* CONFIG_CHOICE only */
};

#define CONFIG_FIELD(type, member) offsetof(type, member)

/* Fills *settings from the environment. Writes one line an error to errors; STATUS_INVALID when there was one. */
MUST_USE enum status config_load(const struct config_row *rows, size_t count, void *settings, FILE *errors);

void config_print_help(const struct config_row *rows, size_t count, FILE *out);
void config_print_markdown(const struct config_row *rows, size_t count, FILE *out); /* a table for the documents */

#endif
