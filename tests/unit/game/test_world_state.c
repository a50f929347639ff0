/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libcommon/game/world/simulation.h"
#include "tests/support/bot_match.h"
#include "tests/support/test_case.h"

enum { BOTS = 6, WARM_TICKS = 1200, SEARCH_TICKS = 6000 };

/* A part of a world's state, in place. */
struct part {
    const char *name;
    void *place;
    size_t bits;
};

#define PART(object, member) ((struct part){#member, &(object)->member, 8 * sizeof((object)->member)})
#define PARTS_MAX            32

/* In play, with shots in the air. */
static struct bot_match *open_match(void)
{
    struct world_setup setup = bot_match_setup("ffa", 11);
    struct bot_match *match = bot_match_create(&setup, BOTS);
    for (uint32_t tick = 0; tick < WARM_TICKS || match->world.projectile_count == 0; tick++) {
        assert_true(tick < SEARCH_TICKS);
        bot_match_step(match);
    }
    return match;
}

static uint32_t parts_of(struct world *world, struct part parts[PARTS_MAX])
{
    struct world_player *player = &world->players[BOTS / 2];
    struct world_projectile *projectile = &world->projectiles[world->projectile_count - 1];
    const struct part all[] = {
        PART(world, tick),
        PART(world, phase),
        PART(world, phase_ticks),
        PART(world, team_scores[0]),
        PART(world, team_scores[1]),
        PART(world, random.state),
        PART(world, random.increment),
        PART(world, projectile_next_id),
        PART(world, power_up_ticks[0]),
        PART(world, power_up_ticks[1]),
        PART(player, id),
        PART(player, team),
        PART(player, kills),
        PART(player, deaths),
        PART(player, assists),
        PART(player, life_tick),
        PART(player, damagers[0].tick),
        PART(player, damagers[0].slot),
        PART(player, damagers[1].tick),
        PART(player, damagers[1].slot),
        PART(projectile, id),
        PART(projectile, spawn_tick),
        PART(projectile, origin.x),
        PART(projectile, origin.y),
        PART(projectile, angle),
        PART(projectile, owner),
        PART(projectile, team),
        PART(projectile, weapon),
        PART(projectile, age_ticks),
        {"is_strong", &projectile->is_strong, 1},
    };
    _Static_assert(sizeof all / sizeof all[0] <= PARTS_MAX, "room for all");
    memcpy(parts, all, sizeof all);
    return sizeof all / sizeof all[0];
}

static size_t keyframe(const struct world *world, uint8_t *bytes, size_t capacity)
{
    struct byte_writer writer;
    size_t size = 0;
    byte_writer_init(&writer, bytes, capacity);
    world_write(world, &writer);
    assert_int_equal(byte_writer_finish(&writer, &size), STATUS_OK);
    return size;
}

static void test_every_bit_of_the_state_is_in_the_hash_and_in_the_keyframe(void **state)
{
    (void)state;
    struct bot_match *match = open_match();
    struct world *world = &match->world;
    size_t capacity = world_keyframe_bytes_max(world->capacity);
    uint8_t *before = malloc(capacity);
    uint8_t *after = malloc(capacity);
    struct part parts[PARTS_MAX];
    uint32_t count = parts_of(world, parts);
    uint64_t hash = world_hash(world);
    size_t size = keyframe(world, before, capacity);
    for (uint32_t i = 0; i < count; i++) {
        for (size_t bit = 0; bit < parts[i].bits; bit++) {
            uint8_t *byte = (uint8_t *)parts[i].place + bit / 8;
            test_case("%s, bit %zu", parts[i].name, bit);
            *byte ^= (uint8_t)(1 << bit % 8);
            bool is_tick = strcmp(parts[i].name, "tick") == 0; /* history is looked up by it */
            assert_true(world_hash(world) != hash);
            size_t other = is_tick ? 0 : keyframe(world, after, capacity);
            assert_true(other != size || memcmp(before, after, size) != 0);
            *byte ^= (uint8_t)(1 << bit % 8);
        }
    }
    assert_true(world_hash(world) == hash);
    free(before);
    free(after);
    bot_match_destroy(match);
}

