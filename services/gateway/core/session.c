/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/core/session.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/text.h"

_Static_assert(SESSION_STATE_COUNT <= 32, "states fit into the masks below");

#define IN(state) (1u << SESSION_##state)

static const uint32_t admitted_in[SESSION_MESSAGE_COUNT] = {
    [SESSION_SAYS_AUTHENTICATE] = IN(CONNECTING),
    [SESSION_SAYS_INPUT] = IN(JOINED),
    [SESSION_SAYS_CREATE_TICKET] = IN(AUTHENTICATED) | IN(MATCHED),
    [SESSION_SAYS_CANCEL_TICKET] = IN(AUTHENTICATED) | IN(QUEUED) | IN(MATCHED),
    [SESSION_SAYS_JOIN_MATCH] = IN(AUTHENTICATED) | IN(QUEUED) | IN(MATCHED),
    [SESSION_SAYS_LEAVE_MATCH] = IN(JOINING) | IN(JOINED),
    [SESSION_SAYS_WATCH_MATCH] = IN(AUTHENTICATED),
    [SESSION_SAYS_STOP_WATCHING] = IN(WATCHING),
    [SESSION_SAYS_PING] = IN(AUTHENTICATED) | IN(QUEUED) | IN(MATCHED) | IN(JOINING) | IN(JOINED) | IN(WATCHING),
    [SESSION_SAYS_CHAT] = IN(JOINED),
    [SESSION_SAYS_SET_RATE] = IN(JOINED),
};

/* A match or stream may end while these are on their way. */
static const bool may_be_late[SESSION_MESSAGE_COUNT] = {[SESSION_SAYS_INPUT] = true,
                                                        [SESSION_SAYS_LEAVE_MATCH] = true,
                                                        [SESSION_SAYS_STOP_WATCHING] = true,
                                                        [SESSION_SAYS_SET_RATE] = true};

static const struct {
    uint32_t from;
    enum session_state to;
} steps[SESSION_EVENT_COUNT] = {
    [SESSION_DID_AUTHENTICATE] = {IN(CONNECTING), SESSION_AUTHENTICATED},
    [SESSION_ASKED_TICKET] = {IN(AUTHENTICATED) | IN(MATCHED), SESSION_QUEUED},
    [SESSION_LOST_TICKET] = {IN(QUEUED), SESSION_AUTHENTICATED},
    [SESSION_FOUND_MATCH] = {IN(AUTHENTICATED) | IN(QUEUED) | IN(MATCHED), SESSION_MATCHED},
    [SESSION_ASKED_JOIN] = {IN(AUTHENTICATED) | IN(QUEUED) | IN(MATCHED), SESSION_JOINING},
    [SESSION_DID_JOIN] = {IN(JOINING), SESSION_JOINED},
    [SESSION_LEFT_MATCH] = {IN(JOINING) | IN(JOINED), SESSION_AUTHENTICATED},
    [SESSION_ASKED_WATCH] = {IN(AUTHENTICATED), SESSION_WATCHING},
    [SESSION_LEFT_WATCH] = {IN(WATCHING), SESSION_AUTHENTICATED},
};

const char *session_message_name(enum session_message message)
{
    static const char *const names[SESSION_MESSAGE_COUNT] = {
        "authenticate", "input",         "create_ticket", "cancel_ticket", "join_match", "leave_match",
        "watch_match",  "stop_watching", "ping",          "chat",          "set_rate",
    };
    REQUIRE(message < SESSION_MESSAGE_COUNT);
    return names[message];
}

enum session_verdict session_admit(const struct session *session, enum session_message message)
{
    REQUIRE(message < SESSION_MESSAGE_COUNT && session->state < SESSION_CLOSED);
    if ((admitted_in[message] >> session->state) & 1u) {
        return SESSION_ADMIT;
    }
    if (session->state == SESSION_CONNECTING) {
        return SESSION_UNAUTHORIZED;
    }
    return may_be_late[message] ? SESSION_IGNORE : SESSION_INVALID_STATE;
}

bool session_step(struct session *session, enum session_event event)
{
    REQUIRE(event < SESSION_EVENT_COUNT && session->state < SESSION_STATE_COUNT);
    if (((steps[event].from >> session->state) & 1u) == 0) {
        return false;
    }
    session->state = steps[event].to;
    return true;
}

struct session_cleanup session_cleanup(const struct session *session)
{
    return (struct session_cleanup){
        .cancel_ticket = session->state == SESSION_QUEUED,
        .leave_match = session->state == SESSION_JOINING || session->state == SESSION_JOINED,
        .unwatch = session->state == SESSION_WATCHING,
    };
}

void session_begin_snapshots(struct session *session)
{
    session->written_tick = 0;
    session->skipped = 0;
}

