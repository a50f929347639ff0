/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/address_limits.h"

#include "libcommon/base/hash.h"
#include "libcommon/base/token_bucket.h"
#include "libcommon/runtime/telemetry/entropy.h"

#include <stdlib.h>
#include <string.h>

#define ROWS 1024
#define WAYS 4 /* an address has its place in one row; the oldest of the row gives way */

struct way {
    uint64_t key; /* 0: free */
    struct token_bucket bucket;
};

struct address_limits {
    uint32_t per_minute;
    uint64_t salt;
    struct way ways[ROWS][WAYS];
};

enum status address_limits_create(uint32_t per_minute, struct address_limits **out_limits)
{
    struct address_limits *limits = calloc(1, sizeof *limits);
    if (limits == NULL) {
        return STATUS_NO_MEMORY;
    }
    limits->per_minute = per_minute;
    limits->salt = entropy_u64();
    *out_limits = limits;
    return STATUS_OK;
}

void address_limits_destroy(struct address_limits *limits)
{
    free(limits);
}

static struct way *way_of(struct address_limits *limits, uint64_t key)
{
    struct way *row = limits->ways[key % ROWS];
    struct way *oldest = &row[0];
    for (size_t i = 0; i < WAYS; i++) {
        if (row[i].key == key) {
            return &row[i];
        }
        if (oldest->key != 0 && (row[i].key == 0 || row[i].bucket.updated_ms < oldest->bucket.updated_ms)) {
            oldest = &row[i];
        }
    }
    oldest->key = 0;
    return oldest;
}

bool address_limits_take(struct address_limits *limits, const char *address, uint64_t now_ms)
{
    if (limits->per_minute == 0) {
        return true;
    }
    struct hash hash;
    hash_init(&hash, limits->salt);
    hash_bytes(&hash, address, strlen(address));
    uint64_t key = hash_finish(&hash) | 1u;
    struct way *way = way_of(limits, key);
    if (way->key == 0) {
        way->key = key;
        token_bucket_init(&way->bucket, limits->per_minute, 60000, limits->per_minute, now_ms);
    }
    return token_bucket_take(&way->bucket, now_ms);
}

static void copy_part(const char *from, size_t size, char out[ADDRESS_TEXT_MAX])
{
    if (size >= ADDRESS_TEXT_MAX) {
        size = ADDRESS_TEXT_MAX - 1;
    }
    memcpy(out, from, size);
    out[size] = '\0';
}

void address_of(const char *peer, const char *forwarded_for, char out[ADDRESS_TEXT_MAX])
{
    if (forwarded_for[0] != '\0') {
        const char *comma = strrchr(forwarded_for, ',');
        const char *last = comma == NULL ? forwarded_for : comma + 1;
        last += strspn(last, " \t");
        copy_part(last, strcspn(last, " \t,"), out);
        return;
    }
    const char *colon = strrchr(peer, ':');
    copy_part(peer, colon == NULL ? strlen(peer) : (size_t)(colon - peer), out);
}
