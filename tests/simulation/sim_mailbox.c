/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/sim_mailbox.h"

#include "libcommon/base/hash.h"
#include "libcommon/runtime/stores/backoff.h"
#include "tests/simulation/sim_parts.h"
#include "tests/simulation/sim_seen.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define IN_FLIGHT_MAX  256      /* batches to one peer that no connection has taken */
#define RETRY_US       100000   /* an absent peer is dialled again after at most so long */
#define UNDELIVERED_US 10000000 /* what nobody takes for so long is given up */

/* A batch of one envelope on its way; the payload follows it. */
struct letter {
    uint32_t from, to;
    uint64_t from_incarnation, sequence, sent_us;
    char from_url[MAILBOX_URL_MAX], to_url[MAILBOX_URL_MAX];
    Mma__MessageType type;
    bool is_reply;
    uint64_t correlation_id, deadline_unix_ms;
    struct trace_id trace;
};

/* What a request keeps for its repeats, and an answer for repeats of its request. */
struct kept {
    Mma__MessageType type;
    uint64_t correlation_id, deadline_unix_ms;
    struct trace_id trace;
};

void sim_mailbox_open(struct sim_process *process)
{
    if (process->is_client) {
        return;
    }
    enum status status = mailbox_requests_create(random_u64(&process->random), &process->requests);
    REQUIRE(status == STATUS_OK);
    status = mailbox_replies_create(random_u64(&process->random), &process->replies);
    REQUIRE(status == STATUS_OK);
    process->senders = malloc(sizeof(*process->senders));
    REQUIRE(process->senders != NULL);
    mailbox_senders_init(process->senders, random_u64(&process->random));
    memset(process->sequences, 0, sizeof(process->sequences));
    memset(process->in_flight, 0, sizeof(process->in_flight));
    process->is_request_timer_set = false;
}

void sim_mailbox_close(struct sim_process *process)
{
    if (process->is_client) {
        return;
    }
    struct mailbox_pending *pending;
    while ((pending = mailbox_requests_next(process->requests, NULL)) != NULL) {
        mailbox_requests_end(process->requests, pending); /* there is nobody to hear of it */
    }
    mailbox_requests_destroy(process->requests);
    mailbox_replies_destroy(process->replies);
    free(process->senders);
    process->requests = NULL;
    process->replies = NULL;
    process->senders = NULL;
}

/* "tcp://10.a.b.c:7000" belongs to place (a - 1) * 200 + b - 1 in its c-th life. SIM_PROCESSES_MAX: to none. */
static uint32_t place_of(const struct sim_world *world, const char *url)
{
    static const char head[] = "tcp://10.";
    char *end;
    if (strncmp(url, head, sizeof(head) - 1) != 0) {
        return SIM_PROCESSES_MAX;
    }
    unsigned long a = strtoul(url + sizeof(head) - 1, &end, 10);
    unsigned long b = *end == '.' ? strtoul(end + 1, &end, 10) : 0;
    unsigned long place = a >= 1 && b >= 1 ? (a - 1) * 200 + b - 1 : SIM_PROCESSES_MAX;
    return place < world->process_count ? (uint32_t)place : SIM_PROCESSES_MAX;
}

static const char *type_name(Mma__MessageType type)
{
    const ProtobufCEnumValue *value = protobuf_c_enum_descriptor_get_value(&mma__message_type__descriptor, (int)type);
    return value != NULL ? value->name + strlen("MESSAGE_TYPE_") : "?";
}

static bool is_realtime(Mma__MessageType type)
{
    return type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS || type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_SNAPSHOTS ||
           type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_FRAMES || type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_RECORDS;
}

static void see(struct sim_world *world, enum sim_observed kind, const struct letter *letter, const uint8_t *payload,
                size_t size)
{
    bool is_sent = kind == SIM_SAW_SENT;
    struct sim_process *from = &world->processes[letter->from], *to = &world->processes[letter->to];
    sim_observe(world, &(struct sim_observation){.kind = kind,
                                                 .at_us = world->now_us,
                                                 .process = is_sent ? from : to,
                                                 .peer = is_sent ? to : from,
                                                 .type = letter->type,
                                                 .correlation_id = letter->correlation_id,
                                                 .is_reply = letter->is_reply,
                                                 .bytes = payload,
                                                 .size = size});
}

/* ---- receiving ------------------------------------------------------------------------------------ */

