/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/takeover.h"

#include "libcommon/base/status.h"
#include "libcommon/base/text.h"

bool takeover_is_alone(const struct takeover_view *view)
{
    REQUIRE(view->own_mailbox != NULL);
    for (uint32_t i = 0; i < view->matchmakers.count; i++) {
        if (!text_equal(peer_list_at(&view->matchmakers, i), view->own_mailbox)) {
            return false;
        }
    }
    return view->list_age_ms < PEERS_LIST_AGE_MAX_MS;
}

bool takeover_step(struct takeover *takeover, const struct takeover_view *view)
{
    REQUIRE(takeover->state <= TAKEOVER_DONE);
    bool is_reading = takeover->state == TAKEOVER_READING;
    if (!takeover_is_alone(view)) {
        /* Should the other one go, its tickets are to be taken over. */
        takeover->state = is_reading ? TAKEOVER_READING : TAKEOVER_NEEDED;
        return false;
    }
    if (takeover->state != TAKEOVER_NEEDED || !view->is_redis_up) {
        return false;
    }
    *takeover = (struct takeover){.state = TAKEOVER_READING};
    return true;
}

void takeover_end(struct takeover *takeover, bool is_complete)
{
    REQUIRE(takeover->state == TAKEOVER_READING && takeover->taken <= takeover->listed);
    takeover->state = is_complete ? TAKEOVER_DONE : TAKEOVER_NEEDED;
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
