/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A snapshot, against nothing or against the view of a running match. One that is accepted is fit for
 * everything that clients do with it.
 */
#include "libcommon/base/hash.h"
#include "libcommon/game/client/bot.h"
#include "libcommon/game/client/predictor.h"
#include "libcommon/game/snapshot/snapshot.h"
#include "tests/fuzz/fuzz.h"
#include "tests/support/bot_match.h"

#include <stdlib.h>
#include <string.h>

enum { CHECK_BYTES = 3, BYTES_MAX = 1 << 16 };

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
    interest_view(&baseline, &match->scene, 2, NULL, INTEREST_UNBOUNDED);
    map = match->world.map;
    bot_match_destroy(match);
    predictor_init(&predictor, map, malloc(predictor_bytes(map)));
    bot_init(&bot, 1);
}

/* As the sender would have ended these bytes: else no mutation were ever accepted. */
static void correct_check(uint8_t *bytes, size_t size, bool is_keyframe)
{
    struct hash hash;
    hash_init(&hash, is_keyframe ? 0 : baseline.chain);
    hash_bytes(&hash, bytes, size - CHECK_BYTES);
    uint64_t chain = hash_finish(&hash);
    for (size_t i = 0; i < CHECK_BYTES; i++) {
        bytes[size - CHECK_BYTES + i] = (uint8_t)(chain >> (8 * i));
    }
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    static uint8_t copy[BYTES_MAX];
    if (!map) {
        set_up();
    }
    if (size > sizeof copy) {
        return 0;
    }
    memcpy(copy, bytes, size);
    struct snapshot_info info;
    if (snapshot_peek(baseline.tick, copy, size, &info) != STATUS_OK) {
        return 0;
    }
    struct input input;
    correct_check(copy, size, info.is_keyframe);
    if (snapshot_decode(&baseline, copy, size, &decoded, &info) == STATUS_OK) {
        bot_think(&bot, &decoded, map, &input);
        predictor_reconcile(&predictor, &decoded, info.input_sequence);
        (void)predictor_step(&predictor, &input);
        for (uint32_t i = 0; i < decoded.projectile_count; i++) {
            (void)view_projectile_position(&decoded.projectiles[i], decoded.tick);
        }
    }
    return 0;
}
