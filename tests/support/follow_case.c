/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/follow_case.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

struct follow_case *follow_case_open(void)
{
    static const char *const engines[] = {"tcp://e1:1", "tcp://e2:1"};
    const struct follow_rules rules = {.matches_max = FOLLOW_CASE_MATCHES_MAX,
                                       .viewers_per_match_max = FOLLOW_CASE_VIEWERS_MAX,
                                       .delay_ms = FOLLOW_CASE_DELAY_MS,
                                       .linger_ms = FOLLOW_CASE_LINGER_MS,
                                       .subscribe_timeout_ms = 800};
    struct follow_case *c = calloc(1, sizeof(*c));
    assert_non_null(c);
    c->memory = malloc(follow_memory_bytes(&rules));
    assert_non_null(c->memory);
    follow_init(&c->follow, &rules, 7, c->memory);
    follow_case_list_engines(c, 2, engines);
    record_source_open(&c->source, 1);
    c->now_ms = 100000;
    for (int i = 0; i < 10; i++) {
        record_source_step(&c->source);
    }
    return c;
}

void follow_case_close(struct follow_case *c)
{
    for (uint32_t i = 0; i < FOLLOW_CASE_MATCHES_MAX; i++) {
        assert_true(c->follow.slots[i].state == FOLLOW_FREE || c->match_memory[i] == NULL ||
                    c->follow.slots[i].has_memory);
        assert_true(c->follow.slots[i].state != FOLLOW_FREE || c->match_memory[i] == NULL);
        free(c->match_memory[i]);
    }
    record_source_close(&c->source);
    free(c->memory);
    free(c);
}

void follow_case_list_engines(struct follow_case *c, uint32_t count, const char *const *mailboxes)
{
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(c->engines[i], PEERS_URL_MAX, "%s", mailboxes[i]);
    }
    c->engine_list = (struct peer_list){.first = c->engines[0], .stride = PEERS_URL_MAX, .count = count};
}

/* What io does for RELEASE. */
static void after_event(struct follow_case *c)
{
    for (uint32_t i = 0; i < c->effects.count; i++) {
        if (c->effects.items[i].kind == FOLLOW_RELEASE) {
            free(c->match_memory[c->effects.items[i].slot]);
            c->match_memory[c->effects.items[i].slot] = NULL;
        }
    }
}

static struct follow_viewer_request request_of(const char *gateway, uint64_t session, uint32_t rate_hz)
{
    struct follow_viewer_request request = {.session = session, .rate_hz = rate_hz};
    (void)snprintf(request.from.gateway, sizeof request.from.gateway, "%s", gateway);
    request.from.correlation_id = 1000 + session;
    memset(request.from.trace, (int)session, sizeof request.from.trace);
    return request;
}

void follow_case_watch(struct follow_case *c, const char *gateway, uint64_t session, const char *match_id,
                       uint32_t rate_hz)
{
    const struct follow_viewer_request request = request_of(gateway, session, rate_hz);
    c->effects.count = 0;
    follow_watch(&c->follow, &request, match_id, &c->engine_list, c->now_ms, &c->effects);
    after_event(c);
}

void follow_case_unwatch(struct follow_case *c, const char *gateway, uint64_t session)
{
    const struct follow_viewer_request request = request_of(gateway, session, 0);
    c->effects.count = 0;
    follow_unwatch(&c->follow, &request, c->now_ms, &c->effects);
    after_event(c);
}

void follow_case_found_with(struct follow_case *c, uint32_t slot, const char *match_id, enum status status)
{
    record_source_keyframe(&c->source);
    struct follow_beginning beginning = {.status = status,
                                         .match_id = match_id,
                                         .header = &c->source.header,
                                         .keyframe = c->source.bytes,
                                         .keyframe_size = c->source.size};
    if (follow_needs_memory(&c->follow, slot)) {
        assert_null(c->match_memory[slot]);
        c->match_memory[slot] = malloc(followed_match_memory_bytes(&c->source.header, FOLLOW_CASE_DELAY_MS));
        assert_non_null(c->match_memory[slot]);
        beginning.memory = c->match_memory[slot];
    }
    c->effects.count = 0;
    follow_subscribed(&c->follow, slot, &beginning, c->now_ms, &c->effects);
    after_event(c);
}

void follow_case_found(struct follow_case *c, uint32_t slot, const char *match_id)
{
    follow_case_found_with(c, slot, match_id, STATUS_OK);
}

