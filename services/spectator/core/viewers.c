/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/core/viewers.h"

#include "libcommon/base/status.h"

size_t viewers_bytes(uint32_t capacity)
{
    return (size_t)capacity * sizeof(struct viewer);
}

void viewers_init(struct viewers *viewers, uint32_t capacity, void *memory)
{
    REQUIRE(memory != NULL && capacity > 0);
    *viewers = (struct viewers){.items = memory, .capacity = capacity};
}

static void viewers_check(const struct viewers *viewers)
{
    REQUIRE(viewers->count <= viewers->used && viewers->used <= viewers->capacity);
}

struct viewer *viewers_find(const struct viewers *viewers, uint32_t gateway, uint64_t session)
{
    REQUIRE(session != 0);
    for (uint32_t i = 0; i < viewers->used; i++) {
        if (viewers->items[i].session == session && viewers->items[i].gateway == gateway) {
            return &viewers->items[i];
        }
    }
    return NULL;
}

static struct viewer *free_place(struct viewers *viewers)
{
    for (uint32_t i = 0; i < viewers->used && viewers->count < viewers->used; i++) {
        if (viewers->items[i].session == 0) {
            return &viewers->items[i];
        }
    }
    return viewers->used < viewers->capacity ? &viewers->items[viewers->used++] : NULL;
}

struct viewer *viewers_add(struct viewers *viewers, const struct viewer *viewer)
{
    REQUIRE(viewer->session != 0);
    struct viewer *place = free_place(viewers);
    if (place != NULL) {
        *place = *viewer;
        viewers->count++;
        viewers_check(viewers);
    }
    return place;
}

void viewers_remove(struct viewers *viewers, struct viewer *viewer)
{
    REQUIRE(viewer >= viewers->items && viewer < viewers->items + viewers->used && viewer->session != 0);
    viewer->session = 0;
    viewers->count--;
    viewers_check(viewers);
}
