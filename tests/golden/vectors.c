/* SPDX-License-Identifier: Apache-2.0 */
/*
 * vectors: prints inputs, snapshots and a record, their bytes with the values that are in them, as JSON for
 * scripts/checks/wire.
 *
 * The names are those of docs/wire-format.md's tables. What a table has and this does not is decoded but not compared.
 */
#include "libcommon/base/hash.h"
#include "libcommon/base/status.h"
#include "libcommon/game/record/record.h"
#include "libcommon/game/world/simulation.h"
#include "tests/support/bot_match.h"
#include "tests/support/view_json.h"
#include "tests/support/viewed_match.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define CARRIED_TEXT "map carried\nsize 512 512\npolygon 200 200 300 200 200 300\nspawn 100 100 all\n"

enum {
    BOTS = 6,
    WARM_TICKS = 3000,
    TICKS = 40,
    LEAVE_TICK = 10,
    JOIN_TICK = 20,
    LEAVER = 2,
    BYTES_MAX = 1 << 18,
    SEARCH_TICKS = 30000
};

static uint8_t bytes[BYTES_MAX];

static const struct map_polygon carried_polygon = {3,
                                                   {{Q16(200), Q16(200)}, {Q16(300), Q16(200)}, {Q16(200), Q16(300)}}};
static const struct map_spawn carried_spawn = {{Q16(100), Q16(100)}, RULES_TEAM_NONE};
static const struct map carried_map = {.name = "carried",
                                       .width_q16 = Q16(512),
                                       .height_q16 = Q16(512),
                                       .polygons = &carried_polygon,
                                       .polygon_count = 1,
                                       .spawns = &carried_spawn,
                                       .spawn_count = 1};

static void print_bytes(const uint8_t *from, size_t size)
{
    printf("\"bytes\": \"");
    for (size_t i = 0; i < size; i++) {
        printf("%02x", from[i]);
    }
    printf("\"");
}

static void print_input(const struct input *input)
{
    printf("\"sequence\": %" PRIu32 ", \"tick\": %" PRIu32 ", \"buttons\": %u, \"aim\": %u, \"weapon\": %u",
           input->sequence, input->tick, input->buttons, input->aim, input->weapon);
}

static void print_inputs(void)
{
    struct random random;
    random_init(&random, 1, 1);
    for (uint32_t i = 0; i < 64; i++) {
        struct input input = {.sequence = random_u32(&random) >> (i % 32),
                              .buttons = (uint16_t)random_below(&random, INPUT_BUTTONS + 1),
                              .aim = (uint16_t)random_u32(&random),
                              .weapon = (uint8_t)random_below(&random, WEAPON_COUNT)};
        input.tick = i % 2 ? input.sequence + random_below(&random, 200) : random_u32(&random) >> (i % 31);
        input.seen_tick = i % 3 ? random_u32(&random) >> (i % 31) : 0;
        size_t size = 0;
        REQUIRE(input_encode(&input, bytes, sizeof bytes, &size) == STATUS_OK);
        printf("%s\n  {", i ? "," : "");
        print_bytes(bytes, size);
        printf(", ");
        print_input(&input);
        printf(", \"seen tick\": %" PRIu32 "}", input.seen_tick);
    }
}

/* ---- snapshots --------------------------------------------------------------------------------------- */

enum { STREAM = 12, PLAYERS = 10, TRIES = 4000, BUDGET_BITS = 90 };

/* What the snapshots have to show, so that each row of the tables is read. */
enum feature {
    FEATURE_DEFERRED = 1,
    FEATURE_UNSEEN_SHOOTER = 2, /* a shot that starts where it became visible */
    FEATURE_SAME_SHOT = 4,
    FEATURE_OWN_SHOT = 8,
    FEATURE_POWER_UP = 16, /* one comes or goes, others stay */
    FEATURE_EFFECT = 32,   /* on the own player */
    FEATURE_SCORE = 64,    /* a row changes */
    FEATURE_GONE = 128,    /* a row goes */
    FEATURE_NEW_PLAYER = 256,
    FEATURE_ALL = 511
};

static const char *const feature_names[] = {
    "an update deferred for want of budget",
    "a shot whose shooter is out of view",
    "a second pellet of one shot",
    "an own shot",
    "a power-up that comes or goes while others stay",
    "an effect on the own player",
    "a changed row of scores",
    "a row of scores that goes",
    "a new player in view",
};

