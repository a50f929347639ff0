/* SPDX-License-Identifier: Apache-2.0 */
/* match_requests.c - the mail of the match host: what matchmakers, gateways and spectators want. */
#include "libcommon/runtime/encoding/text_writer.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "proto/match.pb-c.h"
#include "proto/spectate.pb-c.h"
#include "services/game-engine/core/chat.h"
#include "services/game-engine/io/engine_metrics.h"
#include "services/game-engine/io/map_files.h"
#include "services/game-engine/io/match_host_internal.h"

#include <stdio.h>
#include <string.h>

static void refuse(struct match_host *host, const struct mailbox_envelope *envelope, enum status status,
                   const char *reason, const char *message)
{
    struct mailbox_return to = mailbox_return_of(envelope);
    mailbox_refuse(host->options.mailbox, &to, status, reason, message);
}

static void reply(struct match_host *host, const struct mailbox_envelope *envelope, Mma__MessageType type,
                  const ProtobufCMessage *message)
{
    struct mailbox_return to = mailbox_return_of(envelope);
    mailbox_reply(host->options.mailbox, &to, type, message);
}

/* NULL for bytes that are not such a message. Good until the next message. */
static void *unpack(struct match_host *host, const ProtobufCMessageDescriptor *descriptor,
                    const struct mailbox_envelope *envelope)
{
    arena_reset(&host->message);
    return protobuf_c_message_unpack(descriptor, &host->message_allocator, envelope->payload_size, envelope->payload);
}

static bool parse_match_id(const char *text, uint8_t out_id[RECORD_MATCH_ID_BYTES])
{
    static const char digits[] = "0123456789abcdef";
    size_t size = strlen(text);
    if (size / 2 != RECORD_MATCH_ID_BYTES || size % 2 != 0 || strspn(text, digits) != size) {
        return false;
    }
    for (size_t i = 0; i < RECORD_MATCH_ID_BYTES; i++) {
        size_t high = (size_t)(strchr(digits, text[2 * i]) - digits);
        size_t low = (size_t)(strchr(digits, text[2 * i + 1]) - digits);
        out_id[i] = (uint8_t)(high * 16 + low);
    }
    return true;
}

/* ---- a match to make ---------------------------------------------------------------------------- */

static uint32_t ticks_of_ms(uint32_t ms)
{
    return (uint32_t)((uint64_t)ms * RULES_TICK_RATE / 1000);
}

/* The players of a request, in the message's arena; NULL when one has no proper id or team. */
static struct match_player *players_of(struct match_host *host, const Mma__CreateMatch *request)
{
    struct match_player *players = arena_take_zeroed(&host->message, request->n_seats, sizeof(*players));
    for (size_t i = 0; players != NULL && i < request->n_seats; i++) {
        const Mma__Seat *seat = request->seats[i];
        if (strlen(seat->player_id) > MATCH_PLAYER_ID_MAX || seat->team > UINT8_MAX) {
            return NULL;
        }
        memcpy(players[i].id, seat->player_id, strlen(seat->player_id) + 1);
        players[i].team = (uint8_t)seat->team;
    }
    return players;
}

/* STATUS_INVALID when something in the request makes no match; match_init looks at the rest. */
static enum status setup_of(struct match_host *host, const Mma__CreateMatch *request, struct match_setup *out_setup)
{
    const struct engine_settings *settings = host->options.settings;
    struct match_setup setup = {.world = {.seed = request->seed,
                                          .mode = mode_find(request->mode),
                                          .time_limit_ticks = request->time_limit_ticks,
                                          .score_limit = request->score_limit},
                                .wait_ticks = ticks_of_ms(settings->join_wait_ms),
                                .idle_ticks = ticks_of_ms(settings->idle_match_ms),
                                .input_ticks = settings->input_buffer_ticks,
                                .chunk_ticks = ticks_of_ms(settings->replay_chunk_ms),
                                .chunk_bytes = settings->replay_chunk_bytes,
                                .snapshot_bytes_per_s = settings->snapshot_bytes_per_s,
                                .chat_lines_per_minute = settings->chat_rate_per_minute,
                                .bot_workspace = settings->bots_fill ? &host->sights[0] : NULL};
    setup.world.map = request->map[0] != '\0' ? map_files_find(host->options.maps, request->map) : NULL;
    bool map_is_known = request->map[0] == '\0' || setup.world.map != NULL;
    bool fits = request->n_seats >= 2 && request->n_seats <= settings->players_per_match_max;
    bool texts_fit = strlen(request->queue) <= MATCH_TEXT_MAX && strlen(request->region) <= MATCH_TEXT_MAX;
    if (!parse_match_id(request->match_id, setup.id) || setup.world.mode == NULL || !map_is_known || !fits ||
        !texts_fit) {
        return STATUS_INVALID;
    }
    setup.world.walls = wall_indexes_find(&host->walls, world_setup_map(&setup.world));
    setup.seat_count = (uint16_t)request->n_seats;
    setup.players = players_of(host, request);
    *out_setup = setup;
    return setup.players == NULL ? STATUS_INVALID : STATUS_OK;
}

