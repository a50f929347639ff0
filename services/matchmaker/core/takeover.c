/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/takeover.h"

#include "libcommon/base/hash.h"
#include "libcommon/base/status.h"
#include "libcommon/base/text.h"

static bool is_fresh(const struct takeover_view *view)
{
    return view->list_age_ms < PEERS_LIST_AGE_MAX_MS;
}

static bool is_other(const struct takeover_view *view, uint32_t index)
{
    return !text_equal(peer_list_at(&view->matchmakers, index), view->own_mailbox);
}

/* How many matchmakers besides this one are listed. */
static uint32_t count_others(const struct takeover_view *view)
{
    uint32_t count = 0;
    for (uint32_t i = 0; i < view->matchmakers.count; i++) {
        count += is_other(view, i);
    }
    return count;
}

static uint64_t hash_others(const struct takeover_view *view)
{
    uint64_t sum = 0;
    for (uint32_t i = 0; i < view->matchmakers.count; i++) {
        sum += is_other(view, i) ? hash_text(1, peer_list_at(&view->matchmakers, i)) : 0;
    }
    return sum;
}

static bool is_first(const struct takeover_view *view)
{
    for (uint32_t i = 0; i < view->matchmakers.count; i++) {
        if (text_order(peer_list_at(&view->matchmakers, i), view->own_mailbox) < 0) {
            return false;
        }
    }
    return true;
}

static bool is_listed(const struct takeover_view *view, const char *mailbox)
{
    for (uint32_t i = 0; i < view->matchmakers.count; i++) {
        if (text_equal(peer_list_at(&view->matchmakers, i), mailbox)) {
            return true;
        }
    }
    return false;
}

bool takeover_may_take(const struct takeover_view *view, const char *owner)
{
    REQUIRE(view->own_mailbox != NULL);
    if (!is_fresh(view)) {
        return false;
    }
    if (owner[0] == '\0') {
        return count_others(view) == 0;
    }
    return text_equal(owner, view->own_mailbox) || (is_first(view) && !is_listed(view, owner));
}

static void look_again(struct takeover *takeover)
{
    takeover->is_again = takeover->state == TAKEOVER_READING;
    takeover->state = takeover->is_again ? TAKEOVER_READING : TAKEOVER_NEEDED;
}

static void note_members(struct takeover *takeover, uint64_t members)
{
    if (members != takeover->members) {
        takeover->members = members;
        look_again(takeover);
    }
}

bool takeover_step(struct takeover *takeover, const struct takeover_view *view, uint64_t now_ms)
{
    REQUIRE(takeover->state <= TAKEOVER_DONE);
    if (!view->is_redis_up) {
        return false;
    }
    if (takeover->settled_ms == 0 || takeover->redis_generation != view->redis_generation) {
        takeover->redis_generation = view->redis_generation;
        takeover->settled_ms = now_ms + TAKEOVER_SETTLE_MS;
        look_again(takeover); /* what it was told to forget at the end of the last one may be lost */
    }
    if (!is_fresh(view) || now_ms < takeover->settled_ms) {
        return false;
    }
    note_members(takeover, hash_others(view));
    if (takeover->state != TAKEOVER_NEEDED) {
        return false;
    }
    takeover->state = TAKEOVER_READING;
    takeover->is_again = false;
    takeover->taken = takeover->listed = 0;
    return true;
}

void takeover_end(struct takeover *takeover, bool is_complete)
{
    REQUIRE(takeover->state == TAKEOVER_READING && takeover->taken <= takeover->listed);
    takeover->state = is_complete && !takeover->is_again ? TAKEOVER_DONE : TAKEOVER_NEEDED;
}

/* By Redis' clock, which all matchmakers share. Without what is needed to tell: none. */
static uint64_t stored_ms(const struct stored_ticket *stored)
{
    if (stored->left_ms < 0 || (uint64_t)stored->left_ms > stored->lifetime_ms) {
        return 0;
    }
    return stored->lifetime_ms - (uint64_t)stored->left_ms;
}

void takeover_ticket(const struct stored_ticket *stored, uint32_t timeout_ms, const struct matchmaker_clock *clock,
                     struct ticket *out_ticket)
{
    REQUIRE(clock->now_ms <= INT64_MAX && stored->lifetime_ms <= INT64_MAX / 4);
    uint64_t age_ms = stored_ms(stored);
    uint64_t waited_ms = stored->waited_ms < timeout_ms ? stored->waited_ms : timeout_ms;
    *out_ticket = stored->ticket;
    out_ticket->intake = TICKET_INTAKE_NONE;
    if (ticket_is_open(out_ticket)) {
        waited_ms = waited_ms + age_ms < timeout_ms ? waited_ms + age_ms : timeout_ms;
        out_ticket->expiry_time = clock->unix_ms + timeout_ms - waited_ms;
        age_ms = 0;
    }
    out_ticket->update_ms = (int64_t)clock->now_ms - (int64_t)age_ms;
    out_ticket->wait_since_ms = out_ticket->update_ms - (int64_t)waited_ms;
}
