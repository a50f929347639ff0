/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/upstream.h"

#include "libcommon/runtime/telemetry/clock.h"
#include "proto/spectate.pb-c.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

enum request_kind { CREATE_TICKET, CANCEL_TICKET, JOIN, WATCH, SAY };

/* What a kind of request means where it fails. */
static const struct {
    const char *name;
    const char *away_code; /* no answer */
    const char *away_message;
    enum session_event failed; /* SESSION_EVENT_COUNT: the state stays */
} kinds[] = {
    [CREATE_TICKET] = {"create_ticket", "MATCHMAKER_UNAVAILABLE", "the matchmaker does not answer",
                       SESSION_LOST_TICKET},
    [CANCEL_TICKET] = {"cancel_ticket", "MATCHMAKER_UNAVAILABLE", "the matchmaker does not answer",
                       SESSION_EVENT_COUNT},
    [JOIN] = {"join_match", "GAME_NOT_FOUND", "the match's engine does not answer", SESSION_LEFT_MATCH},
    [WATCH] = {"watch_match", "SPECTATOR_UNAVAILABLE", "no spectator answers", SESSION_LEFT_WATCH},
    [SAY] = {"chat", "GAME_NOT_FOUND", "the match's engine does not answer", SESSION_EVENT_COUNT},
};

/* A request on its way. */
struct pending {
    struct gateway *gateway;
    uint64_t session_id; /* 0: nobody waits for the answer */
    uint32_t attempt;
    uint32_t cid;
    enum request_kind kind;
    char peer[MAILBOX_URL_MAX];
};

/* ---- leaving ----------------------------------------------------------------------------------- */

void upstream_detach(struct gateway *gateway, struct session *session, enum session_event event)
{
    if (!session_step(session, event)) {
        return;
    }
    if (event == SESSION_LEFT_WATCH) {
        gateway->watchers--;
    }
    stream_leave(&gateway->streams, session);
    if (session->peer != SESSION_NONE) {
        backends_release(&gateway->backends, session->peer);
        session->peer = SESSION_NONE;
    }
    session->attempt++;
}

static void post(struct gateway *gateway, const char *peer, Mma__MessageType type, const ProtobufCMessage *message)
{
    enum status status = mailbox_post(gateway->mailbox, peer, MAILBOX_PUBLISH, type, (struct trace_id){0}, message);
    if (status != STATUS_OK) {
        log_warning("message.lost", LOG_U64("type", (uint64_t)type), LOG_TEXT("peer", peer), LOG_STATUS(status));
    }
}

static void post_leave(struct gateway *gateway, const char *engine, uint64_t session_id, const char *reason)
{
    char text[16];
    (void)snprintf(text, sizeof text, "%s", reason);
    Mma__Leave leave;
    mma__leave__init(&leave);
    leave.session_id = session_id;
    leave.reason = text;
    post(gateway, engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_LEAVE, &leave.base);
}

static void post_unwatch(struct gateway *gateway, const char *spectator, uint64_t session_id, uint64_t stream_id)
{
    Mma__Unwatch unwatch;
    mma__unwatch__init(&unwatch);
    unwatch.session_id = session_id;
    unwatch.stream_id = stream_id;
    post(gateway, spectator, MMA__MESSAGE_TYPE__MESSAGE_TYPE_UNWATCH, &unwatch.base);
}

static void leave(struct gateway *gateway, struct session *session, const char *reason)
{
    post_leave(gateway, gateway->backends.items[session->peer].mailbox, session->id, reason);
    upstream_detach(gateway, session, SESSION_LEFT_MATCH);
}

static void stop_watching(struct gateway *gateway, struct session *session)
{
    if (session->stream != SESSION_NONE) { /* else the answer is still to come, and will be undone */
        post_unwatch(gateway, gateway->backends.items[session->peer].mailbox, session->id,
                     gateway->streams.streams[session->stream].id);
    }
    upstream_detach(gateway, session, SESSION_LEFT_WATCH);
}

void upstream_leave(struct client *client)
{
    leave(client->gateway, client->session, "CONSENTED");
}

void upstream_stop_watching(struct client *client)
{
    stop_watching(client->gateway, client->session);
}

/* ---- answers ----------------------------------------------------------------------------------- */

static void send_ticket(struct client *client, uint32_t cid, Mma__Ticket *ticket)
{
    Mma__ServerMessage message;
    mma__server_message__init(&message);
    message.cid = cid;
    message.body_case = MMA__SERVER_MESSAGE__BODY_TICKET;
    message.ticket = ticket;
    client_send(client, &message);
}