static void remember(struct hosted_match *hosted, const Mma__CreateMatch *request,
                     const struct mailbox_envelope *envelope)
{
    snprintf(hosted->queue, sizeof(hosted->queue), "%s", request->queue);
    snprintf(hosted->region, sizeof(hosted->region), "%s", request->region);
    snprintf(hosted->matchmaker, sizeof(hosted->matchmaker), "%s", envelope->sender);
    hosted->quality = request->quality;
    hosted->trace = envelope->trace;
}

static void refuse_match(struct match_host *host, const struct mailbox_envelope *envelope, const char *match_id,
                         enum status status, const char *reason)
{
    metric_add(&metric_matches_refused, 1, reason, NULL);
    log_warning("match.refused", LOG_TEXT("match", match_id), LOG_TEXT("reason", reason),
                LOG_TEXT("peer", envelope->sender), LOG_TRACE(envelope->trace));
    refuse(host, envelope, status, reason, status_text(status));
}

static void announce(struct match_host *host, const struct hosted_match *hosted)
{
    const struct match *match = &hosted->match;
    char body[256];
    snprintf(body, sizeof(body), "{\"mode\":\"%s\",\"map\":\"%s\",\"seats\":%u,\"seed\":\"%016llx\"}",
             match->world.mode->name, match->world.map->name, match->seat_count, (unsigned long long)match->world.seed);
    log_info("match.created", LOG_TEXT("match", hosted->id), LOG_TEXT("mode", match->world.mode->name),
             LOG_TEXT("map", match->world.map->name), LOG_U64("seats", match->seat_count),
             LOG_TEXT("queue", hosted->queue), LOG_TRACE(hosted->trace));
    publisher_audit(
        host->options.publisher, hosted->trace,
        &(struct publisher_audit){.kind = "match.created", .match_id = hosted->id, .player_id = "", .body = body});
}

static enum status make_match(struct match_host *host, const Mma__CreateMatch *request,
                              const struct mailbox_envelope *envelope)
{
    struct match_setup setup;
    struct hosted_match *hosted = NULL;
    enum status status = setup_of(host, request, &setup);
    if (status == STATUS_OK) {
        status = match_host_add(host, request->match_id, &setup, &hosted);
    }
    if (status == STATUS_OK) {
        remember(hosted, request, envelope);
        if (host->options.recovery != NULL) {
            hosted->recovery =
                recovery_begin(host->options.recovery, hosted->id, &hosted->match.header.setup, hosted->trace);
        }
        announce(host, hosted);
    }
    return status;
}

static void on_create_match(struct match_host *host, const struct mailbox_envelope *envelope)
{
    const Mma__CreateMatch *request = unpack(host, &mma__create_match__descriptor, envelope);
    if (request == NULL) {
        refuse_match(host, envelope, NULL, STATUS_INVALID, "INVALID_INPUT");
        return;
    }
    bool is_known = match_host_find(host, request->match_id) != NULL || match_host_has_ended(host, request->match_id);
    if (!is_known && host->refuses_new) {
        refuse_match(host, envelope, request->match_id, STATUS_UNAVAILABLE, "ENGINE_DRAINING");
        return;
    }
    enum status status = is_known ? STATUS_OK : make_match(host, request, envelope);
    if (status != STATUS_OK) {
        refuse_match(host, envelope, request->match_id, status,
                     status == STATUS_INVALID ? "INVALID_INPUT" : "ENGINE_FULL");
        return;
    }
    Mma__MatchCreated created;
    mma__match_created__init(&created);
    created.match_id = request->match_id;
    reply(host, envelope, MMA__MESSAGE_TYPE__MESSAGE_TYPE_MATCH_CREATED, &created.base);
}

/* ---- a session to seat -------------------------------------------------------------------------- */

