/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/sim_client.h"

#include "tests/simulation/sim_tokens.h"
#include "tests/support/client_message.h"
#include "tests/support/client_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define WAKE_MS     50    /* also the period of inputs */
#define PATIENCE_MS 12000 /* an answer that does not come: it gives up and connects anew */
#define HURRY_MS    6000  /* so long at most waits who is not patient */
#define LINGER_MS   25000 /* so long who is waits for what is owed, after the others have left */
#define GOODBYE_MS  2000  /* after the world's clients are to stop */

uint32_t sim_client_below(struct sim_client *client, uint32_t bound)
{
    return random_below(&client->random, bound);
}

static bool has_luck(struct sim_client *client, uint32_t permille)
{
    return sim_client_below(client, 1000) < permille;
}

static uint64_t now_ms(const struct sim_client *client)
{
    return client->process->world->now_us / SIM_US_PER_MS;
}

void sim_client_set_state(struct sim_client *client, enum sim_client_state state)
{
    static const char *const names[] = {"away",    "connecting", "idle",   "queued",  "matched",
                                        "joining", "playing",    "asking", "watching"};
    if (client->state != state) {
        sim_log(client->process, "is %s, was %s", names[state], names[client->state]);
    }
    client->state = state;
    client->since_ms = now_ms(client);
    client->act_ms = 0;
}

static void act_in(struct sim_client *client, uint32_t least_ms, uint32_t most_ms)
{
    client->act_ms = now_ms(client) + least_ms + sim_client_below(client, most_ms - least_ms + 1);
}

void sim_client_say(struct sim_client *client, const Mma__ClientMessage *message)
{
    uint8_t bytes[CLIENT_WIRE_MESSAGE_MAX];
    if (client->socket != NULL) {
        size_t size = client_wire_write(true, message, bytes);
        enum status status = sim_socket_send(client->socket, bytes, size);
        (void)status; /* a closed socket: its close is about to be heard */
    }
}

/* ---- what it asks for ----------------------------------------------------------------------------- */

const char *sim_client_queue(struct sim_client *client)
{
    static const char *const queues[] = {"duel", "ffa", "teams_2v2"};
    uint64_t seed = client->process->world->seed;
    if (client->is_prober) {
        return queues[0];
    }
    return has_luck(client, 700) ? queues[seed % 4 == 3 ? 2 : 0] : queues[(seed + sim_client_below(client, 2)) % 3];
}

static void ask_for_ticket(struct sim_client *client)
{
    struct client_message message;
    const struct client_latency latencies[] = {{"eu_west", 10 + sim_client_below(client, 60)},
                                               {"na_east", 90 + sim_client_below(client, 100)}};
    /* Without any it is of its gateway's region, which may be another than the other players'. */
    uint32_t rows = has_luck(client, 50) && !client->is_prober ? 0 : 1 + sim_client_below(client, 2);
    client_message_create_ticket(&message, ++client->cid, sim_client_queue(client), latencies, rows);
    sim_client_set_state(client, CLIENT_QUEUED);
    client->is_http_ticket = false;
    client->ticket_id[0] = '\0';
    if (has_luck(client, 150) && !client->is_prober) {
        act_in(client, 0, 4000);
    }
    sim_client_say(client, &message.message);
}

static void ask_to_join(struct sim_client *client)
{
    static const uint32_t rates[] = {0, 20, 20, 30, 60};
    struct client_message message;
    client_message_join(&message, ++client->cid, client->join_token, rates[sim_client_below(client, 5)]);
    sim_client_set_state(client, CLIENT_JOINING);
    sim_client_say(client, &message.message);
}

static void ask_to_watch(struct sim_client *client)
{
    static const uint32_t rates[] = {0, 5, 15, 30};
    struct client_message message;
    client_message_watch(&message, ++client->cid, has_luck(client, 300) ? client->match_id : "",
                         rates[sim_client_below(client, 4)]);
    sim_client_set_state(client, CLIENT_ASKING);
    sim_client_say(client, &message.message);
}

static void misbehave(struct sim_client *client)
{
    struct client_message message;
    uint8_t garbage[16];
    switch (sim_client_below(client, 5)) {
    case 0:
        client_message_leave(&message, ++client->cid);
        break;
    case 1:
        client_message_join(&message, ++client->cid, "not.a.token", 0);
        break;
    case 2:
        client_message_stop_watching(&message, ++client->cid);
        break;
    case 3:
        client_message_chat(&message, ++client->cid, MMA__CHAT_CHANNEL__CHAT_TEAM, "\x01");
        break;
    default:
        for (size_t i = 0; i < sizeof(garbage); i++) {
            garbage[i] = (uint8_t)sim_client_below(client, 256);
        }
        client_message_input(&message, garbage, sizeof(garbage));
        break;
    }
    sim_client_say(client, &message.message);
}

