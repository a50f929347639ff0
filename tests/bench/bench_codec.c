/* SPDX-License-Identifier: Apache-2.0 */
/*
 * bench_codec - bits and time of snapshots on a recorded trace: 20 bots, free for all, a minute, each player's view of
 * every tick. The same program makes the same trace, so all figures but the times are the same on every machine.
 *
 * bits_per_entity_tick: what the list of other players costs (position, velocity, aim, flags, who stays, comes and
 * goes), measured as the snapshot with it less the snapshot without it, for each player in it that moves.
 * header_bits: a whole snapshot of which nothing but the tick changed, its check included.
 */
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

#include "libcommon/game/snapshot/snapshot.h"
#include "libcommon/runtime/telemetry/require_report.h"
#include "tests/support/bot_match.h"

enum {
    BOTS = 20,
    WARM_TICKS = 600, /* until they have found each other */
    TICKS = 3600,
    TRACE = WARM_TICKS + TICKS,
    AGE_MAX = 6,
    RING = AGE_MAX + 1,
    HISTORY = 8192,
    BYTES_MAX = 1 << 14,
    WRAPPER_MSGPACK = 12, /* of a ServerMessage: {"snapshot": bin 8} */
    WRAPPER_PROTOBUF = 2, /* its tag and length, up to 127 bytes */
};

struct trace {
    struct bot_match *match;
    struct event_history history;
    struct event events[HISTORY];
    struct view views[RING][BOTS];
    struct view decoded;
};

/* Sums over all snapshots at a baseline of one age. */
struct sums {
    uint32_t age;
    uint64_t snapshots;
    uint64_t bytes;
    uint64_t others_bits;
    uint64_t others;
    uint64_t moving;
};

