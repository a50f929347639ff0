/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/node_replay_writer.h"

#include "services/replay-writer/io/intake_messages.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SLOTS (2 * NODE_REPLAY_WRITER_PREFETCH)

struct replay_writer_node {
    struct sim_process *process;
    struct store store;
    struct intake intake;
    struct intake_contents held[SLOTS]; /* by the core's slots */
    struct intake_effects effects;
    /* The job at hand. */
    enum intake_effect_kind work_kind;
    const Mma__ReplayChunk *work_chunk; /* borrowed from held */
    enum status work_status;
    struct store_replay replay; /* once work_status is OK after INTAKE_STORE */
    bool has_failed_at_once;    /* INTAKE_RECORD could not be sent: at_once is its end */
    enum status at_once;
    uint64_t wake_timer;
    enum status prepare_status;
    bool is_storage_up;
};

static void carry_out(struct replay_writer_node *node);

/* ---- the disk ----------------------------------------------------------------------------------- */

static bool disk_exists(void *owner, const char *path)
{
    return sim_disk_exists(owner, path);
}

/* Folders come and go with their files. */
static enum status disk_make_folder(void *owner, const char *path)
{
    (void)owner;
    (void)path;
    return STATUS_OK;
}

static enum status disk_create(void *owner, const char *path)
{
    return sim_disk_write(owner, path, NULL, 0);
}

static enum status disk_append(void *owner, const char *path, const void *bytes, size_t size)
{
    return sim_disk_append(owner, path, bytes, size);
}

static enum status disk_sync(void *owner, const char *path)
{
    return sim_disk_sync(owner, path);
}

static enum status disk_rename(void *owner, const char *from, const char *to)
{
    return sim_disk_rename(owner, from, to);
}

static enum status disk_sync_folder(void *owner, const char *folder)
{
    return sim_disk_sync_folder(owner, folder);
}

static enum status disk_list_parts(void *owner, const char *folder, struct parts *parts)
{
    char name[SIM_PATH_MAX];
    size_t index = 0;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && sim_disk_list(owner, folder, index, name)) {
        status = parts_note(parts, name);
        index++;
    }
    return index == 0 ? STATUS_EMPTY : status;
}

static enum status disk_map(void *owner, const char *path, struct store_mapping *out_mapping)
{
    struct sim_value value;
    enum status status = sim_disk_read(owner, path, &value);
    if (status != STATUS_OK) {
        return STATUS_IO;
    }
    *out_mapping = (struct store_mapping){value.bytes, value.size};
    return STATUS_OK;
}

static void disk_unmap(void *owner, struct store_mapping *mapping)
{
    (void)owner;
    *mapping = (struct store_mapping){NULL, 0};
}

static void disk_remove(void *owner, const char *path)
{
    sim_disk_remove(owner, path);
}

static void disk_remove_folder(void *owner, const char *folder)
{
    char name[SIM_PATH_MAX], path[2 * SIM_PATH_MAX];
    while (sim_disk_list(owner, folder, 0, name)) {
        (void)snprintf(path, sizeof(path), "%s/%s", folder, name);
        sim_disk_remove(owner, path);
    }
}

struct store_disk node_replay_writer_disk(struct sim_process *process)
{
    return (struct store_disk){.owner = process,
                               .exists = disk_exists,
                               .make_folder = disk_make_folder,
                               .create = disk_create,
                               .append = disk_append,
                               .sync = disk_sync,
                               .rename = disk_rename,
                               .sync_folder = disk_sync_folder,
                               .list_parts = disk_list_parts,
                               .map = disk_map,
                               .unmap = disk_unmap,
                               .remove = disk_remove,
                               .remove_folder = disk_remove_folder};
}

/* ---- rows --------------------------------------------------------------------------------------- */

struct replay_insert {
    char match_id[40];
    struct sim_replay_row row;
};

/* As catalog.c's INSERT ... ON CONFLICT (match_id) DO NOTHING. */
static enum status insert_replay(struct sim_tables *tables, const void *argument, size_t size)
{
    const struct replay_insert *insert = argument;
    REQUIRE(size == sizeof(*insert));
    (void)sim_tables_insert(tables, SIM_TABLE_REPLAYS, insert->match_id, &insert->row, sizeof(insert->row));
    return STATUS_OK;
}

struct audit_insert {
    char event_id[40];
    char kind[32], match_id[40], player_id[72];
    int64_t at_ms;
};

static enum status insert_audit(struct sim_tables *tables, const void *argument, size_t size)
{
    const struct audit_insert *insert = argument;
    REQUIRE(size == sizeof(*insert));
    (void)sim_tables_insert(tables, SIM_TABLE_AUDIT, insert->event_id, insert, sizeof(*insert));
    return STATUS_OK;
}

