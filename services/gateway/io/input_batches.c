/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/input_batches.h"

#include "libcommon/game/world/input.h"
#include "services/gateway/io/backend_messages.h"

#include <stdlib.h>
#include <string.h>

/* Inputs that go as one message. */
struct input_batch {
    Mma__SessionInput items[GATEWAY_INPUT_BATCH_MAX];
    Mma__SessionInput *pointers[GATEWAY_INPUT_BATCH_MAX];
    uint8_t bytes[GATEWAY_INPUT_BATCH_MAX][INPUT_BYTES_MAX];
};

static void post(struct gateway *gateway, uint32_t backend, uint32_t rows)
{
    if (rows == 0) {
        return;
    }
    Mma__Inputs inputs;
    mma__inputs__init(&inputs);
    inputs.n_inputs = rows;
    inputs.inputs = gateway->batches[backend]->pointers;
    enum status status = mailbox_post(gateway->mailbox, gateway->router->backends.items[backend].url, MAILBOX_REALTIME,
                                      MMA__MESSAGE_TYPE__MESSAGE_TYPE_INPUTS, (struct trace_id){0}, &inputs.base);
    gateway->counts.inputs[status == STATUS_OK ? INPUT_FORWARDED : INPUT_LOST] += rows;
}

static void on_batch_timer(uv_timer_t *timer)
{
    struct gateway *gateway = timer->data;
    gateway_router_batch_due(gateway->router);
    for (uint32_t i = 0; i < gateway->router->backends.used; i++) {
        post(gateway, i, gateway_router_take_batch(gateway->router, i));
    }
}

/* Made at the first input, kept for the next backend in this place. */
static bool has_batch(struct gateway *gateway, uint32_t backend)
{
    struct input_batch **batch = &gateway->batches[backend];
    if (*batch == NULL) {
        *batch = malloc(sizeof **batch);
    }
    return *batch != NULL;
}

static void add(struct gateway *gateway, struct session *session, enum gateway_row kind, const uint8_t *bytes,
                size_t size, Mma__SetRate *set_rate)
{
    REQUIRE(size <= INPUT_BYTES_MAX);
    if (!has_batch(gateway, session->backend)) {
        gateway->counts.inputs[INPUT_LOST]++;
        return;
    }
    struct gateway_input_row row = gateway_router_add_row(gateway->router, session, kind);
    struct input_batch *batch = gateway->batches[row.backend];
    post(gateway, row.backend, row.send_before);
    if (size > 0) {
        memcpy(batch->bytes[row.row], bytes, size);
    }
    backend_messages_fill_row(session->id, &row, batch->bytes[row.row], size, set_rate, &batch->items[row.row]);
    batch->pointers[row.row] = &batch->items[row.row];
    post(gateway, row.backend, row.send_after);
    if (row.starts_timer) {
        (void)uv_timer_start(&gateway->batch_timer, on_batch_timer, gateway->settings->batch_delay_ms, 0);
    }
}

void input_batches_add_input(struct gateway *gateway, struct session *session, const uint8_t *bytes, size_t size)
{
    add(gateway, session, GATEWAY_ROW_INPUT, bytes, size, NULL);
}

void input_batches_add_report(struct gateway *gateway, struct session *session)
{
    add(gateway, session, GATEWAY_ROW_REPORT, NULL, 0, NULL);
}

void input_batches_set_rate(struct gateway *gateway, struct session *session, uint32_t rate_hz)
{
    Mma__SetRate set_rate;
    mma__set_rate__init(&set_rate);
    set_rate.rate_hz = rate_hz;
    add(gateway, session, GATEWAY_ROW_SET_RATE, NULL, 0, &set_rate);
}

void input_batches_free(struct gateway *gateway)
{
    for (size_t i = 0; i < BACKENDS_MAX; i++) {
        free(gateway->batches[i]);
        gateway->batches[i] = NULL;
    }
}
