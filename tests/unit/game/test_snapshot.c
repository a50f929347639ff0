/* SPDX-License-Identifier: Apache-2.0 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "libcommon/game/snapshot/snapshot.h"
#include "tests/support/bot_match.h"

enum { BYTES_MAX = 1 << 14, HISTORY = 4096 };

/* A match with one watcher: the server's views by tick, and the client's. */
struct watch {
    struct bot_match *match;
    struct event_history history;
    struct event events[HISTORY];
    struct view_limits limits;
    uint16_t viewer;
    uint8_t bytes[BYTES_MAX];
    size_t size;
};

static struct view *make_view(const struct watch *watch)
{
    struct view *view = calloc(1, sizeof *view);
    view_init(view, &watch->limits, calloc(1, view_bytes(&watch->limits)));
    return view;
}

static void free_view(struct view *view)
{
    free(view->players); /* the first part: where the view's memory begins */
    free(view);
}

static struct watch *begin(const char *mode, uint64_t seed, uint16_t bots, uint16_t viewer)
{
    struct watch *watch = calloc(1, sizeof *watch);
    struct world_setup setup = bot_match_setup(mode, seed);
    watch->match = bot_match_create(&setup, bots);
    watch->limits = view_limits_for(watch->match->world.capacity);
    watch->viewer = viewer;
    event_history_init(&watch->history, watch->events, HISTORY);
    return watch;
}

static void end(struct watch *watch)
{
    bot_match_destroy(watch->match);
    free(watch);
}

static void advance(struct watch *watch, uint32_t ticks)
{
    for (uint32_t i = 0; i < ticks; i++) {
        for (uint16_t slot = 0; slot < watch->match->bot_count; slot++) { /* shots that begin up to twelve ticks ago */
            struct input *input = &watch->match->inputs[slot];
            input->seen_tick -= input->seen_tick > 20 ? (input->tick / 9 + slot) % 14 : 0;
        }
        bot_match_step(watch->match);
        event_history_add(&watch->history, &watch->match->world.events);
    }
}

/* baseline: of out_view, or NULL. */
static void see_within(const struct watch *watch, const struct view *baseline, uint32_t budget_bits,
                       struct view *out_view)
{
    interest_view(out_view, &watch->match->scene, watch->viewer, baseline, budget_bits);
    if (watch->viewer != VIEW_ALL) {
        out_view->input_sequence = watch->match->inputs[watch->viewer].sequence;
        out_view->input_depth = (uint8_t)(out_view->tick % 5);
    }
}

static void see(const struct watch *watch, const struct view *baseline, struct view *out_view)
{
    see_within(watch, baseline, INTEREST_UNBOUNDED, out_view);
}

static void encode(struct watch *watch, const struct view *baseline, struct view *current)
{
    struct snapshot_source source = {.scene = &watch->match->scene,
                                     .baseline = baseline,
                                     .current = current,
                                     .events = &watch->history,
                                     .events_after = baseline ? baseline->tick : current->tick};
    assert_int_equal(snapshot_encode(&source, watch->bytes, sizeof watch->bytes, &watch->size), STATUS_OK);
}

static void assert_same_view(const struct view *a, const struct view *b)
{
    assert_true(view_hash(a) == view_hash(b));
    assert_int_equal(a->tick, b->tick);
    assert_int_equal(a->player_count, b->player_count);
    assert_int_equal(a->projectile_count, b->projectile_count);
    assert_int_equal(a->score_count, b->score_count);
    assert_int_equal(a->self.position.x, b->self.position.x);
    for (uint32_t i = 0; i < a->player_count; i++) {
        assert_int_equal(a->players[i].slot, b->players[i].slot);
        assert_int_equal(a->players[i].x, b->players[i].x);
        assert_int_equal(a->players[i].y, b->players[i].y);
        assert_int_equal(a->players[i].aim, b->players[i].aim);
        assert_int_equal(a->players[i].tick, b->players[i].tick);
    }
    for (uint32_t i = 0; i < a->projectile_count; i++) {
        assert_int_equal(a->projectiles[i].angle, b->projectiles[i].angle);
        assert_int_equal(a->projectiles[i].start_tick, b->projectiles[i].start_tick);
    }
}

static uint32_t deferred_in(const struct view *view)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < view->player_count; i++) {
        count += view->players[i].tick != view->tick;
    }
    return count;
}

/*
 * Snapshots at random gaps, each against the one before, as for a client with a bad connection. Answers how many
 * updates were deferred.
 */
