/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A replay file holds each tick once, and plays to the end that it names.
 *
 * Why: it is the proof of what was played, and what players look at. Chunks are delivered in any order and more than
 * once, by engines that die; the file must be whole nevertheless, and every stored match must have one. It is read from
 * the replay-writers' disk and played with the very code that proves it in production.
 */
#include "libcommon/game/record/record.h"
#include "services/replay-writer/core/replay_verify.h"
#include "tests/simulation/invariants/table.h"
#include "tests/simulation/sim_disk.h"
#include "tests/simulation/sim_postgres.h"

#include <stdlib.h>
#include <string.h>

#define REPLAYS SIM_TABLE_REPLAYS "\x01"
#define MATCHES SIM_TABLE_MATCHES "\x01"

static struct sim_process *any_writer(struct sim_world *world)
{
    for (uint32_t i = 0; i < world->process_count; i++) {
        if (strcmp(world->processes[i].program->role, "replay-writer") == 0) {
            return &world->processes[i];
        }
    }
    return NULL;
}

static enum status verify(const struct sim_value *file, struct replay_summary *out_summary)
{
    struct record_header header;
    size_t used;
    enum status status = record_read_header(file->bytes, file->size, &header, &used);
    size_t size = status == STATUS_OK ? replay_verify_bytes(&header) : 0;
    if (size == 0) {
        return status == STATUS_OK ? STATUS_INVALID : status;
    }
    void *memory = aligned_alloc(16, (size + 15) / 16 * 16);
    REQUIRE(memory != NULL);
    status = replay_verify(&header, file->bytes + used, file->size - used, memory, size, out_summary);
    free(memory);
    return status;
}

static void check_file(struct sim_world *world, struct sim_process *writer, const char *match_id,
                       const struct sim_replay_row *row)
{
    const struct sim_invariant *own = &invariant_replay_holds_each_tick_once;
    struct sim_value file;
    struct replay_summary summary;
    memset(&summary, 0, sizeof(summary));
    if (sim_disk_read(writer, row->path, &file) != STATUS_OK) {
        sim_broken(world, own, "no file", "match %s: %s", match_id, row->path);
        return;
    }
    enum status status = verify(&file, &summary);
    if (status != STATUS_OK || !row->is_verified) {
        sim_broken(world, own, "does not play", "match %s: %s at tick %u", match_id, status_text(status),
                   summary.first_divergent_tick);
    } else if (summary.ticks != row->ticks || summary.state_hash != row->state_hash || row->bytes != file.size) {
        sim_broken(world, own, "row differs", "match %s: %u ticks, the row says %u", match_id, summary.ticks,
                   row->ticks);
    }
}

static bool has_row(const struct sim_world *world, const char *match_id)
{
    char key[96] = REPLAYS;
    strncat(key, match_id, sizeof(key) - sizeof(REPLAYS));
    return sim_map_get(&world->tables, key) != NULL;
}

static void finish(struct sim_world *world, void *state)
{
    (void)state;
    struct sim_process *writer = any_writer(world);
    for (size_t i = 0; writer != NULL && i < world->tables.count; i++) {
        const struct sim_entry *entry = &world->tables.entries[i];
        const char *match_id = strchr(entry->key, '\x01') + 1;
        if (strncmp(entry->key, REPLAYS, strlen(REPLAYS)) == 0) {
            check_file(world, writer, match_id, (const struct sim_replay_row *)entry->bytes);
        } else if (strncmp(entry->key, MATCHES, strlen(MATCHES)) == 0 && !has_row(world, match_id)) {
            sim_broken(world, &invariant_replay_holds_each_tick_once, "no replay", "match %s is stored", match_id);
        }
    }
}

const struct sim_invariant invariant_replay_holds_each_tick_once = {.name = "replay_holds_each_tick_once",
                                                                    .finish = finish};
