/* SPDX-License-Identifier: Apache-2.0 */
/*
 * match_host.h - core/engine_core.h in its surroundings: messages and ticks in, what the core decides carried out.
 *
 * Borrows everything in its options. Single threaded: the loop's thread.
 */
#ifndef MMA_SERVICES_GAME_ENGINE_IO_MATCH_HOST_H
#define MMA_SERVICES_GAME_ENGINE_IO_MATCH_HOST_H

#include "libcommon/runtime/mailbox/mailbox.h"
#include "libcommon/runtime/mailbox/registry.h"
#include "services/game-engine/core/engine_core.h"
#include "services/game-engine/core/tick_schedule.h"
#include "services/game-engine/io/engine_settings.h"
#include "services/game-engine/io/publisher.h"
#include "services/game-engine/io/recovery.h"

struct map_files;
struct visibility_cache;
struct match_host;

struct match_host_options {
    const struct engine_settings *settings;
    struct mailbox *mailbox;
    struct publisher *publisher;
    struct recovery *recovery; /* NULL: matches are not logged to Redis */
    const struct map_files *maps;
    struct visibility_cache *visibility;
    void *owner;
    void (*on_busy)(void *owner);    /* the first match is there: ticks are needed */
    void (*on_idle)(void *owner);    /* the last match is gone */
    void (*on_drained)(void *owner); /* after match_host_drain: no match is left */
};

MUST_USE enum status match_host_create(const struct match_host_options *options, struct match_host **out_host);
void match_host_destroy(struct match_host *host); /* matches end unpublished; takes NULL */

/* Every envelope that the engine gets. */
void match_host_receive(struct match_host *host, const struct mailbox_envelope *envelope);

/* As many ticks of all matches as are due, then one round of snapshots and records. */
void match_host_tick(struct match_host *host, const struct tick_due *due);

/* No new matches; those that run end shortly before timeout_ms are over. on_drained is called, maybe at once. */
void match_host_drain(struct match_host *host, uint32_t timeout_ms);

/* Ends all matches with what they have; results are published. on_idle is called. */
void match_host_stop(struct match_host *host);

/* Who was listed and is so no more has left. */
void match_host_reap(struct match_host *host, const struct registry *registry);

struct engine_cost match_host_cost(const struct match_host *host);
uint32_t match_host_matches(const struct match_host *host);
uint32_t match_host_players(const struct match_host *host);

#endif
