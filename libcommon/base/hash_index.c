/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/hash_index.h"

#include "libcommon/base/status.h"

static uint32_t cells_for(uint32_t slots_max)
{
    uint32_t cells = 16;
    while (cells < slots_max * 2) {
        cells *= 2;
    }
    return cells;
}

/* Fibonacci hashing: the keys may be counters. */
static uint32_t home_of(const struct hash_index *index, uint64_t key)
{
    return (uint32_t)((key * 0x9E3779B97F4A7C15u) >> 32) & index->mask;
}

size_t hash_index_bytes(uint32_t slots_max)
{
    REQUIRE(slots_max > 0 && slots_max <= UINT32_MAX / 4);
    return cells_for(slots_max) * sizeof(struct hash_index_cell);
}

void hash_index_init(struct hash_index *index, uint32_t slots_max, void *memory)
{
    REQUIRE(memory != NULL);
    uint32_t cells = cells_for(slots_max);
    *index = (struct hash_index){.cells = memory, .mask = cells - 1};
    for (uint32_t i = 0; i < cells; i++) {
        index->cells[i] = (struct hash_index_cell){0, HASH_INDEX_NONE};
    }
}

void hash_index_add(struct hash_index *index, uint64_t key, uint32_t slot)
{
    REQUIRE(slot != HASH_INDEX_NONE);
    REQUIRE(index->count <= index->mask / 2);
    uint32_t at = home_of(index, key);
    while (index->cells[at].slot != HASH_INDEX_NONE) {
        at = (at + 1) & index->mask;
    }
    index->cells[at] = (struct hash_index_cell){key, slot};
    index->count++;
}

/* Moves later cells of the same run forward, so that no walk meets a hole. */
static void close_hole(struct hash_index *index, uint32_t hole)
{
    uint32_t at = hole;
    for (;;) {
        at = (at + 1) & index->mask;
        if (index->cells[at].slot == HASH_INDEX_NONE) {
            break;
        }
        uint32_t home = home_of(index, index->cells[at].key);
        if (((at - home) & index->mask) >= ((at - hole) & index->mask)) {
            index->cells[hole] = index->cells[at];
            hole = at;
        }
    }
    index->cells[hole].slot = HASH_INDEX_NONE;
}

void hash_index_remove(struct hash_index *index, uint64_t key, uint32_t slot)
{
    uint32_t at = home_of(index, key);
    while (index->cells[at].slot != HASH_INDEX_NONE) {
        if (index->cells[at].key == key && index->cells[at].slot == slot) {
            close_hole(index, at);
            index->count--;
            return;
        }
        at = (at + 1) & index->mask;
    }
}

uint32_t hash_index_next(const struct hash_index *index, uint64_t key, struct hash_index_walk *walk)
{
    REQUIRE(walk->steps <= index->mask);
    uint32_t home = home_of(index, key);
    for (;;) {
        const struct hash_index_cell *cell = &index->cells[(home + walk->steps) & index->mask];
        if (cell->slot == HASH_INDEX_NONE) {
            return HASH_INDEX_NONE;
        }
        walk->steps++;
        if (cell->key == key) {
            return cell->slot;
        }
    }
}