void follow_case_not_found(struct follow_case *c, uint32_t slot, enum status status)
{
    c->effects.count = 0;
    follow_not_subscribed(&c->follow, slot, status, &c->engine_list, &c->effects);
    after_event(c);
}

void follow_case_unsent(struct follow_case *c, uint32_t slot)
{
    c->effects.count = 0;
    follow_subscribe_unsent(&c->follow, slot, &c->engine_list, &c->effects);
    after_event(c);
}

void follow_case_gateways(struct follow_case *c, uint32_t count, const char *const *mailboxes, uint64_t age_ms)
{
    char urls[4][PEERS_URL_MAX];
    const struct peer_list list = {.first = urls[0], .stride = PEERS_URL_MAX, .count = count};
    for (uint32_t i = 0; i < count; i++) {
        (void)snprintf(urls[i], PEERS_URL_MAX, "%s", mailboxes[i]);
    }
    c->effects.count = 0;
    assert_false(follow_gateways(&c->follow, &list, age_ms, c->now_ms, &c->effects));
    after_event(c);
}

bool follow_case_settle(struct follow_case *c)
{
    c->effects.count = 0;
    bool is_full = follow_settle(&c->follow, c->now_ms, &c->effects);
    after_event(c);
    return is_full;
}

void follow_case_drain(struct follow_case *c, uint32_t timeout_ms)
{
    c->effects.count = 0;
    follow_drain(&c->follow, timeout_ms, c->now_ms, &c->effects);
    after_event(c);
}

void follow_case_tick(struct follow_case *c, const char *engine, const char *match_id)
{
    record_source_step(&c->source);
    follow_records(&c->follow, engine, match_id, c->source.world.tick, c->source.bytes, c->source.size, c->now_ms);
}

void follow_case_play(struct follow_case *c, uint32_t ticks, const char *engine, const char *match_id)
{
    c->effects.count = 0;
    for (uint32_t i = 0; i < ticks && c->effects.count == 0; i++) {
        c->now_ms += 16;
        follow_case_tick(c, engine, match_id);
        assert_false(follow_step(&c->follow, c->now_ms, &c->batch));
        frame_batch_clear(&c->batch);
        assert_false(follow_case_settle(c));
    }
}

void follow_case_follow(struct follow_case *c)
{
    follow_case_watch(c, "tcp://g:1", 1, FOLLOW_CASE_MATCH, 60);
    assert_string_equal(follow_case_kinds(c), "SUBSCRIBE");
    follow_case_found(c, 0, FOLLOW_CASE_MATCH);
    assert_string_equal(follow_case_kinds(c), "STARTED ADMIT");
}

const struct follow_effect *follow_case_effect(const struct follow_case *c, enum follow_effect_kind kind,
                                               uint32_t index)
{
    for (uint32_t i = 0; i < c->effects.count; i++) {
        if (c->effects.items[i].kind == kind && index-- == 0) {
            return &c->effects.items[i];
        }
    }
    return NULL;
}

uint32_t follow_case_count(const struct follow_case *c, enum follow_effect_kind kind)
{
    uint32_t count = 0;
    while (follow_case_effect(c, kind, count) != NULL) {
        count++;
    }
    return count;
}

const char *follow_case_kinds(const struct follow_case *c)
{
    static const char *const names[] = {
        [FOLLOW_SUBSCRIBE] = "SUBSCRIBE",
        [FOLLOW_UNSUBSCRIBE] = "UNSUBSCRIBE",
        [FOLLOW_ADMIT] = "ADMIT",
        [FOLLOW_REFUSE] = "REFUSE",
        [FOLLOW_END_STREAM] = "END_STREAM",
        [FOLLOW_RELEASE] = "RELEASE",
        [FOLLOW_DRAINED] = "DRAINED",
        [FOLLOW_STARTED] = "STARTED",
        [FOLLOW_FAILED] = "FAILED",
        [FOLLOW_RESYNC] = "RESYNC",
        [FOLLOW_ENDED] = "ENDED",
        [FOLLOW_VIEWER_LEFT] = "VIEWER_LEFT",
        [FOLLOW_VIEWER_LOST] = "VIEWER_LOST",
    };
    static char text[16 * FOLLOW_EFFECTS_MAX];
    size_t size = 0;
    text[0] = '\0';
    for (uint32_t i = 0; i < c->effects.count; i++) {
        int written =
            snprintf(text + size, sizeof text - size, "%s%s", i == 0 ? "" : " ", names[c->effects.items[i].kind]);
        size += (size_t)written;
    }
    return text;
}
