/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay - looks at replay files (docs/wire-format.md, "Record").
 *
 * usage: replay info FILE        what was played, how long, how it ended; one "name value" a line
 *        replay verify FILE      plays it again and says what happened in it. Every state hash and every keyframe must
 *                                agree; else "diverged_tick" names the first tick that does not, and "field",
 *                                "expected", "actual" what differs at the next keyframe ("compared_tick")
 *        replay dump FILE        a JSON line for the header and for each record
 *        replay seek TICK FILE   the whole state after that tick as one JSON object, played from the keyframe before it
 *
 * FILE "-" is standard input. Numbers of 64 bits are hexadecimal texts in JSON. Positions and velocities are Q16.
 * Exit status: 0 good, 1 not a good replay or no such tick, 2 wrong usage or an unreadable file.
 */
#include "libcommon/game/record/record.h"
#include "libcommon/runtime/telemetry/require_report.h"
#include "services/replay-writer/core/replay_verify.h"
#include "services/replay-writer/core/world_fields.h"

#include <errno.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define FILE_BYTES_MAX (1u << 30)

struct replay_file {
    uint8_t *bytes;
    size_t size;
    struct record_header header;
    size_t records; /* where they begin */
    void *map;      /* of the header, where it carries one */
};

static int read_all(FILE *stream, struct replay_file *out_file)
{
    struct replay_file file = {0};
    size_t capacity = 0;
    for (;;) {
        if (file.size == capacity) {
            capacity = capacity == 0 ? 1u << 20 : 2 * capacity;
            uint8_t *bytes = capacity > FILE_BYTES_MAX ? NULL : realloc(file.bytes, capacity);
            if (bytes == NULL) {
                free(file.bytes);
                return ENOMEM;
            }
            file.bytes = bytes;
        }
        size_t count = fread(file.bytes + file.size, 1, capacity - file.size, stream);
        file.size += count;
        if (count == 0) {
            break;
        }
    }
    *out_file = file;
    return ferror(stream) ? EIO : 0;
}

static int read_file(const char *path, struct replay_file *out_file)
{
    bool is_stdin = strcmp(path, "-") == 0;
    FILE *stream = is_stdin ? stdin : fopen(path, "rb");
    int error = stream == NULL ? errno : read_all(stream, out_file);
    if (error != 0) {
        fprintf(stderr, "replay: %s: %s\n", path, strerror(error));
    }
    if (stream != NULL && !is_stdin) {
        fclose(stream);
    }
    return error;
}

static enum status read_map(struct replay_file *file)
{
    size_t size = record_map_bytes(&file->header);
    file->map = size > 0 ? malloc(size) : NULL;
    return size > 0 && file->map == NULL ? STATUS_NO_MEMORY : record_map_read(&file->header, file->map, size);
}

/* Says why it is none. */
static bool read_header(struct replay_file *file)
{
    enum status status = record_read_header(file->bytes, file->size, &file->header, &file->records);
    if (status == STATUS_OK) {
        status = read_map(file);
    }
    if (status != STATUS_OK) {
        fprintf(stderr, "replay: not a replay of this format: %s\n", status_text(status));
    }
    return status == STATUS_OK;
}

static void print_header(const struct record_header *header)
{
    printf("match_id ");
    for (size_t i = 0; i < RECORD_MATCH_ID_BYTES; i++) {
        printf("%02x", header->match_id[i]);
    }
    printf("\nrules_version %u\nmode %s\nmap %s\nslots %u\nseed %016" PRIx64 "\n", header->rules_version,
           header->setup.mode->name, header->setup.map->name, header->setup.capacity, header->setup.seed);
    printf("time_limit_ticks %" PRIu32 "\nscore_limit %" PRIu32 "\n", header->setup.time_limit_ticks,
           header->setup.score_limit);
}

/* ---- every record, unplayed ----------------------------------------------------------------------- */

typedef void on_record(void *owner, const struct record_reader *reader, const struct record *record, size_t offset,
                       size_t size);

