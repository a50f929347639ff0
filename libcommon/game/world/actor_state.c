/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/world/actor_state.h"

_Static_assert(sizeof(struct actor) == 44, "whatever field it gets is hashed, written and read here");

static void hash_vec2(struct hash *hash, struct vec2 value)
{
    hash_pair(hash, (uint32_t)value.x, (uint32_t)value.y);
}

/* The magazines of four weapons from first on, a byte each. */
static uint32_t four_magazines(const struct actor *actor, uint32_t first)
{
    uint32_t word = 0;
    for (uint32_t i = 0; i < 4 && first + i < WEAPON_COUNT; i++) {
        word |= (uint32_t)actor->ammunition[first + i] << (8 * i);
    }
    return word;
}

/* The ticks until the respawn, then those of each effect: four to a word. */
static void hash_ticks(struct hash *hash, const struct actor *actor)
{
    uint64_t word = actor->respawn_ticks;
    for (uint32_t effect = 0; effect < POWER_UP_EFFECTS; effect++) {
        uint32_t lane = (effect + 1) % 4;
        if (lane == 0) {
            hash_u64(hash, word);
            word = 0;
        }
        word |= (uint64_t)actor->effect_ticks[effect] << (16 * lane);
    }
    hash_u64(hash, word);
}

void actor_hash(const struct actor *actor, struct hash *hash)
{
    hash_vec2(hash, actor->position);
    hash_vec2(hash, actor->velocity);
    hash_pair(hash, actor->aim | (uint32_t)actor->state << 16 | (uint32_t)actor->weapon << 24,
              actor->health | (uint32_t)actor->cooldown_ticks << 16);
    hash_pair(hash, four_magazines(actor, WEAPON_RIFLE), actor->reload_ticks | (uint32_t)actor->protection_ticks << 16);
    for (uint32_t weapon = WEAPON_RIFLE + 4; weapon < WEAPON_COUNT; weapon += 4) {
        hash_u64(hash, four_magazines(actor, weapon));
    }
    hash_ticks(hash, actor);
}

void actor_write(const struct actor *actor, struct byte_writer *writer)
{
    byte_writer_u32(writer, (uint32_t)actor->position.x);
    byte_writer_u32(writer, (uint32_t)actor->position.y);
    byte_writer_u32(writer, (uint32_t)actor->velocity.x);
    byte_writer_u32(writer, (uint32_t)actor->velocity.y);
    byte_writer_u16(writer, actor->aim);
    byte_writer_u8(writer, actor->state);
    byte_writer_u8(writer, actor->weapon);
    byte_writer_u8(writer, actor->health);
    for (uint32_t weapon = WEAPON_RIFLE; weapon < WEAPON_COUNT; weapon++) {
        byte_writer_u8(writer, actor->ammunition[weapon]);
    }
    byte_writer_u16(writer, actor->cooldown_ticks);
    byte_writer_u16(writer, actor->reload_ticks);
    byte_writer_u16(writer, actor->protection_ticks);
    byte_writer_u16(writer, actor->respawn_ticks);
    for (uint32_t effect = 0; effect < POWER_UP_EFFECTS; effect++) {
        byte_writer_u16(writer, actor->effect_ticks[effect]);
    }
}

static struct vec2 read_vec2(struct byte_reader *reader)
{
    int32_t x = (int32_t)byte_reader_u32(reader);
    int32_t y = (int32_t)byte_reader_u32(reader);
    return (struct vec2){x, y};
}

void actor_read(struct actor *actor, struct byte_reader *reader)
{
    actor->position = read_vec2(reader);
    actor->velocity = read_vec2(reader);
    actor->aim = byte_reader_u16(reader);
    actor->state = byte_reader_u8(reader);
    actor->weapon = byte_reader_u8(reader);
    actor->health = byte_reader_u8(reader);
    for (uint32_t weapon = WEAPON_RIFLE; weapon < WEAPON_COUNT; weapon++) {
        actor->ammunition[weapon] = byte_reader_u8(reader);
    }
    actor->cooldown_ticks = byte_reader_u16(reader);
    actor->reload_ticks = byte_reader_u16(reader);
    actor->protection_ticks = byte_reader_u16(reader);
    actor->respawn_ticks = byte_reader_u16(reader);
    for (uint32_t effect = 0; effect < POWER_UP_EFFECTS; effect++) {
        actor->effect_ticks[effect] = byte_reader_u16(reader);
    }
}
