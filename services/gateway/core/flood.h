/* SPDX-License-Identifier: Apache-2.0 */
/*
 * flood.h - what follows when a client keeps sending more than its rate: it gets an error once a second, and is closed
 * when it goes on for FLOOD_CLOSE_MS. Pauses shorter than FLOOD_PAUSE_MS do not end a flood.
 */
#ifndef MMA_SERVICES_GATEWAY_CORE_FLOOD_H
#define MMA_SERVICES_GATEWAY_CORE_FLOOD_H

#include <stdbool.h>
#include <stdint.h>

#define FLOOD_WARN_MS  1000
#define FLOOD_PAUSE_MS 2000
#define FLOOD_CLOSE_MS 10000

struct flood {
    bool is_on;
    uint64_t since_ms;
    uint64_t last_ms; /* of the latest dropped message */
    uint64_t warned_ms;
};

enum flood_verdict { FLOOD_DROP, FLOOD_WARN, FLOOD_CLOSE };

/* A message was over the rate and is dropped: what else to do. A zeroed flood is a good start. */
enum flood_verdict flood_note(struct flood *flood, uint64_t now_ms);

#endif
