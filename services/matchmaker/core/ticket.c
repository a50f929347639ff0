/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/core/ticket.h"

const char *ticket_reason_name(enum ticket_reason reason)
{
    static const char *const names[] = {"", "NO_CAPACITY", "NO_MATCH"};
    return names[reason];
}

const char *ticket_reason_message(enum ticket_reason reason)
{
    static const char *const messages[] = {"", "no game engine has room in the regions within reach",
                                           "no opponents of a fitting rating and region came in time"};
    return messages[reason];
}

const char *ticket_state_name(enum ticket_state state)
{
    static const char *const names[TICKET_STATE_COUNT] = {"",          "QUEUED", "SEARCHING", "PLACING",
                                                          "COMPLETED", "FAILED", "CANCELLED", "TIMED_OUT"};
    return names[state];
}
