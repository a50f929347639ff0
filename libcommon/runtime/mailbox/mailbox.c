/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/mailbox.h"

#include "libcommon/runtime/mailbox/mailbox_batch.h"
#include "libcommon/runtime/mailbox/mailbox_inbound.h"
#include "libcommon/runtime/mailbox/mailbox_metrics.h"
#include "libcommon/runtime/mailbox/mailbox_outbound.h"
#include "libcommon/runtime/mailbox/mailbox_replies.h"
#include "libcommon/runtime/mailbox/mailbox_requests.h"
#include "libcommon/runtime/mailbox/mailbox_senders.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/entropy.h"

#include <openssl/crypto.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SWEEP_MS        5000 /* idle peers are looked for this often */
#define LINGER_MS       50   /* NNG's threads get this long to send the last batches */
#define CLUSTER_KEY_MAX 256

struct mailbox {
    uv_loop_t *loop;
    void *owner;
    void (*on_envelope)(void *owner, const struct mailbox_envelope *envelope);
    uint32_t batch_delay_ms;
    char url[MAILBOX_URL_MAX];
    char key_bytes[CLUSTER_KEY_MAX];
    struct mailbox_key key;
    bool closing;
    bool is_delayed;  /* flush_timer runs for this batch */
    unsigned handles; /* not yet closed, inbound included */
    struct mailbox_inbound *inbound;
    struct mailbox_outbound *outbound;
    struct mailbox_requests *requests;
    struct mailbox_replies *replies;
    struct mailbox_senders senders;
    struct mailbox_arena arena;
    uint64_t due_ms; /* when request_timer fires */
    uv_prepare_t prepare;
    uv_check_t check;
    uv_timer_t flush_timer, request_timer, sweep_timer;
};

/* ---- sending ---- */

static void on_flush_due(uv_timer_t *timer)
{
    mailbox_flush(timer->data);
}

void mailbox_flush(struct mailbox *mailbox)
{
    mailbox->is_delayed = false;
    if (mailbox_outbound_has_work(mailbox->outbound) && mailbox_outbound_flush(mailbox->outbound)) {
        uv_timer_start(&mailbox->flush_timer, on_flush_due, OUTBOUND_AGAIN_MS, 0);
    }
}

/* Without a delay on_prepare and on_check do it. */
static void schedule_flush(struct mailbox *mailbox)
{
    if (mailbox->batch_delay_ms > 0 && !mailbox->is_delayed) {
        mailbox->is_delayed = true;
        uv_timer_start(&mailbox->flush_timer, on_flush_due, mailbox->batch_delay_ms, 0);
    }
}

static void flush_iteration(struct mailbox *mailbox)
{
    if (mailbox->batch_delay_ms == 0) {
        mailbox_flush(mailbox);
    }
}

/* What timers posted leaves before the loop waits, what sockets brought about leaves after it. */
static void on_prepare(uv_prepare_t *prepare)
{
    flush_iteration(prepare->data);
}

static void on_check(uv_check_t *check)
{
    flush_iteration(check->data);
}

enum status mailbox_post(struct mailbox *mailbox, const char *peer, enum mailbox_class mailbox_class,
                         Mma__MessageType type, struct trace_id trace, const ProtobufCMessage *message)
{
    REQUIRE(message != NULL && message->descriptor != NULL);
    if (mailbox->closing) {
        return STATUS_CANCELLED;
    }
    struct mailbox_head head = {.type = type, .trace = trace};
    bool realtime = mailbox_class == MAILBOX_REALTIME;
    enum status status = mailbox_outbound_add(mailbox->outbound, peer, &head, message, realtime, NULL, NULL);
    schedule_flush(mailbox);
    return status;
}

/* ---- requests ---- */

static void on_request_due(uv_timer_t *timer);

