/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch_host.h - carries out what core/follow decides: mail, timer, log and metrics of the matches that are followed.
 *
 * Mail, answers and the timer's ticks are the core's events; its effects are carried out in order, after each event.
 * Borrows everything in its options. Loop's thread only.
 */
#ifndef MMA_SERVICES_SPECTATOR_IO_WATCH_HOST_H
#define MMA_SERVICES_SPECTATOR_IO_WATCH_HOST_H

#include "libcommon/runtime/mailbox/mailbox.h"
#include "libcommon/runtime/mailbox/registry.h"
#include "services/spectator/io/spectator_settings.h"

struct watch_host;

struct watch_host_options {
    uv_loop_t *loop;
    const struct spectator_settings *settings;
    struct mailbox *mailbox;
    struct registry *registry;
    void *owner;
    void (*on_drained)(
        void *owner); /* after watch_host_drain, when the last match is followed no more; may come twice */
};

MUST_USE enum status watch_host_open(const struct watch_host_options *options, struct watch_host **out_host);
/* All streams end; close the mailbox after it, then destroy. Takes NULL. */
void watch_host_close(struct watch_host *host);
void watch_host_destroy(struct watch_host *host); /* after the loop is empty; takes NULL */

void watch_host_receive(struct watch_host *host, const struct mailbox_envelope *envelope);
/* No new viewers; all streams end shortly before timeout_ms are over. */
void watch_host_drain(struct watch_host *host, uint32_t timeout_ms);

/* Every REGISTRY_PERIOD_MS: viewers of gateways that are gone leave. */
void watch_host_compare_gateways(struct watch_host *host);

uint32_t watch_host_streams(const struct watch_host *host);
uint32_t watch_host_viewers(const struct watch_host *host);

#endif
