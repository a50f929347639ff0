/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/map/map_text.h"

#include "libcommon/base/arena.h"
#include "libcommon/base/memory.h"
#include "libcommon/base/status.h"
#include "libcommon/game/map/polygon.h"
#include "libcommon/game/rules/rules.h"

#define WORD_BYTES (MAP_NAME_MAX + 1)
#define DIGITS_MAX 5

_Static_assert(RULES_WORLD_MAX < 100000, "coordinates have DIGITS_MAX digits");
_Static_assert(RULES_TEAMS_MAX <= 10, "a team is one digit");

struct map_reader {
    const char *text;
    size_t size;
    size_t at;
    uint32_t line;
    bool is_bad; /* of this line */
    struct map map;
    char *name;
    struct map_box *walls;
    struct map_polygon *polygons;
    struct map_spawn *spawns;
    struct map_power_up *power_ups;
};

struct counts {
    uint32_t walls, polygons, spawns, power_ups;
};

static bool is_blank(char c)
{
    return c == ' ' || c == '\t' || c == '\r';
}

/* An upper limit: lines by their first letter, or the third, which distinguishes "polygon" from "power_up". */
static struct counts count_lines(const char *text, size_t size)
{
    struct counts counts = {0};
    bool is_start = true;
    for (size_t i = 0; i < size; i++) {
        counts.walls += is_start && text[i] == 'w';
        counts.spawns += is_start && text[i] == 's';
        bool is_polygon = size - i > 2 && text[i + 2] == 'l';
        counts.polygons += is_start && text[i] == 'p' && is_polygon;
        counts.power_ups += is_start && text[i] == 'p' && !is_polygon;
        is_start = text[i] == '\n' || (is_start && is_blank(text[i]));
    }
    return counts;
}

static size_t memory_for(const struct counts *counts)
{
    return arena_bytes(WORD_BYTES) + arena_bytes(counts->walls * sizeof(struct map_box)) +
           arena_bytes(counts->polygons * sizeof(struct map_polygon)) +
           arena_bytes(counts->spawns * sizeof(struct map_spawn)) +
           arena_bytes(counts->power_ups * sizeof(struct map_power_up));
}

size_t map_text_memory_bytes(const char *text, size_t size)
{
    REQUIRE(text != NULL || size == 0);
    if (size > MAP_TEXT_BYTES_MAX) {
        return 0;
    }
    struct counts counts = count_lines(text, size);
    return memory_for(&counts);
}

/* ---- words of a line ----------------------------------------------------------------------------- */

static bool at_end_of_line(const struct map_reader *reader)
{
    return reader->at == reader->size || reader->text[reader->at] == '\n' || reader->text[reader->at] == '#';
}

static void skip_blanks(struct map_reader *reader)
{
    while (reader->at < reader->size && is_blank(reader->text[reader->at])) {
        reader->at++;
    }
}

/* The next word of the line, at most MAP_NAME_MAX characters; "" and a bad line when there is none. */
static void read_word(struct map_reader *reader, char out_word[WORD_BYTES])
{
    size_t length = 0;
    skip_blanks(reader);
    while (!at_end_of_line(reader) && !is_blank(reader->text[reader->at])) {
        if (length < MAP_NAME_MAX) {
            out_word[length] = reader->text[reader->at];
        }
        length++;
        reader->at++;
    }
    reader->is_bad = reader->is_bad || length == 0 || length > MAP_NAME_MAX;
    out_word[length > MAP_NAME_MAX ? 0 : length] = '\0';
}

/* Whole units, 0 to RULES_WORLD_MAX, as Q16. */
static int32_t read_units(struct map_reader *reader)
{
    char word[WORD_BYTES];
    read_word(reader, word);
    int32_t value = 0;
    uint32_t digits = 0;
    for (; word[digits] >= '0' && word[digits] <= '9' && digits < DIGITS_MAX; digits++) {
        value = value * 10 + (word[digits] - '0');
    }
    if (digits == 0 || word[digits] != '\0' || value > RULES_WORLD_MAX) {
        reader->is_bad = true;
        return 0;
    }
    return Q16(value);
}

static struct vec2 read_place(struct map_reader *reader)
{
    int32_t x = read_units(reader);
    int32_t y = read_units(reader);
    return (struct vec2){x, y};
}

/* ---- lines --------------------------------------------------------------------------------------- */

static bool name_is_valid(const char *name)
{
    size_t length = 0;
    for (; name[length] != '\0' && length <= MAP_NAME_MAX; length++) {
        char c = name[length];
        if ((c < 'a' || c > 'z') && (c < '0' || c > '9') && c != '_' && c != '-') {
            return false;
        }
    }
    return length > 0 && length <= MAP_NAME_MAX;
}

static void read_name(struct map_reader *reader)
{
    reader->is_bad = reader->is_bad || reader->name[0] != '\0';
    char word[WORD_BYTES];
    read_word(reader, word);
    reader->is_bad = reader->is_bad || !name_is_valid(word);
    memory_copy(reader->name, word, WORD_BYTES);
}

