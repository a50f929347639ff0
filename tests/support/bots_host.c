/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/bots_host.h"

#include "tests/support/gateway_host.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define ARGUMENTS_MAX 30

void bots_start(struct bots_host *bots, uint16_t gateway_port, const char *const *arguments)
{
    char url[64];
    const char *all[ARGUMENTS_MAX] = {"--url", url, "--secret", GATEWAY_SECRET, "--json", bots->report};
    size_t count = 6;
    for (size_t i = 0; arguments[i] != NULL; i++) {
        assert_true(count < ARGUMENTS_MAX - 1);
        all[count++] = arguments[i];
    }
    support_path(bots->report, "bots.json");
    snprintf(url, sizeof url, "ws://127.0.0.1:%u/v1/play", (unsigned)gateway_port);
    support_start(&bots->process, "bots", NULL, all);
}

json_t *bots_end(struct bots_host *bots, unsigned timeout_ms)
{
    json_error_t error;
    (void)support_wait_exit(&bots->process, timeout_ms);
    json_t *report = json_load_file(bots->report, 0, &error);
    if (report == NULL) {
        fail_msg("the bots wrote no report (%s); their output: %s", error.text, bots->process.log_path);
    }
    return report;
}

json_t *bots_finish(struct bots_host *bots, unsigned timeout_ms)
{
    json_t *report = bots_end(bots, timeout_ms);
    if (bots->process.exit_code != 0 || !json_is_true(json_object_get(report, "good"))) {
        fail_msg("the bots ended with %d; their report: %s", bots->process.exit_code, bots->report);
    }
    return report;
}

static const json_t *find(const json_t *report, const char *name)
{
    return json_object_get(json_object_get(json_object_get(report, "figures"), name), "value");
}

double bots_figure(const json_t *report, const char *name)
{
    const json_t *value = find(report, name);
    if (value == NULL) {
        fail_msg("the bots' report has no %s", name);
    }
    return json_number_value(value);
}

bool bots_has_figure(const json_t *report, const char *name)
{
    return find(report, name) != NULL;
}