static uint32_t features_of_projectiles(const struct view *view, const struct world *world)
{
    uint32_t features = 0;
    for (uint32_t i = 0; i < view->projectile_count; i++) {
        const struct view_projectile *a = &view->projectiles[i];
        const struct view_projectile *b = &view->projectiles[i > 0 ? i - 1 : 0];
        bool is_old = true; /* in the world by then: it was fired before this viewer saw it begin */
        for (uint32_t k = 0; k < world->projectile_count; k++) {
            const struct world_projectile *flying = &world->projectiles[k];
            is_old = is_old && (flying->angle != a->angle || flying->spawn_tick < a->start_tick);
        }
        features |= is_old ? FEATURE_UNSEEN_SHOOTER : 0;
        features |= i > 0 && a->start_tick == view->tick && b->start_tick == a->start_tick && a->x == b->x
                        ? FEATURE_SAME_SHOT
                        : 0;
        features |= a->is_own ? FEATURE_OWN_SHOT : 0;
    }
    return features;
}

static uint32_t features_of(const struct view *before, const struct view *view, const struct world *world)
{
    uint32_t features = features_of_projectiles(view, world);
    for (uint32_t i = 0; i < view->player_count; i++) {
        features |= view->players[i].tick != view->tick ? FEATURE_DEFERRED : 0;
        features |= view_find_player(before, view->players[i].slot) ? 0 : FEATURE_NEW_PLAYER;
    }
    features |= view->power_up_count != before->power_up_count && view->power_up_count > 0 ? FEATURE_POWER_UP : 0;
    features |= view->self.effect_ticks[0] != view->self.effect_ticks[1] ? FEATURE_EFFECT : 0;
    for (uint32_t i = 0; i < view->score_count && view->score_count == before->score_count; i++) {
        features |= view->scores[i].kills != before->scores[i].kills ? FEATURE_SCORE : 0;
    }
    features |= view->score_count < before->score_count ? FEATURE_GONE : 0;
    return features;
}

/* Halfway somebody goes, and somebody else comes, with a long name. */
static void change_seats(struct world *world, uint32_t index)
{
    const uint16_t slot = PLAYERS / 2;
    if (index == 3) {
        REQUIRE(world_leave(world, slot) == STATUS_OK);
    }
    if (index == 8) {
        REQUIRE(world_join(world, slot, world_smallest_team(world), 0xfedcba9876543210u) == STATUS_OK);
    }
}

/* A keyframe and deltas of ages 1 to 12, most of them 1. */
static uint32_t print_stream(FILE *file, struct viewed_match *viewed, bool has_changes)
{
    static const uint8_t gaps[] = {1, 1, 2, 1, 1, 12, 1, 1, 8, 1, 3, 7};
    uint32_t features = 0;
    for (uint32_t i = 0; i < STREAM; i++) {
        if (has_changes) {
            change_seats(&viewed->match->world, i);
        }
        viewed_match_step(viewed, gaps[i % sizeof gaps]);
        const struct view *view = viewed_match_update(viewed, i == 0, BUDGET_BITS);
        features |= i > 0 ? features_of(viewed_match_before(viewed), view, &viewed->match->world) : 0;
        fprintf(file, "%s\n  {\"bytes\": \"", i ? "," : "");
        for (size_t k = 0; k < viewed->size; k++) {
            fprintf(file, "%02x", viewed->bytes[k]);
        }
        fprintf(file, "\", \"view\": ");
        view_json_print(file, view);
        fprintf(file, "}");
    }
    return features;
}

static uint32_t count_of(uint32_t features)
{
    return (uint32_t)__builtin_popcount(features);
}

/* Stretches of a match, each for what it shows that those before did not: three features at once, or all that are left.
 */
