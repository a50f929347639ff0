/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "tests/support/bot_match.h"

/* What viewer sees who knew nothing. */
static void see(struct bot_match *match, uint16_t viewer)
{
    interest_view(&match->view, &match->scene, viewer, NULL, INTEREST_UNBOUNDED);
}

static void test_without_walls_a_view_holds_exactly_who_is_in_the_window(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("ffa", 41);
    struct bot_match *match = bot_match_create(&setup, 20);
    match->scene.visibility = NULL;
    struct world *world = &match->world;
    uint32_t seen = 0;
    for (int tick = 0; tick < 900; tick++) {
        bot_match_step(match);
        uint16_t viewer = (uint16_t)(tick % 20);
        see(match, viewer);
        struct vec2 centre = world->players[viewer].actor.position;
        for (uint16_t slot = 0; slot < 20; slot++) {
            const struct actor *actor = &world->players[slot].actor;
            bool is_near = abs(actor->position.x - centre.x) <= RULES_INTEREST_HALF_WIDTH &&
                           abs(actor->position.y - centre.y) <= RULES_INTEREST_HALF_HEIGHT;
            bool is_expected = slot != viewer && actor->state == ACTOR_ALIVE && is_near;
            assert_int_equal(view_find_player(&match->view, slot) != NULL, is_expected);
            seen += is_expected;
        }
        for (uint32_t i = 1; i < match->view.player_count; i++) {
            assert_true(match->view.players[i - 1].slot < match->view.players[i].slot);
        }
    }
    assert_true(seen > 1000);
    bot_match_destroy(match);
}

/* Some part of a player at to, looked at from the middle of one at from. */
static bool truly_sees(const struct map *map, struct vec2 from, struct vec2 to)
{
    for (uint32_t i = 0; i < 16; i++) {
        if (map_sees(map, from, vec2_add(to, vec2_from_angle((uint16_t)(i * 4096), RULES_PLAYER_RADIUS - Q16_ONE)))) {
            return true;
        }
    }
    return map_sees(map, from, to);
}

static bool is_near(const struct vec2 *centre, const struct vec2 *at)
{
    return abs(at->x - centre->x) <= RULES_INTEREST_HALF_WIDTH && abs(at->y - centre->y) <= RULES_INTEREST_HALF_HEIGHT;
}

enum { CROWD = 20, PEEK_TICKS = 4000 };

struct peek {
    uint32_t hidden;              /* pairs in the window that walls keep apart */
    uint32_t shown;               /* pairs in view */
    uint32_t late[10];            /* players that became visible: sent so many ticks before (9: and more) */
    uint32_t since[CROWD][CROWD]; /* the tick from which a viewer was shown the other without a gap; 0: it is not */
    uint32_t near[CROWD][CROWD];  /* ticks within the window */
    bool saw[CROWD][CROWD];
};

static void peek_at(struct peek *peek, const struct bot_match *match, uint16_t viewer, uint16_t slot)
{
    const struct world *world = &match->world;
    const struct actor *a = &world->players[viewer].actor;
    const struct actor *b = &world->players[slot].actor;
    bool is_shown = view_find_player(&match->view, slot) != NULL;
    uint32_t *since = &peek->since[viewer][slot];
    *since = !is_shown ? 0 : *since == 0 ? world->tick : *since;
    peek->shown += is_shown;
    bool is_alive = a->state == ACTOR_ALIVE && b->state == ACTOR_ALIVE;
    uint32_t *near = &peek->near[viewer][slot];
    *near = is_alive && is_near(&a->position, &b->position) ? *near + 1 : 0;
    bool sees = *near > 0 && truly_sees(world->map, a->position, b->position);
    assert_true(is_shown || !sees);
    peek->hidden += *near > 0 && !is_shown;
    if (sees && !peek->saw[viewer][slot] && *near > 60) { /* neither came by the window's edge, nor just to life */
        uint32_t ticks = world->tick - *since;
        peek->late[ticks < 9 ? ticks : 9]++;
    }
    peek->saw[viewer][slot] = sees;
}

static void test_walls_hide_nobody_who_can_be_seen_and_nobody_pops_in(void **state)
{
    (void)state;
    static struct peek peek;
    struct world_setup setup = bot_match_setup("ffa", 45);
    struct bot_match *match = bot_match_create(&setup, CROWD);
    for (uint32_t tick = 0; tick < PEEK_TICKS; tick++) {
        bot_match_step(match);
        for (uint32_t viewer = 0; viewer < CROWD; viewer++) {
            see(match, (uint16_t)viewer);
            for (uint32_t slot = 0; slot < CROWD; slot++) {
                if (slot != viewer) {
                    peek_at(&peek, match, (uint16_t)viewer, (uint16_t)slot);
                }
            }
        }
    }
    uint32_t came = 0;
    uint32_t early = 0;
    for (uint32_t i = 0; i < 10; i++) {
        came += peek.late[i];
        early += i >= SCENE_AHEAD_TICKS ? peek.late[i] : 0;
    }
    assert_true(came > 300);
    assert_true(early * 100 >= came * 99);
    assert_true(peek.hidden * 20 > peek.shown);
    bot_match_destroy(match);
}

static void test_spectator_sees_everybody_and_has_no_self(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("ffa", 41);
    struct bot_match *match = bot_match_create(&setup, 20);
    bot_match_step(match);
    see(match, VIEW_ALL);
    assert_int_equal(match->view.player_count, 20);
    assert_int_equal(match->view.score_count, 20);
    assert_false(match->view.has_self);
    bot_match_destroy(match);
}

