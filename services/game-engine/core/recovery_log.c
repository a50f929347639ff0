/* SPDX-License-Identifier: Apache-2.0 */
#include "services/game-engine/core/recovery_log.h"

#include "libcommon/base/memory.h"

size_t recovery_log_bytes(const struct world_setup *setup, uint32_t flush_ticks)
{
    uint16_t capacity = setup->capacity;
    size_t beginning = record_header_bytes_max(setup) + record_keyframe_bytes_max(capacity);
    size_t ticks = (flush_ticks + RECORDER_STREAM_TICKS) * record_tick_bytes_max(capacity);
    return beginning > ticks ? beginning : ticks;
}

void recovery_log_init(struct recovery_log *log, const struct world_setup *setup, uint32_t flush_ticks, void *memory)
{
    REQUIRE(flush_ticks > 0 && flush_ticks <= RECOVERY_FLUSH_TICKS_MAX);
    *log = (struct recovery_log){.flush_ticks = flush_ticks, .needs_keyframe = true};
    byte_writer_init(&log->bytes, memory, recovery_log_bytes(setup, flush_ticks));
}

static void clear(struct recovery_log *log)
{
    byte_writer_init(&log->bytes, log->bytes.bytes, log->bytes.capacity);
}

void recovery_log_lost(struct recovery_log *log)
{
    log->needs_keyframe = true;
    clear(log);
}

/* The buffer was sized for all that can come: a full one is our bug. */
static void begin_again(struct recovery_log *log, const struct match *match)
{
    clear(log);
    enum status status = match_write_header(match, &log->bytes);
    if (status == STATUS_OK) {
        status = match_write_keyframe(match, &log->bytes);
    }
    REQUIRE(status == STATUS_OK);
    log->written = 0;
    log->keyframe_tick = match->world.tick;
    log->needs_keyframe = false;
}

bool recovery_log_round(struct recovery_log *log, const struct match *match, struct recovery_write *out_write)
{
    uint32_t tick = match->world.tick;
    REQUIRE(tick > 0 && tick >= log->flush_tick && match->state == MATCH_RUNNING);
    const struct byte_writer *stream = &match->recorder.stream;
    bool is_beginning = log->needs_keyframe || tick - log->keyframe_tick >= RECOVERY_KEYFRAME_TICKS;
    if (is_beginning) {
        begin_again(log, match);
    } else {
        byte_writer_bytes(&log->bytes, stream->bytes, stream->size);
        REQUIRE(log->bytes.status == STATUS_OK);
    }
    if (!is_beginning && tick - log->flush_tick < log->flush_ticks) {
        return false;
    }
    *out_write = (struct recovery_write){
        .is_beginning = is_beginning, .offset = log->written, .bytes = log->bytes.bytes, .size = log->bytes.size};
    log->written += log->bytes.size;
    log->flush_tick = tick;
    clear(log); /* the bytes stay where they are until the next call */
    return true;
}
