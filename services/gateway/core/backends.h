/* SPDX-License-Identifier: Apache-2.0 */
/*
 * backends.h - the engines and spectators that this gateway's sessions are at, by mailbox URL.
 *
 * A backend is there from its first session to its last; an index names it meanwhile.
 */
#ifndef MMA_SERVICES_GATEWAY_CORE_BACKENDS_H
#define MMA_SERVICES_GATEWAY_CORE_BACKENDS_H

#include "libcommon/base/hash_index.h"
#include "libcommon/base/status.h"

#include <stddef.h>
#include <stdint.h>

#define BACKENDS_MAX    1024
#define BACKEND_URL_MAX 64 /* of a mailbox's URL, with its NUL */
#define BACKEND_NONE    HASH_INDEX_NONE

enum backend_role { BACKEND_MATCHMAKER, BACKEND_ENGINE, BACKEND_SPECTATOR, BACKEND_ROLES };

struct backend {
    char url[BACKEND_URL_MAX]; /* "": the place is free */
    enum backend_role role;
    uint64_t key;
    uint32_t users;    /* sessions */
    uint64_t heard_ms; /* last snapshots or frames, or when the first session came */
    uint32_t batched;  /* inputs that wait for the next batch */
};

struct backends {
    struct backend items[BACKENDS_MAX];
    uint32_t used; /* places from here on have never been taken */
    uint64_t salt;
    struct hash_index index;
    struct hash_index_cell cells[HASH_INDEX_CELLS(BACKENDS_MAX)];
};

void backends_init(struct backends *backends, uint64_t salt);

/* One more user of that mailbox. BACKEND_NONE: all places are taken, or the URL is empty or too long. */
uint32_t backends_take(struct backends *backends, const char *url, enum backend_role role, uint64_t now_ms);
void backends_release(struct backends *backends, uint32_t index); /* with the last user its batch is dropped too */

uint64_t backends_key(const struct backends *backends, const char *url);
uint32_t backends_find(const struct backends *backends, const char *url); /* BACKEND_NONE: no session is there */

#endif
