/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A snapshot, against nothing or against the view of a running match. One that is accepted is fit for
 * everything that clients do with it.
 */
#include "libcommon/game/bot.h"
#include "libcommon/game/predict.h"
#include "libcommon/game/snapshot.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/bot_match.h"

#include <stdlib.h>

static struct view baseline;
static struct view decoded;
static struct predictor predictor;
static struct bot bot;
static const struct map *map;

static void set_up(void)
{
    struct world_setup setup = bot_match_setup("ffa", 7);
    struct bot_match *match = bot_match_create(&setup, 20);
    for (int tick = 0; tick < 500; tick++) {
        bot_match_step(match);
    }
    struct view_limits limits = view_limits_for(match->world.capacity);
    view_init(&baseline, &limits, malloc(view_bytes(&limits)));
    view_init(&decoded, &limits, malloc(view_bytes(&limits)));
    view_build(&baseline, &match->world, 2);
    map = match->world.map;
    bot_match_destroy(match);
    predictor_init(&predictor, map, malloc(predictor_bytes(map)));
    bot_init(&bot, 1);
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    if (!map) {
        set_up();
    }
    struct snapshot_info info;
    if (snapshot_peek(baseline.tick, bytes, size, &info) != STATUS_OK) {
        return 0;
    }
    struct input input;
    if (snapshot_decode(&baseline, bytes, size, &decoded, &info) == STATUS_OK) {
        bot_think(&bot, &decoded, map, &input);
        predictor_reconcile(&predictor, &decoded, info.input_sequence);
        (void)predictor_step(&predictor, &input);
        for (uint32_t i = 0; i < decoded.projectile_count; i++) {
            (void)view_projectile_position(&decoded.projectiles[i], decoded.tick);
        }
    }
    return 0;
}
