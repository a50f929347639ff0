/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/registry_value.h"

#include <inttypes.h>
#include <jansson.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

size_t registry_value_write(const struct registry_entry *entry, char out[REGISTRY_VALUE_MAX])
{
    char incarnation[17]; /* as text: JSON numbers of 64 bits do not survive every reader */
    snprintf(incarnation, sizeof incarnation, "%016" PRIx64, entry->incarnation);
    json_t *json = json_pack("{s:s, s:s, s:s, s:s, s:s, s:b, s:I, s:I, s:I, s:I, s:I, s:I, s:I, s:I}", "role",
                             entry->role, "mailbox", entry->mailbox, "address", entry->address, "region", entry->region,
                             "incarnation", incarnation, "draining", entry->draining, "matches",
                             (json_int_t)entry->matches, "matches_max", (json_int_t)entry->matches_max, "players",
                             (json_int_t)entry->players, "players_max", (json_int_t)entry->players_max, "load_permille",
                             (json_int_t)entry->load_permille, "tick_us", (json_int_t)entry->tick_us, "match_us_max",
                             (json_int_t)entry->match_us_max, "bytes_per_s", (json_int_t)entry->bytes_per_s);
    REQUIRE(json);
    size_t size = json_dumpb(json, out, REGISTRY_VALUE_MAX, JSON_COMPACT);
    json_decref(json);
    REQUIRE(size > 0 && size <= REGISTRY_VALUE_MAX);
    return size;
}

static bool read_text(const json_t *json, const char *name, char *out, size_t out_size)
{
    const json_t *value = json_object_get(json, name);
    size_t size = json_is_string(value) ? json_string_length(value) : out_size;
    if (size >= out_size) {
        return false;
    }
    memcpy(out, json_string_value(value), size + 1);
    return true;
}

static bool read_u32(const json_t *json, const char *name, uint32_t *out)
{
    const json_t *value = json_object_get(json, name);
    json_int_t number = json_is_integer(value) ? json_integer_value(value) : -1;
    if (number < 0 || number > UINT32_MAX) {
        return false;
    }
    *out = (uint32_t)number;
    return true;
}

/* A member that came later: an older daemon does not say it. */
static bool read_u32_if_there(const json_t *json, const char *name, uint32_t *out)
{
    return json_object_get(json, name) == NULL || read_u32(json, name, out);
}

static bool read_all(const json_t *json, struct registry_entry *entry)
{
    char incarnation[17];
    const json_t *draining = json_object_get(json, "draining");
    if (!json_is_boolean(draining) || !read_text(json, "incarnation", incarnation, sizeof incarnation) ||
        strspn(incarnation, "0123456789abcdef") != sizeof incarnation - 1) {
        return false;
    }
    entry->incarnation = strtoull(incarnation, NULL, 16);
    entry->draining = json_is_true(draining);
    return read_text(json, "role", entry->role, sizeof entry->role) &&
           read_text(json, "mailbox", entry->mailbox, sizeof entry->mailbox) &&
           read_text(json, "address", entry->address, sizeof entry->address) &&
           read_text(json, "region", entry->region, sizeof entry->region) &&
           read_u32(json, "matches", &entry->matches) && read_u32(json, "matches_max", &entry->matches_max) &&
           read_u32(json, "players", &entry->players) && read_u32(json, "players_max", &entry->players_max) &&
           read_u32(json, "load_permille", &entry->load_permille) &&
           read_u32_if_there(json, "tick_us", &entry->tick_us) &&
           read_u32_if_there(json, "match_us_max", &entry->match_us_max) &&
           read_u32_if_there(json, "bytes_per_s", &entry->bytes_per_s);
}

enum status registry_value_read(const char *text, size_t size, struct registry_entry *out_entry)
{
    REQUIRE(text != NULL);
    json_t *json = size <= REGISTRY_VALUE_MAX ? json_loadb(text, size, JSON_REJECT_DUPLICATES, NULL) : NULL;
    struct registry_entry entry = {0};
    bool good = json_is_object(json) && read_all(json, &entry);
    json_decref(json);
    if (!good) {
        return STATUS_INVALID;
    }
    *out_entry = entry;
    return STATUS_OK;
}
