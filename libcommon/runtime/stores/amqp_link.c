/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/stores/amqp_link.h"

#include "libcommon/runtime/stores/amqp_dial.h"
#include "libcommon/runtime/stores/amqp_session.h"
#include "libcommon/runtime/stores/backoff.h"
#include "libcommon/runtime/telemetry/clock.h"
#include "libcommon/runtime/telemetry/entropy.h"

#include <poll.h>
#include <stdbool.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/eventfd.h>
#include <sys/socket.h>
#include <unistd.h>
#include <uv.h>

#define IDLE_MS        2000 /* heartbeats are looked after at least this often */
#define NACK_PAUSE_MS  100  /* before what the broker refused is published again */
#define RETRY_LEAST_MS 100
#define RETRY_MOST_MS  5000

/* A delivery's tag: connection, then the broker's own. */
#define TAG_BITS 48
#define TAG_MASK ((UINT64_C(1) << TAG_BITS) - 1)

struct amqp_link {
    struct amqp_link_options options;
    uv_thread_t thread;
    int wake_file; /* eventfd: something was posted, or stop */
    int stop_file; /* eventfd: stop; never read */

    uv_mutex_t lock; /* of what follows, up to the next comment */
    uv_cond_t ended_signal;
    struct amqp_list posted, done;
    struct amqp_link_counts counts;
    bool is_stopping, has_ended;
    uint64_t stop_until_ms;
    int socket; /* -1: none; the loop's thread shuts it down when stopping takes too long */

    /* The thread's own. */
    uint64_t generation; /* of the connection, 1, 2, ... */
    struct amqp_list ready, window;
    uint64_t pause_until_ms;
};

/* ---- both threads ---- */

static void signal_file(int file)
{
    uint64_t one = 1;
    ssize_t written = write(file, &one, sizeof one);
    (void)written; /* only fails when it is readable already */
}

void amqp_link_post(struct amqp_link *link, struct amqp_item *item)
{
    REQUIRE(item != NULL);
    uv_mutex_lock(&link->lock);
    bool was_empty = link->posted.count == 0;
    amqp_list_append(&link->posted, item);
    uv_mutex_unlock(&link->lock);
    if (was_empty) {
        signal_file(link->wake_file);
    }
}

void amqp_link_take(struct amqp_link *link, struct amqp_list *to, struct amqp_link_counts *out_counts)
{
    uv_mutex_lock(&link->lock);
    amqp_list_move(to, &link->done);
    *out_counts = link->counts;
    link->counts = (struct amqp_link_counts){0};
    uv_mutex_unlock(&link->lock);
}

/* ---- the thread ---- */

static bool is_stopping(struct amqp_link *link)
{
    uv_mutex_lock(&link->lock);
    bool stopping = link->is_stopping;
    uv_mutex_unlock(&link->lock);
    return stopping;
}

static void set_socket(struct amqp_link *link, int descriptor)
{
    uv_mutex_lock(&link->lock);
    link->socket = descriptor;
    uv_mutex_unlock(&link->lock);
}

static void hand_over(struct amqp_link *link, struct amqp_list *items)
{
    if (items->count == 0) {
        return;
    }
    uv_mutex_lock(&link->lock);
    bool was_empty = link->done.count == 0;
    amqp_list_move(&link->done, items);
    uv_mutex_unlock(&link->lock);
    if (was_empty) {
        link->options.wake(link->options.owner);
    }
}

static void hand_over_one(struct amqp_link *link, struct amqp_item *item)
{
    struct amqp_list one = {0};
    amqp_list_append(&one, item);
    hand_over(link, &one);
}

static void say_state(struct amqp_link *link, enum amqp_item_kind kind, const char *detail)
{
    struct amqp_text none = {NULL, 0}, body = {detail, strlen(detail)};
    struct amqp_item *item = amqp_item_create(kind, none, none, body);
    if (item != NULL) {
        hand_over_one(link, item);
    }
}

/* Sleeps until something is posted, the socket (-1: none) has something, or wait_ms have passed. */
static void sleep_on(struct amqp_link *link, int descriptor, uint64_t wait_ms)
{
    struct pollfd files[2] = {{.fd = link->wake_file, .events = POLLIN}, {.fd = descriptor, .events = POLLIN}};
    uint64_t count;
    if (poll(files, 2, (int)wait_ms) > 0 && (files[0].revents & POLLIN)) {
        ssize_t taken = read(link->wake_file, &count, sizeof count);
        (void)taken; /* non-blocking: whoever posts later writes again */
    }
}

static void count_event(struct amqp_link *link, uint64_t nacked, uint64_t returned)
{
    uv_mutex_lock(&link->lock);
    link->counts.nacked += nacked;
    link->counts.returned += returned;
    uv_mutex_unlock(&link->lock);
}

