/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/snapshot/snapshot.h"

#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"
#include "libcommon/game/snapshot/scene.h"
#include "libcommon/game/snapshot/snapshot_parts.h"

#define LONG_AGE      7u
#define BASELINE_MASK 15u
#define PHASE_BITS    2
#define CHECK_BYTES   3u
#define CHECK_MASK    0xffffffu

#define LONG_HEAD_BYTES     3u
#define KEYFRAME_HEAD_BYTES 5u

_Static_assert(WORLD_PHASE_COUNT <= 1 << PHASE_BITS, "phases fit their bits");
_Static_assert(CHECK_MASK == (1u << 8 * CHECK_BYTES) - 1, "the check's bytes and mask");

static const struct actor no_actor;
static const struct view empty_view = {.viewer = VIEW_ALL, .team = RULES_TEAM_NONE};

/* A view's lists are within its limits: what every decoded or encoded view has to hold. */
static void view_check(const struct view *view)
{
    REQUIRE(view->player_count <= view->limits.players);
    REQUIRE(view->projectile_count <= view->limits.projectiles);
    REQUIRE(view->power_up_count <= view->limits.power_ups);
    REQUIRE(view->score_count <= view->limits.scores);
    REQUIRE(view->event_count <= view->limits.events);
}

/* A keyframe: 1, then its tick. A delta: one byte of 0, age - 1 (7: it is in two more bytes), and the baseline's tick
 * modulo 16. Answers the size. */
static size_t write_head(const struct snapshot_info *info, uint8_t *bytes)
{
    if (info->is_keyframe) {
        bytes[0] = 1;
        for (uint32_t i = 0; i < 4; i++) {
            bytes[1 + i] = (uint8_t)(info->tick >> (8 * i));
        }
        return KEYFRAME_HEAD_BYTES;
    }
    uint32_t age = info->tick - info->baseline_tick - 1;
    bytes[0] = (uint8_t)((age < LONG_AGE ? age : LONG_AGE) << 1 | (info->baseline_tick & BASELINE_MASK) << 4);
    if (age < LONG_AGE) {
        return 1;
    }
    bytes[1] = (uint8_t)age;
    bytes[2] = (uint8_t)(age >> 8);
    return LONG_HEAD_BYTES;
}

static enum status read_keyframe_head(const uint8_t *bytes, size_t size, struct snapshot_info *out_info)
{
    if (bytes[0] != 1) {
        return STATUS_INVALID;
    }
    if (size < KEYFRAME_HEAD_BYTES) {
        return STATUS_TRUNCATED;
    }
    out_info->is_keyframe = true;
    out_info->tick = bytes[1] | (uint32_t)bytes[2] << 8 | (uint32_t)bytes[3] << 16 | (uint32_t)bytes[4] << 24;
    out_info->baseline_tick = 0;
    return STATUS_OK;
}

static enum status read_delta_head(uint32_t newest_tick, const uint8_t *bytes, size_t size,
                                   struct snapshot_info *out_info)
{
    uint32_t age = bytes[0] >> 1 & LONG_AGE;
    uint32_t low = bytes[0] >> 4;
    if (age == LONG_AGE) {
        if (size < LONG_HEAD_BYTES) {
            return STATUS_TRUNCATED;
        }
        age = bytes[1] | (uint32_t)bytes[2] << 8;
        if (age < LONG_AGE) {
            return STATUS_INVALID;
        }
    }
    out_info->is_keyframe = false;
    out_info->baseline_tick = newest_tick - ((newest_tick - low) & BASELINE_MASK);
    out_info->tick = out_info->baseline_tick + age + 1;
    return STATUS_OK;
}

static size_t head_bytes(const struct snapshot_info *info)
{
    bool is_long = info->tick - info->baseline_tick > LONG_AGE;
    return info->is_keyframe ? KEYFRAME_HEAD_BYTES : is_long ? LONG_HEAD_BYTES : 1;
}

static uint32_t expected_ticks_left(const struct view *baseline, uint32_t age)
{
    bool is_live = baseline->phase == WORLD_PLAY || baseline->phase == WORLD_OVERTIME;
    return is_live ? snapshot_counted_down(baseline->ticks_left, age) : baseline->ticks_left;
}