static void on_recorded(void *owner, enum status status, const struct sim_value *values, size_t count)
{
    struct replay_writer_node *node = owner;
    (void)values;
    (void)count;
    intake_recorded(&node->intake, status, sim_monotonic_ms(node->process), &node->effects);
    carry_out(node);
}

static enum status record_replay(struct replay_writer_node *node, const Mma__ReplayChunk *chunk)
{
    const struct store_replay *replay = &node->replay;
    struct replay_insert insert;
    memset(&insert, 0, sizeof(insert));
    (void)snprintf(insert.match_id, sizeof(insert.match_id), "%s", chunk->match_id);
    (void)snprintf(insert.row.path, sizeof(insert.row.path), "%.62s", replay->path);
    insert.row.state_hash = replay->summary.state_hash;
    insert.row.ticks = replay->summary.ticks;
    insert.row.bytes = replay->size;
    insert.row.chunks = replay->chunks;
    insert.row.is_verified = replay->verified == STATUS_OK;
    return sim_postgres_run(node->process, insert_replay, &insert, sizeof(insert), on_recorded, node);
}

static enum status record_audit(struct replay_writer_node *node, const Mma__AuditEvent *event)
{
    struct audit_insert insert;
    memset(&insert, 0, sizeof(insert));
    (void)snprintf(insert.event_id, sizeof(insert.event_id), "%s", event->event_id);
    (void)snprintf(insert.kind, sizeof(insert.kind), "%s", event->kind);
    (void)snprintf(insert.match_id, sizeof(insert.match_id), "%s", event->match_id);
    (void)snprintf(insert.player_id, sizeof(insert.player_id), "%s", event->player_id);
    insert.at_ms = event->at_time;
    return sim_postgres_run(node->process, insert_audit, &insert, sizeof(insert), on_recorded, node);
}

/* ---- effects ------------------------------------------------------------------------------------ */

static void on_work(void *owner)
{
    struct replay_writer_node *node = owner;
    if (node->work_kind == INTAKE_FORGET_PARTS) {
        store_forget_parts(&node->store, node->work_chunk->match_id);
    } else {
        node->work_status = store_take_chunk(&node->store, node->work_chunk, &node->replay);
    }
}

static void on_worked(void *owner)
{
    struct replay_writer_node *node = owner;
    if (node->work_kind == INTAKE_FORGET_PARTS) {
        intake_parts_forgotten(&node->intake, &node->effects);
    } else {
        intake_stored(&node->intake, node->work_status, sim_monotonic_ms(node->process), &node->effects);
    }
    carry_out(node);
}

static void start_work(struct replay_writer_node *node, const struct intake_effect *effect)
{
    node->work_kind = effect->kind;
    node->work_chunk = node->held[effect->slot].chunk;
    sim_work(node->process, on_work, on_worked, node);
}

static void start_recording(struct replay_writer_node *node, const struct intake_effect *effect)
{
    const struct intake_contents *held = &node->held[effect->slot];
    node->at_once = held->audit != NULL ? record_audit(node, held->audit) : record_replay(node, held->chunk);
    node->has_failed_at_once = node->at_once != STATUS_OK;
}

static void on_wake(void *owner)
{
    struct replay_writer_node *node = owner;
    node->wake_timer = 0;
    intake_wake(&node->intake, sim_monotonic_ms(node->process), &node->effects);
    carry_out(node);
}

static uint64_t start_timer(struct replay_writer_node *node, uint64_t at_ms, sim_on_timer *on_timer)
{
    uint64_t now_ms = sim_monotonic_ms(node->process);
    return sim_timer_start(node->process, at_ms > now_ms ? at_ms - now_ms : 0, on_timer, node);
}

static void on_prepare_work(void *owner)
{
    struct replay_writer_node *node = owner;
    node->prepare_status = store_prepare(&node->store);
}

static void on_prepared(void *owner)
{
    struct replay_writer_node *node = owner;
    intake_prepared(&node->intake, node->prepare_status, sim_monotonic_ms(node->process), &node->effects);
    carry_out(node);
}

static void on_prepare(void *owner)
{
    struct replay_writer_node *node = owner;
    sim_work(node->process, on_prepare_work, on_prepared, node);
}

static void log_effect(const struct replay_writer_node *node, const struct intake_effect *effect)
{
    const struct intake_contents *held = &node->held[effect->slot];
    const char *match_id = intake_messages_match_id(held);
    if (effect->kind == INTAKE_WRITTEN) {
        sim_log(node->process, "replay.written %s %u ticks, %s", match_id, node->replay.summary.ticks,
                status_text(node->replay.verified));
    } else if (effect->kind != INTAKE_FINISHED) {
        sim_log(node->process, "%s %s %s", effect->kind == INTAKE_DELAYED ? "delivery.delayed" : "delivery.refused",
                match_id, status_text(effect->status));
    }
}

