/* SPDX-License-Identifier: Apache-2.0 */
#include "services/replay-writer/core/intake.h"

static void intake_check(const struct intake *intake)
{
    REQUIRE(intake->count <= intake->jobs_max && intake->first < intake->jobs_max);
    REQUIRE((intake->state == INTAKE_IDLE) == (intake->count == 0));
    REQUIRE(!intake->has_drained || (intake->is_draining && intake->count == 0));
    const struct intake_job *job = &intake->jobs[intake->first];
    REQUIRE(intake->state != INTAKE_STORING || job->kind == INTAKE_CHUNK);
    REQUIRE(intake->state != INTAKE_FORGETTING || job->kind == INTAKE_CHUNK);
}

static struct intake_effect *add(struct intake_effects *effects, enum intake_effect_kind kind, uint32_t slot)
{
    REQUIRE(effects->count < INTAKE_EFFECTS_MAX);
    struct intake_effect *effect = &effects->items[effects->count++];
    *effect = (struct intake_effect){.kind = kind, .slot = slot};
    return effect;
}

static void answer(const struct intake *intake, enum intake_effect_kind kind, struct intake_effects *effects)
{
    const struct intake_job *job = &intake->jobs[intake->first];
    if (!job->is_orphan) {
        add(effects, kind, intake->first)->tag = job->tag;
    }
}

/* Begins with the first job, or says that there is none left. */
static void begin(struct intake *intake, struct intake_effects *effects)
{
    if (intake->count == 0) {
        intake->state = INTAKE_IDLE;
        if (intake->is_draining && !intake->has_drained) {
            intake->has_drained = true;
            add(effects, INTAKE_DRAINED, INTAKE_SLOT_NONE);
        }
        return;
    }
    bool is_chunk = intake->jobs[intake->first].kind == INTAKE_CHUNK;
    intake->state = is_chunk ? INTAKE_STORING : INTAKE_RECORDING;
    add(effects, is_chunk ? INTAKE_STORE : INTAKE_RECORD, intake->first);
}

static void finish(struct intake *intake, enum intake_outcome outcome, struct intake_effects *effects)
{
    answer(intake, outcome == INTAKE_OUTCOME_REFUSED ? INTAKE_REJECT : INTAKE_ACKNOWLEDGE, effects);
    add(effects, INTAKE_FINISHED, intake->first)->outcome = outcome;
    add(effects, INTAKE_RELEASE, intake->first);
    intake->first = (intake->first + 1) % intake->jobs_max;
    intake->count--;
    begin(intake, effects);
    intake_check(intake);
}

static void refuse(struct intake *intake, enum status status, struct intake_effects *effects)
{
    add(effects, INTAKE_REFUSED, intake->first)->status = status;
    finish(intake, INTAKE_OUTCOME_REFUSED, effects);
}

static void pause(struct intake *intake, enum status status, uint64_t now_ms, struct intake_effects *effects)
{
    struct intake_effect *delayed = add(effects, INTAKE_DELAYED, intake->first);
    delayed->status = status;
    delayed->step = intake->state;
    intake->state = INTAKE_PAUSED;
    intake->retry_at_ms = now_ms + intake->retry_ms;
    add(effects, INTAKE_WAKE, INTAKE_SLOT_NONE)->at_ms = intake->retry_at_ms;
    intake_check(intake);
}

void intake_init(struct intake *intake, uint32_t jobs_max, uint32_t retry_ms)
{
    REQUIRE(jobs_max >= 1 && jobs_max <= INTAKE_JOBS_MAX);
    REQUIRE(retry_ms >= 1);
    *intake = (struct intake){.jobs_max = jobs_max, .retry_ms = retry_ms};
    intake_check(intake);
}

/* ---- the disk at the start ---- */

void intake_start(struct intake *intake, uint64_t now_ms, struct intake_effects *out_effects)
{
    REQUIRE(intake->count == 0 && !intake->is_draining);
    out_effects->count = 0;
    add(out_effects, INTAKE_PREPARE, INTAKE_SLOT_NONE)->at_ms = now_ms;
}

void intake_prepared(struct intake *intake, enum status status, uint64_t now_ms, struct intake_effects *out_effects)
{
    intake_check(intake);
    out_effects->count = 0;
    add(out_effects, INTAKE_STORAGE_STATE, INTAKE_SLOT_NONE)->status = status;
    if (status != STATUS_OK) {
        add(out_effects, INTAKE_PREPARE, INTAKE_SLOT_NONE)->at_ms = now_ms + intake->retry_ms;
    }
}

