/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/bench/bots/player.h"

#include "libcommon/runtime/encoding/transcode.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "tests/support/client_wire.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TOKEN_LIFE_S     3600
#define ASK_AGAIN_MS     250   /* after an error, or when there is nothing to watch yet */
#define WATCH_AGAIN_MS   1000  /* after the spectator said that there is no such match */
#define RATE_LIMITED_MS  6500  /* ten watch requests a minute */
#define ANSWER_WAIT_MS   15000 /* then it asks once more */
#define QUEUE_WAIT_MS    60000
#define CLOSE_GOODBYE    1000
#define CLOSE_UNREADABLE 4002

void player_init(struct player *player, struct player_world *world, unsigned index, bool is_spectator)
{
    *player = (struct player){.world = world, .is_spectator = is_spectator};
    enum encoding_choice encoding = world->options->encoding;
    player->is_protobuf = encoding == ENCODING_PROTOBUF || (encoding == ENCODING_MIXED && index % 2 == 1);
    snprintf(player->name, sizeof player->name, is_spectator ? "bot-%.32s-watch-%u" : "bot-%.32s-%u",
             world->options->prefix, index);
    bot_init(&player->brain, 0x6d6d61u + index);
}

static void wait_ms(struct player *player, uint64_t ms)
{
    player->wake_us = clock_monotonic_us() + ms * 1000;
}

static void set_state(struct player *player, enum player_state state, uint64_t ms)
{
    player->state = state;
    wait_ms(player, ms);
}

void player_send(struct player *player, const Mma__ClientMessage *message)
{
    uint8_t bytes[CLIENT_WIRE_MESSAGE_MAX];
    size_t size = client_wire_write(player->is_protobuf, message, bytes);
    /* What cannot be sent ends in on_closed. */
    (void)!websocket_send(player->socket, true, bytes, size);
}

/* ---- what it asks for -------------------------------------------------------------------------------- */

static void ask_for_ticket(struct player *player)
{
    const struct options *options = player->world->options;
    struct client_latency latencies[OPTIONS_LATENCIES_MAX];
    for (size_t i = 0; i < options->latency_count; i++) {
        latencies[i] = (struct client_latency){options->latencies[i].region, options->latencies[i].latency_ms};
    }
    struct client_message request;
    client_message_create_ticket(&request, ++player->cid, options->queue, latencies, options->latency_count);
    set_state(player, PLAYER_QUEUED, QUEUE_WAIT_MS);
    player_send(player, &request.message);
}

static void cancel_ticket(struct player *player)
{
    struct client_message request;
    client_message_cancel_ticket(&request, ++player->cid, "");
    player_send(player, &request.message);
}

static void ask_to_join(struct player *player)
{
    struct client_message request;
    client_message_join(&request, ++player->cid, player->join_token, player->world->options->rate_hz);
    set_state(player, PLAYER_JOINING, ANSWER_WAIT_MS);
    player_send(player, &request.message);
}

static void ask_to_watch(struct player *player)
{
    const char *preferred = player->world->options->watch;
    struct client_message request;
    client_message_watch(&request, ++player->cid, *preferred ? preferred : player->world->match_id, 0);
    set_state(player, PLAYER_ASKING, ANSWER_WAIT_MS);
    player_send(player, &request.message);
}

/* Asking too early would only use up the ten watch requests a minute that an address has. */
static bool is_waiting_for_players(const struct player *player)
{
    const struct player_world *world = player->world;
    return world->options->count > 0 && !*world->options->watch && !*world->match_id;
}

static void ask(struct player *player)
{
    if (player->has_played_enough) {
        player_leave(player);
    } else if (player->is_spectator && is_waiting_for_players(player)) {
        set_state(player, PLAYER_WELCOMED, ASK_AGAIN_MS);
    } else if (player->is_spectator) {
        ask_to_watch(player);
    } else if (player->join_token[0]) {
        ask_to_join(player);
    } else {
        ask_for_ticket(player);
    }
}

/* ---- what it is told ---------------------------------------------------------------------------------- */

static void finish_match(struct player *player, uint64_t now_us)
{
    uint32_t wanted = player->world->options->matches;
    play_end(player, now_us);
    player->join_token[0] = 0;
    player->matches_done++;
    player->has_played_enough = wanted != 0 && player->matches_done >= wanted;
    set_state(player, PLAYER_WELCOMED, 0);
    ask(player);
}

static void on_ticket(struct player *player, const Mma__Ticket *ticket)
{
    bool is_hopeless = ticket->state == MMA__TICKET_STATE__FAILED || ticket->state == MMA__TICKET_STATE__CANCELLED ||
                       ticket->state == MMA__TICKET_STATE__TIMED_OUT;
    if (player->state == PLAYER_QUEUED && is_hopeless) {
        code_counts_add(&player->world->tally->errors, "TICKET_ENDED");
        set_state(player, PLAYER_WELCOMED, ASK_AGAIN_MS);
    }
}

