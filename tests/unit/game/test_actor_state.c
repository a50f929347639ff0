/* SPDX-License-Identifier: Apache-2.0 */
/* Whatever an actor is made of is in the hash of a world, in that of a view, and in a keyframe. */
#include "libcommon/game/snapshot/view.h"
#include "libcommon/game/world/actor_state.h"
#include "tests/support/test_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

static struct actor example = {
    .position = {1000, 2000},
    .velocity = {-30, 40},
    .aim = 0x1234,
    .state = ACTOR_ALIVE,
    .weapon = WEAPON_SNIPER,
    .health = 77,
    .cooldown_ticks = 5,
    .reload_ticks = 6,
    .protection_ticks = 7,
    .respawn_ticks = 8,
};

/* The bytes of struct actor that are its state: all but the magazine of no weapon, and what pads. */
struct part {
    const char *name;
    size_t offset;
    size_t size;
};

#define PART(member)                                                                                                   \
    {                                                                                                                  \
#member, offsetof(struct actor, member), sizeof(((struct actor *)0)->member)                                   \
    }

static const struct part parts[] = {
    PART(position.x),
    PART(position.y),
    PART(velocity.x),
    PART(velocity.y),
    PART(aim),
    PART(state),
    PART(weapon),
    PART(health),
    {"ammunition", offsetof(struct actor, ammunition) + 1, sizeof(((struct actor *)0)->ammunition) - 1},
    PART(cooldown_ticks),
    PART(reload_ticks),
    PART(protection_ticks),
    PART(respawn_ticks),
    PART(effect_ticks),
};

static uint64_t hash_of(const struct actor *actor)
{
    struct hash hash;
    hash_init(&hash, 1);
    actor_hash(actor, &hash);
    return hash_finish(&hash);
}

static uint64_t view_hash_of(const struct actor *actor)
{
    struct view view = {.has_self = true, .self = *actor};
    return view_hash(&view);
}

static struct actor carried(const struct actor *actor)
{
    uint8_t bytes[ACTOR_STATE_BYTES];
    struct byte_writer writer;
    struct byte_reader reader;
    struct actor read = {.health = 0};
    size_t size = 0;
    byte_writer_init(&writer, bytes, sizeof bytes);
    actor_write(actor, &writer);
    assert_int_equal(byte_writer_finish(&writer, &size), STATUS_OK);
    assert_int_equal(size, ACTOR_STATE_BYTES);
    byte_reader_init(&reader, bytes, size);
    actor_read(&read, &reader);
    assert_int_equal(byte_reader_finish(&reader), STATUS_OK);
    return read;
}

/* Calls judge with the example altered in each bit of each part. */
static void for_each_altered_bit(void (*judge)(const struct actor *altered))
{
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        for (size_t bit = 0; bit < 8 * parts[i].size; bit++) {
            struct actor altered = example;
            ((uint8_t *)&altered)[parts[i].offset + bit / 8] ^= (uint8_t)(1 << bit % 8);
            test_case("%s, bit %zu", parts[i].name, bit);
            judge(&altered);
        }
    }
}

static void judge_hashes(const struct actor *altered)
{
    assert_true(hash_of(altered) != hash_of(&example));
    assert_true(view_hash_of(altered) != view_hash_of(&example));
}

static void test_every_bit_of_an_actor_changes_the_hash_of_a_world_and_of_a_view(void **state)
{
    (void)state;
    for_each_altered_bit(judge_hashes);
}

static void judge_bytes(const struct actor *altered)
{
    struct actor read = carried(altered);
    for (size_t i = 0; i < sizeof parts / sizeof parts[0]; i++) {
        const struct part *part = &parts[i];
        assert_memory_equal((const uint8_t *)&read + part->offset, (const uint8_t *)altered + part->offset, part->size);
    }
}

static void test_every_bit_of_an_actor_is_in_a_keyframe(void **state)
{
    (void)state;
    for_each_altered_bit(judge_bytes);
}

/* Two that differ in where a value stands, not in what values there are. */
static void test_values_that_change_places_change_the_hash(void **state)
{
    (void)state;
    for (uint32_t a = WEAPON_RIFLE; a + 1 < WEAPON_COUNT; a++) {
        struct actor altered = example;
        altered.ammunition[a] = example.ammunition[a + 1];
        altered.ammunition[a + 1] = example.ammunition[a];
        test_case("magazines %u and %u", a, a + 1);
        assert_true(hash_of(&altered) != hash_of(&example));
    }
    for (uint32_t a = 0; a + 1 < POWER_UP_EFFECTS; a++) {
        struct actor altered = example;
        altered.effect_ticks[a] = example.effect_ticks[a + 1];
        altered.effect_ticks[a + 1] = example.effect_ticks[a];
        test_case("effects %u and %u", a, a + 1);
        assert_true(hash_of(&altered) != hash_of(&example));
    }
}

/* Magazines and effects that differ, whatever weapons and power-ups there are. */
static int fill_example(void **state)
{
    (void)state;
    for (uint32_t weapon = WEAPON_RIFLE; weapon < WEAPON_COUNT; weapon++) {
        example.ammunition[weapon] = (uint8_t)(10 + weapon);
    }
    for (uint32_t effect = 0; effect < POWER_UP_EFFECTS; effect++) {
        example.effect_ticks[effect] = (uint16_t)(100 + effect);
    }
    return 0;
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_bit_of_an_actor_changes_the_hash_of_a_world_and_of_a_view),
        cmocka_unit_test(test_every_bit_of_an_actor_is_in_a_keyframe),
        cmocka_unit_test(test_values_that_change_places_change_the_hash),
    };
    return cmocka_run_group_tests(tests, fill_example, NULL);
}
