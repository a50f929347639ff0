/* SPDX-License-Identifier: Apache-2.0 */
/* bots_host.h - the load client as players of a test's cluster: build/bin/bots, and its report. */
#ifndef MMA_TESTS_SUPPORT_BOTS_HOST_H
#define MMA_TESTS_SUPPORT_BOTS_HOST_H

#include "tests/support/support.h"

struct bots_host {
    struct support_process process;
    char report[SUPPORT_PATH_MAX];
};

/* Through the gateway at that port of 127.0.0.1, with its players' secret; arguments as bots takes them, NULL at the
 * end. */
void bots_start(struct bots_host *bots, uint16_t gateway_port, const char *const *arguments);
/* Waits for their end, which must be exit 0, and returns the report (json_decref). */
json_t *bots_finish(struct bots_host *bots, unsigned timeout_ms);
/* The same, but whatever their exit code was. */
json_t *bots_end(struct bots_host *bots, unsigned timeout_ms);

double bots_figure(const json_t *report, const char *name); /* fails when it has none of that name */
bool bots_has_figure(const json_t *report, const char *name);

#endif
