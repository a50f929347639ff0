/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/node_spectator.h"

#include "services/spectator/io/followed_data.h"
#include "services/spectator/io/frame_messages.h"
#include "services/spectator/io/watch_messages.h"

#include <stdio.h>
#include <stdlib.h>

#define STEP_PERIOD_MS       8
#define LINGER_MS            1000
#define SUBSCRIBE_TIMEOUT_MS 800

struct spectator_node_slot {
    struct spectator_node *node;
    uint32_t index;
    struct followed_data data;
};

struct spectator_node {
    struct sim_process *process;
    struct follow follow;
    void *follow_memory;
    struct spectator_node_slot slots[NODE_SPECTATOR_MATCHES_MAX];
    uint32_t unsent[NODE_SPECTATOR_MATCHES_MAX]; /* slots whose Subscribe could not be sent */
    uint32_t unsent_count;
    uint64_t step_timer; /* 0: none, no match is followed */
    bool is_draining;
    struct follow_effects effects;
    struct frame_batch batch;
    struct frame_messages messages;
};

static void on_subscribe_reply(void *owner, enum status status, const struct mailbox_envelope *reply);
static void on_step(void *owner);

static struct peer_list list_of(const struct spectator_node *node, const char *role)
{
    size_t count = 0;
    const struct registry_entry *entries = sim_registry_list(node->process, role, &count);
    return (struct peer_list){
        .first = count > 0 ? entries[0].mailbox : NULL, .stride = sizeof(*entries), .count = (uint32_t)count};
}

/* ---- effects ------------------------------------------------------------------------------------ */

static void subscribe(struct spectator_node *node, uint32_t index)
{
    const struct follow_slot *slot = &node->follow.slots[index];
    Mma__Subscribe message;
    watch_messages_fill_subscribe(&message, slot);
    enum status status = sim_request(node->process, slot->engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBE,
                                     watch_messages_trace(slot->trace), &message.base,
                                     node->follow.rules.subscribe_timeout_ms, on_subscribe_reply, &node->slots[index]);
    if (status != STATUS_OK) {
        node->unsent[node->unsent_count++] = index;
    }
}

static void unsubscribe(struct spectator_node *node, uint32_t index)
{
    const struct follow_slot *slot = &node->follow.slots[index];
    Mma__Unsubscribe message;
    watch_messages_fill_unsubscribe(&message, slot);
    enum status status =
        sim_post(node->process, slot->engine, MAILBOX_PUBLISH, MMA__MESSAGE_TYPE__MESSAGE_TYPE_UNSUBSCRIBE,
                 watch_messages_trace(slot->trace), &message.base);
    (void)status;
}

static void admit(struct spectator_node *node, const struct follow_effect *effect)
{
    const struct mailbox_return to = watch_messages_return(&effect->request.from);
    struct watch_messages_watching message;
    watch_messages_fill_watching(&message, &node->follow, effect, &node->slots[effect->slot].data);
    sim_reply(node->process, &to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_WATCHING, &message.stream.base);
}

static void refuse(struct spectator_node *node, const struct follow_effect *effect)
{
    const struct admission_refusal_row *row = admission_refusal_row(effect->refusal);
    const struct mailbox_return to = watch_messages_return(&effect->request.from);
    sim_refuse(node->process, &to, row->status, row->code, row->text);
}

static void end_stream(struct spectator_node *node, const struct follow_effect *effect)
{
    const struct follow_slot *slot = &node->follow.slots[effect->slot];
    Mma__StreamOver message;
    watch_messages_fill_stream_over(&message, slot, effect);
    enum status status =
        sim_post(node->process, effect->request.from.gateway, MAILBOX_PUBLISH,
                 MMA__MESSAGE_TYPE__MESSAGE_TYPE_STREAM_OVER, watch_messages_trace(slot->trace), &message.base);
    (void)status;
}

