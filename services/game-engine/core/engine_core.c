/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/engine_core.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/text.h"
#include "services/game-engine/core/peer_set.h"

static uint32_t sessions_max(const struct engine_rules *rules)
{
    return rules->matches_max * rules->players_per_match_max;
}

void engine_core_check(const struct engine_core *core)
{
    REQUIRE(core->matches.count <= core->matches.places);
    REQUIRE(core->seats.count <= core->seats.sessions_max);
    REQUIRE(core->subscriber_count <= core->matches.count * HOSTED_MATCH_SUBSCRIBERS);
    REQUIRE(core->matches.count > 0 || core->seats.count == 0);
    REQUIRE(core->matches.by_id.count == core->matches.count);
}

size_t engine_core_bytes(const struct engine_rules *rules)
{
    return arena_bytes(hosted_matches_bytes(rules->matches_max)) + arena_bytes(seat_index_bytes(sessions_max(rules)));
}

void engine_core_init(struct engine_core *core, const struct engine_rules *rules, void *memory)
{
    struct arena arena;
    REQUIRE(rules->players_per_match_max >= 2 && rules->players_per_match_max <= RULES_PLAYERS_MAX);
    REQUIRE(rules->snapshot_rate_max_hz >= 1 && rules->snapshot_rate_max_hz <= RULES_TICK_RATE);
    memory_zero(core, sizeof *core);
    core->rules = *rules;
    core->lost_peer = PEERS_NONE;
    arena_init(&arena, memory, engine_core_bytes(rules));
    hosted_matches_init(&core->matches, rules->matches_max,
                        arena_take(&arena, hosted_matches_bytes(rules->matches_max)));
    seat_index_init(&core->seats, sessions_max(rules), arena_take(&arena, seat_index_bytes(sessions_max(rules))));
}

const struct engine_refusal_text *engine_core_refusal_text(enum engine_refusal refusal)
{
    static const struct engine_refusal_text texts[ENGINE_REFUSALS] = {
        [ENGINE_REFUSAL_NOT_SERVED] = {STATUS_INVALID, "INVALID_INPUT", "a game-engine does not serve this"},
        [ENGINE_REFUSAL_BAD_MATCH] = {STATUS_INVALID, "INVALID_INPUT", "not a match that can be made"},
        [ENGINE_REFUSAL_DRAINING] = {STATUS_UNAVAILABLE, "ENGINE_DRAINING", "no new matches"},
        [ENGINE_REFUSAL_FULL] = {STATUS_FULL, "ENGINE_FULL", "no room"},
        [ENGINE_REFUSAL_NO_MEMORY] = {STATUS_NO_MEMORY, "ENGINE_FULL", "no memory"},
        [ENGINE_REFUSAL_TOO_LARGE] = {STATUS_TOO_LARGE, "ENGINE_FULL", "the map is too large"},
        [ENGINE_REFUSAL_BAD_JOIN] = {STATUS_INVALID, "INVALID_INPUT",
                                     "not a Join with a session and a rate that there is"},
        [ENGINE_REFUSAL_NO_MATCH] = {STATUS_NOT_FOUND, "GAME_NOT_FOUND", "no such match here, or it is over"},
        [ENGINE_REFUSAL_NO_SEAT] = {STATUS_UNAUTHORIZED, "PLAYER_NOT_FOUND", "the player holds no seat in this match"},
        [ENGINE_REFUSAL_NO_SESSION] = {STATUS_NOT_FOUND, "GAME_NOT_FOUND", "the session holds no seat here"},
        [ENGINE_REFUSAL_BAD_TEXT] = {STATUS_INVALID, "INVALID_INPUT", "the text is not one that may be said"},
        [ENGINE_REFUSAL_BAD_CHANNEL] = {STATUS_INVALID, "INVALID_INPUT", "this match has no such channel"},
        [ENGINE_REFUSAL_TOO_MANY_LINES] = {STATUS_REFUSED, "RATE_LIMITED", "too many lines: this one was not said"},
        [ENGINE_REFUSAL_BAD_SUBSCRIBE] = {STATUS_INVALID, "INVALID_INPUT", "not a Subscribe"},
    };
    REQUIRE(refusal < ENGINE_REFUSALS);
    return &texts[refusal];
}

/* ---- effects ------------------------------------------------------------------------------------ */

struct engine_effect *engine_core_effect(struct engine_effects *effects, enum engine_effect_kind kind)
{
    REQUIRE(effects->count < ENGINE_EFFECTS_MAX);
    struct engine_effect *effect = &effects->items[effects->count++];
    *effect = (struct engine_effect){.kind = kind};
    return effect;
}

