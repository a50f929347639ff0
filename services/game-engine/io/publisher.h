/* SPDX-License-Identifier: Apache-2.0 */
/*
 * publisher.h - what must not be lost of a match: results, replay chunks and audit events, over RabbitMQ.
 *
 * While the broker is away they wait in the spool. When that is full they are lost, counted and logged.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_IO_PUBLISHER_H
#define MMA_SERVICES_GAME_ENGINE_IO_PUBLISHER_H

#include "libcommon/runtime/stores/amqp.h"
#include "proto/durable.pb-c.h"
#include "services/game-engine/core/recorder.h"

struct publisher_options {
    const char *url;
    const char *spool_dir; /* of all workers: this one takes the folder of its number in it */
    unsigned worker;
    uint64_t spool_bytes_max;
    void *owner;
    void (*on_state)(void *owner, bool up, const char *detail);
};

struct publisher;

MUST_USE enum status publisher_open(uv_loop_t *loop, const struct publisher_options *options,
                                    struct publisher **out_publisher);
void publisher_close(struct publisher *publisher); /* takes NULL */

void publisher_chunk(struct publisher *publisher, const char *match_id, struct trace_id trace,
                     const struct recorder_chunk *chunk);
void publisher_result(struct publisher *publisher, struct trace_id trace, const Mma__MatchResult *result);

#define PUBLISHER_AUDIT_BODY_MAX 1023 /* bytes; what is longer is cut */

struct publisher_audit {
    const char *kind; /* what stands after "audit.", e.g. "match.created" */
    const char *match_id;
    const char *player_id; /* "": nobody's */
    const char *body;      /* a JSON object */
};
void publisher_audit(struct publisher *publisher, struct trace_id trace, const struct publisher_audit *audit);

#endif