static void log_effect(const struct spectator_node *node, const struct follow_effect *effect)
{
    static const char *const names[] = {[FOLLOW_STARTED] = "stream.started",  [FOLLOW_FAILED] = "stream.failed",
                                        [FOLLOW_RESYNC] = "stream.resynced",  [FOLLOW_ENDED] = "stream.ended",
                                        [FOLLOW_VIEWER_LEFT] = "viewer.left", [FOLLOW_VIEWER_LOST] = "viewer.lost"};
    const struct follow_slot *slot = &node->follow.slots[effect->slot];
    sim_log(node->process, "%s %s at %s", names[effect->kind], slot->match_id, slot->engine);
}

static void carry_out_one(struct spectator_node *node, const struct follow_effect *effect)
{
    switch (effect->kind) {
    case FOLLOW_SUBSCRIBE:
        subscribe(node, effect->slot);
        break;
    case FOLLOW_UNSUBSCRIBE:
        unsubscribe(node, effect->slot);
        break;
    case FOLLOW_ADMIT:
        admit(node, effect);
        break;
    case FOLLOW_REFUSE:
        refuse(node, effect);
        break;
    case FOLLOW_END_STREAM:
        end_stream(node, effect);
        break;
    case FOLLOW_RELEASE:
        followed_data_free(&node->slots[effect->slot].data);
        break;
    case FOLLOW_DRAINED:
        sim_drained(node->process);
        break;
    default:
        log_effect(node, effect);
        break;
    }
}

static void carry_out(struct spectator_node *node)
{
    while (node->effects.count > 0 || node->unsent_count > 0) {
        for (uint32_t i = 0; i < node->effects.count; i++) {
            carry_out_one(node, &node->effects.items[i]);
        }
        node->effects.count = 0;
        if (node->unsent_count > 0) {
            const struct peer_list engines = list_of(node, "game-engine");
            follow_subscribe_unsent(&node->follow, node->unsent[--node->unsent_count], &engines, &node->effects);
        }
    }
    if (node->follow.match_count > 0 && node->step_timer == 0) {
        node->step_timer = sim_timer_start(node->process, STEP_PERIOD_MS, on_step, node);
    }
}

/* ---- events ------------------------------------------------------------------------------------- */

static void on_envelope(void *state, const struct mailbox_envelope *envelope)
{
    struct spectator_node *node = state;
    const struct peer_list engines = list_of(node, "game-engine");
    watch_messages_receive(&node->follow, envelope, &engines, sim_monotonic_ms(node->process), &node->effects);
    carry_out(node);
}

static void on_subscribe_reply(void *owner, enum status status, const struct mailbox_envelope *reply)
{
    struct spectator_node_slot *slot = owner;
    struct spectator_node *node = slot->node;
    const struct peer_list engines = list_of(node, "game-engine");
    followed_data_receive(&slot->data, &node->follow, slot->index, status, reply, &engines,
                          sim_monotonic_ms(node->process), &node->effects);
    carry_out(node);
}

static void send_frames(struct spectator_node *node)
{
    frame_batch_sort(&node->batch, node->follow.gateways.used);
    frame_messages_build(&node->messages, &node->batch);
    for (uint32_t g = 0; g < node->follow.gateways.used && node->batch.copy_count > 0; g++) {
        Mma__Frames message;
        if (frame_messages_fill(&node->messages, &node->batch, g, &message)) {
            enum status status =
                sim_post(node->process, node->follow.gateways.items[g].mailbox, MAILBOX_REALTIME,
                         MMA__MESSAGE_TYPE__MESSAGE_TYPE_FRAMES, (struct trace_id){{0}}, &message.base);
            (void)status;
        }
    }
    frame_batch_clear(&node->batch);
}

static void on_step(void *owner)
{
    struct spectator_node *node = owner;
    uint64_t now_ms = sim_monotonic_ms(node->process);
    bool is_full = true;
    node->step_timer = 0;
    while (is_full) {
        is_full = follow_step(&node->follow, now_ms, &node->batch);
        send_frames(node);
    }
    is_full = true;
    while (is_full) {
        is_full = follow_settle(&node->follow, now_ms, &node->effects);
        carry_out(node);
    }
}

