/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#include <cmocka.h>

#include "services/gateway/core/pending_requests.h"

static struct pending_requests requests;

static int set_up(void **state)
{
    (void)state;
    memset(&requests, 0xA5, sizeof requests);
    pending_requests_init(&requests);
    return 0;
}

static uint64_t add(uint32_t cid)
{
    struct pending_request request = {
        .kind = GATEWAY_REQUEST_WATCH, .session_id = 7, .attempt = 3, .cid = cid, .url = "tcp://a:1"};
    return pending_requests_add(&requests, &request);
}

static void test_a_request_is_taken_once_as_it_was_added(void **state)
{
    (void)state;
    struct pending_request out;
    uint64_t id = add(11);
    assert_true(id != 0);
    assert_true(pending_requests_take(&requests, id, &out));
    assert_int_equal(GATEWAY_REQUEST_WATCH, out.kind);
    assert_int_equal(7, out.session_id);
    assert_int_equal(3, out.attempt);
    assert_int_equal(11, out.cid);
    assert_string_equal("tcp://a:1", out.url);
    assert_false(pending_requests_take(&requests, id, &out));
    assert_int_equal(0, requests.count);
}

static void test_an_id_of_a_slots_earlier_request_finds_nothing(void **state)
{
    (void)state;
    struct pending_request out;
    uint64_t old = add(1);
    assert_true(pending_requests_take(&requests, old, &out));
    uint64_t id = add(2);
    assert_int_equal(pending_requests_slot(old), pending_requests_slot(id));
    assert_false(pending_requests_take(&requests, old, &out));
    assert_true(pending_requests_take(&requests, id, &out));
    assert_int_equal(2, out.cid);
}

static void test_ids_that_never_were_find_nothing(void **state)
{
    (void)state;
    struct pending_request out;
    assert_false(pending_requests_take(&requests, 0, &out));
    assert_false(pending_requests_take(&requests, PENDING_REQUESTS_MAX, &out));
    assert_false(pending_requests_take(&requests, UINT64_MAX, &out));
}

static void test_a_full_table_says_so_and_has_room_again_afterwards(void **state)
{
    (void)state;
    struct pending_request out;
    uint64_t middle = 0, last = 0;
    for (uint32_t i = 0; i < PENDING_REQUESTS_MAX; i++) {
        last = add(i);
        assert_true(last != 0);
        assert_int_equal(i, pending_requests_slot(last));
        middle = i == 100 ? last : middle;
    }
    assert_true(add(0) == 0);
    assert_true(pending_requests_take(&requests, middle, &out));
    assert_int_equal(100, out.cid);
    uint64_t again = add(5);
    assert_int_equal(100, pending_requests_slot(again));
    assert_true(add(0) == 0);
    assert_true(pending_requests_take(&requests, last, &out));
    assert_int_equal(PENDING_REQUESTS_MAX - 1, out.cid);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_request_is_taken_once_as_it_was_added, set_up),
        cmocka_unit_test_setup(test_an_id_of_a_slots_earlier_request_finds_nothing, set_up),
        cmocka_unit_test_setup(test_ids_that_never_were_find_nothing, set_up),
        cmocka_unit_test_setup(test_a_full_table_says_so_and_has_room_again_afterwards, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
