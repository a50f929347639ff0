/* SPDX-License-Identifier: Apache-2.0 */
/* Every part of the state that a hash covers has a name. */
#include "services/replay-writer/core/world_fields.h"

#include "libcommon/game/record/record.h"
#include "tests/support/recorded_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TICKS 400

static const uint8_t match_id[16] = {4, 5, 6};

struct pair {
    struct world played, altered;
    void *memory[2];
    uint8_t *bytes; /* the played one's state */
    size_t size;
};

/* A world in the thick of it: TICKS ticks of a true match. */
static int play(void **state)
{
    static struct pair pair;
    struct recorded_match match;
    struct record_header header;
    size_t at = 0, used = 0;
    recorded_match_make(&match, match_id, 42, TICKS);
    assert_int_equal(record_read_header(match.bytes, match.size, &header, &at), STATUS_OK);
    size_t size = record_playback_bytes(&header);
    struct record_playback player;
    struct record record;
    void *memory = malloc(size);
    assert_int_equal(record_playback_init(&player, &header, memory, size), STATUS_OK);
    while (!player.has_ended) {
        assert_int_equal(record_playback_next(&player, match.bytes + at, match.size - at, &record, &used), STATUS_OK);
        at += used;
    }
    size_t capacity = world_keyframe_bytes_max(player.world.capacity);
    struct byte_writer writer;
    pair.bytes = malloc(capacity);
    byte_writer_init(&writer, pair.bytes, capacity);
    world_write(&player.world, &writer);
    assert_int_equal(byte_writer_finish(&writer, &pair.size), STATUS_OK);
    struct world *worlds[2] = {&pair.played, &pair.altered};
    for (int i = 0; i < 2; i++) {
        size_t bytes = world_memory_bytes(&header.setup);
        pair.memory[i] = malloc(bytes);
        assert_int_equal(world_init(worlds[i], &header.setup, pair.memory[i], bytes), STATUS_OK);
        struct byte_reader reader;
        byte_reader_init(&reader, pair.bytes, pair.size);
        world_read(worlds[i], &reader);
        assert_int_equal(byte_reader_finish(&reader), STATUS_OK);
    }
    free(memory);
    recorded_match_free(&match);
    *state = &pair;
    return 0;
}

static int forget(void **state)
{
    struct pair *pair = *state;
    free(pair->memory[0]);
    free(pair->memory[1]);
    free(pair->bytes);
    return 0;
}

static void test_equal_worlds_do_not_differ(void **state)
{
    const struct pair *pair = *state;
    struct world_difference difference;
    assert_true(world_hash(&pair->played) == world_hash(&pair->altered));
    assert_false(world_fields_differ(&pair->played, &pair->altered, &difference));
}

static void test_every_flipped_byte_of_a_state_that_changes_its_hash_has_a_name(void **state)
{
    struct pair *pair = *state;
    uint32_t named = 0;
    for (size_t at = 0; at < pair->size; at++) {
        struct world_difference difference;
        struct byte_reader reader;
        pair->bytes[at] ^= 1;
        byte_reader_init(&reader, pair->bytes, pair->size);
        world_read(&pair->altered, &reader);
        bool is_read = byte_reader_finish(&reader) == STATUS_OK;
        if (is_read && world_hash(&pair->altered) != world_hash(&pair->played)) {
            assert_true(world_fields_differ(&pair->played, &pair->altered, &difference));
            assert_true(difference.expected != difference.actual);
            named++;
        }
        pair->bytes[at] ^= 1;
    }
    assert_true(named > pair->size / 2);
}

static void test_values_keep_their_sign(void **state)
{
    struct pair *pair = *state;
    pair->played.players[1].actor.velocity.x = -77;
    for (uint32_t i = 0; i < world_player_fields.count; i++) {
        const struct world_field *field = &world_player_fields.items[i];
        if (strcmp(field->name, "actor.velocity.x") == 0) {
            assert_true((int64_t)world_field_value(field, &pair->played.players[1]) == -77);
            return;
        }
    }
    fail_msg("there is no such field");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_equal_worlds_do_not_differ),
        cmocka_unit_test(test_every_flipped_byte_of_a_state_that_changes_its_hash_has_a_name),
        cmocka_unit_test(test_values_keep_their_sign),
    };
    return cmocka_run_group_tests(tests, play, forget);
}