static void carry_out_one(struct replay_writer_node *node, const struct intake_effect *effect)
{
    switch (effect->kind) {
    case INTAKE_STORE:
    case INTAKE_FORGET_PARTS:
        start_work(node, effect);
        break;
    case INTAKE_RECORD:
        start_recording(node, effect);
        break;
    case INTAKE_ACKNOWLEDGE:
        sim_amqp_acknowledge(node->process, effect->tag);
        break;
    case INTAKE_REJECT:
    case INTAKE_REQUEUE:
        sim_amqp_reject(node->process, effect->tag, effect->kind == INTAKE_REQUEUE);
        break;
    case INTAKE_RELEASE:
        intake_messages_free(&node->held[effect->slot]);
        break;
    case INTAKE_PREPARE:
        (void)start_timer(node, effect->at_ms, on_prepare);
        break;
    case INTAKE_WAKE:
        sim_timer_stop(node->process, node->wake_timer);
        node->wake_timer = start_timer(node, effect->at_ms, on_wake);
        break;
    case INTAKE_STORAGE_STATE:
        node->is_storage_up = effect->status == STATUS_OK;
        break;
    case INTAKE_DRAINED:
        sim_drained(node->process);
        break;
    default:
        log_effect(node, effect);
        break;
    }
}

static void carry_out(struct replay_writer_node *node)
{
    for (;;) {
        for (uint32_t i = 0; i < node->effects.count; i++) {
            carry_out_one(node, &node->effects.items[i]);
        }
        if (!node->has_failed_at_once) {
            return;
        }
        node->has_failed_at_once = false;
        intake_recorded(&node->intake, node->at_once, sim_monotonic_ms(node->process), &node->effects);
    }
}

/* ---- events ------------------------------------------------------------------------------------- */

static void on_delivery(void *state, const struct amqp_delivery *delivery)
{
    struct replay_writer_node *node = state;
    enum intake_kind kind = strcmp(delivery->queue, AMQP_QUEUE_CHUNKS) == 0 ? INTAKE_CHUNK : INTAKE_AUDIT;
    struct intake_contents contents;
    if (!intake_messages_read(kind, delivery->body, delivery->size, &contents)) {
        sim_log(node->process, "delivery.refused %s", delivery->message_id);
        intake_deliver_invalid(&node->intake, delivery->tag, &node->effects);
        carry_out(node);
        return;
    }
    uint32_t slot = intake_deliver(&node->intake, kind, delivery->tag, &node->effects);
    if (slot != INTAKE_SLOT_NONE) {
        node->held[slot] = contents;
    } else {
        intake_messages_free(&contents);
    }
    carry_out(node);
}

static void on_dependency(void *state, enum sim_dependency dependency, bool is_up)
{
    struct replay_writer_node *node = state;
    if (dependency == SIM_RABBITMQ && !is_up) {
        intake_broker_lost(&node->intake, &node->effects);
        carry_out(node);
    }
}

/* ---- life --------------------------------------------------------------------------------------- */

static void *start(struct sim_process *process, uint64_t seed)
{
    struct replay_writer_node *node = calloc(1, sizeof(*node));
    REQUIRE(node != NULL);
    node->process = process;
    node->store = (struct store){.disk = node_replay_writer_disk(process), .writer = seed};
    intake_init(&node->intake, SLOTS, sim_settings(process)->retry_ms);
    intake_start(&node->intake, sim_monotonic_ms(process), &node->effects);
    carry_out(node);
    sim_amqp_consume(process, AMQP_QUEUE_CHUNKS, NODE_REPLAY_WRITER_PREFETCH);
    sim_amqp_consume(process, AMQP_QUEUE_AUDIT, NODE_REPLAY_WRITER_PREFETCH);
    return node;
}

static void drain(void *state)
{
    struct replay_writer_node *node = state;
    intake_drain(&node->intake, &node->effects);
    carry_out(node);
}

static void destroy(void *state)
{
    struct replay_writer_node *node = state;
    for (uint32_t slot = 0; slot < SLOTS; slot++) {
        intake_messages_free(&node->held[slot]);
    }
    free(node);
}

static bool is_ready(const void *state)
{
    const struct replay_writer_node *node = state;
    return node->is_storage_up && sim_amqp_is_up(node->process) && sim_postgres_is_up(node->process);
}

static uint32_t held(const void *state, char *out_text, size_t size)
{
    const struct replay_writer_node *node = state;
    out_text[0] = '\0';
    if (node->intake.count > 0) {
        (void)snprintf(out_text, size, "%u deliveries, state %u", node->intake.count, (unsigned)node->intake.state);
    }
    return node->intake.count;
}

const struct intake *node_replay_writer_intake(const void *state)
{
    const struct replay_writer_node *node = state;
    return &node->intake;
}

const struct sim_program node_replay_writer = {.role = "replay-writer",
                                               .start = start,
                                               .drain = drain,
                                               .destroy = destroy,
                                               .on_delivery = on_delivery,
                                               .on_dependency = on_dependency,
                                               .is_ready = is_ready,
                                               .held = held};