static void end_request(struct sim_process *process, struct mailbox_pending *pending, enum status status,
                        const struct mailbox_envelope *reply)
{
    mailbox_on_reply *on_reply = pending->on_reply;
    void *owner = pending->owner;
    mailbox_requests_end(process->requests, pending);
    on_reply(owner, status, reply);
}

static enum status refusal_status(const struct mailbox_envelope *envelope)
{
    Mma__Refusal *refusal = mma__refusal__unpack(NULL, envelope->payload_size, envelope->payload);
    uint32_t code = refusal ? refusal->status : STATUS_REFUSED;
    mma__refusal__free_unpacked(refusal, NULL);
    return code > STATUS_OK && code < STATUS_COUNT ? (enum status)code : STATUS_REFUSED;
}

static void take_reply(struct sim_process *process, const struct letter *letter,
                       const struct mailbox_envelope *envelope)
{
    struct mailbox_pending *pending = mailbox_requests_find(process->requests, envelope->correlation_id);
    if (pending == NULL) {
        sim_log(process, "late reply %s of %s", type_name(envelope->type), envelope->sender);
        return;
    }
    bool is_refused = envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_REFUSAL;
    see(process->world, SIM_SAW_TAKEN, letter, envelope->payload, envelope->payload_size);
    end_request(process, pending, is_refused ? refusal_status(envelope) : STATUS_OK, envelope);
}

static void send_kept(struct sim_process *process, const char *peer, bool is_reply, const uint8_t *bytes, size_t size);

static bool is_answered_already(struct sim_process *process, const struct letter *letter,
                                const struct mailbox_envelope *envelope)
{
    struct mailbox_request_key key = {envelope->sender, letter->from_incarnation, envelope->correlation_id};
    const uint8_t *bytes;
    size_t size;
    switch (mailbox_replies_enter(process->replies, &key, sim_monotonic_ms(process), &bytes, &size)) {
    case MAILBOX_FIRST:
        return false;
    case MAILBOX_REPEAT_WAITING:
        break;
    case MAILBOX_REPEAT_ANSWERED:
        send_kept(process, envelope->sender, true, bytes, size);
        break;
    }
    return true;
}

static void take_letter(struct sim_world *world, struct sim_process *process, void *bytes, size_t size)
{
    const struct letter *letter = bytes;
    const uint8_t *payload = (const uint8_t *)(letter + 1);
    const struct sim_process *from = &world->processes[letter->from];
    struct mailbox_envelope envelope = {.type = letter->type,
                                        .sender = letter->from_url,
                                        .correlation_id = letter->correlation_id,
                                        .deadline_unix_ms = letter->deadline_unix_ms,
                                        .trace = letter->trace,
                                        .payload = payload,
                                        .payload_size = size - sizeof(*letter)};
    uint64_t gap;
    if (!mailbox_senders_accept(process->senders, envelope.sender, letter->from_incarnation, letter->sequence,
                                sim_monotonic_ms(process), &gap)) {
        sim_log(process, "stale %s of %s", type_name(letter->type), from->name);
        return;
    }
    (is_realtime(letter->type) ? sim_world_log_passing : sim_world_log)(
        world, process->name, "takes %s%s of %s, %zu bytes", type_name(letter->type),
        letter->is_reply ? " (reply)" : "", from->name, envelope.payload_size);
    if (letter->is_reply) {
        take_reply(process, letter, &envelope);
    } else if (letter->correlation_id == 0 || !is_answered_already(process, letter, &envelope)) {
        see(world, SIM_SAW_TAKEN, letter, payload, envelope.payload_size);
        process->program->on_envelope(process->state, &envelope);
    }
}

/* The world's event: the connection has carried it there, or there is nobody (then it is tried again for a while). */
static void arrive(struct sim_world *world, struct sim_process *none, void *bytes, size_t size)
{
    (void)none;
    const struct letter *letter = bytes;
    struct sim_process *from = &world->processes[letter->from], *to = &world->processes[letter->to];
    bool is_sender_there = sim_process_is_up(from) && from->incarnation == letter->from_incarnation;
    bool is_there = sim_process_is_up(to) && strcmp(to->url, letter->to_url) == 0;
    if (!is_there && is_sender_there && world->now_us - letter->sent_us < UNDELIVERED_US) {
        sim_event_add(world, world->now_us + sim_between_us(world, RETRY_US / 2, RETRY_US), NULL, arrive, bytes, size);
        return;
    }
    if (is_sender_there && from->in_flight[letter->to] > 0) {
        from->in_flight[letter->to]--;
    }
    if (!is_there) {
        return;
    }
    if (to->stalled_until_us > world->now_us) {
        sim_event_add(world, to->stalled_until_us, to, take_letter, bytes, size);
        return;
    }
    world->current = to;
    take_letter(world, to, bytes, size);
    sim_process_after_event(to);
}