/* Everybody's seats, in the message's arena; NULL when it is full. */
static Mma__MatchSeat **seats_of(struct match_host *host, struct match *match)
{
    Mma__MatchSeat **list = arena_take_zeroed(&host->message, match->seat_count, sizeof(void *));
    Mma__MatchSeat *seats = arena_take_zeroed(&host->message, match->seat_count, sizeof(*seats));
    for (uint16_t slot = 0; list != NULL && seats != NULL && slot < match->seat_count; slot++) {
        mma__match_seat__init(&seats[slot]);
        seats[slot].slot = slot;
        seats[slot].player_id = match->seats[slot].player.id;
        seats[slot].team = match->world.mode->team_count > 0 ? match->seats[slot].player.team : 0;
        list[slot] = &seats[slot];
    }
    return seats == NULL ? NULL : list;
}

/* In the message's arena. "" for a built-in map, and where the arena is full. */
static char *map_text_of(struct match_host *host, const struct match *match)
{
    static char none[1];
    const char *text = map_files_text(host->options.maps, match->world.map);
    size_t size = strlen(text) + 1;
    char *copy = arena_take(&host->message, size);
    return copy == NULL ? none : memcpy(copy, text, size);
}

static void answer_join(struct match_host *host, struct hosted_match *hosted, uint16_t slot,
                        const struct mailbox_envelope *envelope)
{
    struct match *match = &hosted->match;
    Mma__Joined joined;
    mma__joined__init(&joined);
    Mma__MatchJoined inner;
    mma__match_joined__init(&inner);
    char map[MAP_NAME_MAX + 1], mode[MODE_NAME_MAX + 1];
    snprintf(map, sizeof(map), "%s", match->world.map->name);
    snprintf(mode, sizeof(mode), "%s", match->world.mode->name);
    inner.match_id = hosted->id;
    inner.slot = slot;
    inner.tick = match->world.tick;
    inner.tick_rate_hz = RULES_TICK_RATE;
    inner.map = map;
    inner.mode = mode;
    inner.seats = seats_of(host, match);
    inner.n_seats = inner.seats == NULL ? 0 : match->seat_count;
    inner.map_text = map_text_of(host, match);
    joined.session_id = match->seats[slot].session;
    joined.joined = &inner;
    reply(host, envelope, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOINED, &joined.base);
}

/* What a client wishes for, as far as we give it; 0 where there is no such rate. rate_hz 0: as many as there are. */
static uint32_t divisor_for(const struct match_host *host, uint32_t rate_hz)
{
    uint32_t rate_max_hz = host->options.settings->snapshot_rate_max_hz;
    uint32_t least = (RULES_TICK_RATE + rate_max_hz - 1) / rate_max_hz;
    uint32_t wanted = rate_hz == 0 ? 1 : RULES_TICK_RATE / rate_hz;
    if (wanted == 0 || wanted > BASELINE_HISTORY_DIVISOR_MAX || (rate_hz != 0 && RULES_TICK_RATE % rate_hz != 0)) {
        return 0;
    }
    return wanted > least ? wanted : least;
}

/* A session has one seat: whatever it had before, and whoever sat there, goes. */
static enum status seat(struct match_host *host, struct hosted_match *hosted, uint16_t slot, uint64_t session,
                        const char *gateway)
{
    uint32_t peer = peers_hold(&host->peers, gateway);
    if (peer == PEERS_NONE) {
        return STATUS_FULL;
    }
    const struct session_entry *old = session_table_find(&host->sessions, session, peer);
    if (old != NULL) {
        match_host_unseat(host, &host->matches[old->match], old->slot, "MOVED");
    }
    match_host_unseat(host, hosted, slot, "REPLACED");
    enum status status = session_table_put(
        &host->sessions,
        &(struct session_entry){.session = session, .peer = peer, .match = hosted->index, .slot = slot});
    if (status != STATUS_OK) {
        peers_release(&host->peers, peer);
        return status;
    }
    match_take_seat(&hosted->match, slot, session, peer);
    metric_set(&metric_game_players, host->sessions.count, NULL, NULL);
    log_info("match.joined", LOG_TEXT("match", hosted->id), LOG_TEXT("player", hosted->match.seats[slot].player.id),
             LOG_ID("session", session), LOG_TEXT("peer", gateway), LOG_U64("slot", slot), LOG_TRACE(hosted->trace));
    return STATUS_OK;
}