/* Of each tick's 20 snapshots, a baseline one tick old; a median is what a busy machine does not move. */
struct times {
    uint32_t count;
    double encode_ns[TICKS]; /* for each player, projectile and own player in sight */
    double decode_ns[TICKS];
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

static void *take(size_t size)
{
    void *memory = calloc(1, size);
    REQUIRE(memory);
    return memory;
}

static struct trace *begin(void)
{
    struct trace *trace = take(sizeof *trace);
    struct world_setup setup = bot_match_setup("ffa", 7);
    trace->match = bot_match_create(&setup, BOTS);
    event_history_init(&trace->history, trace->events, HISTORY);
    struct view_limits limits = view_limits_for(trace->match->world.capacity);
    for (uint32_t i = 0; i < RING * BOTS; i++) {
        view_init(&trace->views[i / BOTS][i % BOTS], &limits, take(view_bytes(&limits)));
    }
    view_init(&trace->decoded, &limits, take(view_bytes(&limits)));
    return trace;
}

static void end(struct trace *trace)
{
    for (uint32_t i = 0; i < RING * BOTS; i++) {
        free(trace->views[i / BOTS][i % BOTS].players);
    }
    free(trace->decoded.players);
    bot_match_destroy(trace->match);
    free(trace);
}

static void step(struct trace *trace)
{
    bot_match_step(trace->match);
    event_history_add(&trace->history, &trace->match->world.events);
    uint32_t tick = trace->match->world.tick;
    for (uint32_t slot = 0; slot < BOTS; slot++) {
        struct view *view = &trace->views[tick % RING][slot];
        const struct view *known = tick > 1 ? &trace->views[(tick - 1) % RING][slot] : NULL;
        interest_view(view, &trace->match->scene, (uint16_t)slot, known, INTEREST_UNBOUNDED);
        view->input_sequence = tick;
        view->input_depth = (uint8_t)(2 + ((tick + slot) % 64 == 0));
    }
}

static size_t encode(const struct trace *trace, const struct view *baseline, struct view *view,
                     const struct event_history *events, uint8_t *bytes)
{
    const struct snapshot_source source = {.scene = &trace->match->scene,
                                           .baseline = baseline,
                                           .current = view,
                                           .events = events,
                                           .events_after = baseline->tick};
    size_t size = 0;
    REQUIRE(snapshot_encode(&source, bytes, BYTES_MAX, &size) == STATUS_OK);
    return size;
}

/* Of one pair of views: with events as it is sent, and bare of them with and without the others. */
static void measure(struct trace *trace, const struct view *baseline, struct view *view, struct sums *sums)
{
    static uint8_t bytes[BYTES_MAX];
    struct view old = *baseline;
    struct view new = *view;
    size_t with = encode(trace, &old, &new, NULL, bytes);
    old.player_count = 0;
    new.player_count = 0;
    sums->others_bits += 8 * (uint64_t)(with - encode(trace, &old, &new, NULL, bytes));
    for (uint32_t i = 0; i < view->player_count; i++) {
        sums->moving += view->players[i].velocity_x != 0 || view->players[i].velocity_y != 0;
    }
    sums->others += view->player_count;
    sums->bytes += encode(trace, baseline, view, &trace->history, bytes);
    sums->snapshots++;
}

static void time_tick(struct trace *trace, struct times *times)
{
    static uint8_t bytes[BOTS][BYTES_MAX];
    size_t sizes[BOTS];
    uint32_t entities = 0;
    uint32_t tick = trace->match->world.tick;
    const struct view *olds = trace->views[(tick - 1) % RING];
    struct view *views = trace->views[tick % RING];
    uint64_t start = now_ns();
    for (uint32_t slot = 0; slot < BOTS; slot++) {
        sizes[slot] = encode(trace, &olds[slot], &views[slot], &trace->history, bytes[slot]);
    }
    uint64_t middle = now_ns();
    for (uint32_t slot = 0; slot < BOTS; slot++) {
        struct snapshot_info info;
        enum status status = snapshot_decode(&olds[slot], bytes[slot], sizes[slot], &trace->decoded, &info);
        REQUIRE(status == STATUS_OK);
        entities += views[slot].player_count + views[slot].projectile_count + views[slot].has_self;
    }
    times->decode_ns[times->count] = (double)(now_ns() - middle) / entities;
    times->encode_ns[times->count++] = (double)(middle - start) / entities;
}

static int compare(const void *a, const void *b)
{
    const double *first = a;
    const double *second = b;
    return (*first > *second) - (*first < *second);
}

static double median(double *values, uint32_t count)
{
    qsort(values, count, sizeof values[0], compare);
    return values[count / 2];
}

static uint64_t header_bits(struct trace *trace)
{
    static uint8_t bytes[BYTES_MAX];
    uint32_t tick = trace->match->world.tick;
    struct view new = trace->views[tick % RING][0];
    new.has_self = false;
    new.player_count = 0;
    new.projectile_count = 0;
    struct view old = new;
    old.tick--;
    old.ticks_left += new.phase == WORLD_PLAY || new.phase == WORLD_OVERTIME;
    return 8 * (uint64_t)encode(trace, &old, &new, NULL, bytes);
}

static void print(const char *name, double value, const char *unit)
{
    printf("%s %.2f %s\n", name, value, unit);
}

static void print_all(struct trace *trace, const struct sums *one, const struct sums *six, struct times *times)
{
    double rate = (double)RULES_TICK_RATE / (double)one->snapshots;
    double bytes_s = (double)one->bytes * rate;
    print("bits_per_entity_tick", (double)one->others_bits / (double)one->moving, "bits");
    print("bits_per_entity_tick_6", (double)six->others_bits / (double)six->moving, "bits");
    print("bytes_down_per_player_s", bytes_s + WRAPPER_MSGPACK * RULES_TICK_RATE, "B/s");
    print("bytes_down_per_player_s_protobuf", bytes_s + WRAPPER_PROTOBUF * RULES_TICK_RATE, "B/s");
    print("encode_ns_per_entity", median(times->encode_ns, times->count), "ns");
    print("decode_ns_per_entity", median(times->decode_ns, times->count), "ns");
    print("header_bits", (double)header_bits(trace), "bits");
    print("others_in_sight", (double)one->others / (double)one->snapshots, "players");
    print("moving_in_sight", (double)one->moving / (double)one->snapshots, "players");
}

int main(void)
{
    require_report_to_stderr();
    static struct times times;
    struct trace *trace = begin();
    struct sums one = {.age = 1};
    struct sums six = {.age = AGE_MAX};
    for (uint32_t tick = 1; tick <= TRACE; tick++) {
        step(trace);
        if (tick <= WARM_TICKS) {
            continue;
        }
        for (uint32_t slot = 0; slot < BOTS; slot++) {
            struct view *view = &trace->views[tick % RING][slot];
            measure(trace, &trace->views[(tick - one.age) % RING][slot], view, &one);
            measure(trace, &trace->views[(tick - six.age) % RING][slot], view, &six);
        }
        time_tick(trace, &times);
    }
    print_all(trace, &one, &six, &times);
    end(trace);
    return 0;
}