/* Two of a kind that change places are another state, too. */
static void test_exchanged_fields_change_the_hash(void **state)
{
    (void)state;
    struct bot_match *match = open_match();
    struct world *world = &match->world;
    uint64_t hash = world_hash(world);
    struct world_player *player = &world->players[1];
    *player = (struct world_player){
        .id = 9, .actor = player->actor, .team = player->team, .kills = 1, .deaths = 2, .assists = 3};
    player->damagers[0] = (struct world_damager){.tick = 5, .slot = 2};
    player->damagers[1] = (struct world_damager){.tick = 6, .slot = 3};
    assert_true(world_hash(world) != hash);
    hash = world_hash(world);
    struct world_player altered[3] = {*player, *player, *player};
    altered[0].kills = player->deaths;
    altered[0].deaths = player->kills;
    altered[1].deaths = player->assists;
    altered[1].assists = player->deaths;
    altered[2].damagers[0] = player->damagers[1];
    altered[2].damagers[1] = player->damagers[0];
    struct world_player kept = *player;
    for (uint32_t i = 0; i < 3; i++) {
        *player = altered[i];
        assert_true(world_hash(world) != hash);
        *player = kept;
    }
    bot_match_destroy(match);
}

/* The newest places are hashed as positions in their tick, the oldest one once more; the keyframe has all of them. */
static void test_the_past_of_the_living_is_state(void **state)
{
    (void)state;
    struct bot_match *match = open_match();
    struct world *world = &match->world;
    uint16_t slot = 0;
    while (world->players[slot].actor.state != ACTOR_ALIVE ||
           world->tick - world->players[slot].life_tick < RULES_REWIND_MAX) {
        slot++;
        assert_true(slot < BOTS);
    }
    size_t capacity = world_keyframe_bytes_max(world->capacity);
    uint8_t *before = malloc(capacity);
    uint8_t *after = malloc(capacity);
    uint64_t hash = world_hash(world);
    size_t size = keyframe(world, before, capacity);
    for (uint32_t ago = 1; ago < RULES_REWIND_MAX; ago++) {
        struct vec2 place;
        assert_true(history_find(world, slot, world->tick - ago, &place));
        history_put(world, slot, world->tick - ago, (struct vec2){place.x + 1, place.y});
        assert_int_equal(world_hash(world) != hash, ago == RULES_REWIND_MAX - 1);
        size_t other = keyframe(world, after, capacity);
        assert_true(other != size || memcmp(before, after, size) != 0);
        history_put(world, slot, world->tick - ago, place);
    }
    free(before);
    free(after);
    bot_match_destroy(match);
}

static void test_a_keyframe_cut_short_leaves_an_empty_world(void **state)
{
    (void)state;
    struct bot_match *match = open_match();
    struct world_setup setup = bot_match_setup("ffa", 11);
    struct bot_match *other = bot_match_create(&setup, BOTS);
    size_t capacity = world_keyframe_bytes_max(match->world.capacity);
    uint8_t *bytes = malloc(capacity);
    size_t size = keyframe(&match->world, bytes, capacity);
    struct byte_reader reader;
    for (size_t cut = 0; cut < size; cut += 1 + cut / 64) {
        byte_reader_init(&reader, bytes, cut);
        world_read(&other->world, &reader);
        assert_int_not_equal(byte_reader_finish(&reader), STATUS_OK);
        assert_int_equal(other->world.player_count, 0);
        assert_int_equal(other->world.projectile_count, 0);
    }
    byte_reader_init(&reader, bytes, size);
    world_read(&other->world, &reader);
    assert_int_equal(byte_reader_finish(&reader), STATUS_OK);
    assert_true(world_hash(&other->world) == world_hash(&match->world));
    free(bytes);
    bot_match_destroy(match);
    bot_match_destroy(other);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_bit_of_the_state_is_in_the_hash_and_in_the_keyframe),
        cmocka_unit_test(test_exchanged_fields_change_the_hash),
        cmocka_unit_test(test_the_past_of_the_living_is_state),
        cmocka_unit_test(test_a_keyframe_cut_short_leaves_an_empty_world),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