/* STATUS_OK when the records are whole and end with an end record. */
static enum status read_records(const struct replay_file *file, on_record *on_one, void *owner)
{
    size_t offset = file->records;
    uint16_t capacity = file->header.setup.capacity;
    struct record_reader reader;
    struct record record;
    bool has_ended = false;
    void *memory = malloc(record_reader_bytes(capacity));
    if (memory == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum status status = STATUS_OK;
    record_reader_init(&reader, capacity, memory);
    while (status == STATUS_OK && !has_ended) {
        size_t used = 0;
        status = record_reader_next(&reader, file->bytes + offset, file->size - offset, &record, &used);
        if (status == STATUS_OK) {
            on_one(owner, &reader, &record, offset, used);
            offset += used;
            has_ended = record.kind == RECORD_END;
        }
    }
    free(memory);
    if (status == STATUS_OK && offset != file->size) {
        return STATUS_INVALID;
    }
    return status == STATUS_EMPTY ? STATUS_TRUNCATED : status;
}

struct counts {
    uint32_t ticks, keyframes;
    uint32_t last_tick;
    uint64_t last_hash;
};

static void count_record(void *owner, const struct record_reader *reader, const struct record *record, size_t offset,
                         size_t size)
{
    struct counts *counts = owner;
    (void)reader;
    (void)offset;
    (void)size;
    counts->ticks += record->kind == RECORD_TICK;
    counts->keyframes += record->kind == RECORD_KEYFRAME;
    if (record->kind == RECORD_TICK) {
        counts->last_tick = record->tick.tick;
        counts->last_hash = record->tick.hash;
    } else if (record->kind == RECORD_END) {
        counts->last_hash = record->end.hash;
    }
}

/* As the engine recorded it: nothing here looks at scores. */
static void print_decision(void *owner, const struct record_reader *reader, const struct record *record, size_t offset,
                           size_t size)
{
    const struct match_decision *decision = &record->end.decision;
    (void)owner;
    (void)reader;
    (void)offset;
    (void)size;
    if (record->kind != RECORD_END) {
        return;
    }
    printf("end_reason %s\noutcome %s\n", match_decision_end_reason_text(decision->end_reason),
           match_decision_outcome_text(decision->outcome));
    if (decision->outcome == MATCH_OUTCOME_WON) {
        printf("winner %u\nscore %" PRIu32 "\n", decision->winner, decision->score);
    } else {
        printf("winner %s\n", match_decision_outcome_text(decision->outcome));
    }
    for (uint16_t slot = 0; slot < decision->seat_count; slot++) {
        printf("place_%u %u\n", slot, decision->places[slot].place);
        if (decision->places[slot].left_tick != 0) {
            printf("left_tick_%u %" PRIu32 "\n", slot, decision->places[slot].left_tick);
        }
    }
}

static int print_info(const struct replay_file *file)
{
    struct counts counts = {0};
    print_header(&file->header);
    enum status status = read_records(file, count_record, &counts);
    printf("bytes %zu\nticks %" PRIu32 "\nseconds %.1f\nkeyframes %" PRIu32 "\nstate_hash %016" PRIx64 "\n", file->size,
           counts.ticks, counts.ticks / (double)RULES_TICK_RATE, counts.keyframes, counts.last_hash);
    (void)read_records(file, print_decision, NULL);
    if (status != STATUS_OK) {
        fprintf(stderr, "replay: damaged after tick %" PRIu32 ": %s\n", counts.last_tick, status_text(status));
        return 1;
    }
    return 0;
}

/* ---- as JSON -------------------------------------------------------------------------------------- */

static void print_header_json(const struct record_header *header)
{
    printf("{\"kind\":\"header\",\"match_id\":\"");
    for (size_t i = 0; i < RECORD_MATCH_ID_BYTES; i++) {
        printf("%02x", header->match_id[i]);
    }
    printf("\",\"rules_version\":%u,\"mode\":\"%s\",\"map\":\"%s\",\"slots\":%u,\"seed\":\"%016" PRIx64
           "\",\"time_limit_ticks\":%" PRIu32 ",\"score_limit\":%" PRIu32 "}\n",
           header->rules_version, header->setup.mode->name, header->setup.map->name, header->setup.capacity,
           header->setup.seed, header->setup.time_limit_ticks, header->setup.score_limit);
}

static void print_inputs_json(const struct record_reader *reader, const struct record_tick *tick)
{
    const char *comma = "";
    printf(",\"inputs\":[");
    for (uint16_t slot = 0; slot < reader->state.capacity; slot++) {
        if (reader->state.taken[slot]) {
            const struct input *input = &tick->inputs[slot];
            printf("%s{\"slot\":%u,\"sequence\":%" PRIu32 ",\"tick\":%" PRIu32
                   ",\"buttons\":%u,\"aim\":%u,\"weapon\":%u}",
                   comma, slot, input->sequence, input->tick, input->buttons, input->aim, input->weapon);
            comma = ",";
        }
    }
    printf("]");
}

static void print_tick_json(const struct record_reader *reader, const struct record_tick *tick)
{
    printf("\"tick\":%" PRIu32 ",\"hash\":\"%016" PRIx64 "\",\"leaves\":[", tick->tick, tick->hash);
    for (uint32_t i = 0; i < tick->leave_count; i++) {
        printf("%s%u", i > 0 ? "," : "", tick->leaves[i]);
    }
    printf("],\"joins\":[");
    for (uint32_t i = 0; i < tick->join_count; i++) {
        const struct record_join *join = &tick->joins[i];
        printf("%s{\"slot\":%u,\"team\":%u,\"id\":\"%016" PRIx64 "\"}", i > 0 ? "," : "", join->slot, join->team,
               join->id);
    }
    printf("]");
    print_inputs_json(reader, tick);
}

static void print_end_json(const struct record_end *end)
{
    const struct match_decision *decision = &end->decision;
    printf("\"tick\":%" PRIu32 ",\"hash\":\"%016" PRIx64 "\",\"end_reason\":\"%s\",\"outcome\":\"%s\",\"winner\":%d,"
           "\"score\":%" PRIu32 ",\"places\":[",
           end->tick, end->hash, match_decision_end_reason_text(decision->end_reason),
           match_decision_outcome_text(decision->outcome),
           decision->outcome == MATCH_OUTCOME_WON ? (int)decision->winner : -1, decision->score);
    for (uint16_t slot = 0; slot < decision->seat_count; slot++) {
        printf("%s{\"slot\":%u,\"place\":%u,\"left_tick\":%" PRIu32 "}", slot > 0 ? "," : "", slot,
               decision->places[slot].place, decision->places[slot].left_tick);
    }
    printf("]");
}

static void print_record(void *owner, const struct record_reader *reader, const struct record *record, size_t offset,
                         size_t size)
{
    static const char *const kinds[] = {[RECORD_TICK] = "tick", [RECORD_KEYFRAME] = "keyframe", [RECORD_END] = "end"};
    const struct record_end *end = &record->end;
    (void)owner;
    printf("{\"kind\":\"%s\",\"offset\":%zu,\"bytes\":%zu,", kinds[record->kind], offset, size);
    switch (record->kind) {
    case RECORD_TICK:
        print_tick_json(reader, &record->tick);
        break;
    case RECORD_KEYFRAME:
        printf("\"tick\":%" PRIu32 ",\"hash\":\"%016" PRIx64 "\"", record->keyframe_tick, record->keyframe_hash);
        break;
    default:
        print_end_json(end);
        break;
    }
    printf("}\n");
}

static int dump(const struct replay_file *file)
{
    print_header_json(&file->header);
    enum status status = read_records(file, print_record, NULL);
    if (status != STATUS_OK) {
        fprintf(stderr, "replay: %s\n", status_text(status));
        return 1;
    }
    return 0;
}

/* ---- played again --------------------------------------------------------------------------------- */

static void print_tally(const struct replay_tally *tally)
{
    for (uint32_t weapon = WEAPON_RIFLE; weapon < WEAPON_COUNT; weapon++) {
        printf("shots_%s %" PRIu32 "\n", rules_weapon((uint8_t)weapon)->name, tally->shots[weapon]);
    }
    printf("hits %" PRIu32 "\ndamage %" PRIu32 "\ndeaths %" PRIu32 "\nrespawns %" PRIu32 "\nscores %" PRIu32 "\n",
           tally->hits, tally->damage, tally->deaths, tally->respawns, tally->scores);
}

static void print_value(const char *name, const struct world_field *field, uint64_t value)
{
    if (field->is_signed) {
        printf("%s %" PRId64 "\n", name, (int64_t)value);
    } else {
        printf("%s %" PRIu64 "\n", name, value);
    }
}

static void print_difference(const struct replay_summary *summary)
{
    static const char *const parts[] = {"", "players", "projectiles", "power_ups"};
    const struct world_difference *difference = &summary->difference;
    if (!summary->has_difference) {
        printf("field unknown: no keyframe from that tick on shows it\n");
        return;
    }
    printf("compared_tick %" PRIu32 "\nfield ", summary->difference_tick);
    if (difference->part != WORLD_PART_HEAD) {
        printf("%s[%" PRIu32 "].", parts[difference->part], difference->index);
    }
    char name[WORLD_FIELD_NAME_MAX];
    world_field_name(&difference->field, difference->element, name);
    printf("%s\n", name);
    print_value("expected", &difference->field, difference->expected);
    print_value("actual", &difference->field, difference->actual);
}

static int verify(const struct replay_file *file)
{
    struct replay_summary summary;
    size_t size = replay_verify_bytes(&file->header);
    void *memory = size == 0 ? NULL : malloc(size);
    if (memory == NULL) {
        fprintf(stderr, "replay: this build cannot play it\n");
        return 1;
    }
    enum status status =
        replay_verify(&file->header, file->bytes + file->records, file->size - file->records, memory, size, &summary);
    free(memory);
    if (status == STATUS_OK) {
        printf("verified_ticks %" PRIu32 "\nstate_hash %016" PRIx64 "\n", summary.ticks, summary.state_hash);
        print_tally(&summary.tally);
        (void)read_records(file, print_decision, NULL);
        return 0;
    }
    if (status == STATUS_MISMATCH && summary.first_divergent_tick > 0) {
        printf("diverged_tick %" PRIu32 "\n", summary.first_divergent_tick);
        print_difference(&summary);
    } else {
        printf("damaged after %" PRIu32 " good ticks: %s\n", summary.ticks, status_text(status));
    }
    return 1;
}

/* ---- at a tick ------------------------------------------------------------------------------------ */

static void print_field(const struct world_field *field, const void *base)
{
    for (uint32_t element = 0; element < world_field_values(field); element++) {
        char name[WORLD_FIELD_NAME_MAX];
        uint64_t value = world_field_value(field, element, base);
        world_field_name(field, element, name);
        if (field->size == sizeof(uint64_t)) {
            printf("%s\"%s\":\"%016" PRIx64 "\"", element > 0 ? "," : "", name, value);
        } else {
            printf("%s\"%s\":%" PRId64, element > 0 ? "," : "", name, (int64_t)value);
        }
    }
}

static void print_fields(const struct world_fields *fields, const void *base)
{
    for (uint32_t i = 0; i < fields->count; i++) {
        printf("%s", i > 0 ? "," : "");
        print_field(&fields->items[i], base);
    }
}

static void print_world(const struct world *world, uint32_t keyframe_tick)
{
    const char *comma = "";
    printf("{\"from_keyframe\":%" PRIu32 ",\"state_hash\":\"%016" PRIx64 "\",", keyframe_tick, world_hash(world));
    print_fields(&world_head_fields, world);
    printf(",\"players\":[");
    for (uint16_t slot = 0; slot < world->capacity; slot++) {
        if (world_has(world, slot)) {
            printf("%s{\"slot\":%u,", comma, slot);
            print_fields(&world_player_fields, &world->players[slot]);
            printf("}");
            comma = ",";
        }
    }
    printf("],\"projectiles\":[");
    for (uint32_t i = 0; i < world->projectile_count; i++) {
        printf("%s{", i > 0 ? "," : "");
        print_fields(&world_projectile_fields, &world->projectiles[i]);
        printf("}");
    }
    printf("],\"power_ups\":[");
    for (uint32_t i = 0; i < world->map->power_up_count; i++) {
        printf("%s{\"ticks\":%u}", i > 0 ? "," : "", world->power_up_ticks[i]);
    }
    printf("]}\n");
}

struct beginning {
    uint32_t tick; /* sought */
    size_t offset; /* of the last keyframe up to it, or of the first record */
    uint32_t keyframe_tick;
    uint32_t last_tick; /* seen */
};

static void note_keyframe(void *owner, const struct record_reader *reader, const struct record *record, size_t offset,
                          size_t size)
{
    struct beginning *beginning = owner;
    (void)reader;
    (void)size;
    if (record->kind == RECORD_KEYFRAME && record->keyframe_tick <= beginning->tick) {
        beginning->offset = offset;
        beginning->keyframe_tick = record->keyframe_tick;
    } else if (record->kind == RECORD_TICK) {
        beginning->last_tick = record->tick.tick;
    }
}

static enum status play_to(struct record_playback *player, const struct replay_file *file,
                           const struct beginning *beginning)
{
    size_t offset = beginning->offset;
    enum status status = STATUS_OK;
    while (status == STATUS_OK && (player->world.tick < beginning->tick || !player->is_started) &&
           beginning->tick > 0) {
        struct record record;
        size_t used = 0;
        status = record_playback_next(player, file->bytes + offset, file->size - offset, &record, &used);
        offset += used;
    }
    return status;
}

static int print_tick(const struct replay_file *file, const struct beginning *beginning)
{
    struct record_playback player;
    size_t size = record_playback_bytes(&file->header);
    void *memory = size > 0 ? malloc(size) : NULL;
    if (memory == NULL) {
        fprintf(stderr, "replay: this build cannot play it\n");
        return 1;
    }
    enum status status = record_playback_init(&player, &file->header, memory, size);
    if (status == STATUS_OK) {
        status = play_to(&player, file, beginning);
    }
    if (status == STATUS_OK) {
        print_world(&player.world, beginning->keyframe_tick);
    } else {
        fprintf(stderr, "replay: cannot be played to tick %" PRIu32 ": %s\n", beginning->tick, status_text(status));
    }
    free(memory);
    return status == STATUS_OK ? 0 : 1;
}

/* Damage after the tick does not matter, damage before it does: what is read is checked, record by record. */
static int seek(const struct replay_file *file, uint32_t tick)
{
    struct beginning beginning = {.tick = tick, .offset = file->records};
    enum status status = read_records(file, note_keyframe, &beginning);
    if (tick > beginning.last_tick) {
        fprintf(stderr, "replay: there is no tick %" PRIu32 ", the last is %" PRIu32 "%s%s\n", tick,
                beginning.last_tick, status != STATUS_OK ? ", then: " : "",
                status != STATUS_OK ? status_text(status) : "");
        return 1;
    }
    return print_tick(file, &beginning);
}

/* ---- command line --------------------------------------------------------------------------------- */

static bool parse_tick(const char *text, uint32_t *out_tick)
{
    char *end = NULL;
    errno = 0;
    unsigned long value = strtoul(text, &end, 10);
    if (text[0] < '0' || text[0] > '9' || *end != '\0' || errno != 0 || value > UINT32_MAX) {
        return false;
    }
    *out_tick = (uint32_t)value;
    return true;
}

static int run(const char *verb, struct replay_file *file, uint32_t tick)
{
    static const struct {
        const char *name;
        int (*run)(const struct replay_file *file);
    } commands[] = {{"info", print_info}, {"verify", verify}, {"dump", dump}};
    if (!read_header(file)) {
        return 1;
    }
    for (size_t i = 0; i < sizeof commands / sizeof commands[0]; i++) {
        if (strcmp(verb, commands[i].name) == 0) {
            return commands[i].run(file);
        }
    }
    return seek(file, tick);
}

int main(int argc, char **argv)
{
    require_report_to_stderr();
    struct replay_file file = {0};
    uint32_t tick = 0;
    bool is_seek = argc == 4 && strcmp(argv[1], "seek") == 0 && parse_tick(argv[2], &tick);
    bool is_plain =
        argc == 3 && (strcmp(argv[1], "info") == 0 || strcmp(argv[1], "verify") == 0 || strcmp(argv[1], "dump") == 0);
    if (!is_seek && !is_plain) {
        fprintf(stderr, "usage: replay info|verify|dump FILE | seek TICK FILE\n");
        return 2;
    }
    int result = read_file(argv[argc - 1], &file) != 0 ? 2 : run(argv[1], &file, tick);
    free(file.map);
    free(file.bytes);
    return result;
}
