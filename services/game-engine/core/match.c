/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/match.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/text.h"
#include "libcommon/game/snapshot/interest.h"
#include "libcommon/game/snapshot/snapshot.h"
#include "services/game-engine/core/bot_backfill.h"
#include "services/game-engine/core/chat.h"
#include "services/game-engine/core/match_standings.h"

static struct world_setup world_setup_of(const struct match_setup *setup)
{
    struct world_setup world = setup->world;
    world.capacity = setup->seat_count;
    return world;
}

static bool players_are_valid(const struct match_setup *setup)
{
    uint8_t team_count = setup->world.mode->team_count;
    for (uint16_t i = 0; i < setup->seat_count; i++) {
        const struct match_player *player = &setup->players[i];
        if (player->id[0] == '\0' || (team_count > 0 && player->team >= team_count)) {
            return false;
        }
    }
    return true;
}

static bool setup_is_valid(const struct match_setup *setup)
{
    const struct mode *mode = setup->world.mode;
    if (mode == NULL || setup->seat_count < mode->players_min || setup->seat_count > mode->players_max) {
        return false;
    }
    struct world_setup world = world_setup_of(setup);
    return world_setup_is_valid(&world) && players_are_valid(setup);
}

struct match_sizes {
    size_t world, scene, recorder, events, views;
};

static struct match_sizes sizes_of(const struct match_setup *setup)
{
    struct world_setup world = world_setup_of(setup);
    struct view_limits limits = view_limits_baseline(setup->seat_count);
    return (struct match_sizes){
        .world = world_memory_bytes(&world),
        .scene = scene_bytes(&world),
        .recorder = recorder_memory_bytes(&world, setup->chunk_bytes),
        .events = event_history_bytes(MATCH_EVENTS_PER_SEAT * setup->seat_count),
        .views = baseline_history_bytes(&limits),
    };
}

size_t match_memory_bytes(const struct match_setup *setup)
{
    if (!setup_is_valid(setup)) {
        return 0;
    }
    struct match_sizes sizes = sizes_of(setup);
    size_t seats = setup->seat_count;
    return arena_bytes(sizes.world) + arena_bytes(sizes.scene) + arena_bytes(sizes.recorder) +
           arena_bytes(sizes.events) + arena_bytes(seats * sizeof(struct match_seat)) +
           arena_bytes(seats * sizeof(struct input)) + arena_bytes(seats * sizeof(struct record_join)) +
           arena_bytes(seats * sizeof(uint16_t)) + arena_bytes(seats * sizeof(struct match_standing)) +
           arena_bytes(seats * sizeof(struct match_place)) + arena_bytes(hash_index_bytes(setup->seat_count)) +
           seats * arena_bytes(sizes.views);
}

static void init_seats(struct match *match, const struct match_setup *setup, struct arena *arena)
{
    struct view_limits limits = view_limits_baseline(setup->seat_count);
    size_t views = baseline_history_bytes(&limits);
    for (uint16_t slot = 0; slot < setup->seat_count; slot++) {
        struct match_seat *seat = &match->seats[slot];
        seat->player = setup->players[slot];
        input_buffer_init(&seat->inputs, setup->input_ticks);
        chat_init_seat(seat, setup->chat_lines_per_minute);
        bot_backfill_init_seat(seat, setup->world.seed + slot);
        baseline_history_init(&seat->history, &limits, arena_take(arena, views));
    }
}

/* False: a player is named twice. */
static bool index_players(struct match *match)
{
    for (uint16_t slot = 0; slot < match->seat_count; slot++) {
        const char *id = match->seats[slot].player.id;
        if (match_find_player(match, id) >= 0) {
            return false;
        }
        hash_index_add(&match->players, hash_text(0, id), slot);
    }
    return true;
}

/* The setup as the world resolved it: nothing in it is 0 or NULL. */
static void init_header(struct match *match)
{
    const struct world *world = &match->world;
    match->header.rules_version = RULES_VERSION;
    memory_copy(match->header.match_id, match->id, sizeof match->id);
    match->header.setup = (struct world_setup){.seed = world->seed,
                                               .mode = world->mode,
                                               .map = world->map,
                                               .time_limit_ticks = world->time_limit_ticks,
                                               .score_limit = world->score_limit,
                                               .capacity = world->capacity};
}