static void on_ticket(struct pending *pending, struct client *client, const struct mailbox_envelope *reply)
{
    Mma__Ticket *ticket = mma__ticket__unpack(NULL, reply->payload_size, reply->payload);
    if (ticket == NULL || client == NULL) {
        if (ticket != NULL) {
            mma__ticket__free_unpacked(ticket, NULL);
        }
        return;
    }
    if (pending->kind == CANCEL_TICKET) {
        (void)session_step(client->session, SESSION_LOST_TICKET);
    }
    send_ticket(client, pending->cid, ticket);
    mma__ticket__free_unpacked(ticket, NULL);
}

static void on_joined(struct pending *pending, struct client *client, const struct mailbox_envelope *reply)
{
    Mma__Joined *joined = mma__joined__unpack(NULL, reply->payload_size, reply->payload);
    bool is_good = joined != NULL && joined->joined != NULL;
    if (client == NULL || !is_good || !session_step(client->session, SESSION_DID_JOIN)) {
        post_leave(pending->gateway, pending->peer, pending->session_id, "DROPPED");
    } else {
        session_begin_snapshots(client->session);
        pending->gateway->backends.items[client->session->peer].heard_ms = clock_monotonic_ms();
        Mma__ServerMessage message;
        mma__server_message__init(&message);
        message.cid = pending->cid;
        message.body_case = MMA__SERVER_MESSAGE__BODY_MATCH_JOINED;
        message.match_joined = joined->joined;
        log_info("match.joined", LOG_TRACE(client->trace), LOG_TEXT("match", joined->joined->match_id),
                 LOG_ID("session", client->session->id), LOG_TEXT("player", client->session->player_id));
        client_send(client, &message);
    }
    if (joined != NULL) {
        mma__joined__free_unpacked(joined, NULL);
    }
}

static bool enter_stream(struct client *client, const Mma__WatchingStream *watching)
{
    struct gateway *gateway = client->gateway;
    struct session *session = client->session;
    struct backend *peer = &gateway->backends.items[session->peer];
    struct stream named = {.id = watching->stream_id, .spectator_key = peer->key, .peer = session->peer};
    memcpy(named.match_id, watching->watching->match_id, strnlen(watching->watching->match_id, 32));
    peer->heard_ms = clock_monotonic_ms();
    return session->state == SESSION_WATCHING && session->stream == SESSION_NONE &&
           stream_enter(&gateway->streams, &named, session) == STATUS_OK;
}

static void on_watching(struct pending *pending, struct client *client, const struct mailbox_envelope *reply)
{
    Mma__WatchingStream *watching = mma__watching_stream__unpack(NULL, reply->payload_size, reply->payload);
    if (watching == NULL) {
        return;
    }
    if (client == NULL || watching->watching == NULL || !enter_stream(client, watching)) {
        post_unwatch(pending->gateway, pending->peer, pending->session_id, watching->stream_id);
    } else {
        Mma__ServerMessage message;
        mma__server_message__init(&message);
        message.cid = pending->cid;
        message.body_case = MMA__SERVER_MESSAGE__BODY_WATCHING;
        message.watching = watching->watching;
        client_send(client, &message);
    }
    mma__watching_stream__free_unpacked(watching, NULL);
}

static void on_said(struct pending *pending, struct client *client, const struct mailbox_envelope *reply)
{
    Mma__Said *said = mma__said__unpack(NULL, reply->payload_size, reply->payload);
    if (client != NULL && said != NULL && said->message != NULL) {
        Mma__ServerMessage message;
        mma__server_message__init(&message);
        message.cid = pending->cid;
        message.body_case = MMA__SERVER_MESSAGE__BODY_CHAT_MESSAGE;
        message.chat_message = said->message;
        client_send(client, &message);
    }
    mma__said__free_unpacked(said, NULL); /* takes NULL */
}

static void on_failed(struct pending *pending, struct client *client, enum status status,
                      const struct mailbox_envelope *reply)
{
    if (pending->kind == JOIN && reply == NULL) { /* it may have been seated all the same */
        post_leave(pending->gateway, pending->peer, pending->session_id, "DROPPED");
    }
    if (client == NULL) {
        return;
    }
    if (kinds[pending->kind].failed != SESSION_EVENT_COUNT) {
        upstream_detach(pending->gateway, client->session, kinds[pending->kind].failed);
    }
    Mma__Refusal *refusal = reply == NULL ? NULL : mma__refusal__unpack(NULL, reply->payload_size, reply->payload);
    if (refusal != NULL) {
        client_error(client, pending->cid, refusal->reason, kinds[pending->kind].name, refusal->message);
        mma__refusal__free_unpacked(refusal, NULL);
        return;
    }
    log_warning("request.failed", LOG_TEXT("request", kinds[pending->kind].name), LOG_TEXT("peer", pending->peer),
                LOG_STATUS(status));
    client_error(client, pending->cid, kinds[pending->kind].away_code, kinds[pending->kind].name,
                 kinds[pending->kind].away_message);
}

