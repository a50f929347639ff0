/* SPDX-License-Identifier: Apache-2.0 */
/* event_tap.h - a queue of the test's own on the daemons' exchange: hears what they publish, byte for byte. */
#ifndef MMA_TESTS_SUPPORT_EVENT_TAP_H
#define MMA_TESTS_SUPPORT_EVENT_TAP_H

#include <stddef.h>
#include <stdint.h>

#define EVENT_TAP_BYTES_MAX 65536

struct event_tap {
    void *connection; /* librabbitmq's */
};

struct event_tap_message {
    char id[128]; /* message-id */
    size_t size;
    uint8_t bytes[EVENT_TAP_BYTES_MAX];
};

/* Binds it to that routing key; the exchange is declared as the daemons do. It ends with the connection. */
void event_tap_open(struct event_tap *tap, const char *routing_key);
void event_tap_close(struct event_tap *tap);

/* The next message, waited for. */
void event_tap_take(struct event_tap *tap, struct event_tap_message *out_message);

#endif