/* ---- sending -------------------------------------------------------------------------------------- */

static enum status send_letter(struct sim_process *process, const char *peer, struct letter *letter,
                               const uint8_t *payload, size_t size)
{
    struct sim_world *world = process->world;
    uint32_t place = place_of(world, peer);
    if (place == SIM_PROCESSES_MAX) {
        return STATUS_INVALID;
    }
    if (process->in_flight[place] >= IN_FLIGHT_MAX) {
        return STATUS_FULL;
    }
    letter->from = process->index;
    letter->to = place;
    letter->from_incarnation = process->incarnation;
    letter->sequence = ++process->sequences[place];
    letter->sent_us = world->now_us;
    memcpy(letter->from_url, process->url, sizeof(letter->from_url));
    memcpy(letter->to_url, peer, strlen(peer) + 1);
    uint64_t at_us[2];
    uint32_t count = sim_network_send(world, process->index, place, false, at_us);
    for (uint32_t i = 0; i < count; i++) {
        process->in_flight[place]++;
        sim_event_add_parts(world, at_us[i], NULL, arrive, letter, sizeof(*letter), payload, size);
    }
    return STATUS_OK;
}

static void send_kept(struct sim_process *process, const char *peer, bool is_reply, const uint8_t *bytes, size_t size)
{
    struct kept kept;
    memcpy(&kept, bytes, sizeof(kept));
    struct letter letter = {.type = kept.type,
                            .correlation_id = kept.correlation_id,
                            .deadline_unix_ms = kept.deadline_unix_ms,
                            .trace = kept.trace,
                            .is_reply = is_reply};
    /* When the peer is full the next repeat tries again. */
    enum status status = send_letter(process, peer, &letter, bytes + sizeof(kept), size - sizeof(kept));
    sim_log(process, "repeats %s to %s: %s", type_name(kept.type), peer, status_text(status));
}

static uint8_t *pack(const struct kept *kept, const ProtobufCMessage *message, size_t *out_size)
{
    size_t payload_size = protobuf_c_message_get_packed_size(message);
    uint8_t *bytes = malloc(sizeof(*kept) + payload_size);
    REQUIRE(bytes != NULL);
    memcpy(bytes, kept, sizeof(*kept));
    size_t packed = protobuf_c_message_pack(message, bytes + sizeof(*kept));
    REQUIRE(packed == payload_size);
    *out_size = sizeof(*kept) + payload_size;
    return bytes;
}

/* Packs and sends. out_bytes, when not NULL: what to keep, to be freed by the caller. */
static enum status send_first(struct sim_process *process, const char *peer, const struct kept *kept, bool is_reply,
                              const ProtobufCMessage *message, uint8_t **out_bytes, size_t *out_size)
{
    size_t size;
    uint8_t *bytes = pack(kept, message, &size);
    struct letter letter = {.type = kept->type,
                            .correlation_id = kept->correlation_id,
                            .deadline_unix_ms = kept->deadline_unix_ms,
                            .trace = kept->trace,
                            .is_reply = is_reply};
    enum status status = send_letter(process, peer, &letter, bytes + sizeof(*kept), size - sizeof(*kept));
    if (status == STATUS_OK) {
        see(process->world, SIM_SAW_SENT, &letter, bytes + sizeof(*kept), size - sizeof(*kept));
    } else {
        sim_log(process, "cannot send %s to %s: %s", type_name(kept->type), peer, status_text(status));
    }
    if (out_bytes != NULL && status == STATUS_OK) {
        *out_bytes = bytes;
        *out_size = size;
    } else {
        free(bytes);
    }
    return status;
}

enum status sim_post(struct sim_process *process, const char *peer, enum mailbox_class mailbox_class,
                     Mma__MessageType type, struct trace_id trace, const ProtobufCMessage *message)
{
    struct kept kept = {.type = type, .trace = trace};
    enum status status = send_first(process, peer, &kept, false, message, NULL, NULL);
    return status == STATUS_FULL && mailbox_class == MAILBOX_REALTIME ? STATUS_OK : status; /* dropped, and counted */
}

/* ---- requests ------------------------------------------------------------------------------------- */

