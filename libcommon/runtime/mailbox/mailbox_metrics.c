/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/mailbox_metrics.h"

#include "libcommon/base/status.h"

#include "libcommon/runtime/telemetry/metrics.h"

#include <stdbool.h>

static struct metric messages =
    METRIC_COUNTER_INIT("mma_mailbox_messages_total", "batches received (in) and sent (out)", "direction");
static struct metric bytes_moved =
    METRIC_COUNTER_INIT("mma_mailbox_bytes_total", "bytes of batches received (in) and sent (out)", "direction");
static struct metric dropped = METRIC_COUNTER_INIT(
    "mma_mailbox_dropped_total",
    "what was given up: realtime (envelopes a full peer did not get), reply (no room; the repeat gets it), tag "
    "(batches without the cluster's HMAC), malformed, stale (replayed or out of order), gap (batches lost on the way), "
    ""
    "late_reply (after the deadline), dead_peer (envelopes for a peer away for a minute)",
    "reason");
static struct metric timeouts = METRIC_COUNTER_INIT("mma_mailbox_request_timeouts_total",
                                                    "requests that got no answer before their deadline", NULL);
static struct metric peers = METRIC_GAUGE_INIT("mma_mailbox_peers", "processes this one has a connection to", NULL);

void mailbox_metrics_register(void)
{
    static bool registered;
    if (registered) {
        return;
    }
    registered = true;
    metrics_register(&messages);
    metrics_register(&bytes_moved);
    metrics_register(&dropped);
    metrics_register(&timeouts);
    metrics_register(&peers);
}

void mailbox_metrics_moved(const char *direction, size_t bytes)
{
    REQUIRE(direction != NULL);
    metric_add(&messages, 1, direction, NULL);
    metric_add(&bytes_moved, (double)bytes, direction, NULL);
}

void mailbox_metrics_dropped(const char *reason, double count)
{
    metric_add(&dropped, count, reason, NULL);
}

void mailbox_metrics_timed_out(void)
{
    metric_add(&timeouts, 1, NULL, NULL);
}

void mailbox_metrics_peers(size_t count)
{
    metric_set(&peers, (double)count, NULL, NULL);
}

double mailbox_metrics_drops(const char *reason)
{
    return metric_value(&dropped, reason, NULL);
}
