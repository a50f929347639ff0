/* SPDX-License-Identifier: Apache-2.0 */
/* turn.h - turns a loop until something has happened, at most for so long: how tests wait without sleeping. */
#ifndef MMA_TESTS_SUPPORT_TURN_H
#define MMA_TESTS_SUPPORT_TURN_H

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

/* Until *value >= wanted: true; or wait_ms have passed: false. */
bool turn_until(uv_loop_t *loop, const uint32_t *value, uint32_t wanted, uint64_t wait_ms);
/* Until holds(data). */
bool turn_until_holds(uv_loop_t *loop, bool (*holds)(void *data), void *data, uint64_t wait_ms);
void turn_for(uv_loop_t *loop, uint64_t wait_ms);

#endif
