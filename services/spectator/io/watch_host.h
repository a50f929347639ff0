/* SPDX-License-Identifier: Apache-2.0 */
/*
 * watch_host.h - who watches what: matches followed at engines, viewers behind gateways.
 *
 * A match is followed once, however many watch it. Which engine runs it is found by asking those in the registry, one
 * after the other. Borrows everything in its options. Loop's thread only.
 */
#ifndef MMA_SERVICES_SPECTATOR_IO_WATCH_HOST_H
#define MMA_SERVICES_SPECTATOR_IO_WATCH_HOST_H

#include "libcommon/runtime/mailbox/mailbox.h"
#include "libcommon/runtime/mailbox/registry.h"
#include "services/spectator/io/settings.h"

struct watch_host;

struct watch_host_options {
    uv_loop_t *loop;
    const struct spectator_settings *settings;
    struct mailbox *mailbox;
    struct registry *registry;
    void *owner;
    void (*on_idle)(void *owner); /* the last match is followed no more */
};

MUST_USE enum status watch_host_open(const struct watch_host_options *options, struct watch_host **out_host);
/* All streams end; close the mailbox after it, then destroy. Takes NULL. */
void watch_host_close(struct watch_host *host);
void watch_host_destroy(struct watch_host *host); /* after the loop is empty; takes NULL */

void watch_host_receive(struct watch_host *host, const struct mailbox_envelope *envelope);
void watch_host_refuse_new(struct watch_host *host);
void watch_host_end_all(struct watch_host *host);

/* Every half second: gateways that are gone, matches that nobody watches or that went silent. */
void watch_host_tidy(struct watch_host *host);

uint32_t watch_host_streams(const struct watch_host *host);
uint32_t watch_host_viewers(const struct watch_host *host);

#endif
