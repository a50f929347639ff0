/* SPDX-License-Identifier: Apache-2.0 */
/*
 * durable_match.h - all that RabbitMQ was told of the match engine_match_id: its result, its whole record, its audit
 * events. What else is in the queues is thrown away. Failures fail the test.
 */
#ifndef MMA_TESTS_SUPPORT_DURABLE_MATCH_H
#define MMA_TESTS_SUPPORT_DURABLE_MATCH_H

#include "libcommon/runtime/stores/amqp.h"

#include <stdbool.h>
#include <stdint.h>
#include <uv.h>

#define DURABLE_REPLAY_BYTES (4u << 20)

struct durable_match {
    struct amqp *amqp;
    uint32_t results, chunks, audits;
    bool has_last;
    uint64_t state_hash;
    uint32_t ticks;
    char engine[64];
    uint8_t replay[DURABLE_REPLAY_BYTES];
    size_t size;
};

/* Reads until everything of one match is there; a message that came twice counts once. */
void durable_match_consume(struct durable_match *match, uv_loop_t *loop);

/* The replay tool re-simulates the record, and comes to the hash and the ticks of the result. */
void durable_match_verify(const struct durable_match *match);

#endif
