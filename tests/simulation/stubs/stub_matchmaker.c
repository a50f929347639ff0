/* SPDX-License-Identifier: Apache-2.0 */
/* stub_matchmaker.c - stands in until node_matchmaker.c is there: pairs up whoever comes. */
#include "proto/durable.pb-c.h"
#include "proto/match.pb-c.h"
#include "tests/simulation/sim_tokens.h"
#include "tests/simulation/simulation.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define TICKETS_MAX 64

struct stub_ticket {
    struct stub *stub;
    bool is_used;
    Mma__TicketState state;
    char id[33], player_id[65], gateway[MAILBOX_URL_MAX], match_id[33], engine[MAILBOX_URL_MAX];
    uint64_t session_id, until_ms;
};

struct stub {
    struct sim_process *process;
    struct stub_ticket tickets[TICKETS_MAX];
};

static const struct trace_id no_trace;

static void fill(struct stub *stub, const struct stub_ticket *ticket, Mma__Ticket *message, Mma__Assignment *assignment,
                 char token[JWT_BYTES_MAX])
{
    mma__ticket__init(message);
    mma__assignment__init(assignment);
    message->id = (char *)(uintptr_t)ticket->id;
    message->player_id = (char *)(uintptr_t)ticket->player_id;
    message->state = ticket->state;
    if (ticket->state == MMA__TICKET_STATE__COMPLETED) {
        uint64_t now_s = sim_unix_ms(stub->process) / 1000;
        struct jwt_claims claims = {.expires_unix_s = now_s + 60};
        snprintf(claims.subject, sizeof(claims.subject), "%s", ticket->player_id);
        snprintf(claims.match_id, sizeof(claims.match_id), "%s", ticket->match_id);
        snprintf(claims.engine, sizeof(claims.engine), "%s", ticket->engine);
        enum status status = jwt_sign(sim_tokens_joins(), &claims, "mma-match", now_s, token, JWT_BYTES_MAX);
        REQUIRE(status == STATUS_OK);
        assignment->match_id = (char *)(uintptr_t)ticket->match_id;
        assignment->token = token;
        message->assignment = assignment;
    }
}

static void tell(struct stub *stub, struct stub_ticket *ticket)
{
    Mma__TicketUpdate update;
    Mma__Ticket message;
    Mma__Assignment assignment;
    char token[JWT_BYTES_MAX];
    mma__ticket_update__init(&update);
    fill(stub, ticket, &message, &assignment, token);
    update.session_id = ticket->session_id;
    update.ticket = &message;
    (void)!sim_post(stub->process, ticket->gateway, MAILBOX_PUBLISH, MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET_UPDATE,
                    no_trace, &update.base);
    ticket->is_used = ticket->state < MMA__TICKET_STATE__COMPLETED;
}

static void on_created(void *owner, enum status status, const struct mailbox_envelope *reply)
{
    struct stub_ticket *first = owner;
    char match_id[33];
    (void)reply;
    memcpy(match_id, first->match_id, sizeof(match_id));
    for (int i = 0; i < TICKETS_MAX; i++) {
        struct stub_ticket *ticket = &first->stub->tickets[i];
        if (ticket->is_used && strcmp(ticket->match_id, match_id) == 0) {
            ticket->state = status == STATUS_OK ? MMA__TICKET_STATE__COMPLETED : MMA__TICKET_STATE__FAILED;
            tell(first->stub, ticket);
        }
    }
}

static void place(struct stub *stub, struct stub_ticket *a, struct stub_ticket *b)
{
    size_t count;
    const struct registry_entry *engines = sim_registry_list(stub->process, "game-engine", &count);
    if (count == 0) {
        return;
    }
    const struct registry_entry *engine = &engines[sim_random_u64(stub->process) % count];
    Mma__CreateMatch create;
    Mma__Seat seats[2], *list[] = {&seats[0], &seats[1]};
    mma__create_match__init(&create);
    snprintf(a->match_id, sizeof(a->match_id), "%016llx%016llx", (unsigned long long)sim_random_u64(stub->process),
             (unsigned long long)sim_random_u64(stub->process));
    memcpy(b->match_id, a->match_id, sizeof(b->match_id));
    for (int i = 0; i < 2; i++) {
        struct stub_ticket *ticket = i == 0 ? a : b;
        mma__seat__init(&seats[i]);
        seats[i].player_id = ticket->player_id;
        ticket->state = MMA__TICKET_STATE__PLACING;
        memcpy(ticket->engine, engine->mailbox, sizeof(ticket->engine));
    }
    create.match_id = a->match_id;
    create.queue = (char *)(uintptr_t) "duel";
    create.mode = create.queue;
    create.seed = sim_random_u64(stub->process);
    create.time_limit_ticks = sim_settings(stub->process)->match_time_limit_ticks;
    create.seats = list;
    create.n_seats = 2;
    if (sim_request(stub->process, engine->mailbox, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH, no_trace,
                    &create.base, sim_settings(stub->process)->create_match_timeout_ms, on_created, a) != STATUS_OK) {
        a->state = b->state = MMA__TICKET_STATE__QUEUED;
        a->match_id[0] = b->match_id[0] = '\0';
    }
}

static void on_round(void *owner)
{
    struct stub *stub = owner;
    struct stub_ticket *waiting = NULL;
    (void)sim_timer_start(stub->process, sim_settings(stub->process)->match_round_ms, on_round, stub);
    for (int i = 0; i < TICKETS_MAX; i++) {
        struct stub_ticket *ticket = &stub->tickets[i];
        if (!ticket->is_used || ticket->state != MMA__TICKET_STATE__QUEUED) {
            continue;
        }
        if (sim_monotonic_ms(stub->process) >= ticket->until_ms) {
            ticket->state = MMA__TICKET_STATE__TIMED_OUT;
            tell(stub, ticket);
        } else if (waiting == NULL) {
            waiting = ticket;
        } else {
            place(stub, waiting, ticket);
            waiting = NULL;
        }
    }
}

