/* SPDX-License-Identifier: Apache-2.0 */
/*
 * viewers.h - who watches: sessions behind gateways, each at one rate of one match.
 *
 * A session's name is its gateway's, so a viewer is found by gateway and session.
 */
#ifndef MMA_SERVICES_SPECTATOR_CORE_VIEWERS_H
#define MMA_SERVICES_SPECTATOR_CORE_VIEWERS_H

#include <stddef.h>
#include <stdint.h>

struct viewer {
    uint64_t session; /* 0: the place is free */
    uint32_t gateway; /* index of peers */
    uint16_t slot;    /* of the followed match */
    uint8_t tier;
};

struct viewers {
    struct viewer *items; /* borrowed: [capacity] */
    uint32_t capacity;
    uint32_t used; /* places that were ever taken */
    uint32_t count;
};

size_t viewers_bytes(uint32_t capacity);

/* memory: viewers_bytes, aligned to 16; it is not written before it is used. */
void viewers_init(struct viewers *viewers, uint32_t capacity, void *memory);

/* NULL: not there. */
struct viewer *viewers_find(const struct viewers *viewers, uint32_t gateway, uint64_t session);

/* It must not be there yet; session is not 0. NULL when the table is full. */
struct viewer *viewers_add(struct viewers *viewers, const struct viewer *viewer);
void viewers_remove(struct viewers *viewers, struct viewer *viewer);

#endif
