/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/io/watch_host.h"

#include "libcommon/runtime/mailbox/registry_mailboxes.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/entropy.h"
#include "services/spectator/io/followed_data.h"
#include "services/spectator/io/frame_messages.h"
#include "services/spectator/io/spectator_metrics.h"
#include "services/spectator/io/watch_messages.h"

#include <stdio.h>
#include <stdlib.h>

#define STEP_PERIOD_MS 8 /* how often delayed records are looked at */

/* The owner of a Subscribe that is under way. */
struct watch_host_slot {
    struct watch_host *host;
    uint32_t index;
    struct followed_data data;
};

struct watch_host {
    struct watch_host_options options;
    uv_timer_t step_timer;
    bool is_closing;
    struct follow follow;
    void *follow_memory;           /* owned */
    struct watch_host_slot *slots; /* owned: [settings->streams_max] */
    uint32_t *unsent;              /* owned: slots whose Subscribe could not be sent; the core hears of it next */
    uint32_t unsent_count;
    struct follow_effects effects;
    struct frame_batch batch;
    struct frame_messages messages;
};

static void on_subscribe_reply(void *owner, enum status status, const struct mailbox_envelope *reply);
static void on_step(uv_timer_t *timer);

/* ---- life --------------------------------------------------------------------------------------- */

static struct follow_rules rules_of(const struct spectator_settings *settings)
{
    return (struct follow_rules){.matches_max = settings->streams_max,
                                 .viewers_per_match_max = settings->viewers_per_match_max,
                                 .delay_ms = settings->delay_ms,
                                 .linger_ms = settings->linger_ms,
                                 .subscribe_timeout_ms = settings->subscribe_timeout_ms};
}

enum status watch_host_open(const struct watch_host_options *options, struct watch_host **out_host)
{
    const struct follow_rules rules = rules_of(options->settings);
    struct watch_host *host = calloc(1, sizeof *host);
    if (host == NULL) {
        return STATUS_NO_MEMORY;
    }
    host->options = *options;
    host->follow_memory = malloc(follow_memory_bytes(&rules));
    host->slots = calloc(rules.matches_max, sizeof host->slots[0]);
    host->unsent = calloc(rules.matches_max, sizeof host->unsent[0]);
    if (host->follow_memory == NULL || host->slots == NULL || host->unsent == NULL) {
        watch_host_destroy(host);
        return STATUS_NO_MEMORY;
    }
    for (uint32_t i = 0; i < rules.matches_max; i++) {
        host->slots[i].host = host;
        host->slots[i].index = i;
    }
    follow_init(&host->follow, &rules, entropy_u64(), host->follow_memory);
    uv_timer_init(options->loop, &host->step_timer);
    host->step_timer.data = host;
    *out_host = host;
    return STATUS_OK;
}

void watch_host_destroy(struct watch_host *host)
{
    if (host != NULL) {
        for (uint32_t i = 0; host->slots != NULL && i < host->follow.rules.matches_max; i++) {
            followed_data_free(&host->slots[i].data);
        }
        free(host->unsent);
        free(host->slots);
        free(host->follow_memory);
        free(host);
    }
}

static uint64_t time_ms(void)
{
    return clock_monotonic_ms();
}

static struct peer_list engines_of(const struct watch_host *host)
{
    return registry_mailboxes(host->options.registry, "game-engine");
}

/* ---- effects ------------------------------------------------------------------------------------ */

static void subscribe(struct watch_host *host, uint32_t index)
{
    const struct follow_slot *slot = &host->follow.slots[index];
    Mma__Subscribe message;
    watch_messages_fill_subscribe(&message, slot);
    enum status status =
        mailbox_request(host->options.mailbox, slot->engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBE,
                        watch_messages_trace(slot->trace), &message.base, host->follow.rules.subscribe_timeout_ms,
                        on_subscribe_reply, &host->slots[index]);
    if (status != STATUS_OK) {
        host->unsent[host->unsent_count++] = index;
    }
}

static void unsubscribe(struct watch_host *host, uint32_t index)
{
    const struct follow_slot *slot = &host->follow.slots[index];
    Mma__Unsubscribe message;
    watch_messages_fill_unsubscribe(&message, slot);
    enum status status =
        mailbox_post(host->options.mailbox, slot->engine, MAILBOX_PUBLISH, MMA__MESSAGE_TYPE__MESSAGE_TYPE_UNSUBSCRIBE,
                     watch_messages_trace(slot->trace), &message.base);
    (void)status; /* the engine drops subscriptions of spectators that are gone by itself */
}

