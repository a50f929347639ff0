/* SPDX-License-Identifier: Apache-2.0 */
/*
 * redis_attach.h - hiredis' asynchronous context on a libuv loop.
 *
 * As hiredis' own adapters/libuv.h, but a poll error (a refused connection) is handed on, which that one swallows.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_STORES_REDIS_ATTACH_H
#define MMA_LIBCOMMON_RUNTIME_STORES_REDIS_ATTACH_H

#include "libcommon/base/status.h"

#include <hiredis/async.h>
#include <uv.h>

/* Until hiredis frees the context; the loop's handle is freed in its next iteration. */
MUST_USE enum status redis_attach(redisAsyncContext *context, uv_loop_t *loop);

#endif
