/* SPDX-License-Identifier: Apache-2.0 */
/* result_message.h - a MatchResult as ratings to move, and as the JSON that apply_match_result takes. */
#ifndef MMA_MATCHMAKER_RESULT_MESSAGE_H
#define MMA_MATCHMAKER_RESULT_MESSAGE_H

#include "proto/durable.pb-c.h"
#include "services/matchmaker/core/matchmaker.h"
#include "services/matchmaker/core/rating.h"

#include <jansson.h>
#include <libpq-fe.h>

/* NULL: it can be applied; else why it never can. */
const char *result_message_flaw(const struct matchmaker *matchmaker, const Mma__MatchResult *message);

/* Each player's side, score, and rating by the rows (player_id, rating, games_played); players without a row are new.
 */
void result_message_players(const struct matchmaker *matchmaker, const Mma__MatchResult *message, const PGresult *rows,
                            struct rating_player players[RATING_PLAYERS_MAX]);

json_t *result_message_json(const Mma__MatchResult *message, const struct rating_player *players);
json_t *result_message_player_ids(const Mma__MatchResult *message);

#endif
