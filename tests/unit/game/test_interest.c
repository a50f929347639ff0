/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libcommon/game/map/map_text.h"
#include "tests/support/bot_match.h"

#define PLAYERS ((uint16_t)40)
#define VIEWER  ((uint16_t)0)

/* In 1/16 bit, as interest.c reckons what it cannot know. */
enum { COST_NEW = 60 * 16, COST_OLD = 22 * 16 };

static const char open_field[] = "map field\nsize 6000 4000\nspawn 3000 2000 all\npower_up 3100 2000 speed\n"
                                 "power_up 2950 2050 health\npower_up 3000 2601 health\npower_up 100 100 damage\n";

/* Players who run about on a field without walls, and the views of one of them. */
struct stage {
    struct map map;
    void *map_memory;
    struct bot_match *match;
    struct world *world;
    struct random random;
    struct view views[2];
    struct view all; /* the view without a budget */
    uint32_t now;
};

static void init_view(struct view *view)
{
    struct view_limits limits = view_limits_for(PLAYERS);
    view_init(view, &limits, calloc(1, view_bytes(&limits)));
}

static struct stage *begin(uint64_t seed)
{
    struct stage *stage = calloc(1, sizeof *stage);
    size_t size = map_text_memory_bytes(open_field, strlen(open_field));
    uint32_t line;
    stage->map_memory = malloc(size);
    REQUIRE(map_text_read(open_field, strlen(open_field), stage->map_memory, size, &stage->map, &line) == STATUS_OK);
    struct world_setup setup = bot_match_setup("ffa", seed);
    setup.map = &stage->map;
    setup.capacity = PLAYERS;
    stage->match = bot_match_create(&setup, PLAYERS);
    stage->world = &stage->match->world;
    random_init(&stage->random, seed, 1);
    init_view(&stage->views[0]);
    init_view(&stage->views[1]);
    init_view(&stage->all);
    return stage;
}

static void end(struct stage *stage)
{
    free(stage->views[0].players);
    free(stage->views[1].players);
    free(stage->all.players);
    bot_match_destroy(stage->match);
    free(stage->map_memory);
    free(stage);
}

static void step(struct stage *stage)
{
    for (uint16_t slot = 0; slot < PLAYERS; slot++) {
        struct input *input = &stage->match->inputs[slot];
        if (random_below(&stage->random, 10) == 0) {
            input->buttons = (uint16_t)random_below(&stage->random, 16); /* nobody fires */
        }
        input->aim = (uint16_t)(input->aim + random_below(&stage->random, 2000));
    }
    world_step(stage->world, stage->match->inputs);
}

static void put(struct stage *stage, uint16_t slot, int32_t x, int32_t y)
{
    stage->world->players[slot].actor.position = (struct vec2){Q16(x), Q16(y)};
}

/* All near the middle of the field, and nobody upon another. */
static void gather(struct stage *stage)
{
    step(stage);
    for (uint16_t slot = 0; slot < PLAYERS; slot++) {
        put(stage, slot, 2600 + 100 * (slot % 8), 1800 + 100 * (slot / 8));
    }
}

static const struct view *look(struct stage *stage, const struct view *baseline, uint32_t budget_bits)
{
    scene_update(&stage->match->scene);
    interest_view(&stage->all, &stage->match->scene, VIEWER, NULL, INTEREST_UNBOUNDED);
    stage->now = !stage->now;
    struct view *view = &stage->views[stage->now];
    interest_view(view, &stage->match->scene, VIEWER, baseline, budget_bits);
    return view;
}

static uint32_t cost_of(const struct scene *scene, const struct view_player *baseline, uint16_t slot)
{
    if (!baseline) {
        return COST_NEW;
    }
    return baseline->tick + 1 == scene->tick && scene->player_deltas[slot].count > 0 ? scene->player_deltas[slot].cost
                                                                                     : COST_OLD;
}

