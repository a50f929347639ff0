/* SPDX-License-Identifier: Apache-2.0 */
/* sim_log.h - the world's log: a hash over all lines, the last ones, and all of them on stdout where that is asked for.
 */
#ifndef MMA_SIMULATION_SIM_LOG_H
#define MMA_SIMULATION_SIM_LOG_H

#include "libcommon/base/status.h"

#include <stdarg.h>
#include <stdbool.h>
#include <stdint.h>
#include <stdio.h>

#define SIM_LOG_LINES 256 /* kept; a power of two */
#define SIM_LOG_WIDTH 232

struct sim_log {
    bool is_printing;
    uint64_t hash;  /* of all lines */
    uint64_t count; /* of those kept */
    char lines[SIM_LOG_LINES][SIM_LOG_WIDTH];
};

/* is_passing: hashed and printed, but not kept. */
void sim_log_line(struct sim_log *log, uint64_t at_us, const char *who, bool is_passing, const char *format,
                  va_list arguments);
void sim_log_print_last(const struct sim_log *log, FILE *out);

struct sim_world;
/* Of traffic at every tick. */
void sim_world_log_passing(struct sim_world *world, const char *who, const char *format, ...) PRINTF_LIKE(3, 4);
void sim_world_log(struct sim_world *world, const char *who, const char *format, ...) PRINTF_LIKE(3, 4);

#endif
