/* SPDX-License-Identifier: Apache-2.0 */
#include "services/replay-writer/core/intake.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#define RETRY_MS 1000
#define JOBS_MAX 4

static struct intake intake;
static struct intake_effects effects;

static int set_up(void **state)
{
    (void)state;
    intake_init(&intake, JOBS_MAX, RETRY_MS);
    return 0;
}

static void expect_kinds(const enum intake_effect_kind *kinds, size_t count, int line)
{
    bool is_equal = effects.count == count;
    for (size_t i = 0; i < count && is_equal; i++) {
        is_equal = effects.items[i].kind == kinds[i];
    }
    if (!is_equal) {
        fail_msg("line %d: %u effects, others than expected", line, effects.count);
    }
}

/* Exactly these kinds, in this order. */
#define EXPECT(...)                                                                                                    \
    do {                                                                                                               \
        const enum intake_effect_kind expected[] = {__VA_ARGS__};                                                      \
        expect_kinds(expected, sizeof expected / sizeof expected[0], __LINE__);                                        \
    } while (0)

static const struct intake_effect *effect_of(enum intake_effect_kind kind)
{
    for (uint32_t i = 0; i < effects.count; i++) {
        if (effects.items[i].kind == kind) {
            return &effects.items[i];
        }
    }
    fail_msg("there is no effect of kind %d", (int)kind);
    return NULL;
}

static uint32_t deliver(enum intake_kind kind, uint64_t tag)
{
    return intake_deliver(&intake, kind, tag, &effects);
}

static void test_a_part_is_acknowledged_once_it_is_stored(void **state)
{
    (void)state;
    uint32_t slot = deliver(INTAKE_CHUNK, 7);
    EXPECT(INTAKE_STORE);
    assert_int_equal(effects.items[0].slot, slot);
    intake_stored(&intake, STATUS_EMPTY, 0, &effects);
    EXPECT(INTAKE_STORAGE_STATE, INTAKE_ACKNOWLEDGE, INTAKE_FINISHED, INTAKE_RELEASE);
    assert_int_equal(effect_of(INTAKE_STORAGE_STATE)->status, STATUS_OK);
    assert_int_equal(effect_of(INTAKE_ACKNOWLEDGE)->tag, 7);
    assert_int_equal(effect_of(INTAKE_FINISHED)->outcome, INTAKE_OUTCOME_STORED);
    assert_int_equal(effect_of(INTAKE_RELEASE)->slot, slot);
    assert_int_equal(intake.state, INTAKE_IDLE);
}

static void test_the_part_that_completes_a_replay_is_acknowledged_last_of_all(void **state)
{
    (void)state;
    (void)deliver(INTAKE_CHUNK, 7);
    intake_stored(&intake, STATUS_OK, 0, &effects);
    EXPECT(INTAKE_STORAGE_STATE, INTAKE_RECORD);
    intake_recorded(&intake, STATUS_OK, 0, &effects);
    EXPECT(INTAKE_WRITTEN, INTAKE_FORGET_PARTS);
    intake_parts_forgotten(&intake, &effects);
    EXPECT(INTAKE_ACKNOWLEDGE, INTAKE_FINISHED, INTAKE_RELEASE);
    assert_int_equal(effect_of(INTAKE_ACKNOWLEDGE)->tag, 7);
    assert_int_equal(effect_of(INTAKE_FINISHED)->outcome, INTAKE_OUTCOME_COMPLETED);
}

static void test_an_audit_event_is_acknowledged_once_it_is_recorded(void **state)
{
    (void)state;
    (void)deliver(INTAKE_AUDIT, 8);
    EXPECT(INTAKE_RECORD);
    intake_recorded(&intake, STATUS_OK, 0, &effects);
    EXPECT(INTAKE_ACKNOWLEDGE, INTAKE_FINISHED, INTAKE_RELEASE);
    assert_int_equal(effect_of(INTAKE_ACKNOWLEDGE)->tag, 8);
    assert_int_equal(effect_of(INTAKE_FINISHED)->outcome, INTAKE_OUTCOME_RECORDED);
}