static void admit(struct watch_host *host, const struct follow_effect *effect)
{
    const struct follow_slot *slot = &host->follow.slots[effect->slot];
    const struct mailbox_return to = watch_messages_return(&effect->request.from);
    struct watch_messages_watching message;
    log_info("viewer.joined", LOG_TEXT("match", slot->match_id), LOG_ID("session", effect->request.session),
             LOG_TEXT("peer", to.sender), LOG_U64("rate_hz", tier_rate(effect->tier)), LOG_TRACE(to.trace));
    watch_messages_fill_watching(&message, &host->follow, effect, &host->slots[effect->slot].data);
    mailbox_reply(host->options.mailbox, &to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_WATCHING, &message.stream.base);
}

static void refuse(struct watch_host *host, const struct follow_effect *effect)
{
    const struct admission_refusal_row *row = admission_refusal_row(effect->refusal);
    const struct mailbox_return to = watch_messages_return(&effect->request.from);
    metric_add(&spectator_metric_watch_refused, 1, row->code, NULL);
    log_info("watch.refused", LOG_TEXT("reason", row->code), LOG_TEXT("peer", to.sender), LOG_TRACE(to.trace));
    mailbox_refuse(host->options.mailbox, &to, row->status, row->code, row->text);
}

static void end_stream(struct watch_host *host, const struct follow_effect *effect)
{
    const struct follow_slot *slot = &host->follow.slots[effect->slot];
    const char *gateway = effect->request.from.gateway;
    struct trace_id trace = watch_messages_trace(slot->trace);
    Mma__StreamOver message;
    watch_messages_fill_stream_over(&message, slot, effect);
    enum status status = mailbox_post(host->options.mailbox, gateway, MAILBOX_PUBLISH,
                                      MMA__MESSAGE_TYPE__MESSAGE_TYPE_STREAM_OVER, trace, &message.base);
    if (status != STATUS_OK) {
        log_warning("stream.undelivered", LOG_TEXT("match", slot->match_id), LOG_TEXT("peer", gateway),
                    LOG_STATUS(status), LOG_TRACE(trace));
    }
}

/* Effects that only say what happened. */
static void log_effect(const struct watch_host *host, const struct follow_effect *effect)
{
    const struct follow_slot *slot = &host->follow.slots[effect->slot];
    struct trace_id trace = watch_messages_trace(slot->trace);
    switch (effect->kind) {
    case FOLLOW_STARTED:
        log_info("stream.started", LOG_TEXT("match", slot->match_id), LOG_TEXT("peer", slot->engine),
                 LOG_U64("tick", slot->match.next_tick - 1), LOG_TRACE(trace));
        break;
    case FOLLOW_FAILED:
        log_error("stream.failed", LOG_TEXT("match", slot->match_id), LOG_TEXT("peer", slot->engine),
                  LOG_STATUS(effect->status), LOG_TRACE(trace));
        break;
    case FOLLOW_RESYNC:
        metric_add(&spectator_metric_resyncs, 1, NULL, NULL);
        log_warning("stream.resynced", LOG_TEXT("match", slot->match_id), LOG_TEXT("peer", slot->engine),
                    LOG_U64("next_tick", slot->match.next_tick), LOG_TRACE(trace));
        break;
    case FOLLOW_ENDED:
        log_info("stream.ended", LOG_TEXT("match", slot->match_id), LOG_TEXT("reason", follow_end_code(effect->end)),
                 LOG_U64("viewers", effect->viewers), LOG_TRACE(trace));
        break;
    case FOLLOW_VIEWER_LEFT:
        log_info("viewer.left", LOG_TEXT("match", slot->match_id), LOG_ID("session", effect->request.session),
                 LOG_TRACE(watch_messages_trace(effect->request.from.trace)));
        break;
    default:
        log_warning("viewer.lost", LOG_ID("session", effect->request.session),
                    LOG_TEXT("peer", effect->request.from.gateway));
        break;
    }
}

static void carry_out_one(struct watch_host *host, const struct follow_effect *effect)
{
    switch (effect->kind) {
    case FOLLOW_SUBSCRIBE:
        subscribe(host, effect->slot);
        break;
    case FOLLOW_UNSUBSCRIBE:
        unsubscribe(host, effect->slot);
        break;
    case FOLLOW_ADMIT:
        admit(host, effect);
        break;
    case FOLLOW_REFUSE:
        refuse(host, effect);
        break;
    case FOLLOW_END_STREAM:
        end_stream(host, effect);
        break;
    case FOLLOW_RELEASE:
        followed_data_free(&host->slots[effect->slot].data);
        break;
    case FOLLOW_DRAINED:
        host->options.on_drained(host->options.owner);
        break;
    default:
        log_effect(host, effect);
        break;
    }
}