static void print_player_s_streams(void)
{
    struct world_setup setup = bot_match_setup("ffa", 5);
    struct viewed_match *viewed = viewed_match_create(&setup, PLAYERS, 3);
    viewed_match_step(viewed, WARM_TICKS);
    uint32_t missing = FEATURE_ALL;
    for (uint32_t i = 0; i < TRIES && missing; i++) {
        char *text = NULL;
        size_t size = 0;
        FILE *file = open_memstream(&text, &size);
        REQUIRE(file);
        uint32_t features = print_stream(file, viewed, true) & missing;
        REQUIRE(fclose(file) == 0);
        if (count_of(features) >= 3 || features == missing) {
            printf("[%s],\n ", text);
            missing &= ~features;
        }
        free(text);
    }
    for (uint32_t i = 0; i < sizeof feature_names / sizeof feature_names[0]; i++) {
        if (missing & 1u << i) {
            (void)fprintf(stderr, "vectors: in %d stretches of the match there was not: %s\n", TRIES, feature_names[i]);
        }
    }
    REQUIRE(!missing);
    viewed_match_destroy(viewed);
}

/* From the warm-up into play. */
static void print_spectator_s_stream(void)
{
    struct world_setup setup = bot_match_setup("teams_2v2", 6);
    struct viewed_match *viewed = viewed_match_create(&setup, 4, VIEW_ALL);
    while (viewed->match->world.phase_ticks + 10 < 180 && viewed->match->world.phase == WORLD_WARMUP) {
        viewed_match_step(viewed, 1);
    }
    (void)print_stream(stdout, viewed, false);
    viewed_match_destroy(viewed);
}

static void print_snapshots(void)
{
    printf(" \"snapshots\": [");
    print_player_s_streams();
    printf("[");
    print_spectator_s_stream();
    printf("]],\n");
}

/* ---- the record -------------------------------------------------------------------------------------- */

/* Where a player was in the ticks before the world's, each by its difference to the one after it. */
static void print_past(const struct world *world, uint16_t slot)
{
    struct vec2 newer = world->players[slot].actor.position, position;
    printf("\"past\": [");
    for (uint32_t ago = 1; ago < RULES_REWIND_MAX && history_find(world, slot, world->tick - ago, &position); ago++) {
        printf("%s{\"x\": %" PRId32 ", \"y\": %" PRId32 "}", ago > 1 ? ", " : "", position.x - newer.x,
               position.y - newer.y);
        newer = position;
    }
    printf("]");
}

static void print_player(const struct world *world, uint16_t slot)
{
    const struct world_player *player = &world->players[slot];
    const struct actor *actor = &player->actor;
    printf("{\"slot\": %u, \"id\": %" PRIu64 ", \"team\": %u, \"kills\": %u, \"deaths\": %u, \"assists\": %u, ", slot,
           player->id, player->team, player->kills, player->deaths, player->assists);
    printf("\"latest damager's tick\": %" PRIu32 ", \"latest damager\": %u, ", player->damagers[0].tick,
           player->damagers[0].slot);
    printf("\"damager before's tick\": %" PRIu32 ", \"damager before\": %u, \"life\": %" PRIu32 ", ",
           player->damagers[1].tick, player->damagers[1].slot, player->life_tick);
    printf("\"x\": %" PRId32 ", \"y\": %" PRId32 ", \"velocity x\": %" PRId32 ", \"velocity y\": %" PRId32 ", ",
           actor->position.x, actor->position.y, actor->velocity.x, actor->velocity.y);
    printf("\"aim\": %u, \"alive\": %u, \"weapon\": %u, \"health\": %u, ", actor->aim, actor->state, actor->weapon,
           actor->health);
    view_json_print_magazines(stdout, actor);
    printf("\"cooldown\": %u, \"reload\": %u, \"protection\": %u, \"respawn\": %u, ", actor->cooldown_ticks,
           actor->reload_ticks, actor->protection_ticks, actor->respawn_ticks);
    view_json_print_effects(stdout, actor);
    printf(", ");
    print_past(world, slot);
    printf("}");
}

static void print_projectile(const struct world_projectile *projectile)
{
    printf("{\"id\": %" PRIu32 ", \"spawn tick\": %" PRIu32 ", \"x\": %" PRId32 ", \"y\": %" PRId32 ", ",
           projectile->id, projectile->spawn_tick, projectile->origin.x, projectile->origin.y);
    printf("\"angle\": %u, \"owner\": %u, \"team\": %u, \"weapon\": %u, \"age\": %u, \"strong\": %u}",
           projectile->angle, projectile->owner, projectile->team, projectile->weapon, projectile->age_ticks,
           projectile->is_strong);
}

