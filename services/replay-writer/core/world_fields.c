/* SPDX-License-Identifier: Apache-2.0 */
#include "services/replay-writer/core/world_fields.h"

#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"

#include <stddef.h>

#define FIELD(type, member)                                                                                            \
    {                                                                                                                  \
#member, offsetof(struct type, member), sizeof(((struct type *)0)->member), false, 0, NULL                     \
    }
#define SIGNED(type, member)                                                                                           \
    {                                                                                                                  \
#member, offsetof(struct type, member), sizeof(((struct type *)0)->member), true, 0, NULL                      \
    }
/* Elements first to last - 1 of an array, by the names of a table. */
#define ELEMENTS(type, member, first, last, element_name)                                                              \
    {                                                                                                                  \
#member, offsetof(struct type, member[first]), sizeof(((struct type *)0)->member[0]), false, (last) - (first), \
            element_name                                                                                               \
    }
#define COUNT(table) (sizeof table / sizeof((table)[0]))

static const char *magazine_name(uint32_t element)
{
    return rules_weapon((uint8_t)(WEAPON_RIFLE + element))->name;
}

static const char *effect_name(uint32_t element)
{
    return rules_power_up((uint8_t)element)->name;
}

static const struct world_field head[] = {
    FIELD(world, tick),
    FIELD(world, phase),
    FIELD(world, phase_ticks),
    FIELD(world, team_scores[0]),
    FIELD(world, team_scores[1]),
    FIELD(world, random.state),
    FIELD(world, random.increment),
    FIELD(world, projectile_next_id),
    FIELD(world, projectile_count),
    FIELD(world, player_count),
};

static const struct world_field player[] = {
    FIELD(world_player, id),
    FIELD(world_player, team),
    SIGNED(world_player, actor.position.x),
    SIGNED(world_player, actor.position.y),
    SIGNED(world_player, actor.velocity.x),
    SIGNED(world_player, actor.velocity.y),
    FIELD(world_player, actor.aim),
    FIELD(world_player, actor.state),
    FIELD(world_player, actor.weapon),
    FIELD(world_player, actor.health),
    ELEMENTS(world_player, actor.ammunition, WEAPON_RIFLE, WEAPON_COUNT, magazine_name),
    FIELD(world_player, actor.cooldown_ticks),
    FIELD(world_player, actor.reload_ticks),
    FIELD(world_player, actor.protection_ticks),
    FIELD(world_player, actor.respawn_ticks),
    ELEMENTS(world_player, actor.effect_ticks, 0, POWER_UP_EFFECTS, effect_name),
    FIELD(world_player, kills),
    FIELD(world_player, deaths),
    FIELD(world_player, assists),
    FIELD(world_player, life_tick),
    FIELD(world_player, damagers[0].tick),
    FIELD(world_player, damagers[0].slot),
    FIELD(world_player, damagers[1].tick),
    FIELD(world_player, damagers[1].slot),
};

static const struct world_field projectile[] = {
    FIELD(world_projectile, id),        FIELD(world_projectile, spawn_tick), SIGNED(world_projectile, origin.x),
    SIGNED(world_projectile, origin.y), FIELD(world_projectile, angle),      FIELD(world_projectile, owner),
    FIELD(world_projectile, team),      FIELD(world_projectile, weapon),     FIELD(world_projectile, age_ticks),
    FIELD(world_projectile, is_strong),
};

static const struct world_field place[] = {
    {"past.x", offsetof(struct vec2, x), sizeof(int32_t), true, 0, NULL},
    {"past.y", offsetof(struct vec2, y), sizeof(int32_t), true, 0, NULL},
};

static const struct world_field power_up = {"ticks", 0, sizeof(uint16_t), false, 0, NULL};

const struct world_fields world_head_fields = {head, COUNT(head)};
const struct world_fields world_player_fields = {player, COUNT(player)};
const struct world_fields world_projectile_fields = {projectile, COUNT(projectile)};

uint32_t world_field_values(const struct world_field *field)
{
    return field->elements == 0 ? 1 : field->elements;
}

/* Behind size characters of a name that all fits. */
static size_t append(char *name, size_t size, const char *text)
{
    while (*text) {
        REQUIRE(size + 1 < WORLD_FIELD_NAME_MAX);
        name[size++] = *text++;
    }
    name[size] = '\0';
    return size;
}

void world_field_name(const struct world_field *field, uint32_t element, char out_name[WORLD_FIELD_NAME_MAX])
{
    REQUIRE(element < world_field_values(field));
    size_t size = append(out_name, 0, field->name);
    if (field->elements > 0) {
        size = append(out_name, size, "[");
        size = append(out_name, size, field->element_name(element));
        (void)append(out_name, size, "]");
    }
}