static void choose(struct sim_client *client)
{
    if (client->is_prober) {
        ask_for_ticket(client);
        return;
    }
    if (has_luck(client, 30)) {
        misbehave(client);
    }
    if (client->join_token[0] != '\0' && has_luck(client, 700)) {
        ask_to_join(client);
    } else if (has_luck(client, 150)) {
        ask_to_watch(client);
    } else if (has_luck(client, 120)) {
        sim_client_queue_over_http(client, sim_client_queue(client));
    } else {
        ask_for_ticket(client);
    }
}

/* ---- the socket ----------------------------------------------------------------------------------- */

static void connect_now(struct sim_client *client)
{
    sim_client_set_state(client, CLIENT_CONNECTING);
    client->socket = sim_socket_open(client->process, NULL);
}

static void lose_socket(struct sim_client *client)
{
    client->socket = NULL;
    sim_client_end_play(client);
    sim_client_set_state(client, CLIENT_AWAY);
    client->tries += client->tries < 6;
    act_in(client, 50u << client->tries, 200u << client->tries);
}

static void hang_up(struct sim_client *client)
{
    if (client->socket != NULL) {
        sim_socket_close(client->socket, 1000);
    }
    lose_socket(client);
}

static void authenticate(struct sim_client *client)
{
    char token[JWT_BYTES_MAX];
    uint64_t now_s = (SIM_UNIX_BEGIN_MS + now_ms(client)) / 1000;
    /* It is some other service that makes these, with a clock of its own: good for long. */
    struct jwt_claims claims = {.expires_unix_s = now_s + 86400};
    snprintf(claims.subject, sizeof(claims.subject), "%s", client->player_id);
    enum status status = jwt_sign(sim_tokens_players(), &claims, "mma-game", now_s, token, sizeof(token));
    REQUIRE(status == STATUS_OK);
    struct client_message message;
    client_message_authenticate(&message, ++client->cid, token);
    sim_client_say(client, &message.message);
}

/* ---- what it does on its own ---------------------------------------------------------------------- */

static void play(struct sim_client *client)
{
    struct client_message message;
    sim_client_send_input(client);
    if (client->is_prober) {
        return;
    }
    if (has_luck(client, 3)) {
        client_message_chat(&message, ++client->cid, MMA__CHAT_CHANNEL__CHAT_ALL, "well played");
        sim_client_say(client, &message.message);
    } else if (has_luck(client, 2)) {
        client_message_set_rate(&message, 30);
        sim_client_say(client, &message.message);
    } else if (has_luck(client, 2)) {
        hang_up(client); /* and comes back */
    } else if (has_luck(client, 2)) {
        client_message_leave(&message, ++client->cid);
        client->join_token[0] = '\0';
        sim_client_say(client, &message.message);
        sim_client_end_play(client);
        sim_client_set_state(client, CLIENT_IDLE);
    }
}

static void cancel(struct sim_client *client)
{
    struct client_message message;
    client_message_cancel_ticket(&message, ++client->cid, has_luck(client, 500) ? client->ticket_id : "");
    client->act_ms = 0;
    sim_client_say(client, &message.message);
}

static void stop_watching(struct sim_client *client)
{
    struct client_message message;
    client_message_stop_watching(&message, ++client->cid);
    sim_client_say(client, &message.message);
    sim_client_end_play(client);
    sim_client_set_state(client, CLIENT_IDLE);
}

/* What was planned for now. */
static void act(struct sim_client *client)
{
    client->act_ms = 0;
    switch (client->state) {
    case CLIENT_AWAY:
        connect_now(client);
        break;
    case CLIENT_IDLE:
        choose(client);
        break;
    case CLIENT_QUEUED:
        cancel(client);
        break;
    case CLIENT_MATCHED:
        ask_to_join(client);
        break;
    case CLIENT_WATCHING:
        stop_watching(client);
        break;
    default:
        break;
    }
}

static void plan(struct sim_client *client)
{
    if (client->act_ms != 0) {
        return;
    }
    switch (client->state) {
    case CLIENT_IDLE:
        act_in(client, 10, client->is_prober ? 100 : 800);
        break;
    case CLIENT_MATCHED:
        act_in(client, 0, has_luck(client, 100) ? 5000 : 200);
        break;
    case CLIENT_WATCHING:
        act_in(client, 2000, 20000);
        break;
    default:
        break;
    }
}

