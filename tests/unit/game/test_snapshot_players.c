/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "libcommon/base/random.h"
#include "libcommon/game/snapshot/snapshot_parts.h"
#include "tests/support/test_case.h"

enum { CASES = 4000, BASELINE_TICK = 100, POSITION_MAX = RULES_WORLD_MAX * 16 };

/* Encodes player against baseline and decodes it again. Answers the reader's status. */
static enum status carry(const struct view_player *baseline, const struct view_player *player,
                         const struct snapshot_span *new_span, struct view_player *out_player)
{
    struct range_interval intervals[SNAPSHOT_INTERVALS_MAX];
    struct snapshot_coder writing = {.intervals = intervals};
    struct view_player copy = *player;
    uint8_t bytes[64];
    size_t size = 0;
    snapshot_code_player(&writing, baseline, &copy, new_span);
    assert_true(writing.count > 0);
    struct range_writer writer;
    range_writer_init(&writer, bytes, sizeof bytes);
    range_write(&writer, intervals, writing.count);
    assert_int_equal(range_writer_finish(&writer, &size), STATUS_OK);
    struct snapshot_coder reading = {.is_reading = true};
    range_reader_init(&reading.reader, bytes, size);
    *out_player = (struct view_player){.slot = player->slot, .tick = player->tick};
    snapshot_code_player(&reading, baseline, out_player, new_span);
    return range_reader_finish(&reading.reader);
}

static struct view_player make_player(struct random *random, uint32_t tick)
{
    return (struct view_player){.x = random_between(random, 4000, 20000),
                                .y = random_between(random, 4000, 20000),
                                .tick = tick,
                                .slot = 7,
                                .velocity_x = (int16_t)random_between(random, -256, 256),
                                .velocity_y = (int16_t)random_between(random, -256, 256),
                                .aim = (uint16_t)random_below(random, 128),
                                .team = (uint8_t)random_below(random, 2),
                                .weapon = (uint8_t)random_between(random, WEAPON_RIFLE, WEAPON_COUNT - 1),
                                .health = (uint8_t)random_between(random, 1, RULES_HEALTH),
                                .flags = (uint8_t)random_below(random, VIEW_FLAGS + 1)};
}

/* One tick later: whole steps from where the new velocity leads, as scene.c makes it. */
static void set_steps(const struct view_player *baseline, struct view_player *player, int32_t steps)
{
    player->x = baseline->x + player->velocity_x + SNAPSHOT_STEP * steps;
    player->y = baseline->y + player->velocity_y - SNAPSHOT_STEP * steps;
}

static void test_a_delta_gives_the_player_back_at_any_age(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 3, 1);
    for (uint32_t i = 0; i < CASES; i++) {
        uint32_t age = 1 + i % 5;
        struct view_player baseline = make_player(&random, BASELINE_TICK);
        struct view_player player = i % 3 == 0 ? baseline : make_player(&random, 0);
        player.tick = BASELINE_TICK + age;
        if (age == 1) {
            set_steps(&baseline, &player, random_between(&random, -300, 300));
        }
        struct view_player read;
        test_case("case %u, age %u", (unsigned)i, (unsigned)age);
        assert_int_equal(carry(&baseline, &player, NULL, &read), STATUS_OK);
        assert_memory_equal(&read, &player, sizeof read);
    }
}

static void test_a_new_player_comes_whole(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 4, 1);
    const struct view_player likely = {.team = 1, .weapon = WEAPON_RIFLE, .health = RULES_HEALTH};
    const struct snapshot_span span = {.tick = BASELINE_TICK, .centre = {2000, 3000}};
    for (uint32_t i = 0; i < CASES; i++) {
        struct view_player player = make_player(&random, BASELINE_TICK);
        struct view_player read;
        test_case("case %u", (unsigned)i);
        assert_int_equal(carry(&likely, &player, &span, &read), STATUS_OK);
        assert_memory_equal(&read, &player, sizeof read);
    }
}

static void test_each_field_alone_is_carried(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 5, 1);
    const struct view_player baseline = make_player(&random, BASELINE_TICK);
    for (uint32_t field = 0; field < 9; field++) {
        struct view_player player = baseline;
        player.tick += 2;
        player.x += field == 0 ? 1 : 0;
        player.y -= field == 1 ? 1 : 0;
        player.velocity_x = (int16_t)(player.velocity_x + (field == 2 ? 3 : 0));
        player.velocity_y = (int16_t)(player.velocity_y - (field == 3 ? 3 : 0));
        player.aim = (uint16_t)((player.aim + (field == 4 ? 127 : 0)) % 128);
        player.team = (uint8_t)(player.team ^ (field == 5 ? 1 : 0));
        player.weapon = field == 6 ? (uint8_t)(WEAPON_RIFLE + WEAPON_PISTOL - player.weapon) : player.weapon;
        player.health = field == 7 ? (uint8_t)(RULES_HEALTH + 1 - player.health) : player.health;
        player.flags = (uint8_t)(player.flags ^ (field == 8 ? VIEW_SHIELD : 0));
        struct view_player read;
        test_case("field %u", (unsigned)field);
        assert_int_equal(carry(&baseline, &player, NULL, &read), STATUS_OK);
        assert_memory_equal(&read, &player, sizeof read);
    }
}

static void test_values_out_of_range_are_refused(void **state)
{
    (void)state;
    struct random random;
    random_init(&random, 6, 1);
    const struct view_player baseline = make_player(&random, BASELINE_TICK);
    for (uint32_t i = 0; i < 7; i++) {
        struct view_player player = baseline;
        player.tick = BASELINE_TICK + (i < 5 ? 2 : 1);
        player.x = i == 0 ? POSITION_MAX + 1 : i == 1 ? -1 : player.x;
        player.y = i == 2 ? POSITION_MAX + 1 : player.y;
        player.health = i == 3 ? RULES_HEALTH + 1 : player.health;
        player.weapon = i == 4 ? WEAPON_COUNT : player.weapon;
        if (i >= 5) {
            set_steps(&baseline, &player, i == 5 ? POSITION_MAX : -POSITION_MAX);
        }
        struct view_player read;
        test_case("case %u", (unsigned)i);
        assert_int_equal(carry(&baseline, &player, NULL, &read), STATUS_INVALID);
    }
}

/* Steady motion is what most players do most of the time. */
static void test_a_straight_run_costs_next_to_nothing(void **state)
{
    (void)state;
    struct range_interval intervals[SNAPSHOT_INTERVALS_MAX];
    struct snapshot_coder coder = {.intervals = intervals};
    const struct view_player baseline = {
        .x = 8000, .y = 8000, .tick = BASELINE_TICK, .velocity_x = 133, .weapon = WEAPON_RIFLE, .health = RULES_HEALTH};
    struct view_player player = baseline;
    player.tick++;
    player.x += player.velocity_x;
    snapshot_code_player(&coder, &baseline, &player, NULL);
    assert_true(snapshot_cost(intervals, coder.count) < 4 * 16); /* bits, in sixteenths */
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_a_delta_gives_the_player_back_at_any_age),
        cmocka_unit_test(test_a_new_player_comes_whole),
        cmocka_unit_test(test_each_field_alone_is_carried),
        cmocka_unit_test(test_values_out_of_range_are_refused),
        cmocka_unit_test(test_a_straight_run_costs_next_to_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
