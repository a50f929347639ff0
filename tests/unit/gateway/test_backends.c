/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "services/gateway/core/backends.h"

static struct backends backends;

static int set_up(void **state)
{
    (void)state;
    memset(&backends, 0xA5, sizeof backends);
    backends_init(&backends, 0x1234);
    return 0;
}

static void test_a_backend_is_there_from_its_first_session_to_its_last(void **state)
{
    (void)state;
    assert_int_equal(BACKEND_NONE, backends_find(&backends, "tcp://a:1"));
    uint32_t first = backends_take(&backends, "tcp://a:1", BACKEND_ENGINE, 70);
    assert_int_equal(0, first);
    assert_int_equal(first, backends_take(&backends, "tcp://a:1", BACKEND_ENGINE, 80));
    assert_int_equal(2, backends.items[first].users);
    assert_int_equal(70, backends.items[first].heard_ms);
    assert_int_equal(BACKEND_ENGINE, backends.items[first].role);
    assert_true(backends.items[first].key == backends_key(&backends, "tcp://a:1"));
    backends_release(&backends, first);
    assert_int_equal(first, backends_find(&backends, "tcp://a:1"));
    backends_release(&backends, first);
    assert_int_equal(BACKEND_NONE, backends_find(&backends, "tcp://a:1"));
    assert_string_equal("", backends.items[first].url);
}

static void test_a_freed_place_is_taken_again_without_its_old_inputs(void **state)
{
    (void)state;
    uint32_t first = backends_take(&backends, "tcp://a:1", BACKEND_ENGINE, 1);
    uint32_t second = backends_take(&backends, "tcp://b:1", BACKEND_SPECTATOR, 1);
    assert_int_equal(1, second);
    assert_int_equal(BACKEND_SPECTATOR, backends.items[second].role);
    backends.items[first].batched = 3;
    backends.items[second].batched = 4;
    backends_release(&backends, first);
    assert_int_equal(0, backends.items[first].batched);
    assert_int_equal(4, backends.items[second].batched);
    assert_int_equal(first, backends_take(&backends, "tcp://c:1", BACKEND_ENGINE, 1));
    assert_int_equal(2, backends.used);
    assert_int_equal(second, backends_find(&backends, "tcp://b:1"));
}

static void test_urls_that_are_empty_or_too_long_are_refused(void **state)
{
    (void)state;
    char url[BACKEND_URL_MAX + 1];
    memset(url, 'x', sizeof url);
    url[BACKEND_URL_MAX] = '\0';
    assert_int_equal(BACKEND_NONE, backends_take(&backends, "", BACKEND_ENGINE, 1));
    assert_int_equal(BACKEND_NONE, backends_take(&backends, url, BACKEND_ENGINE, 1));
    url[BACKEND_URL_MAX - 1] = '\0';
    uint32_t longest = backends_take(&backends, url, BACKEND_ENGINE, 1);
    assert_int_equal(0, longest);
    assert_string_equal(url, backends.items[longest].url);
}

static void test_a_full_table_refuses_new_urls_and_serves_the_old_ones(void **state)
{
    (void)state;
    char url[BACKEND_URL_MAX];
    for (uint32_t i = 0; i < BACKENDS_MAX; i++) {
        (void)snprintf(url, sizeof url, "tcp://host:%u", i);
        assert_int_equal(i, backends_take(&backends, url, BACKEND_ENGINE, 1));
    }
    assert_int_equal(BACKEND_NONE, backends_take(&backends, "tcp://one:more", BACKEND_ENGINE, 1));
    assert_int_equal(BACKENDS_MAX - 1, backends_take(&backends, url, BACKEND_ENGINE, 1));
    backends_release(&backends, 5);
    assert_int_equal(5, backends_take(&backends, "tcp://one:more", BACKEND_ENGINE, 1));
    assert_int_equal(BACKENDS_MAX, backends.used);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_a_backend_is_there_from_its_first_session_to_its_last, set_up),
        cmocka_unit_test_setup(test_a_freed_place_is_taken_again_without_its_old_inputs, set_up),
        cmocka_unit_test_setup(test_urls_that_are_empty_or_too_long_are_refused, set_up),
        cmocka_unit_test_setup(test_a_full_table_refuses_new_urls_and_serves_the_old_ones, set_up),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
