/* SPDX-License-Identifier: Apache-2.0 */
/* Every part of the state that a hash covers has a name. */
#include "services/replay-writer/core/world_fields.h"

#include "libcommon/game/record/record.h"
#include "tests/support/recorded_match.h"
#include "tests/support/test_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TICKS 400

static const uint8_t match_id[16] = {4, 5, 6};

struct pair {
    struct world played, altered;
    void *memory[2];
    uint8_t *bytes; /* the played one's state */
    size_t size;
};

/* A world in the thick of it: TICKS ticks of a true match. */
static int play(void **state)
{
    static struct pair pair;
    struct recorded_match match;
    struct record_header header;
    size_t at = 0, used = 0;
    recorded_match_make(&match, match_id, 42, TICKS);
    assert_int_equal(record_read_header(match.bytes, match.size, &header, &at), STATUS_OK);
    size_t size = record_playback_bytes(&header);
    struct record_playback player;
    struct record record;
    void *memory = malloc(size);
    assert_int_equal(record_playback_init(&player, &header, memory, size), STATUS_OK);
    while (!player.has_ended) {
        assert_int_equal(record_playback_next(&player, match.bytes + at, match.size - at, &record, &used), STATUS_OK);
        at += used;
    }
    size_t capacity = world_keyframe_bytes_max(player.world.capacity);
    struct byte_writer writer;
    pair.bytes = malloc(capacity);
    byte_writer_init(&writer, pair.bytes, capacity);
    world_write(&player.world, &writer);
    assert_int_equal(byte_writer_finish(&writer, &pair.size), STATUS_OK);
    struct world *worlds[2] = {&pair.played, &pair.altered};
    for (int i = 0; i < 2; i++) {
        size_t bytes = world_memory_bytes(&header.setup);
        pair.memory[i] = malloc(bytes);
        assert_int_equal(world_init(worlds[i], &header.setup, pair.memory[i], bytes), STATUS_OK);
        struct byte_reader reader;
        byte_reader_init(&reader, pair.bytes, pair.size);
        world_read(worlds[i], &reader);
        assert_int_equal(byte_reader_finish(&reader), STATUS_OK);
    }
    free(memory);
    recorded_match_free(&match);
    *state = &pair;
    return 0;
}

static int forget(void **state)
{
    struct pair *pair = *state;
    free(pair->memory[0]);
    free(pair->memory[1]);
    free(pair->bytes);
    return 0;
}

static void test_equal_worlds_do_not_differ(void **state)
{
    const struct pair *pair = *state;
    struct world_difference difference;
    assert_true(world_hash(&pair->played) == world_hash(&pair->altered));
    assert_false(world_fields_differ(&pair->played, &pair->altered, &difference));
}

/* What altered came to; the bytes are put back. Answers whether they were a state. */
static bool read_altered(struct pair *pair, size_t at, uint8_t change)
{
    struct byte_reader reader;
    pair->bytes[at] ^= change;
    byte_reader_init(&reader, pair->bytes, pair->size);
    world_read(&pair->altered, &reader);
    pair->bytes[at] ^= change;
    return byte_reader_finish(&reader) == STATUS_OK;
}

static void test_every_altered_byte_of_a_state_that_changes_its_hash_has_a_name(void **state)
{
    static const uint8_t changes[] = {1, 2, 4, 8, 16, 32, 64, 128, 255};
    struct pair *pair = *state;
    uint32_t named = 0;
    for (size_t at = 0; at < pair->size; at++) {
        for (size_t i = 0; i < sizeof changes; i++) {
            test_case("byte %zu of the state ^ %u", at, changes[i]);
            struct world_difference difference;
            if (read_altered(pair, at, changes[i]) && world_hash(&pair->altered) != world_hash(&pair->played)) {
                assert_true(world_fields_differ(&pair->played, &pair->altered, &difference));
                assert_true(difference.expected != difference.actual);
                named++;
            }
        }
    }
    assert_true(named > 4 * pair->size);
}

/* The first difference of two worlds that differ in one value of one player. */
static void assert_named(struct pair *pair, const char *name)
{
    struct world_difference difference;
    char found[WORLD_FIELD_NAME_MAX];
    test_case("%s", name);
    assert_true(world_hash(&pair->altered) != world_hash(&pair->played));
    assert_true(world_fields_differ(&pair->played, &pair->altered, &difference));
    world_field_name(&difference.field, difference.element, found);
    assert_string_equal(found, name);
}

static void test_every_weapon_s_magazine_and_every_effect_has_its_own_name(void **state)
{
    struct pair *pair = *state;
    struct actor *actor = &pair->altered.players[1].actor;
    char name[WORLD_FIELD_NAME_MAX];
    assert_true(read_altered(pair, 0, 0));
    for (uint8_t weapon = WEAPON_RIFLE; weapon < (uint8_t)WEAPON_COUNT; weapon++) {
        (void)snprintf(name, sizeof name, "actor.ammunition[%s]", rules_weapon(weapon)->name);
        for (uint8_t change = 1; change > 0; change = (uint8_t)(change << 1)) {
            actor->ammunition[weapon] ^= change;
            assert_named(pair, name);
            actor->ammunition[weapon] ^= change;
        }
    }
    for (uint8_t effect = 0; effect < POWER_UP_EFFECTS; effect++) {
        (void)snprintf(name, sizeof name, "actor.effect_ticks[%s]", rules_power_up(effect)->name);
        for (uint16_t change = 1; change > 0; change = (uint16_t)(change << 1)) {
            actor->effect_ticks[effect] ^= change;
            assert_named(pair, name);
            actor->effect_ticks[effect] ^= change;
        }
    }
}

