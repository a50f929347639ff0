/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#include "libcommon/base/hash.h"
#include "services/gateway/core/address_limits.h"

#define SALT 0x5A17

static struct address_limits limits;

static uint32_t takes(const char *address, uint64_t now_ms)
{
    uint32_t count = 0;
    while (count < 100 && address_limits_take(&limits, address, now_ms)) {
        count++;
    }
    return count;
}

static void test_each_address_has_its_minutes_worth_at_once_and_then_its_rate(void **state)
{
    (void)state;
    address_limits_init(&limits, 6, SALT);
    assert_int_equal(6, takes("10.0.0.1", 1000));
    assert_int_equal(6, takes("10.0.0.2", 1000));
    assert_int_equal(0, takes("10.0.0.1", 10999));
    assert_int_equal(1, takes("10.0.0.1", 11000));
    assert_int_equal(6, takes("10.0.0.1", 1000000));
}

static void test_no_limit_lets_everything_through(void **state)
{
    (void)state;
    address_limits_init(&limits, 0, SALT);
    assert_int_equal(100, takes("10.0.0.1", 1000));
}

/* The next address after *number whose key falls into that row. */
static void address_in_row(uint64_t row, uint32_t *number, char out[ADDRESS_TEXT_MAX])
{
    do {
        (void)snprintf(out, ADDRESS_TEXT_MAX, "host%u", (*number)++);
    } while ((hash_text(SALT, out) | 1u) % ADDRESS_LIMITS_ROWS != row);
}

static void test_in_a_full_row_the_address_heard_of_longest_ago_gives_way(void **state)
{
    (void)state;
    char addresses[ADDRESS_LIMITS_WAYS + 1][ADDRESS_TEXT_MAX];
    uint32_t number = 0;
    address_limits_init(&limits, 1, SALT);
    for (size_t i = 0; i <= ADDRESS_LIMITS_WAYS; i++) {
        address_in_row(33, &number, addresses[i]);
    }
    for (size_t i = 0; i < ADDRESS_LIMITS_WAYS; i++) {
        assert_int_equal(1, takes(addresses[i], 1000 + (i + 2) % ADDRESS_LIMITS_WAYS)); /* the third is the oldest */
    }
    assert_int_equal(1, takes(addresses[ADDRESS_LIMITS_WAYS], 1010));
    assert_int_equal(0, takes(addresses[0], 1010));
    assert_int_equal(0, takes(addresses[1], 1010));
    assert_int_equal(0, takes(addresses[3], 1010));
    assert_int_equal(0, takes(addresses[ADDRESS_LIMITS_WAYS], 1010));
    assert_int_equal(1, takes(addresses[2], 1010)); /* was forgotten */
}

static void assert_address(const char *expected, const char *peer, const char *forwarded_for)
{
    char address[ADDRESS_TEXT_MAX];
    address_of(peer, forwarded_for, address);
    assert_string_equal(expected, address);
}

static void test_an_address_is_the_peers_without_its_port(void **state)
{
    (void)state;
    assert_address("1.2.3.4", "1.2.3.4:5678", "");
    assert_address("[::1]", "[::1]:5678", "");
    assert_address("somewhere", "somewhere", "");
    assert_address("", ":80", "");
}

static void test_a_trusted_header_gives_its_last_entry(void **state)
{
    (void)state;
    assert_address("9.9.9.9", "1.2.3.4:5678", "9.9.9.9");
    assert_address("9.9.9.9", "1.2.3.4:5678", "1.1.1.1, 8.8.8.8,\t 9.9.9.9 \t");
    assert_address("", "1.2.3.4:5678", "9.9.9.9, ");
}

static void test_an_address_that_is_too_long_is_cut_off(void **state)
{
    (void)state;
    char header[ADDRESS_TEXT_MAX + 10], cut[ADDRESS_TEXT_MAX];
    memset(header, 'a', sizeof header);
    header[sizeof header - 1] = '\0';
    memset(cut, 'a', sizeof cut);
    cut[sizeof cut - 1] = '\0';
    assert_address(cut, "1.2.3.4:5678", header);
    header[ADDRESS_TEXT_MAX - 1] = '\0';
    assert_address(cut, "1.2.3.4:5678", header);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_each_address_has_its_minutes_worth_at_once_and_then_its_rate),
        cmocka_unit_test(test_no_limit_lets_everything_through),
        cmocka_unit_test(test_in_a_full_row_the_address_heard_of_longest_ago_gives_way),
        cmocka_unit_test(test_an_address_is_the_peers_without_its_port),
        cmocka_unit_test(test_a_trusted_header_gives_its_last_entry),
        cmocka_unit_test(test_an_address_that_is_too_long_is_cut_off),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
