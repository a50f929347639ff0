/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bots/fleet.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "tests/bench/bots/player.h"

#include <stdlib.h>
#include <string.h>
#include <sys/timerfd.h>
#include <unistd.h>

#define SLICES          4     /* of a tick: the bots are spread over them */
#define START_S_MAX     60    /* --matches 0: measuring begins at the latest after this */
#define WATCH_GRACE_MS  30000 /* spectators may see the end of what the last players did */
#define CONNECTS_A_TICK 20    /* so that thousands do not come in one burst */

struct fleet {
    const struct options *options;
    uv_loop_t loop;
    uv_poll_t pacer;
    uv_signal_t interrupt, terminate;
    int timer_fd;
    struct player_world world;
    struct player *players; /* players first, then spectators */
    size_t count;
    struct tally *tally;
    uint64_t slices, began_us, all_play_us, measure_from_us, players_done_us;
    bool is_leaving, timed_out;
};

static void leave_all(struct fleet *fleet)
{
    if (!fleet->is_leaving) {
        fleet->is_leaving = true;
        for (size_t i = 0; i < fleet->count; i++) {
            player_leave(&fleet->players[i]);
        }
    }
}

/* ---- the end ------------------------------------------------------------------------------------------ */

static size_t count_state(const struct fleet *fleet, size_t from, size_t to, enum player_state state)
{
    size_t count = 0;
    for (size_t i = from; i < to; i++) {
        count += fleet->players[i].state == state;
    }
    return count;
}

static void begin_to_measure(struct fleet *fleet, uint64_t now_us)
{
    fleet->measure_from_us = now_us;
    for (size_t i = 0; i < fleet->count; i++) { /* what was before counts for nothing */
        if (fleet->players[i].play_began_us != 0) {
            play_account(&fleet->players[i], now_us);
        }
    }
    tally_begin(fleet->tally, now_us, clock_process_cpu_us());
    fprintf(stderr, "bots: measuring, %zu of %u are playing\n",
            count_state(fleet, 0, fleet->options->count, PLAYER_PLAYING), fleet->options->count);
}

/* --matches 0: lets them settle from when all play, measures, and ends. */
static void check_measured_time(struct fleet *fleet, uint64_t now_us)
{
    const struct options *options = fleet->options;
    if (fleet->all_play_us == 0) {
        bool all_play = count_state(fleet, 0, options->count, PLAYER_PLAYING) == options->count;
        if (all_play || now_us - fleet->began_us > START_S_MAX * UINT64_C(1000000)) {
            fleet->all_play_us = now_us;
        }
        return;
    }
    uint64_t playing_us = now_us - fleet->all_play_us;
    if (fleet->measure_from_us == 0 && playing_us >= options->settle_seconds * UINT64_C(1000000)) {
        begin_to_measure(fleet, now_us);
    }
    if (options->seconds > 0 && playing_us >= options->seconds * UINT64_C(1000000)) {
        leave_all(fleet);
    }
}

/* --matches M: ends when all players have gone, and the spectators soon after. */
static void check_done(struct fleet *fleet, uint64_t now_us)
{
    const struct options *options = fleet->options;
    if (options->seconds > 0 && now_us - fleet->began_us >= options->seconds * UINT64_C(1000000)) {
        fleet->timed_out = true;
        leave_all(fleet);
    }
    if (options->count == 0 || count_state(fleet, 0, options->count, PLAYER_GONE) < options->count) {
        return;
    }
    fleet->players_done_us = fleet->players_done_us ? fleet->players_done_us : now_us;
    bool is_watching = count_state(fleet, options->count, fleet->count, PLAYER_WATCHING) > 0;
    if (!is_watching || now_us - fleet->players_done_us > WATCH_GRACE_MS * UINT64_C(1000)) {
        leave_all(fleet);
    }
}

static void close_handles(struct fleet *fleet)
{
    uv_close((uv_handle_t *)&fleet->pacer, NULL);
    uv_close((uv_handle_t *)&fleet->interrupt, NULL);
    uv_close((uv_handle_t *)&fleet->terminate, NULL);
}

/* ---- pacing ------------------------------------------------------------------------------------------- */

static void run_slice(struct fleet *fleet, uint64_t now_us)
{
    size_t slice = (size_t)(fleet->slices++ % SLICES), connects = 0;
    for (size_t i = slice; i < fleet->count; i += SLICES) {
        struct player *player = &fleet->players[i];
        if (player->state == PLAYER_WAITING && (fleet->is_leaving || connects++ >= CONNECTS_A_TICK / SLICES)) {
            continue;
        }
        player_step(player, now_us);
    }
    if (slice != 0) {
        return;
    }
    fleet->options->matches == 0 ? check_measured_time(fleet, now_us) : check_done(fleet, now_us);
    if (count_state(fleet, 0, fleet->count, PLAYER_GONE) == fleet->count) {
        close_handles(fleet);
    }
}

static void on_pacer_due(uv_poll_t *poll, int result, int poll_events)
{
    struct fleet *fleet = poll->data;
    uint64_t expirations = 0;
    (void)poll_events;
    if (result < 0 || read(fleet->timer_fd, &expirations, sizeof expirations) != sizeof expirations) {
        return;
    }
    /* A late turn is made up for, but not more than one tick: inputs past that would only be a burst. */
    uint64_t slices = expirations < SLICES ? expirations : SLICES;
    uint64_t now_us = clock_monotonic_us();
    for (uint64_t i = 0; i < slices && !uv_is_closing((uv_handle_t *)poll); i++) {
        run_slice(fleet, now_us);
    }
}

