/* SPDX-License-Identifier: Apache-2.0 */
/* seeds FOLDER: writes a seed corpus for each fuzz target below FOLDER, from a match of bots. */
#include "libcommon/base/hash.h"
#include "libcommon/base/memory.h"
#include "libcommon/game/map/map_text.h"
#include "libcommon/game/record/record.h"
#include "libcommon/game/rules/chat_text.h"
#include "libcommon/game/snapshot/snapshot.h"
#include "libcommon/runtime/mailbox/mailbox_batch.h"
#include "libcommon/runtime/telemetry/require_report.h"
#include "proto/match.pb-c.h"
#include "tests/support/bot_match.h"
#include "tests/support/world_decision.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

enum { BYTES_MAX = 1 << 18 };

static uint8_t bytes[BYTES_MAX];

static void store(const char *folder, const char *target, unsigned number, size_t size)
{
    char path[512];
    (void)mkdir(folder, 0777);
    (void)snprintf(path, sizeof path, "%s/%s", folder, target);
    (void)mkdir(path, 0777);
    (void)snprintf(path, sizeof path, "%s/%s/%04u", folder, target, number);
    FILE *file = fopen(path, "wb");
    if (!file || fwrite(bytes, 1, size, file) != size || fclose(file) != 0) {
        perror(path);
        exit(1);
    }
}

static struct view *make_view(const struct view_limits *limits)
{
    struct view *view = calloc(1, sizeof *view);
    view_init(view, limits, calloc(1, view_bytes(limits)));
    return view;
}

/* The same match as in fuzz_snapshot.c: the deltas are against its baseline. */
static void store_snapshots(const char *folder)
{
    struct world_setup setup = bot_match_setup("ffa", 7);
    struct bot_match *match = bot_match_create(&setup, 20);
    struct view_limits limits = view_limits_for(20);
    struct view *views[2] = {make_view(&limits), make_view(&limits)};
    struct event_history history;
    event_history_init(&history, malloc(event_history_bytes(4096)), 4096);
    for (unsigned tick = 1; tick <= 520; tick++) {
        bot_match_step(match);
        event_history_add(&history, &match->world.events);
        bool is_delta = tick > 500 && tick % 2 == 0;
        const struct view *baseline = is_delta ? views[0] : NULL;
        interest_view(views[tick > 500], &match->scene, 2, baseline, tick % 4 == 0 ? 40 : INTEREST_UNBOUNDED);
        struct snapshot_source source = {.scene = &match->scene,
                                         .baseline = baseline,
                                         .current = views[tick > 500],
                                         .events = &history,
                                         .events_after = tick > 500 ? 500 : tick - 1};
        size_t size = 0;
        if ((tick > 500 || tick % 50 == 1) && snapshot_encode(&source, bytes, sizeof bytes, &size) == STATUS_OK) {
            store(folder, "snapshot", tick, size);
        }
    }
}

static void store_inputs(const char *folder)
{
    struct random random;
    random_init(&random, 1, 1);
    for (unsigned i = 0; i < 32; i++) {
        struct input input = {.sequence = random_u32(&random) >> (i % 32),
                              .tick = random_u32(&random) >> (i % 32),
                              .buttons = (uint16_t)random_below(&random, INPUT_BUTTONS + 1),
                              .aim = (uint16_t)random_u32(&random),
                              .weapon = (uint8_t)random_below(&random, WEAPON_COUNT),
                              .seen_tick = i % 3 ? random_u32(&random) >> (i % 32) : 0};
        size_t size = 0;
        if (input_encode(&input, bytes, sizeof bytes, &size) == STATUS_OK) {
            store(folder, "input", i, size);
        }
    }
}

