/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/io/answer_messages.h"

#include "libcommon/runtime/encoding/borrow.h"
#include "libcommon/runtime/encoding/text_writer.h"

#include <inttypes.h>
#include <stdio.h>

#define SAID_BODY_MAX 1023 /* CHAT_TEXT_BYTES_MAX, in which no character needs more than its own size again */

/* Everybody's seats, in the arena; NULL when it is full. */
static Mma__MatchSeat **seats_of(const struct match *match, struct arena *arena)
{
    Mma__MatchSeat **list = arena_take_zeroed(arena, match->seat_count, sizeof(void *));
    Mma__MatchSeat *seats = arena_take_zeroed(arena, match->seat_count, sizeof *seats);
    for (uint16_t slot = 0; list != NULL && seats != NULL && slot < match->seat_count; slot++) {
        mma__match_seat__init(&seats[slot]);
        seats[slot].slot = slot;
        seats[slot].player_id = borrow_text(match->seats[slot].player.id);
        seats[slot].team = match->world.mode->team_count > 0 ? match->seats[slot].player.team : 0;
        list[slot] = &seats[slot];
    }
    return seats == NULL ? NULL : list;
}

enum status answer_messages_joined(const struct hosted_match *hosted, uint16_t slot, const char *map_text,
                                   struct arena *arena, Mma__MatchJoined *out_inner, Mma__Joined *out_joined)
{
    const struct match *match = &hosted->match;
    mma__match_joined__init(out_inner);
    mma__joined__init(out_joined);
    out_inner->match_id = borrow_text(hosted->id);
    out_inner->slot = slot;
    out_inner->tick = match->world.tick;
    out_inner->tick_rate_hz = RULES_TICK_RATE;
    out_inner->map = borrow_text(match->world.map->name);
    out_inner->mode = borrow_text(match->world.mode->name);
    out_inner->map_text = borrow_text(map_text);
    out_inner->seats = seats_of(match, arena);
    out_inner->n_seats = out_inner->seats == NULL ? 0 : match->seat_count;
    out_joined->session_id = match->seats[slot].session;
    out_joined->joined = out_inner;
    return out_inner->seats == NULL ? STATUS_NO_MEMORY : STATUS_OK;
}

enum status answer_messages_subscribed(const struct hosted_match *hosted, struct arena *arena,
                                       Mma__Subscribed *out_subscribed)
{
    const struct match *match = &hosted->match;
    size_t header_size = record_header_bytes_max(&match->header.setup);
    size_t capacity = record_keyframe_bytes_max(match->seat_count);
    struct byte_writer header, keyframe;
    mma__subscribed__init(out_subscribed);
    uint8_t *bytes = arena_take(arena, header_size + capacity);
    Mma__MatchSeat **seats = seats_of(match, arena);
    if (bytes == NULL || seats == NULL) {
        return STATUS_NO_MEMORY;
    }
    byte_writer_init(&header, bytes, header_size);
    byte_writer_init(&keyframe, bytes + header_size, capacity);
    enum status status = match_write_header(match, &header);
    if (status == STATUS_OK) {
        status = match_write_keyframe(match, &keyframe);
    }
    out_subscribed->match_id = borrow_text(hosted->id);
    out_subscribed->header = (ProtobufCBinaryData){header.size, header.bytes};
    out_subscribed->keyframe = (ProtobufCBinaryData){keyframe.size, keyframe.bytes};
    out_subscribed->seats = seats;
    out_subscribed->n_seats = match->seat_count;
    return status;
}

enum status answer_messages_said(const struct hosted_match *hosted, const struct chat_line *line, uint64_t unix_ms,
                                 uint32_t peer, struct arena *arena, Mma__ChatMessage *out_message, Mma__Said *out_said)
{
    const struct match *match = &hosted->match;
    mma__chat_message__init(out_message);
    mma__said__init(out_said);
    out_message->slot = line->slot;
    out_message->player_id = borrow_text(match->seats[line->slot].player.id);
    out_message->channel = (Mma__ChatChannel)line->channel;
    out_message->text = borrow_text((const char *)line->text);
    out_message->server_time = (int64_t)unix_ms;
    out_said->message = out_message;
    if (peer == PEERS_NONE) {
        return STATUS_OK;
    }
    out_said->session_ids = arena_take(arena, match->seat_count * sizeof(uint64_t));
    if (out_said->session_ids == NULL) {
        return STATUS_NO_MEMORY;
    }
    out_said->n_session_ids = chat_hearers(match, line, peer, out_said->session_ids);
    return STATUS_OK;
}

void answer_messages_audit_created(const struct match *match, char out_body[ANSWER_MESSAGES_AUDIT_MAX + 1])
{
    int size = snprintf(out_body, ANSWER_MESSAGES_AUDIT_MAX + 1,
                        "{\"mode\":\"%s\",\"map\":\"%s\",\"seats\":%u,\"seed\":\"%016" PRIx64 "\"}",
                        match->world.mode->name, match->world.map->name, match->seat_count, match->world.seed);
    REQUIRE(size > 0 && size <= ANSWER_MESSAGES_AUDIT_MAX);
}

const char *answer_messages_audit_said(const struct chat_line *line, struct arena *arena)
{
    char *body = arena_take_zeroed(arena, SAID_BODY_MAX + 1, 1);
    struct text_writer text;
    if (body == NULL) {
        return NULL;
    }
    text_writer_init(&text, body, SAID_BODY_MAX);
    text_writer_format(&text, "{\"slot\":%u,\"channel\":\"%s\",\"text\":", line->slot,
                       line->channel == CHAT_TEAM ? "CHAT_TEAM" : "CHAT_ALL");
    text_writer_json(&text, (const char *)line->text);
    text_writer_put(&text, "}");
    REQUIRE(!text.full);
    return body;
}
