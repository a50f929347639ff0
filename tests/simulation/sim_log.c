/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/sim_log.h"

#include "libcommon/base/hash.h"

#include <string.h>

void sim_log_line(struct sim_log *log, uint64_t at_us, const char *who, bool is_passing, const char *format,
                  va_list arguments)
{
    /* Realtime traffic would push all else out of the ring: its lines are written over by the next one. */
    char *line = log->lines[log->count % SIM_LOG_LINES];
    log->count += !is_passing;
    int head = snprintf(line, SIM_LOG_WIDTH, "%4llu.%06llu %-16s ", (unsigned long long)(at_us / 1000000),
                        (unsigned long long)(at_us % 1000000), who);
    REQUIRE(head > 0 && head < SIM_LOG_WIDTH);
    (void)vsnprintf(line + head, (size_t)(SIM_LOG_WIDTH - head), format, arguments);
    log->hash = hash_text(log->hash, line);
    if (log->is_printing) {
        puts(line);
    }
}

void sim_log_print_last(const struct sim_log *log, FILE *out)
{
    uint64_t count = log->count < SIM_LOG_LINES ? log->count : SIM_LOG_LINES;
    for (uint64_t i = log->count - count; i < log->count; i++) {
        (void)fprintf(out, "%s\n", log->lines[i % SIM_LOG_LINES]);
    }
}