static bool sits_there(const struct match_host *host, const struct match_seat *seat, uint64_t session,
                       const char *gateway)
{
    return seat->session == session && strcmp(host->peers.items[seat->peer].mailbox, gateway) == 0;
}

static void on_join(struct match_host *host, const struct mailbox_envelope *envelope)
{
    const Mma__Join *request = unpack(host, &mma__join__descriptor, envelope);
    uint32_t divisor = request == NULL ? 0 : divisor_for(host, request->rate_hz);
    if (divisor == 0 || request->session_id == 0) {
        refuse(host, envelope, STATUS_INVALID, "INVALID_INPUT", "not a Join with a session and a rate that there is");
        return;
    }
    struct hosted_match *hosted = match_host_find(host, request->match_id);
    if (hosted == NULL) {
        refuse(host, envelope, STATUS_NOT_FOUND, "GAME_NOT_FOUND", "no such match here, or it is over");
        return;
    }
    int slot = match_find_player(&hosted->match, request->player_id);
    if (slot < 0) {
        log_warning("join.refused", LOG_TEXT("match", hosted->id), LOG_TEXT("player", request->player_id),
                    LOG_TEXT("peer", envelope->sender), LOG_TRACE(hosted->trace));
        refuse(host, envelope, STATUS_UNAUTHORIZED, "PLAYER_NOT_FOUND", "the player holds no seat in this match");
        return;
    }
    enum status status = STATUS_OK;
    if (!sits_there(host, &hosted->match.seats[slot], request->session_id, envelope->sender)) {
        status = seat(host, hosted, (uint16_t)slot, request->session_id, envelope->sender);
    }
    if (status != STATUS_OK) {
        refuse(host, envelope, status, "ENGINE_FULL", status_text(status));
        return;
    }
    match_want_rate(&hosted->match, (uint16_t)slot, divisor);
    answer_join(host, hosted, (uint16_t)slot, envelope);
}

static void on_leave(struct match_host *host, const struct mailbox_envelope *envelope)
{
    const Mma__Leave *leave = unpack(host, &mma__leave__descriptor, envelope);
    uint32_t peer = peers_find(&host->peers, envelope->sender);
    if (leave == NULL || peer == PEERS_NONE) {
        return;
    }
    const struct session_entry *entry = session_table_find(&host->sessions, leave->session_id, peer);
    if (entry != NULL) {
        match_host_unseat(host, &host->matches[entry->match], entry->slot, leave->reason);
    }
}

/* ---- inputs ------------------------------------------------------------------------------------- */

static void take_input(struct match_host *host, uint32_t peer, const Mma__SessionInput *row)
{
    const struct session_entry *entry =
        peer == PEERS_NONE ? NULL : session_table_find(&host->sessions, row->session_id, peer);
    if (entry == NULL) {
        engine_metrics_input(INPUT_UNKNOWN);
        return;
    }
    struct match *match = &host->matches[entry->match].match;
    if (row->skipped > 0) {
        match_feedback(match, entry->slot, row->skipped, row->written_tick);
        metric_add(&metric_snapshots_skipped, row->skipped, NULL, NULL);
    }
    uint32_t divisor = row->set_rate == NULL ? 0 : divisor_for(host, row->set_rate->rate_hz);
    if (divisor != 0) {
        match_want_rate(match, entry->slot, divisor);
    }
    if (row->input.len > 0) {
        engine_metrics_input(match_input(match, entry->slot, row->input.data, row->input.len));
    }
}

static void on_inputs(struct match_host *host, const struct mailbox_envelope *envelope)
{
    uint64_t begin_us = clock_monotonic_us();
    const Mma__Inputs *inputs = unpack(host, &mma__inputs__descriptor, envelope);
    uint32_t peer = peers_find(&host->peers, envelope->sender);
    if (inputs == NULL) {
        engine_metrics_input(INPUT_INVALID);
        return;
    }
    for (size_t i = 0; i < inputs->n_inputs; i++) {
        take_input(host, peer, inputs->inputs[i]);
    }
    host->input_us += clock_monotonic_us() - begin_us;
}

/* ---- chat --------------------------------------------------------------------------------------- */

_Static_assert((int)CHAT_ALL == (int)MMA__CHAT_CHANNEL__CHAT_ALL && (int)CHAT_TEAM == (int)MMA__CHAT_CHANNEL__CHAT_TEAM,
               "enum chat_channel is the schema's");