static void on_reply(void *owner, enum status status, const struct mailbox_envelope *reply)
{
    struct pending *pending = owner;
    struct client *client = client_find(pending->gateway, pending->session_id);
    if (client != NULL && client->session->attempt != pending->attempt) {
        client = NULL; /* it has gone on to something else */
    }
    if (pending->gateway->is_stopping) {
        free(pending);
        return;
    }
    if (status != STATUS_OK) {
        on_failed(pending, client, status, reply);
    } else if (pending->kind == JOIN) {
        on_joined(pending, client, reply);
    } else if (pending->kind == WATCH) {
        on_watching(pending, client, reply);
    } else if (pending->kind == SAY) {
        on_said(pending, client, reply);
    } else {
        on_ticket(pending, client, reply);
    }
    free(pending);
}

/* ---- requests ---------------------------------------------------------------------------------- */

/* client NULL: nobody waits for the answer. */
static void ask(struct gateway *gateway, struct client *client, uint32_t cid, enum request_kind kind, const char *peer,
                Mma__MessageType type, const ProtobufCMessage *message)
{
    struct pending *pending = calloc(1, sizeof *pending);
    if (pending == NULL) {
        return;
    }
    *pending = (struct pending){.gateway = gateway, .cid = cid, .kind = kind};
    if (client != NULL) {
        pending->session_id = client->session->id;
        pending->attempt = client->session->attempt;
    }
    memcpy(pending->peer, peer, strnlen(peer, sizeof pending->peer - 1));
    struct trace_id trace = client == NULL ? (struct trace_id){0} : client->trace;
    enum status status = peer[0] == '\0' ? STATUS_UNAVAILABLE
                                         : mailbox_request(gateway->mailbox, peer, type, trace, message,
                                                           gateway->settings->request_timeout_ms, on_reply, pending);
    if (status != STATUS_OK) {
        on_failed(pending, client, status, NULL);
        free(pending);
    }
}

/* The first matchmaker by mailbox name that takes work; "" when there is none. */
static const char *matchmaker_of(const struct gateway *gateway)
{
    size_t count;
    const struct registry_entry *entries = registry_list(gateway->registry, ROLE_MATCHMAKER, &count);
    for (size_t i = 0; i < count; i++) {
        if (!entries[i].draining) {
            return entries[i].mailbox;
        }
    }
    return "";
}

/* The spectator with the fewest viewers; "" when there is none. */
static const char *spectator_of(const struct gateway *gateway)
{
    size_t count;
    const struct registry_entry *entries = registry_list(gateway->registry, ROLE_SPECTATOR, &count);
    const struct registry_entry *best = NULL;
    for (size_t i = 0; i < count; i++) {
        if (!entries[i].draining && (best == NULL || entries[i].players < best->players)) {
            best = &entries[i];
        }
    }
    return best == NULL ? "" : best->mailbox;
}

void upstream_create_ticket(struct client *client, uint32_t cid, Mma__CreateTicket *ticket)
{
    struct session *session = client->session;
    Mma__RegionLatency here;
    mma__region_latency__init(&here);
    Mma__RegionLatency *only_here[] = {&here};
    Mma__CreateTicket request = *ticket;
    here.region = borrow_text(daemon_settings(client->gateway->daemon)->region);
    request.player_id = session->player_id;
    request.session_id = session->id;
    if (request.n_latencies == 0) {
        request.n_latencies = 1;
        request.latencies = only_here;
    }
    REQUIRE(session_step(session, SESSION_ASKED_TICKET));
    session->attempt++;
    ask(client->gateway, client, cid, CREATE_TICKET, matchmaker_of(client->gateway),
        MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_TICKET, &request.base);
}

