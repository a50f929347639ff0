/* SPDX-License-Identifier: Apache-2.0 */
/* Ten matches of ten minutes come out the same, bit for bit, from every compiler at every level and in WebAssembly. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>

#include "tests/support/shell.h"

static void test_every_compiler_plays_the_golden_matches(void **state)
{
    (void)state;
    shell_must("\"$TOP/scripts/golden\"");
}

int main(void)
{
    const struct CMUnitTest tests[] = {cmocka_unit_test(test_every_compiler_plays_the_golden_matches)};
    return cmocka_run_group_tests(tests, NULL, NULL);
}
