/* SPDX-License-Identifier: Apache-2.0 */
/* stub_gateway.c - stands in until node_gateway.c is there: passes on what is said, trusts everybody. */
#include "proto/client.pb-c.h"
#include "proto/match.pb-c.h"
#include "tests/simulation/sim_tokens.h"
#include "tests/simulation/simulation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define SESSIONS_MAX 256

struct stub_session {
    struct stub *stub;
    struct sim_socket *socket;
    uint64_t id;
    uint32_t cid, last_tick;
    bool is_joined, is_written;
    char player_id[65], engine[MAILBOX_URL_MAX];
};

struct stub {
    struct sim_process *process;
    struct stub_session *sessions[SESSIONS_MAX]; /* all of this incarnation */
    size_t count;
};

static const struct trace_id no_trace;

static void say(struct stub_session *session, Mma__ServerMessage *message)
{
    uint8_t bytes[16384];
    REQUIRE(mma__server_message__get_packed_size(message) <= sizeof(bytes));
    if (session->socket != NULL) {
        (void)!sim_socket_send(session->socket, bytes, mma__server_message__pack(message, bytes));
    }
}

static void say_error(struct stub_session *session, uint32_t cid, const char *code)
{
    Mma__ServerMessage message;
    Mma__Error error;
    mma__server_message__init(&message);
    mma__error__init(&error);
    error.code = (char *)(uintptr_t)code;
    message.cid = cid;
    message.body_case = MMA__SERVER_MESSAGE__BODY_ERROR;
    message.error = &error;
    say(session, &message);
}

static void on_ticket(void *owner, enum status status, const struct mailbox_envelope *reply)
{
    struct stub_session *session = owner;
    if (status != STATUS_OK) {
        say_error(session, session->cid, status == STATUS_EXISTS ? "TICKET_EXISTS" : "MATCHMAKER_UNAVAILABLE");
        return;
    }
    Mma__ServerMessage message;
    mma__server_message__init(&message);
    Mma__Ticket *ticket = mma__ticket__unpack(NULL, reply->payload_size, reply->payload);
    message.cid = session->cid;
    message.body_case = MMA__SERVER_MESSAGE__BODY_TICKET;
    message.ticket = ticket;
    say(session, &message);
    mma__ticket__free_unpacked(ticket, NULL);
}

static void on_joined(void *owner, enum status status, const struct mailbox_envelope *reply)
{
    struct stub_session *session = owner;
    if (status != STATUS_OK) {
        say_error(session, session->cid, "GAME_NOT_FOUND");
        return;
    }
    Mma__ServerMessage message;
    mma__server_message__init(&message);
    Mma__Joined *joined = mma__joined__unpack(NULL, reply->payload_size, reply->payload);
    message.cid = session->cid;
    message.body_case = MMA__SERVER_MESSAGE__BODY_MATCH_JOINED;
    message.match_joined = joined->joined;
    session->is_joined = true;
    session->is_written = false;
    say(session, &message);
    mma__joined__free_unpacked(joined, NULL);
}

static void ask_matchmaker(struct stub_session *session, Mma__MessageType type, const ProtobufCMessage *message)
{
    size_t count;
    struct sim_process *process = session->stub->process;
    const struct registry_entry *entries = sim_registry_list(process, "matchmaker", &count);
    if (count == 0 ||
        sim_request(process, entries[0].mailbox, type, no_trace, message, 3000, on_ticket, session) != STATUS_OK) {
        say_error(session, session->cid, "MATCHMAKER_UNAVAILABLE");
    }
}

static void join(struct stub_session *session, const char *token)
{
    struct jwt_claims claims;
    Mma__Join message;
    mma__join__init(&message);
    if (jwt_verify(sim_tokens_joins(), token, strlen(token), "mma-match", sim_unix_ms(session->stub->process) / 1000,
                   &claims) != JWT_GOOD) {
        say_error(session, session->cid, "UNAUTHORIZED");
        return;
    }
    memcpy(session->engine, claims.engine, sizeof(session->engine));
    message.match_id = claims.match_id;
    message.player_id = session->player_id;
    message.session_id = session->id;
    if (sim_request(session->stub->process, session->engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN, no_trace,
                    &message.base, 3000, on_joined, session) != STATUS_OK) {
        say_error(session, session->cid, "GAME_NOT_FOUND");
    }
}

