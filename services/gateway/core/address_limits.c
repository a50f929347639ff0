/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/core/address_limits.h"

#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"
#include "libcommon/base/text.h"

#define MINUTE_MS 60000

void address_limits_init(struct address_limits *limits, uint32_t per_minute, uint64_t salt)
{
    memory_zero(limits, sizeof *limits);
    limits->per_minute = per_minute;
    limits->salt = salt;
}

static struct address_limits_way *way_of(struct address_limits *limits, uint64_t key)
{
    struct address_limits_way *row = limits->ways[key % ADDRESS_LIMITS_ROWS];
    struct address_limits_way *oldest = &row[0];
    for (size_t i = 0; i < ADDRESS_LIMITS_WAYS; i++) {
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
    REQUIRE(address != NULL);
    if (limits->per_minute == 0) {
        return true;
    }
    uint64_t key = hash_text(limits->salt, address) | 1u;
    struct address_limits_way *way = way_of(limits, key);
    if (way->key == 0) {
        way->key = key;
        token_bucket_init(&way->bucket, limits->per_minute, MINUTE_MS, limits->per_minute, now_ms);
    }
    return token_bucket_take(&way->bucket, now_ms);
}

/* What stands after the last sign in text; all of it where there is no such sign. */
static const char *after_last(const char *text, char sign)
{
    const char *after = text;
    for (const char *at = text; *at != '\0'; at++) {
        if (*at == sign) {
            after = at + 1;
        }
    }
    return after;
}

static bool is_blank(char sign)
{
    return sign == ' ' || sign == '\t';
}

static void copy_part(const char *from, size_t size, char out[ADDRESS_TEXT_MAX])
{
    if (size >= ADDRESS_TEXT_MAX) {
        size = ADDRESS_TEXT_MAX - 1;
    }
    memory_copy(out, from, size);
    out[size] = '\0';
}

void address_of(const char *peer, const char *forwarded_for, char out[ADDRESS_TEXT_MAX])
{
    if (forwarded_for[0] != '\0') {
        const char *last = after_last(forwarded_for, ',');
        while (is_blank(*last)) {
            last++;
        }
        size_t size = 0;
        while (last[size] != '\0' && !is_blank(last[size])) {
            size++;
        }
        copy_part(last, size, out);
        return;
    }
    const char *port = after_last(peer, ':');
    copy_part(peer, port == peer ? text_size(peer, SIZE_MAX) : (size_t)(port - peer) - 1, out);
}
