/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/io/request_messages.h"

#include <string.h>

_Static_assert((int)CHAT_ALL == (int)MMA__CHAT_CHANNEL__CHAT_ALL && (int)CHAT_TEAM == (int)MMA__CHAT_CHANNEL__CHAT_TEAM,
               "enum chat_channel is the schema's");

/* The players of a request, in the arena; NULL when one has no proper id or team, or the arena is full. */
static const struct match_player *players_of(const Mma__CreateMatch *message, struct arena *arena)
{
    struct match_player *players = arena_take_zeroed(arena, message->n_seats, sizeof *players);
    for (size_t i = 0; players != NULL && i < message->n_seats; i++) {
        const Mma__Seat *seat = message->seats[i];
        if (strlen(seat->player_id) > MATCH_PLAYER_ID_MAX || seat->team > UINT8_MAX) {
            return NULL;
        }
        memcpy(players[i].id, seat->player_id, strlen(seat->player_id) + 1);
        players[i].team = (uint8_t)seat->team;
    }
    return players;
}

static bool texts_fit(const Mma__CreateMatch *message)
{
    return strlen(message->queue) <= HOSTED_MATCH_TEXT_MAX && strlen(message->region) <= HOSTED_MATCH_TEXT_MAX;
}

/* False when something in the message makes no match; the core looks at the rest. */
static bool read_setup(const Mma__CreateMatch *message, const struct request_messages_context *context,
                       struct arena *arena, struct match_setup *out_setup)
{
    struct match_setup setup = context->setup;
    bool has_map = message->map[0] != '\0';
    setup.world = (struct world_setup){.seed = message->seed,
                                       .mode = mode_find(message->mode),
                                       .map = has_map ? context->find_map(context->owner, message->map) : NULL,
                                       .time_limit_ticks = message->time_limit_ticks,
                                       .score_limit = message->score_limit};
    if (!hex_id_parse(message->match_id, setup.id) || setup.world.mode == NULL ||
        (has_map && setup.world.map == NULL) || message->n_seats < 1 || message->n_seats > RULES_PLAYERS_MAX ||
        !texts_fit(message)) {
        return false;
    }
    setup.world.walls = context->find_walls(context->owner, world_setup_map(&setup.world));
    setup.seat_count = (uint16_t)message->n_seats;
    setup.players = players_of(message, arena);
    *out_setup = setup;
    return setup.players != NULL;
}

void request_messages_create(const Mma__CreateMatch *message, const char *sender, const uint8_t *trace,
                             const struct request_messages_context *context, struct arena *arena,
                             struct engine_create *out_create)
{
    *out_create = (struct engine_create){.matchmaker = sender, .match_id = "", .queue = "", .region = ""};
    memcpy(out_create->trace, trace, sizeof out_create->trace);
    if (message == NULL) {
        return;
    }
    out_create->match_id = message->match_id;
    out_create->queue = message->queue;
    out_create->region = message->region;
    out_create->quality = message->quality;
    out_create->is_readable = read_setup(message, context, arena, &out_create->setup);
}

void request_messages_join(const Mma__Join *message, const char *sender, struct engine_join *out_join)
{
    *out_join = (struct engine_join){.gateway = sender, .match_id = "", .player_id = ""};
    if (message != NULL) {
        out_join->match_id = message->match_id;
        out_join->player_id = message->player_id;
        out_join->session = message->session_id;
        out_join->rate_hz = message->rate_hz;
    }
}

void request_messages_say(const Mma__Say *message, const char *sender, struct engine_say *out_say)
{
    *out_say = (struct engine_say){.gateway = sender, .text = (const uint8_t *)""};
    if (message != NULL) {
        out_say->session = message->session_id;
        out_say->channel = (enum chat_channel)message->channel;
        out_say->text = (const uint8_t *)message->text;
        out_say->size = strlen(message->text);
    }
}

void request_messages_input(const Mma__SessionInput *row, struct engine_input *out_input)
{
    *out_input = (struct engine_input){.session = row->session_id,
                                       .skipped = row->skipped,
                                       .written_tick = row->written_tick,
                                       .has_rate = row->set_rate != NULL,
                                       .rate_hz = row->set_rate != NULL ? row->set_rate->rate_hz : 0,
                                       .bytes = row->input.data,
                                       .size = row->input.len};
}
