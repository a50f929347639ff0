/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/node_engine_recovery.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum verb { VERB_BEGIN, VERB_APPEND, VERB_END };

struct write_head {
    enum verb verb;
    char id[HEX_ID_SIZE];
    char mailbox[MAILBOX_URL_MAX];
    uint64_t epoch, lease_ms, keep_ms, offset;
};

static void key_of(const char *id, const char *part, char out_key[SIM_REDIS_KEY_MAX])
{
    snprintf(out_key, SIM_REDIS_KEY_MAX, "mma:match:%s:%s", id, part);
}

/* io/recovery.c's script, line by line. */
static void run_write(struct sim_keys *keys, const void *argument, size_t size)
{
    struct write_head head;
    char epoch[SIM_REDIS_KEY_MAX], lease[SIM_REDIS_KEY_MAX], log[SIM_REDIS_KEY_MAX];
    struct sim_value value = {NULL, 0};
    memcpy(&head, argument, sizeof(head));
    const uint8_t *bytes = (const uint8_t *)argument + sizeof(head);
    size_t count = size - sizeof(head);
    key_of(head.id, "epoch", epoch);
    key_of(head.id, "lease", lease);
    key_of(head.id, "log", log);
    uint64_t seen = sim_keys_number(keys, epoch);
    bool is_held = sim_keys_get(keys, lease, &value) && !sim_keys_equals(keys, lease, head.mailbox);
    if (seen > head.epoch || (seen == head.epoch && is_held)) {
        sim_keys_fail(keys, "FENCED");
        return;
    }
    if (head.verb == VERB_END) {
        sim_keys_delete(keys, lease);
        sim_keys_delete(keys, log);
        return;
    }
    value.size = 0;
    (void)sim_keys_get(keys, log, &value);
    if (head.verb == VERB_APPEND && value.size != head.offset) {
        sim_keys_fail(keys, "GAP");
        return;
    }
    sim_keys_set_number(keys, epoch, head.epoch, head.keep_ms);
    sim_keys_set(keys, lease, head.mailbox, strlen(head.mailbox), head.lease_ms);
    if (head.verb == VERB_BEGIN) {
        sim_keys_set(keys, log, bytes, count, head.keep_ms);
    } else {
        sim_keys_append(keys, log, bytes, count);
        sim_keys_expire(keys, log, head.keep_ms);
    }
}

static void on_written(void *owner, enum status status, const struct sim_redis_reply *reply)
{
    struct node_engine_recovery *recovery = owner;
    enum match_recovery_answer answer = status == STATUS_OK ? MATCH_RECOVERY_WRITTEN : MATCH_RECOVERY_FAILED;
    if (status == STATUS_REFUSED && strncmp(reply->text, "FENCED", strlen("FENCED")) == 0) {
        answer = MATCH_RECOVERY_FENCED;
    }
    if (match_recovery_answered(&recovery->core, answer)) {
        sim_log(recovery->process, "recovery.%s %s", answer == MATCH_RECOVERY_FENCED ? "fenced" : "paused",
                recovery->id);
    }
}

static enum status send_write(struct node_engine_recovery *recovery, enum verb verb, size_t offset,
                              const uint8_t *bytes, size_t size)
{
    const struct sim_settings *settings = sim_settings(recovery->process);
    struct write_head head;
    memset(&head, 0, sizeof(head));
    head.verb = verb;
    head.epoch = recovery->core.epoch;
    head.lease_ms = settings->recovery_lease_ms;
    head.keep_ms = settings->recovery_keep_ms;
    head.offset = offset;
    memcpy(head.id, recovery->id, sizeof(head.id));
    snprintf(head.mailbox, sizeof(head.mailbox), "%s", sim_mailbox_url(recovery->process));
    uint8_t *argument = malloc(sizeof(head) + size);
    REQUIRE(argument != NULL);
    memcpy(argument, &head, sizeof(head));
    if (size > 0) {
        memcpy(argument + sizeof(head), bytes, size);
    }
    enum status status =
        sim_redis_run(recovery->process, run_write, argument, sizeof(head) + size, on_written, recovery);
    free(argument);
    if (status == STATUS_OK) {
        match_recovery_sent(&recovery->core);
    }
    return status;
}

void node_engine_recovery_begin(struct node_engine_recovery *recovery, struct sim_process *process,
                                const char *match_id, const struct world_setup *setup)
{
    uint32_t flush_ticks = sim_settings(process)->recovery_flush_ticks;
    recovery->process = process;
    snprintf(recovery->id, sizeof(recovery->id), "%s", match_id);
    recovery->memory = malloc(recovery_log_bytes(setup, flush_ticks));
    REQUIRE(recovery->memory != NULL);
    match_recovery_begin(&recovery->core, setup, flush_ticks, recovery->memory);
}

void node_engine_recovery_round(struct node_engine_recovery *recovery, const struct match *match)
{
    struct recovery_write write;
    bool is_up = sim_redis_is_up(recovery->process);
    if (match_recovery_round(&recovery->core, match, is_up, &write) == MATCH_RECOVERY_WRITE &&
        send_write(recovery, write.is_beginning ? VERB_BEGIN : VERB_APPEND, write.offset, write.bytes, write.size) !=
            STATUS_OK) {
        match_recovery_unsent(&recovery->core);
    }
}

void node_engine_recovery_end(struct node_engine_recovery *recovery)
{
    if (match_recovery_end(&recovery->core)) {
        enum status status = send_write(recovery, VERB_END, 0, NULL, 0);
        (void)status; /* if not: it expires */
    }
    node_engine_recovery_free(recovery);
}

void node_engine_recovery_free(struct node_engine_recovery *recovery)
{
    free(recovery->memory);
    recovery->memory = NULL;
}