bool engine_core_has_room(const struct engine_effects *effects)
{
    return effects->count + ENGINE_CALL_EFFECTS_MAX <= ENGINE_EFFECTS_MAX;
}

static void refuse(struct engine_effects *effects, enum engine_refusal refusal)
{
    engine_core_effect(effects, ENGINE_REFUSE)->refusal = refusal;
}

static struct engine_effect *effect_of(struct engine_effects *effects, enum engine_effect_kind kind,
                                       const struct hosted_match *hosted)
{
    struct engine_effect *effect = engine_core_effect(effects, kind);
    effect->match = hosted->index;
    return effect;
}

void engine_core_not_served(struct engine_effects *effects)
{
    refuse(effects, ENGINE_REFUSAL_NOT_SERVED);
}

/* ---- a match to make ---------------------------------------------------------------------------- */

static bool has_or_had(struct engine_core *core, const char *match_id)
{
    return hosted_matches_find(&core->matches, match_id) != NULL || hosted_matches_has_ended(&core->matches, match_id);
}

static bool has_seats(const struct engine_core *core, const struct engine_create *create)
{
    return create->setup.seat_count >= 2 && create->setup.seat_count <= core->rules.players_per_match_max;
}

size_t engine_core_create_bytes(struct engine_core *core, const struct engine_create *create)
{
    bool is_refused = core->is_draining || core->matches.count == core->matches.places;
    bool is_new = !has_or_had(core, create->match_id);
    return is_new && !is_refused && create->is_readable && has_seats(core, create) ? match_memory_bytes(&create->setup)
                                                                                   : 0;
}

static enum engine_refusal refusal_of(enum status status)
{
    switch (status) {
    case STATUS_INVALID:
        return ENGINE_REFUSAL_BAD_MATCH;
    case STATUS_NO_MEMORY:
        return ENGINE_REFUSAL_NO_MEMORY;
    case STATUS_TOO_LARGE:
        return ENGINE_REFUSAL_TOO_LARGE;
    default:
        return ENGINE_REFUSAL_FULL;
    }
}

static void keep_labels(struct hosted_match *hosted, const struct engine_create *create)
{
    text_copy(hosted->id, sizeof hosted->id, create->match_id);
    text_copy(hosted->queue, sizeof hosted->queue, create->queue);
    text_copy(hosted->region, sizeof hosted->region, create->region);
    text_copy(hosted->matchmaker, sizeof hosted->matchmaker, create->matchmaker);
    memory_copy(hosted->trace, create->trace, sizeof hosted->trace);
    hosted->quality = create->quality;
}

/* STATUS_OK, or why there is no such match. */
static enum status make_match(struct engine_core *core, const struct engine_create *create, void *memory, size_t size,
                              struct engine_effects *effects)
{
    if (!create->is_readable || !has_seats(core, create)) {
        return STATUS_INVALID;
    }
    struct hosted_match *hosted = hosted_matches_free_place(&core->matches);
    if (hosted == NULL || size == 0 || memory == NULL) {
        return hosted == NULL ? STATUS_FULL : size == 0 ? STATUS_INVALID : STATUS_NO_MEMORY;
    }
    enum status status = match_init(&hosted->match, &create->setup, memory, size);
    if (status != STATUS_OK) {
        return status;
    }
    keep_labels(hosted, create);
    hosted_matches_add(&core->matches, hosted);
    (void)effect_of(effects, ENGINE_HOLD_MEMORY, hosted);
    if (core->matches.count == 1) {
        (void)engine_core_effect(effects, ENGINE_START_TICKS);
    }
    (void)effect_of(effects, ENGINE_RECOVERY_BEGIN, hosted);
    (void)effect_of(effects, ENGINE_AUDIT_CREATED, hosted);
    return STATUS_OK;
}

static void answer_created(struct engine_effects *effects, const struct engine_create *create)
{
    engine_core_effect(effects, ENGINE_ANSWER_CREATED)->match_id = create->match_id;
}

static void refuse_match(struct engine_effects *effects, const struct engine_create *create,
                         enum engine_refusal refusal)
{
    struct engine_effect *effect = engine_core_effect(effects, ENGINE_MATCH_REFUSED);
    effect->match_id = create->match_id;
    effect->refusal = refusal;
    refuse(effects, refusal);
}

