/* SPDX-License-Identifier: Apache-2.0 */
#include "services/replay-writer/core/replay_verify.h"

#include "tests/support/recorded_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>

#include <cmocka.h>

#define TICKS 240

static const uint8_t match_id[16] = {1, 2, 3};

static int make_match(void **state)
{
    static struct recorded_match match;
    recorded_match_make(&match, match_id, 42, TICKS);
    *state = &match;
    return 0;
}

static int free_match(void **state)
{
    recorded_match_free(*state);
    return 0;
}

static enum status verify(const uint8_t *bytes, size_t size, struct replay_summary *summary)
{
    struct record_header header;
    size_t used = 0;
    if (record_read_header(bytes, size, &header, &used) != STATUS_OK) {
        return STATUS_INVALID;
    }
    size_t memory_size = replay_verify_bytes(&header);
    if (memory_size == 0) {
        return STATUS_INVALID;
    }
    void *memory = aligned_alloc(16, (memory_size + 15) / 16 * 16);
    assert_non_null(memory);
    enum status status = replay_verify(&header, bytes + used, size - used, memory, memory_size, summary);
    free(memory);
    return status;
}

static void test_verify_agrees_with_a_true_record_at_every_tick(void **state)
{
    const struct recorded_match *match = *state;
    struct replay_summary summary = {0};
    assert_int_equal(verify(match->bytes, match->size, &summary), STATUS_OK);
    assert_int_equal(summary.ticks, TICKS);
    assert_int_equal(summary.state_hash, match->state_hash);
}

static void test_verify_sums_up_every_event_of_the_match(void **state)
{
    (void)state;
    struct recorded_match match;
    struct replay_summary summary = {0};
    recorded_match_make(&match, match_id, 42, 1500);
    assert_int_equal(verify(match.bytes, match.size, &summary), STATUS_OK);
    const struct replay_tally *tally = &summary.tally;
    assert_memory_equal(tally->shots, match.events.shots, sizeof tally->shots);
    assert_int_equal(tally->hits, match.events.of_kind[EVENT_HIT]);
    assert_int_equal(tally->damage, match.events.damage);
    assert_int_equal(tally->deaths, match.events.of_kind[EVENT_DEATH]);
    assert_int_equal(tally->respawns, match.events.of_kind[EVENT_RESPAWN]);
    assert_int_equal(tally->scores, match.events.of_kind[EVENT_SCORE]);
    assert_true(tally->deaths > 1 && tally->respawns > 1 && tally->scores > 1 && tally->hits > tally->deaths);
    recorded_match_free(&match);
}

static void test_record_without_a_tick_has_the_hash_of_its_end(void **state)
{
    (void)state;
    struct recorded_match brief;
    struct replay_summary summary = {0};
    recorded_match_make(&brief, match_id, 42, 0);
    assert_int_equal(verify(brief.bytes, brief.size, &summary), STATUS_OK);
    assert_int_equal(summary.ticks, 0);
    assert_true(brief.state_hash != 0);
    assert_true(summary.state_hash == brief.state_hash);
    recorded_match_free(&brief);
}

static void test_verify_refuses_a_record_cut_anywhere(void **state)
{
    const struct recorded_match *match = *state;
    struct recorded_match brief;
    recorded_match_make_with(&brief, match_id, 7, 40, 15, 0);
    for (size_t size = 0; size < brief.size; size++) {
        struct replay_summary at_each_byte;
        assert_int_not_equal(verify(brief.bytes, size, &at_each_byte), STATUS_OK);
    }
    recorded_match_free(&brief);
    for (size_t size = 0; size < match->size; size += 1 + size / 40) {
        struct replay_summary summary = {0};
        assert_int_not_equal(verify(match->bytes, size, &summary), STATUS_OK);
    }
    struct replay_summary summary = {0};
    assert_int_equal(verify(match->bytes, match->middle, &summary), STATUS_TRUNCATED);
    assert_int_equal(summary.ticks, TICKS / 2);
}

static void test_verify_refuses_a_flipped_bit_anywhere(void **state)
{
    const struct recorded_match *match = *state;
    struct recorded_match brief;
    recorded_match_make_with(&brief, match_id, 7, 40, 15, 0);
    for (size_t at = 0; at < brief.size; at++) {
        struct replay_summary at_each_byte;
        brief.bytes[at] ^= (uint8_t)(1u << (at % 8));
        assert_int_not_equal(verify(brief.bytes, brief.size, &at_each_byte), STATUS_OK);
        brief.bytes[at] ^= (uint8_t)(1u << (at % 8));
    }
    recorded_match_free(&brief);
    for (size_t at = 0; at < match->size; at += 1 + match->size / 150) {
        struct replay_summary summary = {0};
        match->bytes[at] ^= 4;
        assert_int_not_equal(verify(match->bytes, match->size, &summary), STATUS_OK);
        match->bytes[at] ^= 4;
    }
}