static void test_deliveries_are_worked_one_at_a_time_in_their_order(void **state)
{
    (void)state;
    uint32_t slots[3];
    for (uint32_t i = 0; i < 3; i++) {
        slots[i] = deliver(i == 1 ? INTAKE_AUDIT : INTAKE_CHUNK, 10 + i);
        assert_int_equal(effects.count, i == 0);
    }
    intake_stored(&intake, STATUS_EMPTY, 0, &effects);
    assert_int_equal(effect_of(INTAKE_ACKNOWLEDGE)->tag, 10);
    assert_int_equal(effect_of(INTAKE_RECORD)->slot, slots[1]);
    intake_recorded(&intake, STATUS_OK, 0, &effects);
    assert_int_equal(effect_of(INTAKE_ACKNOWLEDGE)->tag, 11);
    assert_int_equal(effect_of(INTAKE_STORE)->slot, slots[2]);
    intake_stored(&intake, STATUS_EMPTY, 0, &effects);
    assert_int_equal(effect_of(INTAKE_ACKNOWLEDGE)->tag, 12);
    assert_int_equal(intake.count, 0);
}

static void test_a_disk_that_fails_is_tried_again_and_shown_at_readiness(void **state)
{
    (void)state;
    static const enum status passing[] = {STATUS_IO, STATUS_NO_MEMORY, STATUS_FULL};
    uint32_t slot = deliver(INTAKE_CHUNK, 7);
    for (uint64_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        uint64_t now_ms = 5000 + i * 10000;
        intake_stored(&intake, passing[i], now_ms, &effects);
        EXPECT(INTAKE_STORAGE_STATE, INTAKE_DELAYED, INTAKE_WAKE);
        assert_int_equal(effect_of(INTAKE_STORAGE_STATE)->status, passing[i]);
        assert_int_equal(effect_of(INTAKE_DELAYED)->status, passing[i]);
        assert_int_equal(effect_of(INTAKE_DELAYED)->step, INTAKE_STORING);
        assert_int_equal(effect_of(INTAKE_DELAYED)->slot, slot);
        assert_int_equal(effect_of(INTAKE_WAKE)->at_ms, now_ms + RETRY_MS);
        intake_wake(&intake, now_ms + RETRY_MS - 1, &effects);
        EXPECT(INTAKE_WAKE);
        assert_int_equal(effects.items[0].at_ms, now_ms + RETRY_MS);
        intake_wake(&intake, now_ms + RETRY_MS, &effects);
        EXPECT(INTAKE_STORE);
    }
    intake_stored(&intake, STATUS_EMPTY, 90000, &effects);
    assert_int_equal(effect_of(INTAKE_STORAGE_STATE)->status, STATUS_OK);
    assert_int_equal(effect_of(INTAKE_ACKNOWLEDGE)->tag, 7);
}

static void test_what_can_never_be_stored_goes_to_the_dead_letters_and_does_not_block_the_next(void **state)
{
    (void)state;
    static const enum status permanent[] = {STATUS_MISMATCH, STATUS_TOO_LARGE, STATUS_INVALID};
    for (uint64_t i = 0; i < sizeof permanent / sizeof permanent[0]; i++) {
        (void)deliver(INTAKE_CHUNK, i);
        (void)deliver(INTAKE_CHUNK, 100 + i);
        intake_stored(&intake, permanent[i], 0, &effects);
        EXPECT(INTAKE_STORAGE_STATE, INTAKE_REFUSED, INTAKE_REJECT, INTAKE_FINISHED, INTAKE_RELEASE, INTAKE_STORE);
        assert_int_equal(effect_of(INTAKE_STORAGE_STATE)->status, STATUS_OK);
        assert_int_equal(effect_of(INTAKE_REFUSED)->status, permanent[i]);
        assert_int_equal(effect_of(INTAKE_REJECT)->tag, i);
        assert_int_equal(effect_of(INTAKE_FINISHED)->outcome, INTAKE_OUTCOME_REFUSED);
        intake_stored(&intake, STATUS_EMPTY, 0, &effects);
    }
}