/* Takes out of the window what the event names: one item, or all up to its tag. */
static void take_named(struct amqp_link *link, const struct amqp_event *event, struct amqp_list *out)
{
    struct amqp_list kept = {0};
    struct amqp_item *item;
    while ((item = amqp_list_take(&link->window)) != NULL) {
        bool named = event->multiple ? item->tag <= event->tag : item->tag == event->tag;
        amqp_list_append(named ? out : &kept, item);
        if (item->tag >= event->tag) {
            break; /* the window is in the order of tags */
        }
    }
    amqp_list_move(&kept, &link->window);
    link->window = kept;
}

static void take_event(struct amqp_link *link, const struct amqp_event *event)
{
    struct amqp_list named = {0};
    switch (event->kind) {
    case AMQP_EVENT_CONFIRMED:
        take_named(link, event, &named);
        for (struct amqp_item *item = named.first; item; item = item->next) {
            item->kind = AMQP_ITEM_CONFIRMED;
        }
        hand_over(link, &named);
        break;
    case AMQP_EVENT_NACKED:
        take_named(link, event, &named);
        count_event(link, named.count, 0);
        amqp_list_move(&link->ready, &named);
        link->pause_until_ms = clock_monotonic_ms() + NACK_PAUSE_MS;
        break;
    case AMQP_EVENT_RETURNED: /* nobody is bound to its key; its confirm follows */
        count_event(link, 0, 1);
        break;
    case AMQP_EVENT_DELIVERY:
        event->item->tag = (link->generation & 0xFFFF) << TAG_BITS | (event->item->tag & TAG_MASK);
        hand_over_one(link, event->item);
        break;
    }
}

/* Publishes now or later, or answers a delivery of this very connection. */
static enum status take_posted(struct amqp_link *link, struct amqp_session *session)
{
    struct amqp_list posted = {0};
    enum status status = STATUS_OK;
    uv_mutex_lock(&link->lock);
    amqp_list_move(&posted, &link->posted);
    uv_mutex_unlock(&link->lock);
    struct amqp_item *item;
    while ((item = amqp_list_take(&posted)) != NULL) {
        if (item->kind == AMQP_ITEM_PUBLISH) {
            amqp_list_append(&link->ready, item);
            continue;
        }
        if (session != NULL && status == STATUS_OK && item->tag >> TAG_BITS == (link->generation & 0xFFFF)) {
            status = amqp_session_answer(session, item->kind, item->tag & TAG_MASK);
        }
        free(item);
    }
    return status;
}

static enum status publish_ready(struct amqp_link *link, struct amqp_session *session)
{
    enum status status = STATUS_OK;
    if (clock_monotonic_ms() < link->pause_until_ms) {
        return STATUS_OK;
    }
    while (status == STATUS_OK && link->window.count < AMQP_CONFIRMS_MAX && link->ready.count > 0) {
        struct amqp_item *item = amqp_list_take(&link->ready);
        status = amqp_session_publish(session, item);
        amqp_list_append(&link->window, item);
    }
    return status;
}

/* Whether it is time to leave a good connection. */
static bool is_finished(struct amqp_link *link)
{
    uv_mutex_lock(&link->lock);
    bool stopping = link->is_stopping;
    bool late = clock_monotonic_ms() >= link->stop_until_ms;
    bool empty = link->posted.count == 0;
    uv_mutex_unlock(&link->lock);
    return stopping && (late || (empty && link->ready.count == 0 && link->window.count == 0));
}

static uint64_t sleep_ms(struct amqp_link *link)
{
    if (is_stopping(link)) {
        return 20;
    }
    return link->ready.count > 0 && link->window.count < AMQP_CONFIRMS_MAX ? NACK_PAUSE_MS : IDLE_MS;
}

/* Until the connection fails or stopping is finished; STATUS_OK: the latter. */
static enum status serve(struct amqp_link *link, struct amqp_session *session, int descriptor)
{
    while (!is_finished(link)) {
        struct amqp_event event;
        enum status status = take_posted(link, session);
        if (status == STATUS_OK) {
            status = publish_ready(link, session);
        }
        while (status == STATUS_OK) {
            status = amqp_session_next(session, &event);
            if (status == STATUS_OK) {
                take_event(link, &event);
            }
        }
        if (status != STATUS_EMPTY) {
            return status;
        }
        bool more = link->ready.count > 0 && link->window.count < AMQP_CONFIRMS_MAX &&
                    clock_monotonic_ms() >= link->pause_until_ms;
        sleep_on(link, descriptor, more ? 0 : sleep_ms(link));
    }
    return STATUS_OK;
}

