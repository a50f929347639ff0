/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/result_sender.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "proto/durable.pb-c.h"
#include "tests/support/support.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

static void on_state(void *owner, bool up, const char *detail)
{
    (void)detail;
    ((struct result_sender *)owner)->is_up = up;
}

static void on_dead(void *owner, const struct amqp_delivery *delivery)
{
    struct result_sender *sender = owner;
    sender->dead++;
    amqp_acknowledge(sender->amqp, delivery->tag);
}

static bool is_up(void *data)
{
    return ((const struct result_sender *)data)->is_up;
}

void result_sender_open(struct result_sender *sender, uv_loop_t *loop)
{
    static const char *const queues[] = {"mma.dead"};
    static char spool[SUPPORT_PATH_MAX];
    support_path(spool, "spool");
    const struct amqp_options options = {.url = support_env("AMQP_URL"),
                                         .spool_dir = spool,
                                         .spool_bytes_max = 1u << 20,
                                         .prefetch = 10,
                                         .queues = queues,
                                         .queue_count = 1,
                                         .owner = sender,
                                         .on_state = on_state,
                                         .on_delivery = on_dead};
    *sender = (struct result_sender){.loop = loop};
    assert_int_equal(STATUS_OK, amqp_open(loop, &options, &sender->amqp));
    assert_true(turn_until_holds(loop, is_up, sender, 20000));
}

void result_sender_close(struct result_sender *sender)
{
    amqp_close(sender->amqp);
    turn_for(sender->loop, 20);
}

static bool is_confirmed(void *data)
{
    return amqp_unconfirmed(((const struct result_sender *)data)->amqp) == 0;
}

void result_sender_bytes(struct result_sender *sender, const char *message_id, const void *bytes, size_t size)
{
    assert_int_equal(STATUS_OK,
                     amqp_publish(sender->amqp, "match.result", message_id, (struct trace_id){0}, bytes, size));
    assert_true(turn_until_holds(sender->loop, is_confirmed, sender, 20000));
}

static char *writable(char *out, size_t size, const char *text)
{
    (void)snprintf(out, size, "%s", text);
    return out;
}

struct sent_duel {
    const char *match_id, *winner, *loser, *end_reason;
    int64_t start_time, end_time;
};

static void send_duel(struct result_sender *sender, const struct sent_duel *duel)
{
    char texts[9][72];
    Mma__MatchResult result;
    Mma__Standing standings[2];
    Mma__Standing *pointers[] = {&standings[0], &standings[1]};
    uint8_t bytes[1024];
    mma__match_result__init(&result);
    for (uint32_t i = 0; i < 2; i++) {
        mma__standing__init(&standings[i]);
        standings[i].player_id = writable(texts[i], sizeof texts[0], i == 0 ? duel->winner : duel->loser);
        standings[i].team = standings[i].slot = i;
        standings[i].place = i + 1;
        standings[i].score = i == 0 ? 5 : 2;
        standings[i].kills = i == 0 ? 5 : 2;
        standings[i].deaths = i == 0 ? 2 : 5;
    }
    result.match_id = writable(texts[2], sizeof texts[0], duel->match_id);
    result.queue = result.mode = writable(texts[3], sizeof texts[0], "duel");
    result.region = writable(texts[4], sizeof texts[0], "eu_west");
    result.map = writable(texts[5], sizeof texts[0], "arena");
    result.engine = writable(texts[6], sizeof texts[0], "tcp://127.0.0.1:1");
    result.end_reason = writable(texts[7], sizeof texts[0], duel->end_reason);
    result.outcome = writable(texts[8], sizeof texts[0], strcmp(duel->end_reason, "finished") == 0 ? "won" : "none");
    result.seed = UINT64_MAX;
    result.start_time = duel->start_time;
    result.end_time = duel->end_time;
    result.ticks = 3600;
    result.state_hash = 0xfedcba9876543210u;
    result.quality = 0.75;
    result.n_standings = 2;
    result.standings = pointers;
    size_t size = mma__match_result__get_packed_size(&result);
    assert_true(size <= sizeof bytes);
    (void)mma__match_result__pack(&result, bytes);
    result_sender_bytes(sender, duel->match_id, bytes, size);
}

void result_sender_duel(struct result_sender *sender, const char *match_id, const char *winner, const char *loser)
{
    result_sender_duel_ended(sender, match_id, winner, loser, "finished");
}

void result_sender_duel_ended(struct result_sender *sender, const char *match_id, const char *winner, const char *loser,
                              const char *end_reason)
{
    int64_t now = (int64_t)clock_unix_ms();
    send_duel(sender, &(struct sent_duel){match_id, winner, loser, end_reason, now - 60000, now});
}

void result_sender_duel_dated(struct result_sender *sender, const char *match_id, const char *winner, const char *loser,
                              int64_t start_time, int64_t end_time)
{
    send_duel(sender, &(struct sent_duel){match_id, winner, loser, "finished", start_time, end_time});
}