static void check_budget(const struct stage *stage, const struct view *baseline, const struct view *view, uint32_t bits)
{
    uint32_t cost = 0, updated = 0;
    for (uint32_t i = 0; i < view->player_count; i++) {
        const struct view_player *player = &view->players[i];
        const struct view_player *old = baseline ? view_find_player(baseline, player->slot) : NULL;
        if (player->tick == view->tick) {
            updated++;
            cost += cost_of(&stage->match->scene, old, player->slot);
        } else {
            assert_true(old && player->tick == old->tick && player->x == old->x);
        }
    }
    assert_true(updated > 0);
    assert_true(updated == 1 || cost <= bits * 16);
}

static void test_updates_stay_within_the_budget(void **state)
{
    (void)state;
    static const uint32_t budgets[] = {0, 30, 100, 300, 1000};
    for (uint32_t b = 0; b < sizeof budgets / sizeof budgets[0]; b++) {
        struct stage *stage = begin(b);
        const struct view *baseline = NULL;
        uint32_t deferred = 0;
        gather(stage);
        for (uint32_t tick = 0; tick < 200; tick++) {
            step(stage);
            const struct view *view = look(stage, baseline, budgets[b]);
            check_budget(stage, baseline, view, budgets[b]);
            deferred += stage->all.player_count - view->player_count;
            baseline = view;
        }
        assert_true(deferred > 0);
        end(stage);
    }
}

/* Only players out of view are dropped. */
static void test_a_budget_drops_nobody_of_the_baseline(void **state)
{
    (void)state;
    struct stage *stage = begin(7);
    const struct view *baseline = NULL;
    gather(stage);
    for (uint32_t tick = 0; tick < 600; tick++) {
        step(stage);
        const struct view *view = look(stage, baseline, 60);
        for (uint32_t i = 0; baseline && i < baseline->player_count; i++) {
            uint16_t slot = baseline->players[i].slot;
            assert_int_equal(view_find_player(view, slot) != NULL, view_find_player(&stage->all, slot) != NULL);
        }
        assert_int_equal(view->omitted, stage->all.player_count - view->player_count);
        baseline = view;
    }
    end(stage);
}

/* A state that the scene's history no longer has must not be in a baseline. */
static void test_a_player_with_a_stale_state_leaves_the_view(void **state)
{
    (void)state;
    static const uint32_t ages[] = {INTEREST_STALE_TICKS_MAX, INTEREST_STALE_TICKS_MAX + 1};
    for (uint32_t i = 0; i < 2; i++) {
        struct stage *stage = begin(8);
        gather(stage);
        for (uint32_t tick = 0; tick < INTEREST_STALE_TICKS_MAX + 10; tick++) {
            step(stage);
        }
        (void)look(stage, NULL, INTEREST_UNBOUNDED);
        gather(stage);
        struct view *baseline = &stage->views[stage->now];
        for (uint32_t k = 0; k < baseline->player_count; k++) {
            baseline->players[k].tick = stage->world->tick - ages[i];
        }
        const struct view *view = look(stage, baseline, 0);
        assert_true(stage->all.player_count > 10);
        assert_int_equal(view->player_count,
                         i == 0 ? stage->all.player_count : 1); /* the one with the highest priority */
        end(stage);
    }
}

/* The most snapshots in a row that a visible player went without an update; the viewer gets one every gap ticks. */
static uint32_t worst_wait(uint64_t seed, uint32_t budget_bits, uint32_t gap)
{
    struct stage *stage = begin(seed);
    const struct view *baseline = NULL;
    uint32_t waits[PLAYERS] = {0}, worst = 0;
    gather(stage);
    for (uint32_t tick = 0; tick < 900; tick++) {
        step(stage);
        if (tick % gap != 0) {
            continue;
        }
        const struct view *view = look(stage, baseline, budget_bits);
        for (uint16_t slot = 0; slot < PLAYERS; slot++) {
            const struct view_player *player = view_find_player(view, slot);
            bool is_visible = view_find_player(&stage->all, slot) != NULL;
            waits[slot] = !is_visible || (player && player->tick == view->tick) ? 0 : waits[slot] + 1;
            worst = waits[slot] > worst ? waits[slot] : worst;
        }
        baseline = view;
    }
    end(stage);
    return worst;
}