static void on_match_found(struct player *player, const Mma__MatchFound *found)
{
    if (player->state != PLAYER_QUEUED || strlen(found->join_token) >= sizeof player->join_token) {
        return;
    }
    snprintf(player->match_id, sizeof player->match_id, "%s", found->match_id);
    snprintf(player->join_token, sizeof player->join_token, "%s", found->join_token);
    ask_to_join(player);
}

static void begin(struct player *player, enum player_state state, const struct play_setting *setting)
{
    if (play_begin(player, setting) != STATUS_OK) {
        fprintf(stderr, "bots: %s: map '%s' or mode '%s' is unknown\n", player->name, setting->map, setting->mode);
        player->has_failed = true;
        player_leave(player);
        return;
    }
    set_state(player, state, 0);
    play_account(player, clock_monotonic_us());
}

static void on_match_ended(struct player *player, const Mma__MatchEnded *ended, uint64_t now_us)
{
    struct tally *tally = player->world->tally;
    if (player->state != PLAYER_PLAYING) {
        return;
    }
    tally->matches_played++;
    if (!json_object_get(tally->matches, ended->match_id)) {
        json_object_set_new(tally->matches, ended->match_id, transcode_json_write(&ended->base));
    }
    finish_match(player, now_us);
}

static void on_watch_ended(struct player *player, const Mma__WatchEnded *ended, uint64_t now_us)
{
    if (player->state != PLAYER_WATCHING) {
        return;
    }
    if (strcmp(ended->reason, "MATCH_OVER") == 0) {
        player->world->tally->matches_watched++;
        finish_match(player, now_us);
    } else {
        code_counts_add(&player->world->tally->errors, ended->reason);
        play_end(player, now_us);
        set_state(player, PLAYER_WELCOMED, ASK_AGAIN_MS);
    }
}

static void on_error(struct player *player, const Mma__Error *error, uint64_t now_us)
{
    code_counts_add(&player->world->tally->errors, error->code);
    switch (player->state) {
    case PLAYER_JOINING:
    case PLAYER_PLAYING:
        if (player->state == PLAYER_PLAYING && strcmp(error->code, "GAME_NOT_FOUND") != 0) {
            break;
        }
        player->world->tally->matches_lost++;
        player->has_failed = true;
        play_end(player, now_us);
        player->join_token[0] = 0;
        set_state(player, PLAYER_WELCOMED, ASK_AGAIN_MS);
        break;
    case PLAYER_QUEUED:
        if (strcmp(error->code, "TICKET_EXISTS") == 0) { /* of a session that was lost */
            cancel_ticket(player);
        }
        set_state(player, PLAYER_WELCOMED, ASK_AGAIN_MS);
        break;
    case PLAYER_ASKING:
        set_state(player, PLAYER_WELCOMED, strcmp(error->code, "RATE_LIMITED") == 0 ? RATE_LIMITED_MS : WATCH_AGAIN_MS);
        break;
    default:
        break;
    }
}

static void dispatch(struct player *player, const Mma__ServerMessage *message, uint64_t now_us)
{
    switch (message->body_case) {
    case MMA__SERVER_MESSAGE__BODY_SNAPSHOT:
        if (player->state == PLAYER_PLAYING || player->state == PLAYER_WATCHING) {
            play_snapshot(player, message->snapshot.data, message->snapshot.len, now_us);
        }
        break;
    case MMA__SERVER_MESSAGE__BODY_WELCOME:
        player->tries = 0;
        ask(player);
        break;
    case MMA__SERVER_MESSAGE__BODY_TICKET:
        on_ticket(player, message->ticket);
        break;
    case MMA__SERVER_MESSAGE__BODY_MATCH_FOUND:
        on_match_found(player, message->match_found);
        break;
    case MMA__SERVER_MESSAGE__BODY_MATCH_JOINED:
        if (player->state == PLAYER_JOINING) {
            snprintf(player->world->match_id, sizeof player->world->match_id, "%s", player->match_id);
            const Mma__MatchJoined *joined = message->match_joined;
            begin(player, PLAYER_PLAYING,
                  &(struct play_setting){joined->map, joined->map_text, joined->mode, joined->n_seats});
        }
        break;
    case MMA__SERVER_MESSAGE__BODY_MATCH_ENDED:
        on_match_ended(player, message->match_ended, now_us);
        break;
    case MMA__SERVER_MESSAGE__BODY_WATCHING:
        if (player->state == PLAYER_ASKING) {
            const Mma__Watching *watching = message->watching;
            begin(player, PLAYER_WATCHING,
                  &(struct play_setting){watching->map, watching->map_text, watching->mode, watching->n_seats});
        }
        break;
    case MMA__SERVER_MESSAGE__BODY_WATCH_ENDED:
        on_watch_ended(player, message->watch_ended, now_us);
        break;
    case MMA__SERVER_MESSAGE__BODY_ERROR:
        on_error(player, message->error, now_us);
        break;
    default:
        break;
    }
}

