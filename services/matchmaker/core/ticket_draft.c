/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/ticket_draft.h"

#include "libcommon/base/text.h"

_Static_assert(TICKET_DRAFT_LATENCIES_MAX <= 10, "refuse_latency writes the row as one digit");

static enum status refuse(struct ticket_draft_error *error, const char *field, const char *message)
{
    text_copy(error->field, sizeof error->field, field);
    error->message = message;
    return STATUS_INVALID;
}

static enum status refuse_latency(struct ticket_draft_error *error, uint32_t row, const char *member,
                                  const char *message)
{
    char field[TICKET_DRAFT_FIELD_SIZE] = "latencies[0].";
    size_t size = text_size(field, sizeof field);
    field[size - 3] = (char)('0' + row);
    text_copy(field + size, sizeof field - size, member);
    return refuse(error, field, message);
}

bool ticket_draft_player_is_valid(const char *player_id)
{
    size_t size = text_size(player_id, TICKET_PLAYER_SIZE);
    for (size_t i = 0; i < size; i++) {
        if (player_id[i] <= ' ' || player_id[i] > '~' || player_id[i] == '"' || player_id[i] == '\\') {
            return false;
        }
    }
    return size >= 1 && size < TICKET_PLAYER_SIZE;
}

static enum status read_latencies(const struct ticket_draft_request *request, struct ticket *draft,
                                  struct ticket_draft_error *error)
{
    if (request->latency_count > TICKET_DRAFT_LATENCIES_MAX) {
        return refuse(error, "latencies", "must have at most 8 rows");
    }
    for (uint32_t i = 0; i < request->latency_count; i++) {
        const struct ticket_draft_latency *row = &request->latencies[i];
        enum region region = region_find(row->region);
        if (region == REGION_NONE) {
            return refuse_latency(error, i, "region", "must be na_east, na_west, eu_west or asia_pacific");
        }
        if (draft->latency_ms[region] != TICKET_LATENCY_NONE) {
            return refuse_latency(error, i, "region", "is named twice");
        }
        if (row->latency_ms > TICKET_LATENCY_MAX) {
            return refuse_latency(error, i, "latency_ms", "must be 0 to 10000");
        }
        draft->latency_ms[region] = (uint16_t)row->latency_ms;
    }
    return STATUS_OK;
}

enum status ticket_draft_make(const struct matchmaker *matchmaker, const struct ticket_draft_request *request,
                              struct ticket *out_draft, struct ticket_draft_error *out_error)
{
    struct ticket draft = {.session_id = request->session_id, .intake = TICKET_INTAKE_NONE, .region = REGION_NONE};
    if (!ticket_draft_player_is_valid(request->player_id)) {
        return refuse(out_error, "player_id", "must be 1 to 64 printable ASCII characters without space, \" and \\");
    }
    text_copy(draft.player_id, sizeof draft.player_id, request->player_id);
    draft.queue = matchmaker_find_queue(matchmaker, request->queue);
    if (draft.queue == QUEUE_NONE) {
        return refuse(out_error, "queue", "there is no such queue");
    }
    for (uint32_t region = 0; region < REGION_COUNT; region++) {
        draft.latency_ms[region] = TICKET_LATENCY_NONE;
    }
    enum status status = read_latencies(request, &draft, out_error);
    if (status != STATUS_OK) {
        return status;
    }
    enum region home = region_find(request->home_region);
    if (request->latency_count == 0) {
        draft.latency_ms[home == REGION_NONE ? REGION_NA_EAST : home] = 0;
    }
    *out_draft = draft;
    return STATUS_OK;
}