static void schedule_requests(struct mailbox *mailbox, uint64_t due_ms)
{
    if (due_ms >= mailbox->due_ms) {
        return;
    }
    uint64_t now_ms = clock_monotonic_ms();
    mailbox->due_ms = due_ms;
    uv_update_time(mailbox->loop);
    uv_timer_start(&mailbox->request_timer, on_request_due, due_ms > now_ms ? due_ms - now_ms : 0, 0);
}

static void end_request(struct mailbox *mailbox, struct mailbox_pending *pending, enum status status,
                        const struct mailbox_envelope *reply)
{
    mailbox_on_reply *on_reply = pending->on_reply;
    void *owner = pending->owner;
    mailbox_requests_end(mailbox->requests, pending);
    if (on_reply != NULL) {
        on_reply(owner, status, reply);
    }
}

static void repeat_request(struct mailbox *mailbox, struct mailbox_pending *pending, uint64_t now_ms)
{
    pending->repeat_ms = now_ms + backoff_next_ms(&pending->backoff, entropy_u64());
    enum status status = mailbox_outbound_add_packed(mailbox->outbound, pending->peer, pending->bytes, pending->size);
    if (status == STATUS_OK) { /* else the peer is full, and the next repeat tries again */
        schedule_flush(mailbox);
    }
}

/* A callback may end any request, so the walk restarts after each one that expired. */
static bool expire_one(struct mailbox *mailbox, uint64_t now_ms)
{
    struct mailbox_pending *pending = mailbox_requests_next(mailbox->requests, NULL);
    for (; pending; pending = mailbox_requests_next(mailbox->requests, pending)) {
        if (pending->deadline_ms <= now_ms) {
            mailbox_metrics_timed_out();
            end_request(mailbox, pending, STATUS_EXPIRED, NULL);
            return true;
        }
        if (pending->repeat_ms <= now_ms) {
            repeat_request(mailbox, pending, now_ms);
        }
    }
    return false;
}

static void on_request_due(uv_timer_t *timer)
{
    struct mailbox *mailbox = timer->data;
    uint64_t now_ms = clock_monotonic_ms();
    mailbox->due_ms = UINT64_MAX;
    while (!mailbox->closing && expire_one(mailbox, now_ms)) {
    }
    if (!mailbox->closing) {
        schedule_requests(mailbox, mailbox_requests_due_ms(mailbox->requests));
    }
}

enum status mailbox_request(struct mailbox *mailbox, const char *peer, Mma__MessageType type, struct trace_id trace,
                            const ProtobufCMessage *message, uint32_t timeout_ms, mailbox_on_reply *on_reply,
                            void *owner)
{
    REQUIRE(timeout_ms > 0 && on_reply != NULL);
    REQUIRE(message != NULL && message->descriptor != NULL);
    if (mailbox->closing) {
        return STATUS_CANCELLED;
    }
    struct mailbox_pending *pending;
    enum status status = mailbox_requests_start(mailbox->requests, &pending);
    if (status != STATUS_OK) {
        return status;
    }
    struct mailbox_head head = {
        .type = type, .correlation_id = pending->id, .trace = trace, .deadline_unix_ms = clock_unix_ms() + timeout_ms};
    const uint8_t *bytes;
    size_t size;
    status = mailbox_outbound_add(mailbox->outbound, peer, &head, message, false, &bytes, &size);
    if (status == STATUS_OK) {
        status = mailbox_requests_keep(pending, bytes, size);
    }
    if (status != STATUS_OK) {
        mailbox_requests_end(mailbox->requests, pending);
        return status;
    }
    uint64_t now_ms = clock_monotonic_ms();
    memcpy(pending->peer, peer, strlen(peer) + 1);
    pending->on_reply = on_reply;
    pending->owner = owner;
    pending->deadline_ms = now_ms + timeout_ms;
    pending->repeat_ms = now_ms + backoff_next_ms(&pending->backoff, entropy_u64());
    schedule_requests(mailbox, pending->repeat_ms < pending->deadline_ms ? pending->repeat_ms : pending->deadline_ms);
    schedule_flush(mailbox);
    return STATUS_OK;
}

/* ---- replies ---- */