static uint32_t check_stream(const char *mode, uint64_t seed, uint16_t bots, uint16_t viewer, uint32_t gap_max,
                             uint32_t budget_bits)
{
    uint32_t deferred = 0;
    struct watch *watch = begin(mode, seed, bots, viewer);
    struct view *server[2] = {make_view(watch), make_view(watch)};
    struct view *client[2] = {make_view(watch), make_view(watch)};
    struct random random;
    random_init(&random, seed, 3);
    for (uint32_t i = 0; i < 400; i++) {
        uint32_t now = i & 1;
        advance(watch, 1 + random_below(&random, gap_max));
        bool is_keyframe = i == 0 || random_below(&random, 50) == 0;
        see_within(watch, is_keyframe ? NULL : server[!now], budget_bits, server[now]);
        encode(watch, is_keyframe ? NULL : server[!now], server[now]);
        struct snapshot_info info;
        assert_int_equal(
            snapshot_decode(is_keyframe ? NULL : client[!now], watch->bytes, watch->size, client[now], &info),
            STATUS_OK);
        assert_int_equal(info.is_keyframe, is_keyframe);
        assert_int_equal(info.baseline_tick, is_keyframe ? 0 : server[!now]->tick);
        assert_int_equal(info.input_sequence, server[now]->input_sequence);
        assert_int_equal(info.input_depth, server[now]->input_depth);
        assert_same_view(server[now], client[now]);
        deferred += deferred_in(client[now]);
    }
    for (int i = 0; i < 2; i++) {
        free_view(server[i]);
        free_view(client[i]);
    }
    end(watch);
    return deferred;
}

static void test_views_of_random_matches_come_back_exactly(void **state)
{
    (void)state;
    assert_int_equal(check_stream("ffa", 1, 20, 3, 1, INTEREST_UNBOUNDED), 0);
    assert_int_equal(check_stream("ffa", 2, 20, 19, 9, INTEREST_UNBOUNDED), 0);
    assert_int_equal(check_stream("ffa", 3, 12, VIEW_ALL, 3, INTEREST_UNBOUNDED), 0);
    assert_int_equal(check_stream("duel", 4, 2, 0, 4, INTEREST_UNBOUNDED), 0);
    assert_int_equal(check_stream("teams_5v5", 5, 10, 6, 30, INTEREST_UNBOUNDED), 0);
}

static void test_views_under_a_budget_come_back_exactly(void **state)
{
    (void)state;
    assert_true(check_stream("ffa", 1, 20, 3, 1, 64) > 100);
    assert_true(check_stream("ffa", 2, 20, 19, 9, 64) > 100);
    assert_true(check_stream("ffa", 3, 20, 5, 3, 0) > 100);
    assert_true(check_stream("ffa", 6, 20, VIEW_ALL, 1, 200) > 100);
    assert_true(check_stream("teams_5v5", 5, 10, 6, 2, 64) > 20);
}

/* What the scene decided once for all is what each would have decided: the same bytes, with it and without. */
static void test_pre_encoded_deltas_give_the_same_bytes(void **state)
{
    (void)state;
    struct watch *watch = begin("ffa", 8, 20, 11);
    struct view *views[2] = {make_view(watch), make_view(watch)};
    struct scene *scene = &watch->match->scene;
    uint8_t shared[BYTES_MAX];
    uint32_t used = 0;
    for (uint32_t i = 0; i < 600; i++) {
        uint32_t now = i & 1;
        struct view *baseline = i == 0 ? NULL : views[!now];
        advance(watch, i % 10 == 9 ? 3 : 1);
        see_within(watch, baseline, i % 3 == 0 ? 64 : INTEREST_UNBOUNDED, views[now]);
        for (uint32_t k = 0; baseline && k < views[now]->player_count; k++) {
            const struct view_player *old = view_find_player(baseline, views[now]->players[k].slot);
            used += old && old->tick + 1 == views[now]->players[k].tick && scene->player_deltas[old->slot].count > 0;
        }
        encode(watch, baseline, views[now]);
        size_t size = watch->size;
        memcpy(shared, watch->bytes, size);
        memset(scene->player_deltas, 0, watch->match->world.capacity * sizeof scene->player_deltas[0]);
        encode(watch, baseline, views[now]);
        assert_int_equal(watch->size, size);
        assert_memory_equal(watch->bytes, shared, size);
    }
    assert_true(used > 500);
    free_view(views[0]);
    free_view(views[1]);
    end(watch);
}