static void on_message(void *owner, struct websocket *socket, bool binary, const uint8_t *bytes, size_t size)
{
    struct player *player = owner;
    const Mma__ServerMessage *message = NULL;
    if (!binary || client_wire_read(player->is_protobuf, bytes, size, &message) != STATUS_OK) {
        code_counts_add(&player->world->tally->errors, "UNREADABLE_MESSAGE");
        player->has_failed = true;
        websocket_close(socket, CLOSE_UNREADABLE, "unreadable message");
        return;
    }
    dispatch(player, message, clock_monotonic_us());
}

/* ---- the connection ------------------------------------------------------------------------------------ */

static void on_open(void *owner, struct websocket *socket, const char *protocol)
{
    struct player *player = owner;
    player->world->tally->connects++;
    if (strcmp(protocol, client_wire_protocol(player->is_protobuf)) != 0) {
        player->has_failed = true;
        websocket_close(socket, CLOSE_UNREADABLE, "not the subprotocol that was offered");
    }
}

static void give_up_or_wait(struct player *player)
{
    if (++player->tries > PLAYER_TRIES_MAX) {
        fprintf(stderr, "bots: %s gives up after %u tries\n", player->name, PLAYER_TRIES_MAX);
        player->has_failed = true;
        player->state = PLAYER_GONE;
        return;
    }
    unsigned doublings = player->tries - 1 < 6 ? player->tries - 1 : 6; /* 100 ms .. 6.4 s */
    set_state(player, PLAYER_WAITING, (uint64_t)PLAYER_BACKOFF_MS << doublings);
}

static void count_close(struct player *player, const struct websocket *socket, uint16_t code)
{
    struct tally *tally = player->world->tally;
    unsigned http_status = websocket_http_status(socket);
    char text[16];
    if (player->state == PLAYER_CONNECTING && http_status != 101) {
        tally->connects_failed++;
        snprintf(text, sizeof text, "%u", http_status);
        code_counts_add(&tally->refusals, text);
    } else {
        snprintf(text, sizeof text, "%u", code);
        code_counts_add(&tally->closes, text);
    }
}

static void on_closed(void *owner, struct websocket *socket, uint16_t code)
{
    struct player *player = owner;
    count_close(player, socket, code);
    play_end(player, clock_monotonic_us());
    player->socket = NULL;
    if (player->state == PLAYER_LEAVING) {
        player->state = PLAYER_GONE;
    } else {
        give_up_or_wait(player);
    }
}

static enum status authorization(const struct player *player, char *out, size_t size)
{
    struct jwt_claims claims = {.expires_unix_s = clock_unix_ms() / 1000 + TOKEN_LIFE_S};
    memcpy(claims.subject, player->name, sizeof claims.subject);
    int length = snprintf(out, size, "Bearer ");
    return jwt_sign(player->world->keys, &claims, "mma-game", clock_unix_ms() / 1000, out + length,
                    size - (size_t)length);
}

static void connect_player(struct player *player)
{
    char bearer[PLAYER_TOKEN_MAX];
    REQUIRE(authorization(player, bearer, sizeof bearer) == STATUS_OK);
    const struct websocket_client_options options = {
        .url = player->world->options->url,
        .protocols = client_wire_protocol(player->is_protobuf),
        .authorization = bearer,
        .tls = player->world->tls,
        .message_bytes_max = CLIENT_WIRE_BYTES_DOWN_MAX,
        .owner = player,
        .events = {.on_message = on_message, .on_open = on_open, .on_closed = on_closed},
    };
    set_state(player, PLAYER_CONNECTING, 0);
    if (websocket_connect(player->world->loop, &options, &player->socket) != STATUS_OK) {
        player->socket = NULL;
        give_up_or_wait(player);
    }
}

void player_step(struct player *player, uint64_t now_us)
{
    if (player->state == PLAYER_PLAYING) {
        play_think(player, now_us);
        return;
    }
    if (now_us < player->wake_us) {
        return;
    }
    switch (player->state) {
    case PLAYER_WAITING:
        connect_player(player);
        break;
    case PLAYER_WELCOMED:
    case PLAYER_QUEUED:
    case PLAYER_JOINING:
    case PLAYER_ASKING:
        ask(player);
        break;
    default:
        break;
    }
}

void player_leave(struct player *player)
{
    if (player->state == PLAYER_GONE) {
        return;
    }
    play_end(player, clock_monotonic_us());
    if (!player->socket) {
        player->state = PLAYER_GONE;
        return;
    }
    player->state = PLAYER_LEAVING;
    websocket_close(player->socket, CLOSE_GOODBYE, "goodbye");
}

void player_destroy(struct player *player)
{
    free(player->view_memory);
    free(player->map_memory);
    player->view_memory = NULL;
}
