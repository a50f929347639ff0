/* SPDX-License-Identifier: Apache-2.0 */
/* What the page's modules do on their own must be what the C code of the same rules does: the page is read by Node. */
#include "libcommon/base/random.h"
#include "libcommon/game/client/input_clock.h"
#include "tests/support/shell.h"
#include "tests/support/view_json.h"
#include "tests/support/viewed_match.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define TURNS     400
#define GAP_MAX   12
#define SNAPSHOTS 500

#define COPY_WEB                                                                                                       \
    "rm -rf \"$TEST_DIR/web\" && cp -r \"$TOP/services/gateway/web\" \"$TEST_DIR/web\" && "                            \
    "echo '{\"type\":\"module\"}' >\"$TEST_DIR/web/package.json\" && "

static const char clock_driver[] =
    "cat >\"$TEST_DIR/drive.mjs\" <<'END'\n"
    "import { readFileSync } from 'node:fs';\n"
    "const { InputClock } = await import(`${process.env.TEST_DIR}/web/clock.js`);\n"
    "const clock = new InputClock();\n"
    "let sequence = 0;\n"
    "for (const line of readFileSync(`${process.env.TEST_DIR}/news`, 'utf8').trim().split('\\n')) {\n"
    "  const [tick, used, depth, skipped] = line.split(' ').map(Number);\n"
    "  clock.observe(tick, used, depth, sequence + 1);\n"
    "  clock.skip(skipped);\n"
    "  if (clock.advance()) { sequence++; }\n"
    "  console.log(`${sequence} ${clock.tickOf(sequence)}`);\n"
    "}\n"
    "END\n" COPY_WEB
    "node \"$TEST_DIR/drive.mjs\" >\"$TEST_DIR/page\" && cmp \"$TEST_DIR/page\" \"$TEST_DIR/expected\"";

static FILE *file_named(const char *name)
{
    char path[512];
    (void)snprintf(path, sizeof path, "%s/%s", getenv("TEST_DIR"), name);
    FILE *file = fopen(path, "w");
    assert_non_null(file);
    return file;
}

static void test_page_s_input_clock_names_the_ticks_that_the_library_names(void **state)
{
    (void)state;
    FILE *news_file = file_named("news"), *expected = file_named("expected");
    struct random random;
    struct input_clock clock;
    uint32_t sequence = 0;
    random_init(&random, 77, 1);
    input_clock_init(&clock);
    for (uint32_t turn = 0; turn < TURNS; turn++) {
        struct input_clock_report news = {.tick = 100 + turn, .used_sequence = sequence > 5 ? sequence - 5 : 0};
        news.depth = (uint8_t)(turn % 90 == 0 ? random_below(&random, 32) : 16 + random_below(&random, 3));
        uint32_t skipped = random_below(&random, 40) == 0 ? random_below(&random, 9) : 0;
        fprintf(news_file, "%u %u %u %u\n", news.tick, news.used_sequence, news.depth, skipped);
        input_clock_observe(&clock, &news, sequence + 1);
        input_clock_skip(&clock, skipped);
        sequence += input_clock_advance(&clock);
        fprintf(expected, "%u %u\n", sequence, input_clock_tick(&clock, sequence));
    }
    assert_int_equal(fclose(news_file), 0);
    assert_int_equal(fclose(expected), 0);
    assert_true(sequence < TURNS);
    shell_must(clock_driver);
}

/* Every third snapshot or so is told against one older than a tick; how many players were held back. */
static uint32_t write_stream(FILE *file, const char *mode, uint16_t bots, uint16_t viewer, uint32_t budget_bits)
{
    struct world_setup setup = bot_match_setup(mode, 40u + bots);
    struct viewed_match *told = viewed_match_create(&setup, bots, viewer);
    struct random random;
    uint32_t held_back = 0;
    random_init(&random, bots, budget_bits);
    for (uint32_t i = 0; i < SNAPSHOTS; i++) {
        viewed_match_step(told, random_below(&random, 3) > 0 ? 1 : 1 + random_below(&random, GAP_MAX));
        const struct view *view = viewed_match_update(told, random_below(&random, 100) == 0, budget_bits);
        fprintf(file, "{\"bytes\": \"");
        for (size_t k = 0; k < told->size; k++) {
            fprintf(file, "%02x", told->bytes[k]);
        }
        fprintf(file, "\", \"view\": ");
        view_json_print(file, view);
        fprintf(file, "}\n");
        for (uint32_t k = 0; k < view->player_count; k++) {
            held_back += view->players[k].tick != view->tick;
        }
    }
    viewed_match_destroy(told);
    return held_back;
}

static void test_page_decodes_what_the_library_encodes(void **state)
{
    (void)state;
    FILE *file = file_named("snapshots");
    (void)write_stream(file, "ffa", 20, 4, INTEREST_UNBOUNDED);
    assert_true(write_stream(file, "ffa", 20, 7, 64) > 100);
    (void)write_stream(file, "teams_5v5", 10, 0, 120);
    (void)write_stream(file, "ffa", 12, VIEW_ALL, INTEREST_UNBOUNDED);
    (void)write_stream(file, "duel", 2, 1, INTEREST_UNBOUNDED);
    assert_int_equal(fclose(file), 0);
    struct shell_result result = shell_must(
        COPY_WEB "node \"$TOP/tests/support/decode_snapshots.mjs\" \"$TEST_DIR/web\" \"$TEST_DIR/snapshots\"");
    assert_string_equal(result.output, "2500 snapshots");
}

static void test_page_decodes_the_golden_snapshots(void **state)
{
    (void)state;
    struct shell_result result = shell_must(
        COPY_WEB "node \"$TOP/tests/support/decode_snapshots.mjs\" \"$TEST_DIR/web\" \"$TOP/tests/golden/wire.json\"");
    assert_non_null(strstr(result.output, " snapshots"));
    assert_true(strtoul(result.output, NULL, 10) > 20);
}

static void test_page_names_the_messages_that_the_transcoder_writes_and_reads(void **state)
{
    (void)state;
    struct shell_result result = shell_must(COPY_WEB "node \"$TOP/tests/support/page_messages.mjs\" \"$TEST_DIR/web\" "
                                                     "\"$TOP/tests/golden/transcode_client.json\"");
    assert_string_equal(result.output, "12 messages, 24 fields");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_decodes_what_the_library_encodes),
        cmocka_unit_test(test_page_names_the_messages_that_the_transcoder_writes_and_reads),
        cmocka_unit_test(test_page_decodes_the_golden_snapshots),
        cmocka_unit_test(test_page_s_input_clock_names_the_ticks_that_the_library_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
