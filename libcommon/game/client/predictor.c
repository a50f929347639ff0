/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/client/predictor.h"

#include "libcommon/base/status.h"

size_t predictor_bytes(const struct map *map)
{
    REQUIRE(map != NULL);
    return walls_bytes(map);
}

void predictor_init(struct predictor *predictor, const struct map *map, void *memory)
{
    REQUIRE(memory != NULL);
    *predictor = (struct predictor){0};
    walls_init(&predictor->walls, map, memory);
}

/* The world's order for one player: control, then move. */
static bool step(struct predictor *predictor, const struct input *input)
{
    if (!predictor->has_actor || predictor->actor.state != ACTOR_ALIVE) {
        return false;
    }
    bool is_fired = actor_control(&predictor->actor, input);
    actor_move(&predictor->actor, input, &predictor->walls);
    return is_fired;
}

static struct input *pending_at(struct predictor *predictor, uint32_t index)
{
    return &predictor->pending[(predictor->pending_first + index) % PREDICT_PENDING_MAX];
}

static void drop_oldest(struct predictor *predictor)
{
    predictor->pending_first = (predictor->pending_first + 1) % PREDICT_PENDING_MAX;
    predictor->pending_count--;
}

bool predictor_step(struct predictor *predictor, const struct input *input)
{
    REQUIRE(predictor->pending_count <= PREDICT_PENDING_MAX && predictor->pending_first < PREDICT_PENDING_MAX);
    if (predictor->pending_count == PREDICT_PENDING_MAX) {
        drop_oldest(predictor);
    }
    *pending_at(predictor, predictor->pending_count) = *input;
    predictor->pending_count++;
    return step(predictor, input);
}

void predictor_reconcile(struct predictor *predictor, const struct view *view, uint32_t input_sequence)
{
    REQUIRE(predictor->pending_count <= PREDICT_PENDING_MAX && predictor->pending_first < PREDICT_PENDING_MAX);
    while (predictor->pending_count > 0 && (int32_t)(pending_at(predictor, 0)->sequence - input_sequence) <= 0) {
        drop_oldest(predictor);
    }
    struct vec2 before = predictor->actor.position;
    bool had_actor = predictor->has_actor;
    predictor->has_actor = view->has_self;
    predictor->actor = view->self;
    for (uint32_t i = 0; i < predictor->pending_count; i++) {
        (void)step(predictor, pending_at(predictor, i));
    }
    predictor->correction_q16 = 0;
    if (had_actor && predictor->has_actor) {
        predictor->correction_q16 = vec2_length(vec2_sub(predictor->actor.position, before));
    }
}