static bool expire_one(struct sim_process *process, uint64_t now_ms)
{
    struct mailbox_pending *pending = mailbox_requests_next(process->requests, NULL);
    for (; pending != NULL; pending = mailbox_requests_next(process->requests, pending)) {
        if (pending->deadline_ms <= now_ms) {
            sim_log(process, "request to %s expires", pending->peer);
            end_request(process, pending, STATUS_EXPIRED, NULL);
            return true;
        }
        if (pending->repeat_ms <= now_ms) {
            pending->repeat_ms = now_ms + backoff_next_ms(&pending->backoff, random_u64(&process->random));
            send_kept(process, pending->peer, false, pending->bytes, pending->size);
        }
    }
    return false;
}

static void schedule_requests(struct sim_process *process);

static void on_requests_due(void *owner)
{
    struct sim_process *process = owner;
    process->is_request_timer_set = false;
    while (expire_one(process, sim_monotonic_ms(process))) {
    }
    schedule_requests(process);
}

/* Each request looks at least MAILBOX_REPEAT_LEAST_MS / 2 ahead, so one timer at that period is never late by much. */
static void schedule_requests(struct sim_process *process)
{
    uint64_t due_ms = mailbox_requests_due_ms(process->requests), now_ms = sim_monotonic_ms(process);
    if (due_ms == UINT64_MAX || process->is_request_timer_set) {
        return;
    }
    uint64_t delay_ms = due_ms > now_ms ? due_ms - now_ms : 0;
    delay_ms = delay_ms < MAILBOX_REPEAT_LEAST_MS / 2 ? delay_ms : MAILBOX_REPEAT_LEAST_MS / 2;
    process->is_request_timer_set = true;
    (void)sim_timer_start(process, delay_ms, on_requests_due, process);
}

enum status sim_request(struct sim_process *process, const char *peer, Mma__MessageType type, struct trace_id trace,
                        const ProtobufCMessage *message, uint32_t timeout_ms, mailbox_on_reply *on_reply, void *owner)
{
    REQUIRE(timeout_ms > 0 && on_reply != NULL);
    struct mailbox_pending *pending;
    enum status status = mailbox_requests_start(process->requests, &pending);
    if (status != STATUS_OK) {
        return status;
    }
    struct kept kept = {.type = type,
                        .correlation_id = pending->id,
                        .trace = trace,
                        .deadline_unix_ms = sim_unix_ms(process) + timeout_ms};
    uint8_t *bytes;
    size_t size;
    status = send_first(process, peer, &kept, false, message, &bytes, &size);
    if (status == STATUS_OK) {
        status = mailbox_requests_keep(pending, bytes, size);
        free(bytes);
    }
    if (status != STATUS_OK) {
        mailbox_requests_end(process->requests, pending);
        return status;
    }
    uint64_t now_ms = sim_monotonic_ms(process);
    memcpy(pending->peer, peer, strlen(peer) + 1);
    pending->on_reply = on_reply;
    pending->owner = owner;
    pending->deadline_ms = now_ms + timeout_ms;
    pending->repeat_ms = now_ms + backoff_next_ms(&pending->backoff, random_u64(&process->random));
    schedule_requests(process);
    return STATUS_OK;
}

/* ---- replies -------------------------------------------------------------------------------------- */

struct mailbox_return sim_return_of(const struct mailbox_envelope *request)
{
    struct mailbox_return to = {.correlation_id = request->correlation_id, .trace = request->trace};
    memcpy(to.sender, request->sender, strlen(request->sender) + 1);
    return to;
}

void sim_reply(struct sim_process *process, const struct mailbox_return *to, Mma__MessageType type,
               const ProtobufCMessage *message)
{
    struct kept kept = {.type = type, .correlation_id = to->correlation_id, .trace = to->trace};
    uint8_t *bytes;
    size_t size;
    if (to->correlation_id != 0 && send_first(process, to->sender, &kept, true, message, &bytes, &size) == STATUS_OK) {
        mailbox_replies_store(process->replies, to->sender, to->correlation_id, bytes, size);
        free(bytes);
    }
}

void sim_refuse(struct sim_process *process, const struct mailbox_return *to, enum status status, const char *reason,
                const char *message)
{
    REQUIRE(status != STATUS_OK && reason != NULL && message != NULL);
    Mma__Refusal refusal;
    mma__refusal__init(&refusal);
    char reason_copy[64], message_copy[256];
    snprintf(reason_copy, sizeof(reason_copy), "%s", reason);
    snprintf(message_copy, sizeof(message_copy), "%s", message);
    refusal.status = (uint32_t)status;
    refusal.reason = reason_copy;
    refusal.message = message_copy;
    sim_reply(process, to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_REFUSAL, &refusal.base);
}