static struct stub_ticket *find_open(struct stub *stub, const char *player_id)
{
    for (int i = 0; i < TICKETS_MAX; i++) {
        if (stub->tickets[i].is_used && strcmp(stub->tickets[i].player_id, player_id) == 0) {
            return &stub->tickets[i];
        }
    }
    return NULL;
}

static void reply_ticket(struct stub *stub, const struct mailbox_envelope *envelope, const struct stub_ticket *ticket)
{
    Mma__Ticket message;
    Mma__Assignment assignment;
    char token[JWT_BYTES_MAX];
    struct mailbox_return to = sim_return_of(envelope);
    fill(stub, ticket, &message, &assignment, token);
    sim_reply(stub->process, &to, MMA__MESSAGE_TYPE__MESSAGE_TYPE_TICKET, &message.base);
}

static void on_create(struct stub *stub, const struct mailbox_envelope *envelope, const Mma__CreateTicket *create)
{
    struct mailbox_return to = sim_return_of(envelope);
    struct stub_ticket *ticket = NULL;
    for (int i = 0; i < TICKETS_MAX && ticket == NULL; i++) {
        ticket = stub->tickets[i].is_used ? NULL : &stub->tickets[i];
    }
    if (ticket == NULL || find_open(stub, create->player_id) != NULL) {
        sim_refuse(stub->process, &to, STATUS_EXISTS, "TICKET_EXISTS", "has one");
        return;
    }
    *ticket = (struct stub_ticket){.stub = stub, .is_used = true, .state = MMA__TICKET_STATE__QUEUED};
    snprintf(ticket->id, sizeof(ticket->id), "%016llx%016llx", (unsigned long long)sim_random_u64(stub->process),
             (unsigned long long)sim_random_u64(stub->process));
    snprintf(ticket->player_id, sizeof(ticket->player_id), "%s", create->player_id);
    snprintf(ticket->gateway, sizeof(ticket->gateway), "%s", envelope->sender);
    ticket->session_id = create->session_id;
    ticket->until_ms = sim_monotonic_ms(stub->process) + sim_settings(stub->process)->ticket_timeout_ms;
    reply_ticket(stub, envelope, ticket);
}

static void on_envelope(void *state, const struct mailbox_envelope *envelope)
{
    struct stub *stub = state;
    struct mailbox_return to = sim_return_of(envelope);
    if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_TICKET) {
        Mma__CreateTicket *create = mma__create_ticket__unpack(NULL, envelope->payload_size, envelope->payload);
        on_create(stub, envelope, create);
        mma__create_ticket__free_unpacked(create, NULL);
    } else if (envelope->type == MMA__MESSAGE_TYPE__MESSAGE_TYPE_CANCEL_TICKET) {
        Mma__CancelTicket *cancel = mma__cancel_ticket__unpack(NULL, envelope->payload_size, envelope->payload);
        struct stub_ticket *ticket = find_open(stub, cancel->player_id);
        mma__cancel_ticket__free_unpacked(cancel, NULL);
        if (ticket == NULL || ticket->state != MMA__TICKET_STATE__QUEUED) {
            sim_refuse(stub->process, &to, STATUS_NOT_FOUND, "TICKET_NOT_FOUND", "none");
            return;
        }
        ticket->state = MMA__TICKET_STATE__CANCELLED;
        ticket->is_used = false;
        reply_ticket(stub, envelope, ticket);
    }
}

static enum status rate(struct sim_tables *tables, const void *argument, size_t size)
{
    Mma__MatchResult *result = mma__match_result__unpack(NULL, size, argument);
    struct sim_match_row row;
    memset(&row, 0, sizeof(row));
    row.state_hash = result->state_hash;
    row.ticks = result->ticks;
    row.player_count = (uint32_t)result->n_standings;
    (void)sim_tables_insert(tables, SIM_TABLE_MATCHES, result->match_id, &row, sizeof(row));
    mma__match_result__free_unpacked(result, NULL);
    return STATUS_OK;
}

struct pending {
    struct stub *stub;
    uint64_t tag;
};

static void on_rated(void *owner, enum status status, const struct sim_value *values, size_t count)
{
    struct pending *pending = owner;
    (void)values;
    (void)count;
    if (status == STATUS_OK) {
        sim_amqp_acknowledge(pending->stub->process, pending->tag);
    } else {
        sim_amqp_reject(pending->stub->process, pending->tag, true);
    }
    free(pending);
}

static void on_delivery(void *state, const struct amqp_delivery *delivery)
{
    struct stub *stub = state;
    struct pending *pending = malloc(sizeof(*pending));
    REQUIRE(pending != NULL);
    *pending = (struct pending){stub, delivery->tag};
    if (sim_postgres_run(stub->process, rate, delivery->body, delivery->size, on_rated, pending) != STATUS_OK) {
        sim_amqp_reject(stub->process, delivery->tag, true);
        free(pending);
    }
}

static void *start(struct sim_process *process, uint64_t seed)
{
    struct stub *stub = calloc(1, sizeof(*stub));
    (void)seed;
    REQUIRE(stub != NULL);
    stub->process = process;
    sim_registry_watch(process, "game-engine");
    sim_registry_announce(process, &(struct registry_entry){.players = 0});
    sim_amqp_consume(process, AMQP_QUEUE_RESULTS, 4);
    on_round(stub);
    return stub;
}

const struct sim_program node_matchmaker = {
    .role = "matchmaker", .start = start, .destroy = free, .on_envelope = on_envelope, .on_delivery = on_delivery};
