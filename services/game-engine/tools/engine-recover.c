/* SPDX-License-Identifier: Apache-2.0 */
/*
 * engine-recover - rebuilds a match from its recovery log in Redis (services/game-engine/io/recovery.h).
 *
 * usage: engine-recover MATCH_ID      the Redis of REDIS_URL, by default redis://localhost:6379
 *        engine-recover --file FILE   a log that was saved: redis-cli get mma:match:MATCH_ID:log
 *
 * Loads the log, sets the world to its keyframe, plays all ticks after it and holds each state hash against the log's.
 * Prints "match_id", "keyframe_tick", "tick", "state_hash", "players" and, from Redis, "epoch" and "engine" (none: the
 * lease is over), one a line. Exit status: 0 rebuilt; 1 not, with the reason; 2 wrong usage.
 */
#include "libcommon/game/record/record.h"
#include "libcommon/runtime/encoding/url.h"
#include "libcommon/runtime/telemetry/require_report.h"

#include <hiredis/hiredis.h>
#include <inttypes.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define DEFAULT_URL    "redis://localhost:6379"
#define DEFAULT_PORT   6379
#define CONNECT_MS     2000
#define ID_DIGITS      ((size_t)2 * RECORD_MATCH_ID_BYTES)
#define FILE_BYTES_MAX (64u << 20)

struct log {
    char *bytes;
    size_t size;
};

/* ---- from Redis --------------------------------------------------------------------------------- */

/* NULL after an error, which was printed. */
static redisReply *ask(redisContext *redis, const char *first, const char *second, const char *third)
{
    const char *arguments[] = {first, second, third};
    redisReply *reply = redisCommandArgv(redis, third != NULL ? 3 : 2, arguments, NULL);
    if (reply == NULL || reply->type == REDIS_REPLY_ERROR) {
        fprintf(stderr, "engine-recover: Redis: %s\n", reply != NULL ? reply->str : redis->errstr);
        freeReplyObject(reply);
        return NULL;
    }
    return reply;
}

static bool greet(redisContext *redis, const struct url *url)
{
    redisReply *reply = NULL;
    bool is_greeted = true;
    if (url->password[0] != '\0') {
        reply = url->user[0] != '\0' ? ask(redis, "AUTH", url->user, url->password)
                                     : ask(redis, "AUTH", url->password, NULL);
        is_greeted = reply != NULL;
        freeReplyObject(reply);
    }
    if (is_greeted && url->path[0] != '\0') {
        reply = ask(redis, "SELECT", url->path, NULL);
        is_greeted = reply != NULL;
        freeReplyObject(reply);
    }
    return is_greeted;
}

static redisContext *connect_to_redis(void)
{
    const char *text = getenv("REDIS_URL");
    struct url url;
    if (url_parse(text != NULL ? text : DEFAULT_URL, &url) != STATUS_OK || strcmp(url.scheme, "redis") != 0) {
        fprintf(stderr, "engine-recover: REDIS_URL is not redis://[[user]:password@]host[:port][/database]\n");
        return NULL;
    }
    const struct timeval timeout = {.tv_sec = CONNECT_MS / 1000};
    redisContext *redis = redisConnectWithTimeout(url.host, url.port != 0 ? url.port : DEFAULT_PORT, timeout);
    if (redis == NULL || redis->err != 0) {
        fprintf(stderr, "engine-recover: Redis: %s\n", redis != NULL ? redis->errstr : "out of memory");
        redisFree(redis);
        return NULL;
    }
    if (redisSetTimeout(redis, timeout) != REDIS_OK || !greet(redis, &url)) {
        redisFree(redis);
        return NULL;
    }
    return redis;
}

/* Copies a key's value into out_value, which stays empty when there is none. */
static bool get(redisContext *redis, const char *id, const char *part, struct log *out_value)
{
    char key[128];
    snprintf(key, sizeof key, "mma:match:%s:%s", id, part);
    redisReply *reply = ask(redis, "GET", key, NULL);
    bool is_there = reply != NULL && reply->type == REDIS_REPLY_STRING;
    if (is_there) {
        *out_value = (struct log){.bytes = malloc(reply->len + 1), .size = reply->len};
        if (out_value->bytes != NULL) {
            memcpy(out_value->bytes, reply->str, reply->len + 1);
        }
    }
    freeReplyObject(reply);
    return is_there && out_value->bytes != NULL;
}

static void print_key(redisContext *redis, const char *id, const char *part, const char *name)
{
    struct log value = {0};
    printf("%s %s\n", name, get(redis, id, part, &value) ? value.bytes : "none");
    free(value.bytes);
}

/* ---- rebuilt ------------------------------------------------------------------------------------ */

