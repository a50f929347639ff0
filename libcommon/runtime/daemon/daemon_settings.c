/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/daemon/daemon_internal.h"
#include "libcommon/runtime/daemon/supervisor.h"
#include "libcommon/runtime/encoding/url.h"
#include "libcommon/runtime/mailbox/mailbox_batch.h"
#include "libcommon/runtime/stores/postgres.h"
#include "libcommon/runtime/stores/redis.h"

#include <string.h>

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

static bool is_numeric_address(const char *text)
{
    struct sockaddr_in ip4;
    struct sockaddr_in6 ip6;
    return uv_ip4_addr(text, 0, &ip4) == 0 || uv_ip6_addr(text, 0, &ip6) == 0;
}

static bool is_mailbox_host(const char *text)
{
    char url[MAILBOX_URL_MAX];
    int length = snprintf(url, sizeof url, "tcp://%s:65535", text);
    return length > 0 && (size_t)length < sizeof url && mailbox_url_is_valid(url);
}

static bool is_redis_url(const char *text)
{
    struct url url;
    int database;
    return redis_url_parse(text, &url, &database) == STATUS_OK;
}

static bool is_amqp_url(const char *text)
{
    struct url url;
    return url_parse(text, &url) == STATUS_OK && strcmp(url.scheme, "amqp") == 0;
}

/* The values of URLs are not shown: there are passwords in them. */
enum status daemon_settings_check(const struct daemon_settings *settings, FILE *out)
{
    const struct {
        const char *name;
        bool is_good;
        const char *must;
    } checks[] = {
        {"BIND_HOST", is_numeric_address(settings->bind_host), "be a numeric IPv4 or IPv6 address"},
        {"MAILBOX_HOST", is_mailbox_host(settings->mailbox_host), "be a host name or an address"},
        {"DATABASE_URL", postgres_url_is_valid(settings->database_url), "be what libpq takes"},
        {"REDIS_URL", is_redis_url(settings->redis_url), "be redis://[:password@]host[:port][/database]"},
        {"AMQP_URL", is_amqp_url(settings->amqp_url), "be amqp://[user:password@]host[:port][/virtual-host]"},
    };
    enum status status = STATUS_OK;
    for (size_t i = 0; i < sizeof checks / sizeof checks[0]; i++) {
        if (!checks[i].is_good) {
            fprintf(out, "%s: must %s\n", checks[i].name, checks[i].must);
            status = STATUS_INVALID;
        }
    }
    return status;
}