bool engine_core_create(struct engine_core *core, const struct engine_create *create, void *memory, size_t size,
                        struct engine_effects *effects)
{
    REQUIRE(create->match_id != NULL && engine_core_has_room(effects));
    if (has_or_had(core, create->match_id)) {
        answer_created(effects, create);
        return false;
    }
    if (core->is_draining && create->match_id[0] != '\0') {
        refuse_match(effects, create, ENGINE_REFUSAL_DRAINING);
        return false;
    }
    enum status status = make_match(core, create, memory, size, effects);
    if (status != STATUS_OK) {
        refuse_match(effects, create, refusal_of(status));
        return false;
    }
    answer_created(effects, create);
    engine_core_check(core);
    return true;
}

/* ---- sessions ----------------------------------------------------------------------------------- */

/* Snapshots every so many ticks for a requested rate, within what the worker gives; 0 where there is no such rate. */
static uint32_t divisor_for(const struct engine_core *core, uint32_t rate_hz)
{
    uint32_t rate_max_hz = core->rules.snapshot_rate_max_hz;
    uint32_t least = (RULES_TICK_RATE + rate_max_hz - 1) / rate_max_hz;
    uint32_t requested = rate_hz == 0 ? 1 : RULES_TICK_RATE / rate_hz;
    if (requested == 0 || requested > BASELINE_HISTORY_DIVISOR_MAX ||
        (rate_hz != 0 && RULES_TICK_RATE % rate_hz != 0)) {
        return 0;
    }
    return requested > least ? requested : least;
}

static void unseat(struct engine_core *core, struct hosted_match *hosted, uint16_t slot, const char *reason,
                   struct engine_effects *effects)
{
    struct match_seat *seat = &hosted->match.seats[slot];
    if (seat->session == 0) {
        return;
    }
    struct engine_effect *effect = effect_of(effects, ENGINE_LEFT, hosted);
    effect->slot = slot;
    effect->session = seat->session;
    effect->peer = seat->peer;
    effect->reason = reason;
    seat_index_remove(&core->seats, seat->session, seat->peer);
    peers_release(&core->peers, seat->peer);
    match_leave_seat(&hosted->match, slot);
}

static bool seat_session(struct engine_core *core, struct hosted_match *hosted, uint16_t slot,
                         const struct engine_join *join, struct engine_effects *effects)
{
    uint32_t peer = peers_hold(&core->peers, join->gateway);
    if (peer == PEERS_NONE) {
        return false;
    }
    const struct seat_entry *old = seat_index_find(&core->seats, join->session, peer);
    if (old != NULL) {
        unseat(core, &core->matches.items[old->match], old->slot, "MOVED", effects);
    }
    unseat(core, hosted, slot, "REPLACED", effects);
    const struct seat_entry entry = {.session = join->session, .peer = peer, .match = hosted->index, .slot = slot};
    enum status status = seat_index_put(&core->seats, &entry);
    REQUIRE(status == STATUS_OK); /* it has a place for every seat, and each seat one session */
    match_take_seat(&hosted->match, slot, join->session, peer);
    struct engine_effect *effect = effect_of(effects, ENGINE_JOINED, hosted);
    effect->slot = slot;
    effect->session = join->session;
    effect->peer = peer;
    return true;
}

static bool sits_there(const struct engine_core *core, const struct match_seat *seat, const struct engine_join *join)
{
    return seat->session == join->session && text_equal(core->peers.items[seat->peer].mailbox, join->gateway);
}

void engine_core_join(struct engine_core *core, const struct engine_join *join, struct engine_effects *effects)
{
    REQUIRE(engine_core_has_room(effects));
    uint32_t divisor = join->session == 0 ? 0 : divisor_for(core, join->rate_hz);
    if (divisor == 0) {
        refuse(effects, ENGINE_REFUSAL_BAD_JOIN);
        return;
    }
    struct hosted_match *hosted = hosted_matches_find(&core->matches, join->match_id);
    if (hosted == NULL) {
        refuse(effects, ENGINE_REFUSAL_NO_MATCH);
        return;
    }
    int slot = match_find_player(&hosted->match, join->player_id);
    if (slot < 0) {
        effect_of(effects, ENGINE_JOIN_REFUSED, hosted)->player_id = join->player_id;
        refuse(effects, ENGINE_REFUSAL_NO_SEAT);
        return;
    }
    if (!sits_there(core, &hosted->match.seats[slot], join) &&
        !seat_session(core, hosted, (uint16_t)slot, join, effects)) {
        refuse(effects, ENGINE_REFUSAL_FULL);
        return;
    }
    match_request_rate(&hosted->match, (uint16_t)slot, divisor);
    effect_of(effects, ENGINE_ANSWER_JOINED, hosted)->slot = (uint16_t)slot;
    engine_core_check(core);
}