static void on_signal(uv_signal_t *signal, int number)
{
    struct fleet *fleet = signal->data;
    (void)number;
    fleet->timed_out = fleet->options->matches != 0;
    leave_all(fleet);
}

static int start_pacer(struct fleet *fleet)
{
    long period_ns = 1000000000L / ((long)fleet->options->pace_hz * SLICES);
    struct itimerspec spec = {.it_interval.tv_nsec = period_ns, .it_value.tv_nsec = period_ns};
    fleet->timer_fd = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (fleet->timer_fd < 0 || timerfd_settime(fleet->timer_fd, 0, &spec, NULL) < 0) {
        return -1;
    }
    fleet->pacer.data = fleet->interrupt.data = fleet->terminate.data = fleet;
    REQUIRE(uv_poll_init(&fleet->loop, &fleet->pacer, fleet->timer_fd) == 0);
    REQUIRE(uv_signal_init(&fleet->loop, &fleet->interrupt) == 0);
    REQUIRE(uv_signal_init(&fleet->loop, &fleet->terminate) == 0);
    REQUIRE(uv_poll_start(&fleet->pacer, UV_READABLE, on_pacer_due) == 0);
    REQUIRE(uv_signal_start(&fleet->interrupt, on_signal, SIGINT) == 0);
    REQUIRE(uv_signal_start(&fleet->terminate, on_signal, SIGTERM) == 0);
    return 0;
}

/* ---- the whole ---------------------------------------------------------------------------------------- */

static bool is_good(const struct fleet *fleet)
{
    const struct tally *tally = fleet->tally;
    bool good = !fleet->timed_out && tally->snapshots_undecodable == 0 && tally->frames_undecodable == 0;
    for (size_t i = 0; i < fleet->count; i++) {
        const struct player *player = &fleet->players[i];
        bool has_done =
            fleet->options->matches == 0 || player->is_spectator || player->matches_done >= fleet->options->matches;
        good = good && !player->has_failed && has_done;
    }
    good = good && (fleet->options->count == 0 || tally->snapshots_decoded > 0);
    return good && (fleet->options->spectators == 0 || tally->frames_decoded > 0);
}

static int report(struct fleet *fleet)
{
    uint64_t now_us = clock_monotonic_us(), cpu_us = clock_process_cpu_us();
    bool good = is_good(fleet);
    tally_print(fleet->tally, fleet->options, now_us, cpu_us, stdout);
    if (fleet->options->json &&
        tally_write_json(fleet->tally, fleet->options, now_us, cpu_us, good, fleet->options->json) != 0) {
        fprintf(stderr, "bots: %s cannot be written\n", fleet->options->json);
        good = false;
    }
    fprintf(stderr, "bots: %s\n", good ? "all good" : "not all bots played to the end");
    return good ? 0 : 1;
}

static bool create_context(struct fleet *fleet, struct jwt_keys **out_keys)
{
    const char *reason = NULL;
    if (jwt_keys_create(fleet->options->secret, "", out_keys, &reason) != STATUS_OK) {
        fprintf(stderr, "bots: --secret: %s\n", reason);
        return false;
    }
    if (strncmp(fleet->options->url, "wss://", 6) == 0 &&
        tls_context_create_client(fleet->options->ca, &fleet->world.tls, &reason) != STATUS_OK) {
        fprintf(stderr, "bots: --ca: %s\n", reason);
        return false;
    }
    fleet->players = calloc(fleet->count, sizeof *fleet->players);
    fleet->tally = calloc(1, sizeof *fleet->tally);
    return fleet->players && fleet->tally;
}

static void create_players(struct fleet *fleet, const struct jwt_keys *keys)
{
    fleet->world.loop = &fleet->loop;
    fleet->world.options = fleet->options;
    fleet->world.keys = keys;
    fleet->world.tally = fleet->tally;
    fleet->tally->matches = json_object();
    fleet->began_us = clock_monotonic_us();
    tally_begin(fleet->tally, fleet->began_us, clock_process_cpu_us());
    for (size_t i = 0; i < fleet->count; i++) {
        bool is_spectator = i >= fleet->options->count;
        player_init(&fleet->players[i], &fleet->world, (unsigned)i, is_spectator);
    }
}

static void destroy(struct fleet *fleet, struct jwt_keys *keys)
{
    for (size_t i = 0; fleet->players && i < fleet->count; i++) {
        player_destroy(&fleet->players[i]);
    }
    if (fleet->tally) {
        json_decref(fleet->tally->matches);
    }
    free(fleet->players);
    free(fleet->tally);
    tls_context_destroy(fleet->world.tls);
    jwt_keys_destroy(keys);
}

int fleet_run(const struct options *given)
{
    struct options options = *given;
    struct fleet fleet = {.options = &options, .count = (size_t)given->count + given->spectators};
    struct jwt_keys *keys = NULL;
    char prefix[16];
    int exit_code = 2;
    snprintf(prefix, sizeof prefix, "%d", (int)getpid());
    options.prefix = options.prefix ? options.prefix : prefix;
    REQUIRE(uv_loop_init(&fleet.loop) == 0);
    if (create_context(&fleet, &keys) && start_pacer(&fleet) == 0) {
        create_players(&fleet, keys);
        uv_run(&fleet.loop, UV_RUN_DEFAULT);
        exit_code = report(&fleet);
        close(fleet.timer_fd);
    }
    REQUIRE(uv_loop_close(&fleet.loop) == 0);
    destroy(&fleet, keys);
    return exit_code;
}