/* One connection, from the socket to its end. True: it was up. */
static bool connect_and_serve(struct amqp_link *link)
{
    char detail[AMQP_DETAIL_MAX] = "";
    struct amqp_session_options options = {&link->options.url, link->options.prefetch, link->options.queues,
                                           link->options.queue_count};
    struct amqp_session *session;
    int descriptor;
    if (amqp_dial(&link->options.url, link->stop_file, &descriptor, detail) != STATUS_OK) {
        say_state(link, AMQP_ITEM_DOWN, detail);
        return false;
    }
    set_socket(link, descriptor);
    enum status status = amqp_session_open(descriptor, &options, &session, detail);
    if (status != STATUS_OK) {
        set_socket(link, -1);
        say_state(link, AMQP_ITEM_DOWN, detail);
        return false;
    }
    link->generation++;
    say_state(link, AMQP_ITEM_UP, "connected");
    status = serve(link, session, descriptor);
    set_socket(link, -1);
    if (status != STATUS_OK) {
        say_state(link, AMQP_ITEM_DOWN, amqp_session_detail(session));
    }
    amqp_session_close(session, status == STATUS_OK);
    amqp_list_move(&link->window, &link->ready); /* what was not confirmed goes first on the next connection */
    link->ready = link->window;
    link->window = (struct amqp_list){0};
    return true;
}

static void run(void *argument)
{
    struct amqp_link *link = argument;
    struct backoff backoff;
    backoff_init(&backoff, RETRY_LEAST_MS, RETRY_MOST_MS);
    while (!is_stopping(link)) {
        if (connect_and_serve(link)) {
            backoff_reset(&backoff);
        }
        uint64_t until_ms = clock_monotonic_ms() + backoff_next_ms(&backoff, entropy_u64());
        for (uint64_t now_ms = 0; !is_stopping(link) && (now_ms = clock_monotonic_ms()) < until_ms;) {
            sleep_on(link, -1, until_ms - now_ms);
        }
        enum status status = take_posted(link, NULL); /* acknowledgements of a lost connection are void */
        (void)status;
    }
    uv_mutex_lock(&link->lock);
    link->has_ended = true;
    uv_cond_signal(&link->ended_signal);
    uv_mutex_unlock(&link->lock);
}

/* ---- starting and stopping ---- */

enum status amqp_link_start(const struct amqp_link_options *options, struct amqp_link **out_link)
{
    REQUIRE(options->wake != NULL && options->queue_count <= 16);
    REQUIRE(options->prefetch > 0);
    struct amqp_link *link = calloc(1, sizeof *link);
    if (link == NULL) {
        return STATUS_NO_MEMORY;
    }
    link->options = *options;
    link->socket = -1;
    link->wake_file = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    link->stop_file = eventfd(0, EFD_CLOEXEC | EFD_NONBLOCK);
    uv_mutex_init(&link->lock);
    uv_cond_init(&link->ended_signal);
    if (link->wake_file < 0 || link->stop_file < 0) {
        amqp_link_destroy(link);
        return STATUS_IO;
    }
    if (uv_thread_create(&link->thread, run, link) != 0) {
        amqp_link_destroy(link);
        return STATUS_IO;
    }
    *out_link = link;
    return STATUS_OK;
}

void amqp_link_stop(struct amqp_link *link, uint32_t wait_ms)
{
    uint64_t now_ms = clock_monotonic_ms();
    uint64_t grace_ms = now_ms + wait_ms + 600; /* for the goodbye */
    uv_mutex_lock(&link->lock);
    link->is_stopping = true;
    link->stop_until_ms = now_ms + wait_ms;
    signal_file(link->wake_file);
    signal_file(link->stop_file);
    while (!link->has_ended && now_ms < grace_ms) {
        uv_cond_timedwait(&link->ended_signal, &link->lock, (grace_ms - now_ms) * 1000000);
        now_ms = clock_monotonic_ms();
    }
    if (link->socket >= 0) {
        shutdown(link->socket, SHUT_RDWR); /* it hangs in a send or in the handshake */
    }
    uv_mutex_unlock(&link->lock);
    uv_thread_join(&link->thread);
}

void amqp_link_destroy(struct amqp_link *link)
{
    amqp_list_free(&link->posted);
    amqp_list_free(&link->done);
    amqp_list_free(&link->ready);
    amqp_list_free(&link->window);
    uv_cond_destroy(&link->ended_signal);
    uv_mutex_destroy(&link->lock);
    if (link->wake_file >= 0) {
        close(link->wake_file);
    }
    if (link->stop_file >= 0) {
        close(link->stop_file);
    }
    free(link);
}
