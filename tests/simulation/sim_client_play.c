/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_client_play.c - inputs up, snapshots down.
 *
 * Invariant snapshots_decode: the gateway writes a snapshot only upon the one it wrote before (docs/protocol.md,
 * "Snapshots"), so each one decodes on what the client has; anything else shows players a wrong world.
 */
#include "libcommon/game/world/input.h"
#include "tests/simulation/sim_client.h"
#include "tests/support/client_message.h"

#include <stdlib.h>

const struct sim_invariant sim_snapshots_decode = {.name = "snapshots_decode"};

void sim_client_begin_play(struct sim_client *client, size_t seats)
{
    sim_client_end_play(client);
    struct view_limits limits = view_limits_for((uint16_t)(seats > 0 ? seats : 1));
    for (int i = 0; i < 2; i++) {
        size_t size = (view_bytes(&limits) + 15) / 16 * 16;
        client->view_memory[i] = aligned_alloc(16, size);
        REQUIRE(client->view_memory[i] != NULL);
        view_init(&client->views[i], &limits, client->view_memory[i]);
    }
    client->sequence = 0;
    client->tick = 0;
    client->snapshots = 0;
    client->has_view = false;
}

void sim_client_end_play(struct sim_client *client)
{
    for (int i = 0; i < 2; i++) {
        free(client->view_memory[i]);
        client->view_memory[i] = NULL;
    }
    client->has_view = false;
}

void sim_client_send_input(struct sim_client *client)
{
    static const uint16_t ways[] = {INPUT_UP, INPUT_DOWN, INPUT_LEFT, INPUT_RIGHT};
    uint32_t drawn = random_u32(&client->random);
    struct input input = {.sequence = ++client->sequence,
                          .tick = client->tick > 0 && drawn % 8 > 0 ? client->tick + 3 : 0,
                          .buttons = (uint16_t)(ways[drawn >> 8 & 3] | (drawn >> 10 & 1 ? INPUT_FIRE : 0)),
                          .aim = (uint16_t)(drawn >> 16),
                          .weapon = WEAPON_NONE};
    input.seen_tick = input.tick > 0 ? client->tick : 0;
    uint8_t bytes[INPUT_BYTES_MAX];
    size_t size;
    enum status status = input_encode(&input, bytes, sizeof(bytes), &size);
    REQUIRE(status == STATUS_OK);
    if (drawn % 500 == 0) {
        bytes[0] ^= 0xff; /* misbehaves */
    }
    struct client_message message;
    client_message_input(&message, bytes, size);
    sim_client_say(client, &message.message);
}

void sim_client_take_snapshot(struct sim_client *client, const uint8_t *bytes, size_t size)
{
    if (client->view_memory[0] == NULL) {
        return; /* of a match that it has left */
    }
    struct view *old = &client->views[client->newest], *made = &client->views[1 - client->newest];
    struct snapshot_info info;
    enum status status = snapshot_decode(client->has_view ? old : NULL, bytes, size, made, &info);
    if (status == STATUS_OK) {
        client->newest = 1 - client->newest;
        client->has_view = true;
        client->tick = info.tick;
        client->snapshots++;
    } else {
        sim_broken(client->process->world, &sim_snapshots_decode, status_text(status), "%s, %zu bytes after tick %u",
                   client->player_id, size, client->tick);
    }
}
