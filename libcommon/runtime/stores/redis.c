/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/stores/redis.h"

#include "libcommon/runtime/encoding/url.h"
#include "libcommon/runtime/stores/dependency.h"
#include "libcommon/runtime/stores/redis_attach.h"
#include "libcommon/runtime/telemetry/clock.h"

#include <hiredis/async.h>
#include <netdb.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define RING           (REDIS_COMMANDS_MAX + 8) /* and our own of the handshake and the ping */
#define CONNECT_MS     2000                     /* from the socket to the handshake's last answer */
#define PING_PERIOD_MS 1000
#define DEFAULT_PORT   6379

/* AWAY → (retry) RESOLVING → CONNECTING → GREETING → UP → (lost) AWAY; CLOSED from each, and is final. */
enum state { AWAY, RESOLVING, CONNECTING, GREETING, UP, CLOSED };

struct command {
    redis_on_reply *on_reply;
    void *owner;
    uint64_t sent_us;
    bool is_ours; /* handshake or ping: not counted, no say in the breaker */
};

struct redis {
    struct dependency dependency;
    uint32_t command_timeout_ms;
    struct url url;
    int database;
    enum state state;
    uint32_t generation;
    unsigned references; /* timer, resolver, context: freed with the last */
    bool is_connected;   /* hiredis will call on_disconnect */
    redisAsyncContext *context;
    uv_getaddrinfo_t resolver;
    uint64_t connect_until_ms, heard_us;
    /* Commands in flight are answered in order; the first `expired` of them were given up by their deadline. */
    size_t head, count, expired;
    struct command ring[RING];
};

static struct metric commands_total = METRIC_COUNTER_INIT(
    "mma_redis_commands_total",
    "commands by result: ok, error (the server's reply), expired, lost (with the connection), refused (away or full)",
    "result");
static struct metric command_duration = {.name = "mma_redis_command_duration_seconds",
                                         .help = "from the command to its reply",
                                         .kind = METRIC_HISTOGRAM,
                                         .bounds = metric_bounds_latency_s,
                                         .bound_count = 12};

static struct dependency_kind kind = {
    .breaker = {.window = 40, .failure_percent = 50, .open_ms = 1000, .half_open_calls = 5},
    .calls_total = &commands_total,
    .call_duration = &command_duration};

static void wake_by(struct redis *redis, uint64_t due_ms)
{
    dependency_wake_by(&redis->dependency, due_ms);
}

static void release(struct redis *redis)
{
    if (--redis->references == 0) {
        free(redis);
    }
}

/* ---- up and away ---- */

static void go_away(struct redis *redis, const char *detail)
{
    if (redis->state != CLOSED) {
        redis->state = AWAY;
        dependency_went_away(&redis->dependency, detail);
    }
}

static void go_up(struct redis *redis)
{
    redis->state = UP;
    redis->generation++;
    wake_by(redis, clock_monotonic_ms() + PING_PERIOD_MS);
    dependency_came_up(&redis->dependency, redis->url.host, redis->url.port);
}

/* Commands in flight end, then go_away. */
static void reset(struct redis *redis, const char *detail)
{
    redisAsyncContext *context = redis->context;
    if (context == NULL) {
        return;
    }
    go_away(redis, detail);
    bool was_connected = redis->is_connected;
    redisAsyncFree(context); /* calls on_answer for each, and on_disconnect when it was connected */
    if (!was_connected) {
        REQUIRE(redis->references > 1); /* the timer's is there until redis_close */
        redis->context = NULL;
        redis->references--;
    }
}

/* ---- commands ---- */

static void finish(struct redis *redis, const struct command *command, enum status status, const redisReply *reply)
{
    if (!command->is_ours) {
        dependency_report(&redis->dependency, status, command->sent_us);
    }
    if (command->on_reply != NULL) {
        command->on_reply(command->owner, status, reply);
    }
}

