/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_engine - what the simulation and its snapshots cost, one figure a line: name value unit.
 *
 * usage: make bench-engine          (bench_engine NAME... prints only figures whose name begins so)
 *
 * Times are CPU time of this thread, so a busy machine disturbs them little. A tick is world_step, then for
 * every player baseline_load, interest_view, snapshot_encode and baseline_store; what the bots think is not measured.
 * circles_* is bodies.h, by which the world moves its players and sets them apart, with nothing else around it.
 */
#include "libcommon/game/record/record.h"
#include "libcommon/game/world/simulation.h"
#include "libcommon/runtime/telemetry/require_report.h"
#include "tests/support/arena_load.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#define TICK_NS       16666667.0
#define WARMUP        400u /* the warm-up phase, and some fighting */
#define CIRCLE_RADIUS Q16(16)
#define MASSIVE_EVERY 4u /* bots of the massive arena think every so many ticks */

static int compare_doubles(const void *a, const void *b)
{
    double left = *(const double *)a;
    double right = *(const double *)b;
    return (left > right) - (left < right);
}

/* Sorts the values; part of 1000. */
static double quantile(double *values, uint32_t count, uint32_t part)
{
    qsort(values, count, sizeof *values, compare_doubles);
    uint32_t index = (uint32_t)((uint64_t)count * part / 1000);
    return values[index < count ? index : count - 1];
}

static double now_ns(void)
{
    struct timespec time;
    clock_gettime(CLOCK_THREAD_CPUTIME_ID, &time);
    return (double)time.tv_sec * 1e9 + (double)time.tv_nsec;
}

static void *take(size_t size)
{
    void *memory = calloc(1, size);
    REQUIRE(memory);
    return memory;
}

/* ---- allocations: the linker sends every call of ours here ------------------------------------------- */

static uint64_t allocations;

/* NOLINTBEGIN(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp): the linker's --wrap makes these names */
void *__real_malloc(size_t size);
void *__real_calloc(size_t count, size_t size);
void *__real_realloc(void *memory, size_t size);
void *__real_aligned_alloc(size_t alignment, size_t size);
void *__wrap_malloc(size_t size);
void *__wrap_calloc(size_t count, size_t size);
void *__wrap_realloc(void *memory, size_t size);
void *__wrap_aligned_alloc(size_t alignment, size_t size);
/* NOLINTEND(bugprone-reserved-identifier,cert-dcl37-c,cert-dcl51-cpp) */

void *__wrap_malloc(size_t size)
{
    allocations++;
    return __real_malloc(size);
}

void *__wrap_calloc(size_t count, size_t size)
{
    allocations++;
    return __real_calloc(count, size);
}

void *__wrap_realloc(void *memory, size_t size)
{
    allocations++;
    return __real_realloc(memory, size);
}

void *__wrap_aligned_alloc(size_t alignment, size_t size)
{
    allocations++;
    return __real_aligned_alloc(alignment, size);
}

/* ---- matches ----------------------------------------------------------------------------------------- */

static double time_tick(struct arena_load *load)
{
    double start = now_ns();
    arena_load_step(load);
    arena_load_encode(load);
    return now_ns() - start;
}

/* All matches tick one after the other, as an engine's round does; so caches are as cold as there. */
static void bench_matches16(void)
{
    enum { MATCHES = 300, PLAYERS = 16, TICKS = 120 };
    struct arena_load *loads[MATCHES];
    for (uint32_t i = 0; i < MATCHES; i++) {
        loads[i] = arena_load_create(PLAYERS, 100 + i);
        arena_load_run(loads[i], WARMUP, 1);
    }
    double rounds[TICKS];
    for (uint32_t tick = 0; tick < TICKS; tick++) {
        double start = now_ns();
        for (uint32_t i = 0; i < MATCHES; i++) {
            arena_load_step(loads[i]);
            arena_load_encode(loads[i]);
        }
        rounds[tick] = now_ns() - start;
        for (uint32_t i = 0; i < MATCHES; i++) {
            arena_load_think(loads[i], 1);
        }
    }
    printf("matches16_core_share %.3f share\n", quantile(rounds, TICKS, 500) / TICK_NS);
    for (uint32_t i = 0; i < MATCHES; i++) {
        arena_load_destroy(loads[i]);
    }
}

static void bench_tick32(void)
{
    enum { PLAYERS = 32, TICKS = 6000 };
    static double ticks[TICKS];
    struct arena_load *load = arena_load_create(PLAYERS, 32);
    arena_load_run(load, WARMUP, 1);
    uint64_t before = allocations;
    for (uint32_t i = 0; i < TICKS; i++) {
        ticks[i] = time_tick(load);
        arena_load_think(load, 1);
    }
    printf("tick32_p50_us %.1f us\n", quantile(ticks, TICKS, 500) / 1e3);
    printf("tick32_p999_us %.1f us\n", quantile(ticks, TICKS, 999) / 1e3);
    printf("allocations_per_tick %.3f allocations\n", (double)(allocations - before) / TICKS);
    arena_load_destroy(load);
}