struct mailbox_return mailbox_return_of(const struct mailbox_envelope *request)
{
    struct mailbox_return to = {.correlation_id = request->correlation_id, .trace = request->trace};
    memcpy(to.sender, request->sender, strlen(request->sender) + 1);
    return to;
}

void mailbox_reply(struct mailbox *mailbox, const struct mailbox_return *to, Mma__MessageType type,
                   const ProtobufCMessage *message)
{
    REQUIRE(message != NULL && message->descriptor != NULL);
    if (mailbox->closing || to->correlation_id == 0) {
        return;
    }
    struct mailbox_head head = {
        .type = type, .correlation_id = to->correlation_id, .is_reply = true, .trace = to->trace};
    const uint8_t *bytes;
    size_t size;
    if (mailbox_outbound_add(mailbox->outbound, to->sender, &head, message, false, &bytes, &size) != STATUS_OK) {
        mailbox_metrics_dropped("reply", 1);
        return;
    }
    mailbox_replies_store(mailbox->replies, to->sender, to->correlation_id, bytes, size);
    schedule_flush(mailbox);
}

void mailbox_refuse(struct mailbox *mailbox, const struct mailbox_return *to, enum status status, const char *reason,
                    const char *message)
{
    REQUIRE(status != STATUS_OK);
    REQUIRE(reason != NULL && message != NULL);
    Mma__Refusal refusal;
    mma__refusal__init(&refusal);
    char reason_copy[64], message_copy[256];
    snprintf(reason_copy, sizeof reason_copy, "%s", reason != NULL ? reason : "");
    snprintf(message_copy, sizeof message_copy, "%s", message != NULL ? message : "");
    refusal.status = (uint32_t)status;
    refusal.reason = reason_copy;
    refusal.message = message_copy;
    mailbox_reply(mailbox, to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_REFUSAL, &refusal.base);
}

/* ---- receiving ---- */

static struct mailbox_envelope envelope_of(const Mma__Batch *batch, const Mma__Envelope *in)
{
    struct mailbox_envelope envelope = {.type = in->type,
                                        .sender = batch->sender,
                                        .correlation_id = in->correlation_id,
                                        .deadline_unix_ms = in->deadline_unix_ms,
                                        .payload = in->payload.data,
                                        .payload_size = in->payload.len};
    if (in->trace_id.len == sizeof envelope.trace.bytes) {
        memcpy(envelope.trace.bytes, in->trace_id.data, sizeof envelope.trace.bytes);
    }
    return envelope;
}

static enum status refusal_status(const struct mailbox_envelope *envelope)
{
    Mma__Refusal *refusal = mma__refusal__unpack(NULL, envelope->payload_size, envelope->payload);
    uint32_t code = refusal != NULL ? refusal->status : STATUS_REFUSED;
    mma__refusal__free_unpacked(refusal, NULL);
    return code > STATUS_OK && code < STATUS_COUNT ? (enum status)code : STATUS_REFUSED;
}

static void take_reply(struct mailbox *mailbox, const struct mailbox_envelope *envelope)
{
    struct mailbox_pending *pending = mailbox_requests_find(mailbox->requests, envelope->correlation_id);
    if (pending == NULL) {
        mailbox_metrics_dropped("late_reply", 1);
        return;
    }
    bool refused = envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_REFUSAL;
    end_request(mailbox, pending, refused ? refusal_status(envelope) : STATUS_OK, envelope);
}

static void take_request(struct mailbox *mailbox, const Mma__Batch *batch, const struct mailbox_envelope *envelope)
{
    struct mailbox_request_key key = {batch->sender, batch->incarnation, envelope->correlation_id};
    const uint8_t *bytes;
    size_t size;
    switch (mailbox_replies_enter(mailbox->replies, &key, clock_monotonic_ms(), &bytes, &size)) {
    case MAILBOX_FIRST:
        mailbox->on_envelope(mailbox->owner, envelope);
        break;
    case MAILBOX_REPEAT_WAITING:
        break;
    case MAILBOX_REPEAT_ANSWERED:
        if (mailbox_outbound_add_packed(mailbox->outbound, batch->sender, bytes, size) != STATUS_OK) {
            mailbox_metrics_dropped("reply", 1);
        }
        schedule_flush(mailbox);
        break;
    }
}

