/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/turn.h"

#define GRAIN_MS 2

static void on_tick(uv_timer_t *timer)
{
    (void)timer;
}

bool turn_until_holds(uv_loop_t *loop, bool (*holds)(void *data), void *data, uint64_t wait_ms)
{
    uv_timer_t tick;
    uv_timer_init(loop, &tick);
    uv_update_time(loop);
    uv_timer_start(&tick, on_tick, GRAIN_MS, GRAIN_MS);
    uint64_t until_ns = uv_hrtime() + wait_ms * 1000000;
    while (!holds(data) && uv_hrtime() < until_ns) {
        uv_run(loop, UV_RUN_ONCE);
    }
    uv_close((uv_handle_t *)&tick, NULL);
    uv_run(loop, UV_RUN_NOWAIT);
    return holds(data);
}

struct goal {
    const uint32_t *value;
    uint32_t wanted;
};

static bool is_reached(void *data)
{
    const struct goal *goal = data;
    return *goal->value >= goal->wanted;
}

bool turn_until(uv_loop_t *loop, const uint32_t *value, uint32_t wanted, uint64_t wait_ms)
{
    struct goal goal = {value, wanted};
    return turn_until_holds(loop, is_reached, &goal, wait_ms);
}

static bool is_never(void *data)
{
    (void)data;
    return false;
}

void turn_for(uv_loop_t *loop, uint64_t wait_ms)
{
    (void)turn_until_holds(loop, is_never, NULL, wait_ms);
}
