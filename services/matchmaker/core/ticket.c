/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/ticket.h"

#include "libcommon/base/status.h"

static uint32_t elapsed_ms(int64_t since_ms, uint64_t now_ms)
{
    REQUIRE(now_ms <= INT64_MAX);
    int64_t elapsed = (int64_t)now_ms - since_ms;
    if (elapsed < 0) {
        return 0;
    }
    return elapsed > UINT32_MAX ? UINT32_MAX : (uint32_t)elapsed;
}

uint32_t ticket_wait_ms(const struct ticket *ticket, uint64_t now_ms)
{
    return elapsed_ms(ticket->wait_since_ms, now_ms);
}

uint32_t ticket_age_ms(const struct ticket *ticket, uint64_t now_ms)
{
    return elapsed_ms(ticket->update_ms, now_ms);
}

const char *ticket_reason_name(enum ticket_reason reason)
{
    static const char *const names[TICKET_REASON_COUNT] = {"", "NO_CAPACITY", "NO_MATCH"};
    REQUIRE(reason < TICKET_REASON_COUNT);
    return names[reason];
}

const char *ticket_reason_message(enum ticket_reason reason)
{
    static const char *const messages[TICKET_REASON_COUNT] = {
        "", "no game engine has room in the regions within reach",
        "no opponents of a fitting rating and region came in time"};
    REQUIRE(reason < TICKET_REASON_COUNT);
    return messages[reason];
}

const char *ticket_state_name(enum ticket_state state)
{
    static const char *const names[TICKET_STATE_COUNT] = {"",          "QUEUED", "SEARCHING", "PLACING",
                                                          "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"};
    REQUIRE(state < TICKET_STATE_COUNT);
    return names[state];
}