static void cancel_ticket(struct gateway *gateway, struct client *client, uint32_t cid, const char *ticket_id,
                          const char *player_id)
{
    Mma__CancelTicket request;
    mma__cancel_ticket__init(&request);
    request.ticket_id = borrow_text(ticket_id);
    request.player_id = borrow_text(player_id);
    const char *matchmaker = matchmaker_of(gateway);
    if (client == NULL && matchmaker[0] == '\0') {
        return;
    }
    ask(gateway, client, cid, CANCEL_TICKET, matchmaker, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CANCEL_TICKET, &request.base);
}

void upstream_cancel_ticket(struct client *client, uint32_t cid, Mma__CancelTicket *ticket)
{
    cancel_ticket(client->gateway, client, cid, ticket->ticket_id, client->session->player_id);
}

void upstream_join(struct client *client, uint32_t cid, const struct jwt_claims *seat, uint32_t rate_hz)
{
    struct gateway *gateway = client->gateway;
    struct session *session = client->session;
    uint32_t peer = backends_take(&gateway->backends, seat->engine, ROLE_ENGINE, clock_monotonic_ms());
    if (peer == HASH_INDEX_NONE) {
        client_error(client, cid, "GAME_NOT_FOUND", "join_match", "this gateway knows too many engines");
        return;
    }
    REQUIRE(session_step(session, SESSION_ASKED_JOIN));
    session->peer = peer;
    session->attempt++;
    Mma__Join request;
    mma__join__init(&request);
    request.match_id = borrow_text(seat->match_id);
    request.player_id = session->player_id;
    request.session_id = session->id;
    request.rate_hz = rate_hz;
    ask(gateway, client, cid, JOIN, seat->engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN, &request.base);
}

void upstream_watch(struct client *client, uint32_t cid, const Mma__WatchMatch *watch)
{
    struct gateway *gateway = client->gateway;
    struct session *session = client->session;
    const char *spectator = spectator_of(gateway);
    uint32_t peer = backends_take(&gateway->backends, spectator, ROLE_SPECTATOR, clock_monotonic_ms());
    if (peer == HASH_INDEX_NONE) {
        client_error(client, cid, kinds[WATCH].away_code, "watch_match", kinds[WATCH].away_message);
        return;
    }
    REQUIRE(session_step(session, SESSION_ASKED_WATCH));
    gateway->watchers++;
    session->peer = peer;
    session->attempt++;
    Mma__Watch request;
    mma__watch__init(&request);
    request.session_id = session->id;
    request.match_id = watch->match_id;
    request.rate_hz = watch->rate_hz;
    ask(gateway, client, cid, WATCH, spectator, MMA__MESSAGE_TYPE__MESSAGE_TYPE_WATCH, &request.base);
}

void upstream_chat(struct client *client, uint32_t cid, const Mma__Chat *chat)
{
    struct gateway *gateway = client->gateway;
    Mma__Say request;
    mma__say__init(&request);
    request.session_id = client->session->id;
    request.channel = chat->channel;
    request.text = chat->text;
    ask(gateway, client, cid, SAY, gateway->backends.items[client->session->peer].mailbox,
        MMA__MESSAGE_TYPE__MESSAGE_TYPE_SAY, &request.base);
}

void upstream_end(struct gateway *gateway, struct session *session, const char *reason)
{
    struct session_cleanup debts = session_cleanup(session);
    if (gateway->is_stopping) {
        return; /* the mailbox is gone */
    }
    if (debts.cancel_ticket) {
        cancel_ticket(gateway, NULL, 0, "", session->player_id);
    }
    if (debts.leave_match) {
        leave(gateway, session, reason);
    }
    if (debts.unwatch) {
        stop_watching(gateway, session);
    }
}

/* ---- inputs ------------------------------------------------------------------------------------ */

static void post_batch(struct gateway *gateway, struct backend *peer)
{
    struct input_batch *batch = peer->inputs;
    if (batch == NULL || batch->count == 0) {
        return;
    }
    Mma__Inputs inputs;
    mma__inputs__init(&inputs);
    inputs.n_inputs = batch->count;
    inputs.inputs = batch->pointers;
    enum status status = mailbox_post(gateway->mailbox, peer->mailbox, MAILBOX_REALTIME,
                                      MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS, (struct trace_id){0}, &inputs.base);
    gateway->counts.inputs[status == STATUS_OK ? INPUT_FORWARDED : INPUT_LOST] += batch->count;
    batch->count = 0;
}

void upstream_post_inputs(struct gateway *gateway)
{
    for (uint32_t i = 0; i < gateway->backends.used; i++) {
        post_batch(gateway, &gateway->backends.items[i]);
    }
}

static void on_batch_timer(uv_timer_t *timer)
{
    upstream_post_inputs(timer->data);
}