/* Share of the whole tick of 32 players, hash included. */
static void bench_hash(void)
{
    enum { PLAYERS = 32, TICKS = 2000 };
    struct arena_load *load = arena_load_create(PLAYERS, 33);
    arena_load_run(load, WARMUP, 1);
    double all = 0;
    double hashing = 0;
    volatile uint64_t sink = 0;
    for (uint32_t i = 0; i < TICKS; i++) {
        all += time_tick(load);
        double start = now_ns();
        for (uint32_t round = 0; round < 8; round++) {
            sink = sink ^ world_hash(&load->world);
        }
        hashing += (now_ns() - start) / 8;
        arena_load_think(load, 1);
    }
    printf("hash_share %.4f share\n", hashing / (all + hashing));
    arena_load_destroy(load);
}

/* Answers the median; steps: the world's part of each tick. */
static double massive_ticks(uint16_t players, double *ticks, double *steps, uint32_t count)
{
    struct arena_load *load = arena_load_massive(players, 7);
    arena_load_run(load, WARMUP, MASSIVE_EVERY);
    for (uint32_t i = 0; i < count; i++) {
        double start = now_ns();
        arena_load_step(load);
        steps[i] = now_ns() - start;
        arena_load_encode(load);
        ticks[i] = now_ns() - start;
        arena_load_think(load, MASSIVE_EVERY);
    }
    arena_load_destroy(load);
    return quantile(ticks, count, 500);
}

static void bench_massive(void)
{
    enum { TICKS = 300 };
    double small[TICKS];
    double large[TICKS];
    double steps[TICKS];
    double p50_small = massive_ticks(500, small, steps, TICKS);
    double p50_large = massive_ticks(4000, large, steps, TICKS);
    printf("massive_step_p50_ms %.2f ms\n", quantile(steps, TICKS, 500) / 1e6);
    printf("massive_tick_p50_ms %.2f ms\n", p50_large / 1e6);
    printf("massive_tick_p99_ms %.2f ms\n", quantile(large, TICKS, 990) / 1e6);
    printf("massive_growth %.3f ratio\n", p50_large / (8 * p50_small));
}

/* ---- circles ----------------------------------------------------------------------------------------- */

struct circles {
    struct bodies bodies;
    struct walls walls;
    struct grid grid;
    struct map map;
    struct map_spawn spawn;
};

/* Anywhere in an empty square world. */
static void make_circles(struct circles *circles, uint32_t count, int32_t side, struct random *random)
{
    circles->spawn = (struct map_spawn){{Q16(100), Q16(100)}, RULES_TEAM_NONE};
    circles->map =
        (struct map){.width_q16 = Q16(side), .height_q16 = Q16(side), .spawns = &circles->spawn, .spawn_count = 1};
    walls_init(&circles->walls, &circles->map, take(walls_bytes(&circles->map)));
    grid_init(&circles->grid, Q16(side), Q16(side), RULES_CELL_SHIFT, count,
              take(grid_bytes(Q16(side), Q16(side), RULES_CELL_SHIFT, count)));
    struct vec2 *vectors = take(4 * (size_t)count * sizeof *vectors);
    circles->bodies = (struct bodies){.count = count,
                                      .positions = vectors,
                                      .velocities = vectors + count,
                                      .requested = vectors + (size_t)2 * count,
                                      .are_pushed = (uint8_t *)(vectors + (size_t)3 * count),
                                      .grid = &circles->grid};
    for (uint32_t i = 0; i < count; i++) {
        vectors[i].x = random_between(random, CIRCLE_RADIUS, Q16(side) - CIRCLE_RADIUS);
        vectors[i].y = random_between(random, CIRCLE_RADIUS, Q16(side) - CIRCLE_RADIUS);
    }
}

static void free_circles(struct circles *circles)
{
    free(circles->bodies.positions);
    free(circles->grid.starts);
    free(circles->walls.starts);
}

/* Every circle turns to another of the eight directions, or stops, three times a second. */
static void turn_circles(const struct bodies *bodies, struct random *random)
{
    struct actor actor = {0};
    for (uint32_t i = 0; i < bodies->count; i++) {
        if (random_below(random, 20) == 0) {
            struct input input = {.buttons = (uint16_t)(random_u32(random) & 15u)};
            bodies->requested[i] = actor_requested_velocity(&actor, &input);
        }
    }
}

