/* SPDX-License-Identifier: Apache-2.0 */
#include "services/replay-writer/io/intake.h"

#include "libcommon/runtime/telemetry/log.h"
#include "libcommon/runtime/telemetry/metrics.h"
#include "services/replay-writer/core/parts.h"
#include "services/replay-writer/io/catalog.h"
#include "services/replay-writer/io/store.h"

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

enum job_step { JOB_STORE, JOB_FORGET_PARTS };

struct job {
    uv_work_t work;
    struct intake *intake;
    struct job *next;
    Mma__ReplayChunk *chunk; /* exactly one of these two */
    Mma__AuditEvent *audit;
    uint64_t tag;
    struct trace_id trace;
    enum job_step step;
    enum status status;
    struct store_replay replay; /* once status is OK after JOB_STORE */
};

struct intake {
    struct intake_options options;
    struct amqp *amqp;
    uv_loop_t *loop;
    uv_timer_t retry_timer;
    struct job *first, *last; /* first is being worked on */
    bool is_working;          /* first is on the thread pool or with the database */
    bool is_draining, is_closing, is_timer_closed;
};

static void work_first(struct intake *intake);

static void job_free(struct job *job)
{
    if (job->chunk) {
        mma__replay_chunk__free_unpacked(job->chunk, NULL);
    } else {
        mma__audit_event__free_unpacked(job->audit, NULL);
    }
    free(job);
}

static const char *job_match_id(const struct job *job)
{
    return job->chunk ? job->chunk->match_id : job->audit->match_id;
}

static void tell_if_idle(struct intake *intake)
{
    if (intake->is_draining && !intake->is_closing && !intake->first) {
        intake->options.on_idle(intake->options.owner);
    }
}

static void free_if_closed(struct intake *intake)
{
    if (intake->is_closing && intake->is_timer_closed && !intake->is_working) {
        while (intake->first) {
            struct job *job = intake->first;
            intake->first = job->next;
            job_free(job);
        }
        free(intake);
    }
}

/* The first job is done with, one way or the other. */
static void finish_first(struct intake *intake, const char *result)
{
    struct job *job = intake->first;
    intake->first = job->next;
    if (!intake->first) {
        intake->last = NULL;
    }
    metric_add(job->chunk ? &chunks_total : &audit_total, 1, result, NULL);
    job_free(job);
    work_first(intake);
    tell_if_idle(intake);
}

static void on_retry(uv_timer_t *timer)
{
    struct intake *intake = timer->data;
    intake->is_working = false;
    work_first(intake);
}

static void retry_first_later(struct intake *intake, const char *what, enum status status)
{
    log_warning("delivery.delayed", LOG_TEXT("match", job_match_id(intake->first)), LOG_TEXT("step", what),
                LOG_STATUS(status), LOG_TRACE(intake->first->trace));
    intake->is_working = true;
    intake->first->step = JOB_STORE;
    uv_timer_start(&intake->retry_timer, on_retry, intake->options.retry_ms, 0);
}

static void on_replay_recorded(void *owner, enum status status)
{
    struct intake *intake = owner;
    intake->is_working = false;
    if (intake->is_closing) {
        free_if_closed(intake);
        return;
    }
    if (status != STATUS_OK) {
        retry_first_later(intake, "catalog", status);
        return;
    }
    struct job *job = intake->first;
    const struct store_replay *replay = &job->replay;
    bool is_verified = replay->verified == STATUS_OK;
    metric_add(&replays_total, 1, is_verified ? "verified" : "diverged", NULL);
    metric_add(&replay_bytes_total, (double)replay->size, NULL, NULL);
    if (!is_verified) {
        log_error("replay.diverged", LOG_TEXT("match", job->chunk->match_id), LOG_STATUS(replay->verified),
                  LOG_U64("first_divergent_tick", replay->summary.first_divergent_tick), LOG_TRACE(job->trace));
    }
    log_info("replay.written", LOG_TEXT("match", job->chunk->match_id), LOG_U64("bytes", replay->size),
             LOG_U64("ticks", replay->summary.ticks), LOG_ID("state_hash", replay->summary.state_hash),
             LOG_BOOL("verified", is_verified), LOG_TRACE(job->trace));
    job->step = JOB_FORGET_PARTS;
    work_first(intake);
}

static bool can_never_succeed(enum status status)
{
    return status == STATUS_MISMATCH || status == STATUS_TOO_LARGE || status == STATUS_INVALID;
}

static void after_store(struct intake *intake, struct job *job)
{
    if (job->status == STATUS_EMPTY) {
        amqp_acknowledge(intake->amqp, job->tag);
        finish_first(intake, "stored");
    } else if (job->status == STATUS_OK) {
        intake->is_working = true;
        enum status status = catalog_record_replay(intake->options.postgres, job->chunk->match_id, &job->replay,
                                                   on_replay_recorded, intake);
        if (status != STATUS_OK) {
            retry_first_later(intake, "catalog", status);
        }
    } else if (can_never_succeed(job->status)) {
        log_error("replay.refused", LOG_TEXT("match", job->chunk->match_id), LOG_STATUS(job->status),
                  LOG_TRACE(job->trace));
        amqp_reject(intake->amqp, job->tag, false);
        finish_first(intake, "refused");
    } else {
        intake->options.on_storage(intake->options.owner, false, status_text(job->status));
        retry_first_later(intake, "storage", job->status);
        return;
    }
    intake->options.on_storage(intake->options.owner, true, NULL);
}