static void say_goodbye(struct sim_client *client)
{
    struct client_message message;
    client->is_gone = true;
    if (client->state == CLIENT_QUEUED) {
        cancel(client);
    } else if (client->state == CLIENT_PLAYING && has_luck(client, 500)) {
        client_message_leave(&message, ++client->cid);
        sim_client_say(client, &message.message);
    }
    if (client->socket != NULL) {
        sim_socket_close(client->socket, 1000);
        client->socket = NULL;
    }
    sim_client_end_play(client);
    sim_client_set_state(client, CLIENT_AWAY);
}

static void on_wake(void *owner)
{
    struct sim_client *client = owner;
    const struct sim_world *world = client->process->world;
    uint64_t at_ms = now_ms(client);
    uint64_t until_ms = (client->is_prober ? world->probers_until_us : world->clients_until_us) / SIM_US_PER_MS;
    if (client->is_gone) {
        return;
    }
    bool is_waiting = client->is_patient && client->state != CLIENT_AWAY && client->state != CLIENT_IDLE &&
                      client->state != CLIENT_CONNECTING;
    if (at_ms >= until_ms + sim_client_below(client, GOODBYE_MS) && (!is_waiting || at_ms >= until_ms + LINGER_MS)) {
        say_goodbye(client);
        return;
    }
    (void)sim_timer_start(client->process, WAKE_MS, on_wake, client);
    if (client->state == CLIENT_PLAYING) {
        play(client);
    } else if (client->state != CLIENT_AWAY && client->state != CLIENT_WATCHING &&
               at_ms - client->since_ms > (client->is_patient ? PATIENCE_MS : HURRY_MS)) {
        sim_log(client->process, "has waited long enough");
        client->join_token[0] = '\0';
        hang_up(client);
    } else if (client->act_ms != 0 && client->act_ms <= at_ms) {
        act(client);
    }
    if (client->state == CLIENT_QUEUED && sim_client_below(client, 10) == 0) {
        sim_client_poll_http(client);
    }
    plan(client);
}

/* ---- what it is told ------------------------------------------------------------------------------ */

static void on_ticket(struct sim_client *client, const Mma__Ticket *ticket)
{
    bool is_closed = ticket->state == MMA__TICKET_STATE__FAILED || ticket->state == MMA__TICKET_STATE__CANCELLED ||
                     ticket->state == MMA__TICKET_STATE__TIMED_OUT;
    if (client->state == CLIENT_QUEUED && !client->is_http_ticket) {
        snprintf(client->ticket_id, sizeof(client->ticket_id), "%s", ticket->id);
        if (is_closed) {
            sim_client_set_state(client, CLIENT_IDLE);
        }
    }
}

static void on_match_found(struct sim_client *client, const Mma__MatchFound *found)
{
    if (client->state == CLIENT_QUEUED || client->state == CLIENT_IDLE) {
        snprintf(client->match_id, sizeof(client->match_id), "%s", found->match_id);
        snprintf(client->join_token, sizeof(client->join_token), "%s", found->join_token);
        sim_client_set_state(client, CLIENT_MATCHED);
    }
}

static void on_match_ended(struct sim_client *client, const Mma__MatchEnded *ended)
{
    if (client->state == CLIENT_PLAYING || client->state == CLIENT_JOINING || client->state == CLIENT_MATCHED) {
        sim_log(client->process, "match %s ended after %u ticks, hash %016llx", ended->match_id, ended->ticks,
                (unsigned long long)ended->state_hash);
        client->join_token[0] = '\0';
        sim_client_end_play(client);
        sim_client_set_state(client, CLIENT_IDLE);
    }
}

static void on_error(struct sim_client *client, const Mma__Error *error)
{
    sim_log(client->process, "hears %s (%s): %s", error->code, error->context, error->message);
    bool is_match_over = strcmp(error->code, "GAME_NOT_FOUND") == 0 && strcmp(error->context, "chat") != 0;
    if (client->state == CLIENT_JOINING || (client->state == CLIENT_PLAYING && is_match_over)) {
        client->join_token[0] = '\0';
        sim_client_end_play(client);
        sim_client_set_state(client, CLIENT_IDLE);
    } else if (client->state == CLIENT_ASKING) {
        sim_client_set_state(client, CLIENT_IDLE);
        act_in(client, 500, 3000);
    } else if (client->state == CLIENT_QUEUED && !client->is_http_ticket) {
        if (strcmp(error->code, "TICKET_EXISTS") == 0) { /* of a session that was lost */
            cancel(client);
        }
        sim_client_set_state(client, CLIENT_IDLE);
        act_in(client, 500, 3000);
    }
}