static void test_free_slot_sees_nothing_but_scores(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("ffa", 41);
    struct bot_match *match = bot_match_create(&setup, 5);
    bot_match_step(match);
    see(match, 9);
    assert_false(match->view.has_self);
    assert_int_equal(match->view.player_count, 0);
    assert_int_equal(match->view.score_count, 5);
    bot_match_destroy(match);
}

static void test_full_view_keeps_the_nearest_and_counts_the_rest(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("ffa", 41);
    struct bot_match *match = bot_match_create(&setup, 6);
    bot_match_step(match);
    for (uint16_t slot = 0; slot < 6; slot++) {
        match->world.players[slot].actor.position = (struct vec2){Q16(200 + 100 * ((slot * 5) % 6)), Q16(100)};
    }
    world_step(&match->world, match->inputs);
    scene_update(&match->scene); /* slot k stands (5 k mod 6) hundred units from slot 0 */
    match->view.limits.players = 2;
    see(match, 0);
    assert_int_equal(match->view.player_count, 2);
    assert_int_equal(match->view.omitted, 3);
    assert_non_null(view_find_player(&match->view, 5));
    assert_non_null(view_find_player(&match->view, 4));
    bot_match_destroy(match);
}

static const struct view_projectile *find_projectile(const struct view *view, const struct world_projectile *exact)
{
    for (uint32_t i = 0; i < view->projectile_count; i++) {
        const struct view_projectile *seen = &view->projectiles[i];
        if (seen->start_tick == exact->spawn_tick && seen->angle == exact->angle &&
            seen->x == exact->origin.x >> VIEW_ORIGIN_SHIFT && seen->y == exact->origin.y >> VIEW_ORIGIN_SHIFT) {
            return seen;
        }
    }
    return NULL;
}

static void test_clients_know_where_projectiles_are(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("ffa", 43);
    struct bot_match *match = bot_match_create(&setup, 20);
    uint32_t checked = 0;
    for (int tick = 0; tick < 1200; tick++) {
        bot_match_step(match);
        see(match, VIEW_ALL);
        assert_int_equal(match->view.projectile_count, match->world.projectile_count);
        for (uint32_t i = 0; i < match->view.projectile_count; i++) {
            const struct world_projectile *exact = &match->world.projectiles[i];
            const struct view_projectile *seen = find_projectile(&match->view, exact);
            assert_non_null(seen);
            struct vec2 shown = view_projectile_position(seen, match->world.tick);
            assert_in_range(abs(shown.x - (exact->origin.x + exact->velocity.x * exact->age_ticks)), 0,
                            1 << VIEW_ORIGIN_SHIFT);
            checked++;
        }
    }
    assert_true(checked > 1000);
    bot_match_destroy(match);
}

static void test_copy_is_the_same_view_or_refused(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("ffa", 43);
    struct bot_match *match = bot_match_create(&setup, 20);
    bot_match_step(match);
    see(match, VIEW_ALL);
    struct view_limits limits = {.players = 20, .projectiles = 10, .scores = 20, .power_ups = 20};
    struct view copy;
    void *memory = malloc(view_bytes(&limits));
    view_init(&copy, &limits, memory);
    assert_int_equal(view_copy(&copy, &match->view), STATUS_OK);
    assert_true(view_hash(&copy) == view_hash(&match->view));
    assert_ptr_not_equal(copy.players, match->view.players);
    copy.limits.players = 19;
    assert_int_equal(view_copy(&copy, &match->view), STATUS_TOO_LARGE);
    free(memory);
    bot_match_destroy(match);
}

static void test_a_big_world_tells_of_the_best_and_the_viewer(void **state)
{
    (void)state;
    struct world_setup setup = bot_match_setup("ffa", 11);
    setup.capacity = 100;
    struct bot_match *match = bot_match_create(&setup, 90);
    for (uint16_t slot = 0; slot < 90; slot++) {
        match->world.players[slot].kills = slot % 45;
        match->world.players[slot].deaths = slot < 45;
    }
    REQUIRE(world_leave(&match->world, 89) == STATUS_OK);
    bot_match_step(match);
    see(match, 3);
    assert_int_equal(match->view.score_count, 21);
    assert_int_equal(match->view.scores[0].slot, 3);
    assert_int_equal(match->view.scores[1].slot, 35); /* 35 to 44 and 79 to 88 are the best without 89 */
    assert_int_equal(match->view.scores[11].slot, 79);
    assert_int_equal(match->view.scores[20].slot, 88);
    see(match, 88);
    assert_int_equal(match->view.score_count, 20);
    see(match, VIEW_ALL);
    assert_int_equal(match->view.score_count, 20);
    bot_match_destroy(match);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_without_walls_a_view_holds_exactly_who_is_in_the_window),
        cmocka_unit_test(test_walls_hide_nobody_who_can_be_seen_and_nobody_pops_in),
        cmocka_unit_test(test_spectator_sees_everybody_and_has_no_self),
        cmocka_unit_test(test_free_slot_sees_nothing_but_scores),
        cmocka_unit_test(test_full_view_keeps_the_nearest_and_counts_the_rest),
        cmocka_unit_test(test_a_big_world_tells_of_the_best_and_the_viewer),
        cmocka_unit_test(test_clients_know_where_projectiles_are),
        cmocka_unit_test(test_copy_is_the_same_view_or_refused),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