static void test_every_event_that_concerns_the_viewer_arrives_once(void **state)
{
    (void)state;
    struct watch *watch = begin("ffa", 6, 20, VIEW_ALL);
    struct view *server[2] = {make_view(watch), make_view(watch)};
    struct view *client[2] = {make_view(watch), make_view(watch)};
    uint32_t sent = 0;
    uint32_t arrived = 0;
    for (uint32_t i = 0; i < 200; i++) {
        uint32_t now = i & 1;
        for (uint32_t k = 0; k < 1 + i % 7; k++) {
            advance(watch, 1);
            for (uint32_t e = 0; i > 0 && e < watch->match->world.events.count; e++) {
                sent += watch->match->world.events.items[e].kind != EVENT_FIRED;
            }
        }
        see(watch, i == 0 ? NULL : server[!now], server[now]);
        encode(watch, i == 0 ? NULL : server[!now], server[now]);
        struct snapshot_info info;
        assert_int_equal(snapshot_decode(i == 0 ? NULL : client[!now], watch->bytes, watch->size, client[now], &info),
                         STATUS_OK);
        arrived += client[now]->event_count;
    }
    assert_true(sent > 100);
    assert_int_equal(arrived, sent);
    for (int i = 0; i < 2; i++) {
        free_view(server[i]);
        free_view(client[i]);
    }
    end(watch);
}

static bool may_know(const struct view *view, uint16_t slot)
{
    return slot == RULES_SLOT_NONE || slot == view->viewer || view_find_player(view, slot);
}

static void test_nothing_is_sent_about_players_out_of_view(void **state)
{
    (void)state;
    struct watch *watch = begin("ffa", 9, 20, 4);
    struct view *server = make_view(watch);
    struct view *client = make_view(watch);
    uint32_t sent = 0;
    uint32_t withheld = 0;
    for (uint32_t tick = 1; tick < 3000; tick++) {
        advance(watch, 1);
        see(watch, NULL, server);
        struct snapshot_source source = {
            .scene = &watch->match->scene, .current = server, .events = &watch->history, .events_after = tick - 1};
        struct snapshot_info info;
        assert_int_equal(snapshot_encode(&source, watch->bytes, BYTES_MAX, &watch->size), STATUS_OK);
        assert_int_equal(snapshot_decode(NULL, watch->bytes, watch->size, client, &info), STATUS_OK);
        uint32_t hits = 0;
        for (uint32_t i = 0; i < client->event_count; i++) {
            const struct event *event = &client->events[i];
            assert_int_not_equal(event->kind, EVENT_FIRED);
            if (event->kind == EVENT_HIT) {
                hits++;
                assert_true(event->other == 4 || may_know(client, event->subject));
                assert_true(may_know(client, event->other));
            }
            if (event->kind == EVENT_RESPAWN) {
                assert_true(may_know(client, event->subject));
            }
        }
        sent += hits;
        for (uint32_t i = 0; i < watch->match->world.events.count; i++) {
            withheld += watch->match->world.events.items[i].kind == EVENT_HIT;
        }
    }
    assert_true(sent > 20);
    assert_true(withheld > sent);
    free_view(server);
    free_view(client);
    end(watch);
}

/* A shooter beyond the viewport of its victim: the hit is sent without the shooter. */
static void test_a_shooter_out_of_view_is_not_named(void **state)
{
    (void)state;
    struct watch *watch = begin("ffa", 9, 2, 0);
    struct view *server = make_view(watch);
    struct view *client = make_view(watch);
    advance(watch, 1);
    struct event hit = {.tick = 1, .kind = EVENT_HIT, .subject = 0, .other = 1, .weapon = WEAPON_SNIPER, .value = 9};
    struct event_list list = {.items = &hit, .capacity = 1, .count = 1};
    event_history_init(&watch->history, watch->events, HISTORY);
    event_history_add(&watch->history, &list);
    struct scene *scene = &watch->match->scene;
    watch->match->world.events.items[0] = hit;
    scene->events[0].as_subject = 0;
    scene->same_subject[0] = SCENE_NONE;
    for (int is_near = 0; is_near < 2; is_near++) {
        see(watch, NULL, server);
        server->player_count = is_near ? 1 : 0;
        server->players[0] = (struct view_player){.slot = 1, .weapon = WEAPON_RIFLE, .health = 50};
        struct snapshot_source source = {.scene = scene, .current = server, .events = &watch->history};
        struct snapshot_info info;
        assert_int_equal(snapshot_encode(&source, watch->bytes, BYTES_MAX, &watch->size), STATUS_OK);
        assert_int_equal(snapshot_decode(NULL, watch->bytes, watch->size, client, &info), STATUS_OK);
        assert_int_equal(client->event_count, 1);
        assert_int_equal(client->events[0].value, 9);
        assert_int_equal(client->events[0].other, is_near ? 1 : RULES_SLOT_NONE);
    }
    free_view(server);
    free_view(client);
    end(watch);
}