/* One message to each gateway, with its sessions. */
static void tell_hearers(struct match_host *host, const struct hosted_match *hosted, const struct chat_line *line,
                         Mma__ChatMessage *message)
{
    Mma__Said said;
    mma__said__init(&said);
    said.message = message;
    said.session_ids = arena_take(&host->message, hosted->match.seat_count * sizeof(uint64_t));
    for (uint32_t peer = 0; said.session_ids != NULL && peer < host->peers.used; peer++) {
        said.n_session_ids = chat_hearers(&hosted->match, line, peer, said.session_ids);
        if (said.n_session_ids > 0 &&
            mailbox_post(host->options.mailbox, host->peers.items[peer].mailbox, MAILBOX_PUBLISH,
                         MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAID, hosted->trace, &said.base) != STATUS_OK) {
            metric_add(&metric_chat_messages, 1, "untold", NULL);
        }
    }
}

static void audit_chat(struct match_host *host, const struct hosted_match *hosted, const Mma__ChatMessage *message)
{
    char body[PUBLISHER_AUDIT_BODY_MAX + 1] = {0};
    struct text_writer text;
    text_writer_init(&text, body, PUBLISHER_AUDIT_BODY_MAX);
    text_writer_format(&text, "{\"slot\":%u,\"channel\":\"%s\",\"text\":", message->slot,
                       message->channel == MMA__CHAT_CHANNEL__CHAT_TEAM ? "CHAT_TEAM" : "CHAT_ALL");
    text_writer_json(&text, message->text);
    text_writer_put(&text, "}");
    REQUIRE(!text.full); /* CHAT_TEXT_BYTES_MAX, in which no character needs more than its own size again */
    publisher_audit(host->options.publisher, hosted->trace,
                    &(struct publisher_audit){
                        .kind = "chat.said", .match_id = hosted->id, .player_id = message->player_id, .body = body});
}

static void say(struct match_host *host, struct hosted_match *hosted, const struct chat_line *line,
                const struct mailbox_envelope *envelope, char *text)
{
    Mma__ChatMessage message;
    Mma__Said said;
    mma__chat_message__init(&message);
    mma__said__init(&said);
    message.slot = line->slot;
    message.player_id = hosted->match.seats[line->slot].player.id;
    message.channel = (Mma__ChatChannel)line->channel;
    message.text = text;
    message.server_time = (int64_t)clock_unix_ms();
    said.message = &message;
    reply(host, envelope, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAID, &said.base);
    tell_hearers(host, hosted, line, &message);
    audit_chat(host, hosted, &message);
}

static void on_say(struct match_host *host, const struct mailbox_envelope *envelope)
{
    static const struct {
        enum status status;
        const char *reason, *message;
    } refusals[CHAT_VERDICTS] = {
        [CHAT_BAD_TEXT] = {STATUS_INVALID, "INVALID_INPUT", "the text is not one that may be said"},
        [CHAT_BAD_CHANNEL] = {STATUS_INVALID, "INVALID_INPUT", "this match has no such channel"},
        [CHAT_TOO_MANY] = {STATUS_REFUSED, "RATE_LIMITED", "too many lines: this one was not said"},
    };
    const Mma__Say *request = unpack(host, &mma__say__descriptor, envelope);
    uint32_t peer = peers_find(&host->peers, envelope->sender);
    const struct session_entry *entry =
        request == NULL || peer == PEERS_NONE ? NULL : session_table_find(&host->sessions, request->session_id, peer);
    if (entry == NULL) {
        metric_add(&metric_chat_messages, 1, "unknown", NULL);
        refuse(host, envelope, STATUS_NOT_FOUND, "GAME_NOT_FOUND", "the session holds no seat here");
        return;
    }
    struct hosted_match *hosted = &host->matches[entry->match];
    const struct chat_line line = {.slot = entry->slot,
                                   .channel = (enum chat_channel)request->channel,
                                   .text = (const uint8_t *)request->text,
                                   .size = strlen(request->text)};
    enum chat_verdict verdict = chat_say(&hosted->match, &line, clock_monotonic_ms());
    engine_metrics_chat(verdict);
    if (verdict == CHAT_SAID) {
        say(host, hosted, &line, envelope, request->text);
    } else {
        refuse(host, envelope, refusals[verdict].status, refusals[verdict].reason, refusals[verdict].message);
    }
}

/* ---- spectators --------------------------------------------------------------------------------- */

