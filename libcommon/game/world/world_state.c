/* SPDX-License-Identifier: Apache-2.0 */
/* A world's state as a hash and as bytes: what is in one is in the other. */
#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"
#include "libcommon/game/world/actor_state.h"
#include "libcommon/game/world/simulation.h"

#define HEAD_BYTES       (64 + 2 * MAP_POWER_UPS_MAX)
#define PLAYER_BYTES     (162 + ACTOR_STATE_BYTES)
#define PAST_TICKS       (RULES_REWIND_MAX - 1) /* before the world's own, whose positions are the players' */
#define PROJECTILE_BYTES 32

/* Whatever field they get is hashed, written and read here. */
_Static_assert(sizeof(struct world_player) == 80, "struct world_player");
_Static_assert(sizeof(struct world_projectile) == 32, "struct world_projectile");
_Static_assert(WORLD_DAMAGERS_MAX == 2 && RULES_TEAMS_MAX == 2, "hashed by name");

static void hash_vec2(struct hash *hash, struct vec2 value)
{
    hash_pair(hash, (uint32_t)value.x, (uint32_t)value.y);
}

static void hash_player(struct hash *hash, uint16_t slot, const struct world_player *player)
{
    hash_u64(hash, player->id);
    hash_pair(hash, slot | (uint32_t)player->team << 16, player->kills | (uint32_t)player->deaths << 16);
    hash_pair(hash, player->assists, player->damagers[0].slot | (uint32_t)player->damagers[1].slot << 16);
    hash_pair(hash, player->damagers[0].tick, player->damagers[1].tick);
    hash_u64(hash, player->life_tick);
    actor_hash(&player->actor, hash);
}

static void hash_projectile(struct hash *hash, const struct world_projectile *projectile)
{
    hash_pair(hash, projectile->id, projectile->spawn_tick);
    hash_vec2(hash, projectile->origin);
    hash_pair(hash, projectile->angle | (uint32_t)projectile->owner << 16,
              projectile->team | (uint32_t)projectile->weapon << 8 | (uint32_t)projectile->age_ticks << 16 |
                  (uint32_t)projectile->is_strong << 24);
}

/* Each place of the past is hashed once, in the last tick in which it counts: what is younger was hashed as a position.
 */
static void hash_past(struct hash *hash, const struct world *world, uint16_t slot)
{
    struct vec2 position;
    if (world->tick > PAST_TICKS && history_find(world, slot, world->tick - PAST_TICKS, &position)) {
        hash_vec2(hash, position);
    }
}

/* Each player and projectile has a chain of its own, so that a processor is at several of them at once. */
static void hash_players(struct hash *hash, const struct world *world)
{
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        if (world->players[slot].id != 0) {
            struct hash own;
            hash_init(&own, slot);
            hash_player(&own, slot, &world->players[slot]);
            hash_past(&own, world, slot);
            hash_u64(hash, own.state);
        }
    }
}

static void hash_projectiles(struct hash *hash, const struct world *world)
{
    for (uint32_t i = 0; i < world->projectile_count; i++) {
        struct hash own;
        hash_init(&own, i);
        hash_projectile(&own, &world->projectiles[i]);
        hash_u64(hash, own.state);
    }
}

uint64_t world_hash(const struct world *world)
{
    struct hash hash;
    hash_init(&hash, world->seed);
    hash_pair(&hash, world->tick, world->phase);
    hash_pair(&hash, world->phase_ticks, world->projectile_next_id);
    hash_pair(&hash, world->team_scores[0], world->team_scores[1]);
    hash_u64(&hash, world->random.state);
    hash_u64(&hash, world->random.increment);
    hash_pair(&hash, world->player_count, world->projectile_count);
    hash_players(&hash, world);
    hash_projectiles(&hash, world);
    for (uint32_t i = 0; i < world->map->power_up_count; i++) {
        hash_u64(&hash, world->power_up_ticks[i]);
    }
    return hash_finish(&hash);
}

