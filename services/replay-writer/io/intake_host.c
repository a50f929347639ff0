/* SPDX-License-Identifier: Apache-2.0 */
#include "services/replay-writer/io/intake_host.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/entropy.h"
#include "libcommon/runtime/telemetry/log.h"
#include "libcommon/runtime/telemetry/metrics.h"
#include "services/replay-writer/io/catalog.h"
#include "services/replay-writer/io/intake_messages.h"
#include "services/replay-writer/io/store_posix.h"

#include <stdlib.h>
#include <string.h>

static struct metric chunks_total = METRIC_COUNTER_INIT(
    "mma_replay_chunks_total", "Replay chunks taken from the queue, by what became of them.", "result");
static struct metric replays_total = METRIC_COUNTER_INIT(
    "mma_replays_written_total", "Replays put together, by what re-simulation said: verified or diverged.", "result");
static struct metric audit_total = METRIC_COUNTER_INIT(
    "mma_audit_events_total", "Audit events taken from the queue, by what became of them.", "result");
static struct metric replay_bytes_total =
    METRIC_COUNTER_INIT("mma_replay_bytes_total", "Bytes of replays put together.", NULL);

struct held_delivery {
    struct intake_contents contents;
    struct trace_id trace;
};

struct intake_host {
    struct intake_host_options options;
    struct amqp *amqp;
    uv_loop_t *loop;
    uv_timer_t retry_timer, prepare_timer;
    uv_work_t prepare;
    enum status prepare_status;
    bool is_preparing;
    struct store store;
    uv_work_t work; /* of the one job that is worked on */
    enum intake_effect_kind work_kind;
    const Mma__ReplayChunk *work_chunk; /* borrowed from held */
    enum status work_status;
    struct store_replay replay; /* once work_status is OK after INTAKE_STORE */
    bool is_busy;               /* the job is on the thread pool or with the database */
    bool has_failed_at_once;    /* INTAKE_RECORD could not be sent: at_once is its end */
    enum status at_once;
    bool is_closing;
    uint32_t timers_open;
    struct intake_effects effects;
    struct held_delivery held[INTAKE_JOBS_MAX]; /* by the core's slots */
    struct intake core;
};

static void free_if_closed(struct intake_host *host)
{
    if (!host->is_closing || host->timers_open > 0 || host->is_busy || host->is_preparing) {
        return;
    }
    for (uint32_t slot = 0; slot < INTAKE_JOBS_MAX; slot++) {
        intake_messages_free(&host->held[slot].contents);
    }
    free(host);
}

static void carry_out_all(struct intake_host *host);

/* ---- steps ---- */

/* On a thread of the pool: touches nothing but what work_* and replay are. */
static void on_work(uv_work_t *work)
{
    struct intake_host *host = work->data;
    if (host->work_kind == INTAKE_FORGET_PARTS) {
        store_forget_parts(&host->store, host->work_chunk->match_id);
    } else {
        host->work_status = store_take_chunk(&host->store, host->work_chunk, &host->replay);
    }
}

static void on_worked(uv_work_t *work, int uv_status)
{
    (void)uv_status;
    struct intake_host *host = work->data;
    host->is_busy = false;
    if (host->is_closing) {
        free_if_closed(host);
        return;
    }
    if (host->work_kind == INTAKE_FORGET_PARTS) {
        intake_parts_forgotten(&host->core, &host->effects);
    } else {
        intake_stored(&host->core, host->work_status, clock_monotonic_ms(), &host->effects);
    }
    carry_out_all(host);
}

static void start_work(struct intake_host *host, const struct intake_effect *effect)
{
    host->work.data = host;
    host->work_kind = effect->kind;
    host->work_chunk = host->held[effect->slot].contents.chunk;
    host->is_busy = true;
    int result = uv_queue_work(host->loop, &host->work, on_work, on_worked);
    REQUIRE(result == 0);
}

static void on_recorded(void *owner, enum status status)
{
    struct intake_host *host = owner;
    host->is_busy = false;
    if (host->is_closing) {
        free_if_closed(host);
        return;
    }
    intake_recorded(&host->core, status, clock_monotonic_ms(), &host->effects);
    carry_out_all(host);
}

static void start_recording(struct intake_host *host, const struct intake_effect *effect)
{
    const struct intake_contents *contents = &host->held[effect->slot].contents;
    host->is_busy = true;
    enum status status = contents->audit != NULL
                             ? catalog_record_audit(host->options.postgres, contents->audit, on_recorded, host)
                             : catalog_record_replay(host->options.postgres, contents->chunk->match_id, &host->replay,
                                                     on_recorded, host);
    if (status != STATUS_OK) {
        host->is_busy = false;
        host->has_failed_at_once = true;
        host->at_once = status;
    }
}