/* The records from offset to end as fuzz_record.c frames them itself: kind, length in 16 bits, payload. */
static size_t unframe(size_t offset, size_t end)
{
    static uint8_t copy[BYTES_MAX];
    struct byte_writer writer;
    struct byte_reader reader;
    byte_writer_init(&writer, copy, sizeof copy);
    byte_reader_init(&reader, bytes + offset, end - offset);
    while (byte_reader_left(&reader) > 0 && reader.status == STATUS_OK) {
        byte_writer_u8(&writer, byte_reader_u8(&reader));
        size_t size = (size_t)byte_reader_varint(&reader);
        byte_writer_u16(&writer, (uint16_t)size);
        byte_writer_bytes(&writer, byte_reader_bytes(&reader, size), size);
        (void)byte_reader_u32(&reader);
    }
    memory_copy(bytes, copy, writer.size);
    return writer.size;
}

/* kind: 0 a good record; 1 its twelfth hash is wrong; 2, 3 somebody leaves or joins who cannot. */
static void store_record(const char *folder, unsigned kind)
{
    struct world_setup setup = bot_match_setup("ffa", 7);
    struct bot_match *match = bot_match_create(&setup, 4);
    struct record_state state;
    record_state_init(&state, 20, malloc(record_state_bytes(20)));
    struct byte_writer writer;
    byte_writer_init(&writer, bytes, sizeof bytes);
    struct record_header header = {.rules_version = RULES_VERSION, .setup = setup};
    struct record_join joins[4];
    for (uint16_t slot = 0; slot < 4; slot++) {
        joins[slot] = (struct record_join){1000u + slot, slot, RULES_TEAM_NONE};
    }
    const uint16_t nobody = 9;
    const struct record_join second_join = {7, 1, RULES_TEAM_NONE};
    enum status status = record_write_header(&header, &writer);
    for (uint32_t tick = 1; tick <= 60 && status == STATUS_OK; tick++) {
        world_step(&match->world, match->inputs);
        struct record_tick record = {.tick = tick,
                                     .hash = world_hash(&match->world),
                                     .joins = joins,
                                     .join_count = tick == 1 ? 4 : 0,
                                     .inputs = match->inputs};
        if (tick == 12) {
            record.hash += kind == 1;
            record.leaves = &nobody;
            record.leave_count = kind == 2;
            record.joins = kind == 3 ? &second_join : joins;
            record.join_count = kind == 3;
        }
        status = record_write_tick(&state, &record, &writer);
        if (tick % 20 == 0 && status == STATUS_OK) {
            status = record_write_keyframe(&state, &match->world, &writer);
        }
    }
    struct match_place places[64];
    struct record_end last = {
        .tick = 60, .hash = world_hash(&match->world), .decision = world_decision(&match->world, places)};
    status = status == STATUS_OK ? record_write_end(&last, &writer) : status;
    size_t used = 0;
    if (status == STATUS_OK && record_read_header(bytes, writer.size, &header, &used) == STATUS_OK) {
        store(folder, "record", 2 * kind, writer.size);
        store(folder, "record", 2 * kind + 1, unframe(used, writer.size));
    }
}

/* A header that carries its map; the second one's check is right for a text that is no map. */
static void store_carried_map(const char *folder)
{
    static const struct map_polygon polygon = {3, {{Q16(200), Q16(200)}, {Q16(300), Q16(200)}, {Q16(200), Q16(300)}}};
    static const struct map_spawn spawn = {{Q16(100), Q16(100)}, RULES_TEAM_NONE};
    static const struct map map = {.name = "carried",
                                   .width_q16 = Q16(512),
                                   .height_q16 = Q16(512),
                                   .polygons = &polygon,
                                   .polygon_count = 1,
                                   .spawns = &spawn,
                                   .spawn_count = 1};
    struct record_header header = {.rules_version = RULES_VERSION, .setup = bot_match_setup("ffa", 7)}, read;
    struct byte_writer writer;
    size_t used = 0;
    header.setup.map = &map;
    byte_writer_init(&writer, bytes, sizeof bytes);
    if (record_write_header(&header, &writer) != STATUS_OK ||
        record_read_header(bytes, writer.size, &read, &used) != STATUS_OK) {
        return;
    }
    store(folder, "record", 8, writer.size);
    bytes[(const uint8_t *)read.map_text - bytes] = 'w';
    struct hash hash;
    hash_init(&hash, 0);
    hash_bytes(&hash, bytes, used - sizeof(uint32_t));
    writer.size = used - sizeof(uint32_t);
    byte_writer_u32(&writer, (uint32_t)hash_finish(&hash));
    store(folder, "record", 9, writer.size);
}

