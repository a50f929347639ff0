/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/client_messages.h"

#include "libcommon/game/world/input.h"
#include "libcommon/runtime/encoding/borrow.h"
#include "services/gateway/io/backend_messages.h"
#include "services/gateway/io/client_codec.h"

static void fill_welcome(const struct session *session, const struct client_message_facts *facts,
                         struct client_message *out)
{
    Mma__Welcome *welcome = &out->body.welcome;
    mma__welcome__init(welcome);
    welcome->player_id = borrow_text(session->player_id);
    welcome->session_id = session->id;
    welcome->server_time = (int64_t)facts->unix_ms;
    welcome->tick_rate_hz = facts->tick_rate_hz;
    welcome->input_bytes_max = INPUT_BYTES_MAX;
    welcome->message_bytes_max = CLIENT_MESSAGE_BYTES_MAX;
    out->message.body_case = MMA__SERVER_MESSAGE__BODY_WELCOME;
    out->message.welcome = welcome;
}

static void fill_pong(const Mma__Ping *ping, const struct client_message_facts *facts, struct client_message *out)
{
    Mma__Pong *pong = &out->body.pong;
    mma__pong__init(pong);
    pong->client_time = ping->client_time;
    pong->server_time = (int64_t)facts->unix_ms;
    out->message.body_case = MMA__SERVER_MESSAGE__BODY_PONG;
    out->message.pong = pong;
}

static void fill_error(const struct gateway_effect *effect, struct client_message *out)
{
    Mma__Error *error = &out->body.error;
    mma__error__init(error);
    error->code = borrow_text(effect->error.code);
    error->context = borrow_text(effect->error.context);
    error->message = borrow_text(effect->error.message);
    out->message.body_case = MMA__SERVER_MESSAGE__BODY_ERROR;
    out->message.error = error;
}

static void fill_match_found(const Mma__TicketUpdate *update, struct client_message *out)
{
    Mma__MatchFound *found = &out->body.match_found;
    mma__match_found__init(found);
    found->match_id = update->ticket->assignment->match_id;
    found->ticket_id = update->ticket->id;
    found->join_token = update->ticket->assignment->token;
    found->queue = update->ticket->queue;
    found->region = update->region;
    out->message.body_case = MMA__SERVER_MESSAGE__BODY_MATCH_FOUND;
    out->message.match_found = found;
}

static void fill_watch_ended(const struct gateway_effect *effect, struct client_message *out)
{
    Mma__WatchEnded *ended = &out->body.watch_ended;
    mma__watch_ended__init(ended);
    ended->match_id = borrow_text(effect->watch_ended.match_id);
    ended->reason = borrow_text(effect->watch_ended.reason);
    out->message.body_case = MMA__SERVER_MESSAGE__BODY_WATCH_ENDED;
    out->message.watch_ended = ended;
}

static void fill_answer(enum gateway_request_kind kind, const struct backend_reply *reply, Mma__ServerMessage *message)
{
    switch (kind) {
    case GATEWAY_REQUEST_CREATE_TICKET:
    case GATEWAY_REQUEST_CANCEL_TICKET:
        message->body_case = MMA__SERVER_MESSAGE__BODY_TICKET;
        message->ticket = reply->ticket;
        return;
    case GATEWAY_REQUEST_JOIN:
        message->body_case = MMA__SERVER_MESSAGE__BODY_MATCH_JOINED;
        message->match_joined = reply->joined->joined;
        return;
    case GATEWAY_REQUEST_WATCH:
        message->body_case = MMA__SERVER_MESSAGE__BODY_WATCHING;
        message->watching = reply->watching->watching;
        return;
    case GATEWAY_REQUEST_CHAT:
        message->body_case = MMA__SERVER_MESSAGE__BODY_CHAT_MESSAGE;
        message->chat_message = reply->said->message;
        return;
    case GATEWAY_REQUEST_KINDS:
        break;
    }
    REQUIRE(false && "a request without an answer");
}

void client_messages_fill(const struct gateway_router *router, const struct gateway_effect *effect,
                          const struct event_source *source, const struct client_message_facts *facts,
                          struct client_message *out)
{
    REQUIRE(effect->slot < router->sessions.capacity);
    mma__server_message__init(&out->message);
    out->message.cid = effect->cid;
    switch (effect->kind) {
    case GATEWAY_SEND_WELCOME:
        fill_welcome(&router->sessions.sessions[effect->slot], facts, out);
        return;
    case GATEWAY_SEND_PONG:
        fill_pong(source->message->ping, facts, out);
        return;
    case GATEWAY_SEND_ERROR:
        fill_error(effect, out);
        return;
    case GATEWAY_SEND_ANSWER:
        fill_answer(effect->answer.kind, source->reply, &out->message);
        return;
    case GATEWAY_SEND_TICKET:
        out->message.body_case = MMA__SERVER_MESSAGE__BODY_TICKET;
        out->message.ticket = source->update->ticket;
        return;
    case GATEWAY_SEND_MATCH_FOUND:
        fill_match_found(source->update, out);
        return;
    case GATEWAY_SEND_MATCH_ENDED:
        out->message.body_case = MMA__SERVER_MESSAGE__BODY_MATCH_ENDED;
        out->message.match_ended = source->over->ended;
        return;
    case GATEWAY_SEND_WATCH_ENDED:
        fill_watch_ended(effect, out);
        return;
    default:
        REQUIRE(false && "not an effect for a client");
    }
}

void client_messages_fill_chat(const Mma__Said *said, struct client_message *out)
{
    mma__server_message__init(&out->message);
    out->message.body_case = MMA__SERVER_MESSAGE__BODY_CHAT_MESSAGE;
    out->message.chat_message = said->message;
}
