/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/io/visibility_cache.h"

#include "libcommon/runtime/daemon/pages.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/log.h"

#include <stdatomic.h>
#include <stdlib.h>

/* One map's. Whoever works on it owns visibility until is_done. */
struct visibility_entry {
    struct visibility_cache *tables;
    struct visibility_entry *next;
    const struct map *map; /* borrowed */
    void *memory;
    uint64_t begin_ms;
    bool is_done;
    struct visibility visibility;
    uv_work_t work;
};

struct visibility_cache {
    uv_loop_t *loop;
    struct visibility_entry *first;
    uint32_t working;
    atomic_bool is_closing;
};

enum status visibility_cache_create(uv_loop_t *loop, struct visibility_cache **out_tables)
{
    struct visibility_cache *tables = calloc(1, sizeof *tables);
    if (tables == NULL) {
        return STATUS_NO_MEMORY;
    }
    tables->loop = loop;
    *out_tables = tables;
    return STATUS_OK;
}

static void destroy(struct visibility_cache *tables)
{
    while (tables->first != NULL) {
        struct visibility_entry *table = tables->first;
        tables->first = table->next;
        pages_release(table->memory, visibility_bytes(table->map));
        free(table);
    }
    free(tables);
}

void visibility_cache_close(struct visibility_cache *tables)
{
    if (tables == NULL) {
        return;
    }
    atomic_store(&tables->is_closing, true);
    if (tables->working == 0) {
        destroy(tables);
    }
}

/* In a thread of the pool. */
static void on_work(uv_work_t *work)
{
    struct visibility_entry *table = work->data;
    visibility_init(&table->visibility, table->map, table->memory);
    while (!atomic_load(&table->tables->is_closing) && !visibility_step(&table->visibility, 1)) {
    }
}

static void on_worked(uv_work_t *work, int result)
{
    struct visibility_entry *table = work->data;
    struct visibility_cache *tables = table->tables;
    REQUIRE(result == 0);
    tables->working--;
    if (!atomic_load(&tables->is_closing)) {
        table->is_done = true;
        log_info("map.visibility_ready", LOG_TEXT("map", table->map->name),
                 LOG_U64("bytes", visibility_bytes(table->map)),
                 LOG_U64("took_ms", clock_monotonic_ms() - table->begin_ms));
    } else if (tables->working == 0) {
        destroy(tables);
    }
}

static void begin(struct visibility_cache *tables, const struct map *map)
{
    struct visibility_entry *table = calloc(1, sizeof *table);
    REQUIRE(table != NULL);
    table->tables = tables;
    table->map = map;
    table->next = tables->first;
    table->begin_ms = clock_monotonic_ms();
    table->work.data = table;
    tables->first = table;
    table->memory = pages_take(visibility_bytes(map));
    if (table->memory == NULL) {
        log_error("map.visibility_failed", LOG_TEXT("map", map->name), LOG_STATUS(STATUS_NO_MEMORY));
        return;
    }
    int result = uv_queue_work(tables->loop, &table->work, on_work, on_worked);
    REQUIRE(result == 0);
    tables->working++;
}

const struct visibility *visibility_cache_find(struct visibility_cache *tables, const struct map *map)
{
    struct visibility_entry *table = tables->first;
    while (table != NULL && table->map != map) {
        table = table->next;
    }
    if (table == NULL) {
        begin(tables, map);
        return NULL;
    }
    return table->is_done ? &table->visibility : NULL;
}
