/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/registry_value.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static const struct registry_entry entry = {.role = "game-engine",
                                            .mailbox = "tcp://10.0.0.1:4000",
                                            .address = "wss://play.example/\"quoted\"",
                                            .region = "eu_west",
                                            .incarnation = UINT64_MAX - 1,
                                            .draining = true,
                                            .matches = 3,
                                            .matches_max = 50,
                                            .players = 60,
                                            .players_max = UINT32_MAX,
                                            .load_permille = 421,
                                            .tick_us = 9001,
                                            .match_us_max = 777,
                                            .bytes_per_s = 123456};

static void test_value_reads_as_it_was_written(void **state)
{
    (void)state;
    char text[REGISTRY_VALUE_MAX];
    struct registry_entry read;
    size_t size = registry_value_write(&entry, text);
    assert_int_equal(registry_value_read(text, size, &read), STATUS_OK);
    assert_string_equal(read.role, entry.role);
    assert_string_equal(read.mailbox, entry.mailbox);
    assert_string_equal(read.address, entry.address);
    assert_string_equal(read.region, entry.region);
    assert_true(read.incarnation == entry.incarnation && read.draining);
    assert_int_equal(read.matches, 3);
    assert_int_equal(read.matches_max, 50);
    assert_int_equal(read.players, 60);
    assert_int_equal(read.players_max, UINT32_MAX);
    assert_int_equal(read.load_permille, 421);
    assert_int_equal(read.tick_us, 9001);
    assert_int_equal(read.match_us_max, 777);
    assert_int_equal(read.bytes_per_s, 123456);
}

static void test_every_truncation_is_refused(void **state)
{
    (void)state;
    char text[REGISTRY_VALUE_MAX];
    struct registry_entry read;
    size_t size = registry_value_write(&entry, text);
    for (size_t cut = 0; cut < size; cut++) {
        assert_int_equal(registry_value_read(text, cut, &read), STATUS_INVALID);
    }
}

/* Replaces the first `what` of a good value. */
static enum status read_with(const char *what, const char *by)
{
    char text[REGISTRY_VALUE_MAX], changed[2 * REGISTRY_VALUE_MAX];
    size_t size = registry_value_write(&entry, text);
    text[size] = '\0';
    const char *at = strstr(text, what);
    assert_non_null(at);
    snprintf(changed, sizeof changed, "%.*s%s%s", (int)(at - text), text, by, at + strlen(what));
    struct registry_entry read;
    return registry_value_read(changed, strlen(changed), &read);
}

static void test_wrong_members_are_refused(void **state)
{
    (void)state;
    assert_int_equal(read_with("421", "422"), STATUS_OK);
    assert_int_equal(read_with("421", "-1"), STATUS_INVALID);
    assert_int_equal(read_with("421", "4294967296"), STATUS_INVALID);
    assert_int_equal(read_with("421", "4.5"), STATUS_INVALID);
    assert_int_equal(read_with("421", "\"421\""), STATUS_INVALID);
    assert_int_equal(read_with("true", "1"), STATUS_INVALID);
    assert_int_equal(read_with("fffffffffffffffe", "xyz"), STATUS_INVALID);
    assert_int_equal(read_with("eu_west", "a_region_with_a_name_far_too_long"), STATUS_INVALID);
    assert_int_equal(read_with("\"matches\"", "\"matchez\""), STATUS_INVALID);
}

static void test_unknown_members_are_ignored(void **state)
{
    (void)state;
    assert_int_equal(read_with("\"matches\"", "\"later\":{},\"matches\""), STATUS_OK);
}

static void test_members_that_an_older_daemon_does_not_say_are_zero(void **state)
{
    (void)state;
    char text[REGISTRY_VALUE_MAX];
    struct registry_entry read;
    size_t size = registry_value_write(&entry, text);
    char *at = memmem(text, size, ",\"tick_us\"", strlen(",\"tick_us\""));
    assert_non_null(at);
    *at = '}';
    assert_int_equal(registry_value_read(text, (size_t)(at - text) + 1, &read), STATUS_OK);
    assert_int_equal(read.tick_us, 0);
    assert_int_equal(read.bytes_per_s, 0);
    assert_int_equal(read_with("9001", "-9001"), STATUS_INVALID);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_value_reads_as_it_was_written),
        cmocka_unit_test(test_every_truncation_is_refused),
        cmocka_unit_test(test_wrong_members_are_refused),
        cmocka_unit_test(test_unknown_members_are_ignored),
        cmocka_unit_test(test_members_that_an_older_daemon_does_not_say_are_zero),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