bool session_offer_snapshot(struct session *session, uint32_t tick, uint32_t baseline_tick, bool is_backed_up)
{
    bool follows = baseline_tick == 0 || baseline_tick == session->written_tick;
    if (is_backed_up || !follows) {
        session->skipped++;
        return false;
    }
    session->written_tick = tick;
    return true;
}

uint32_t session_take_skipped(struct session *session)
{
    uint32_t skipped = session->skipped;
    session->skipped = 0;
    return skipped;
}

/* ---- table ------------------------------------------------------------------------------------- */

/* id = salt (24 bits) | generation (24 bits) | slot (16 bits). */
#define SLOT_BITS       16u
#define GENERATION_BITS 24u
#define SLOT_MASK       ((1u << SLOT_BITS) - 1u)
#define GENERATION_MASK ((1u << GENERATION_BITS) - 1u)

static uint64_t player_key(const struct session_table *table, const char *player_id)
{
    return hash_text(table->salt, player_id); /* salted: nobody can choose player ids that meet in one place */
}

size_t session_table_bytes(uint32_t capacity)
{
    return arena_bytes(capacity * sizeof(struct session)) + arena_bytes(capacity * sizeof(uint32_t)) +
           arena_bytes(hash_index_bytes(capacity));
}

void session_table_init(struct session_table *table, uint32_t capacity, uint64_t salt, void *memory)
{
    REQUIRE(capacity > 0 && capacity <= SESSION_SLOTS_MAX);
    struct arena arena;
    REQUIRE(memory != NULL);
    arena_init(&arena, memory, session_table_bytes(capacity));
    *table = (struct session_table){.capacity = capacity, .salt = salt};
    table->sessions = arena_take_zeroed(&arena, capacity, sizeof(struct session));
    table->free_slots = arena_take(&arena, capacity * sizeof(uint32_t));
    hash_index_init(&table->players, capacity, arena_take(&arena, hash_index_bytes(capacity)));
    for (uint32_t slot = 0; slot < capacity; slot++) {
        table->free_slots[slot] = slot;
    }
}

struct session *session_table_open(struct session_table *table)
{
    if (table->count == table->capacity) {
        return NULL;
    }
    uint32_t slot = table->free_slots[table->free_first];
    table->free_first = (table->free_first + 1) % table->capacity;
    table->count++;
    struct session *session = &table->sessions[slot];
    uint32_t generation = (session->generation + 1) & GENERATION_MASK;
    generation = generation == 0 ? 1 : generation; /* so that no id is 0 */
    *session = (struct session){.slot = slot,
                                .generation = generation,
                                .backend = SESSION_NONE,
                                .stream = SESSION_NONE,
                                .stream_next = SESSION_NONE,
                                .stream_previous = SESSION_NONE};
    session->id = (table->salt << (SLOT_BITS + GENERATION_BITS)) | ((uint64_t)generation << SLOT_BITS) | slot;
    return session;
}

void session_table_close(struct session_table *table, struct session *session)
{
    REQUIRE(session->id != 0);
    if (session->player_id[0] != '\0') {
        hash_index_remove(&table->players, session->player_key, session->slot);
    }
    session->id = 0;
    session->state = SESSION_CLOSED;
    table->free_slots[(table->free_first + table->capacity - table->count) % table->capacity] = session->slot;
    table->count--;
}

struct session *session_table_find(const struct session_table *table, uint64_t id)
{
    uint32_t slot = (uint32_t)(id & SLOT_MASK);
    if (id == 0 || slot >= table->capacity || table->sessions[slot].id != id) {
        return NULL;
    }
    return &table->sessions[slot];
}

struct session *session_table_find_player(const struct session_table *table, const char *player_id)
{
    uint64_t key = player_key(table, player_id);
    struct hash_index_walk walk = {0};
    for (;;) {
        uint32_t slot = hash_index_next(&table->players, key, &walk);
        if (slot == HASH_INDEX_NONE) {
            return NULL;
        }
        if (text_equal(table->sessions[slot].player_id, player_id)) {
            return &table->sessions[slot];
        }
    }
}

struct session *session_table_identify(struct session_table *table, struct session *session, const char *player_id)
{
    size_t size = text_size(player_id, SESSION_PLAYER_MAX) + 1;
    REQUIRE(size > 1 && size <= SESSION_PLAYER_MAX && session->player_id[0] == '\0');
    REQUIRE(session_step(session, SESSION_DID_AUTHENTICATE));
    struct session *older = session_table_find_player(table, player_id);
    memory_copy(session->player_id, player_id, size);
    session->player_key = player_key(table, player_id);
    hash_index_add(&table->players, session->player_key, session->slot);
    return older;
}
