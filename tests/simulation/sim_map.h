/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_map.h - an ordered map from text to bytes that can be taken back to where it was: what the stores' models keep.
 *
 * Each change can be written to a journal, whose newest entries are undone (a transaction that fails, writes that were
 * not synced when the server went down).
 */
#ifndef MMA_SIMULATION_SIM_MAP_H
#define MMA_SIMULATION_SIM_MAP_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_entry {
    char *key;
    uint8_t *bytes;
    size_t size, capacity;
    uint64_t expiry_us; /* 0: none */
};

struct sim_change {
    uint64_t at_us;
    char *key;
    bool was_there;
    bool is_cut; /* bytes were appended: undone by their old size alone */
    uint8_t *bytes;
    size_t size;
    uint64_t expiry_us;
};

struct sim_map {
    struct sim_entry *entries; /* sorted by key */
    size_t count, capacity;
    struct sim_change *changes; /* oldest first */
    size_t change_count, change_capacity;
};

void sim_map_free(struct sim_map *map);
/* The place of key, or where it belongs. */
size_t sim_map_find(const struct sim_map *map, const char *key, bool *out_is_there);
const struct sim_entry *sim_map_get(const struct sim_map *map, const char *key); /* NULL: not there */
void sim_map_put(struct sim_map *map, uint64_t at_us, const char *key, const void *bytes, size_t size,
                 uint64_t expiry_us);
void sim_map_append(struct sim_map *map, uint64_t at_us, const char *key, const void *bytes, size_t size);
void sim_map_set_expiry(struct sim_map *map, uint64_t at_us, const char *key, uint64_t expiry_us);
void sim_map_remove(struct sim_map *map, uint64_t at_us, const char *key);
void sim_map_clear(struct sim_map *map);

void sim_map_undo(struct sim_map *map, size_t change_count); /* back to so many changes */
void sim_map_undo_since(struct sim_map *map, uint64_t at_us);
void sim_map_forget_changes(struct sim_map *map, uint64_t before_us);

#endif