static void print_state(const struct world *world)
{
    printf("{\"tick\": %" PRIu32 ", \"phase\": %u, \"ticks in phase\": %" PRIu32 ", ", world->tick, world->phase,
           world->phase_ticks);
    printf("\"random state\": %" PRIu64 ", \"random increment\": %" PRIu64 ", \"next projectile\": %" PRIu32,
           world->random.state, world->random.increment, world->projectile_next_id);
    printf(",\n    \"players\": [");
    const char *between = "";
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        if (world_has(world, slot)) {
            printf("%s\n     ", between);
            print_player(world, slot);
            between = ",";
        }
    }
    printf("],\n    \"projectiles\": [");
    for (uint32_t i = 0; i < world->projectile_count; i++) {
        printf("%s\n     ", i ? "," : "");
        print_projectile(&world->projectiles[i]);
    }
    printf("],\n    \"power-ups\": [");
    for (uint32_t i = 0; i < world->map->power_up_count; i++) {
        printf("%s{\"absent\": %u}", i ? ", " : "", world->power_up_ticks[i]);
    }
    printf("]}");
}

static void print_tick(const struct record_tick *tick, const struct world *world)
{
    printf("%s\n  {\"tick\": %" PRIu32 ", \"state hash\": %" PRIu64 ", \"leaves\": [", ",", tick->tick, tick->hash);
    for (uint32_t i = 0; i < tick->leave_count; i++) {
        printf("{\"slot\": %u}", tick->leaves[i]);
    }
    printf("], \"joins\": [");
    for (uint32_t i = 0; i < tick->join_count; i++) {
        printf("{\"slot\": %u, \"team\": %u, \"id\": %" PRIu64 "}", tick->joins[i].slot, tick->joins[i].team,
               tick->joins[i].id);
    }
    printf("], \"inputs\": [");
    const char *between = "";
    for (uint32_t slot = 0; slot < world->capacity; slot++) {
        if (world_has(world, slot)) {
            printf("%s{", between);
            print_input(&tick->inputs[slot]);
            printf(", \"lag\": %" PRIu32 "}", input_lag(&tick->inputs[slot]));
            between = ", ";
        }
    }
    printf("]}");
}

static void print_keyframe(struct record_state *state, const struct world *world, struct byte_writer *writer)
{
    REQUIRE(record_write_keyframe(state, world, writer) == STATUS_OK);
    printf("\n  {\"tick\": %" PRIu32 ", \"state hash\": %" PRIu64 ", \"state\":\n    ", world->tick, world_hash(world));
    print_state(world);
    printf("}");
}

/* Ticks with the last inputs that a client of changing habits would send; in between somebody leaves and comes back. */
static void print_ticks(struct bot_match *match, struct record_state *state, struct byte_writer *writer)
{
    struct input inputs[64];
    struct world *world = &match->world;
    uint16_t leave = LEAVER;
    struct record_join join = {.id = 77, .slot = LEAVER, .team = RULES_TEAM_NONE};
    REQUIRE(world->capacity <= 64);
    for (uint32_t i = 1; i <= TICKS; i++) {
        struct record_tick tick = {.leaves = &leave, .joins = &join, .inputs = inputs};
        tick.leave_count = i == LEAVE_TICK;
        tick.join_count = i == JOIN_TICK;
        REQUIRE(i != LEAVE_TICK || world_leave(world, leave) == STATUS_OK);
        REQUIRE(i != JOIN_TICK || world_join(world, join.slot, join.team, join.id) == STATUS_OK);
        for (uint32_t slot = 0; slot < world->capacity; slot++) {
            inputs[slot] = match->inputs[slot];
            inputs[slot].sequence += i / 30; /* as if one were lost */
            inputs[slot].seen_tick -= inputs[slot].seen_tick > 8 ? slot % 4 + i % 3 : 0;
        }
        bot_match_step(match);
        tick.tick = world->tick;
        tick.hash = world_hash(world);
        REQUIRE(record_write_tick(state, &tick, writer) == STATUS_OK);
        print_tick(&tick, world);
    }
}