static void read_size(struct map_reader *reader)
{
    struct vec2 size = read_place(reader);
    reader->is_bad = reader->is_bad || reader->map.width_q16 != 0;
    reader->map.width_q16 = size.x;
    reader->map.height_q16 = size.y;
}

static void read_wall(struct map_reader *reader)
{
    struct map_box box;
    box.low = read_place(reader);
    box.high = read_place(reader);
    reader->is_bad =
        reader->is_bad || box.low.x >= box.high.x || box.low.y >= box.high.y || reader->map.wall_count == MAP_WALLS_MAX;
    if (!reader->is_bad) {
        reader->walls[reader->map.wall_count++] = box;
    }
}

/* Corners to the end of the line. */
static void read_polygon(struct map_reader *reader)
{
    struct map_polygon polygon = {0};
    for (skip_blanks(reader); !reader->is_bad && !at_end_of_line(reader); skip_blanks(reader)) {
        struct vec2 corner = read_place(reader);
        reader->is_bad = reader->is_bad || polygon.corner_count == MAP_CORNERS_MAX;
        if (!reader->is_bad) {
            polygon.corners[polygon.corner_count++] = corner;
        }
    }
    reader->is_bad = reader->is_bad || !polygon_is_valid(&polygon) || reader->map.polygon_count == MAP_POLYGONS_MAX;
    if (!reader->is_bad) {
        reader->polygons[reader->map.polygon_count++] = polygon;
    }
}

static void read_spawn(struct map_reader *reader)
{
    struct map_spawn spawn = {.position = read_place(reader)};
    char word[WORD_BYTES];
    read_word(reader, word);
    bool is_team = word[0] >= '0' && word[0] < '0' + RULES_TEAMS_MAX && word[1] == '\0';
    spawn.team = is_team ? (uint8_t)(word[0] - '0') : RULES_TEAM_NONE;
    reader->is_bad =
        reader->is_bad || (!is_team && !memory_text_equal(word, "all")) || reader->map.spawn_count == MAP_SPAWNS_MAX;
    if (!reader->is_bad) {
        reader->spawns[reader->map.spawn_count++] = spawn;
    }
}

static const char *const kind_names[POWER_UP_COUNT] = {[POWER_UP_SPEED] = "speed",
                                                       [POWER_UP_DAMAGE] = "damage",
                                                       [POWER_UP_SHIELD] = "shield",
                                                       [POWER_UP_RAPID_FIRE] = "rapid_fire",
                                                       [POWER_UP_HEALTH] = "health"};

static bool is_before(struct vec2 a, struct vec2 b)
{
    return a.y < b.y || (a.y == b.y && a.x < b.x);
}

/* They may stand in any order and are kept in the map's. */
static void read_power_up(struct map_reader *reader)
{
    struct map_power_up power_up = {.position = read_place(reader)};
    char word[WORD_BYTES];
    read_word(reader, word);
    while (power_up.kind < POWER_UP_COUNT && !memory_text_equal(word, kind_names[power_up.kind])) {
        power_up.kind++;
    }
    reader->is_bad =
        reader->is_bad || power_up.kind == POWER_UP_COUNT || reader->map.power_up_count == MAP_POWER_UPS_MAX;
    if (reader->is_bad) {
        return;
    }
    uint32_t hole = reader->map.power_up_count++;
    for (; hole > 0 && is_before(power_up.position, reader->power_ups[hole - 1].position); hole--) {
        reader->power_ups[hole] = reader->power_ups[hole - 1];
    }
    reader->power_ups[hole] = power_up;
}

typedef void read_rest(struct map_reader *reader);

static const struct {
    const char *word;
    read_rest *read;
} lines[] = {
    {"map", read_name},        {"size", read_size},   {"wall", read_wall},
    {"polygon", read_polygon}, {"spawn", read_spawn}, {"power_up", read_power_up},
};

/* One line with its end. */
static void read_line(struct map_reader *reader)
{
    reader->line++;
    skip_blanks(reader);
    if (!at_end_of_line(reader)) {
        char word[WORD_BYTES];
        read_word(reader, word);
        uint32_t kind = 0;
        const uint32_t kinds = sizeof lines / sizeof lines[0];
        while (kind < kinds && !memory_text_equal(word, lines[kind].word)) {
            kind++;
        }
        if (kind == kinds) {
            reader->is_bad = true;
            return;
        }
        lines[kind].read(reader);
        skip_blanks(reader);
        reader->is_bad = reader->is_bad || !at_end_of_line(reader);
    }
    while (reader->at < reader->size && reader->text[reader->at] != '\n') {
        reader->at++;
    }
    reader->at += reader->at < reader->size;
}

