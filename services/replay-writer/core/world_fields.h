/* SPDX-License-Identifier: Apache-2.0 */
/*
 * world_fields.h - the state of a world by the names of its fields: to print it, and to say where two worlds differ.
 *
 * The tables hold what a state hash covers (docs/wire-format.md, "Record"); a test flips every byte of a keyframe and
 * asks for the name.
 */
#ifndef MMA_SERVICES_REPLAY_WRITER_CORE_WORLD_FIELDS_H
#define MMA_SERVICES_REPLAY_WRITER_CORE_WORLD_FIELDS_H

#include "libcommon/game/world/world.h"

/* One value, or an array with a value for each row of a table of rules.h. */
struct world_field {
    const char *name;
    uint16_t offset; /* in struct world, world_player or world_projectile; of the first element */
    uint8_t size;    /* of a value: 1, 2, 4 or 8 bytes */
    bool is_signed;
    uint8_t elements;                      /* of an array; 0: one value */
    const char *(*element_name)(uint32_t); /* of an array: what stands in brackets behind the name */
};

struct world_fields {
    const struct world_field *items;
    uint32_t count;
};

extern const struct world_fields world_head_fields; /* of struct world itself */
extern const struct world_fields world_player_fields;
extern const struct world_fields world_projectile_fields;

/* How many values a field has: 1 where it is no array. */
uint32_t world_field_values(const struct world_field *field);

/* Value number element of a field of the struct at base, sign-extended where it is signed. */
uint64_t world_field_value(const struct world_field *field, uint32_t element, const void *base);

#define WORLD_FIELD_NAME_MAX 64

/* "actor.health", "actor.ammunition[rifle]". */
void world_field_name(const struct world_field *field, uint32_t element, char out_name[WORLD_FIELD_NAME_MAX]);

enum world_part { WORLD_PART_HEAD, WORLD_PART_PLAYER, WORLD_PART_PROJECTILE, WORLD_PART_POWER_UP };

struct world_difference {
    enum world_part part;
    uint32_t index; /* slot of the player, place of the projectile or power-up */
    struct world_field field;
    uint32_t element; /* of the field, where it is an array */
    uint64_t expected;
    uint64_t actual;
};

/* Both of one setup. Answers whether their states differ, and where first: head, players, projectiles, power-ups. */
bool world_fields_differ(const struct world *expected, const struct world *actual,
                         struct world_difference *out_difference);

#endif