static void take_envelope(struct mailbox *mailbox, const Mma__Batch *batch, const Mma__Envelope *in)
{
    struct mailbox_envelope envelope = envelope_of(batch, in);
    if (in->is_reply) {
        take_reply(mailbox, &envelope);
    } else if (in->correlation_id) {
        take_request(mailbox, batch, &envelope);
    } else {
        mailbox->on_envelope(mailbox->owner, &envelope);
    }
}

static void on_message(void *owner, const uint8_t *bytes, size_t size)
{
    struct mailbox *mailbox = owner;
    const Mma__Batch *batch;
    enum status status = mailbox_batch_read(&mailbox->arena, &mailbox->key, bytes, size, &batch);
    if (status != STATUS_OK) {
        mailbox_metrics_dropped(status == STATUS_UNAUTHORIZED ? "tag" : "malformed", 1);
        return;
    }
    uint64_t gap = 0;
    if (!mailbox_senders_accept(&mailbox->senders, batch->sender, batch->incarnation, batch->sequence,
                                clock_monotonic_ms(), &gap)) {
        mailbox_metrics_dropped("stale", 1);
        return;
    }
    if (gap > 0) {
        mailbox_metrics_dropped("gap", (double)gap);
    }
    mailbox_metrics_moved("in", size);
    for (size_t i = 0; i < batch->n_envelopes && !mailbox->closing; i++) {
        take_envelope(mailbox, batch, batch->envelopes[i]);
    }
}

/* ---- opening and closing ---- */

static void release(struct mailbox *mailbox)
{
    if (--mailbox->handles > 0) {
        return;
    }
    mailbox_outbound_destroy(mailbox->outbound);
    mailbox_requests_destroy(mailbox->requests);
    mailbox_replies_destroy(mailbox->replies);
    mailbox_arena_free(&mailbox->arena);
    OPENSSL_cleanse(mailbox->key_bytes, sizeof mailbox->key_bytes);
    free(mailbox);
}

static void on_handle_closed(uv_handle_t *handle)
{
    release(handle->data);
}

static void on_inbound_closed(void *owner)
{
    release(owner);
}

static void close_handles(struct mailbox *mailbox)
{
    uv_close((uv_handle_t *)&mailbox->prepare, on_handle_closed);
    uv_close((uv_handle_t *)&mailbox->check, on_handle_closed);
    uv_close((uv_handle_t *)&mailbox->flush_timer, on_handle_closed);
    uv_close((uv_handle_t *)&mailbox->request_timer, on_handle_closed);
    uv_close((uv_handle_t *)&mailbox->sweep_timer, on_handle_closed);
}

static void on_linger_end(uv_timer_t *timer)
{
    close_handles(timer->data);
}

static void on_sweep_due(uv_timer_t *timer)
{
    struct mailbox *mailbox = timer->data;
    mailbox_outbound_sweep(mailbox->outbound, clock_monotonic_ms());
}

static void open_handles(struct mailbox *mailbox)
{
    uv_loop_t *loop = mailbox->loop;
    uv_prepare_init(loop, &mailbox->prepare);
    uv_check_init(loop, &mailbox->check);
    uv_timer_init(loop, &mailbox->flush_timer);
    uv_timer_init(loop, &mailbox->request_timer);
    uv_timer_init(loop, &mailbox->sweep_timer);
    mailbox->prepare.data = mailbox->check.data = mailbox;
    mailbox->flush_timer.data = mailbox->request_timer.data = mailbox->sweep_timer.data = mailbox;
    uv_prepare_start(&mailbox->prepare, on_prepare);
    uv_check_start(&mailbox->check, on_check);
    uv_timer_start(&mailbox->sweep_timer, on_sweep_due, SWEEP_MS, SWEEP_MS);
    mailbox->handles = 6;
}

