/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/recorded_match.h"

#include "libcommon/game/client/bot.h"
#include "libcommon/game/record/record.h"
#include "libcommon/game/rules/rules.h"
#include "libcommon/game/snapshot/interest.h"
#include "tests/support/world_decision.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PLAYERS 4

struct recording {
    struct world world;
    struct record_state state;
    struct byte_writer writer;
    struct bot bots[PLAYERS];
    struct scene scene;
    struct view view;
    struct input inputs[PLAYERS];
    struct recorded_events events;
    void *world_memory, *state_memory, *scene_memory, *view_memory;
};

static void *allocate(size_t size)
{
    void *memory = aligned_alloc(16, (size + 15) / 16 * 16);
    assert_non_null(memory);
    return memory;
}

static void recording_begin(struct recording *recording, const struct record_header *header, uint64_t seed)
{
    const struct world_setup *setup = &header->setup;
    size_t world_bytes = world_memory_bytes(setup);
    recording->world_memory = allocate(world_bytes);
    assert_int_equal(world_init(&recording->world, setup, recording->world_memory, world_bytes), STATUS_OK);
    recording->scene_memory = allocate(scene_bytes(setup));
    scene_init(&recording->scene, &recording->world, recording->scene_memory);
    recording->state_memory = allocate(record_state_bytes(setup->capacity));
    record_state_init(&recording->state, setup->capacity, recording->state_memory);
    struct view_limits limits = view_limits_for(setup->capacity);
    recording->view_memory = allocate(view_bytes(&limits));
    view_init(&recording->view, &limits, recording->view_memory);
    for (uint32_t slot = 0; slot < PLAYERS; slot++) {
        bot_init(&recording->bots[slot], seed + slot + 1);
    }
    assert_int_equal(record_write_header(header, &recording->writer), STATUS_OK);
}

static void recording_join_all(struct recording *recording, struct record_join joins[PLAYERS])
{
    for (uint16_t slot = 0; slot < PLAYERS; slot++) {
        joins[slot] = (struct record_join){.id = slot + 1u, .slot = slot, .team = RULES_TEAM_NONE};
        assert_int_equal(world_join(&recording->world, slot, RULES_TEAM_NONE, slot + 1u), STATUS_OK);
    }
}

static void recording_count_events(struct recording *recording)
{
    const struct event_list *list = &recording->world.events;
    for (const struct event *event = list->items; event < list->items + list->count; event++) {
        recording->events.of_kind[event->kind]++;
        recording->events.shots[event->weapon] += event->kind == EVENT_FIRED;
        recording->events.damage += event->kind == EVENT_HIT ? event->value : 0;
    }
}

static void recording_step(struct recording *recording, bool is_flawed)
{
    struct world *world = &recording->world;
    struct record_join joins[PLAYERS];
    uint32_t join_count = world->tick == 0 ? PLAYERS : 0;
    if (join_count > 0) {
        recording_join_all(recording, joins);
    }
    scene_update(&recording->scene);
    for (uint16_t slot = 0; slot < PLAYERS; slot++) {
        interest_view(&recording->view, &recording->scene, slot, NULL, INTEREST_UNBOUNDED);
        bot_think(&recording->bots[slot], &recording->view, world->map, &recording->inputs[slot]);
    }
    world_step(world, recording->inputs);
    recording_count_events(recording);
    if (is_flawed) {
        world->players[RECORDED_FLAW_SLOT].kills++;
    }
    struct record_tick tick = {.tick = world->tick,
                               .hash = world_hash(world),
                               .joins = joins,
                               .join_count = join_count,
                               .inputs = recording->inputs};
    assert_int_equal(record_write_tick(&recording->state, &tick, &recording->writer), STATUS_OK);
}

void recorded_match_make(struct recorded_match *out_match, const uint8_t match_id[16], uint64_t seed, uint32_t ticks)
{
    recorded_match_make_with(out_match, match_id, seed, ticks, 0, 0);
}

void recorded_match_make_with(struct recorded_match *out_match, const uint8_t match_id[16], uint64_t seed,
                              uint32_t ticks, uint32_t keyframe_ticks, uint32_t flaw_tick)
{
    struct record_header header = {.rules_version = RULES_VERSION};
    memcpy(header.match_id, match_id, sizeof header.match_id);
    header.setup = (struct world_setup){.seed = seed, .mode = mode_find("ffa"), .capacity = PLAYERS};
    size_t capacity =
        RECORD_HEADER_BYTES_MAX + record_end_bytes_max(PLAYERS) + ticks * record_tick_bytes_max(header.setup.capacity);
    if (keyframe_ticks > 0) {
        capacity += (ticks / keyframe_ticks + 1) * record_keyframe_bytes_max(header.setup.capacity);
    }
    struct recording recording = {0};
    struct recorded_match match = {.bytes = allocate(capacity), .ticks = ticks};
    byte_writer_init(&recording.writer, match.bytes, capacity);
    recording_begin(&recording, &header, seed);
    for (uint32_t i = 0; i < ticks; i++) {
        match.middle = i == ticks / 2 ? recording.writer.size : match.middle;
        if (keyframe_ticks > 0 && i > 0 && i % keyframe_ticks == 0) {
            assert_int_equal(record_write_keyframe(&recording.state, &recording.world, &recording.writer), STATUS_OK);
        }
        recording_step(&recording, i + 1 == flaw_tick);
    }
    match.state_hash = world_hash(&recording.world);
    match.events = recording.events;
    struct match_place places[PLAYERS];
    struct record_end end = {
        .tick = ticks, .hash = match.state_hash, .decision = world_decision(&recording.world, places)};
    assert_int_equal(record_write_end(&end, &recording.writer), STATUS_OK);
    assert_int_equal(byte_writer_finish(&recording.writer, &match.size), STATUS_OK);
    free(recording.world_memory);
    free(recording.state_memory);
    free(recording.scene_memory);
    free(recording.view_memory);
    *out_match = match;
}

void recorded_match_free(struct recorded_match *match)
{
    free(match->bytes);
    match->bytes = NULL;
}