/* A repeat moves to the end. When there are too many the oldest goes: it hears nothing more, and asks anew. */
static enum status subscribe(struct match_host *host, struct hosted_match *hosted, const char *spectator)
{
    uint32_t peer = peers_hold(&host->peers, spectator);
    if (peer == PEERS_NONE) {
        return STATUS_FULL;
    }
    match_host_unsubscribe(host, hosted, peer);
    if (hosted->subscriber_count == SUBSCRIBERS_MAX) {
        match_host_unsubscribe(host, hosted, hosted->subscribers[0]);
    }
    hosted->subscribers[hosted->subscriber_count++] = peer;
    metric_add(&metric_subscribers, 1, NULL, NULL);
    log_info("match.subscribed", LOG_TEXT("match", hosted->id), LOG_TEXT("peer", spectator), LOG_TRACE(hosted->trace));
    return STATUS_OK;
}

static enum status answer_subscribe(struct match_host *host, struct hosted_match *hosted,
                                    const struct mailbox_envelope *envelope)
{
    struct match *match = &hosted->match;
    size_t header_size = record_header_bytes_max(&match->header.setup);
    size_t capacity = record_keyframe_bytes_max(match->seat_count);
    struct byte_writer header, keyframe;
    uint8_t *bytes = arena_take(&host->message, header_size + capacity);
    if (bytes == NULL) {
        return STATUS_NO_MEMORY;
    }
    byte_writer_init(&header, bytes, header_size);
    byte_writer_init(&keyframe, bytes + header_size, capacity);
    enum status status = match_write_header(match, &header);
    if (status == STATUS_OK) {
        status = match_write_keyframe(match, &keyframe);
    }
    if (status != STATUS_OK) {
        return status;
    }
    Mma__Subscribed subscribed;
    mma__subscribed__init(&subscribed);
    subscribed.match_id = hosted->id;
    subscribed.header = (ProtobufCBinaryData){header.size, header.bytes};
    subscribed.keyframe = (ProtobufCBinaryData){keyframe.size, keyframe.bytes};
    subscribed.seats = seats_of(host, match);
    subscribed.n_seats = subscribed.seats == NULL ? 0 : match->seat_count;
    reply(host, envelope, MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBED, &subscribed.base);
    return STATUS_OK;
}

static void on_subscribe(struct match_host *host, const struct mailbox_envelope *envelope)
{
    const Mma__Subscribe *request = unpack(host, &mma__subscribe__descriptor, envelope);
    if (request == NULL) {
        refuse(host, envelope, STATUS_INVALID, "INVALID_INPUT", "not a Subscribe");
        return;
    }
    bool is_any = request->match_id[0] == '\0';
    struct hosted_match *hosted = is_any ? match_host_busiest(host) : match_host_find(host, request->match_id);
    if (hosted == NULL) {
        refuse(host, envelope, STATUS_NOT_FOUND, "GAME_NOT_FOUND", "no such match here, or it is over");
        return;
    }
    enum status status = subscribe(host, hosted, envelope->sender);
    if (status == STATUS_OK) {
        status = answer_subscribe(host, hosted, envelope);
    }
    if (status != STATUS_OK) {
        refuse(host, envelope, status, "ENGINE_FULL", status_text(status));
    }
}

static void on_unsubscribe(struct match_host *host, const struct mailbox_envelope *envelope)
{
    const Mma__Unsubscribe *request = unpack(host, &mma__unsubscribe__descriptor, envelope);
    uint32_t peer = peers_find(&host->peers, envelope->sender);
    struct hosted_match *hosted = request == NULL ? NULL : match_host_find(host, request->match_id);
    if (hosted != NULL && peer != PEERS_NONE) {
        match_host_unsubscribe(host, hosted, peer);
    }
}

void match_host_receive(struct match_host *host, const struct mailbox_envelope *envelope)
{
    switch (envelope->type) {
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS:
        on_inputs(host, envelope);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAY:
        on_say(host, envelope);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN:
        on_join(host, envelope);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_LEAVE:
        on_leave(host, envelope);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH:
        on_create_match(host, envelope);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBE:
        on_subscribe(host, envelope);
        break;
    case MMA__MESSAGE_TYPE__MESSAGE_TYPE_UNSUBSCRIBE:
        on_unsubscribe(host, envelope);
        break;
    default:
        if (envelope->correlation_id != 0) {
            refuse(host, envelope, STATUS_INVALID, "INVALID_INPUT", "a game-engine does not serve this");
        }
        break;
    }
}