static void store_maps(const char *folder)
{
    for (uint32_t i = 0; map_at(i); i++) {
        struct byte_writer writer;
        byte_writer_init(&writer, bytes, sizeof bytes);
        map_text_write(map_at(i), &writer);
        if (writer.status == STATUS_OK) {
            store(folder, "map", i, writer.size);
        }
    }
}

static void store_text(const char *folder, const char *target, unsigned number, const char *text, size_t size)
{
    memory_copy(bytes, text, size);
    store(folder, target, number, size);
}

#define STORE_TEXT(target, number, text) store_text(folder, target, number, text, sizeof(text) - 1)

/* Longer than a head may be: in its path, in a value, in a name, and a header too many. */
static void store_long_heads(const char *folder)
{
    static const char *const begins[] = {"GET /", "GET / HTTP/1.1\r\nX: ", "GET / HTTP/1.1\r\nConnection: "};
    static const size_t sizes[] = {5, 19, 28};
    for (unsigned i = 0; i < 3; i++) {
        memory_fill(bytes, 'a', 1 << 14);
        memory_copy(bytes, begins[i], sizes[i]);
        store(folder, "http_head", 10 + i, 1 << 14);
    }
    size_t size = 16;
    memory_copy(bytes, "GET / HTTP/1.1\r\n", 16);
    for (unsigned i = 0; i < 300; i++, size += 6) {
        memory_copy(bytes + size, "X: a\r\n", 6);
    }
    store(folder, "http_head", 13, size);
}

