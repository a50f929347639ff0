/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#include "libcommon/game/client/predictor.h"
#include "tests/support/bot_match.h"

/* A lone player: nobody disturbs it, so the prediction must be the server's future. */
struct trip {
    struct bot_match *match;
    struct predictor predictor;
    void *memory;
    struct random random;
    uint32_t sequence;
    struct input sent[4096];
};

static void look(struct trip *trip)
{
    world_step(&trip->match->world, trip->match->inputs);
    scene_update(&trip->match->scene);
    interest_view(&trip->match->view, &trip->match->scene, 0, NULL, INTEREST_UNBOUNDED);
}

static struct trip *begin(void)
{
    struct trip *trip = calloc(1, sizeof *trip);
    struct world_setup setup = bot_match_setup("ffa", 51);
    trip->match = bot_match_create(&setup, 1);
    trip->memory = malloc(predictor_bytes(trip->match->world.map));
    predictor_init(&trip->predictor, trip->match->world.map, trip->memory);
    random_init(&trip->random, 1, 1);
    look(trip);
    predictor_reconcile(&trip->predictor, &trip->match->view, 0);
    return trip;
}

static void end(struct trip *trip)
{
    bot_match_destroy(trip->match);
    free(trip->memory);
    free(trip);
}

static void press(struct trip *trip)
{
    struct input input = trip->sent[trip->sequence];
    if (random_below(&trip->random, 10) == 0) {
        input.buttons = (uint16_t)random_below(&trip->random, INPUT_BUTTONS + 1);
        input.weapon = (uint8_t)random_below(&trip->random, WEAPON_COUNT);
    }
    input.aim = (uint16_t)(input.aim + 100);
    input.sequence = ++trip->sequence;
    trip->sent[input.sequence] = input;
    (void)predictor_step(&trip->predictor, &input);
}

static void serve(struct trip *trip, uint32_t sequence)
{
    trip->match->inputs[0] = trip->sent[sequence];
    look(trip);
}

static void test_prediction_is_the_server_in_an_undisturbed_walk(void **state)
{
    (void)state;
    struct trip *trip = begin();
    enum { AHEAD = 7 };
    struct vec2 predicted[4096];
    for (uint32_t tick = 1; tick < 2000; tick++) {
        press(trip);
        predicted[trip->sequence] = trip->predictor.actor.position;
        if (tick <= AHEAD) {
            continue;
        }
        uint32_t served = tick - AHEAD;
        serve(trip, served);
        const struct actor *server = &trip->match->world.players[0].actor;
        assert_int_equal(server->position.x, predicted[served].x);
        assert_int_equal(server->position.y, predicted[served].y);
        predictor_reconcile(&trip->predictor, &trip->match->view, served);
        assert_int_equal(trip->predictor.correction_q16, 0);
        assert_int_equal(trip->predictor.pending_count, AHEAD);
    }
    end(trip);
}

static void test_disturbance_is_corrected_by_the_next_snapshot(void **state)
{
    (void)state;
    struct trip *trip = begin();
    for (uint32_t tick = 1; tick <= 20; tick++) {
        press(trip);
        serve(trip, tick);
        predictor_reconcile(&trip->predictor, &trip->match->view, tick);
    }
    trip->match->world.players[0].actor.position = (struct vec2){Q16(100), Q16(300)}; /* something threw it */
    trip->match->world.players[0].actor.velocity = (struct vec2){0, 0};
    press(trip);
    press(trip);
    serve(trip, 21);
    predictor_reconcile(&trip->predictor, &trip->match->view, 21);
    assert_true(trip->predictor.correction_q16 > Q16(1));
    serve(trip, 22);
    assert_int_equal(trip->predictor.actor.position.x, trip->match->world.players[0].actor.position.x);
    assert_int_equal(trip->predictor.actor.position.y, trip->match->world.players[0].actor.position.y);
    end(trip);
}

static void test_pending_inputs_are_bounded(void **state)
{
    (void)state;
    struct trip *trip = begin();
    for (uint32_t i = 0; i < 1000; i++) {
        press(trip);
    }
    assert_int_equal(trip->predictor.pending_count, PREDICT_PENDING_MAX);
    predictor_reconcile(&trip->predictor, &trip->match->view, 1000);
    assert_int_equal(trip->predictor.pending_count, 0);
    end(trip);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_prediction_is_the_server_in_an_undisturbed_walk),
        cmocka_unit_test(test_disturbance_is_corrected_by_the_next_snapshot),
        cmocka_unit_test(test_pending_inputs_are_bounded),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
