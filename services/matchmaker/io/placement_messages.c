/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/placement_messages.h"

#include "libcommon/game/rules/rules.h"
#include "libcommon/runtime/encoding/borrow.h"

static void fill_seats(struct placement_message *message, const struct formed_match *match)
{
    for (uint32_t i = 0; i < match->seat_count; i++) {
        Mma__Seat *seat = &message->seats[i];
        mma__seat__init(seat);
        seat->player_id = borrow_text(match->seats[i].player_id);
        seat->team = match->seats[i].team;
        seat->rating = match->seats[i].rating_milli / 1000.0;
        message->seat_pointers[i] = seat;
    }
    message->create.n_seats = match->seat_count;
    message->create.seats = message->seat_pointers;
}

void placement_messages_fill(struct placement_message *out_message, const struct matchmaker_rules *rules,
                             const struct formed_match *match, const struct placement_limits *limits)
{
    const struct queue_rules *queue = &rules->queues[match->queue];
    Mma__CreateMatch *create = &out_message->create;
    mma__create_match__init(create);
    create->match_id = borrow_text(match->id);
    create->queue = borrow_text(queue->name);
    create->mode = borrow_text(queue->name);
    create->map = borrow_text(queue->map);
    create->seed = match->seed;
    create->time_limit_ticks = limits->time_limit_s * RULES_TICK_RATE;
    create->score_limit = limits->score_limit;
    create->region = borrow_text(region_name(match->region));
    create->quality = match->quality_q16 / 65536.0;
    fill_seats(out_message, match);
}