enum status match_init(struct match *match, const struct match_setup *setup, void *memory, size_t size)
{
    size_t needed = match_memory_bytes(setup);
    if (needed == 0 || size < needed) {
        return needed == 0 ? STATUS_INVALID : STATUS_NO_MEMORY;
    }
    struct match_sizes sizes = sizes_of(setup);
    struct world_setup world = world_setup_of(setup);
    struct arena arena;
    memory_zero(match, sizeof *match);
    arena_init(&arena, memory, size);
    memory_copy(match->id, setup->id, sizeof match->id);
    match->seat_count = setup->seat_count;
    match->wait_ticks_left = setup->wait_ticks;
    match->idle_ticks_max = setup->idle_ticks;
    enum status status = world_init(&match->world, &world, arena_take(&arena, sizes.world), sizes.world);
    if (status != STATUS_OK) {
        return status;
    }
    scene_init(&match->scene, &match->world, arena_take(&arena, sizes.scene));
    match->bot_workspace = setup->bot_workspace;
    match->snapshot_bytes_per_tick = setup->snapshot_bytes_per_s / RULES_TICK_RATE;
    match_cost_init(&match->cost);
    chat_init(&match->chat);
    match->hash = world_hash(&match->world);
    init_header(match);
    event_history_init(&match->events, arena_take(&arena, sizes.events), MATCH_EVENTS_PER_SEAT * setup->seat_count);
    match->seats = arena_take_zeroed(&arena, setup->seat_count, sizeof(struct match_seat));
    match->chosen = arena_take_zeroed(&arena, setup->seat_count, sizeof(struct input));
    match->joins = arena_take_zeroed(&arena, setup->seat_count, sizeof(struct record_join));
    match->leaves = arena_take_zeroed(&arena, setup->seat_count, sizeof(uint16_t));
    match->standings = arena_take_zeroed(&arena, setup->seat_count, sizeof(struct match_standing));
    match->places = arena_take_zeroed(&arena, setup->seat_count, sizeof(struct match_place));
    hash_index_init(&match->players, setup->seat_count, arena_take(&arena, hash_index_bytes(setup->seat_count)));
    init_seats(match, setup, &arena);
    if (!index_players(match)) {
        return STATUS_INVALID;
    }
    return recorder_init(&match->recorder, &match->header, setup->chunk_ticks, setup->chunk_bytes,
                         arena_take(&arena, sizes.recorder));
}

int match_find_player(const struct match *match, const char *player_id)
{
    struct hash_index_walk walk = {0};
    uint64_t key = hash_text(0, player_id);
    uint32_t slot;
    while ((slot = hash_index_next(&match->players, key, &walk)) != HASH_INDEX_NONE) {
        if (text_equal(match->seats[slot].player.id, player_id)) {
            return (int)slot;
        }
    }
    return -1;
}

void match_take_seat(struct match *match, uint16_t slot, uint64_t session, uint32_t peer)
{
    struct match_seat *seat = &match->seats[slot];
    REQUIRE(slot < match->seat_count && session != 0 && seat->session == 0);
    REQUIRE(match->session_count < match->seat_count);
    seat->session = session;
    seat->peer = peer;
    seat->was_taken = true;
    seat->away_ticks = 0;
    input_buffer_reset(&seat->inputs);
    baseline_history_reset(&seat->history, match->world.tick);
    match->session_count++;
}

void match_leave_seat(struct match *match, uint16_t slot)
{
    struct match_seat *seat = &match->seats[slot];
    REQUIRE(slot < match->seat_count && seat->session != 0);
    REQUIRE(match->session_count > 0);
    seat->session = 0;
    match->session_count--;
    input_buffer_reset(&seat->inputs);
}

