/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/telemetry/clock.h"

#include "libcommon/base/status.h"

#include <errno.h>
#include <stdio.h>
#include <sys/random.h>
#include <time.h>

static uint64_t read_us(clockid_t id)
{
    struct timespec now;
    REQUIRE(clock_gettime(id, &now) == 0);
    return (uint64_t)now.tv_sec * 1000000 + (uint64_t)now.tv_nsec / 1000;
}

uint64_t clock_monotonic_us(void)
{
    return read_us(CLOCK_MONOTONIC);
}

uint64_t clock_monotonic_ms(void)
{
    return clock_monotonic_us() / 1000;
}

uint64_t clock_unix_ms(void)
{
    return read_us(CLOCK_REALTIME) / 1000;
}

uint64_t clock_process_cpu_us(void)
{
    return read_us(CLOCK_PROCESS_CPUTIME_ID);
}

void entropy_fill(void *bytes, size_t size)
{
    uint8_t *at = bytes;
    while (size > 0) {
        ssize_t count = getrandom(at, size, 0);
        if (count < 0 && errno == EINTR) {
            continue;
        }
        REQUIRE(count > 0);
        at += count;
        size -= (size_t)count;
    }
}

uint64_t entropy_u64(void)
{
    uint64_t value = 0;
    while (value == 0) {
        entropy_fill(&value, sizeof value);
    }
    return value;
}

void entropy_hex_id(char out[33])
{
    uint8_t bytes[16];
    entropy_fill(bytes, sizeof bytes);
    for (size_t i = 0; i < sizeof bytes; i++) {
        snprintf(out + 2 * i, 3, "%02x", bytes[i]);
    }
}