/* On a thread of the pool: touches nothing but the job. */
static void on_work(uv_work_t *work)
{
    struct job *job = work->data;
    const char *folder = job->intake->options.folder;
    const Mma__ReplayChunk *chunk = job->chunk;
    if (job->step == JOB_FORGET_PARTS) {
        store_forget_parts(folder, chunk->match_id);
        return;
    }
    job->status =
        store_chunk(folder, chunk->match_id, chunk->index, chunk->is_last, chunk->records.data, chunk->records.len);
    if (job->status == STATUS_OK) {
        job->status = store_assemble(folder, chunk->match_id, &job->replay);
    }
}

static void on_worked(uv_work_t *work, int uv_status)
{
    (void)uv_status;
    struct job *job = work->data;
    struct intake *intake = job->intake;
    intake->is_working = false;
    if (intake->is_closing) {
        free_if_closed(intake);
    } else if (job->step == JOB_FORGET_PARTS) {
        amqp_acknowledge(intake->amqp, job->tag);
        finish_first(intake, "completed");
    } else {
        after_store(intake, job);
    }
}

static void on_audit_recorded(void *owner, enum status status)
{
    struct intake *intake = owner;
    intake->is_working = false;
    if (intake->is_closing) {
        free_if_closed(intake);
    } else if (status == STATUS_OK) {
        amqp_acknowledge(intake->amqp, intake->first->tag);
        finish_first(intake, "recorded");
    } else if (status == STATUS_REFUSED) {
        log_error("audit.refused", LOG_TEXT("event_id", intake->first->audit->event_id),
                  LOG_TRACE(intake->first->trace));
        amqp_reject(intake->amqp, intake->first->tag, false);
        finish_first(intake, "refused");
    } else {
        retry_first_later(intake, "catalog", status);
    }
}

static void record_audit(struct intake *intake, struct job *job)
{
    enum status status = catalog_record_audit(intake->options.postgres, job->audit, on_audit_recorded, intake);
    if (status != STATUS_OK) {
        retry_first_later(intake, "catalog", status);
    }
}

static void work_first(struct intake *intake)
{
    struct job *job = intake->first;
    if (!job || intake->is_working || intake->is_closing) {
        return;
    }
    intake->is_working = true;
    if (job->audit) {
        record_audit(intake, job);
        return;
    }
    job->work.data = job;
    int result = uv_queue_work(intake->loop, &job->work, on_work, on_worked);
    REQUIRE(result == 0);
}

static void refuse(struct intake *intake, const struct amqp_delivery *delivery, struct metric *metric)
{
    log_error("delivery.refused", LOG_TEXT("queue", delivery->queue), LOG_TEXT("message_id", delivery->message_id),
              LOG_U64("bytes", delivery->size), LOG_TRACE(delivery->trace));
    metric_add(metric, 1, "refused", NULL);
    amqp_reject(intake->amqp, delivery->tag, false);
}

static void append(struct intake *intake, const struct job *values, const struct amqp_delivery *delivery)
{
    struct job *job = malloc(sizeof *job);
    REQUIRE(job);
    *job = *values;
    job->intake = intake;
    job->tag = delivery->tag;
    job->trace = delivery->trace;
    if (intake->last) {
        intake->last->next = job;
    } else {
        intake->first = job;
    }
    intake->last = job;
    work_first(intake);
}

static void deliver_chunk(struct intake *intake, const struct amqp_delivery *delivery)
{
    Mma__ReplayChunk *chunk = mma__replay_chunk__unpack(NULL, delivery->size, delivery->body);
    if (chunk && match_id_is_valid(chunk->match_id) && chunk->index < PARTS_MAX) {
        append(intake, &(struct job){.chunk = chunk}, delivery);
        return;
    }
    if (chunk) {
        mma__replay_chunk__free_unpacked(chunk, NULL);
    }
    refuse(intake, delivery, &chunks_total);
}

static void deliver_audit(struct intake *intake, const struct amqp_delivery *delivery)
{
    Mma__AuditEvent *audit = mma__audit_event__unpack(NULL, delivery->size, delivery->body);
    if (audit && match_id_is_valid(audit->event_id)) {
        append(intake, &(struct job){.audit = audit}, delivery);
        return;
    }
    if (audit) {
        mma__audit_event__free_unpacked(audit, NULL);
    }
    refuse(intake, delivery, &audit_total);
}

void intake_deliver(struct intake *intake, const struct amqp_delivery *delivery)
{
    if (intake->is_draining || intake->is_closing) {
        return; /* unacknowledged: the broker gives it to another writer, or to the next start */
    }
    if (strcmp(delivery->queue, AMQP_QUEUE_CHUNKS) == 0) {
        deliver_chunk(intake, delivery);
    } else {
        deliver_audit(intake, delivery);
    }
}

enum status intake_create(uv_loop_t *loop, const struct intake_options *options, struct intake **out_intake)
{
    struct intake *intake = calloc(1, sizeof *intake);
    if (!intake) {
        return STATUS_NO_MEMORY;
    }
    intake->options = *options;
    intake->loop = loop;
    uv_timer_init(loop, &intake->retry_timer);
    intake->retry_timer.data = intake;
    metrics_register(&chunks_total);
    metrics_register(&replays_total);
    metrics_register(&replay_bytes_total);
    metrics_register(&audit_total);
    *out_intake = intake;
    return STATUS_OK;
}

void intake_set_amqp(struct intake *intake, struct amqp *amqp)
{
    intake->amqp = amqp;
}

void intake_drain(struct intake *intake)
{
    intake->is_draining = true;
    tell_if_idle(intake);
}

static void on_timer_closed(uv_handle_t *handle)
{
    struct intake *intake = handle->data;
    intake->is_timer_closed = true;
    free_if_closed(intake);
}

void intake_close(struct intake *intake)
{
    intake->is_closing = true;
    if (uv_is_active((const uv_handle_t *)&intake->retry_timer)) {
        intake->is_working = false; /* it only waited */
    }
    uv_close((uv_handle_t *)&intake->retry_timer, on_timer_closed);
}
