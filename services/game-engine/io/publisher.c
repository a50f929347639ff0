/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/io/publisher.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/entropy.h"
#include "services/game-engine/io/engine_metrics.h"
#include "services/game-engine/io/match_end_messages.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

struct publisher {
    struct amqp *amqp;
    uint8_t packed[AMQP_MESSAGE_BYTES_MAX];
};

/* As mkdir -p: its last part, at least, is ours to make. */
static void make_folders(const char *path)
{
    char part[512];
    snprintf(part, sizeof part, "%s", path);
    for (char *slash = strchr(part + 1, '/'); slash != NULL; slash = strchr(slash + 1, '/')) {
        *slash = '\0';
        (void)mkdir(part, 0750);
        *slash = '/';
    }
    if (mkdir(part, 0750) != 0 && errno != EEXIST) {
        log_error("spool.failed", LOG_TEXT("folder", path), LOG_TEXT("cause", strerror(errno)));
    }
}

enum status publisher_open(uv_loop_t *loop, const struct publisher_options *options, struct publisher **out_publisher)
{
    struct publisher *publisher = calloc(1, sizeof *publisher);
    char folder[300];
    if (publisher == NULL) {
        return STATUS_NO_MEMORY;
    }
    snprintf(folder, sizeof folder, "%s/game-engine-%u", options->spool_dir, options->worker);
    make_folders(folder);
    const struct amqp_options amqp = {.url = options->url,
                                      .spool_dir = folder,
                                      .spool_bytes_max = options->spool_bytes_max,
                                      .prefetch = 1,
                                      .owner = options->owner,
                                      .on_state = options->on_state};
    enum status status = amqp_open(loop, &amqp, &publisher->amqp);
    if (status != STATUS_OK) {
        free(publisher);
        return status;
    }
    *out_publisher = publisher;
    return STATUS_OK;
}

void publisher_close(struct publisher *publisher)
{
    if (publisher != NULL) {
        amqp_close(publisher->amqp);
        free(publisher);
    }
}

static void publish(struct publisher *publisher, const char *kind, const char *routing_key, const char *message_id,
                    struct trace_id trace, const ProtobufCMessage *message)
{
    enum status status = STATUS_TOO_LARGE;
    if (protobuf_c_message_get_packed_size(message) <= sizeof publisher->packed) {
        size_t size = protobuf_c_message_pack(message, publisher->packed);
        status = amqp_publish(publisher->amqp, routing_key, message_id, trace, publisher->packed, size);
    }
    if (status != STATUS_OK) {
        metric_add(&engine_metric_events_lost, 1, kind, NULL);
        log_error("event.lost", LOG_TEXT("kind", kind), LOG_TEXT("message_id", message_id), LOG_TRACE(trace),
                  LOG_STATUS(status));
    }
}

void publisher_chunk(struct publisher *publisher, const char *match_id, struct trace_id trace,
                     const struct recorder_chunk *chunk)
{
    Mma__ReplayChunk message;
    char message_id[MATCH_END_MESSAGES_ID_MAX + 1];
    match_end_messages_chunk(match_id, chunk, message_id, &message);
    publish(publisher, "chunk", "replay.chunk", message_id, trace, &message.base);
    metric_add(&engine_metric_chunks_published, 1, NULL, NULL);
}

void publisher_result(struct publisher *publisher, struct trace_id trace, const Mma__MatchResult *result)
{
    publish(publisher, "result", "match.result", result->match_id, trace, &result->base);
}

void publisher_audit(struct publisher *publisher, struct trace_id trace, const struct publisher_audit *audit)
{
    Mma__AuditEvent event;
    mma__audit_event__init(&event);
    char event_id[33], match[33], player[65], kind[48], body[PUBLISHER_AUDIT_BODY_MAX + 1], routing_key[64];
    entropy_hex_id(event_id);
    snprintf(match, sizeof match, "%s", audit->match_id);
    snprintf(player, sizeof player, "%s", audit->player_id);
    snprintf(kind, sizeof kind, "%s", audit->kind);
    snprintf(body, sizeof body, "%s", audit->body);
    snprintf(routing_key, sizeof routing_key, "audit.%s", audit->kind);
    event.event_id = event_id;
    event.kind = kind;
    event.match_id = match;
    event.player_id = player;
    event.at_time = (int64_t)clock_unix_ms();
    event.body = body;
    publish(publisher, "audit", routing_key, event_id, trace, &event.base);
}
