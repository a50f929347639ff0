/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/io/tick_clock.h"

#include <errno.h>
#include <stdbool.h>
#include <stdlib.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

struct tick_clock {
    uv_poll_t poll;
    int timer; /* file descriptor */
    bool is_running;
    struct tick_schedule schedule;
    tick_clock_on_due *on_due;
    void *owner;
};

static uint64_t now_ns(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000000000u + (uint64_t)now.tv_nsec;
}

/* deadline 0 disarms. */
static void arm(struct tick_clock *clock, uint64_t deadline_ns)
{
    const struct itimerspec at = {
        .it_value = {.tv_sec = (time_t)(deadline_ns / 1000000000u), .tv_nsec = (long)(deadline_ns % 1000000000u)}};
    int result = timerfd_settime(clock->timer, TFD_TIMER_ABSTIME, &at, NULL);
    REQUIRE(result == 0);
}

static void on_timer_readable(uv_poll_t *poll, int status, int events)
{
    struct tick_clock *clock = poll->data;
    uint64_t expirations;
    (void)status;
    (void)events;
    if (read(clock->timer, &expirations, sizeof expirations) < 0 && errno == EAGAIN) {
        return;
    }
    if (!clock->is_running) {
        return;
    }
    struct tick_due due = tick_schedule_take(&clock->schedule, now_ns());
    if (due.run > 0) {
        clock->on_due(clock->owner, &due);
    }
    if (clock->is_running) {
        arm(clock, tick_schedule_deadline(&clock->schedule));
    }
}

enum status tick_clock_open(uv_loop_t *loop, tick_clock_on_due *on_due, void *owner, struct tick_clock **out_clock)
{
    struct tick_clock *clock = calloc(1, sizeof *clock);
    if (clock == NULL) {
        return STATUS_NO_MEMORY;
    }
    clock->on_due = on_due;
    clock->owner = owner;
    clock->timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    if (clock->timer < 0 || uv_poll_init(loop, &clock->poll, clock->timer) != 0) {
        goto fail;
    }
    clock->poll.data = clock;
    uv_poll_start(&clock->poll, UV_READABLE, on_timer_readable);
    *out_clock = clock;
    return STATUS_OK;
fail:
    if (clock->timer >= 0) {
        close(clock->timer);
    }
    free(clock);
    return STATUS_IO;
}

static void on_poll_closed(uv_handle_t *handle)
{
    struct tick_clock *clock = handle->data;
    close(clock->timer);
    free(clock);
}

void tick_clock_close(struct tick_clock *clock)
{
    if (clock != NULL) {
        clock->is_running = false;
        uv_close((uv_handle_t *)&clock->poll, on_poll_closed);
    }
}

void tick_clock_start(struct tick_clock *clock)
{
    if (clock->is_running) {
        return;
    }
    clock->is_running = true;
    tick_schedule_start(&clock->schedule, now_ns());
    arm(clock, tick_schedule_deadline(&clock->schedule));
}

void tick_clock_stop(struct tick_clock *clock)
{
    if (clock->is_running) {
        clock->is_running = false;
        arm(clock, 0);
    }
}