static void bench_circles_of(uint32_t count, int32_t side)
{
    enum { TICKS = 600 };
    double ticks[TICKS];
    struct circles circles;
    struct random random;
    random_init(&random, count, 1);
    make_circles(&circles, count, side, &random);
    for (uint32_t i = 0; i < TICKS; i++) {
        turn_circles(&circles.bodies, &random);
        double start = now_ns();
        bodies_move(&circles.bodies, CIRCLE_RADIUS, &circles.walls);
        bodies_set_apart(&circles.bodies, CIRCLE_RADIUS, &circles.walls);
        ticks[i] = now_ns() - start;
    }
    printf("circles_%u_us %.1f us\n", count, quantile(ticks, TICKS, 500) / 1e3);
    free_circles(&circles);
}

static void bench_circles(void)
{
    bench_circles_of(1000, 4000);
    bench_circles_of(10000, 12650);
}

/* ---- a replay ---------------------------------------------------------------------------------------- */

struct replay {
    struct record_header header;
    uint8_t *bytes;
    size_t size;
    size_t first; /* offset of the first record */
};

static void record_replay(struct replay *replay, uint16_t players, uint32_t ticks)
{
    struct arena_load *load = arena_load_create(players, 20);
    const struct world *world = &load->world;
    replay->header = (struct record_header){
        .rules_version = RULES_VERSION,
        .setup = {.seed = world->seed,
                  .mode = world->mode,
                  .map = world->map,
                  .time_limit_ticks = world->time_limit_ticks,
                  .score_limit = world->score_limit,
                  .capacity = players},
    };
    size_t capacity = RECORD_HEADER_BYTES_MAX + ticks * record_tick_bytes_max(players);
    replay->bytes = take(capacity);
    struct byte_writer writer;
    byte_writer_init(&writer, replay->bytes, capacity);
    REQUIRE(record_write_header(&replay->header, &writer) == STATUS_OK);
    replay->first = writer.size;
    void *memory = take(record_state_bytes(players));
    struct record_join *joins = take(players * sizeof *joins);
    struct record_state state;
    record_state_init(&state, players, memory);
    for (uint16_t slot = 0; slot < players; slot++) {
        joins[slot] = (struct record_join){.id = 1000u + slot, .slot = slot, .team = RULES_TEAM_NONE};
    }
    for (uint32_t i = 0; i < ticks; i++) {
        arena_load_step(load);
        struct record_tick tick = {.tick = world->tick,
                                   .hash = world_hash(world),
                                   .joins = joins,
                                   .join_count = i == 0 ? players : 0,
                                   .inputs = load->inputs};
        REQUIRE(record_write_tick(&state, &tick, &writer) == STATUS_OK);
        arena_load_encode(load);
        arena_load_think(load, 1);
    }
    REQUIRE(byte_writer_finish(&writer, &replay->size) == STATUS_OK);
    free(memory);
    free(joins);
    arena_load_destroy(load);
}

static double play(const struct replay *replay)
{
    size_t size = record_playback_bytes(&replay->header);
    void *memory = take(size);
    struct record_playback player;
    double start = now_ns();
    REQUIRE(record_playback_init(&player, &replay->header, memory, size) == STATUS_OK);
    size_t at = replay->first;
    while (at < replay->size) {
        struct record record;
        size_t used = 0;
        REQUIRE(record_playback_next(&player, replay->bytes + at, replay->size - at, &record, &used) == STATUS_OK);
        at += used;
    }
    double spent = now_ns() - start;
    free(memory);
    return spent;
}

static void bench_resimulation(void)
{
    enum { PLAYERS = 20, TICKS = 3600, ROUNDS = 5 };
    struct replay replay;
    record_replay(&replay, PLAYERS, TICKS);
    double rounds[ROUNDS];
    for (uint32_t i = 0; i < ROUNDS; i++) {
        rounds[i] = play(&replay);
    }
    printf("resimulation_speed %.0f times\n", TICKS * TICK_NS / quantile(rounds, ROUNDS, 500));
    free(replay.bytes);
}

static const struct {
    const char *name;
    void (*run)(void);
} benches[] = {
    {"matches16", bench_matches16}, {"tick32", bench_tick32},   {"hash", bench_hash},
    {"massive", bench_massive},     {"circles", bench_circles}, {"resimulation", bench_resimulation},
};

int main(int argc, char **argv)
{
    require_report_to_stderr();
    setvbuf(stdout, NULL, _IOLBF, 0);
    for (size_t i = 0; i < sizeof benches / sizeof benches[0]; i++) {
        bool is_wanted = argc < 2;
        for (int k = 1; k < argc; k++) {
            is_wanted = is_wanted || strcmp(argv[k], benches[i].name) == 0;
        }
        if (is_wanted) {
            benches[i].run();
        }
    }
    return 0;
}
