/* SPDX-License-Identifier: Apache-2.0 */
/* result_sender.h - publishes match results as an engine does, and listens to the dead-letter queue. */
#ifndef MMA_TESTS_SUPPORT_RESULT_SENDER_H
#define MMA_TESTS_SUPPORT_RESULT_SENDER_H

#include "libcommon/runtime/stores/amqp.h"

#include <stdbool.h>

struct result_sender {
    uv_loop_t *loop;
    struct amqp *amqp;
    bool is_up;
    uint32_t dead; /* messages in the dead-letter queue, taken from it */
};

/* Waits until the broker of AMQP_URL is there. */
void result_sender_open(struct result_sender *sender, uv_loop_t *loop);
void result_sender_close(struct result_sender *sender);

/* A duel that winner won 5 to 2, played to its end; waits until the broker has it. */
void result_sender_duel(struct result_sender *sender, const char *match_id, const char *winner, const char *loser);
/* The same, ended for a reason: "finished", "abandoned", "drained". */
void result_sender_duel_ended(struct result_sender *sender, const char *match_id, const char *winner, const char *loser,
                              const char *end_reason);
/* The same, of an engine whose clock says so. */
void result_sender_duel_dated(struct result_sender *sender, const char *match_id, const char *winner, const char *loser,
                              int64_t start_time, int64_t end_time);
void result_sender_bytes(struct result_sender *sender, const char *message_id, const void *bytes, size_t size);

#endif