static void on_wake(uv_timer_t *timer)
{
    struct intake_host *host = timer->data;
    intake_wake(&host->core, clock_monotonic_ms(), &host->effects);
    carry_out_all(host);
}

/* On a thread of the pool. */
static void on_prepare_work(uv_work_t *work)
{
    struct intake_host *host = work->data;
    host->prepare_status = store_posix_prepare(host->options.folder);
}

static void on_prepared(uv_work_t *work, int uv_status)
{
    (void)uv_status;
    struct intake_host *host = work->data;
    host->is_preparing = false;
    if (host->is_closing) {
        free_if_closed(host);
        return;
    }
    intake_prepared(&host->core, host->prepare_status, clock_monotonic_ms(), &host->effects);
    carry_out_all(host);
}

static void on_prepare(uv_timer_t *timer)
{
    struct intake_host *host = timer->data;
    host->prepare.data = host;
    host->is_preparing = true;
    int result = uv_queue_work(host->loop, &host->prepare, on_prepare_work, on_prepared);
    REQUIRE(result == 0);
}

static void start_timer(struct intake_host *host, uv_timer_t *timer, uv_timer_cb on_timer, uint64_t at_ms)
{
    uint64_t now_ms = clock_monotonic_ms();
    uv_update_time(host->loop);
    uv_timer_start(timer, on_timer, at_ms > now_ms ? at_ms - now_ms : 0, 0);
}

/* ---- log and metrics ---- */

static void note_delayed(const struct held_delivery *held, const struct intake_effect *effect)
{
    log_warning("delivery.delayed", LOG_TEXT("match", intake_messages_match_id(&held->contents)),
                LOG_TEXT("step", effect->step == INTAKE_STORING ? "storage" : "catalog"), LOG_STATUS(effect->status),
                LOG_TRACE(held->trace));
}

static void note_refused(const struct held_delivery *held, enum status status)
{
    if (held->contents.chunk != NULL) {
        log_error("replay.refused", LOG_TEXT("match", held->contents.chunk->match_id), LOG_STATUS(status),
                  LOG_TRACE(held->trace));
    } else {
        log_error("audit.refused", LOG_TEXT("event_id", held->contents.audit->event_id), LOG_TRACE(held->trace));
    }
}

static void note_written(const struct store_replay *replay, const struct held_delivery *held)
{
    const char *match_id = held->contents.chunk->match_id;
    bool is_verified = replay->verified == STATUS_OK;
    metric_add(&replays_total, 1, is_verified ? "verified" : "diverged", NULL);
    metric_add(&replay_bytes_total, (double)replay->size, NULL, NULL);
    if (!is_verified) {
        log_error("replay.diverged", LOG_TEXT("match", match_id), LOG_STATUS(replay->verified),
                  LOG_U64("first_divergent_tick", replay->summary.first_divergent_tick), LOG_TRACE(held->trace));
    }
    log_info("replay.written", LOG_TEXT("match", match_id), LOG_U64("bytes", replay->size),
             LOG_U64("ticks", replay->summary.ticks), LOG_ID("state_hash", replay->summary.state_hash),
             LOG_BOOL("verified", is_verified), LOG_TRACE(held->trace));
}

static void note_finished(const struct held_delivery *held, enum intake_outcome outcome)
{
    static const char *const results[] = {[INTAKE_OUTCOME_STORED] = "stored",
                                          [INTAKE_OUTCOME_COMPLETED] = "completed",
                                          [INTAKE_OUTCOME_RECORDED] = "recorded",
                                          [INTAKE_OUTCOME_REFUSED] = "refused"};
    metric_add(held->contents.chunk != NULL ? &chunks_total : &audit_total, 1, results[outcome], NULL);
}

static void note(const struct intake_host *host, const struct intake_effect *effect)
{
    REQUIRE(effect->slot < INTAKE_JOBS_MAX);
    const struct held_delivery *held = &host->held[effect->slot];
    if (effect->kind == INTAKE_DELAYED) {
        note_delayed(held, effect);
    } else if (effect->kind == INTAKE_REFUSED) {
        note_refused(held, effect->status);
    } else if (effect->kind == INTAKE_WRITTEN) {
        note_written(&host->replay, held);
    } else if (effect->kind == INTAKE_FINISHED) {
        note_finished(held, effect->outcome);
    }
}

/* ---- effects ---- */

