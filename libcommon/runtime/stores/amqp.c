/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/stores/amqp.h"

#include "libcommon/runtime/encoding/url.h"
#include "libcommon/runtime/stores/amqp_item.h"
#include "libcommon/runtime/stores/amqp_link.h"
#include "libcommon/runtime/stores/amqp_session.h"
#include "libcommon/runtime/stores/spool.h"
#include "libcommon/runtime/telemetry/metrics.h"

#include <assert.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WINDOW           1024        /* messages in memory on their way to the broker */
#define WINDOW_BYTES_MAX (16u << 20) /* of them; past either the others wait in the spool */
#define CLOSE_MS         1000

static_assert(AMQP_RECORD_HEAD_MAX + AMQP_MESSAGE_BYTES_MAX <= SPOOL_RECORD_BYTES_MAX, "a message is one record");

struct amqp {
    struct amqp_options options;
    struct amqp_link *link;
    struct spool *spool;
    uint8_t *record; /* where one is put together */
    uv_async_t wake;
    bool is_up, is_closed;
    char detail[AMQP_DETAIL_MAX]; /* as last said */
    uint64_t handed, released;    /* sequences of the spool: the last one given to the link, the last one done with */
    size_t window_bytes;
    bool confirmed[WINDOW]; /* by sequence % WINDOW, of those in between */
};

static struct metric published = METRIC_COUNTER_INIT(
    "mma_amqp_published_total",
    "messages by result: confirmed, nacked (refused by the broker once, sent again), returned (no queue wanted it), "
    "spool_full and spool_error (not accepted)",
    "result");
static struct metric consumed = METRIC_COUNTER_INIT(
    "mma_amqp_consumed_total", "messages by queue and result: delivered, redelivered", "queue", "result");
static struct metric answered =
    METRIC_COUNTER_INIT("mma_amqp_answered_total", "deliveries by answer: acknowledged, rejected, requeued", "result");
static struct metric spool_size = METRIC_GAUGE_INIT("mma_amqp_spool_bytes", "bytes waiting on disk for confirms", NULL);

static void register_metrics(void)
{
    static bool registered;
    if (!registered) {
        registered = true;
        metrics_register(&published);
        metrics_register(&consumed);
        metrics_register(&answered);
        metrics_register(&spool_size);
    }
}

/* ---- publishing ---- */

static void release_confirmed(struct amqp *amqp)
{
    while (amqp->released < amqp->handed && amqp->confirmed[(amqp->released + 1) % WINDOW]) {
        amqp->released++;
    }
    spool_release(amqp->spool, amqp->released);
    metric_set(&spool_size, (double)spool_bytes(amqp->spool), NULL, NULL);
}

/* Gives the record read from the spool to the link; an unreadable one counts as done. */
static void hand_record(struct amqp *amqp, const uint8_t *bytes, size_t size, uint64_t sequence)
{
    while (amqp->handed + 1 < sequence) {
        amqp->confirmed[++amqp->handed % WINDOW] = true;
    }
    struct amqp_item *item = NULL;
    enum status status = amqp_record_read(bytes, size, &item);
    amqp->confirmed[++amqp->handed % WINDOW] = status != STATUS_OK;
    if (status == STATUS_OK) {
        item->sequence = sequence;
        amqp->window_bytes += item->body_size;
        amqp_link_post(amqp->link, item);
    }
}

/* Moves what waits in the spool into the window. */
static void pump(struct amqp *amqp)
{
    while (amqp->spool != NULL && amqp->handed - amqp->released < WINDOW && amqp->window_bytes < WINDOW_BYTES_MAX) {
        const uint8_t *bytes;
        size_t size;
        uint64_t sequence;
        if (spool_next(amqp->spool, &bytes, &size, &sequence) != STATUS_OK) {
            return;
        }
        hand_record(amqp, bytes, size, sequence);
    }
}

