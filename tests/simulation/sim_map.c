/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/sim_map.h"

#include "libcommon/base/status.h"

#include <stdlib.h>
#include <string.h>

static void *copy_of(const void *bytes, size_t size)
{
    void *copy = malloc(size + 1);
    REQUIRE(copy != NULL);
    if (size > 0) {
        memcpy(copy, bytes, size);
    }
    return copy;
}

size_t sim_map_find(const struct sim_map *map, const char *key, bool *out_is_there)
{
    size_t low = 0, high = map->count;
    while (low < high) {
        size_t middle = low + (high - low) / 2;
        if (strcmp(map->entries[middle].key, key) < 0) {
            low = middle + 1;
        } else {
            high = middle;
        }
    }
    *out_is_there = low < map->count && strcmp(map->entries[low].key, key) == 0;
    return low;
}

const struct sim_entry *sim_map_get(const struct sim_map *map, const char *key)
{
    bool is_there;
    size_t place = sim_map_find(map, key, &is_there);
    return is_there ? &map->entries[place] : NULL;
}

/* ---- the journal ---------------------------------------------------------------------------------- */

static struct sim_change *note(struct sim_map *map, uint64_t at_us, const char *key)
{
    if (map->change_count == map->change_capacity) {
        map->change_capacity = map->change_capacity ? 2 * map->change_capacity : 64;
        map->changes = realloc(map->changes, map->change_capacity * sizeof(*map->changes));
        REQUIRE(map->changes != NULL);
    }
    struct sim_change *change = &map->changes[map->change_count++];
    *change = (struct sim_change){.at_us = at_us, .key = copy_of(key, strlen(key) + 1)};
    return change;
}

/* What key holds now, before it is changed. */
static void note_whole(struct sim_map *map, uint64_t at_us, const char *key)
{
    const struct sim_entry *entry = sim_map_get(map, key);
    struct sim_change *change = note(map, at_us, key);
    if (entry != NULL) {
        change->was_there = true;
        change->bytes = copy_of(entry->bytes, entry->size);
        change->size = entry->size;
        change->expiry_us = entry->expiry_us;
    }
}

static void free_change(struct sim_change *change)
{
    free(change->key);
    free(change->bytes);
}

/* ---- plain changes -------------------------------------------------------------------------------- */

static struct sim_entry *make_entry(struct sim_map *map, const char *key)
{
    bool is_there;
    size_t place = sim_map_find(map, key, &is_there);
    if (is_there) {
        return &map->entries[place];
    }
    if (map->count == map->capacity) {
        map->capacity = map->capacity ? 2 * map->capacity : 64;
        struct sim_entry *grown = realloc(map->entries, map->capacity * sizeof(*map->entries));
        REQUIRE(grown != NULL);
        map->entries = grown;
    }
    REQUIRE(map->entries != NULL);
    memmove(&map->entries[place + 1], &map->entries[place], (map->count - place) * sizeof(*map->entries));
    map->count++;
    map->entries[place] = (struct sim_entry){.key = copy_of(key, strlen(key) + 1)};
    return &map->entries[place];
}

static void reserve(struct sim_entry *entry, size_t size)
{
    if (entry->capacity < size) {
        entry->capacity = size < 2 * entry->capacity ? 2 * entry->capacity : size;
        uint8_t *grown = realloc(entry->bytes, entry->capacity);
        REQUIRE(grown != NULL);
        entry->bytes = grown;
    }
}

static void set_bytes(struct sim_entry *entry, const void *bytes, size_t size)
{
    reserve(entry, size);
    if (size > 0) {
        memcpy(entry->bytes, bytes, size);
    }
    entry->size = size;
}

static void erase(struct sim_map *map, const char *key)
{
    bool is_there;
    size_t place = sim_map_find(map, key, &is_there);
    if (is_there) {
        struct sim_entry gone = map->entries[place];
        map->count--;
        memmove(&map->entries[place], &map->entries[place + 1], (map->count - place) * sizeof(*map->entries));
        map->entries[map->count] = (struct sim_entry){0};
        free(gone.key);
        free(gone.bytes);
    }
}

/* ---- changes with a journal ----------------------------------------------------------------------- */

void sim_map_put(struct sim_map *map, uint64_t at_us, const char *key, const void *bytes, size_t size,
                 uint64_t expiry_us)
{
    note_whole(map, at_us, key);
    struct sim_entry *entry = make_entry(map, key);
    set_bytes(entry, bytes, size);
    entry->expiry_us = expiry_us;
}

void sim_map_append(struct sim_map *map, uint64_t at_us, const char *key, const void *bytes, size_t size)
{
    struct sim_change *change = note(map, at_us, key);
    const struct sim_entry *old = sim_map_get(map, key);
    change->was_there = old != NULL;
    change->is_cut = true;
    change->size = old != NULL ? old->size : 0;
    change->expiry_us = old != NULL ? old->expiry_us : 0;
    struct sim_entry *entry = make_entry(map, key);
    reserve(entry, entry->size + size);
    if (size > 0) {
        memcpy(entry->bytes + entry->size, bytes, size);
    }
    entry->size += size;
}

void sim_map_set_expiry(struct sim_map *map, uint64_t at_us, const char *key, uint64_t expiry_us)
{
    bool is_there;
    size_t place = sim_map_find(map, key, &is_there);
    if (!is_there) {
        return;
    }
    struct sim_change *change = note(map, at_us, key);
    change->was_there = true;
    change->is_cut = true;
    change->size = map->entries[place].size;
    change->expiry_us = map->entries[place].expiry_us;
    map->entries[place].expiry_us = expiry_us;
}

void sim_map_remove(struct sim_map *map, uint64_t at_us, const char *key)
{
    note_whole(map, at_us, key);
    erase(map, key);
}

/* ---- back ----------------------------------------------------------------------------------------- */

static void undo_last(struct sim_map *map)
{
    struct sim_change *change = &map->changes[--map->change_count];
    if (!change->was_there) {
        erase(map, change->key);
    } else {
        struct sim_entry *entry = make_entry(map, change->key);
        if (!change->is_cut) {
            set_bytes(entry, change->bytes, change->size);
        }
        entry->size = change->size;
        entry->expiry_us = change->expiry_us;
    }
    free_change(change);
}

void sim_map_undo(struct sim_map *map, size_t change_count)
{
    while (map->change_count > change_count) {
        undo_last(map);
    }
}

void sim_map_undo_since(struct sim_map *map, uint64_t at_us)
{
    while (map->change_count > 0 && map->changes[map->change_count - 1].at_us >= at_us) {
        undo_last(map);
    }
}

void sim_map_forget_changes(struct sim_map *map, uint64_t before_us)
{
    size_t old = 0;
    while (old < map->change_count && map->changes[old].at_us < before_us) {
        free_change(&map->changes[old++]);
    }
    if (old > 0) {
        map->change_count -= old;
        memmove(map->changes, map->changes + old, map->change_count * sizeof(*map->changes));
    }
}

void sim_map_clear(struct sim_map *map)
{
    for (size_t i = 0; i < map->count; i++) {
        free(map->entries[i].key);
        free(map->entries[i].bytes);
    }
    map->count = 0;
    sim_map_forget_changes(map, UINT64_MAX);
}

void sim_map_free(struct sim_map *map)
{
    sim_map_clear(map);
    free(map->entries);
    free(map->changes);
    *map = (struct sim_map){0};
}