static void on_body(struct sim_client *client, const Mma__ServerMessage *message)
{
    switch (message->body_case) {
    case MMA__SERVER_MESSAGE__BODY_SNAPSHOT:
        sim_client_take_snapshot(client, message->snapshot.data, message->snapshot.len);
        break;
    case MMA__SERVER_MESSAGE__BODY_WELCOME:
        client->tries = 0;
        sim_client_set_state(client, CLIENT_IDLE);
        break;
    case MMA__SERVER_MESSAGE__BODY_TICKET:
        on_ticket(client, message->ticket);
        break;
    case MMA__SERVER_MESSAGE__BODY_MATCH_FOUND:
        on_match_found(client, message->match_found);
        break;
    case MMA__SERVER_MESSAGE__BODY_MATCH_JOINED:
        if (client->state == CLIENT_JOINING) {
            sim_client_set_state(client, CLIENT_PLAYING);
            sim_client_begin_play(client, message->match_joined->n_seats);
        }
        break;
    case MMA__SERVER_MESSAGE__BODY_MATCH_ENDED:
        on_match_ended(client, message->match_ended);
        break;
    case MMA__SERVER_MESSAGE__BODY_ERROR:
        on_error(client, message->error);
        break;
    case MMA__SERVER_MESSAGE__BODY_WATCHING:
        if (client->state == CLIENT_ASKING) {
            sim_client_set_state(client, CLIENT_WATCHING);
            sim_client_begin_play(client, message->watching->n_seats);
        }
        break;
    case MMA__SERVER_MESSAGE__BODY_WATCH_ENDED:
        if (client->state == CLIENT_WATCHING || client->state == CLIENT_ASKING) {
            sim_client_end_play(client);
            sim_client_set_state(client, CLIENT_IDLE);
        }
        break;
    default:
        break;
    }
}

static void on_socket_message(void *state, struct sim_socket *socket, const uint8_t *bytes, size_t size)
{
    struct sim_client *client = state;
    const Mma__ServerMessage *message;
    if (socket != client->socket) {
        return;
    }
    enum status status = client_wire_read(true, bytes, size, &message);
    REQUIRE(status == STATUS_OK);
    sim_observe(client->process->world, &(struct sim_observation){.kind = SIM_SAW_READ,
                                                                  .at_us = client->process->world->now_us,
                                                                  .process = client->process,
                                                                  .socket = sim_socket_id(socket),
                                                                  .bytes = bytes,
                                                                  .size = size,
                                                                  .body = message->body_case,
                                                                  .server = message});
    on_body(client, message);
    plan(client);
}

static void on_socket_opened(void *state, struct sim_socket *socket)
{
    struct sim_client *client = state;
    if (socket == client->socket) {
        authenticate(client);
    }
}

static void on_socket_closed(void *state, struct sim_socket *socket, uint16_t code)
{
    struct sim_client *client = state;
    (void)code;
    if (socket == client->socket) {
        lose_socket(client);
    }
}

/* ---- life ----------------------------------------------------------------------------------------- */

static struct sim_client *make(struct sim_process *process, uint64_t seed)
{
    struct sim_client *client = calloc(1, sizeof(*client));
    REQUIRE(client != NULL);
    client->process = process;
    random_init(&client->random, seed, 7);
    snprintf(client->player_id, sizeof(client->player_id), "player-%u", sim_index(process));
    client->is_patient = has_luck(client, 700);
    client->since_ms = now_ms(client);
    (void)sim_timer_start(process, 1 + sim_client_below(client, WAKE_MS), on_wake, client);
    return client;
}

static void *start(struct sim_process *process, uint64_t seed)
{
    struct sim_client *client = make(process, seed);
    act_in(client, 200, 3000);
    return client;
}

static void *start_prober(struct sim_process *process, uint64_t seed)
{
    struct sim_client *client = make(process, seed);
    client->is_prober = true;
    client->is_patient = true;
    client->act_ms = process->world->probers_from_us / SIM_US_PER_MS;
    return client;
}

static void destroy(void *state)
{
    struct sim_client *client = state;
    sim_client_end_play(client);
    free(client);
}

const struct sim_program sim_prober_program = {.role = "prober",
                                               .start = start_prober,
                                               .destroy = destroy,
                                               .on_socket_opened = on_socket_opened,
                                               .on_socket_message = on_socket_message,
                                               .on_socket_closed = on_socket_closed};

const struct sim_program sim_client_program = {.role = "client",
                                               .start = start,
                                               .destroy = destroy,
                                               .on_socket_opened = on_socket_opened,
                                               .on_socket_message = on_socket_message,
                                               .on_socket_closed = on_socket_closed};