enum status amqp_publish(struct amqp *amqp, const char *routing_key, const char *message_id, struct trace_id trace,
                         const void *body, size_t size)
{
    REQUIRE(amqp->spool && !amqp->is_closed);
    if (size > AMQP_MESSAGE_BYTES_MAX || strlen(routing_key) > AMQP_TEXT_MAX || strlen(message_id) > AMQP_TEXT_MAX) {
        return STATUS_TOO_LARGE;
    }
    size_t record_size = amqp_record_write(amqp->record, routing_key, message_id, trace, body, size);
    enum status status = spool_append(amqp->spool, amqp->record, record_size);
    if (status != STATUS_OK) {
        metric_add(&published, 1, status == STATUS_FULL ? "spool_full" : "spool_error", NULL);
        return status;
    }
    metric_set(&spool_size, (double)spool_bytes(amqp->spool), NULL, NULL);
    pump(amqp);
    return STATUS_OK;
}

size_t amqp_unconfirmed(const struct amqp *amqp)
{
    return amqp->spool != NULL ? (size_t)spool_count(amqp->spool) : 0;
}

/* ---- consuming ---- */

static void post_answer(struct amqp *amqp, enum amqp_item_kind kind, uint64_t tag, const char *result)
{
    struct amqp_text none = {NULL, 0};
    struct amqp_item *item = amqp_item_create(kind, none, none, none);
    if (item != NULL && !amqp->is_closed) { /* unanswered, it comes again after a reconnect */
        item->tag = tag;
        metric_add(&answered, 1, result, NULL);
        amqp_link_post(amqp->link, item);
    } else {
        free(item);
    }
}

void amqp_acknowledge(struct amqp *amqp, uint64_t tag)
{
    REQUIRE(tag != 0);
    post_answer(amqp, AMQP_ITEM_ACKNOWLEDGE, tag, "acknowledged");
}

void amqp_reject(struct amqp *amqp, uint64_t tag, bool requeue)
{
    REQUIRE(tag != 0);
    if (requeue) {
        post_answer(amqp, AMQP_ITEM_REQUEUE, tag, "requeued");
    } else {
        post_answer(amqp, AMQP_ITEM_REJECT, tag, "rejected");
    }
}

static void deliver(struct amqp *amqp, const struct amqp_item *item)
{
    struct amqp_delivery delivery = {.queue = amqp->options.queues[item->queue],
                                     .tag = item->tag,
                                     .routing_key = item->routing_key,
                                     .message_id = item->message_id,
                                     .redelivered = item->redelivered,
                                     .trace = item->trace,
                                     .body = item->body,
                                     .size = item->body_size};
    metric_add(&consumed, 1, delivery.queue, item->redelivered ? "redelivered" : "delivered");
    amqp->options.on_delivery(amqp->options.owner, &delivery);
}

/* ---- what comes from the link ---- */

static void change_state(struct amqp *amqp, bool up, const struct amqp_item *item)
{
    const char *detail = (const char *)item->body;
    bool has_changed = up != amqp->is_up || strncmp(amqp->detail, detail, sizeof amqp->detail - 1) != 0;
    amqp->is_up = up;
    snprintf(amqp->detail, sizeof amqp->detail, "%s", detail);
    if (amqp->options.on_state != NULL && has_changed && !amqp->is_closed) {
        amqp->options.on_state(amqp->options.owner, up, amqp->detail);
    }
}

static void take_item(struct amqp *amqp, const struct amqp_item *item)
{
    switch (item->kind) {
    case AMQP_ITEM_CONFIRMED:
        amqp->confirmed[item->sequence % WINDOW] = true;
        amqp->window_bytes -= item->body_size;
        metric_add(&published, 1, "confirmed", NULL);
        break;
    case AMQP_ITEM_DELIVERY:
        if (!amqp->is_closed) {
            deliver(amqp, item);
        }
        break;
    case AMQP_ITEM_UP:
        change_state(amqp, true, item);
        break;
    case AMQP_ITEM_DOWN:
        change_state(amqp, false, item);
        break;
    default:
        break;
    }
}