static void place(struct map_reader *reader, const struct counts *counts, void *memory)
{
    struct arena arena;
    arena_init(&arena, memory, memory_for(counts));
    reader->name = arena_take_zeroed(&arena, WORD_BYTES, 1);
    reader->walls = arena_take_zeroed(&arena, counts->walls, sizeof(struct map_box));
    reader->polygons = arena_take_zeroed(&arena, counts->polygons, sizeof(struct map_polygon));
    reader->spawns = arena_take_zeroed(&arena, counts->spawns, sizeof(struct map_spawn));
    reader->power_ups = arena_take_zeroed(&arena, counts->power_ups, sizeof(struct map_power_up));
    reader->map.name = reader->name;
    reader->map.walls = reader->walls;
    reader->map.polygons = reader->polygons;
    reader->map.spawns = reader->spawns;
    reader->map.power_ups = reader->power_ups;
}

enum status map_text_read(const char *text, size_t size, void *memory, size_t memory_size, struct map *out_map,
                          uint32_t *out_line)
{
    REQUIRE(text != NULL || size == 0);
    REQUIRE(out_map != NULL && out_line != NULL);
    *out_line = 0;
    if (size > MAP_TEXT_BYTES_MAX) {
        return STATUS_TOO_LARGE;
    }
    struct counts counts = count_lines(text, size);
    if (memory_size < memory_for(&counts)) {
        return STATUS_NO_MEMORY;
    }
    struct map_reader reader = {.text = text, .size = size};
    place(&reader, &counts, memory);
    while (reader.at < size && !reader.is_bad) {
        read_line(&reader);
    }
    if (reader.is_bad) {
        *out_line = reader.line;
        return STATUS_INVALID;
    }
    if (reader.name[0] == '\0' || !map_is_valid(&reader.map)) {
        return STATUS_INVALID;
    }
    *out_map = reader.map;
    return STATUS_OK;
}

/* ---- writing ------------------------------------------------------------------------------------- */

static bool is_whole(struct vec2 place)
{
    return place.x % Q16_ONE == 0 && place.y % Q16_ONE == 0;
}

static bool polygon_is_whole(const struct map_polygon *polygon)
{
    bool is_good = true;
    for (uint32_t i = 0; i < polygon->corner_count; i++) {
        is_good = is_good && is_whole(polygon->corners[i]);
    }
    return is_good;
}

bool map_text_can_say(const struct map *map)
{
    REQUIRE(map->name != NULL);
    bool is_good = name_is_valid(map->name) && is_whole((struct vec2){map->width_q16, map->height_q16});
    for (uint32_t i = 0; is_good && i < map->wall_count; i++) {
        is_good = is_whole(map->walls[i].low) && is_whole(map->walls[i].high);
    }
    for (uint32_t i = 0; is_good && i < map->polygon_count; i++) {
        is_good = polygon_is_whole(&map->polygons[i]);
    }
    for (uint32_t i = 0; is_good && i < map->spawn_count; i++) {
        is_good = is_whole(map->spawns[i].position);
    }
    for (uint32_t i = 0; is_good && i < map->power_up_count; i++) {
        is_good = is_whole(map->power_ups[i].position);
    }
    return is_good;
}

static void put_text(struct byte_writer *writer, const char *text)
{
    while (*text != '\0') {
        byte_writer_u8(writer, (uint8_t)*text++);
    }
}

static void put_units(struct byte_writer *writer, int32_t value_q16)
{
    char digits[DIGITS_MAX + 2] = {0};
    uint32_t at = DIGITS_MAX + 1;
    uint32_t value = (uint32_t)value_q16 / Q16_ONE;
    do {
        digits[--at] = (char)('0' + value % 10);
        value /= 10;
    } while (value > 0 && at > 0);
    put_text(writer, " ");
    put_text(writer, &digits[at]);
}

static void put_place(struct byte_writer *writer, struct vec2 place_q16)
{
    put_units(writer, place_q16.x);
    put_units(writer, place_q16.y);
}

void map_text_write(const struct map *map, struct byte_writer *writer)
{
    REQUIRE(map_text_can_say(map));
    put_text(writer, "map ");
    put_text(writer, map->name);
    put_text(writer, "\nsize");
    put_place(writer, (struct vec2){map->width_q16, map->height_q16});
    for (uint32_t i = 0; i < map->wall_count; i++) {
        put_text(writer, "\nwall");
        put_place(writer, map->walls[i].low);
        put_place(writer, map->walls[i].high);
    }
    for (uint32_t i = 0; i < map->polygon_count; i++) {
        put_text(writer, "\npolygon");
        for (uint32_t k = 0; k < map->polygons[i].corner_count; k++) {
            put_place(writer, map->polygons[i].corners[k]);
        }
    }
    for (uint32_t i = 0; i < map->spawn_count; i++) {
        put_text(writer, "\nspawn");
        put_place(writer, map->spawns[i].position);
        put_text(writer, map->spawns[i].team == RULES_TEAM_NONE ? " all" : map->spawns[i].team == 0 ? " 0" : " 1");
    }
    for (uint32_t i = 0; i < map->power_up_count; i++) {
        put_text(writer, "\npower_up");
        put_place(writer, map->power_ups[i].position);
        put_text(writer, " ");
        put_text(writer, kind_names[map->power_ups[i].kind]);
    }
    put_text(writer, "\n");
}