static void test_a_database_that_is_away_is_asked_again_from_the_first_step(void **state)
{
    (void)state;
    static const enum status passing[] = {STATUS_UNAVAILABLE, STATUS_EXPIRED, STATUS_FULL, STATUS_CANCELLED};
    (void)deliver(INTAKE_CHUNK, 7);
    for (uint64_t i = 0; i < sizeof passing / sizeof passing[0]; i++) {
        intake_stored(&intake, STATUS_OK, 0, &effects);
        intake_recorded(&intake, passing[i], 100, &effects);
        EXPECT(INTAKE_DELAYED, INTAKE_WAKE);
        assert_int_equal(effect_of(INTAKE_DELAYED)->step, INTAKE_RECORDING);
        intake_wake(&intake, 100 + RETRY_MS, &effects);
        EXPECT(INTAKE_STORE);
    }
    intake_stored(&intake, STATUS_OK, 0, &effects);
    intake_recorded(&intake, STATUS_OK, 0, &effects);
    EXPECT(INTAKE_WRITTEN, INTAKE_FORGET_PARTS);
}

static void test_a_row_that_the_database_never_takes_goes_to_the_dead_letters(void **state)
{
    (void)state;
    (void)deliver(INTAKE_AUDIT, 8);
    intake_recorded(&intake, STATUS_REFUSED, 0, &effects);
    EXPECT(INTAKE_REFUSED, INTAKE_REJECT, INTAKE_FINISHED, INTAKE_RELEASE);
    (void)deliver(INTAKE_CHUNK, 9);
    intake_stored(&intake, STATUS_OK, 0, &effects);
    intake_recorded(&intake, STATUS_REFUSED, 0, &effects);
    EXPECT(INTAKE_REFUSED, INTAKE_REJECT, INTAKE_FINISHED, INTAKE_RELEASE);
    assert_int_equal(effect_of(INTAKE_REJECT)->tag, 9);
}

static void test_what_is_no_chunk_or_event_is_rejected_at_once(void **state)
{
    (void)state;
    (void)deliver(INTAKE_CHUNK, 7);
    intake_deliver_invalid(&intake, 66, &effects);
    EXPECT(INTAKE_REJECT);
    assert_int_equal(effects.items[0].tag, 66);
    assert_int_equal(intake.count, 1);
}

static void test_more_than_the_table_holds_goes_back_to_the_broker(void **state)
{
    (void)state;
    for (uint64_t i = 0; i < JOBS_MAX; i++) {
        assert_int_not_equal(deliver(INTAKE_CHUNK, i), INTAKE_SLOT_NONE);
    }
    assert_int_equal(deliver(INTAKE_CHUNK, 66), INTAKE_SLOT_NONE);
    EXPECT(INTAKE_REQUEUE);
    assert_int_equal(effects.items[0].tag, 66);
    intake_stored(&intake, STATUS_EMPTY, 0, &effects); /* one place is free again */
    assert_int_equal(deliver(INTAKE_CHUNK, 67), 0);
}

static void test_a_lost_broker_takes_back_what_waits_and_the_job_at_hand_is_not_acknowledged(void **state)
{
    (void)state;
    uint32_t first = deliver(INTAKE_CHUNK, 1), second = deliver(INTAKE_CHUNK, 2), third = deliver(INTAKE_AUDIT, 3);
    intake_broker_lost(&intake, &effects);
    EXPECT(INTAKE_RELEASE, INTAKE_RELEASE);
    assert_int_equal(effects.items[0].slot, third);
    assert_int_equal(effects.items[1].slot, second);
    uint32_t again = deliver(INTAKE_CHUNK, 11); /* the broker gives it to us again */
    assert_int_equal(again, second);
    assert_int_equal(effects.count, 0);
    intake_stored(&intake, STATUS_EMPTY, 0, &effects);
    EXPECT(INTAKE_STORAGE_STATE, INTAKE_FINISHED, INTAKE_RELEASE, INTAKE_STORE);
    assert_int_equal(effect_of(INTAKE_RELEASE)->slot, first);
    intake_stored(&intake, STATUS_EMPTY, 0, &effects);
    assert_int_equal(effect_of(INTAKE_ACKNOWLEDGE)->tag, 11);
    intake_broker_lost(&intake, &effects);
    assert_int_equal(effects.count, 0);
}

static void test_a_lost_broker_also_means_no_rejection(void **state)
{
    (void)state;
    (void)deliver(INTAKE_CHUNK, 1);
    intake_broker_lost(&intake, &effects);
    assert_int_equal(effects.count, 0);
    intake_stored(&intake, STATUS_INVALID, 0, &effects);
    EXPECT(INTAKE_STORAGE_STATE, INTAKE_REFUSED, INTAKE_FINISHED, INTAKE_RELEASE);
}