/* Slot 1 has won, and the last two have left; no two fields of the decision are alike. */
static void print_end(const struct world *world, struct byte_writer *writer)
{
    struct match_place places[64];
    struct record_end end = {.tick = world->tick,
                             .hash = world_hash(world),
                             .decision = {.end_reason = MATCH_END_FINISHED,
                                          .outcome = MATCH_OUTCOME_WON,
                                          .winner = 1,
                                          .score = 70009,
                                          .seat_count = world->capacity,
                                          .places = places}};
    REQUIRE(world->capacity <= 64);
    printf(",\n  {\"tick\": %" PRIu32 ", \"state hash\": %" PRIu64
           ", \"end reason\": %u, \"outcome\": %u, \"winner\": %u"
           ", \"score\": %" PRIu32 ", \"places\": [",
           end.tick, end.hash, end.decision.end_reason, end.decision.outcome, end.decision.winner, end.decision.score);
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        uint32_t left_tick = slot + 2 < world->capacity ? 0 : 65536u + 100u * slot;
        places[slot] = (struct match_place){.place = (uint16_t)(1 + (slot + world->capacity - 1) % world->capacity),
                                            .left_tick = left_tick};
        printf("%s{\"place\": %u, \"left tick\": %" PRIu32 "}", slot > 0 ? ", " : "", places[slot].place, left_tick);
    }
    printf("]}");
    REQUIRE(record_write_end(&end, writer) == STATUS_OK);
}

/* What the first state of the record lacks, NULL: every list has something in it, and fields side by side differ. */
static const char *missing_in(const struct world *world)
{
    bool has_effect = false, has_absent = false;
    for (uint32_t slot = 0; slot < BOTS; slot++) {
        const uint16_t *effects = world->players[slot].actor.effect_ticks;
        has_effect = has_effect || effects[0] != effects[1];
    }
    for (uint32_t i = 0; i < world->map->power_up_count; i++) {
        has_absent = has_absent || world->power_up_ticks[i] > 0;
    }
    if (world->projectile_count <= 1) {
        return "two projectiles";
    }
    return !has_effect ? "a player with effects that differ" : !has_absent ? "a power-up that was taken" : NULL;
}

static void print_record(void)
{
    struct world_setup setup = bot_match_setup("ffa", 7);
    struct bot_match *match = bot_match_create(&setup, BOTS);
    uint16_t capacity = match->world.capacity;
    struct record_state state;
    void *memory = malloc(record_state_bytes(capacity));
    REQUIRE(memory);
    record_state_init(&state, capacity, memory);
    for (uint32_t tick = 0; tick < WARM_TICKS || missing_in(&match->world); tick++) {
        if (tick == SEARCH_TICKS) {
            (void)fprintf(stderr, "vectors: no state of the match has all; the last one lacks %s\n",
                          missing_in(&match->world));
            exit(1);
        }
        bot_match_step(match);
    }
    for (uint32_t slot = 0; slot < BOTS; slot++) {
        state.taken[slot] = 1;
    }
    struct record_header header = {.match_id = {1, 2, 3}, .rules_version = RULES_VERSION, .setup = setup};
    header.setup.map = &carried_map; /* of the header alone: its records are another match's */
    struct byte_writer writer;
    byte_writer_init(&writer, bytes, sizeof bytes);
    REQUIRE(record_write_header(&header, &writer) == STATUS_OK);
    printf(" \"header\": {\"format version\": %u, \"rules version\": %u, \"seed\": 7, \"mode\": \"ffa\", \"map\": "
           "\"carried\", "
           "\"size\": %zu, \"time limit\": %" PRIu32 ", \"score limit\": %" PRIu32 ", \"capacity\": %u},\n",
           RECORD_FORMAT_VERSION, RULES_VERSION, strlen(CARRIED_TEXT), setup.time_limit_ticks, setup.score_limit,
           capacity);
    printf(" \"records\": [");
    print_keyframe(&state, &match->world, &writer);
    print_ticks(match, &state, &writer);
    print_end(&match->world, &writer);
    printf("],\n ");
    print_bytes(bytes, writer.size);
    free(memory);
    bot_match_destroy(match);
}

static void on_required(const char *expression, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: not so: %s\n", file, line, expression);
}

int main(void)
{
    status_set_require_handler(on_required);
    printf("{\"inputs\": [");
    print_inputs();
    printf("],\n");
    print_snapshots();
    print_record();
    printf("}\n");
    return fflush(stdout) == 0 ? 0 : 1;
}
