/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/ticket_draft.h"

#include <stdio.h>
#include <string.h>

#define LATENCIES_MAX 8

static enum status refuse(struct ticket_draft_error *error, const char *field, const char *message)
{
    snprintf(error->field, sizeof(error->field), "%s", field);
    error->message = message;
    return STATUS_INVALID;
}

static enum status refuse_latency(struct ticket_draft_error *error, uint8_t row, const char *member,
                                  const char *message)
{
    char field[32];
    snprintf(field, sizeof(field), "latencies[%u].%s", row, member);
    return refuse(error, field, message);
}

bool ticket_draft_player_is_valid(const char *player_id)
{
    size_t size = strlen(player_id);
    for (size_t i = 0; i < size; i++) {
        if (player_id[i] <= ' ' || player_id[i] > '~' || player_id[i] == '"' || player_id[i] == '\\') {
            return false;
        }
    }
    return size >= 1 && size < TICKET_PLAYER_SIZE;
}

static enum status read_latencies(const Mma__CreateTicket *message, struct ticket *draft,
                                  struct ticket_draft_error *error)
{
    if (message->n_latencies > LATENCIES_MAX) {
        return refuse(error, "latencies", "must have at most 8 rows");
    }
    for (size_t i = 0; i < message->n_latencies; i++) {
        const Mma__RegionLatency *row = message->latencies[i];
        enum region region = region_find(row->region);
        if (region == REGION_NONE) {
            return refuse_latency(error, (uint8_t)i, "region", "must be na_east, na_west, eu_west or asia_pacific");
        }
        if (draft->latency_ms[region] != TICKET_LATENCY_NONE) {
            return refuse_latency(error, (uint8_t)i, "region", "is named twice");
        }
        if (row->latency_ms > TICKET_LATENCY_MAX) {
            return refuse_latency(error, (uint8_t)i, "latency_ms", "must be 0 to 10000");
        }
        draft->latency_ms[region] = (uint16_t)row->latency_ms;
    }
    return STATUS_OK;
}

enum status ticket_draft_make(const struct matchmaker *matchmaker, const Mma__CreateTicket *message,
                              const char *home_region, struct ticket *out_draft, struct ticket_draft_error *out_error)
{
    struct ticket draft = {.session_id = message->session_id};
    if (!ticket_draft_player_is_valid(message->player_id)) {
        return refuse(out_error, "player_id", "must be 1 to 64 printable ASCII characters without space, \" and \\");
    }
    snprintf(draft.player_id, sizeof(draft.player_id), "%s", message->player_id);
    draft.queue = matchmaker_find_queue(matchmaker, message->queue);
    if (draft.queue == QUEUE_NONE) {
        return refuse(out_error, "queue", "there is no such queue");
    }
    for (uint32_t region = 0; region < REGION_COUNT; region++) {
        draft.latency_ms[region] = TICKET_LATENCY_NONE;
    }
    enum status status = read_latencies(message, &draft, out_error);
    if (status != STATUS_OK) {
        return status;
    }
    enum region home = region_find(home_region);
    if (message->n_latencies == 0) {
        draft.latency_ms[home == REGION_NONE ? REGION_NA_EAST : home] = 0;
    }
    *out_draft = draft;
    return STATUS_OK;
}