static void code_match(struct snapshot_coder *coder, const struct view *baseline, struct view *view, uint32_t age)
{
    uint32_t ticks_left = expected_ticks_left(baseline, age);
    bool is_steady = view->phase == baseline->phase && view->ticks_left == ticks_left &&
                     view->viewer == baseline->viewer && view->team == baseline->team &&
                     memory_equal(view->team_scores, baseline->team_scores, sizeof view->team_scores);
    if (snapshot_flag(coder, FLAG_MATCH, !is_steady)) {
        view->viewer = (uint16_t)snapshot_bits(coder, view->viewer, 16, UINT16_MAX);
        view->team = (uint8_t)snapshot_bits(coder, view->team, 8, UINT8_MAX);
        view->phase = (uint8_t)snapshot_bits(coder, view->phase, PHASE_BITS, WORLD_PHASE_COUNT - 1);
        view->ticks_left = snapshot_residual(coder, CDF_MATCH, view->ticks_left, ticks_left, UINT32_MAX);
        for (uint32_t team = 0; team < RULES_TEAMS_MAX; team++) {
            view->team_scores[team] =
                snapshot_residual(coder, CDF_MATCH, view->team_scores[team], baseline->team_scores[team], UINT32_MAX);
        }
    } else {
        view->viewer = baseline->viewer;
        view->team = baseline->team;
        view->phase = baseline->phase;
        view->ticks_left = ticks_left;
        memory_copy(view->team_scores, baseline->team_scores, sizeof view->team_scores);
    }
}

static void code_own(struct snapshot_coder *coder, const struct view *baseline, struct view *view, uint32_t age)
{
    view->has_self = snapshot_flag(coder, FLAG_SELF, view->has_self);
    if (!view->has_self) {
        view->self = no_actor;
        return;
    }
    view->input_sequence =
        snapshot_residual(coder, CDF_SEQUENCE, view->input_sequence, baseline->input_sequence + age, UINT32_MAX);
    view->input_depth =
        (uint8_t)snapshot_residual(coder, CDF_DEPTH, view->input_depth, baseline->input_depth, UINT8_MAX);
    snapshot_code_self(coder, &baseline->self, &view->self, age);
}

/* When writing, view is a copy of the current view's struct, whose lists are only read. scene: NULL when reading. */
static void code_view(struct snapshot_coder *coder, const struct view *baseline, struct view *view,
                      struct snapshot_span span, const struct scene *scene)
{
    coder->model = snapshot_model_for(span.age);
    code_match(coder, baseline, view, span.age);
    code_own(coder, baseline, view, span.age);
    if (view->has_self) {
        span.centre =
            (struct vec2){view->self.position.x >> VIEW_ORIGIN_SHIFT, view->self.position.y >> VIEW_ORIGIN_SHIFT};
    }
    snapshot_code_players(coder, baseline, view, &span, scene);
    snapshot_code_power_ups(coder, baseline, view);
    snapshot_code_scores(coder, baseline, view, scene);
    snapshot_code_projectiles(coder, baseline, view, &span);
}

static struct snapshot_span span_of(const struct snapshot_info *info)
{
    return (struct snapshot_span){.tick = info->tick, .age = info->is_keyframe ? 0 : info->tick - info->baseline_tick};
}

/* The chain hash of a view: over the bytes of its snapshot, seeded with the chain hash of its baseline. */
static uint64_t chain_of(uint64_t baseline_chain, const uint8_t *bytes, size_t size)
{
    struct hash hash;
    hash_init(&hash, baseline_chain);
    hash_bytes(&hash, bytes, size);
    return hash_finish(&hash);
}

/* Everything between the head and the check. */
static enum status write_body(const struct snapshot_source *source, const struct snapshot_info *info, uint8_t *bytes,
                              size_t capacity, size_t *out_size)
{
    const struct view *baseline = source->baseline ? source->baseline : &empty_view;
    struct range_interval intervals[SNAPSHOT_INTERVALS_MAX];
    struct range_writer writer;
    struct snapshot_coder coder = {.intervals = intervals, .writer = &writer, .counts = source->counts};
    range_writer_init(&writer, bytes, capacity);
    struct view current = *source->current;
    code_view(&coder, baseline, &current, span_of(info), source->scene);
    snapshot_write_events(&coder, source);
    range_write(&writer, intervals, coder.count);
    return range_writer_finish(&writer, out_size);
}

