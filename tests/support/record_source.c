/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/record_source.h"

#include "tests/support/world_decision.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PLAYERS RECORD_SOURCE_PLAYERS

void record_source_open(struct record_source *source, uint64_t seed)
{
    record_source_open_on(source, seed, map_find(mode_find("ffa")->map));
}

void record_source_open_on(struct record_source *source, uint64_t seed, const struct map *map)
{
    memset(source, 0, sizeof(*source));
    source->header.rules_version = RULES_VERSION;
    for (size_t i = 0; i < sizeof(source->header.match_id); i++) {
        source->header.match_id[i] = (uint8_t)(seed + i);
    }
    source->header.setup = (struct world_setup){.seed = seed, .capacity = PLAYERS};
    source->header.setup.mode = mode_find("ffa");
    source->header.setup.map = map;
    source->header.setup.time_limit_ticks = 3000;
    source->header.setup.score_limit = 50;
    size_t size = world_memory_bytes(&source->header.setup);
    source->world_memory = malloc(size);
    source->state_memory = malloc(record_state_bytes(PLAYERS));
    assert_int_equal(world_init(&source->world, &source->header.setup, source->world_memory, size), STATUS_OK);
    record_state_init(&source->state, PLAYERS, source->state_memory);
}

void record_source_close(struct record_source *source)
{
    free(source->world_memory);
    free(source->state_memory);
}

void record_source_step(struct record_source *source)
{
    struct world *world = &source->world;
    struct record_join joins[PLAYERS];
    struct byte_writer writer;
    uint32_t join_count = world->tick == 0 ? PLAYERS : 0;
    for (uint16_t slot = 0; slot < PLAYERS; slot++) {
        joins[slot] = (struct record_join){.id = slot + 1u, .slot = slot, .team = RULES_TEAM_NONE};
        if (join_count > 0) {
            assert_int_equal(world_join(world, slot, RULES_TEAM_NONE, slot + 1u), STATUS_OK);
        }
        source->inputs[slot].buttons = (uint16_t)((1u << ((world->tick / 30 + slot) % 4)) | INPUT_FIRE);
        source->inputs[slot].aim = (uint16_t)(world->tick * 97 + slot * 16384u);
    }
    world_step(world, source->inputs);
    const struct record_tick tick = {.tick = world->tick,
                                     .hash = world_hash(world),
                                     .joins = joins,
                                     .join_count = join_count,
                                     .inputs = source->inputs};
    byte_writer_init(&writer, source->bytes, sizeof(source->bytes));
    assert_int_equal(record_write_tick(&source->state, &tick, &writer), STATUS_OK);
    source->size = writer.size;
}

void record_source_keyframe(struct record_source *source)
{
    struct byte_writer writer;
    byte_writer_init(&writer, source->bytes, sizeof(source->bytes));
    assert_int_equal(record_write_keyframe(&source->state, &source->world, &writer), STATUS_OK);
    source->size = writer.size;
}

void record_source_end(struct record_source *source)
{
    struct byte_writer writer;
    struct match_place places[RECORD_SOURCE_PLAYERS];
    const struct record_end end = {.tick = source->world.tick,
                                   .hash = world_hash(&source->world),
                                   .decision = world_decision(&source->world, places)};
    byte_writer_init(&writer, source->bytes, sizeof(source->bytes));
    assert_int_equal(record_write_end(&end, &writer), STATUS_OK);
    source->size = writer.size;
}

void record_source_header(struct record_source *source)
{
    struct byte_writer writer;
    byte_writer_init(&writer, source->bytes, sizeof(source->bytes));
    assert_int_equal(record_write_header(&source->header, &writer), STATUS_OK);
    source->size = writer.size;
}