/* With many players in the baseline and a small budget, new ones still enter the view. */
static void test_nobody_in_view_waits_for_ever(void **state)
{
    (void)state;
    for (uint64_t seed = 1; seed < 6; seed++) {
        for (uint32_t gap = 1; gap <= 3; gap++) {
            assert_in_range(worst_wait(seed, 0, gap), PLAYERS / 2, 4 * PLAYERS); /* one at a time */
            assert_in_range(worst_wait(seed, 64, gap), 2, 4 * PLAYERS);
            assert_in_range(worst_wait(seed, 200, gap), 2, PLAYERS);
            assert_in_range(worst_wait(seed, 400, gap), 2, PLAYERS / 2);
        }
    }
}

static int32_t distance(const struct stage *stage, uint16_t slot)
{
    struct vec2 gap =
        vec2_sub(stage->world->players[slot].actor.position, stage->world->players[VIEWER].actor.position);
    int32_t x = q16_abs(gap.x), y = q16_abs(gap.y);
    return x > y ? x : y;
}

static void test_where_more_are_visible_than_fit_the_nearest_are_kept(void **state)
{
    (void)state;
    struct stage *stage = begin(3);
    const int32_t ring = RULES_INTEREST_HALF_WIDTH / 60; /* within it nobody is nearer than another */
    gather(stage);
    stage->views[0].limits.players = stage->views[1].limits.players = 15;
    for (uint32_t tick = 0; tick < 200; tick++) {
        step(stage);
        const struct view *view = look(stage, NULL, INTEREST_UNBOUNDED);
        assert_int_equal(view->omitted, stage->all.player_count - view->player_count);
        assert_int_equal(view->player_count, 15);
        for (uint32_t i = 0; i < stage->all.player_count; i++) {
            uint16_t left_out = stage->all.players[i].slot;
            for (uint32_t k = 0; k < view->player_count && !view_find_player(view, left_out); k++) {
                assert_true(distance(stage, view->players[k].slot) <= distance(stage, left_out) + ring);
            }
        }
    }
    end(stage);
}

/* ---- projectiles -------------------------------------------------------------------------------------- */

/* A rifle's shot of owner along +x that began age ticks ago at x, y. */
static uint32_t shoot(struct stage *stage, uint16_t owner, int32_t x, int32_t y, uint8_t age)
{
    struct world *world = stage->world;
    struct world_projectile *shot = &world->projectiles[world->projectile_count++];
    *shot = (struct world_projectile){.id = world->projectile_next_id++,
                                      .spawn_tick = world->tick + 1u - age,
                                      .origin = {Q16(x), Q16(y)},
                                      .velocity = {Q16(20), 0},
                                      .owner = owner,
                                      .team = RULES_TEAM_NONE,
                                      .weapon = WEAPON_RIFLE,
                                      .age_ticks = age};
    return shot->id;
}

static void test_a_shot_of_a_shooter_out_of_view_begins_where_it_became_visible(void **state)
{
    (void)state;
    struct stage *stage = begin(4);
    gather(stage);
    put(stage, 1, 1000, 1800); /* far to the left of the viewer */
    put(stage, 2, 2700, 1800);
    step(stage);
    (void)shoot(stage, 1, 1000, 1800, 60); /* now at 2200 */
    (void)shoot(stage, 2, 2700, 1800, 3);
    (void)shoot(stage, RULES_SLOT_NONE, 2000, 1800, 10); /* whoever left */
    const struct view *view = look(stage, NULL, INTEREST_UNBOUNDED);
    uint32_t tick = stage->world->tick;
    assert_null(view_find_player(view, 1));
    assert_int_equal(view->projectile_count, 3);
    assert_int_equal(view->projectiles[0].x, 2200 * 4);
    assert_int_equal(view->projectiles[0].start_tick, tick + 1);
    assert_int_equal(view->projectiles[1].x, 2700 * 4);
    assert_int_equal(view->projectiles[1].start_tick, tick - 2);
    assert_int_equal(view->projectiles[2].x, 2200 * 4);
    assert_int_equal(view->projectiles[2].start_tick, tick + 1);
    assert_int_equal(view_projectile_position(&view->projectiles[0], tick).x, Q16(2200));
    assert_int_equal(view_projectile_position(&view->projectiles[0], tick + 5).x, Q16(2300));
    assert_int_equal(view_projectile_position(&view->projectiles[1], tick).x, Q16(2760));
    end(stage);
}

