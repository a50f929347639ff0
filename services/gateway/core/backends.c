/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/core/backends.h"

#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/text.h"

_Static_assert(BACKENDS_MAX >= 8 && (BACKENDS_MAX & (BACKENDS_MAX - 1)) == 0, "what HASH_INDEX_CELLS wants");

void backends_init(struct backends *backends, uint64_t salt)
{
    memory_zero(backends, sizeof *backends);
    backends->salt = salt;
    REQUIRE(hash_index_bytes(BACKENDS_MAX) <= sizeof backends->cells);
    hash_index_init(&backends->index, BACKENDS_MAX, backends->cells);
}

uint64_t backends_key(const struct backends *backends, const char *url)
{
    REQUIRE(url != NULL);
    return hash_text(backends->salt, url);
}

static uint32_t find(const struct backends *backends, const char *url, uint64_t key)
{
    struct hash_index_walk walk = {0};
    uint32_t index;
    do {
        index = hash_index_next(&backends->index, key, &walk);
    } while (index != HASH_INDEX_NONE && !text_equal(backends->items[index].url, url));
    return index;
}

uint32_t backends_find(const struct backends *backends, const char *url)
{
    return find(backends, url, backends_key(backends, url));
}

static uint32_t free_place(const struct backends *backends)
{
    for (uint32_t i = 0; i < BACKENDS_MAX; i++) {
        if (backends->items[i].users == 0) {
            return i;
        }
    }
    return BACKEND_NONE;
}

uint32_t backends_take(struct backends *backends, const char *url, enum backend_role role, uint64_t now_ms)
{
    REQUIRE(role < BACKEND_ROLES);
    uint64_t key = backends_key(backends, url);
    uint32_t index = find(backends, url, key);
    if (index != BACKEND_NONE) {
        backends->items[index].users++;
        return index;
    }
    size_t size = text_size(url, BACKEND_URL_MAX);
    index = free_place(backends);
    if (index == BACKEND_NONE || size == 0 || size == BACKEND_URL_MAX) {
        return BACKEND_NONE;
    }
    backends->used = index < backends->used ? backends->used : index + 1;
    struct backend *backend = &backends->items[index];
    *backend = (struct backend){.role = role, .key = key, .users = 1, .heard_ms = now_ms};
    memory_copy(backend->url, url, size + 1);
    hash_index_add(&backends->index, key, index);
    return index;
}

void backends_release(struct backends *backends, uint32_t index)
{
    REQUIRE(index < backends->used && backends->items[index].users > 0);
    struct backend *backend = &backends->items[index];
    if (--backend->users == 0) {
        hash_index_remove(&backends->index, backend->key, index);
        backend->url[0] = '\0';
        backend->batched = 0;
    }
}
