/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/core/stream.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define SPECTATOR 0xABCDu

static struct session_table sessions;
static struct stream_table streams;
static void *memory[2];

static int set_up(void **state)
{
    (void)state;
    memory[0] = malloc(session_table_bytes(8));
    memory[1] = malloc(stream_table_bytes(2));
    assert_non_null(memory[0]);
    assert_non_null(memory[1]);
    session_table_init(&sessions, 8, 1, memory[0]);
    stream_table_init(&streams, 2, &sessions, memory[1]);
    return 0;
}

static int tear_down(void **state)
{
    (void)state;
    free(memory[0]);
    free(memory[1]);
    return 0;
}

static struct stream named(uint64_t id)
{
    return (struct stream){.id = id, .spectator_key = SPECTATOR};
}

static uint32_t viewers_of(uint64_t id)
{
    const struct stream *stream = stream_table_find(&streams, SPECTATOR, id);
    uint32_t mask = 0;
    for (uint32_t slot = stream == NULL ? SESSION_NONE : stream->first; slot != SESSION_NONE;
         slot = sessions.sessions[slot].stream_next) {
        mask |= 1u << slot;
    }
    return mask;
}

static void test_each_stream_has_its_own_viewers(void **state)
{
    (void)state;
    struct stream first = named(1), second = named(2);
    struct session *viewers[4];
    for (int i = 0; i < 4; i++) {
        viewers[i] = session_table_open(&sessions);
        assert_int_equal(STATUS_OK, stream_enter(&streams, i % 2 ? &second : &first, viewers[i]));
    }
    assert_int_equal(1u << viewers[0]->slot | 1u << viewers[2]->slot, viewers_of(1));
    assert_int_equal(1u << viewers[1]->slot | 1u << viewers[3]->slot, viewers_of(2));
    stream_leave(&streams, viewers[0]);
    stream_leave(&streams, viewers[0]); /* in none by now: nothing happens */
    assert_int_equal(1u << viewers[2]->slot, viewers_of(1));
}

static void test_the_same_id_of_another_spectator_is_another_stream(void **state)
{
    (void)state;
    struct stream ours = named(1);
    struct session *viewer = session_table_open(&sessions);
    assert_int_equal(STATUS_OK, stream_enter(&streams, &ours, viewer));
    assert_non_null(stream_table_find(&streams, SPECTATOR, 1));
    assert_null(stream_table_find(&streams, SPECTATOR + 1, 1));
}

static void test_a_stream_lives_from_its_first_viewer_to_its_last(void **state)
{
    (void)state;
    struct session *viewer = session_table_open(&sessions);
    for (uint64_t id = 1; id < 10; id++) { /* more streams than there is room for, one after the other */
        struct stream stream = named(id);
        assert_int_equal(STATUS_OK, stream_enter(&streams, &stream, viewer));
        assert_int_equal(1, streams.count);
        stream_leave(&streams, viewer);
        assert_null(stream_table_find(&streams, SPECTATOR, id));
    }
}

static void test_one_stream_too_many_is_refused_and_the_viewer_stays_free(void **state)
{
    (void)state;
    struct stream stream[3] = {named(1), named(2), named(3)};
    struct session *viewer[3];
    for (int i = 0; i < 3; i++) {
        viewer[i] = session_table_open(&sessions);
        assert_int_equal(i < 2 ? STATUS_OK : STATUS_FULL, stream_enter(&streams, &stream[i], viewer[i]));
    }
    assert_int_equal(SESSION_NONE, viewer[2]->stream);
    assert_int_equal(STATUS_OK, stream_enter(&streams, &stream[1], viewer[2]));
}

static void test_who_enters_waits_for_a_keyframe(void **state)
{
    (void)state;
    struct stream stream = named(1);
    struct session *viewer = session_table_open(&sessions);
    viewer->written_tick = 50; /* of an earlier stream */
    assert_int_equal(STATUS_OK, stream_enter(&streams, &stream, viewer));
    assert_false(session_offer_snapshot(viewer, 51, 50, false));
    assert_true(session_offer_snapshot(viewer, 60, 0, false));
    assert_true(session_offer_snapshot(viewer, 61, 60, false));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(test_each_stream_has_its_own_viewers, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_the_same_id_of_another_spectator_is_another_stream, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_a_stream_lives_from_its_first_viewer_to_its_last, set_up, tear_down),
        cmocka_unit_test_setup_teardown(test_one_stream_too_many_is_refused_and_the_viewer_stays_free, set_up,
                                        tear_down),
        cmocka_unit_test_setup_teardown(test_who_enters_waits_for_a_keyframe, set_up, tear_down),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