static const struct seat_entry *find_seat(const struct engine_core *core, const char *gateway, uint64_t session)
{
    uint32_t peer = peers_find(&core->peers, gateway);
    return peer == PEERS_NONE ? NULL : seat_index_find(&core->seats, session, peer);
}

void engine_core_leave(struct engine_core *core, const char *gateway, uint64_t session, const char *reason,
                       struct engine_effects *effects)
{
    REQUIRE(engine_core_has_room(effects));
    const struct seat_entry *entry = find_seat(core, gateway, session);
    if (entry != NULL) {
        unseat(core, &core->matches.items[entry->match], entry->slot, reason, effects);
        engine_core_check(core);
    }
}

enum input_verdict engine_core_input(struct engine_core *core, uint32_t peer, const struct engine_input *input)
{
    REQUIRE(peer < PEERS_MAX || peer == PEERS_NONE);
    const struct seat_entry *entry = peer == PEERS_NONE ? NULL : seat_index_find(&core->seats, input->session, peer);
    if (entry == NULL) {
        return INPUT_UNKNOWN;
    }
    struct match *match = &core->matches.items[entry->match].match;
    if (input->skipped > 0) {
        match_feedback(match, entry->slot, input->skipped, input->written_tick);
    }
    uint32_t divisor = input->has_rate ? divisor_for(core, input->rate_hz) : 0;
    if (divisor != 0) {
        match_request_rate(match, entry->slot, divisor);
    }
    return input->size > 0 ? match_input(match, entry->slot, input->bytes, input->size) : INPUT_VERDICTS;
}

/* ---- chat --------------------------------------------------------------------------------------- */

static void send_line(struct engine_core *core, const struct hosted_match *hosted, const struct chat_line *line,
                      struct engine_effects *effects)
{
    struct peer_set hearers = {{0}};
    for (uint16_t slot = 0; slot < hosted->match.seat_count; slot++) {
        if (chat_hears(&hosted->match, line, slot)) {
            peer_set_add(&hearers, hosted->match.seats[slot].peer);
        }
    }
    effect_of(effects, ENGINE_ANSWER_SAID, hosted)->line = *line;
    for (uint32_t peer = 0; peer < core->peers.used; peer++) {
        if (peer_set_has(&hearers, peer)) {
            struct engine_effect *effect = effect_of(effects, ENGINE_SEND_SAID, hosted);
            effect->peer = peer;
            effect->line = *line;
        }
    }
    effect_of(effects, ENGINE_AUDIT_SAID, hosted)->line = *line;
}

enum chat_verdict engine_core_say(struct engine_core *core, const struct engine_say *say, uint64_t now_ms,
                                  struct engine_effects *effects)
{
    static const enum engine_refusal refusals[CHAT_VERDICTS] = {[CHAT_BAD_TEXT] = ENGINE_REFUSAL_BAD_TEXT,
                                                                [CHAT_BAD_CHANNEL] = ENGINE_REFUSAL_BAD_CHANNEL,
                                                                [CHAT_TOO_MANY] = ENGINE_REFUSAL_TOO_MANY_LINES};
    REQUIRE(engine_core_has_room(effects));
    const struct seat_entry *entry = find_seat(core, say->gateway, say->session);
    if (entry == NULL) {
        refuse(effects, ENGINE_REFUSAL_NO_SESSION);
        return CHAT_VERDICTS;
    }
    struct hosted_match *hosted = &core->matches.items[entry->match];
    const struct chat_line line = {.slot = entry->slot, .channel = say->channel, .text = say->text, .size = say->size};
    enum chat_verdict verdict = chat_say(&hosted->match, &line, now_ms);
    if (verdict == CHAT_SAID) {
        send_line(core, hosted, &line, effects);
    } else {
        refuse(effects, refusals[verdict]);
    }
    return verdict;
}

/* ---- spectators --------------------------------------------------------------------------------- */

static void drop_subscriber(struct engine_core *core, struct hosted_match *hosted, uint32_t peer)
{
    for (uint32_t i = 0; i < hosted->subscriber_count; i++) {
        if (hosted->subscribers[i] == peer) {
            hosted->subscriber_count--;
            memory_move(&hosted->subscribers[i], &hosted->subscribers[i + 1],
                        (hosted->subscriber_count - i) * sizeof hosted->subscribers[0]);
            peers_release(&core->peers, peer);
            core->subscriber_count--;
            return;
        }
    }
}

