/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/seated_match.h"

#include <stdlib.h>

struct match_setup seated_match_setup(const char *mode, const struct match_player *players, uint16_t seats)
{
    return (struct match_setup){.world = {.seed = 42, .mode = mode_find(mode)},
                                .players = players,
                                .seat_count = seats,
                                .idle_ticks = 120,
                                .input_ticks = 16,
                                .chunk_ticks = 200,
                                .chunk_bytes = 65536,
                                .snapshot_bytes_per_s = 16000};
}

enum status seated_match_encode(struct match *match, uint16_t slot, uint8_t *bytes, size_t capacity,
                                struct match_snapshot *out_snapshot)
{
    static struct match_workspace workspace;
    if (workspace.view.players == NULL) {
        match_workspace_init(&workspace, calloc(1, match_workspace_bytes()));
    }
    match_build_view(match, slot, &workspace);
    return match_encode(match, &workspace, bytes, capacity, out_snapshot);
}
