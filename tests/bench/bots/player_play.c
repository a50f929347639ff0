/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/map/map_text.h"
#include "libcommon/game/rules/mode.h"
#include "libcommon/game/world/input.h"
#include "tests/bench/bots/player.h"

#include <stdlib.h>
#include <string.h>

/* The map that came as a text, or the built-in one of that name; NULL when there is none. */
static const struct map *take_map(struct player *player, const char *name, const char *text)
{
    size_t size = strlen(text);
    if (size == 0) {
        return map_find(name);
    }
    size_t needed = map_text_memory_bytes(text, size);
    uint32_t line;
    free(player->map_memory);
    player->map_memory = needed > 0 ? malloc(needed) : NULL;
    bool is_good = player->map_memory != NULL &&
                   map_text_read(text, size, player->map_memory, needed, &player->told_map, &line) == STATUS_OK;
    return is_good ? &player->told_map : NULL;
}

enum status play_begin(struct player *player, const struct play_setting *setting)
{
    size_t seats = setting->seats;
    const struct mode *rules = mode_find(setting->mode);
    player->map = take_map(player, setting->map, setting->map_text);
    if (!player->map || !rules || seats > RULES_PLAYERS_MAX) {
        return STATUS_NOT_FOUND;
    }
    uint16_t capacity = seats > rules->players_max ? (uint16_t)seats : rules->players_max;
    struct view_limits limits = view_limits_for(capacity);
    size_t size = (view_bytes(&limits) + 15) & ~(size_t)15;
    free(player->view_memory);
    player->view_memory = aligned_alloc(16, 2 * size);
    if (!player->view_memory) {
        return STATUS_NO_MEMORY;
    }
    view_init(&player->views[0], &limits, player->view_memory);
    view_init(&player->views[1], &limits, (uint8_t *)player->view_memory + size);
    input_clock_init(&player->clock);
    player->newest = 0;
    player->has_view = player->is_lost = false;
    player->echoed = player->brain.sequence;
    player->snapshot_us = 0;
    return STATUS_OK;
}

/* ---- snapshots --------------------------------------------------------------------------------------- */

static void note_echo(struct player *player, uint32_t sequence, uint64_t now_us)
{
    struct tally *tally = player->world->tally;
    if (sequence > player->brain.sequence) {
        return; /* of an earlier session in this match */
    }
    while (player->echoed < sequence) {
        uint32_t input = ++player->echoed;
        uint64_t sent_us = player->sent_us[input % PLAYER_ECHO_RING];
        if (player->brain.sequence - input < PLAYER_ECHO_RING && sent_us != 0) {
            histogram_add(&tally->input_echo, now_us - sent_us);
            tally->inputs_echoed++;
        }
    }
}

static enum status decode(struct player *player, const uint8_t *bytes, size_t size, struct snapshot_info *out_info)
{
    const struct view *baseline = player->has_view ? &player->views[player->newest] : NULL;
    struct view *next = &player->views[1 - player->newest];
    enum status status = snapshot_peek(baseline ? baseline->tick : 0, bytes, size, out_info);
    if (status != STATUS_OK) {
        return status;
    }
    if (!out_info->is_keyframe && (!baseline || baseline->tick != out_info->baseline_tick)) {
        return STATUS_MISMATCH;
    }
    return snapshot_decode(out_info->is_keyframe ? NULL : baseline, bytes, size, next, out_info);
}

static void note_interval(struct player *player, uint64_t now_us)
{
    if (player->snapshot_us != 0) {
        histogram_add(&player->world->tally->snapshot_interval, now_us - player->snapshot_us);
    }
    player->snapshot_us = now_us;
}

void play_snapshot(struct player *player, const uint8_t *bytes, size_t size, uint64_t now_us)
{
    struct tally *tally = player->world->tally;
    struct snapshot_info info = {0};
    if (decode(player, bytes, size, &info) != STATUS_OK) {
        player->is_spectator ? tally->frames_undecodable++ : tally->snapshots_undecodable++;
        player->has_failed = true;
        return;
    }
    player->newest = 1 - player->newest;
    player->has_view = true;
    if (player->is_spectator) {
        tally->frames_decoded++;
        return;
    }
    tally->snapshots_decoded++;
    note_interval(player, now_us);
    note_echo(player, info.input_sequence, now_us);
    const struct input_clock_report news = {
        .tick = info.tick, .used_sequence = info.input_sequence, .depth = info.input_depth};
    input_clock_observe(&player->clock, &news, player->brain.sequence + 1);
}

/* ---- inputs ------------------------------------------------------------------------------------------ */

static void choose(struct player *player, struct input *out_input)
{
    struct bot *brain = &player->brain;
    switch (player->world->options->brain) {
    case BRAIN_CHASE:
        bot_think(brain, &player->views[player->newest], player->map, out_input);
        break;
    case BRAIN_RANDOM:
        *out_input = (struct input){.sequence = ++brain->sequence,
                                    .buttons = (uint16_t)random_below(&brain->random, INPUT_BUTTONS + 1),
                                    .aim = (uint16_t)random_u32(&brain->random)};
        break;
    case BRAIN_IDLE:
        *out_input = (struct input){.sequence = ++brain->sequence};
        break;
    }
    out_input->tick = player->world->options->names_ticks ? input_clock_tick(&player->clock, out_input->sequence) : 0;
}

void play_think(struct player *player, uint64_t now_us)
{
    uint8_t bytes[INPUT_BYTES_MAX];
    size_t size = 0;
    struct input input;
    if (!player->has_view) {
        return;
    }
    if (websocket_queued(player->socket) > 0) {
        input_clock_skip(&player->clock, 1);
        return;
    }
    if (player->world->options->names_ticks && !input_clock_advance(&player->clock)) {
        return;
    }
    choose(player, &input);
    REQUIRE(input_encode(&input, bytes, sizeof bytes, &size) == STATUS_OK);
    struct client_message request;
    client_message_input(&request, bytes, size);
    player->sent_us[input.sequence % PLAYER_ECHO_RING] = now_us;
    player->world->tally->inputs_sent++;
    player_send(player, &request.message);
}

/* ---- the account ------------------------------------------------------------------------------------- */

void play_account(struct player *player, uint64_t now_us)
{
    struct tally *tally = player->world->tally;
    uint64_t bytes_in = player->socket ? websocket_bytes_in(player->socket) : player->play_bytes_in;
    uint64_t bytes_out = player->socket ? websocket_bytes_out(player->socket) : player->play_bytes_out;
    if (!player->is_spectator && player->play_began_us != 0) {
        tally->bytes_down += bytes_in - player->play_bytes_in;
        tally->bytes_up += bytes_out - player->play_bytes_out;
        tally->play_us += now_us - player->play_began_us;
    }
    player->play_began_us = now_us;
    player->play_bytes_in = bytes_in;
    player->play_bytes_out = bytes_out;
}

void play_end(struct player *player, uint64_t now_us)
{
    if (player->play_began_us != 0) {
        play_account(player, now_us);
    }
    player->play_began_us = 0;
    player->snapshot_us = 0;
    player->has_view = false;
}
