/* SPDX-License-Identifier: Apache-2.0 */
#include "services/replay-writer/core/verify.h"

#include "libcommon/base/memory.h"
#include "libcommon/game/record.h"

#define PLAYER_ALIGNMENT 16

static size_t player_struct_bytes(void)
{
    return (sizeof(struct record_player) + PLAYER_ALIGNMENT - 1) / PLAYER_ALIGNMENT * PLAYER_ALIGNMENT;
}

size_t replay_verify_bytes(const uint8_t *bytes, size_t size)
{
    struct record_header header;
    size_t used;
    if (record_read_header(bytes, size, &header, &used) != STATUS_OK) {
        return 0;
    }
    size_t player_bytes = record_player_bytes(&header);
    return player_bytes > 0 ? player_struct_bytes() + player_bytes : 0;
}

static void tally_events(struct replay_tally *tally, const struct event_list *events)
{
    for (uint32_t i = 0; i < events->count; i++) {
        const struct event *event = &events->items[i];
        switch (event->kind) {
        case EVENT_FIRED:
            tally->shots[event->weapon % WEAPON_COUNT]++;
            break;
        case EVENT_HIT:
            tally->hits++;
            tally->damage += event->value;
            break;
        case EVENT_DEATH:
            tally->deaths++;
            break;
        case EVENT_RESPAWN:
            tally->respawns++;
            break;
        case EVENT_SCORE:
            tally->scores++;
            break;
        default:
            break;
        }
    }
}

enum status replay_verify(const uint8_t *bytes, size_t size, void *memory, size_t memory_size,
                          struct replay_summary *out_summary)
{
    memory_zero(out_summary, sizeof *out_summary);
    struct record_header header;
    size_t offset;
    enum status status = record_read_header(bytes, size, &header, &offset);
    if (status != STATUS_OK) {
        return status;
    }
    if (memory_size < player_struct_bytes()) {
        return STATUS_NO_MEMORY;
    }
    struct record_player *player = memory;
    status = record_player_init(player, &header, (uint8_t *)memory + player_struct_bytes(),
                                memory_size - player_struct_bytes());
    while (status == STATUS_OK && !player->has_ended) {
        struct record record;
        size_t used = 0;
        status = record_player_next(player, bytes + offset, size - offset, &record, &used);
        offset += used;
        if (status == STATUS_OK && record.kind == RECORD_TICK) {
            out_summary->ticks++;
            out_summary->state_hash = record.tick.hash;
            tally_events(&out_summary->tally, &player->world.events);
        }
    }
    if (status == STATUS_MISMATCH && player->has_diverged) {
        out_summary->first_divergent_tick = player->first_divergent_tick;
    }
    if (status == STATUS_OK && offset != size) {
        return STATUS_INVALID;
    }
    return status == STATUS_EMPTY ? STATUS_TRUNCATED : status;
}
