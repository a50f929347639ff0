/* SPDX-License-Identifier: Apache-2.0 */
/*
 * predictor.h - a client's own player ahead of the server, corrected by each snapshot.
 *
 * Inputs that the server has not confirmed are kept; a snapshot sets the player back to the server's
 * exact state and the kept inputs are played again with the very step the server uses. Collisions with
 * others and hits are not predicted: they come as corrections.
 */
#ifndef MMA_GAME_PREDICTOR_H
#define MMA_GAME_PREDICTOR_H

#include "libcommon/game/snapshot/view.h"

#define PREDICT_PENDING_MAX 128 /* two seconds; past it the oldest is dropped */

struct predictor {
    struct walls walls;
    struct actor actor; /* as predicted after the newest input */
    bool has_actor;
    uint32_t pending_first;
    uint32_t pending_count;
    struct input pending[PREDICT_PENDING_MAX];
    int32_t correction_q16; /* how far the latest snapshot moved the prediction: for smoothing */
};

size_t predictor_bytes(const struct map *map);

/* memory: predictor_bytes(map), aligned to 16, borrowed for the predictor's life. */
void predictor_init(struct predictor *predictor, const struct map *map, void *memory);

/* One tick on with a new input; sequences must ascend. Answers whether the weapon fired. */
bool predictor_step(struct predictor *predictor, const struct input *input);

/* view: a decoded snapshot; input_sequence: of its info. */
void predictor_reconcile(struct predictor *predictor, const struct view *view, uint32_t input_sequence);

#endif