static enum status status_of(const struct redis *redis, const redisReply *reply)
{
    if (reply == NULL) {
        return redis->state == CLOSED ? STATUS_CANCELLED : STATUS_UNAVAILABLE;
    }
    return reply->type == REDIS_REPLY_ERROR ? STATUS_REFUSED : STATUS_OK;
}

static void on_answer(redisAsyncContext *context, void *answer, void *data)
{
    (void)data;
    struct redis *redis = context->data;
    const redisReply *reply = answer;
    REQUIRE(redis->count > 0);
    struct command command = redis->ring[redis->head];
    redis->head = (redis->head + 1) % RING;
    redis->count--;
    if (reply != NULL) {
        redis->heard_us = clock_monotonic_us();
    }
    if (redis->expired > 0) {
        redis->expired--;
        return;
    }
    finish(redis, &command, status_of(redis, reply), reply);
}

static void push(struct redis *redis, redis_on_reply *on_reply, void *owner, bool is_ours)
{
    redis->ring[(redis->head + redis->count) % RING] = (struct command){on_reply, owner, clock_monotonic_us(), is_ours};
    redis->count++;
}

/* command: as hiredis formatted it, which takes it back. */
static enum status send_formatted(struct redis *redis, redis_on_reply *on_reply, void *owner, char *command, int size)
{
    enum status status =
        dependency_admit(&redis->dependency, redis->count < REDIS_COMMANDS_MAX ? STATUS_OK : STATUS_FULL);
    if (status == STATUS_OK) {
        push(redis, on_reply, owner, false);
        if (redisAsyncFormattedCommand(redis->context, on_answer, NULL, command, (size_t)size) == REDIS_OK) {
            wake_by(redis, clock_monotonic_ms() + redis->command_timeout_ms);
        } else {
            redis->count--;
            dependency_refuse(&redis->dependency);
            status = STATUS_UNAVAILABLE;
        }
    }
    redisFreeCommand(command);
    return status;
}

enum status redis_command(struct redis *redis, redis_on_reply *on_reply, void *owner, int argc, const char *const *argv,
                          const size_t *lengths)
{
    REQUIRE(argc > 0 && argv != NULL);
    char *command = NULL;
    int size = redisFormatCommandArgv(&command, argc, (const char **)(uintptr_t)argv, lengths);
    return size < 0 ? STATUS_NO_MEMORY : send_formatted(redis, on_reply, owner, command, size);
}

enum status redis_commandf(struct redis *redis, redis_on_reply *on_reply, void *owner, const char *format, ...)
{
    REQUIRE(format != NULL);
    va_list arguments;
    char *command = NULL;
    va_start(arguments, format);
    int size = redisvFormatCommand(&command, format, arguments);
    va_end(arguments);
    if (size < 0) {
        return size == -1 ? STATUS_NO_MEMORY : STATUS_INVALID;
    }
    return send_formatted(redis, on_reply, owner, command, size);
}

/* ---- handshake ---- */

static void send_ours(struct redis *redis, redis_on_reply *on_reply, const char *format, ...)
{
    va_list arguments;
    push(redis, on_reply, redis, true);
    va_start(arguments, format);
    int result = redisvAsyncCommand(redis->context, on_answer, NULL, format, arguments);
    va_end(arguments);
    if (result != REDIS_OK) {
        redis->count--; /* being disconnected: on_disconnect follows */
    }
}

static void on_greeted(void *owner, enum status status, const redisReply *reply)
{
    struct redis *redis = owner;
    if (status == STATUS_REFUSED && redis->state == GREETING) {
        reset(redis, reply->str);
    }
}

static void on_greeting_done(void *owner, enum status status, const redisReply *reply)
{
    struct redis *redis = owner;
    on_greeted(owner, status, reply);
    if (status == STATUS_OK && redis->state == GREETING) {
        go_up(redis);
    }
}

