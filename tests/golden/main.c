/* SPDX-License-Identifier: Apache-2.0 */
/* golden: plays all golden matches and prints their rows (scripts/golden). */
#include "libcommon/base/status.h"
#include "tests/support/golden_match.h"

#include <stdio.h>

static void on_contradiction(const char *expression, const char *file, int line)
{
    (void)fprintf(stderr, "%s:%d: %s\n", file, line, expression);
}

int main(void)
{
    status_set_require_handler(on_contradiction);
    struct golden_row rows[GOLDEN_MINUTES];
    char text[GOLDEN_TEXT_MAX];
    for (uint32_t index = 0; index < GOLDEN_MATCHES; index++) {
        golden_match_play(index, GOLDEN_MINUTES, rows);
        for (uint32_t i = 0; i < GOLDEN_MINUTES; i++) {
            (void)fwrite(text, 1, golden_row_text(&rows[i], text), stdout);
        }
    }
    return fflush(stdout) == 0 ? 0 : 1;
}
