/* SPDX-License-Identifier: Apache-2.0 */
/* What the page's modules do on their own must be what the C code of the same rules does: the page is read by Node. */
#include "libcommon/base/random.h"
#include "libcommon/game/input_clock.h"
#include "tests/support/shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>

#include <cmocka.h>

#define TURNS 400

static const char clock_driver[] =
    "cat >\"$TEST_DIR/drive.mjs\" <<'END'\n"
    "import { readFileSync } from 'node:fs';\n"
    "const { InputClock } = await import(`${process.env.TEST_DIR}/web/clock.js`);\n"
    "const clock = new InputClock();\n"
    "let sequence = 0;\n"
    "for (const line of readFileSync(`${process.env.TEST_DIR}/news`, 'utf8').trim().split('\\n')) {\n"
    "  const [tick, used, depth, skipped] = line.split(' ').map(Number);\n"
    "  clock.hear(tick, used, depth, sequence + 1);\n"
    "  clock.skip(skipped);\n"
    "  if (clock.turn()) { sequence++; }\n"
    "  console.log(`${sequence} ${clock.tickOf(sequence)}`);\n"
    "}\n"
    "END\n"
    "cp -r \"$TOP/services/gateway/web\" \"$TEST_DIR/web\" && echo '{\"type\":\"module\"}' "
    ">\"$TEST_DIR/web/package.json\"\n"
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
        struct input_clock_news news = {.tick = 100 + turn, .used_sequence = sequence > 5 ? sequence - 5 : 0};
        news.depth = (uint8_t)(turn % 90 == 0 ? random_below(&random, 32) : 16 + random_below(&random, 3));
        uint32_t skipped = random_below(&random, 40) == 0 ? random_below(&random, 9) : 0;
        fprintf(news_file, "%u %u %u %u\n", news.tick, news.used_sequence, news.depth, skipped);
        input_clock_hear(&clock, &news, sequence + 1);
        input_clock_skip(&clock, skipped);
        sequence += input_clock_turn(&clock);
        fprintf(expected, "%u %u\n", sequence, input_clock_tick(&clock, sequence));
    }
    assert_int_equal(fclose(news_file), 0);
    assert_int_equal(fclose(expected), 0);
    assert_true(sequence < TURNS);
    shell_must(clock_driver);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_page_s_input_clock_names_the_ticks_that_the_library_names),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