static void on_connect(const redisAsyncContext *context, int result)
{
    struct redis *redis = context->data;
    if (result != REDIS_OK) { /* hiredis frees the context without calling on_disconnect */
        redis->context = NULL;
        go_away(redis, context->errstr != NULL && context->errstr[0] ? context->errstr : "cannot connect");
        release(redis);
        return;
    }
    redis->is_connected = true;
    redis->state = GREETING;
    if (redis->url.user[0] && redis->url.password[0]) {
        send_ours(redis, on_greeted, "AUTH %s %s", redis->url.user, redis->url.password);
    } else if (redis->url.password[0]) {
        send_ours(redis, on_greeted, "AUTH %s", redis->url.password);
    }
    if (redis->database != 0) {
        send_ours(redis, on_greeted, "SELECT %d", redis->database);
    }
    send_ours(redis, on_greeting_done, "PING");
}

static void on_disconnect(const redisAsyncContext *context, int result)
{
    struct redis *redis = context->data;
    redis->context = NULL;
    if (redis->state == GREETING || redis->state == UP) { /* else reset has said why */
        go_away(redis, result != REDIS_OK && context->errstr[0] ? context->errstr : "connection lost");
    }
    release(redis);
}

/* ---- connecting ---- */

static void connect_to(struct redis *redis, const struct addrinfo *address)
{
    char ip[64];
    if (uv_ip_name(address->ai_addr, ip, sizeof ip) != 0) {
        go_away(redis, "not an IP address");
        return;
    }
    redisAsyncContext *context = redisAsyncConnect(ip, redis->url.port);
    if (context == NULL || context->err || redis_attach(context, redis->dependency.timer.loop) != STATUS_OK) {
        go_away(redis, context != NULL && context->errstr != NULL && context->errstr[0] ? context->errstr
                                                                                        : "cannot open a socket");
        if (context != NULL) {
            redisAsyncFree(context);
        }
        return;
    }
    context->data = redis;
    redis->context = context;
    redis->is_connected = false;
    redis->references++;
    redis->state = CONNECTING;
    redisAsyncSetConnectCallback(context, on_connect);
    redisAsyncSetDisconnectCallback(context, on_disconnect);
}

static void on_resolved(uv_getaddrinfo_t *resolver, int result, struct addrinfo *addresses)
{
    struct redis *redis = resolver->data;
    if (redis->state == RESOLVING && result == 0) {
        /* The next attempt takes the next address. */
        const struct addrinfo *address = addresses;
        for (uint32_t i = 0; i < redis->dependency.backoff.attempts; i++) {
            address = address->ai_next != NULL ? address->ai_next : addresses;
        }
        connect_to(redis, address);
    } else if (redis->state == RESOLVING) {
        go_away(redis, uv_strerror(result));
    }
    uv_freeaddrinfo(addresses);
    release(redis);
}

static void start_connect(struct redis *redis)
{
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    redis->connect_until_ms = clock_monotonic_ms() + CONNECT_MS;
    redis->resolver.data = redis;
    redis->state = RESOLVING;
    int result =
        uv_getaddrinfo(redis->dependency.timer.loop, &redis->resolver, on_resolved, redis->url.host, NULL, &hints);
    if (result != 0) {
        go_away(redis, uv_strerror(result));
        return;
    }
    redis->references++;
    wake_by(redis, redis->connect_until_ms);
}

/* ---- time ---- */

/* Gives up the commands whose deadline has passed. A server that answered nothing since they were sent is dead. */
static void expire(struct redis *redis)
{
    uint64_t timeout_us = (uint64_t)redis->command_timeout_ms * 1000;
    uint64_t now_us = clock_monotonic_us();
    while (redis->state == UP && redis->expired < redis->count) {
        struct command command = redis->ring[(redis->head + redis->expired) % RING];
        if (now_us - command.sent_us < timeout_us) {
            wake_by(redis, (command.sent_us + timeout_us) / 1000 + 1);
            return;
        }
        redis->expired++;
        bool is_dead = redis->heard_us <= command.sent_us;
        finish(redis, &command, STATUS_EXPIRED, NULL);
        if (is_dead && redis->state == UP) {
            reset(redis, "no answer within the deadline");
        }
    }
}

