/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/sim_postgres.h"

#include "tests/simulation/sim_seen.h"

#include <stdio.h>
#include <string.h>

#define KEY_MAX 192

struct sim_tables {
    struct sim_world *world;
    struct sim_answer *answer;
};

bool sim_postgres_is_up(const struct sim_process *process)
{
    return process->links[SIM_POSTGRESQL].is_up;
}

static void execute_transaction(struct sim_world *world, struct sim_process *process, const void *argument, size_t size,
                                struct sim_answer *answer)
{
    sim_transaction *transaction;
    memcpy(&transaction, argument, sizeof(transaction));
    struct sim_tables tables = {world, answer};
    answer->status = transaction(&tables, (const uint8_t *)argument + sizeof(transaction), size - sizeof(transaction));
    if (answer->status != STATUS_OK) {
        sim_map_undo(&world->tables, 0);
        answer->size = 0;
        answer->count = 0;
    } else if (world->tables.change_count > 0) {
        sim_map_forget_changes(&world->tables, UINT64_MAX);
        sim_see_text(process, SIM_SAW_COMMIT, "", NULL, 0);
    }
}

enum status sim_postgres_run(struct sim_process *process, sim_transaction *transaction, const void *argument,
                             size_t size, sim_on_postgres *on_result, void *owner)
{
    struct sim_call call = {.on_postgres = on_result, .owner = owner};
    return sim_link_call(process, SIM_POSTGRESQL, &call, execute_transaction, &transaction, sizeof(transaction),
                         argument, size);
}

static const char *row_key(const char *table, const char *key, char out[KEY_MAX])
{
    int size = snprintf(out, KEY_MAX, "%s\x01%s", table, key);
    REQUIRE(size > 0 && size < KEY_MAX);
    return out;
}

bool sim_tables_get(const struct sim_tables *tables, const char *table, const char *key, struct sim_value *out_row)
{
    char whole[KEY_MAX];
    const struct sim_entry *entry = sim_map_get(&tables->world->tables, row_key(table, key, whole));
    if (entry != NULL) {
        *out_row = (struct sim_value){entry->bytes, entry->size};
    }
    return entry != NULL;
}

void sim_tables_put(struct sim_tables *tables, const char *table, const char *key, const void *row, size_t size)
{
    char whole[KEY_MAX];
    sim_map_put(&tables->world->tables, tables->world->now_us, row_key(table, key, whole), row, size, 0);
}

bool sim_tables_insert(struct sim_tables *tables, const char *table, const char *key, const void *row, size_t size)
{
    struct sim_value old;
    if (sim_tables_get(tables, table, key, &old)) {
        return false;
    }
    sim_tables_put(tables, table, key, row, size);
    return true;
}

void sim_tables_delete(struct sim_tables *tables, const char *table, const char *key)
{
    char whole[KEY_MAX];
    sim_map_remove(&tables->world->tables, tables->world->now_us, row_key(table, key, whole));
}

void sim_tables_answer(struct sim_tables *tables, const void *bytes, size_t size)
{
    sim_answer_add(tables->answer, bytes, size);
}
