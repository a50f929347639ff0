/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/hosted_matches.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/text.h"

_Static_assert(HOSTED_MATCHES_MAX <= UINT16_MAX, "an index has 16 bits");

static uint64_t key_of(const char *id)
{
    return hash_text(0, id);
}

size_t hosted_matches_bytes(uint32_t places)
{
    REQUIRE(places >= 1 && places <= HOSTED_MATCHES_MAX);
    return arena_bytes(places * sizeof(struct hosted_match)) + arena_bytes(hash_index_bytes(places));
}

void hosted_matches_init(struct hosted_matches *matches, uint32_t places, void *memory)
{
    struct arena arena;
    memory_zero(matches, sizeof *matches);
    arena_init(&arena, memory, hosted_matches_bytes(places));
    matches->places = places;
    matches->items = arena_take_zeroed(&arena, places, sizeof(struct hosted_match));
    hash_index_init(&matches->by_id, places, arena_take(&arena, hash_index_bytes(places)));
    hash_index_init(&matches->ended_by_id, HOSTED_MATCHES_ENDED_MAX, matches->ended_cells);
}

struct hosted_match *hosted_matches_find(struct hosted_matches *matches, const char *id)
{
    struct hash_index_walk walk = {0};
    uint64_t key = key_of(id);
    uint32_t at;
    while ((at = hash_index_next(&matches->by_id, key, &walk)) != HASH_INDEX_NONE) {
        if (text_equal(matches->items[at].id, id)) {
            return &matches->items[at];
        }
    }
    return NULL;
}

bool hosted_matches_has_ended(const struct hosted_matches *matches, const char *id)
{
    struct hash_index_walk walk = {0};
    uint64_t key = key_of(id);
    uint32_t at;
    while ((at = hash_index_next(&matches->ended_by_id, key, &walk)) != HASH_INDEX_NONE) {
        if (text_equal(matches->ended[at], id)) {
            return true;
        }
    }
    return false;
}

struct hosted_match *hosted_matches_busiest(struct hosted_matches *matches)
{
    struct hosted_match *best = NULL;
    for (uint32_t i = 0; i < matches->places; i++) {
        struct hosted_match *hosted = &matches->items[i];
        bool is_running = hosted->is_used && hosted->match.state == MATCH_RUNNING;
        if (is_running && (best == NULL || hosted->match.session_count > best->match.session_count)) {
            best = hosted;
        }
    }
    return best;
}

struct hosted_match *hosted_matches_free_place(struct hosted_matches *matches)
{
    for (uint32_t i = 0; i < matches->places; i++) {
        if (!matches->items[i].is_used) {
            matches->items[i] = (struct hosted_match){.index = (uint16_t)i};
            return &matches->items[i];
        }
    }
    return NULL;
}

void hosted_matches_add(struct hosted_matches *matches, struct hosted_match *hosted)
{
    REQUIRE(!hosted->is_used && hosted->index < matches->places && hosted == &matches->items[hosted->index]);
    REQUIRE(hex_id_is_valid(hosted->id) && hosted->match.seat_count > 0);
    hash_index_add(&matches->by_id, key_of(hosted->id), hosted->index);
    hosted->is_used = true;
    matches->count++;
}

static void remember(struct hosted_matches *matches, const char *id)
{
    char *place = matches->ended[matches->ended_next];
    if (place[0] != '\0') {
        hash_index_remove(&matches->ended_by_id, key_of(place), matches->ended_next);
    }
    text_copy(place, HEX_ID_SIZE, id);
    hash_index_add(&matches->ended_by_id, key_of(id), matches->ended_next);
    matches->ended_next = (matches->ended_next + 1) % HOSTED_MATCHES_ENDED_MAX;
}

void hosted_matches_remove(struct hosted_matches *matches, struct hosted_match *hosted)
{
    REQUIRE(hosted->is_used && matches->count > 0 && hosted->subscriber_count == 0);
    hash_index_remove(&matches->by_id, key_of(hosted->id), hosted->index);
    remember(matches, hosted->id);
    hosted->is_used = false;
    matches->count--;
}