size_t world_keyframe_bytes_max(uint16_t capacity)
{
    REQUIRE(capacity > 0 && capacity <= RULES_PLAYERS_MAX);
    return HEAD_BYTES + (size_t)capacity * (PLAYER_BYTES + RULES_PROJECTILES_PER_PLAYER * PROJECTILE_BYTES);
}

static void write_vec2(struct byte_writer *writer, struct vec2 value)
{
    byte_writer_u32(writer, (uint32_t)value.x);
    byte_writer_u32(writer, (uint32_t)value.y);
}

static void write_player(struct byte_writer *writer, uint16_t slot, const struct world_player *player)
{
    byte_writer_u16(writer, slot);
    byte_writer_u64(writer, player->id);
    byte_writer_u8(writer, player->team);
    byte_writer_u16(writer, player->kills);
    byte_writer_u16(writer, player->deaths);
    byte_writer_u16(writer, player->assists);
    for (uint32_t i = 0; i < WORLD_DAMAGERS_MAX; i++) {
        byte_writer_u32(writer, player->damagers[i].tick);
        byte_writer_u16(writer, player->damagers[i].slot);
    }
    byte_writer_u32(writer, player->life_tick);
    actor_write(&player->actor, writer);
}

/* Ticks before the world's own for which a living player's place is kept. */
static uint32_t past_ticks(const struct world *world, const struct world_player *player)
{
    uint32_t life = world->tick - player->life_tick;
    return player->actor.state != ACTOR_ALIVE ? 0 : life < PAST_TICKS ? life : PAST_TICKS;
}

/* From the newest back, each by its difference to the one after it. */
static void write_past(const struct world *world, struct byte_writer *writer, uint16_t slot)
{
    struct vec2 after = world->players[slot].actor.position;
    uint32_t count = past_ticks(world, &world->players[slot]);
    byte_writer_u8(writer, (uint8_t)count);
    for (uint32_t ago = 1; ago <= count; ago++) {
        struct vec2 position = after;
        (void)history_find(world, slot, world->tick - ago, &position);
        byte_writer_zigzag(writer, (int64_t)position.x - after.x);
        byte_writer_zigzag(writer, (int64_t)position.y - after.y);
        after = position;
    }
}

static void write_projectile(struct byte_writer *writer, const struct world_projectile *projectile)
{
    byte_writer_u32(writer, projectile->id);
    byte_writer_u32(writer, projectile->spawn_tick);
    write_vec2(writer, projectile->origin);
    byte_writer_u16(writer, projectile->angle);
    byte_writer_u16(writer, projectile->owner);
    byte_writer_u8(writer, projectile->team);
    byte_writer_u8(writer, projectile->weapon);
    byte_writer_u8(writer, projectile->age_ticks);
    byte_writer_u8(writer, projectile->is_strong);
}

void world_write(const struct world *world, struct byte_writer *writer)
{
    REQUIRE(world->player_count <= world->capacity && world->projectile_count <= world->projectile_capacity);
    byte_writer_u32(writer, world->tick);
    byte_writer_u8(writer, world->phase);
    byte_writer_u32(writer, world->phase_ticks);
    for (uint32_t team = 0; team < RULES_TEAMS_MAX; team++) {
        byte_writer_u32(writer, world->team_scores[team]);
    }
    byte_writer_u64(writer, world->random.state);
    byte_writer_u64(writer, world->random.increment);
    byte_writer_u32(writer, world->projectile_next_id);
    byte_writer_u16(writer, world->player_count);
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        if (world->players[slot].id != 0) {
            write_player(writer, slot, &world->players[slot]);
            write_past(world, writer, slot);
        }
    }
    byte_writer_u32(writer, world->projectile_count);
    for (uint32_t i = 0; i < world->projectile_count; i++) {
        write_projectile(writer, &world->projectiles[i]);
    }
    for (uint32_t i = 0; i < world->map->power_up_count; i++) {
        byte_writer_u16(writer, world->power_up_ticks[i]);
    }
}

