/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/gateway_metrics.h"

#include "libcommon/runtime/telemetry/metrics.h"

#include <stdio.h>

static struct metric players_online = METRIC_GAUGE_INIT("mma_players_online", "sessions that are authenticated", NULL);
static struct metric watchers_online = METRIC_GAUGE_INIT("mma_watchers_online", "sessions that watch a match", NULL);
static struct metric sessions_total = METRIC_COUNTER_INIT(
    "mma_sessions_total", "connections asked for: opened, or why they were refused; replaced counts again", "result");
static struct metric snapshots_total = METRIC_COUNTER_INIT(
    "mma_snapshots_total",
    "snapshots and frames for clients: written, skipped (socket backed up or baseline not written), orphan (no such "
    "session)",
    "result");
static struct metric inputs_total = METRIC_COUNTER_INIT(
    "mma_inputs_total", "inputs of clients: forwarded, rate_limited, late (no match any more), lost (mailbox full)",
    "result");
static struct metric messages_total =
    METRIC_COUNTER_INIT("mma_client_messages_total",
                        "messages of clients other than inputs, by type and what became of them", "type", "result");
static struct metric closed_total =
    METRIC_COUNTER_INIT("mma_socket_closed_total", "client sockets that ended, by WebSocket close code", "code");
static struct metric errors_total =
    METRIC_COUNTER_INIT("mma_client_errors_total", "error messages sent to clients, by code", "code");
static struct metric network_bytes_total = METRIC_COUNTER_INIT(
    "mma_network_bytes_total", "WebSocket payload bytes from (in) and to (out) clients", "direction");

void gateway_metrics_register(void)
{
    struct metric *const all[] = {&players_online,  &watchers_online, &sessions_total,
                                  &snapshots_total, &inputs_total,    &messages_total,
                                  &closed_total,    &errors_total,    &network_bytes_total};
    for (size_t i = 0; i < sizeof all / sizeof all[0]; i++) {
        metrics_register(all[i]);
    }
}

static void publish_messages(const struct gateway_counts *counts)
{
    static const char *const results[GATEWAY_MESSAGE_RESULTS] = {"admitted", "invalid_state", "late", "rate_limited"};
    for (int kind = 0; kind < SESSION_MESSAGE_COUNT; kind++) {
        for (int result = 0; result < GATEWAY_MESSAGE_RESULTS; result++) {
            uint64_t count = counts->messages[kind][result];
            if (count > 0) {
                metric_set(&messages_total, (double)count, session_message_name((enum session_message)kind),
                           results[result]);
            }
        }
    }
    metric_set(&messages_total, (double)counts->invalid_messages, "unknown", "invalid");
}

void gateway_metrics_publish(const struct gateway_counts *counts, uint32_t players, uint32_t watchers)
{
    metric_set(&players_online, players, NULL, NULL);
    metric_set(&watchers_online, watchers, NULL, NULL);
    metric_set(&snapshots_total, (double)counts->snapshots[SNAPSHOT_WRITTEN], "written", NULL);
    metric_set(&snapshots_total, (double)counts->snapshots[SNAPSHOT_SKIPPED], "skipped", NULL);
    metric_set(&snapshots_total, (double)counts->snapshots[SNAPSHOT_ORPHAN], "orphan", NULL);
    metric_set(&inputs_total, (double)counts->inputs[INPUT_FORWARDED], "forwarded", NULL);
    metric_set(&inputs_total, (double)counts->inputs[INPUT_RATE_LIMITED], "rate_limited", NULL);
    metric_set(&inputs_total, (double)counts->inputs[INPUT_LATE], "late", NULL);
    metric_set(&inputs_total, (double)counts->inputs[INPUT_LOST], "lost", NULL);
    metric_set(&network_bytes_total, (double)counts->bytes_in, "in", NULL);
    metric_set(&network_bytes_total, (double)counts->bytes_out, "out", NULL);
    publish_messages(counts);
}

void gateway_metrics_session(const char *result)
{
    metric_add(&sessions_total, 1, result, NULL);
}

void gateway_metrics_closed(uint16_t code)
{
    char text[8];
    (void)snprintf(text, sizeof text, "%u", (unsigned)code);
    metric_add(&closed_total, 1, text, NULL);
}

void gateway_metrics_refused(const char *error_code)
{
    metric_add(&errors_total, 1, error_code, NULL);
}