/* The shooter becomes visible afterwards: the shot keeps its origin. */
static void test_a_shot_in_the_baseline_never_changes(void **state)
{
    (void)state;
    struct stage *stage = begin(5);
    gather(stage);
    put(stage, 1, 1000, 1000);
    step(stage);
    (void)shoot(stage, 1, 2000, 2100, 10);
    const struct view *before = look(stage, NULL, INTEREST_UNBOUNDED);
    assert_int_equal(before->projectile_count, 1);
    put(stage, 1, 2300, 1500);
    step(stage);
    const struct view *view = look(stage, before, INTEREST_UNBOUNDED);
    assert_non_null(view_find_player(view, 1));
    assert_int_equal(view->projectile_count, 1);
    assert_memory_equal(&view->projectiles[0], &before->projectiles[0], sizeof view->projectiles[0]);
    end(stage);
}

static void test_own_shots_are_shown_wherever_they_are_and_others_in_the_window(void **state)
{
    (void)state;
    struct stage *stage = begin(6);
    gather(stage);
    step(stage);
    uint32_t far = shoot(stage, VIEWER, 4900, 3900, 2);
    (void)shoot(stage, 3, 4900, 3900, 2);
    uint32_t near = shoot(stage, 3, 2650, 1800, 2);
    const struct view *view = look(stage, NULL, INTEREST_UNBOUNDED);
    assert_int_equal(view->projectile_count, 2);
    assert_int_equal(view->projectiles[0].id, far);
    assert_true(view->projectiles[0].is_own);
    assert_int_equal(view->projectiles[1].id, near);
    assert_false(view->projectiles[1].is_own);
    end(stage);
}

/* ---- power-ups ---------------------------------------------------------------------------------------- */

static void test_power_ups_are_shown_that_lie_in_the_window(void **state)
{
    (void)state;
    struct stage *stage = begin(8);
    gather(stage);
    step(stage);
    stage->world->players[VIEWER].actor.position = (struct vec2){Q16(2600), Q16(2000)};
    memset(stage->world->power_up_ticks, 0, stage->map.power_up_count * sizeof stage->world->power_up_ticks[0]);
    const struct view *view = look(stage, NULL, INTEREST_UNBOUNDED);
    assert_int_equal(view->power_up_count, 2); /* the one at 3000, 2601 is a unit too far */
    for (uint32_t i = 0; i < 2; i++) {
        struct vec2 place = stage->map.power_ups[view->power_ups[i].index].position;
        assert_true(place.y <= Q16(2050) && place.y >= Q16(2000));
        assert_true(i == 0 || view->power_ups[0].index < view->power_ups[1].index);
    }
    stage->world->power_up_ticks[view->power_ups[0].index] = 9; /* taken */
    uint16_t left = view->power_ups[1].index;
    step(stage);
    view = look(stage, view, INTEREST_UNBOUNDED);
    assert_int_equal(view->power_up_count, 1);
    assert_int_equal(view->power_ups[0].index, left);
    end(stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_updates_stay_within_the_budget),
        cmocka_unit_test(test_a_budget_drops_nobody_of_the_baseline),
        cmocka_unit_test(test_a_player_with_a_stale_state_leaves_the_view),
        cmocka_unit_test(test_nobody_in_view_waits_for_ever),
        cmocka_unit_test(test_where_more_are_visible_than_fit_the_nearest_are_kept),
        cmocka_unit_test(test_a_shot_of_a_shooter_out_of_view_begins_where_it_became_visible),
        cmocka_unit_test(test_a_shot_in_the_baseline_never_changes),
        cmocka_unit_test(test_own_shots_are_shown_wherever_they_are_and_others_in_the_window),
        cmocka_unit_test(test_power_ups_are_shown_that_lie_in_the_window),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