static void print_world(const struct record_header *header, const struct world *world, uint32_t keyframe_tick)
{
    printf("match_id ");
    for (size_t i = 0; i < RECORD_MATCH_ID_BYTES; i++) {
        printf("%02x", header->match_id[i]);
    }
    printf("\nkeyframe_tick %" PRIu32 "\ntick %" PRIu32 "\nstate_hash %016" PRIx64 "\nplayers %u\n", keyframe_tick,
           world->tick, world_hash(world), world->player_count);
}

/* Plays from the keyframe to the last byte. */
static enum status play(struct record_playback *player, const struct log *log, size_t offset,
                        uint32_t *out_keyframe_tick)
{
    enum status status = STATUS_OK;
    while (status == STATUS_OK) {
        struct record record;
        size_t used = 0;
        status = record_playback_next(player, (const uint8_t *)log->bytes + offset, log->size - offset, &record, &used);
        offset += used;
        if (status == STATUS_OK && record.kind == RECORD_KEYFRAME) {
            *out_keyframe_tick = record.keyframe_tick;
        }
    }
    if (status == STATUS_EMPTY) {
        return player->is_started ? STATUS_OK : STATUS_TRUNCATED;
    }
    return status;
}

/* Plays the log and says what came of it, or why nothing did. */
static enum status rebuild_with(struct record_playback *player, const struct record_header *header,
                                const struct log *log, size_t offset)
{
    uint32_t keyframe_tick = 0;
    enum status status = play(player, log, offset, &keyframe_tick);
    if (status == STATUS_OK) {
        print_world(header, &player->world, keyframe_tick);
    } else if (player->has_diverged) {
        fprintf(stderr, "engine-recover: diverged at tick %" PRIu32 "\n", player->first_divergent_tick);
    } else {
        fprintf(stderr, "engine-recover: damaged after tick %" PRIu32 ": %s\n", player->world.tick,
                status_text(status));
    }
    return status;
}

/* The map is one that the log carries, if any; *out_map is the caller's to free. */
static enum status read_header(const struct log *log, struct record_header *out_header, size_t *out_offset,
                               void **out_map)
{
    enum status status = record_read_header((const uint8_t *)log->bytes, log->size, out_header, out_offset);
    size_t size = status == STATUS_OK ? record_map_bytes(out_header) : 0;
    *out_map = size > 0 ? malloc(size) : NULL;
    if (size > 0 && *out_map == NULL) {
        return STATUS_NO_MEMORY;
    }
    return status == STATUS_OK ? record_map_read(out_header, *out_map, size) : status;
}

static int rebuild(const struct log *log)
{
    struct record_header header;
    struct record_playback player;
    size_t offset = 0;
    void *map;
    enum status status = read_header(log, &header, &offset, &map);
    size_t size = status == STATUS_OK ? record_playback_bytes(&header) : 0;
    void *memory = size > 0 ? malloc(size) : NULL;
    if (memory == NULL) {
        fprintf(stderr, "engine-recover: not a log of this build: %s\n", status_text(status));
        free(map);
        return 1;
    }
    status = record_playback_init(&player, &header, memory, size);
    if (status == STATUS_OK) {
        status = rebuild_with(&player, &header, log, offset);
    } else {
        fprintf(stderr, "engine-recover: %s (rules version %u, this build has %u)\n", status_text(status),
                header.rules_version, RULES_VERSION);
    }
    free(memory);
    free(map);
    return status == STATUS_OK ? 0 : 1;
}

static int rebuild_from_redis(const char *id)
{
    struct log log = {0};
    redisContext *redis = connect_to_redis();
    if (redis == NULL) {
        return 1;
    }
    int result = 1;
    if (get(redis, id, "log", &log)) {
        result = rebuild(&log);
        if (result == 0) {
            print_key(redis, id, "epoch", "epoch");
            print_key(redis, id, "lease", "engine");
        }
    } else if (redis->err == 0) {
        fprintf(stderr, "engine-recover: no log of match %s: it is over, or its log has expired\n", id);
    }
    free(log.bytes);
    redisFree(redis);
    return result;
}

static int rebuild_from_file(const char *path)
{
    FILE *file = fopen(path, "rb");
    struct log log = {.bytes = malloc(FILE_BYTES_MAX)};
    if (file == NULL || log.bytes == NULL) {
        perror("engine-recover");
        free(log.bytes);
        if (file != NULL) {
            fclose(file);
        }
        return 1;
    }
    log.size = fread(log.bytes, 1, FILE_BYTES_MAX, file);
    fclose(file);
    int result = rebuild(&log);
    free(log.bytes);
    return result;
}

int main(int argc, char **argv)
{
    require_report_to_stderr();
    if (argc == 3 && strcmp(argv[1], "--file") == 0) {
        return rebuild_from_file(argv[2]);
    }
    if (argc == 2 && strlen(argv[1]) == ID_DIGITS && strspn(argv[1], "0123456789abcdef") == ID_DIGITS) {
        return rebuild_from_redis(argv[1]);
    }
    fprintf(stderr, "usage: engine-recover MATCH_ID | --file FILE\n");
    return 2;
}