static void test_draining_ends_with_the_last_delivery_and_takes_no_other(void **state)
{
    (void)state;
    (void)deliver(INTAKE_CHUNK, 1);
    (void)deliver(INTAKE_CHUNK, 2);
    intake_drain(&intake, &effects);
    assert_int_equal(effects.count, 0);
    assert_int_equal(deliver(INTAKE_CHUNK, 3), INTAKE_SLOT_NONE);
    assert_int_equal(effects.count, 0);
    intake_deliver_invalid(&intake, 4, &effects);
    assert_int_equal(effects.count, 0);
    intake_stored(&intake, STATUS_EMPTY, 0, &effects);
    assert_int_equal(effects.items[effects.count - 1].kind, INTAKE_STORE);
    intake_stored(&intake, STATUS_EMPTY, 0, &effects);
    EXPECT(INTAKE_STORAGE_STATE, INTAKE_ACKNOWLEDGE, INTAKE_FINISHED, INTAKE_RELEASE, INTAKE_DRAINED);
    intake_drain(&intake, &effects);
    assert_int_equal(effects.count, 0); /* it is said once */
}

static void test_draining_with_nothing_to_do_ends_at_once(void **state)
{
    (void)state;
    intake_drain(&intake, &effects);
    EXPECT(INTAKE_DRAINED);
}

static void test_a_wake_up_that_nobody_waits_for_does_nothing(void **state)
{
    (void)state;
    intake_wake(&intake, 5, &effects);
    assert_int_equal(effects.count, 0);
    (void)deliver(INTAKE_CHUNK, 1);
    intake_wake(&intake, 5, &effects);
    assert_int_equal(effects.count, 0);
}

static void test_the_disk_is_looked_at_from_the_start_until_it_can_be_written(void **state)
{
    (void)state;
    intake_start(&intake, 100, &effects);
    EXPECT(INTAKE_PREPARE);
    assert_int_equal(effects.items[0].at_ms, 100);
    intake_prepared(&intake, STATUS_IO, 120, &effects);
    EXPECT(INTAKE_STORAGE_STATE, INTAKE_PREPARE);
    assert_int_equal(effects.items[0].status, STATUS_IO);
    assert_int_equal(effects.items[1].at_ms, 120 + RETRY_MS);
    (void)deliver(INTAKE_CHUNK, 1);
    EXPECT(INTAKE_STORE);
    intake_prepared(&intake, STATUS_OK, 1120, &effects);
    EXPECT(INTAKE_STORAGE_STATE);
    assert_int_equal(effects.items[0].status, STATUS_OK);
    assert_int_equal(intake.state, INTAKE_STORING);
}

#define INTAKE_TEST(function) cmocka_unit_test_setup(function, set_up)

int main(void)
{
    const struct CMUnitTest tests[] = {
        INTAKE_TEST(test_a_part_is_acknowledged_once_it_is_stored),
        INTAKE_TEST(test_the_part_that_completes_a_replay_is_acknowledged_last_of_all),
        INTAKE_TEST(test_an_audit_event_is_acknowledged_once_it_is_recorded),
        INTAKE_TEST(test_deliveries_are_worked_one_at_a_time_in_their_order),
        INTAKE_TEST(test_a_disk_that_fails_is_tried_again_and_shown_at_readiness),
        INTAKE_TEST(test_what_can_never_be_stored_goes_to_the_dead_letters_and_does_not_block_the_next),
        INTAKE_TEST(test_a_database_that_is_away_is_asked_again_from_the_first_step),
        INTAKE_TEST(test_a_row_that_the_database_never_takes_goes_to_the_dead_letters),
        INTAKE_TEST(test_what_is_no_chunk_or_event_is_rejected_at_once),
        INTAKE_TEST(test_more_than_the_table_holds_goes_back_to_the_broker),
        INTAKE_TEST(test_a_lost_broker_takes_back_what_waits_and_the_job_at_hand_is_not_acknowledged),
        INTAKE_TEST(test_a_lost_broker_also_means_no_rejection),
        INTAKE_TEST(test_draining_ends_with_the_last_delivery_and_takes_no_other),
        INTAKE_TEST(test_draining_with_nothing_to_do_ends_at_once),
        INTAKE_TEST(test_a_wake_up_that_nobody_waits_for_does_nothing),
        INTAKE_TEST(test_the_disk_is_looked_at_from_the_start_until_it_can_be_written),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
