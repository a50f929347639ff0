/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/io/wall_indexes.h"

#include <stdlib.h>

struct wall_index {
    struct wall_index *next;
    void *memory;
    struct walls walls;
};

static struct wall_index *make(const struct map *map)
{
    struct wall_index *index = calloc(1, sizeof *index);
    if (index == NULL) {
        return NULL;
    }
    index->memory = malloc(walls_bytes(map));
    if (index->memory == NULL) {
        free(index);
        return NULL;
    }
    walls_init(&index->walls, map, index->memory);
    return index;
}

const struct walls *wall_indexes_find(struct wall_indexes *indexes, const struct map *map)
{
    for (struct wall_index *index = indexes->first; index != NULL; index = index->next) {
        if (index->walls.map == map) {
            return &index->walls;
        }
    }
    struct wall_index *index = make(map);
    if (index == NULL) {
        return NULL;
    }
    index->next = indexes->first;
    indexes->first = index;
    return &index->walls;
}

void wall_indexes_free(struct wall_indexes *indexes)
{
    while (indexes->first != NULL) {
        struct wall_index *index = indexes->first;
        indexes->first = index->next;
        free(index->memory);
        free(index);
    }
}