static void show_counts(struct watch_host *host)
{
    metric_set(&spectator_metric_streams, host->follow.match_count, NULL, NULL);
    metric_set(&spectator_metric_spectators, host->follow.viewers.count, NULL, NULL);
    bool is_stepping = uv_is_active((const uv_handle_t *)&host->step_timer);
    if (host->follow.match_count == 0) {
        uv_timer_stop(&host->step_timer);
    } else if (!is_stepping && !host->is_closing) {
        uv_timer_start(&host->step_timer, on_step, STEP_PERIOD_MS, STEP_PERIOD_MS);
    }
}

/* After each event. A Subscribe that cannot be sent is an event of its own, after those effects. */
static void carry_out(struct watch_host *host)
{
    while (host->effects.count > 0 || host->unsent_count > 0) {
        for (uint32_t i = 0; i < host->effects.count; i++) {
            carry_out_one(host, &host->effects.items[i]);
        }
        host->effects.count = 0;
        if (host->unsent_count > 0) {
            const struct peer_list engines = engines_of(host);
            follow_subscribe_unsent(&host->follow, host->unsent[--host->unsent_count], &engines, &host->effects);
        }
    }
    show_counts(host);
}

/* ---- events ------------------------------------------------------------------------------------- */

void watch_host_receive(struct watch_host *host, const struct mailbox_envelope *envelope)
{
    const struct peer_list engines = engines_of(host);
    watch_messages_receive(&host->follow, envelope, &engines, time_ms(), &host->effects);
    carry_out(host);
}

static void on_subscribe_reply(void *owner, enum status status, const struct mailbox_envelope *reply)
{
    struct watch_host_slot *slot = owner;
    struct watch_host *host = slot->host;
    const struct peer_list engines = engines_of(host);
    followed_data_receive(&slot->data, &host->follow, slot->index, status, reply, &engines, time_ms(), &host->effects);
    carry_out(host);
}

void watch_host_compare_gateways(struct watch_host *host)
{
    const struct peer_list gateways = registry_mailboxes(host->options.registry, "gateway");
    uint64_t age_ms = registry_age_ms(host->options.registry), now_ms = time_ms();
    bool is_full = true;
    while (is_full) {
        is_full = follow_gateways(&host->follow, &gateways, age_ms, now_ms, &host->effects);
        carry_out(host);
    }
}

/* What finds no room in the mailbox is dropped and counted there; its viewers go on at the next keyframe. */
static void send_frames(struct watch_host *host)
{
    struct frame_batch *batch = &host->batch;
    char rate[8];
    frame_batch_sort(batch, host->follow.gateways.used);
    frame_messages_build(&host->messages, batch);
    for (uint32_t g = 0; g < host->follow.gateways.used && batch->copy_count > 0; g++) {
        Mma__Frames message;
        if (frame_messages_fill(&host->messages, batch, g, &message)) {
            enum status status =
                mailbox_post(host->options.mailbox, host->follow.gateways.items[g].mailbox, MAILBOX_REALTIME,
                             MMA__MESSAGE_TYPE__MESSAGE_TYPE_FRAMES, (struct trace_id){{0}}, &message.base);
            (void)status;
        }
    }
    for (uint32_t i = 0; i < batch->frame_count; i++) {
        snprintf(rate, sizeof rate, "%u", tier_rate(batch->frames[i].tier));
        metric_add(&spectator_metric_frames, 1, rate, NULL);
        metric_add(&spectator_metric_frame_bytes, (double)batch->frames[i].size, rate, NULL);
    }
    metric_add(&spectator_metric_frames_sent, batch->copy_count, NULL, NULL);
    frame_batch_clear(batch);
}

static void on_step(uv_timer_t *timer)
{
    struct watch_host *host = timer->data;
    uint64_t now_ms = time_ms();
    bool is_full = true;
    while (is_full) {
        is_full = follow_step(&host->follow, now_ms, &host->batch);
        send_frames(host);
    }
    mailbox_flush(host->options.mailbox);
    is_full = true;
    while (is_full) {
        is_full = follow_settle(&host->follow, now_ms, &host->effects);
        carry_out(host);
    }
}

/* ---- drain and close ---------------------------------------------------------------------------- */

void watch_host_drain(struct watch_host *host, uint32_t timeout_ms)
{
    follow_drain(&host->follow, timeout_ms, time_ms(), &host->effects);
    carry_out(host);
}

void watch_host_close(struct watch_host *host)
{
    bool is_full = host != NULL;
    while (is_full) {
        is_full = follow_end_all(&host->follow, &host->effects);
        carry_out(host);
    }
    if (host != NULL) {
        host->is_closing = true;
        uv_close((uv_handle_t *)&host->step_timer, NULL);
    }
}

uint32_t watch_host_streams(const struct watch_host *host)
{
    return host->follow.match_count;
}

uint32_t watch_host_viewers(const struct watch_host *host)
{
    return host->follow.viewers.count;
}