void engine_core_subscribe(struct engine_core *core, const char *spectator, const char *match_id,
                           struct engine_effects *effects)
{
    REQUIRE(engine_core_has_room(effects));
    if (match_id == NULL) {
        refuse(effects, ENGINE_REFUSAL_BAD_SUBSCRIBE);
        return;
    }
    struct hosted_match *hosted =
        match_id[0] == '\0' ? hosted_matches_busiest(&core->matches) : hosted_matches_find(&core->matches, match_id);
    if (hosted == NULL) {
        refuse(effects, ENGINE_REFUSAL_NO_MATCH);
        return;
    }
    uint32_t peer = peers_hold(&core->peers, spectator);
    if (peer == PEERS_NONE) {
        refuse(effects, ENGINE_REFUSAL_FULL);
        return;
    }
    drop_subscriber(core, hosted, peer);
    if (hosted->subscriber_count == HOSTED_MATCH_SUBSCRIBERS) {
        drop_subscriber(core, hosted, hosted->subscribers[0]);
    }
    hosted->subscribers[hosted->subscriber_count++] = peer;
    core->subscriber_count++;
    effect_of(effects, ENGINE_SUBSCRIBED, hosted)->peer = peer;
    (void)effect_of(effects, ENGINE_ANSWER_SUBSCRIBED, hosted);
    engine_core_check(core);
}

void engine_core_unsubscribe(struct engine_core *core, const char *spectator, const char *match_id)
{
    uint32_t peer = peers_find(&core->peers, spectator);
    struct hosted_match *hosted = match_id == NULL ? NULL : hosted_matches_find(&core->matches, match_id);
    if (hosted != NULL && peer != PEERS_NONE) {
        drop_subscriber(core, hosted, peer);
        engine_core_check(core);
    }
}

/* ---- the worker --------------------------------------------------------------------------------- */

void engine_core_forget_match(struct engine_core *core, struct hosted_match *hosted)
{
    for (uint16_t slot = 0; slot < hosted->match.seat_count; slot++) {
        const struct match_seat *seat = &hosted->match.seats[slot];
        if (seat->session != 0) {
            seat_index_remove(&core->seats, seat->session, seat->peer);
            peers_release(&core->peers, seat->peer);
        }
    }
    while (hosted->subscriber_count > 0) {
        drop_subscriber(core, hosted, hosted->subscribers[0]);
    }
    hosted_matches_remove(&core->matches, hosted);
    engine_core_check(core);
}

/* True: there was no room for all. */
static bool unseat_peer(struct engine_core *core, struct hosted_match *hosted, uint32_t peer,
                        struct engine_effects *effects)
{
    for (uint16_t slot = 0; slot < hosted->match.seat_count; slot++) {
        const struct match_seat *seat = &hosted->match.seats[slot];
        if (seat->session == 0 || seat->peer != peer) {
            continue;
        }
        if (effects->count == ENGINE_EFFECTS_MAX) {
            return true;
        }
        unseat(core, hosted, slot, "GATEWAY_LOST", effects);
    }
    drop_subscriber(core, hosted, peer);
    return false;
}

static bool lose_peer(struct engine_core *core, uint32_t peer, struct engine_effects *effects)
{
    if (!engine_core_has_room(effects)) {
        return true;
    }
    if (core->lost_peer != peer) {
        core->lost_peer = peer;
        engine_core_effect(effects, ENGINE_PEER_LOST)->peer = peer;
    }
    for (uint32_t i = 0; i < core->matches.places; i++) {
        struct hosted_match *hosted = &core->matches.items[i];
        if (hosted->is_used && unseat_peer(core, hosted, peer, effects)) {
            return true;
        }
    }
    core->lost_peer = PEERS_NONE;
    return false;
}

bool engine_core_peers(struct engine_core *core, const struct peer_list *lists, size_t count, uint64_t age_ms,
                       uint64_t now_ms, struct engine_effects *effects)
{
    if (!peers_follow(&core->peers, lists, count, age_ms, now_ms)) {
        return false; /* it is Redis that is away */
    }
    for (uint32_t peer = 0; peer < core->peers.used; peer++) {
        if (peers_is_gone(&core->peers, peer, now_ms) && lose_peer(core, peer, effects)) {
            return true;
        }
    }
    engine_core_check(core);
    return false;
}

void engine_core_drain(struct engine_core *core, uint32_t timeout_ms, uint64_t now_ms, struct engine_effects *effects)
{
    REQUIRE(engine_core_has_room(effects));
    bool has_reserve = timeout_ms > 2 * ENGINE_DRAIN_RESERVE_MS;
    core->is_draining = true;
    core->drain_end_ms = now_ms + (has_reserve ? timeout_ms - ENGINE_DRAIN_RESERVE_MS : timeout_ms / 2);
    if (core->matches.count == 0) {
        (void)engine_core_effect(effects, ENGINE_DRAINED);
    }
}
