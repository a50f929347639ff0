/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/daemon/config.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct settings {
    uint32_t port;
    uint64_t bytes;
    bool fast;
    const char *host, *key, *region;
};

#define FIELD(member) CONFIG_FIELD(struct settings, member)
static const struct config_row rows[] = {
    {"T_PORT", CONFIG_U32, FIELD(port), "8080", 1, 65535, "the port", NULL},
    {"T_BYTES", CONFIG_U64, FIELD(bytes), "5", 0, UINT64_MAX, "the bytes", NULL},
    {"T_FAST", CONFIG_BOOL, FIELD(fast), "true", 0, 0, "whether fast", NULL},
    {"T_HOST", CONFIG_TEXT, FIELD(host), NULL, 1, 8, "the host", NULL},
    {"T_KEY", CONFIG_SECRET, FIELD(key), "", 0, 4, "the key", NULL},
    {"T_REGION", CONFIG_CHOICE, FIELD(region), "north", 0, 0, "the region", "north|south|south_east"},
};
#define ROW_COUNT (sizeof rows / sizeof rows[0])

static char *said; /* by the last load or print */
static size_t said_size;

static int clear(void **state)
{
    (void)state;
    for (size_t i = 0; i < ROW_COUNT; i++) {
        unsetenv(rows[i].name);
    }
    setenv("T_HOST", "example", 1);
    free(said);
    said = NULL;
    return 0;
}

static enum status load(struct settings *settings)
{
    free(said);
    FILE *errors = open_memstream(&said, &said_size);
    enum status status = config_load(rows, ROW_COUNT, settings, errors);
    fclose(errors);
    return status;
}

static void assert_wrong(const char *name, const char *value, const char *complaint)
{
    struct settings settings;
    setenv(name, value, 1);
    assert_int_equal(load(&settings), STATUS_INVALID);
    assert_string_equal(said, complaint);
    unsetenv(name);
}

static void test_fallbacks_fill_what_the_environment_leaves_open(void **state)
{
    (void)state;
    struct settings settings;
    assert_int_equal(load(&settings), STATUS_OK);
    assert_int_equal(settings.port, 8080);
    assert_int_equal(settings.bytes, 5);
    assert_true(settings.fast);
    assert_string_equal(settings.host, "example");
    assert_string_equal(settings.key, "");
    assert_string_equal(settings.region, "north");
    assert_string_equal(said, "");
}

static void test_environment_goes_before_fallbacks(void **state)
{
    (void)state;
    struct settings settings;
    setenv("T_PORT", "65535", 1);
    setenv("T_BYTES", "18446744073709551615", 1);
    setenv("T_FAST", "0", 1);
    setenv("T_REGION", "south_east", 1);
    assert_int_equal(load(&settings), STATUS_OK);
    assert_int_equal(settings.port, 65535);
    assert_true(settings.bytes == UINT64_MAX);
    assert_false(settings.fast);
    assert_string_equal(settings.region, "south_east");
}

static void test_wrong_setting_is_named_with_its_reason(void **state)
{
    (void)state;
    assert_wrong("T_PORT", "0", "T_PORT: must be a whole number from 1 to 65535, is \"0\"\n");
    assert_wrong("T_PORT", "65536", "T_PORT: must be a whole number from 1 to 65535, is \"65536\"\n");
    assert_wrong("T_PORT", "", "T_PORT: must be a whole number from 1 to 65535, is \"\"\n");
    assert_wrong("T_PORT", "-1", "T_PORT: must be a whole number from 1 to 65535, is \"-1\"\n");
    assert_wrong("T_PORT", " 80", "T_PORT: must be a whole number from 1 to 65535, is \" 80\"\n");
    assert_wrong("T_PORT", "80x", "T_PORT: must be a whole number from 1 to 65535, is \"80x\"\n");
    assert_wrong("T_BYTES", "18446744073709551616",
                 "T_BYTES: must be a whole number from 0 to 18446744073709551615, is \"18446744073709551616\"\n");
    assert_wrong("T_FAST", "yes", "T_FAST: must be 0, 1, true or false, is \"yes\"\n");
    assert_wrong("T_HOST", "", "T_HOST: must be 1 to 8 bytes long, is 0 bytes long\n");
    setenv("T_HOST", "example", 1);
    assert_wrong("T_REGION", "sout", "T_REGION: must be one of north, south, south_east, is \"sout\"\n");
    assert_wrong("T_REGION", "north|south", "T_REGION: must be one of north, south, south_east, is \"north|south\"\n");
}

static void test_all_wrong_settings_are_named_at_once(void **state)
{
    (void)state;
    struct settings settings;
    setenv("T_PORT", "x", 1);
    setenv("T_FAST", "x", 1);
    unsetenv("T_HOST");
    assert_int_equal(load(&settings), STATUS_INVALID);
    assert_non_null(strstr(said, "T_PORT: "));
    assert_non_null(strstr(said, "T_FAST: "));
    assert_non_null(strstr(said, "T_HOST: must be set: the host\n"));
}

static void test_secret_is_never_printed(void **state)
{
    (void)state;
    assert_wrong("T_KEY", "hunter2", "T_KEY: must be 0 to 4 bytes long, is 7 bytes long\n");
}

static void test_help_and_markdown_have_every_row(void **state)
{
    (void)state;
    for (int markdown = 0; markdown < 2; markdown++) {
        free(said);
        FILE *out = open_memstream(&said, &said_size);
        (markdown ? config_print_markdown : config_print_help)(rows, ROW_COUNT, out);
        fclose(out);
        for (size_t i = 0; i < ROW_COUNT; i++) {
            assert_non_null(strstr(said, rows[i].name));
            assert_non_null(strstr(said, rows[i].help));
        }
    }
    assert_non_null(strstr(said, "| `T_REGION` | `north` | north, south, south_east | the region |\n"));
    assert_non_null(strstr(said, "| `T_HOST` | must be set | text, 1 to 8 bytes | the host |\n"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup(test_fallbacks_fill_what_the_environment_leaves_open, clear),
        cmocka_unit_test_setup(test_environment_goes_before_fallbacks, clear),
        cmocka_unit_test_setup(test_wrong_setting_is_named_with_its_reason, clear),
        cmocka_unit_test_setup(test_all_wrong_settings_are_named_at_once, clear),
        cmocka_unit_test_setup(test_secret_is_never_printed, clear),
        cmocka_unit_test_setup(test_help_and_markdown_have_every_row, clear),
    };
    return cmocka_run_group_tests(tests, NULL, clear);
}