/* What stands at the gateway's door: requests, claims, client messages. */
static void store_door(const char *folder)
{
    STORE_TEXT(
        "map", 100,
        "# all words\nmap a\nsize 2000 2000\nwall 10 20 30 40 # a wall\n\n\tspawn 100 100 all\r\nspawn 300 100 0\n"
        "power_up 500 500 health\npower_up 400 400 rapid_fire\npower_up 600 100 speed\n");
    STORE_TEXT("map", 101,
               "map a\nsize 2000 2000\npolygon 500 500 600 500 500 600\n"
               "polygon 950 880 1050 880 1120 950 1120 1050 1050 1120 950 1120 880 1050 880 950\nspawn 100 100 all\n");
    STORE_TEXT("map", 102, "map a\nsize 900 900\nspawn 90 90 1\npolygon 400 400 500 500 500 400 400 500 # crosses\n");
    STORE_TEXT("http_head", 0,
               "GET /v1/play?x=1 HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: keep-alive, Upgrade\r\n"
               "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
               "Sec-WebSocket-Protocol: arena.v1.msgpack\r\nAuthorization: Bearer a.b.c\r\nOrigin: http://a\r\n\r\n");
    STORE_TEXT("http_head", 1,
               "GET / HTTP/1.1\r\nX-Forwarded-For: a\r\nX-Forwarded-For: b\r\nIf-None-Match: \"1\"\r\n\r\n");
    STORE_TEXT("http_head", 2, "GET / HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
    STORE_TEXT("http_head", 3, "GET a HTTP/1.1\r\n\r\n");
    STORE_TEXT("transcode", 4, "\x81\xa6rating\xcb\x40\x8f\x40\x00\x00\x00\x00\x00");
    STORE_TEXT("transcode", 5, "\x81\xa6rating\xd1\xff\x00");
    STORE_TEXT("transcode", 6, "\x81\xa5input\xc4\x00");
    STORE_TEXT("token", 0,
               "{\"sub\":\"a\",\"aud\":[\"mma-game\"],\"exp\":1900000000,\"nbf\":1,\"region\":\"eu_west\"}");
    STORE_TEXT("token", 1, "eyJhbGciOiJIUzI1NiJ9.e30.AAAA");
    STORE_TEXT("transcode", 0,
               "\x82\x01\x07\x04\x82\x02\xa3"
               "ffa\x03\x91\x82\x01\xa7"
               "eu_west\x02\x14");
    STORE_TEXT("transcode", 1, "\x81\xa5input\xc4\x03\x01\x02\x03");
    STORE_TEXT("transcode", 2,
               "\x08\x07\x22\x12\x12\x03"
               "ffa\x1a\x0b\x0a\x07"
               "eu_west\x10\x14");
    STORE_TEXT(
        "transcode", 3,
        "{\"state\":\"QUEUED\",\"create_time\":\"2026-11-22T19:30:00Z\",\"latencies\":[{\"latency_ms\":\"9\"}]}");
}

/* A tick of a gateway: an input, a request that ends, a reply to one. */
static void store_batches(const char *folder)
{
    static const struct mailbox_head heads[] = {
        {.type = MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS},
        {.type = MMA__MESSAGE_TYPE__MESSAGE_TYPE_JOIN,
         .correlation_id = 7,
         .trace = {{1, 2, 3}},
         .deadline_unix_ms = 1700000000000},
        {.type = MMA__MESSAGE_TYPE__MESSAGE_TYPE_REFUSAL, .correlation_id = 7, .is_reply = true},
    };
    const struct mailbox_origin origin = {"tcp://127.0.0.1:7000", 9, 1};
    const struct mailbox_key key = {NULL, 0};
    struct mailbox_outbox outbox = {0};
    Mma__Inputs inputs = MMA__INPUTS__INIT;
    for (unsigned i = 0; i < sizeof heads / sizeof heads[0]; i++) {
        REQUIRE(mailbox_outbox_add(&outbox, &heads[i], &inputs.base, false) == STATUS_OK);
        size_t size = mailbox_batch_head(&origin, &key, outbox.bytes, outbox.size, bytes);
        memory_copy(bytes + size, outbox.bytes, outbox.size);
        store(folder, "batch", i, size + outbox.size);
    }
    mailbox_outbox_free(&outbox);
    memory_copy(bytes, "", 1);
    store(folder, "batch", 3, 1);
}

static void store_chat_texts(const char *folder)
{
    static const char *const texts[] = {"gg",       "naïve – прикрой 你好 😀", "a\nb", "\xe2\x80\xa8",
                                        "\xc0\x80", "\xf4\x90\x80\x80",       ""};
    for (unsigned i = 0; i < sizeof texts / sizeof texts[0]; i++) {
        memory_copy(bytes, texts[i], strlen(texts[i]));
        store(folder, "chat_text", i, strlen(texts[i]));
    }
    memory_fill(bytes, 'a', CHAT_TEXT_CODE_POINTS_MAX + 1);
    store(folder, "chat_text", 100, CHAT_TEXT_CODE_POINTS_MAX);
    store(folder, "chat_text", 101, CHAT_TEXT_CODE_POINTS_MAX + 1);
}

int main(int argc, char **argv)
{
    require_report_to_stderr();
    if (argc != 2) {
        (void)fprintf(stderr, "usage: seeds FOLDER\n");
        return 64;
    }
    store_inputs(argv[1]);
    store_snapshots(argv[1]);
    for (unsigned kind = 0; kind < 4; kind++) {
        store_record(argv[1], kind);
    }
    store_carried_map(argv[1]);
    store_maps(argv[1]);
    store_door(argv[1]);
    store_long_heads(argv[1]);
    store_batches(argv[1]);
    store_chat_texts(argv[1]);
    return 0;
}
