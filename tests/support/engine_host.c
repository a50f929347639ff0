/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/engine_host.h"

#include "libcommon/runtime/telemetry/entropy.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <string.h>

#include <cmocka.h>

#define WAIT_MS 10000

char engine_match_id[33];

void engine_host_launch(struct engine_host *host, const char *const *settings)
{
    char spool[SUPPORT_PATH_MAX + 16];
    char path[SUPPORT_PATH_MAX];
    entropy_hex_id(engine_match_id);
    support_path(path, "spool");
    (void)snprintf(spool, sizeof spool, "SPOOL_DIR=%s", path);
    const char *const common[] = {"LOG_LEVEL=debug", spool, NULL};
    support_start_daemon(&host->process, "game-engine", common, settings);
    (void)snprintf(host->mailbox, sizeof host->mailbox, "%s",
                   support_event_text(&host->process, "engine.started", 1, "mailbox"));
}

void engine_host_start(struct engine_host *host, const char *const *settings)
{
    engine_host_launch(host, settings);
    support_wait_ready(&host->process);
}

/* ---- requests ------------------------------------------------------------------------------------ */

static void on_reply(void *owner, enum status status, const struct mailbox_envelope *reply)
{
    struct engine_answer *answer = owner;
    answer->done++;
    answer->status = status;
    if (reply != NULL) {
        assert_true(reply->payload_size <= sizeof answer->payload);
        answer->type = reply->type;
        answer->size = reply->payload_size;
        memcpy(answer->payload, reply->payload, reply->payload_size);
    }
}

void engine_ask(struct played *played, const char *peer, Mma__MessageType type, const ProtobufCMessage *message,
                struct engine_answer *out_answer)
{
    *out_answer = (struct engine_answer){.done = 0};
    assert_int_equal(STATUS_OK, mailbox_request(played->mailbox, peer, type, (struct trace_id){{0}}, message, WAIT_MS,
                                                on_reply, out_answer));
    mailbox_flush(played->mailbox);
    assert_true(turn_until(played->loop, &out_answer->done, 1, WAIT_MS + 1000));
}

const char *engine_refusal(const struct engine_answer *answer)
{
    static char reason[64];
    assert_int_equal(answer->type, MMA__MESSAGE_TYPE__MESSAGE_TYPE_REFUSAL);
    assert_int_not_equal(answer->status, STATUS_OK);
    Mma__Refusal *refusal = mma__refusal__unpack(NULL, answer->size, answer->payload);
    assert_non_null(refusal);
    (void)snprintf(reason, sizeof reason, "%s", refusal->reason);
    mma__refusal__free_unpacked(refusal, NULL);
    return reason;
}

void engine_ask_duel(struct played *matchmaker, const char *mailbox, uint32_t time_limit_ticks,
                     struct engine_answer *out_answer)
{
    engine_ask_duel_on(matchmaker, mailbox, "", time_limit_ticks, out_answer);
}

void engine_ask_duel_on(struct played *matchmaker, const char *mailbox, const char *map, uint32_t time_limit_ticks,
                        struct engine_answer *out_answer)
{
    char map_name[64];
    static char mode[] = "duel", queue[] = "duel", region[] = "eu_west", ann[] = "ann", ben[] = "ben";
    Mma__CreateMatch request;
    Mma__Seat seats[2];
    Mma__Seat *list[2] = {&seats[0], &seats[1]};
    mma__create_match__init(&request);
    mma__seat__init(&seats[0]);
    mma__seat__init(&seats[1]);
    seats[0].player_id = ann;
    seats[1].player_id = ben;
    seats[1].team = 1;
    request.match_id = engine_match_id;
    request.mode = mode;
    (void)snprintf(map_name, sizeof map_name, "%s", map);
    request.map = map_name;
    request.queue = queue;
    request.region = region;
    request.seed = 77;
    request.quality = 0.75;
    request.time_limit_ticks = time_limit_ticks;
    request.n_seats = 2;
    request.seats = list;
    engine_ask(matchmaker, mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH, &request.base, out_answer);
}

void engine_ask_join(struct played *gateway, const char *mailbox, const char *player, uint64_t session,
                     struct engine_answer *out_answer)
{
    char player_id[128];
    Mma__Join request;
    mma__join__init(&request);
    (void)snprintf(player_id, sizeof player_id, "%s", player);
    request.match_id = engine_match_id;
    request.player_id = player_id;
    request.session_id = session;
    engine_ask(gateway, mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN, &request.base, out_answer);
}

void engine_tell_bytes(struct played *gateway, const char *mailbox, uint64_t session, const void *bytes, size_t size)
{
    uint8_t copy[4096];
    Mma__Inputs inputs;
    Mma__SessionInput row;
    Mma__SessionInput *list[1] = {&row};
    assert_true(size <= sizeof copy);
    memcpy(copy, bytes, size);
    mma__inputs__init(&inputs);
    mma__session_input__init(&row);
    row.session_id = session;
    row.input = (ProtobufCBinaryData){size, copy};
    inputs.n_inputs = 1;
    inputs.inputs = list;
    played_tell(gateway, mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS, &inputs.base);
}

void engine_tell_input(struct played *gateway, const char *mailbox, uint64_t session, const struct input *input)
{
    uint8_t bytes[INPUT_BYTES_MAX];
    size_t size = 0;
    assert_int_equal(STATUS_OK, input_encode(input, bytes, sizeof bytes, &size));
    engine_tell_bytes(gateway, mailbox, session, bytes, size);
}