static void test_history_that_is_too_short_is_reported(void **state)
{
    (void)state;
    struct watch *watch = begin("ffa", 6, 20, 0);
    event_history_init(&watch->history, watch->events, 16);
    struct view *old = make_view(watch);
    struct view *new = make_view(watch);
    advance(watch, 1);
    see(watch, NULL, old);
    advance(watch, 600);
    see(watch, old, new);
    struct snapshot_source source = {.scene = &watch->match->scene,
                                     .baseline = old,
                                     .current = new,
                                     .events = &watch->history,
                                     .events_after = old->tick};
    assert_int_equal(snapshot_encode(&source, watch->bytes, BYTES_MAX, &watch->size), STATUS_STALE);
    free_view(old);
    free_view(new);
    end(watch);
}

/* One delta of a busy moment. */
struct moment {
    struct watch *watch;
    struct view *baseline;
    struct view *wrong_baseline;
    struct view *current;
    struct view *out;
};

static struct moment busy_moment(bool is_keyframe)
{
    struct moment moment = {.watch = begin("ffa", 7, 20, 2)};
    moment.baseline = make_view(moment.watch);
    moment.wrong_baseline = make_view(moment.watch);
    moment.current = make_view(moment.watch);
    moment.out = make_view(moment.watch);
    advance(moment.watch, 500);
    see(moment.watch, NULL, moment.wrong_baseline);
    advance(moment.watch, 3);
    see(moment.watch, NULL, moment.baseline);
    advance(moment.watch, 3);
    see(moment.watch, is_keyframe ? NULL : moment.baseline, moment.current);
    encode(moment.watch, is_keyframe ? NULL : moment.baseline, moment.current);
    return moment;
}

static void end_moment(struct moment *moment)
{
    free_view(moment->baseline);
    free_view(moment->wrong_baseline);
    free_view(moment->current);
    free_view(moment->out);
    end(moment->watch);
}

static void test_wrong_baseline_is_refused(void **state)
{
    (void)state;
    struct moment moment = busy_moment(false);
    struct snapshot_info info;
    const uint8_t *bytes = moment.watch->bytes;
    size_t size = moment.watch->size;
    assert_int_equal(snapshot_decode(NULL, bytes, size, moment.out, &info), STATUS_MISMATCH);
    assert_int_equal(snapshot_decode(moment.wrong_baseline, bytes, size, moment.out, &info), STATUS_MISMATCH);
    moment.wrong_baseline->tick = moment.baseline->tick; /* as if it were the right one */
    assert_int_not_equal(snapshot_decode(moment.wrong_baseline, bytes, size, moment.out, &info), STATUS_OK);
    assert_int_equal(snapshot_decode(moment.baseline, bytes, size, moment.out, &info), STATUS_OK);
    assert_same_view(moment.out, moment.current);
    end_moment(&moment);
}

static void check_damage(struct moment *moment, const struct view *baseline)
{
    struct snapshot_info info;
    uint8_t *bytes = moment->watch->bytes;
    size_t size = moment->watch->size;
    for (size_t cut = 0; cut < size; cut++) {
        assert_int_not_equal(snapshot_decode(baseline, bytes, cut, moment->out, &info), STATUS_OK);
    }
    for (size_t at = 0; at < size; at++) {
        for (uint32_t flip = 1; flip < 256; flip++) {
            bytes[at] ^= (uint8_t)flip;
            assert_int_not_equal(snapshot_decode(baseline, bytes, size, moment->out, &info), STATUS_OK);
            bytes[at] ^= (uint8_t)flip;
        }
    }
    assert_int_equal(snapshot_decode(baseline, bytes, size, moment->out, &info), STATUS_OK);
    assert_same_view(moment->out, moment->current);
}

static void test_truncated_and_flipped_deltas_are_refused(void **state)
{
    (void)state;
    struct moment moment = busy_moment(false);
    check_damage(&moment, moment.baseline);
    end_moment(&moment);
}