uint32_t match_sessions_at(const struct match *match, uint32_t peer, uint64_t *out_sessions)
{
    uint32_t count = 0;
    for (uint16_t slot = 0; slot < match->seat_count; slot++) {
        const struct match_seat *seat = &match->seats[slot];
        if (seat->session != 0 && seat->peer == peer) {
            out_sessions[count++] = seat->session;
        }
    }
    return count;
}

enum input_verdict match_input(struct match *match, uint16_t slot, const uint8_t *bytes, size_t size)
{
    struct input input;
    REQUIRE(slot < match->seat_count && match->seats[slot].session != 0);
    if (input_decode(bytes, size, &input) != STATUS_OK) {
        return INPUT_INVALID;
    }
    return input_buffer_put(&match->seats[slot].inputs, &input, match->world.tick);
}

void match_request_rate(struct match *match, uint16_t slot, uint32_t divisor)
{
    REQUIRE(slot < match->seat_count);
    baseline_history_request(&match->seats[slot].history, divisor);
}

void match_feedback(struct match *match, uint16_t slot, uint32_t skipped, uint32_t written_tick)
{
    REQUIRE(slot < match->seat_count);
    baseline_history_skipped(&match->seats[slot].history, skipped, written_tick, match->world.tick);
}

/* ---- a tick ------------------------------------------------------------------------------------- */

/* What the world and the record call a player: never 0, the same in every match. */
static uint64_t player_number(const char *player_id)
{
    size_t size = 0;
    while (player_id[size] != '\0') {
        size++;
    }
    struct hash hash;
    hash_init(&hash, 0);
    hash_bytes(&hash, player_id, size);
    uint64_t number = hash_finish(&hash);
    return number == 0 ? 1 : number;
}

static void enter_world(struct match *match, uint16_t slot, struct record_tick *tick)
{
    const struct match_player *player = &match->seats[slot].player;
    bool has_teams = match->world.mode->team_count > 0;
    struct record_join *join = &match->joins[tick->join_count++];
    *join = (struct record_join){
        .id = player_number(player->id), .slot = slot, .team = has_teams ? player->team : RULES_TEAM_NONE};
    enum status status = world_join(&match->world, slot, join->team, join->id);
    REQUIRE(status == STATUS_OK);
}

static void leave_world(struct match *match, uint16_t slot, struct record_tick *tick)
{
    match->leaves[tick->leave_count++] = slot;
    enum status status = world_leave(&match->world, slot);
    REQUIRE(status == STATUS_OK);
}

/* Counted only while somebody is here to go on without; who has left stays so until its seat is taken again. */
static void update_absence(struct match *match, struct match_seat *seat)
{
    bool is_away = seat->session == 0 && match->session_count > 0;
    seat->away_ticks = is_away ? seat->away_ticks + 1 : 0;
    if (seat->session != 0) {
        seat->left_tick = 0;
    } else if (seat->away_ticks > match->world.mode->resume_ticks && seat->left_tick == 0) {
        seat->left_tick = match->world.tick + 1;
    }
}

/* All come in the first tick. Later, whose resume window is over leaves the world, unless a bot plays on. */
static void update_roster(struct match *match, struct record_tick *tick)
{
    bool is_first = match->world.tick == 0;
    for (uint16_t slot = 0; slot < match->seat_count; slot++) {
        struct match_seat *seat = &match->seats[slot];
        update_absence(match, seat);
        if (!world_has(&match->world, slot)) {
            if (is_first || seat->session != 0) {
                enter_world(match, slot, tick);
            }
        } else if (seat->away_ticks > match->world.mode->resume_ticks && !bot_backfill_plays(match, slot)) {
            leave_world(match, slot, tick);
        }
    }
}

static void begin_tick(struct match *match)
{
    struct world *world = &match->world;
    recorder_before_tick(&match->recorder, world);
    match->tick = (struct record_tick){.joins = match->joins, .leaves = match->leaves, .inputs = match->chosen};
    update_roster(match, &match->tick);
    for (uint16_t slot = 0; slot < match->seat_count; slot++) {
        if (bot_backfill_plays(match, slot)) {
            bot_backfill_play(match, slot, &match->chosen[slot]);
        } else {
            input_buffer_take(&match->seats[slot].inputs, world->tick + 1, &match->chosen[slot]);
        }
    }
    world_step_movement(world, match->chosen);
}