/* ---- deliveries ---- */

uint32_t intake_deliver(struct intake *intake, enum intake_kind kind, uint64_t tag, struct intake_effects *out_effects)
{
    REQUIRE(kind == INTAKE_CHUNK || kind == INTAKE_AUDIT);
    out_effects->count = 0;
    if (intake->is_draining) {
        return INTAKE_SLOT_NONE;
    }
    if (intake->count == intake->jobs_max) {
        add(out_effects, INTAKE_REQUEUE, INTAKE_SLOT_NONE)->tag = tag;
        return INTAKE_SLOT_NONE;
    }
    uint32_t slot = (intake->first + intake->count) % intake->jobs_max;
    intake->jobs[slot] = (struct intake_job){.tag = tag, .kind = kind};
    if (intake->count++ == 0) {
        begin(intake, out_effects);
    }
    intake_check(intake);
    return slot;
}

void intake_deliver_invalid(struct intake *intake, uint64_t tag, struct intake_effects *out_effects)
{
    out_effects->count = 0;
    if (!intake->is_draining) {
        add(out_effects, INTAKE_REJECT, INTAKE_SLOT_NONE)->tag = tag;
    }
}

void intake_broker_lost(struct intake *intake, struct intake_effects *out_effects)
{
    out_effects->count = 0;
    if (intake->count == 0) {
        return;
    }
    intake->jobs[intake->first].is_orphan = true;
    while (intake->count > 1) {
        intake->count--;
        add(out_effects, INTAKE_RELEASE, (intake->first + intake->count) % intake->jobs_max);
    }
    intake_check(intake);
}

/* ---- what the steps came to ---- */

static bool can_never_succeed(enum status status)
{
    return status == STATUS_MISMATCH || status == STATUS_TOO_LARGE || status == STATUS_INVALID;
}

void intake_stored(struct intake *intake, enum status status, uint64_t now_ms, struct intake_effects *out_effects)
{
    REQUIRE(intake->state == INTAKE_STORING);
    out_effects->count = 0;
    bool is_written = status == STATUS_OK || status == STATUS_EMPTY || can_never_succeed(status);
    add(out_effects, INTAKE_STORAGE_STATE, INTAKE_SLOT_NONE)->status = is_written ? STATUS_OK : status;
    if (status == STATUS_OK) {
        intake->state = INTAKE_RECORDING;
        add(out_effects, INTAKE_RECORD, intake->first);
        intake_check(intake);
    } else if (status == STATUS_EMPTY) {
        finish(intake, INTAKE_OUTCOME_STORED, out_effects);
    } else if (can_never_succeed(status)) {
        refuse(intake, status, out_effects);
    } else {
        pause(intake, status, now_ms, out_effects);
    }
}

void intake_recorded(struct intake *intake, enum status status, uint64_t now_ms, struct intake_effects *out_effects)
{
    REQUIRE(intake->state == INTAKE_RECORDING);
    out_effects->count = 0;
    bool is_chunk = intake->jobs[intake->first].kind == INTAKE_CHUNK;
    if (status == STATUS_OK && is_chunk) {
        add(out_effects, INTAKE_WRITTEN, intake->first);
        intake->state = INTAKE_FORGETTING;
        add(out_effects, INTAKE_FORGET_PARTS, intake->first);
        intake_check(intake);
    } else if (status == STATUS_OK) {
        finish(intake, INTAKE_OUTCOME_RECORDED, out_effects);
    } else if (status == STATUS_REFUSED) {
        refuse(intake, status, out_effects);
    } else {
        pause(intake, status, now_ms, out_effects);
    }
}

void intake_parts_forgotten(struct intake *intake, struct intake_effects *out_effects)
{
    REQUIRE(intake->state == INTAKE_FORGETTING);
    out_effects->count = 0;
    finish(intake, INTAKE_OUTCOME_COMPLETED, out_effects);
}

void intake_wake(struct intake *intake, uint64_t now_ms, struct intake_effects *out_effects)
{
    out_effects->count = 0;
    if (intake->state != INTAKE_PAUSED) {
        return;
    }
    if (now_ms < intake->retry_at_ms) {
        add(out_effects, INTAKE_WAKE, INTAKE_SLOT_NONE)->at_ms = intake->retry_at_ms;
        return;
    }
    begin(intake, out_effects);
    intake_check(intake);
}

void intake_drain(struct intake *intake, struct intake_effects *out_effects)
{
    out_effects->count = 0;
    intake->is_draining = true;
    if (intake->count == 0) {
        begin(intake, out_effects);
    }
    intake_check(intake);
}
