/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/ticket_store.h"

#include "services/matchmaker/io/carry_out.h"
#include "services/matchmaker/io/ticket_record.h"

#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define KEY      "mma:ticket:"
#define OPEN_SET "mma:tickets:open"

/* ---- saving ---- */

/* A ticket on its way to Redis. */
struct ticket_save {
    struct matchmaker_service *service;
    uint32_t slot;
    uint64_t stamp;
};

static void note_not_stored(const struct matchmaker_service *service, uint32_t slot, enum status status)
{
    log_warning("ticket.not_stored", LOG_TEXT("ticket", service->core->tickets.slots[slot].id), LOG_STATUS(status));
}

static void on_saved(void *owner, enum status status, const redisReply *reply)
{
    (void)reply;
    struct ticket_save *save = owner;
    struct matchmaker_service *service = save->service;
    if (!service->is_stopping) {
        if (status != STATUS_OK) {
            note_not_stored(service, save->slot, status);
        }
        matchmaker_ticket_stored(service->core, save->slot, save->stamp, status, &service->effects);
        carry_out(service);
    }
    free(save);
}

/* Both keys in one step. */
static enum status send_record(struct ticket_save *save, const char *record)
{
    static const char script[] = "redis.call('SET', KEYS[1], ARGV[1], 'PX', ARGV[2]) "
                                 "return redis.call(ARGV[3], KEYS[2], ARGV[4])";
    const struct matchmaker *core = save->service->core;
    const struct ticket *ticket = &core->tickets.slots[save->slot];
    char lifetime[24];
    snprintf(lifetime, sizeof lifetime, "%" PRIu64, ticket_record_lifetime_ms(core));
    return redis_commandf(save->service->redis, on_saved, save, "EVAL %s 2 " KEY "%s " OPEN_SET " %s %s %s %s", script,
                          ticket->id, record, lifetime, ticket_is_open(ticket) ? "SADD" : "SREM", ticket->id);
}

enum status ticket_store_save(struct matchmaker_service *service, uint32_t ticket_slot, uint64_t stamp)
{
    const struct matchmaker_clock clock = matchmaker_service_clock();
    if (!redis_is_up(service->redis)) {
        return STATUS_UNAVAILABLE;
    }
    char *record = ticket_record_write(service->core, &service->core->tickets.slots[ticket_slot],
                                       mailbox_url(service->mailbox), &clock);
    struct ticket_save *save = malloc(sizeof *save);
    enum status status = STATUS_NO_MEMORY;
    if (record != NULL && save != NULL) {
        *save = (struct ticket_save){service, ticket_slot, stamp};
        status = send_record(save, record);
    }
    if (status != STATUS_OK) {
        note_not_stored(service, ticket_slot, status);
        free(save);
    }
    free(record);
    return status;
}

/* ---- taking over ---- */

struct open_record {
    const char *id; /* of the reply */
    bool is_good;
    struct stored_ticket stored;
    uint32_t wait_ms;
};

static bool read_reply(const struct matchmaker_service *service, const redisReply *text, const redisReply *left,
                       struct stored_ticket *out_stored)
{
    const char *home = daemon_settings(service->daemon)->region;
    int64_t left_ms = left->type == REDIS_REPLY_INTEGER ? left->integer : -1;
    return text->type == REDIS_REPLY_STRING &&
           ticket_record_read(service->core, home, text->str, text->len, left_ms, out_stored);
}

/* Longest wait first, so that each takes its place in the table's order at once. */
static int by_wait(const void *left, const void *right)
{
    const struct open_record *a = left, *b = right;
    return a->wait_ms == b->wait_ms ? 0 : a->wait_ms > b->wait_ms ? -1 : 1;
}

static void read_open_record(const struct matchmaker_service *service, redisReply *const *elements,
                             const struct matchmaker_clock *clock, struct open_record *out)
{
    *out = (struct open_record){.id = elements[0]->str};
    out->is_good = read_reply(service, elements[1], elements[2], &out->stored);
    if (out->is_good) {
        struct ticket dated;
        takeover_ticket(&out->stored, service->core->rules.ticket_timeout_ms, clock, &dated);
        out->wait_ms = ticket_wait_ms(&dated, clock->now_ms);
    }
}