/* A row of the session's in its engine's next batch; NULL, and counted, where there is no room. */
static Mma__SessionInput *add_row(struct client *client, const uint8_t *bytes, size_t size)
{
    struct gateway *gateway = client->gateway;
    struct session *session = client->session;
    struct backend *peer = &gateway->backends.items[session->peer];
    Mma__SessionInput *item = backends_add_input(peer, bytes, size);
    if (item == NULL) {
        post_batch(gateway, peer);
        item = backends_add_input(peer, bytes, size);
    }
    if (item == NULL) {
        gateway->counts.inputs[INPUT_LOST]++;
        return NULL;
    }
    item->session_id = session->id;
    item->skipped = session_take_skipped(session);
    item->written_tick = item->skipped > 0 ? session->written_tick : 0;
    if (!uv_is_active((const uv_handle_t *)&gateway->batch_timer)) {
        (void)uv_timer_start(&gateway->batch_timer, on_batch_timer, gateway->settings->batch_delay_ms, 0);
    }
    return item;
}

void upstream_input(struct client *client, const uint8_t *bytes, size_t size)
{
    (void)add_row(client, bytes, size);
}

/* Goes at once: the row borrows what it says. */
void upstream_set_rate(struct client *client, uint32_t rate_hz)
{
    Mma__SetRate set_rate;
    mma__set_rate__init(&set_rate);
    set_rate.rate_hz = rate_hz;
    Mma__SessionInput *item = add_row(client, NULL, 0);
    if (item != NULL) {
        item->set_rate = &set_rate;
        post_batch(client->gateway, &client->gateway->backends.items[client->session->peer]);
    }
}

/* ---- peers that are gone ----------------------------------------------------------------------- */

static bool is_listed(const struct gateway *gateway, const struct backend *peer)
{
    size_t count;
    const struct registry_entry *entries = registry_list(gateway->registry, peer->role, &count);
    for (size_t i = 0; i < count; i++) {
        if (strcmp(entries[i].mailbox, peer->mailbox) == 0) {
            return true;
        }
    }
    return false;
}

static bool is_lost(const struct gateway *gateway, const struct backend *peer, uint64_t now_ms)
{
    uint64_t silent_ms = now_ms - peer->heard_ms;
    uint64_t lost_ms = gateway->settings->peer_lost_ms;
    if (silent_ms < lost_ms) {
        return false;
    }
    if (registry_age_ms(gateway->registry) < REGISTRY_LIFETIME_MS) {
        return !is_listed(gateway, peer); /* one that hangs is not listed either */
    }
    /* The registry is away, so silence must do. A spectator may have to wait out its delay, and says nothing of it. */
    return strcmp(peer->role, ROLE_ENGINE) == 0 && silent_ms >= 3 * lost_ms;
}

static void tell_lost(struct client *client)
{
    struct gateway *gateway = client->gateway;
    struct session *session = client->session;
    if (session->state == SESSION_JOINED) {
        upstream_detach(gateway, session, SESSION_LEFT_MATCH);
        client_error(client, 0, "GAME_NOT_FOUND", "", "the match's engine is gone");
    } else if (session->state == SESSION_WATCHING && session->stream != SESSION_NONE) {
        Mma__WatchEnded ended;
        mma__watch_ended__init(&ended);
        Mma__ServerMessage message;
        mma__server_message__init(&message);
        char match_id[33];
        memcpy(match_id, gateway->streams.streams[session->stream].match_id, sizeof match_id);
        ended.match_id = match_id;
        ended.reason = borrow_text("SPECTATOR_LOST");
        message.body_case = MMA__SERVER_MESSAGE__BODY_WATCH_ENDED;
        message.watch_ended = &ended;
        upstream_detach(gateway, session, SESSION_LEFT_WATCH);
        client_send(client, &message);
    }
}

void upstream_sweep(struct gateway *gateway, uint64_t now_ms)
{
    for (uint32_t i = 0; i < gateway->backends.used; i++) {
        struct backend *peer = &gateway->backends.items[i];
        if (peer->users == 0 || !is_lost(gateway, peer, now_ms)) {
            continue;
        }
        log_warning("peer.lost", LOG_TEXT("peer", peer->mailbox), LOG_TEXT("role", peer->role),
                    LOG_U64("sessions", peer->users));
        for (uint32_t slot = 0; slot < gateway->sessions.capacity; slot++) {
            struct client *client = gateway->clients[slot];
            if (client != NULL && client->session->peer == i) {
                tell_lost(client);
            }
        }
    }
}
