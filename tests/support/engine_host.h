/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine_host.h - a real game-engine for tests, and what a matchmaker and a gateway, played by the test, say to it.
 *
 * The match it makes is engine_match_id, in mode "duel", between "ann" and "ben". Failures fail the test.
 */
#ifndef MMA_TESTS_SUPPORT_ENGINE_HOST_H
#define MMA_TESTS_SUPPORT_ENGINE_HOST_H

#include "libcommon/game/world/input.h"
#include "proto/match.pb-c.h"
#include "tests/support/played.h"
#include "tests/support/support.h"

#define ENGINE_ANSWER_BYTES 65536

extern char engine_match_id[33]; /* a new one for each engine started */

struct engine_host {
    struct support_process process;
    char mailbox[MAILBOX_URL_MAX];
};

/* settings: "NAME=value" on top of the tests' own, NULL at the end; may be NULL. Ready: waits for /readyz, too. */
void engine_host_launch(struct engine_host *host, const char *const *settings);
void engine_host_start(struct engine_host *host, const char *const *settings);

/* The answer to one request. */
struct engine_answer {
    uint32_t done;
    enum status status;
    Mma__MessageType type;
    size_t size;
    uint8_t payload[ENGINE_ANSWER_BYTES];
};

/* Asks peer as played, and waits for the answer. */
void engine_ask(struct played *played, const char *peer, Mma__MessageType type, const ProtobufCMessage *message,
                struct engine_answer *out_answer);
/* The reason of a refusal; fails when it is none. Good until the next call. */
const char *engine_refusal(const struct engine_answer *answer);

/* Asks for the match; time limit in ticks, after the warm-up. */
void engine_ask_duel(struct played *matchmaker, const char *mailbox, uint32_t time_limit_ticks,
                     struct engine_answer *out_answer);
/* The same on a map of that name; "": the mode's own. */
void engine_ask_duel_on(struct played *matchmaker, const char *mailbox, const char *map, uint32_t time_limit_ticks,
                        struct engine_answer *out_answer);
void engine_ask_join(struct played *gateway, const char *mailbox, const char *player, uint64_t session,
                     struct engine_answer *out_answer);

/* One input of one session, or any bytes in its place. */
void engine_tell_input(struct played *gateway, const char *mailbox, uint64_t session, const struct input *input);
void engine_tell_bytes(struct played *gateway, const char *mailbox, uint64_t session, const void *bytes, size_t size);

#endif
