/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/played.h"

#include "libcommon/runtime/telemetry/entropy.h"
#include "tests/support/support.h"
#include "tests/support/turn.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define WAIT_MS 10000

static void forget(struct played *played, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        free(played->heard[i].payload);
    }
    played->heard_count -= count;
    memmove(played->heard, played->heard + count, played->heard_count * sizeof played->heard[0]);
}

void played_forget(struct played *played)
{
    forget(played, played->heard_count);
}

static void on_envelope(void *owner, const struct mailbox_envelope *envelope)
{
    struct played *played = owner;
    if (played->heard_count == PLAYED_HEARD_MAX) {
        forget(played, PLAYED_HEARD_MAX / 2);
    }
    struct played_envelope *heard = &played->heard[played->heard_count++];
    *heard = (struct played_envelope){.type = envelope->type,
                                      .to = mailbox_return_of(envelope),
                                      .payload = malloc(envelope->payload_size + 1),
                                      .size = envelope->payload_size};
    assert_non_null(heard->payload);
    memcpy(heard->payload, envelope->payload, envelope->payload_size);
}

void played_open(struct played *played, uv_loop_t *loop, const char *role)
{
    struct redis_options redis = {.url = support_env("REDIS_URL"), .command_timeout_ms = 2000};
    struct mailbox_options mailbox = {
        .bind_host = "127.0.0.1", .public_host = "127.0.0.1", .owner = played, .on_envelope = on_envelope};
    *played = (struct played){.loop = loop};
    assert_int_equal(STATUS_OK, redis_open(loop, &redis, &played->redis));
    assert_int_equal(STATUS_OK, registry_open(loop, played->redis, &played->registry));
    assert_int_equal(STATUS_OK, mailbox_open(loop, &mailbox, &played->mailbox));
    (void)snprintf(played->entry.role, sizeof played->entry.role, "%s", role);
    (void)snprintf(played->entry.mailbox, sizeof played->entry.mailbox, "%s", mailbox_url(played->mailbox));
    (void)snprintf(played->entry.region, sizeof played->entry.region, "eu_west");
    played->entry.incarnation = entropy_u64();
    registry_announce(played->registry, &played->entry);
}

void played_close(struct played *played)
{
    registry_close(played->registry);
    redis_close(played->redis);
    mailbox_close(played->mailbox);
    turn_for(played->loop, 20);
    played_forget(played);
}

uint32_t played_count(const struct played *played, Mma__MessageType type)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < played->heard_count; i++) {
        count += played->heard[i].type == type;
    }
    return count;
}

struct expected {
    struct played *played;
    Mma__MessageType type;
    unsigned nth;
};

static bool is_heard(void *data)
{
    const struct expected *expected = data;
    return played_count(expected->played, expected->type) >= expected->nth;
}

const struct played_envelope *played_wait(struct played *played, Mma__MessageType type, unsigned nth)
{
    struct expected expected = {played, type, nth};
    if (!turn_until_holds(played->loop, is_heard, &expected, WAIT_MS)) {
        fail_msg("the %s was not sent message type %d", played->entry.role, (int)type);
    }
    for (uint32_t i = 0;; i++) {
        if (played->heard[i].type == type && --nth == 0) {
            return &played->heard[i];
        }
    }
}

void played_tell(struct played *played, const char *peer, Mma__MessageType type, const ProtobufCMessage *message)
{
    assert_int_equal(STATUS_OK,
                     mailbox_post(played->mailbox, peer, MAILBOX_PUBLISH, type, (struct trace_id){0}, message));
    mailbox_flush(played->mailbox);
}