static uint32_t living_slot(const struct world *world)
{
    uint32_t slot = 1; /* not the first, so that a place is found by slot */
    while (slot < world->capacity && world->players[slot].actor.state != ACTOR_ALIVE) {
        slot++;
    }
    assert_true(slot < world->capacity);
    return slot;
}

/* Whether it is noticed that the living player of that slot was elsewhere in that tick. */
static bool is_place_noticed(struct pair *pair, uint32_t slot, uint32_t tick)
{
    struct world_difference difference;
    const size_t at = (size_t)(tick % RULES_REWIND_MAX) * pair->altered.capacity + slot;
    pair->altered.past[at].y ^= 1;
    bool is_noticed = world_fields_differ(&pair->played, &pair->altered, &difference);
    pair->altered.past[at].y ^= 1;
    if (is_noticed) {
        assert_int_equal(difference.part, WORLD_PART_PLAYER);
        assert_int_equal(difference.index, slot);
        assert_string_equal(difference.field.name, "past.y");
    }
    return is_noticed;
}

static void test_places_of_the_past_count_in_this_life_and_within_the_rewind_alone(void **state)
{
    struct pair *pair = *state;
    assert_true(read_altered(pair, 0, 0));
    struct world *worlds[2] = {&pair->played, &pair->altered};
    uint32_t slot = living_slot(&pair->played), tick = pair->played.tick;
    const struct world_player before = pair->played.players[slot];
    const uint32_t lives[] = {tick, tick - 1, tick - 5, tick - RULES_REWIND_MAX - 3};
    assert_true(tick > 2 * RULES_REWIND_MAX);
    for (size_t i = 0; i < sizeof lives / sizeof lives[0]; i++) {
        worlds[0]->players[slot].life_tick = worlds[1]->players[slot].life_tick = lives[i];
        for (uint32_t ago = 0; ago < RULES_REWIND_MAX; ago++) {
            test_case("life since %u, %u ticks ago", lives[i], ago);
            assert_int_equal(is_place_noticed(pair, slot, tick - ago), tick - ago >= lives[i]);
        }
    }
    /* A match of three ticks: nobody was anywhere in tick 0. */
    for (int i = 0; i < 2; i++) {
        worlds[i]->tick = 3;
        worlds[i]->players[slot].life_tick = 0;
    }
    for (uint32_t at = 0; at < RULES_REWIND_MAX; at++) {
        test_case("tick %u of 3", at);
        assert_int_equal(is_place_noticed(pair, slot, at), at >= 1 && at <= 3);
    }
    for (int i = 0; i < 2; i++) {
        worlds[i]->players[slot].actor.state = ACTOR_DEAD;
    }
    assert_false(is_place_noticed(pair, slot, 2));
    for (int i = 0; i < 2; i++) {
        worlds[i]->tick = tick;
        worlds[i]->players[slot] = before;
    }
}

static void test_a_player_who_is_in_one_of_two_worlds_differs(void **state)
{
    struct pair *pair = *state;
    struct world_difference difference;
    assert_true(read_altered(pair, 0, 0));
    uint32_t slot = living_slot(&pair->played);
    pair->altered.players[slot].id = 0;
    assert_true(world_fields_differ(&pair->played, &pair->altered, &difference));
    assert_string_equal(difference.field.name, "id");
    assert_int_equal(difference.index, slot);
    assert_int_equal(difference.actual, 0);
    assert_int_equal(difference.expected, pair->played.players[slot].id);
    assert_true(world_fields_differ(&pair->altered, &pair->played, &difference));
    assert_string_equal(difference.field.name, "id");
}

static void test_values_keep_their_sign(void **state)
{
    struct pair *pair = *state;
    pair->played.players[1].actor.velocity.x = -77;
    for (uint32_t i = 0; i < world_player_fields.count; i++) {
        const struct world_field *field = &world_player_fields.items[i];
        if (strcmp(field->name, "actor.velocity.x") == 0) {
            assert_true((int64_t)world_field_value(field, 0, &pair->played.players[1]) == -77);
            return;
        }
    }
    fail_msg("there is no such field");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_worlds_do_not_differ),
        cmocka_unit_test(test_every_altered_byte_of_a_state_that_changes_its_hash_has_a_name),
        cmocka_unit_test(test_every_weapon_s_magazine_and_every_effect_has_its_own_name),
        cmocka_unit_test(test_places_of_the_past_count_in_this_life_and_within_the_rewind_alone),
        cmocka_unit_test(test_a_player_who_is_in_one_of_two_worlds_differs),
        cmocka_unit_test(test_values_keep_their_sign),
    };
    return cmocka_run_group_tests(tests, play, forget);
}