/* Little and big endian alike: the value is read as what it is. */
uint64_t world_field_value(const struct world_field *field, uint32_t element, const void *base)
{
    REQUIRE(element < world_field_values(field));
    const uint8_t *at = (const uint8_t *)base + field->offset + (size_t)element * field->size;
    REQUIRE(field->size == 1 || field->size == 2 || field->size == 4 || field->size == 8);
    uint8_t u8;
    uint16_t u16;
    uint32_t u32;
    uint64_t u64;
    switch (field->size) {
    case sizeof u8:
        memory_copy(&u8, at, sizeof u8);
        return field->is_signed ? (uint64_t)(int8_t)u8 : u8;
    case sizeof u16:
        memory_copy(&u16, at, sizeof u16);
        return field->is_signed ? (uint64_t)(int16_t)u16 : u16;
    case sizeof u32:
        memory_copy(&u32, at, sizeof u32);
        return field->is_signed ? (uint64_t)(int32_t)u32 : u32;
    default:
        memory_copy(&u64, at, sizeof u64);
        return u64;
    }
}

static bool field_differs(const struct world_field *field, const void *expected, const void *actual,
                          struct world_difference *out_difference)
{
    for (uint32_t element = 0; element < world_field_values(field); element++) {
        uint64_t is = world_field_value(field, element, actual);
        uint64_t should_be = world_field_value(field, element, expected);
        if (is != should_be) {
            out_difference->field = *field;
            out_difference->element = element;
            out_difference->expected = should_be;
            out_difference->actual = is;
            return true;
        }
    }
    return false;
}

static bool differ(const struct world_fields *fields, const void *expected, const void *actual,
                   struct world_difference *out_difference)
{
    for (uint32_t i = 0; i < fields->count; i++) {
        if (field_differs(&fields->items[i], expected, actual, out_difference)) {
            return true;
        }
    }
    return false;
}

/* Where a living player was in the ticks of its life that are kept. */
static bool pasts_differ(const struct world *expected, const struct world *actual, uint32_t slot,
                         struct world_difference *out_difference)
{
    const struct world_fields fields = {place, COUNT(place)};
    const struct world_player *lives = &expected->players[slot];
    for (uint32_t ago = 0; ago < RULES_REWIND_MAX && ago < expected->tick; ago++) {
        uint32_t tick = expected->tick - ago;
        size_t at = (size_t)(tick % RULES_REWIND_MAX) * expected->capacity + slot;
        if (lives->actor.state == ACTOR_ALIVE && lives->life_tick <= tick &&
            differ(&fields, &expected->past[at], &actual->past[at], out_difference)) {
            return true;
        }
    }
    return false;
}

/* What the head says of their numbers is equal. */
static bool lists_differ(const struct world *expected, const struct world *actual,
                         struct world_difference *out_difference)
{
    out_difference->part = WORLD_PART_PLAYER;
    for (uint32_t slot = 0; slot < expected->capacity; slot++) {
        out_difference->index = slot;
        bool is_there = world_has(expected, slot) || world_has(actual, slot);
        if (is_there &&
            (differ(&world_player_fields, &expected->players[slot], &actual->players[slot], out_difference) ||
             pasts_differ(expected, actual, slot, out_difference))) {
            return true;
        }
    }
    out_difference->part = WORLD_PART_PROJECTILE;
    for (uint32_t i = 0; i < expected->projectile_count; i++) {
        out_difference->index = i;
        if (differ(&world_projectile_fields, &expected->projectiles[i], &actual->projectiles[i], out_difference)) {
            return true;
        }
    }
    out_difference->part = WORLD_PART_POWER_UP;
    const struct world_fields fields = {&power_up, 1};
    for (uint32_t i = 0; i < expected->map->power_up_count; i++) {
        out_difference->index = i;
        if (differ(&fields, &expected->power_up_ticks[i], &actual->power_up_ticks[i], out_difference)) {
            return true;
        }
    }
    return false;
}

bool world_fields_differ(const struct world *expected, const struct world *actual,
                         struct world_difference *out_difference)
{
    REQUIRE(expected->capacity == actual->capacity && expected->map == actual->map);
    struct world_difference difference = {.part = WORLD_PART_HEAD};
    bool has_any =
        differ(&world_head_fields, expected, actual, &difference) || lists_differ(expected, actual, &difference);
    if (has_any) {
        *out_difference = difference;
    }
    return has_any;
}