static void leave(struct stub_session *session)
{
    Mma__Leave message;
    mma__leave__init(&message);
    message.session_id = session->id;
    if (session->is_joined) {
        (void)!sim_post(session->stub->process, session->engine, MAILBOX_PUBLISH, MMA__MESSAGE_TYPE__MESSAGE_TYPE_LEAVE,
                        no_trace, &message.base);
    }
    session->is_joined = false;
}

static void authenticate(struct stub_session *session, const char *token)
{
    struct jwt_claims claims;
    Mma__ServerMessage message;
    Mma__Welcome welcome;
    mma__server_message__init(&message);
    mma__welcome__init(&welcome);
    if (jwt_verify(sim_tokens_players(), token, strlen(token), "mma-game", sim_unix_ms(session->stub->process) / 1000,
                   &claims) != JWT_GOOD) {
        sim_socket_close(session->socket, 4013);
        session->socket = NULL;
        return;
    }
    memcpy(session->player_id, claims.subject, sizeof(session->player_id));
    message.body_case = MMA__SERVER_MESSAGE__BODY_WELCOME;
    message.welcome = &welcome;
    say(session, &message);
}

static void pass_input(struct stub_session *session, ProtobufCBinaryData input)
{
    Mma__Inputs message;
    Mma__SessionInput row, *list[] = {&row};
    mma__inputs__init(&message);
    mma__session_input__init(&row);
    row.session_id = session->id;
    row.input = input;
    message.inputs = list;
    message.n_inputs = 1;
    (void)!sim_post(session->stub->process, session->engine, MAILBOX_REALTIME, MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS,
                    no_trace, &message.base);
}

static void on_message(void *state, struct sim_socket *socket, const uint8_t *bytes, size_t size)
{
    struct stub *stub = state;
    struct stub_session *session = sim_socket_data(socket, stub->process);
    Mma__ClientMessage *message = mma__client_message__unpack(NULL, size, bytes);
    if (message == NULL) {
        return;
    }
    session->cid = message->cid != 0 ? message->cid : session->cid;
    switch (message->body_case) {
    case MMA__CLIENT_MESSAGE__BODY_AUTHENTICATE:
        authenticate(session, message->authenticate->token);
        break;
    case MMA__CLIENT_MESSAGE__BODY_CREATE_TICKET:
        message->create_ticket->player_id = session->player_id;
        message->create_ticket->session_id = session->id;
        ask_matchmaker(session, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_TICKET, &message->create_ticket->base);
        message->create_ticket->player_id = (char *)(uintptr_t)protobuf_c_empty_string;
        break;
    case MMA__CLIENT_MESSAGE__BODY_CANCEL_TICKET:
        message->cancel_ticket->player_id = session->player_id;
        ask_matchmaker(session, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CANCEL_TICKET, &message->cancel_ticket->base);
        message->cancel_ticket->player_id = (char *)(uintptr_t)protobuf_c_empty_string;
        break;
    case MMA__CLIENT_MESSAGE__BODY_JOIN_MATCH:
        join(session, message->join_match->join_token);
        break;
    case MMA__CLIENT_MESSAGE__BODY_LEAVE_MATCH:
        leave(session);
        break;
    case MMA__CLIENT_MESSAGE__BODY_INPUT:
        if (session->is_joined) {
            pass_input(session, message->input);
        }
        break;
    case MMA__CLIENT_MESSAGE__BODY_WATCH_MATCH:
        say_error(session, message->cid, "SPECTATOR_UNAVAILABLE");
        break;
    default:
        break;
    }
    mma__client_message__free_unpacked(message, NULL);
}

static struct stub_session *find(struct stub *stub, uint64_t id)
{
    return id >= 1 && id <= stub->count ? stub->sessions[id - 1] : NULL;
}