static void announce(const struct spectator_node *node)
{
    struct registry_entry entry = {.draining = node->is_draining,
                                   .incarnation = sim_incarnation(node->process),
                                   .matches = node->follow.match_count,
                                   .matches_max = NODE_SPECTATOR_MATCHES_MAX,
                                   .players = node->follow.viewers.count,
                                   .players_max = NODE_SPECTATOR_MATCHES_MAX * NODE_SPECTATOR_VIEWERS_MAX};
    (void)snprintf(entry.region, sizeof(entry.region), "%s", sim_region(node->process));
    sim_registry_announce(node->process, &entry);
}

static void on_period(void *owner)
{
    struct spectator_node *node = owner;
    const struct peer_list gateways = list_of(node, "gateway");
    uint64_t now_ms = sim_monotonic_ms(node->process), age_ms = sim_registry_age_ms(node->process);
    bool is_full = true;
    announce(node);
    while (is_full) {
        is_full = follow_gateways(&node->follow, &gateways, age_ms, now_ms, &node->effects);
        carry_out(node);
    }
    (void)sim_timer_start(node->process, REGISTRY_PERIOD_MS, on_period, node);
}

/* ---- life --------------------------------------------------------------------------------------- */

static void *start(struct sim_process *process, uint64_t seed)
{
    const struct follow_rules rules = {.matches_max = NODE_SPECTATOR_MATCHES_MAX,
                                       .viewers_per_match_max = NODE_SPECTATOR_VIEWERS_MAX,
                                       .delay_ms = sim_settings(process)->spectator_delay_ms,
                                       .linger_ms = LINGER_MS,
                                       .subscribe_timeout_ms = SUBSCRIBE_TIMEOUT_MS};
    struct spectator_node *node = calloc(1, sizeof(*node));
    REQUIRE(node != NULL);
    node->process = process;
    node->follow_memory = malloc(follow_memory_bytes(&rules));
    REQUIRE(node->follow_memory != NULL);
    follow_init(&node->follow, &rules, seed, node->follow_memory);
    for (uint32_t i = 0; i < NODE_SPECTATOR_MATCHES_MAX; i++) {
        node->slots[i] = (struct spectator_node_slot){.node = node, .index = i};
    }
    sim_registry_watch(process, "game-engine");
    sim_registry_watch(process, "gateway");
    on_period(node);
    return node;
}

static void drain(void *state)
{
    struct spectator_node *node = state;
    node->is_draining = true;
    announce(node);
    follow_drain(&node->follow, sim_settings(node->process)->drain_timeout_ms, sim_monotonic_ms(node->process),
                 &node->effects);
    carry_out(node);
}

static void destroy(void *state)
{
    struct spectator_node *node = state;
    for (uint32_t i = 0; i < NODE_SPECTATOR_MATCHES_MAX; i++) {
        followed_data_free(&node->slots[i].data);
    }
    free(node->follow_memory);
    free(node);
}

/* It would find no engine without the registry. */
static bool is_ready(const void *state)
{
    const struct spectator_node *node = state;
    return sim_redis_is_up(node->process);
}

static uint32_t held(const void *state, char *out_text, size_t size)
{
    const struct spectator_node *node = state;
    size_t used = 0;
    out_text[0] = '\0';
    for (uint32_t i = 0; i < NODE_SPECTATOR_MATCHES_MAX && used < size; i++) {
        const struct follow_slot *slot = &node->follow.slots[i];
        if (slot->state != FOLLOW_FREE) {
            int written = snprintf(out_text + used, size - used, "match %s (%u viewers, state %u) ", slot->match_id,
                                   slot->has_memory ? followed_match_viewers(&slot->match) : slot->waiter_count,
                                   (unsigned)slot->state);
            used += written > 0 ? (size_t)written : 0;
        }
    }
    return node->follow.match_count;
}

const struct follow *node_spectator_follow(const void *state)
{
    const struct spectator_node *node = state;
    return &node->follow;
}

const struct sim_program node_spectator = {.role = "spectator",
                                           .start = start,
                                           .drain = drain,
                                           .destroy = destroy,
                                           .on_envelope = on_envelope,
                                           .is_ready = is_ready,
                                           .held = held};
