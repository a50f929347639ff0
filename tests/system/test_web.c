/* SPDX-License-Identifier: Apache-2.0 */
/* The page's modules that can run without a browser, in Node. */
#include "tests/support/shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

/* The page's modules, as Node wants them marked; then a script that imports one. */
#define IN_NODE(script)                                                                                                \
    "cd \"$TEST_DIR\" && cp \"$TOP\"/services/gateway/web/*.js . && echo '{\"type\": \"module\"}' >package.json && "   \
    "cat >check.mjs <<'SCRIPT' && node check.mjs\n"                                                                    \
    "import assert from 'node:assert/strict';\n"                                                                       \
    "import { readFileSync } from 'node:fs';\n" script "\nSCRIPT\n"

static void test_the_page_reads_a_map_file_as_the_game_does(void **state)
{
    (void)state;
    shell_must(
        IN_NODE("import { parseMap } from './map.js';\n"
                "const map = parseMap(readFileSync(`${process.env.TOP}/docs/maps/octagon.map`, 'utf8'));\n"
                "assert.deepEqual([map.name, map.width, map.height], ['octagon', 2000, 2000]);\n"
                "assert.deepEqual([map.walls.length, map.polygons.length], [4, 13]);\n"
                "assert.deepEqual(map.walls[0], [760, 760, 820, 790]);\n"
                "assert.deepEqual(map.polygons[0], [0, 0, 500, 0, 0, 500]);\n"
                "assert.equal(map.polygons[4].length, 16);\n"
                "assert.equal(map.power_ups.length, 14);\n"
                "assert.deepEqual(map.power_ups[0], [1000, 200, 2]);\n"
                "assert.deepEqual(map.power_ups.slice(5, 9).map(([x]) => x), [600, 780, 1220, 1400]);\n"
                "assert.deepEqual(parseMap('# a\\n\\twall 1 2 3 4 # b\\r\\nroof 1\\n').walls, [[1, 2, 3, 4]]);"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_page_reads_a_map_file_as_the_game_does),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