static void take_all(struct amqp *amqp)
{
    struct amqp_list items = {0};
    struct amqp_link_counts counts;
    struct amqp_item *item;
    amqp_link_take(amqp->link, &items, &counts);
    metric_add(&published, (double)counts.nacked, "nacked", NULL);
    metric_add(&published, (double)counts.returned, "returned", NULL);
    while ((item = amqp_list_take(&items)) != NULL) {
        take_item(amqp, item);
        free(item);
    }
}

static void on_wake(uv_async_t *wake)
{
    struct amqp *amqp = wake->data;
    if (amqp->is_closed) {
        return;
    }
    take_all(amqp);
    if (amqp->spool != NULL && !amqp->is_closed) {
        release_confirmed(amqp);
        pump(amqp);
    }
}

/* On the link's thread. */
static void wake_loop(void *owner)
{
    struct amqp *amqp = owner;
    uv_async_send(&amqp->wake);
}

/* ---- opening and closing ---- */

static void on_wake_closed(uv_handle_t *handle)
{
    struct amqp *amqp = handle->data;
    spool_close(amqp->spool);
    free(amqp->record);
    free(amqp);
}

static enum status open_spool(struct amqp *amqp)
{
    if (amqp->options.spool_dir == NULL) {
        return STATUS_OK;
    }
    amqp->record = malloc(AMQP_RECORD_HEAD_MAX + AMQP_MESSAGE_BYTES_MAX);
    return amqp->record != NULL ? spool_open(amqp->options.spool_dir, amqp->options.spool_bytes_max, &amqp->spool)
                                : STATUS_NO_MEMORY;
}

static enum status start_link(struct amqp *amqp)
{
    struct amqp_link_options options = {.prefetch = amqp->options.prefetch ? amqp->options.prefetch : 1,
                                        .queues = amqp->options.queues,
                                        .queue_count = amqp->options.queue_count,
                                        .wake = wake_loop,
                                        .owner = amqp};
    enum status status = url_parse(amqp->options.url, &options.url);
    if (status == STATUS_OK && strcmp(options.url.scheme, "amqp") != 0) {
        status = STATUS_INVALID;
    }
    return status == STATUS_OK ? amqp_link_start(&options, &amqp->link) : status;
}

enum status amqp_open(uv_loop_t *loop, const struct amqp_options *options, struct amqp **out_amqp)
{
    REQUIRE(options->queue_count == 0 || options->on_delivery);
    struct amqp *amqp = calloc(1, sizeof *amqp);
    if (amqp == NULL) {
        return STATUS_NO_MEMORY;
    }
    register_metrics();
    amqp->options = *options;
    amqp->wake.data = amqp;
    if (uv_async_init(loop, &amqp->wake, on_wake) != 0) {
        free(amqp);
        return STATUS_NO_MEMORY;
    }
    enum status status = open_spool(amqp);
    if (status == STATUS_OK) {
        status = start_link(amqp);
    }
    if (status != STATUS_OK) {
        amqp->is_closed = true;
        uv_close((uv_handle_t *)&amqp->wake, on_wake_closed);
        return status;
    }
    amqp->options.url = amqp->options.spool_dir = NULL; /* were borrowed for the call */
    pump(amqp);                                         /* what an earlier process left */
    *out_amqp = amqp;
    return STATUS_OK;
}

void amqp_close(struct amqp *amqp)
{
    if (amqp == NULL || amqp->is_closed) {
        return;
    }
    amqp->is_closed = true;
    amqp->is_up = false;
    amqp_link_stop(amqp->link, CLOSE_MS);
    take_all(amqp);
    if (amqp->spool != NULL) {
        release_confirmed(amqp);
    }
    amqp_link_destroy(amqp->link);
    uv_close((uv_handle_t *)&amqp->wake, on_wake_closed);
}

bool amqp_is_up(const struct amqp *amqp)
{
    return amqp->is_up;
}
