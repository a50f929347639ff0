/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis.h - one Redis connection on the loop (hiredis, RESP2): reconnects for ever with jittered back-off, behind a
 * circuit breaker, with a bound on what is in flight and a deadline on each command. Loop's thread only.
 *
 * Opening never waits; names are resolved on libuv's thread pool. A command past its deadline may still take place.
 * A server that answers nothing (a PING goes out each second without other commands) is taken for dead after
 * command_timeout_ms. Commands that change the connection (SUBSCRIBE, MONITOR, SELECT, blocking ones) are not for it.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_STORES_REDIS_H
#define MMA_LIBCOMMON_RUNTIME_STORES_REDIS_H

#include "libcommon/base/status.h"
#include "libcommon/runtime/encoding/url.h"

#include <hiredis/hiredis.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <uv.h>

#define REDIS_COMMANDS_MAX 4096 /* in flight */

struct redis;

struct redis_options {
    const char *url; /* redis://[[user]:password@]host[:port][/database]; borrowed during open */
    uint32_t command_timeout_ms;
    void *owner;
    void (*on_state)(void *owner, bool up, const char *detail); /* each change; may be NULL */
};

/* reply is borrowed during the call, NULL unless status is OK. An error reply of the server gives STATUS_REFUSED and
 * the reply. Exactly once for each accepted command. */
typedef void redis_on_reply(void *owner, enum status status, const redisReply *reply);

/* redis://[:password@]host[:port][/database], with the usual port and database 0 where none is given. */
MUST_USE enum status redis_url_parse(const char *text, struct url *out_url, int *out_database);

MUST_USE enum status redis_open(uv_loop_t *loop, const struct redis_options *options, struct redis **out_redis);
void redis_close(struct redis *redis); /* commands in flight end with STATUS_CANCELLED; takes NULL */
bool redis_is_up(const struct redis *redis);
uint32_t redis_generation(const struct redis *redis); /* how many times it came up: what the server knew may be gone */

/* STATUS_UNAVAILABLE at once while away, STATUS_FULL past REDIS_COMMANDS_MAX. on_reply may be NULL. */
MUST_USE enum status redis_command(struct redis *redis, redis_on_reply *on_reply, void *owner, int argc,
                                   const char *const *argv, const size_t *lengths);
/* The same from a printf-like format of hiredis (%s text, %b bytes and size_t). */
MUST_USE enum status redis_commandf(struct redis *redis, redis_on_reply *on_reply, void *owner, const char *format,
                                    ...);

#endif
