/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/stores/redis_attach.h"

#include <stdlib.h>

struct attachment {
    redisAsyncContext *context; /* NULL once hiredis has let go */
    uv_poll_t poll;
    int wanted;
};

static void on_poll(uv_poll_t *poll, int status, int events)
{
    struct attachment *attachment = poll->data;
    int ready = status == 0 ? events : attachment->wanted; /* hiredis finds the error itself */
    if (attachment->context != NULL && (ready & UV_READABLE)) {
        redisAsyncHandleRead(attachment->context);
    }
    if (attachment->context != NULL && (ready & UV_WRITABLE)) {
        redisAsyncHandleWrite(attachment->context);
    }
}

static void want(struct attachment *attachment, int events)
{
    if (events == attachment->wanted) {
        return;
    }
    attachment->wanted = events;
    if (events) {
        uv_poll_start(&attachment->poll, events, on_poll);
    } else {
        uv_poll_stop(&attachment->poll);
    }
}

static void add_read(void *data)
{
    struct attachment *attachment = data;
    want(attachment, attachment->wanted | UV_READABLE);
}

static void remove_read(void *data)
{
    struct attachment *attachment = data;
    want(attachment, attachment->wanted & ~UV_READABLE);
}

static void add_write(void *data)
{
    struct attachment *attachment = data;
    want(attachment, attachment->wanted | UV_WRITABLE);
}

static void remove_write(void *data)
{
    struct attachment *attachment = data;
    want(attachment, attachment->wanted & ~UV_WRITABLE);
}

static void on_poll_closed(uv_handle_t *handle)
{
    free(handle->data);
}

static void clean_up(void *data)
{
    struct attachment *attachment = data;
    attachment->context = NULL;
    uv_close((uv_handle_t *)&attachment->poll, on_poll_closed);
}

enum status redis_attach(redisAsyncContext *context, uv_loop_t *loop)
{
    REQUIRE(context->c.fd >= 0);
    struct attachment *attachment = calloc(1, sizeof *attachment);
    if (attachment == NULL) {
        return STATUS_NO_MEMORY;
    }
    if (uv_poll_init(loop, &attachment->poll, context->c.fd) != 0) {
        free(attachment);
        return STATUS_IO;
    }
    attachment->context = context;
    attachment->poll.data = attachment;
    context->ev.addRead = add_read;
    context->ev.delRead = remove_read;
    context->ev.addWrite = add_write;
    context->ev.delWrite = remove_write;
    context->ev.cleanup = clean_up;
    context->ev.data = attachment;
    return STATUS_OK;
}