static void end_tick(struct match *match)
{
    struct world *world = &match->world;
    world_step_combat(world, match->chosen);
    event_history_add(&match->events, &world->events);
    match->hash = world_hash(world);
    match->tick.tick = world->tick;
    match->tick.hash = match->hash;
    recorder_tick(&match->recorder, &match->tick);
}

static bool all_were_here(const struct match *match)
{
    for (uint16_t slot = 0; slot < match->seat_count; slot++) {
        if (!match->seats[slot].was_taken) {
            return false;
        }
    }
    return true;
}

bool match_step_movement(struct match *match)
{
    if (match->state == MATCH_OVER) {
        return false;
    }
    match->idle_ticks = match->session_count > 0 ? 0 : match->idle_ticks + 1;
    if (match->idle_ticks > match->idle_ticks_max) {
        match_end(match, MATCH_END_ABANDONED);
        return false;
    }
    if (match->state == MATCH_WAITING) {
        if (match->wait_ticks_left > 0 && !all_were_here(match)) {
            match->wait_ticks_left--;
            return false;
        }
        match->state = MATCH_RUNNING;
    }
    begin_tick(match);
    return true;
}

void match_step_combat(struct match *match)
{
    REQUIRE(match->state == MATCH_RUNNING);
    end_tick(match);
    if (world_is_over(&match->world)) {
        match_end(match, MATCH_END_FINISHED);
    }
}

bool match_step(struct match *match)
{
    bool has_moved = match_step_movement(match);
    if (has_moved) {
        match_step_combat(match);
    }
    return has_moved;
}

void match_end(struct match *match, enum match_end_reason reason)
{
    REQUIRE(reason != MATCH_END_NONE);
    if (match->state == MATCH_OVER) {
        return;
    }
    match_standings_decide(match, reason);
    recorder_end(&match->recorder,
                 &(struct record_end){.tick = match->world.tick, .hash = match->hash, .decision = match->decision});
    match->state = MATCH_OVER;
}

/* ---- what goes out ------------------------------------------------------------------------------ */

bool match_owes_snapshot(struct match *match, uint16_t slot)
{
    REQUIRE(slot < match->seat_count);
    struct match_seat *seat = &match->seats[slot];
    if (seat->session == 0 || match->world.tick <= seat->history.sent_tick) {
        return false;
    }
    uint32_t age = match->world.tick - seat->history.sent_tick;
    bool is_allowed = seat->history.sent_tick == 0 || age >= match->cost.divisor;
    return match->state == MATCH_OVER || (baseline_history_is_due(&seat->history, match->world.tick) && is_allowed);
}

/* Events that the history has lost are not sent. */
static uint32_t events_after(const struct match *match, const struct baseline_history *history)
{
    const struct baseline *baseline = baseline_history_baseline(history);
    uint32_t seen_tick = baseline != NULL ? baseline->tick : history->known_tick;
    uint32_t tick = match->world.tick;
    if (tick - seen_tick > SNAPSHOT_EVENT_TICKS_MAX) {
        seen_tick = tick - SNAPSHOT_EVENT_TICKS_MAX;
    }
    return event_history_covers(&match->events, seen_tick) ? seen_tick : match->events.lost_tick;
}

/* What a seat may be sent is a bucket that fills with each tick and holds a quarter of a second. */
static uint32_t fill_budget(const struct match *match, struct match_seat *seat)
{
    uint32_t most = match->snapshot_bytes_per_tick * (RULES_TICK_RATE / 4);
    uint64_t gained = (uint64_t)match->snapshot_bytes_per_tick * (match->world.tick - seat->budget_tick);
    seat->budget_tick = match->world.tick;
    seat->budget_bytes = gained < most - seat->budget_bytes ? seat->budget_bytes + (uint32_t)gained : most;
    return seat->budget_bytes;
}