static void on_update(struct stub *stub, const struct mailbox_envelope *envelope)
{
    Mma__TicketUpdate *update = mma__ticket_update__unpack(NULL, envelope->payload_size, envelope->payload);
    struct stub_session *session = find(stub, update->session_id);
    Mma__ServerMessage message;
    Mma__MatchFound found;
    mma__server_message__init(&message);
    mma__match_found__init(&found);
    if (session != NULL && update->ticket->assignment != NULL) {
        found.match_id = update->ticket->assignment->match_id;
        found.join_token = update->ticket->assignment->token;
        found.ticket_id = update->ticket->id;
        message.body_case = MMA__SERVER_MESSAGE__BODY_MATCH_FOUND;
        message.match_found = &found;
        say(session, &message);
    } else if (session != NULL) {
        message.body_case = MMA__SERVER_MESSAGE__BODY_TICKET;
        message.ticket = update->ticket;
        say(session, &message);
    }
    mma__ticket_update__free_unpacked(update, NULL);
}

static void on_snapshots(struct stub *stub, const struct mailbox_envelope *envelope)
{
    Mma__Snapshots *snapshots = mma__snapshots__unpack(NULL, envelope->payload_size, envelope->payload);
    for (size_t i = 0; i < snapshots->n_snapshots; i++) {
        const Mma__SessionSnapshot *row = snapshots->snapshots[i];
        struct stub_session *session = find(stub, row->session_id);
        bool fits = row->baseline_tick == 0 ||
                    (session != NULL && session->is_written && row->baseline_tick == session->last_tick);
        if (session == NULL || !session->is_joined || !fits) {
            continue;
        }
        Mma__ServerMessage message;
        mma__server_message__init(&message);
        message.body_case = MMA__SERVER_MESSAGE__BODY_SNAPSHOT;
        message.snapshot = row->snapshot;
        session->last_tick = row->tick;
        session->is_written = true;
        say(session, &message);
    }
    mma__snapshots__free_unpacked(snapshots, NULL);
}

static void on_over(struct stub *stub, const struct mailbox_envelope *envelope)
{
    Mma__MatchOver *over = mma__match_over__unpack(NULL, envelope->payload_size, envelope->payload);
    for (size_t i = 0; i < over->n_session_ids; i++) {
        struct stub_session *session = find(stub, over->session_ids[i]);
        Mma__ServerMessage message;
        mma__server_message__init(&message);
        message.body_case = MMA__SERVER_MESSAGE__BODY_MATCH_ENDED;
        message.match_ended = over->ended;
        if (session != NULL && session->is_joined) {
            session->is_joined = false;
            say(session, &message);
        }
    }
    mma__match_over__free_unpacked(over, NULL);
}

static void on_envelope(void *state, const struct mailbox_envelope *envelope)
{
    if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET_UPDATE) {
        on_update(state, envelope);
    } else if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_SNAPSHOTS) {
        on_snapshots(state, envelope);
    } else if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_OVER) {
        on_over(state, envelope);
    }
}

static void on_opened(void *state, struct sim_socket *socket)
{
    struct stub *stub = state;
    REQUIRE(stub->count < SESSIONS_MAX);
    struct stub_session *session = calloc(1, sizeof(*session));
    REQUIRE(session != NULL);
    session->stub = stub;
    session->socket = socket;
    stub->sessions[stub->count++] = session;
    session->id = stub->count;
    sim_socket_set_data(socket, stub->process, session);
}

static void on_closed(void *state, struct sim_socket *socket, uint16_t code)
{
    struct stub_session *session = sim_socket_data(socket, ((struct stub *)state)->process);
    (void)code;
    session->socket = NULL;
    leave(session);
}

static void *start(struct sim_process *process, uint64_t seed)
{
    struct stub *stub = calloc(1, sizeof(*stub));
    (void)seed;
    REQUIRE(stub != NULL);
    stub->process = process;
    sim_registry_watch(process, "matchmaker");
    sim_registry_announce(process, &(struct registry_entry){.players = 0});
    return stub;
}

static void destroy(void *state)
{
    struct stub *stub = state;
    for (size_t i = 0; i < stub->count; i++) {
        free(stub->sessions[i]);
    }
    free(stub);
}

const struct sim_program node_gateway = {.role = "gateway",
                                         .start = start,
                                         .destroy = destroy,
                                         .on_envelope = on_envelope,
                                         .on_socket_opened = on_opened,
                                         .on_socket_message = on_message,
                                         .on_socket_closed = on_closed};