static void restore_all(struct matchmaker_service *service, const redisReply *reply, struct open_record *records)
{
    const struct matchmaker_clock clock = matchmaker_service_clock();
    const struct takeover_view view = matchmaker_service_view(service);
    size_t count = 0;
    for (size_t i = 0; i + 2 < reply->elements; i += 3) {
        if (reply->element[i]->type == REDIS_REPLY_STRING) {
            read_open_record(service, &reply->element[i], &clock, &records[count++]);
        }
    }
    qsort(records, count, sizeof *records, by_wait);
    for (size_t i = 0; i < count; i++) {
        matchmaker_restore(service->core, records[i].id, records[i].is_good ? &records[i].stored : NULL, &view, &clock,
                           &service->effects);
        carry_out(service);
    }
}

static void on_open_tickets(void *owner, enum status status, const redisReply *reply)
{
    struct matchmaker_service *service = owner;
    if (service->is_stopping) {
        return;
    }
    if (status == STATUS_OK && reply->type == REDIS_REPLY_ARRAY) {
        struct open_record *records = calloc(reply->elements / 3 + 1, sizeof *records);
        if (records == NULL) {
            status = STATUS_NO_MEMORY;
        } else {
            restore_all(service, reply, records);
        }
        free(records);
    } else if (status == STATUS_OK) {
        status = STATUS_MISMATCH;
    }
    matchmaker_restored(service->core, status, &service->effects);
    carry_out(service);
}

enum status ticket_store_read_open(struct matchmaker_service *service)
{
    static const char script[] = "local found = {} for _, id in ipairs(redis.call('SMEMBERS', KEYS[1])) do "
                                 "local key = ARGV[1] .. id "
                                 "found[#found + 1] = id found[#found + 1] = redis.call('GET', key) "
                                 "found[#found + 1] = redis.call('PTTL', key) end return found";
    return redis_commandf(service->redis, on_open_tickets, service, "EVAL %s 1 " OPEN_SET " " KEY, script);
}

void ticket_store_forget(struct matchmaker_service *service, const char *id)
{
    enum status status = redis_commandf(service->redis, NULL, NULL, "SREM " OPEN_SET " %s", id);
    if (status != STATUS_OK) { /* the next one to take over tries again */
        log_warning("ticket.not_stored", LOG_TEXT("ticket", id), LOG_STATUS(status));
    }
}

/* ---- looking for one ---- */

struct ticket_search {
    struct matchmaker_service *service;
    ticket_store_found *on_found;
    void *owner;
};

static void on_record(void *owner, enum status status, const redisReply *reply)
{
    struct ticket_search *search = owner;
    struct matchmaker_service *service = search->service;
    struct stored_ticket stored;
    struct ticket ticket;
    bool is_there = !service->is_stopping && status == STATUS_OK && reply->type == REDIS_REPLY_ARRAY &&
                    reply->elements == 2 && read_reply(service, reply->element[0], reply->element[1], &stored);
    if (is_there) {
        const struct matchmaker_clock clock = matchmaker_service_clock();
        takeover_ticket(&stored, service->core->rules.ticket_timeout_ms, &clock, &ticket);
    }
    search->on_found(search->owner, service->is_stopping, is_there ? &ticket : NULL);
    free(search);
}

enum status ticket_store_find(struct matchmaker_service *service, const char *id, ticket_store_found *on_found,
                              void *owner)
{
    static const char script[] = "return {redis.call('GET', KEYS[1]), redis.call('PTTL', KEYS[1])}";
    struct ticket_search *search = malloc(sizeof *search);
    if (search == NULL) {
        return STATUS_NO_MEMORY;
    }
    *search = (struct ticket_search){service, on_found, owner};
    enum status status = redis_commandf(service->redis, on_record, search, "EVAL %s 1 " KEY "%s", script, id);
    if (status != STATUS_OK) {
        free(search);
    }
    return status;
}