static struct vec2 read_vec2(struct byte_reader *reader)
{
    int32_t x = (int32_t)byte_reader_u32(reader);
    int32_t y = (int32_t)byte_reader_u32(reader);
    return (struct vec2){x, y};
}

static bool team_fits(const struct world *world, uint8_t team)
{
    return world->mode->team_count == 0 ? team == RULES_TEAM_NONE : team < world->mode->team_count;
}

static bool slot_fits(const struct world *world, uint16_t slot)
{
    return slot < world->capacity || slot == RULES_SLOT_NONE;
}

static void read_past(struct world *world, struct byte_reader *reader, uint16_t slot)
{
    struct vec2 position = world->players[slot].actor.position;
    uint32_t count = past_ticks(world, &world->players[slot]);
    if (byte_reader_u8(reader) != count) {
        byte_reader_fail(reader, STATUS_INVALID);
        return;
    }
    for (uint32_t ago = 1; ago <= count; ago++) {
        uint64_t x = (uint64_t)position.x + (uint64_t)byte_reader_zigzag(reader);
        uint64_t y = (uint64_t)position.y + (uint64_t)byte_reader_zigzag(reader);
        if (x > (uint64_t)world->map->width_q16 || y > (uint64_t)world->map->height_q16) {
            byte_reader_fail(reader, STATUS_INVALID);
            return;
        }
        position = (struct vec2){(int32_t)x, (int32_t)y};
        history_put(world, slot, world->tick - ago, position);
    }
    history_put(world, slot, world->tick, world->players[slot].actor.position);
}

/* next_slot: slots ascend. */
static void read_player(struct world *world, struct byte_reader *reader, uint32_t *next_slot)
{
    uint16_t slot = byte_reader_u16(reader);
    struct world_player player = {.id = byte_reader_u64(reader)};
    player.team = byte_reader_u8(reader);
    player.kills = byte_reader_u16(reader);
    player.deaths = byte_reader_u16(reader);
    player.assists = byte_reader_u16(reader);
    bool is_valid = true;
    for (uint32_t i = 0; i < WORLD_DAMAGERS_MAX; i++) {
        player.damagers[i].tick = byte_reader_u32(reader);
        player.damagers[i].slot = byte_reader_u16(reader);
        is_valid = is_valid && slot_fits(world, player.damagers[i].slot);
    }
    player.life_tick = byte_reader_u32(reader);
    actor_read(&player.actor, reader);
    is_valid = is_valid && slot >= *next_slot && slot < world->capacity && player.id != 0 &&
               team_fits(world, player.team) && player.life_tick <= world->tick &&
               actor_is_valid(&player.actor, world->map);
    if (!is_valid) {
        byte_reader_fail(reader, STATUS_INVALID);
        return;
    }
    world->players[slot] = player;
    read_past(world, reader, slot);
    *next_slot = slot + 1u;
}

static bool is_inside(const struct world *world, struct vec2 origin, struct vec2 velocity, int64_t age)
{
    int64_t x = origin.x + velocity.x * age;
    int64_t y = origin.y + velocity.y * age;
    return x >= 0 && y >= 0 && x <= world->map->width_q16 && y <= world->map->height_q16;
}

/* Sets its velocity. */
static bool projectile_is_valid(const struct world *world, struct world_projectile *projectile)
{
    if (!rules_weapon_is_real(projectile->weapon)) {
        return false;
    }
    const struct weapon_rules *rules = rules_weapon(projectile->weapon);
    projectile->velocity = combat_velocity(projectile->weapon, projectile->angle);
    return is_inside(world, projectile->origin, projectile->velocity, 0) &&
           is_inside(world, projectile->origin, projectile->velocity, projectile->age_ticks) &&
           slot_fits(world, projectile->owner) && team_fits(world, projectile->team) &&
           (int64_t)projectile->age_ticks * rules->speed_q16 < rules->range_q16 &&
           (world->phase == WORLD_OVER || projectile->spawn_tick + projectile->age_ticks == world->tick + 1);
}

