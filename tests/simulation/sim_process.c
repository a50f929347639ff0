/* SPDX-License-Identifier: Apache-2.0 */
/* sim_process.c - what a process asks about itself. */
#include "tests/simulation/sim_world.h"

const char *sim_mailbox_url(const struct sim_process *process)
{
    return process->url;
}

const char *sim_region(const struct sim_process *process)
{
    return process->region;
}

uint32_t sim_index(const struct sim_process *process)
{
    return process->index;
}

uint64_t sim_incarnation(const struct sim_process *process)
{
    return process->incarnation;
}

uint64_t sim_monotonic_us(const struct sim_process *process)
{
    uint64_t now_us = process->world->now_us;
    int64_t drift_us = (int64_t)(now_us / 1000) * process->drift_ppm / 1000;
    return (uint64_t)((int64_t)now_us + process->monotonic_offset_us + drift_us);
}

uint64_t sim_monotonic_ms(const struct sim_process *process)
{
    return sim_monotonic_us(process) / SIM_US_PER_MS;
}

uint64_t sim_unix_ms(const struct sim_process *process)
{
    uint64_t now_ms = SIM_UNIX_BEGIN_MS + process->world->now_us / SIM_US_PER_MS;
    return (uint64_t)((int64_t)now_ms + process->wall_offset_ms);
}

uint64_t sim_random_u64(struct sim_process *process)
{
    return random_u64(&process->random);
}

void sim_drained(struct sim_process *process)
{
    process->is_drained = process->life == SIM_DRAINING;
}

const struct sim_settings *sim_settings(const struct sim_process *process)
{
    return &process->world->settings;
}

void sim_log(struct sim_process *process, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    sim_log_line(&process->world->log, process->world->now_us, process->name, false, format, arguments);
    va_end(arguments);
}
