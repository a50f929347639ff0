/* SPDX-License-Identifier: Apache-2.0 */
/*
 * player.h - one bot: a session that plays or watches, from connecting to goodbye.
 *
 * WAITING → CONNECTING → WELCOMED → QUEUED → JOINING → PLAYING → WELCOMED ... → LEAVING → GONE; a spectator goes
 * WELCOMED → WATCHING. A lost connection goes back to WAITING, with back-off, and then back into its match.
 */
#ifndef MMA_BOTS_PLAYER_H
#define MMA_BOTS_PLAYER_H

#include "libcommon/game/client/bot.h"
#include "libcommon/game/client/input_clock.h"
#include "libcommon/game/map/map.h"
#include "libcommon/game/snapshot/snapshot.h"
#include "libcommon/runtime/auth/jwt.h"
#include "libcommon/runtime/web/tls.h"
#include "libcommon/runtime/web/websocket.h"
#include "proto/client.pb-c.h"
#include "tests/bench/bots/options.h"
#include "tests/bench/bots/tally.h"
#include "tests/support/client_message.h"

#include <uv.h>

#define PLAYER_TOKEN_MAX  1024
#define PLAYER_ECHO_RING  256 /* inputs whose sending time is remembered */
#define PLAYER_TRIES_MAX  15
#define PLAYER_BACKOFF_MS 100

enum player_state {
    PLAYER_WAITING, /* until wake_us, then connects */
    PLAYER_CONNECTING,
    PLAYER_WELCOMED, /* until wake_us, then asks for what it wants */
    PLAYER_QUEUED,
    PLAYER_JOINING,
    PLAYER_PLAYING,
    PLAYER_ASKING, /* to watch */
    PLAYER_WATCHING,
    PLAYER_LEAVING,
    PLAYER_GONE
};

/* What all bots of the process share. */
struct player_world {
    uv_loop_t *loop;
    const struct options *options;
    const struct jwt_keys *keys;
    struct tls_context *tls;
    struct tally *tally;
    char match_id[33]; /* what a player joined last, for the spectators; "": nothing yet */
};

struct player {
    struct player_world *world;
    struct websocket *socket;
    enum player_state state;
    bool is_spectator, is_protobuf;
    bool has_played_enough, has_failed;
    char name[JWT_SUBJECT_MAX];
    unsigned tries; /* connections failed in a row */
    uint32_t cid;
    uint32_t matches_done;
    uint64_t wake_us;
    char match_id[33];
    char join_token[PLAYER_TOKEN_MAX]; /* "" outside a match */

    /* while playing or watching */
    const struct map *map;
    struct map told_map; /* one that is not built in */
    void *map_memory;    /* of told_map */
    struct view views[2];
    void *view_memory;
    unsigned newest;        /* index into views */
    bool has_view, is_lost; /* is_lost: waits for a keyframe */
    struct bot brain;
    struct input_clock clock;
    uint32_t echoed; /* the highest input that came back */
    uint64_t sent_us[PLAYER_ECHO_RING];
    uint64_t snapshot_us; /* when the newest came; 0: none yet */
    uint64_t play_began_us, play_bytes_in, play_bytes_out;
};

void player_init(struct player *player, struct player_world *world, unsigned index, bool is_spectator);
void player_step(struct player *player, uint64_t now_us); /* pace_hz times a second */
void player_leave(struct player *player);                 /* says goodbye; GONE follows */
void player_destroy(struct player *player);               /* when GONE */

/* player_play.c: what happens inside a match. */
struct play_setting {
    const char *map;
    const char *map_text; /* "": the map is built in */
    const char *mode;
    size_t seats;
};
enum status play_begin(struct player *player, const struct play_setting *setting);
void play_snapshot(struct player *player, const uint8_t *bytes, size_t size, uint64_t now_us);
void play_think(struct player *player, uint64_t now_us);
void play_account(struct player *player, uint64_t now_us); /* adds bytes and time since the last call to the tally */
void play_end(struct player *player, uint64_t now_us);     /* safe to call twice */
void player_send(struct player *player, const Mma__ClientMessage *message);

#endif
