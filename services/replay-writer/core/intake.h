/* SPDX-License-Identifier: Apache-2.0 */
/*
 * intake.h - the rules of the intake: in which order deliveries are worked, what is retried, and when each is
 * acknowledged.
 *
 * Deliveries are worked one at a time, first come first served:
 *
 *   chunk:  STORING ─ more parts to come ──────────────────────────────────────────── acknowledged
 *              └──── the replay is whole ── RECORDING ── FORGETTING its parts ─────── acknowledged
 *   audit:                                  RECORDING ─────────────────────────────── acknowledged
 *
 * What fails for want of disk, memory or database PAUSES for retry_ms and begins again at its first step, since every
 * step may be repeated; what can never succeed is rejected (to the dead-letter queue). So a delivery is acknowledged
 * only when what it asks for is durable. A lost broker takes all deliveries back: those that wait are dropped, and the
 * one at hand goes on without an acknowledgement.
 *
 * Pure: time (monotonic ms) is an argument, the deliveries' contents are the caller's, kept by slot from the call that
 * took them until INTAKE_RELEASE. Effects are to be carried out in order, before the next call.
 */
#ifndef MMA_SERVICES_REPLAY_WRITER_CORE_INTAKE_H
#define MMA_SERVICES_REPLAY_WRITER_CORE_INTAKE_H

#include "libcommon/base/status.h"

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INTAKE_JOBS_MAX    4096
#define INTAKE_EFFECTS_MAX (INTAKE_JOBS_MAX + 8) /* all jobs released, and the rest of one call */
#define INTAKE_SLOT_NONE   UINT32_MAX

enum intake_kind { INTAKE_CHUNK, INTAKE_AUDIT };

enum intake_effect_kind {
    INTAKE_PREPARE,       /* see at at_ms whether the disk can be written; then intake_prepared */
    INTAKE_STORE,         /* store slot's chunk and put its replay together if that is whole; then intake_stored */
    INTAKE_RECORD,        /* a row for slot's replay, or its audit event; then intake_recorded */
    INTAKE_FORGET_PARTS,  /* remove the parts of slot's replay; then intake_parts_forgotten */
    INTAKE_ACKNOWLEDGE,   /* tag */
    INTAKE_REJECT,        /* tag: to the dead-letter queue */
    INTAKE_REQUEUE,       /* tag: back to the broker */
    INTAKE_RELEASE,       /* slot's contents are not needed any more */
    INTAKE_WAKE,          /* call intake_wake at at_ms; replaces an earlier one */
    INTAKE_STORAGE_STATE, /* for readiness: STATUS_OK, or why the disk cannot be written */
    INTAKE_DRAINED,       /* draining, and nothing is left to do */
    /* For log and metrics. */
    INTAKE_DELAYED,  /* slot's step failed with status and is retried */
    INTAKE_REFUSED,  /* slot can never succeed: status */
    INTAKE_WRITTEN,  /* slot's replay is whole and in the catalog */
    INTAKE_FINISHED, /* slot is done with: outcome */
};

enum intake_outcome {
    INTAKE_OUTCOME_STORED,
    INTAKE_OUTCOME_COMPLETED,
    INTAKE_OUTCOME_RECORDED,
    INTAKE_OUTCOME_REFUSED
};

enum intake_state { INTAKE_IDLE, INTAKE_STORING, INTAKE_RECORDING, INTAKE_FORGETTING, INTAKE_PAUSED };

struct intake_effect {
    enum intake_effect_kind kind;
    uint32_t slot;
    enum status status;
    enum intake_outcome outcome;
    enum intake_state step; /* INTAKE_DELAYED: what failed */
    uint64_t tag;
    uint64_t at_ms;
};

struct intake_effects {
    uint32_t count;
    struct intake_effect items[INTAKE_EFFECTS_MAX];
};

struct intake_job {
    uint64_t tag;
    enum intake_kind kind;
    bool is_orphan; /* its broker is gone: there is nothing to acknowledge */
};

struct intake {
    uint32_t retry_ms;
    uint32_t jobs_max; /* 1 .. INTAKE_JOBS_MAX */
    enum intake_state state;
    uint32_t first, count; /* ring of slots; the first one is worked */
    uint64_t retry_at_ms;  /* where PAUSED */
    bool is_draining, has_drained;
    struct intake_job jobs[INTAKE_JOBS_MAX];
};

void intake_init(struct intake *intake, uint32_t jobs_max, uint32_t retry_ms);

/* At the start, before any delivery. */
void intake_start(struct intake *intake, uint64_t now_ms, struct intake_effects *out_effects);

/* What INTAKE_PREPARE came to. Until it was OK once, it is tried again every retry_ms; deliveries do not wait for it.
 */
void intake_prepared(struct intake *intake, enum status status, uint64_t now_ms, struct intake_effects *out_effects);

/*
 * A valid delivery. The slot that its contents are to be kept in; INTAKE_SLOT_NONE when it is not taken: while draining
 * it is left unacknowledged for another writer, past jobs_max it is requeued.
 */
uint32_t intake_deliver(struct intake *intake, enum intake_kind kind, uint64_t tag, struct intake_effects *out_effects);

/* One that is no chunk or audit event. */
void intake_deliver_invalid(struct intake *intake, uint64_t tag, struct intake_effects *out_effects);

/* The connection to the broker was lost, and with it all deliveries: they come again. */
void intake_broker_lost(struct intake *intake, struct intake_effects *out_effects);

/* What INTAKE_STORE came to. OK: the replay is whole; EMPTY: stored, more parts are to come. */
void intake_stored(struct intake *intake, enum status status, uint64_t now_ms, struct intake_effects *out_effects);

/* What INTAKE_RECORD came to. OK: committed; REFUSED: the database will never take it. */
void intake_recorded(struct intake *intake, enum status status, uint64_t now_ms, struct intake_effects *out_effects);

void intake_parts_forgotten(struct intake *intake, struct intake_effects *out_effects);

/* Too early: asks for another wake-up. */
void intake_wake(struct intake *intake, uint64_t now_ms, struct intake_effects *out_effects);

/* No more deliveries are taken; INTAKE_DRAINED once the last is done with. */
void intake_drain(struct intake *intake, struct intake_effects *out_effects);

#endif