static void test_verify_refuses_bytes_after_the_end(void **state)
{
    const struct recorded_match *match = *state;
    uint8_t *longer = calloc(1, match->size + 1);
    assert_non_null(longer);
    __builtin_memcpy(longer, match->bytes, match->size);
    struct replay_summary summary = {0};
    assert_int_equal(verify(longer, match->size + 1, &summary), STATUS_INVALID);
    free(longer);
}

static void test_verify_names_the_first_divergent_tick_and_the_field(void **state)
{
    struct recorded_match flawed;
    struct replay_summary summary = {0};
    (void)state;
    recorded_match_make_with(&flawed, match_id, 42, TICKS, 75, 207);
    assert_int_equal(verify(flawed.bytes, flawed.size, &summary), STATUS_MISMATCH);
    assert_int_equal(summary.ticks, 206);
    assert_int_equal(summary.first_divergent_tick, 207);
    assert_true(summary.has_difference);
    assert_int_equal(summary.difference_tick, 225);
    assert_int_equal(summary.difference.part, WORLD_PART_PLAYER);
    assert_int_equal(summary.difference.index, RECORDED_FLAW_SLOT);
    assert_string_equal(summary.difference.field.name, "kills");
    assert_int_equal(summary.difference.expected, summary.difference.actual + 1);
    recorded_match_free(&flawed);
}

static void test_verify_without_a_later_keyframe_names_the_tick_alone(void **state)
{
    struct recorded_match flawed;
    struct replay_summary summary = {0};
    (void)state;
    recorded_match_make_with(&flawed, match_id, 42, TICKS, 75, 230);
    assert_int_equal(verify(flawed.bytes, flawed.size, &summary), STATUS_MISMATCH);
    assert_int_equal(summary.first_divergent_tick, 230);
    assert_false(summary.has_difference);
    recorded_match_free(&flawed);
}

static void test_verify_of_a_divergent_record_that_is_cut_off_names_the_tick_and_reads_no_further(void **state)
{
    (void)state;
    struct recorded_match flawed;
    struct replay_summary summary = {0};
    recorded_match_make_with(&flawed, match_id, 42, TICKS, 0, 90);
    uint8_t *cut = malloc(flawed.middle); /* of that size, so that a sanitizer sees a byte too much */
    assert_non_null(cut);
    __builtin_memcpy(cut, flawed.bytes, flawed.middle);
    assert_int_equal(verify(cut, flawed.middle, &summary), STATUS_MISMATCH);
    assert_int_equal(summary.first_divergent_tick, 90);
    assert_int_equal(summary.ticks, 89);
    assert_false(summary.has_difference);
    free(cut);
    recorded_match_free(&flawed);
}

static void test_verify_without_memory_or_map_refuses(void **state)
{
    const struct recorded_match *match = *state;
    struct record_header header;
    struct replay_summary summary;
    static _Alignas(16) uint8_t memory[64];
    size_t used = 0;
    assert_int_equal(record_read_header(match->bytes, match->size, &header, &used), STATUS_OK);
    const uint8_t *bytes = match->bytes + used;
    size_t size = match->size - used;
    assert_int_equal(replay_verify(&header, bytes, size, memory, sizeof memory, &summary), STATUS_NO_MEMORY);
    header.map_text = "a map that was not read";
    header.setup.map = NULL;
    assert_int_equal(replay_verify_bytes(&header), 0);
    assert_int_equal(replay_verify(&header, bytes, size, memory, sizeof memory, &summary), STATUS_INVALID);
}

static void test_verify_agrees_with_a_record_that_has_keyframes(void **state)
{
    struct recorded_match match;
    struct replay_summary summary = {0};
    (void)state;
    recorded_match_make_with(&match, match_id, 42, TICKS, 50, 0);
    assert_int_equal(verify(match.bytes, match.size, &summary), STATUS_OK);
    assert_int_equal(summary.ticks, TICKS);
    assert_false(summary.has_difference);
    recorded_match_free(&match);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_verify_agrees_with_a_true_record_at_every_tick),
        cmocka_unit_test(test_verify_sums_up_every_event_of_the_match),
        cmocka_unit_test(test_verify_of_a_divergent_record_that_is_cut_off_names_the_tick_and_reads_no_further),
        cmocka_unit_test(test_verify_without_memory_or_map_refuses),
        cmocka_unit_test(test_record_without_a_tick_has_the_hash_of_its_end),
        cmocka_unit_test(test_verify_refuses_a_record_cut_anywhere),
        cmocka_unit_test(test_verify_refuses_a_flipped_bit_anywhere),
        cmocka_unit_test(test_verify_refuses_bytes_after_the_end),
        cmocka_unit_test(test_verify_names_the_first_divergent_tick_and_the_field),
        cmocka_unit_test(test_verify_without_a_later_keyframe_names_the_tick_alone),
        cmocka_unit_test(test_verify_agrees_with_a_record_that_has_keyframes),
    };
    return cmocka_run_group_tests(tests, make_match, free_match);
}