static void on_due_up(struct redis *redis)
{
    expire(redis);
    if (redis->state != UP) {
        return;
    }
    if (redis->count == 0) {
        send_ours(redis, NULL, "PING");
        wake_by(redis, clock_monotonic_ms() + redis->command_timeout_ms);
    }
    wake_by(redis, clock_monotonic_ms() + PING_PERIOD_MS);
}

static void on_due(uv_timer_t *timer)
{
    struct redis *redis = timer->data;
    dependency_woken(&redis->dependency);
    switch (redis->state) {
    case AWAY:
        if (redis->context != NULL) { /* freed as soon as hiredis is out of its callback */
            wake_by(redis, clock_monotonic_ms() + DEPENDENCY_RETRY_LEAST_MS);
        } else {
            start_connect(redis);
        }
        break;
    case CONNECTING:
    case GREETING:
        if (clock_monotonic_ms() >= redis->connect_until_ms) {
            reset(redis, "no answer while connecting");
        } else {
            wake_by(redis, redis->connect_until_ms);
        }
        break;
    case UP:
        on_due_up(redis);
        break;
    case RESOLVING: /* the resolver has its own time limit */
        wake_by(redis, clock_monotonic_ms() + CONNECT_MS);
        break;
    case CLOSED:
        break;
    }
}

/* ---- opening and closing ---- */

enum status redis_url_parse(const char *text, struct url *out_url, int *out_database)
{
    REQUIRE(text != NULL);
    enum status status = url_parse(text, out_url);
    if (status != STATUS_OK || strcmp(out_url->scheme, "redis") != 0) {
        return STATUS_INVALID;
    }
    out_url->port = out_url->port ? out_url->port : DEFAULT_PORT;
    size_t digits = strspn(out_url->path, "0123456789");
    if (out_url->path[digits] != '\0' || digits > 4) {
        return STATUS_INVALID;
    }
    *out_database = digits ? (int)strtol(out_url->path, NULL, 10) : 0;
    return STATUS_OK;
}

enum status redis_open(uv_loop_t *loop, const struct redis_options *options, struct redis **out_redis)
{
    REQUIRE(options->command_timeout_ms > 0);
    struct redis *redis = calloc(1, sizeof *redis);
    if (redis == NULL) {
        return STATUS_NO_MEMORY;
    }
    enum status status = redis_url_parse(options->url, &redis->url, &redis->database);
    if (status != STATUS_OK) {
        free(redis);
        return status;
    }
    redis->command_timeout_ms = options->command_timeout_ms;
    redis->references = 1;
    redis->state = AWAY;
    struct dependency_events events = {options->owner, options->on_state};
    dependency_init(&redis->dependency, loop, &kind, &events, on_due, redis);
    *out_redis = redis;
    return STATUS_OK;
}

static void on_timer_closed(uv_handle_t *handle)
{
    release(handle->data);
}

void redis_close(struct redis *redis)
{
    if (redis == NULL || redis->state == CLOSED) {
        return;
    }
    enum state state = redis->state;
    redis->state = CLOSED;
    dependency_close(&redis->dependency, on_timer_closed);
    if (state == UP && !(redis->context->c.flags & REDIS_IN_CALLBACK)) {
        redisAsyncHandleWrite(redis->context); /* last words, as far as the socket takes them */
    }
    if (state == RESOLVING) {
        uv_cancel((uv_req_t *)&redis->resolver);
    }
    if (redis->context != NULL) {
        bool was_connected = redis->is_connected;
        redisAsyncFree(redis->context);
        if (!was_connected) {
            redis->context = NULL;
            release(redis);
        }
    }
}

bool redis_is_up(const struct redis *redis)
{
    return redis->state == UP;
}

uint32_t redis_generation(const struct redis *redis)
{
    return redis->generation;
}