static void test_truncated_and_flipped_keyframes_are_refused(void **state)
{
    (void)state;
    struct moment moment = busy_moment(true);
    check_damage(&moment, NULL);
    end_moment(&moment);
}

static void test_random_bytes_never_crash_the_decoder(void **state)
{
    (void)state;
    struct moment moment = busy_moment(false);
    struct random random;
    random_init(&random, 13, 1);
    for (int i = 0; i < 20000; i++) {
        uint8_t bytes[96];
        size_t size = random_below(&random, sizeof bytes);
        for (size_t k = 0; k < size; k++) {
            bytes[k] = (uint8_t)random_u32(&random);
        }
        memcpy(bytes, moment.watch->bytes, size < 5 ? size : 5); /* the head is right */
        struct snapshot_info info;
        assert_int_not_equal(snapshot_decode(moment.baseline, bytes, size, moment.out, &info), STATUS_OK);
    }
    end_moment(&moment);
}

static void test_view_that_is_too_small_is_reported(void **state)
{
    (void)state;
    struct moment moment = busy_moment(true);
    moment.out->limits.scores = 3;
    struct snapshot_info info;
    assert_int_equal(snapshot_decode(NULL, moment.watch->bytes, moment.watch->size, moment.out, &info),
                     STATUS_TOO_LARGE);
    end_moment(&moment);
}

static void test_encoder_reports_full(void **state)
{
    (void)state;
    struct moment moment = busy_moment(true);
    struct snapshot_source source = {.scene = &moment.watch->match->scene, .current = moment.current};
    for (size_t capacity = 0; capacity < 60; capacity++) {
        size_t size = 0;
        assert_int_equal(snapshot_encode(&source, moment.watch->bytes, capacity, &size), STATUS_FULL);
    }
    end_moment(&moment);
}

static void test_peek_reads_the_head(void **state)
{
    (void)state;
    struct moment moment = busy_moment(false);
    struct snapshot_info info;
    assert_int_equal(snapshot_peek(moment.baseline->tick + 15, moment.watch->bytes, moment.watch->size, &info),
                     STATUS_OK);
    assert_int_equal(info.tick, moment.current->tick);
    assert_int_equal(info.baseline_tick, moment.baseline->tick);
    assert_int_equal(snapshot_peek(moment.baseline->tick + 15, moment.watch->bytes, 3, &info), STATUS_TRUNCATED);
    end_moment(&moment);
}

/* A side that is alone ends the match; what is in the air then stays there for good. */
static void test_keyframe_long_after_the_end_is_accepted(void **state)
{
    (void)state;
    struct watch *watch = begin("duel", 1, 2, 1);
    struct view *current = make_view(watch), *out = make_view(watch);
    for (uint32_t tick = 0; watch->match->world.phase != WORLD_PLAY || watch->match->world.projectile_count == 0;
         tick++) {
        assert_in_range(tick, 0, 3600);
        advance(watch, 1);
    }
    assert_int_equal(world_leave(&watch->match->world, 0), STATUS_OK);
    advance(watch, 600);
    assert_true(world_is_over(&watch->match->world));
    see(watch, NULL, current);
    encode(watch, NULL, current);
    struct snapshot_info info;
    assert_int_equal(snapshot_decode(NULL, watch->bytes, watch->size, out, &info), STATUS_OK);
    assert_same_view(out, current);
    free_view(current);
    free_view(out);
    end(watch);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_views_of_random_matches_come_back_exactly),
        cmocka_unit_test(test_views_under_a_budget_come_back_exactly),
        cmocka_unit_test(test_pre_encoded_deltas_give_the_same_bytes),
        cmocka_unit_test(test_every_event_that_concerns_the_viewer_arrives_once),
        cmocka_unit_test(test_nothing_is_sent_about_players_out_of_view),
        cmocka_unit_test(test_a_shooter_out_of_view_is_not_named),
        cmocka_unit_test(test_history_that_is_too_short_is_reported),
        cmocka_unit_test(test_wrong_baseline_is_refused),
        cmocka_unit_test(test_truncated_and_flipped_deltas_are_refused),
        cmocka_unit_test(test_truncated_and_flipped_keyframes_are_refused),
        cmocka_unit_test(test_random_bytes_never_crash_the_decoder),
        cmocka_unit_test(test_view_that_is_too_small_is_reported),
        cmocka_unit_test(test_encoder_reports_full),
        cmocka_unit_test(test_peek_reads_the_head),
        cmocka_unit_test(test_keyframe_long_after_the_end_is_accepted),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