enum status snapshot_encode(const struct snapshot_source *source, uint8_t *bytes, size_t capacity, size_t *out_size)
{
    REQUIRE(source->scene != NULL && source->current != NULL);
    REQUIRE(source->current != source->baseline);
    REQUIRE(bytes != NULL && out_size != NULL);
    if (source->events && !event_history_covers(source->events, source->events_after)) {
        return STATUS_STALE;
    }
    view_check(source->current);
    uint32_t tick = source->current->tick;
    REQUIRE(source->scene->tick == tick);
    uint32_t baseline_tick = source->baseline ? source->baseline->tick : 0;
    REQUIRE(!source->baseline || (tick > baseline_tick && tick - baseline_tick <= UINT16_MAX));
    struct snapshot_info info = {.is_keyframe = !source->baseline, .tick = tick, .baseline_tick = baseline_tick};
    if (capacity < head_bytes(&info) + CHECK_BYTES) {
        return STATUS_FULL;
    }
    size_t head = write_head(&info, bytes);
    size_t body;
    enum status status = write_body(source, &info, bytes + head, capacity - head - CHECK_BYTES, &body);
    if (status != STATUS_OK) {
        return status;
    }
    source->current->chain = chain_of(source->baseline ? source->baseline->chain : 0, bytes, head + body);
    for (uint32_t i = 0; i < CHECK_BYTES; i++) {
        bytes[head + body + i] = (uint8_t)(source->current->chain >> (8 * i));
    }
    *out_size = head + body + CHECK_BYTES;
    return STATUS_OK;
}

static enum status read_head(uint32_t newest_tick, const uint8_t *bytes, size_t size, struct snapshot_info *out_info,
                             size_t *out_head)
{
    if (size == 0) {
        return STATUS_TRUNCATED;
    }
    enum status status =
        bytes[0] & 1 ? read_keyframe_head(bytes, size, out_info) : read_delta_head(newest_tick, bytes, size, out_info);
    if (status != STATUS_OK) {
        return status;
    }
    *out_head = head_bytes(out_info);
    return size - *out_head < CHECK_BYTES ? STATUS_TRUNCATED : STATUS_OK;
}

enum status snapshot_peek(uint32_t newest_tick, const uint8_t *bytes, size_t size, struct snapshot_info *out_info)
{
    REQUIRE(bytes != NULL || size == 0);
    size_t head;
    struct snapshot_info info = {0};
    enum status status = read_head(newest_tick, bytes, size, &info, &head);
    if (status == STATUS_OK) {
        *out_info = info;
    }
    return status;
}

static enum status read_body(const struct view *baseline, const struct snapshot_info *info, const uint8_t *bytes,
                             size_t size, struct view *view)
{
    struct snapshot_coder coder = {.is_reading = true};
    range_reader_init(&coder.reader, bytes, size);
    view->tick = info->tick;
    view->input_sequence = 0;
    view->input_depth = 0;
    view->omitted = 0;
    code_view(&coder, baseline, view, span_of(info), NULL);
    snapshot_read_events(&coder, view);
    return range_reader_finish(&coder.reader);
}

enum status snapshot_decode(const struct view *baseline, const uint8_t *bytes, size_t size, struct view *out_view,
                            struct snapshot_info *out_info)
{
    REQUIRE(bytes != NULL || size == 0);
    REQUIRE(out_view->limits.players > 0);
    REQUIRE(baseline != out_view);
    size_t head;
    struct snapshot_info info = {0};
    enum status status = read_head(baseline ? baseline->tick : 0, bytes, size, &info, &head);
    if (status != STATUS_OK) {
        return status;
    }
    if (!info.is_keyframe && (!baseline || baseline->tick != info.baseline_tick)) {
        return STATUS_MISMATCH;
    }
    const struct view *old = info.is_keyframe ? &empty_view : baseline;
    size_t body = size - head - CHECK_BYTES;
    status = read_body(old, &info, bytes + head, body, out_view);
    if (status != STATUS_OK) {
        return status;
    }
    uint64_t chain = chain_of(old->chain, bytes, head + body);
    uint32_t check = 0;
    for (uint32_t i = 0; i < CHECK_BYTES; i++) {
        check |= (uint32_t)bytes[head + body + i] << (8 * i);
    }
    if (check != (chain & CHECK_MASK)) {
        return STATUS_MISMATCH;
    }
    view_check(out_view);
    out_view->chain = chain;
    info.input_sequence = out_view->input_sequence;
    info.input_depth = out_view->input_depth;
    *out_info = info;
    return STATUS_OK;
}
