/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/daemon_internal.h"
#include "libcommon/runtime/supervisor.h"

#define FIELD(member) CONFIG_FIELD(struct daemon_settings, member)

const struct config_row daemon_rows[] = {
    {"WORKERS", CONFIG_U32, FIELD(workers), "1", 1, SUPERVISOR_CHILDREN_MAX,
     "worker processes, each with one event loop; about one for each core it may use", NULL},
    {"ADMIN_PORT", CONFIG_U32, FIELD(admin_port), "0", 0, 65535,
     "TCP port of /healthz, /livez, /readyz and /metrics; worker N listens on ADMIN_PORT + N; 0: a free one, see the "
     "log "
     "line daemon.started",
     NULL},
    {"BIND_HOST", CONFIG_TEXT, FIELD(bind_host), "0.0.0.0", 1, 45, "numeric address that all listeners bind", NULL},
    {"MAILBOX_HOST", CONFIG_TEXT, FIELD(mailbox_host), "127.0.0.1", 1, 40,
     "host name or address at which other daemons reach this one's mailbox; in Kubernetes the pod's address", NULL},
    {"CLUSTER_KEY", CONFIG_SECRET, FIELD(cluster_key), "", 0, 256,
     "secret that daemons share: batches between them carry an HMAC made with it; empty: none", NULL},
    {"REGION", CONFIG_CHOICE, FIELD(region), "eu_west", 0, 0, "the region this process runs in",
     "na_east|na_west|eu_west|asia_pacific"},
    {"DATABASE_URL", CONFIG_TEXT, FIELD(database_url), "postgresql://localhost/arena", 1, 1024,
     "PostgreSQL, as libpq reads it", NULL},
    {"REDIS_URL", CONFIG_TEXT, FIELD(redis_url), "redis://localhost:6379", 1, 1024,
     "Redis: redis://[:password@]host[:port][/database]", NULL},
    {"AMQP_URL", CONFIG_TEXT, FIELD(amqp_url), "amqp://localhost:5672", 1, 1024,
     "RabbitMQ: amqp://[user:password@]host[:port][/virtual-host]", NULL},
    {"LOG_LEVEL", CONFIG_CHOICE, FIELD(log_level), "info", 0, 0, "the least important log lines that are written",
     "debug|info|warning|error"},
    {"DRAIN_TIMEOUT_MS", CONFIG_U32, FIELD(drain_timeout_ms), "10000", 0, 3600000,
     "how long a worker may take to hand over its work after SIGTERM; 0: stops at once", NULL},
    {"SUPERVISOR_RESTARTS", CONFIG_U32, FIELD(restarts), "5", 0, SUPERVISOR_RESTARTS_MAX,
     "restarts of workers allowed within SUPERVISOR_PERIOD_MS; with one more the daemon stops and exits 70", NULL},
    {"SUPERVISOR_PERIOD_MS", CONFIG_U32, FIELD(restart_period_ms), "10000", 1, 3600000,
     "the sliding window in which restarts of workers count", NULL},
};
const size_t daemon_row_count = sizeof daemon_rows / sizeof daemon_rows[0];