void match_update_scene(struct match *match)
{
    if (match->scene.tick != match->world.tick) {
        scene_update(&match->scene);
    }
}

size_t match_workspace_bytes(void)
{
    struct view_limits limits = view_limits_baseline(RULES_PLAYERS_MAX);
    return 2 * arena_bytes(view_bytes(&limits));
}

void match_workspace_init(struct match_workspace *workspace, void *memory)
{
    struct view_limits limits = view_limits_baseline(RULES_PLAYERS_MAX);
    *workspace = (struct match_workspace){0};
    view_init(&workspace->view, &limits, memory);
    view_init(&workspace->loaded, &limits, (uint8_t *)memory + arena_bytes(view_bytes(&limits)));
}

/* NULL when there is none, or none that can be built upon. */
static const struct view *load_baseline(const struct match *match, struct baseline_history *history, struct view *view)
{
    const struct baseline *baseline = baseline_history_baseline(history);
    if (baseline != NULL && !baseline_load(baseline, &match->scene, view)) {
        baseline_history_break(history);
        return NULL;
    }
    return baseline != NULL ? view : NULL;
}

void match_build_view(struct match *match, uint16_t slot, struct match_workspace *out_workspace)
{
    struct match_seat *seat = &match->seats[slot];
    struct view *view = &out_workspace->view;
    REQUIRE(slot < match->seat_count && seat->session != 0);
    match_update_scene(match);
    out_workspace->slot = slot;
    out_workspace->baseline = load_baseline(match, &seat->history, &out_workspace->loaded);
    interest_view(view, &match->scene, slot, out_workspace->baseline, 8 * fill_budget(match, seat));
    view->input_sequence = seat->inputs.used_sequence;
    view->input_depth = input_buffer_depth(&seat->inputs, match->world.tick);
}

enum status match_encode(struct match *match, struct match_workspace *workspace, uint8_t *bytes, size_t capacity,
                         struct match_snapshot *out_snapshot)
{
    struct match_seat *seat = &match->seats[workspace->slot];
    REQUIRE(workspace->slot < match->seat_count && workspace->view.tick == match->world.tick);
    const struct view *baseline = workspace->baseline;
    const struct snapshot_source source = {.scene = &match->scene,
                                           .baseline = baseline,
                                           .current = &workspace->view,
                                           .events = &match->events,
                                           .events_after = events_after(match, &seat->history)};
    size_t size = 0;
    enum status status = snapshot_encode(&source, bytes, capacity, &size);
    if (status != STATUS_OK) {
        baseline_history_break(&seat->history);
        return status;
    }
    seat->budget_bytes -= (uint32_t)(size < seat->budget_bytes ? size : seat->budget_bytes);
    *out_snapshot = (struct match_snapshot){
        .tick = workspace->view.tick, .baseline_tick = baseline != NULL ? baseline->tick : 0, .size = size};
    baseline_history_sent(&seat->history, &workspace->view);
    return STATUS_OK;
}

const uint16_t *match_order(struct match *match)
{
    match_update_scene(match);
    return match->scene.order;
}

void match_prefetch(const struct match *match, uint32_t place, uint32_t ahead)
{
    const uint16_t *order = match->scene.order;
    if (place + ahead < match->seat_count) {
        baseline_history_prefetch(&match->seats[order[place + ahead]].history);
        scene_prefetch_player(&match->scene, order[place + ahead]);
    }
    const struct baseline *baseline = baseline_history_baseline(&match->seats[order[place]].history);
    if (baseline != NULL) {
        baseline_prefetch_scene(baseline, &match->scene, order[place]);
    }
}

enum status match_write_header(const struct match *match, struct byte_writer *writer)
{
    byte_writer_bytes(writer, match->recorder.header.bytes, match->recorder.header.size);
    return writer->status;
}

enum status match_write_keyframe(const struct match *match, struct byte_writer *writer)
{
    return record_write_keyframe(&match->recorder.state, &match->world, writer);
}