static void read_projectile(struct world *world, struct byte_reader *reader)
{
    struct world_projectile projectile = {.id = byte_reader_u32(reader)};
    projectile.spawn_tick = byte_reader_u32(reader);
    projectile.origin = read_vec2(reader);
    projectile.angle = byte_reader_u16(reader);
    projectile.owner = byte_reader_u16(reader);
    projectile.team = byte_reader_u8(reader);
    projectile.weapon = byte_reader_u8(reader);
    projectile.age_ticks = byte_reader_u8(reader);
    projectile.is_strong = byte_reader_varint_max(reader, 1) == 1;
    uint32_t previous_id = world->projectile_count ? world->projectiles[world->projectile_count - 1].id : 0;
    if (!projectile_is_valid(world, &projectile) || projectile.id <= previous_id) {
        byte_reader_fail(reader, STATUS_INVALID);
        return;
    }
    world->projectiles[world->projectile_count++] = projectile;
}

static void read_power_ups(struct world *world, struct byte_reader *reader)
{
    for (uint32_t i = 0; i < world->map->power_up_count; i++) {
        uint16_t ticks = byte_reader_u16(reader);
        if (ticks > rules_power_up(world->map->power_ups[i].kind)->respawn_ticks) {
            byte_reader_fail(reader, STATUS_INVALID);
        }
        world->power_up_ticks[i] = ticks;
    }
}

static void clear(struct world *world)
{
    memory_zero(world->power_up_ticks, world->map->power_up_count * sizeof world->power_up_ticks[0]);
    memory_zero(world->players, world->capacity * sizeof world->players[0]);
    world->player_count = 0;
    world->projectile_count = 0;
    world->phase = WORLD_WARMUP;
    world->phase_ticks = 0;
    world->events.count = 0;
    world->events_are_done = true;
}

static void read_head(struct world *world, struct byte_reader *reader)
{
    world->tick = byte_reader_u32(reader);
    world->phase = byte_reader_u8(reader);
    world->phase_ticks = byte_reader_u32(reader);
    for (uint32_t team = 0; team < RULES_TEAMS_MAX; team++) {
        world->team_scores[team] = byte_reader_u32(reader);
    }
    world->random.state = byte_reader_u64(reader);
    world->random.increment = byte_reader_u64(reader);
    world->projectile_next_id = byte_reader_u32(reader);
    bool is_valid = world->phase < WORLD_PHASE_COUNT && (world->random.increment & 1) == 1 &&
                    (world->phase != WORLD_PLAY || world->phase_ticks < world->time_limit_ticks) &&
                    (world->phase != WORLD_OVERTIME || world->phase_ticks < world_overtime_ticks(world));
    if (!is_valid) {
        byte_reader_fail(reader, STATUS_INVALID);
    }
}

void world_read(struct world *world, struct byte_reader *reader)
{
    clear(world);
    read_head(world, reader);
    uint16_t players = byte_reader_u16(reader);
    uint32_t next_slot = 0;
    for (uint16_t i = 0; i < players && reader->status == STATUS_OK; i++) {
        read_player(world, reader, &next_slot);
    }
    world->player_count = players;
    uint32_t projectiles = byte_reader_u32(reader);
    if (projectiles > world->projectile_capacity) {
        byte_reader_fail(reader, STATUS_INVALID);
    }
    for (uint32_t i = 0; i < projectiles && reader->status == STATUS_OK; i++) {
        read_projectile(world, reader);
    }
    read_power_ups(world, reader);
    if (reader->status != STATUS_OK) {
        clear(world);
    }
    physics_index(world);
}
