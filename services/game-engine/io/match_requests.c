/* SPDX-License-Identifier: Apache-2.0 */
/* match_requests.c - messages of matchmakers, gateways and spectators: read, handed to the core, its effects carried
 * out. */
#include "libcommon/runtime/daemon/pages.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "proto/spectate.pb-c.h"
#include "services/game-engine/io/engine_metrics.h"
#include "services/game-engine/io/match_host_internal.h"

/* NULL for bytes that are not such a message. Good until the next message. */
static void *unpack(struct match_host *host, const ProtobufCMessageDescriptor *descriptor,
                    const struct mailbox_envelope *envelope)
{
    arena_reset(&host->message);
    return protobuf_c_message_unpack(descriptor, &host->message_allocator, envelope->payload_size, envelope->payload);
}

static void on_create_match(struct match_host *host, const struct mailbox_envelope *envelope)
{
    struct engine_create create;
    request_messages_create(unpack(host, &mma__create_match__descriptor, envelope), envelope->sender,
                            envelope->trace.bytes, &host->context, &host->message, &create);
    size_t size = engine_core_create_bytes(&host->core, &create);
    void *memory = size > 0 ? pages_take(size) : NULL;
    host->given = (struct match_resources){.memory = memory, .memory_size = size};
    if (!engine_core_create(&host->core, &create, memory, size, &host->effects)) {
        pages_release(memory, size);
    }
}

static void on_join(struct match_host *host, const struct mailbox_envelope *envelope)
{
    struct engine_join join;
    request_messages_join(unpack(host, &mma__join__descriptor, envelope), envelope->sender, &join);
    engine_core_join(&host->core, &join, &host->effects);
}

static void on_leave(struct match_host *host, const struct mailbox_envelope *envelope)
{
    const Mma__Leave *leave = unpack(host, &mma__leave__descriptor, envelope);
    if (leave != NULL) {
        engine_core_leave(&host->core, envelope->sender, leave->session_id, leave->reason, &host->effects);
    }
}

static void on_inputs(struct match_host *host, const struct mailbox_envelope *envelope)
{
    uint64_t begin_us = clock_monotonic_us();
    const Mma__Inputs *inputs = unpack(host, &mma__inputs__descriptor, envelope);
    uint32_t peer = peers_find(&host->core.peers, envelope->sender);
    if (inputs == NULL) {
        engine_metrics_input(INPUT_INVALID);
        return;
    }
    for (size_t i = 0; i < inputs->n_inputs; i++) {
        struct engine_input input;
        request_messages_input(inputs->inputs[i], &input);
        enum input_verdict verdict = engine_core_input(&host->core, peer, &input);
        if (verdict != INPUT_VERDICTS) {
            engine_metrics_input(verdict);
        }
        if (input.skipped > 0 && verdict != INPUT_UNKNOWN) {
            metric_add(&engine_metric_snapshots_skipped, input.skipped, NULL, NULL);
        }
    }
    host->input_us += clock_monotonic_us() - begin_us;
}

static void on_say(struct match_host *host, const struct mailbox_envelope *envelope)
{
    struct engine_say say;
    request_messages_say(unpack(host, &mma__say__descriptor, envelope), envelope->sender, &say);
    enum chat_verdict verdict = engine_core_say(&host->core, &say, clock_monotonic_ms(), &host->effects);
    if (verdict == CHAT_VERDICTS) {
        metric_add(&engine_metric_chat_messages, 1, "unknown", NULL);
    } else {
        engine_metrics_chat(verdict);
    }
}

static void on_subscribe(struct match_host *host, const struct mailbox_envelope *envelope)
{
    const Mma__Subscribe *request = unpack(host, &mma__subscribe__descriptor, envelope);
    engine_core_subscribe(&host->core, envelope->sender, request == NULL ? NULL : request->match_id, &host->effects);
}

static void on_unsubscribe(struct match_host *host, const struct mailbox_envelope *envelope)
{
    const Mma__Unsubscribe *request = unpack(host, &mma__unsubscribe__descriptor, envelope);
    engine_core_unsubscribe(&host->core, envelope->sender, request == NULL ? NULL : request->match_id);
}

static void dispatch(struct match_host *host, const struct mailbox_envelope *envelope)
{
    switch (envelope->type) {
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS:
        on_inputs(host, envelope);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAY:
        on_say(host, envelope);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN:
        on_join(host, envelope);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_LEAVE:
        on_leave(host, envelope);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH:
        on_create_match(host, envelope);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBE:
        on_subscribe(host, envelope);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_UNSUBSCRIBE:
        on_unsubscribe(host, envelope);
        break;
    default:
        if (envelope->correlation_id != 0) {
            engine_core_not_served(&host->effects);
        }
        break;
    }
}

void match_host_receive(struct match_host *host, const struct mailbox_envelope *envelope)
{
    host->envelope = envelope;
    dispatch(host, envelope);
    match_effects_carry_out(host);
    host->envelope = NULL;
}
