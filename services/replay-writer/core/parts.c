/* SPDX-License-Identifier: Apache-2.0 */
#include "services/replay-writer/core/parts.h"

#include "libcommon/base/memory.h"

#include <stddef.h>

#define INDEX_DIGITS 6

static const char last_suffix[] = ".last";

_Static_assert(INDEX_DIGITS + sizeof last_suffix <= PARTS_NAME_MAX, "the longest name fits");
_Static_assert(PARTS_MAX <= 1000000, "an index has INDEX_DIGITS digits");
_Static_assert(PARTS_MAX % 64 == 0, "a bit for each part");

enum status parts_name_write(uint32_t index, bool is_last, char out_name[PARTS_NAME_MAX])
{
    if (index >= PARTS_MAX) {
        return STATUS_INVALID;
    }
    for (int digit = INDEX_DIGITS - 1; digit >= 0; digit--, index /= 10) {
        out_name[digit] = (char)('0' + index % 10);
    }
    memory_copy(out_name + INDEX_DIGITS, is_last ? last_suffix : "", is_last ? sizeof last_suffix : 1);
    return STATUS_OK;
}

static bool is_last_suffix(const char *text)
{
    for (size_t i = 0; i < sizeof last_suffix; i++) {
        if (text[i] != last_suffix[i]) {
            return false;
        }
    }
    return true;
}

enum status parts_name_read(const char *name, uint32_t *out_index, bool *out_is_last)
{
    uint32_t index = 0;
    for (size_t i = 0; i < INDEX_DIGITS; i++) {
        if (name[i] < '0' || name[i] > '9') {
            return STATUS_INVALID;
        }
        index = index * 10 + (uint32_t)(name[i] - '0');
    }
    const char *rest = name + INDEX_DIGITS;
    if (index >= PARTS_MAX || (rest[0] != '\0' && !is_last_suffix(rest))) {
        return STATUS_INVALID;
    }
    *out_index = index;
    *out_is_last = rest[0] != '\0';
    return STATUS_OK;
}

void parts_init(struct parts *parts)
{
    memory_zero(parts, sizeof *parts);
    parts->last = PARTS_MAX;
}

enum status parts_note(struct parts *parts, const char *name)
{
    REQUIRE(parts->last <= PARTS_MAX && parts->count <= PARTS_MAX);
    uint32_t index;
    bool is_last;
    if (parts_name_read(name, &index, &is_last) != STATUS_OK) {
        return STATUS_OK;
    }
    if (is_last && parts->last != PARTS_MAX && parts->last != index) {
        return STATUS_MISMATCH;
    }
    if (is_last) {
        parts->last = index;
    }
    uint64_t bit = UINT64_C(1) << (index % 64);
    if (!(parts->seen[index / 64] & bit)) {
        parts->seen[index / 64] |= bit;
        parts->count++;
    }
    return STATUS_OK;
}

bool parts_are_complete(const struct parts *parts)
{
    REQUIRE(parts->last <= PARTS_MAX && parts->count <= PARTS_MAX);
    if (parts->last == PARTS_MAX) {
        return false;
    }
    for (uint32_t index = 0; index <= parts->last; index++) {
        if (!(parts->seen[index / 64] & (UINT64_C(1) << (index % 64)))) {
            return false;
        }
    }
    return true;
}

enum parts_step parts_next_step(const struct parts *parts, bool is_whole)
{
    if (is_whole) {
        return PARTS_WHOLE;
    }
    return parts_are_complete(parts) ? PARTS_JOIN : PARTS_WAIT;
}
