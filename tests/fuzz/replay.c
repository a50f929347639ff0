/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/telemetry/require_report.h"
#include "tests/fuzz/fuzz.h"

#include <stdio.h>
#include <stdlib.h>

enum { FILE_MAX = 1 << 24 };

static int replay_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    uint8_t *bytes = malloc(FILE_MAX);
    if (!file || !bytes) {
        perror(path);
        free(bytes);
        return 1;
    }
    size_t size = fread(bytes, 1, FILE_MAX, file);
    (void)fclose(file);
    uint8_t *exact = realloc(bytes, size ? size : 1); /* so that a sanitizer sees a read past the end */
    (void)LLVMFuzzerTestOneInput(exact ? exact : bytes, size);
    free(exact ? exact : bytes);
    return 0;
}

int main(int argc, char **argv)
{
    require_report_to_stderr();
    int failures = 0;
    for (int i = 1; i < argc; i++) {
        failures += replay_file(argv[i]);
    }
    printf("%d files replayed\n", argc - 1 - failures);
    return failures ? 1 : 0;
}