static void carry_out(struct intake_host *host, const struct intake_effect *effect)
{
    switch (effect->kind) {
    case INTAKE_STORE:
    case INTAKE_FORGET_PARTS:
        start_work(host, effect);
        break;
    case INTAKE_RECORD:
        start_recording(host, effect);
        break;
    case INTAKE_ACKNOWLEDGE:
        amqp_acknowledge(host->amqp, effect->tag);
        break;
    case INTAKE_REJECT:
        amqp_reject(host->amqp, effect->tag, false);
        break;
    case INTAKE_REQUEUE:
        amqp_reject(host->amqp, effect->tag, true);
        break;
    case INTAKE_RELEASE:
        intake_messages_free(&host->held[effect->slot].contents);
        break;
    case INTAKE_PREPARE:
        start_timer(host, &host->prepare_timer, on_prepare, effect->at_ms);
        break;
    case INTAKE_WAKE:
        start_timer(host, &host->retry_timer, on_wake, effect->at_ms);
        break;
    case INTAKE_STORAGE_STATE:
        host->options.on_storage(host->options.owner, effect->status == STATUS_OK,
                                 effect->status == STATUS_OK ? NULL : status_text(effect->status));
        break;
    case INTAKE_DRAINED:
        host->options.on_drained(host->options.owner);
        break;
    default:
        note(host, effect);
        break;
    }
}

static void carry_out_all(struct intake_host *host)
{
    for (;;) {
        for (uint32_t i = 0; i < host->effects.count; i++) {
            carry_out(host, &host->effects.items[i]);
        }
        if (!host->has_failed_at_once) {
            return;
        }
        host->has_failed_at_once = false;
        intake_recorded(&host->core, host->at_once, clock_monotonic_ms(), &host->effects);
    }
}

/* ---- events ---- */

static void refuse_invalid(struct intake_host *host, enum intake_kind kind, const struct amqp_delivery *delivery)
{
    log_error("delivery.refused", LOG_TEXT("queue", delivery->queue), LOG_TEXT("message_id", delivery->message_id),
              LOG_U64("bytes", delivery->size), LOG_TRACE(delivery->trace));
    metric_add(kind == INTAKE_CHUNK ? &chunks_total : &audit_total, 1, "refused", NULL);
    intake_deliver_invalid(&host->core, delivery->tag, &host->effects);
}

void intake_host_deliver(struct intake_host *host, const struct amqp_delivery *delivery)
{
    if (host->is_closing) {
        return; /* unacknowledged: the broker gives it to another writer, or to the next start */
    }
    enum intake_kind kind = strcmp(delivery->queue, AMQP_QUEUE_CHUNKS) == 0 ? INTAKE_CHUNK : INTAKE_AUDIT;
    struct held_delivery held = {.trace = delivery->trace};
    if (intake_messages_read(kind, delivery->body, delivery->size, &held.contents)) {
        uint32_t slot = intake_deliver(&host->core, kind, delivery->tag, &host->effects);
        if (slot != INTAKE_SLOT_NONE) {
            host->held[slot] = held;
        } else {
            intake_messages_free(&held.contents);
        }
    } else {
        refuse_invalid(host, kind, delivery);
    }
    carry_out_all(host);
}

void intake_host_broker_state(struct intake_host *host, bool is_up)
{
    if (!is_up && !host->is_closing) {
        intake_broker_lost(&host->core, &host->effects);
        carry_out_all(host);
    }
}

void intake_host_drain(struct intake_host *host)
{
    intake_drain(&host->core, &host->effects);
    carry_out_all(host);
}

/* ---- beginning and end ---- */

enum status intake_host_create(uv_loop_t *loop, const struct intake_host_options *options,
                               struct intake_host **out_host)
{
    struct intake_host *host = calloc(1, sizeof *host);
    if (host == NULL) {
        return STATUS_NO_MEMORY;
    }
    host->options = *options;
    host->loop = loop;
    host->store = (struct store){.disk = store_posix_disk(options->folder), .writer = entropy_u64()};
    uv_timer_init(loop, &host->retry_timer);
    uv_timer_init(loop, &host->prepare_timer);
    host->retry_timer.data = host;
    host->prepare_timer.data = host;
    host->timers_open = 2;
    intake_init(&host->core, 2 * options->prefetch, options->retry_ms); /* of two queues */
    metrics_register(&chunks_total);
    metrics_register(&replays_total);
    metrics_register(&replay_bytes_total);
    metrics_register(&audit_total);
    intake_start(&host->core, clock_monotonic_ms(), &host->effects);
    carry_out_all(host);
    *out_host = host;
    return STATUS_OK;
}

void intake_host_set_amqp(struct intake_host *host, struct amqp *amqp)
{
    host->amqp = amqp;
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct intake_host *host = handle->data;
    host->timers_open--;
    free_if_closed(host);
}

void intake_host_close(struct intake_host *host)
{
    host->is_closing = true;
    uv_close((uv_handle_t *)&host->retry_timer, on_timer_closed);
    uv_close((uv_handle_t *)&host->prepare_timer, on_timer_closed);
}