static enum status set_key(struct mailbox *mailbox, const char *cluster_key)
{
    size_t size = cluster_key != NULL ? strlen(cluster_key) : 0;
    if (size >= sizeof mailbox->key_bytes) {
        return STATUS_TOO_LARGE;
    }
    if (size > 0) {
        memcpy(mailbox->key_bytes, cluster_key, size);
        mailbox->key = (struct mailbox_key){mailbox->key_bytes, size};
    }
    return STATUS_OK;
}

static enum status open_parts(struct mailbox *mailbox, const struct mailbox_options *options)
{
    uint16_t port = 0;
    struct mailbox_inbound_events events = {mailbox, on_message, on_inbound_closed};
    enum status status = set_key(mailbox, options->cluster_key);
    if (status == STATUS_OK) {
        status = mailbox_outbound_create(mailbox->url, entropy_u64(), &mailbox->key, &mailbox->outbound);
    }
    if (status == STATUS_OK) {
        status = mailbox_requests_create(entropy_u64(), &mailbox->requests);
    }
    if (status == STATUS_OK) {
        status = mailbox_replies_create(entropy_u64(), &mailbox->replies);
    }
    if (status == STATUS_OK) {
        status = mailbox_inbound_open(mailbox->loop, options->bind_host, &events, &port, &mailbox->inbound);
    }
    if (status == STATUS_OK) {
        snprintf(mailbox->url, sizeof mailbox->url, "tcp://%s:%u", options->public_host, (unsigned)port);
    }
    return status;
}

enum status mailbox_open(uv_loop_t *loop, const struct mailbox_options *options, struct mailbox **out_mailbox)
{
    REQUIRE(options->on_envelope != NULL);
    REQUIRE(options->bind_host != NULL && options->public_host != NULL);
    if (strlen(options->public_host) + strlen("tcp://:65535") >= MAILBOX_URL_MAX) {
        return STATUS_TOO_LARGE;
    }
    struct mailbox *mailbox = calloc(1, sizeof *mailbox);
    if (mailbox == NULL) {
        return STATUS_NO_MEMORY;
    }
    mailbox_metrics_register();
    mailbox_senders_init(&mailbox->senders, entropy_u64());
    mailbox_arena_init(&mailbox->arena);
    mailbox->loop = loop;
    mailbox->owner = options->owner;
    mailbox->on_envelope = options->on_envelope;
    mailbox->batch_delay_ms = options->batch_delay_ms;
    mailbox->due_ms = UINT64_MAX;
    enum status status = open_parts(mailbox, options);
    if (status != STATUS_OK) {
        mailbox->handles = 1;
        release(mailbox);
        return status;
    }
    open_handles(mailbox);
    *out_mailbox = mailbox;
    return STATUS_OK;
}

static void cancel_requests(struct mailbox *mailbox)
{
    struct mailbox_pending *pending;
    while ((pending = mailbox_requests_next(mailbox->requests, NULL)) != NULL) {
        end_request(mailbox, pending, STATUS_CANCELLED, NULL);
    }
}

void mailbox_close(struct mailbox *mailbox)
{
    if (mailbox == NULL || mailbox->closing) {
        return;
    }
    mailbox->closing = true;
    mailbox_inbound_close(mailbox->inbound);
    cancel_requests(mailbox);
    (void)mailbox_outbound_flush(mailbox->outbound);
    uv_prepare_stop(&mailbox->prepare);
    uv_check_stop(&mailbox->check);
    uv_timer_stop(&mailbox->request_timer);
    uv_timer_stop(&mailbox->sweep_timer);
    uv_update_time(mailbox->loop);
    uv_timer_start(&mailbox->flush_timer, on_linger_end, LINGER_MS, 0);
}

const char *mailbox_url(const struct mailbox *mailbox)
{
    return mailbox->url;
}
