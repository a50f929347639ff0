/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/live_match.h"

#include <inttypes.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#define PLAY_MS 60000

void live_match_begin(struct live_match *match)
{
    static const char *const arguments[] = {"--count", "2",         "--queue", "duel", "--matches",
                                            "1",       "--seconds", "40",      NULL};
    struct support_process *engine = cluster_process(CLUSTER_ENGINE);
    unsigned before = support_count_events(engine, "match.started");
    memset(match, 0, sizeof *match);
    bots_start(&match->bots, cluster_port(CLUSTER_GATEWAY), arguments);
    assert_int_equal(support_event_u64(engine, "match.started", before + 1, "sessions"), 2);
    snprintf(match->id, sizeof match->id, "%s", support_event_text(engine, "match.started", before + 1, "match"));
}

void live_match_play_out(struct live_match *match)
{
    match->report = bots_finish(&match->bots, PLAY_MS);
    assert_true(bots_figure(match->report, "matches_played") == 2);
    assert_true(bots_figure(match->report, "snapshots_undecodable") == 0);
    assert_non_null(json_object_get(json_object_get(match->report, "matches"), match->id));
}

void live_match_assert_recorded(struct live_match *match)
{
    char sql[400], hash[20];
    const json_t *ended = json_object_get(json_object_get(match->report, "matches"), match->id);
    snprintf(hash, sizeof hash, "%016" PRIx64,
             (uint64_t)strtoull(json_string_value(json_object_get(ended, "state_hash")), NULL, 10));
    snprintf(sql, sizeof sql, "SELECT state_hash FROM matches WHERE match_id = '%s'", match->id);
    cluster_wait_sql(hash, sql);
    snprintf(sql, sizeof sql, "SELECT state_hash FROM replays WHERE match_id = '%s'", match->id);
    cluster_wait_sql(hash, sql);
    snprintf(sql, sizeof sql,
             "SELECT count(*) || ' of ' || sum(r.games_played) FROM ratings r JOIN match_players p USING (player_id) "
             "WHERE p.match_id = '%s' AND p.rating_after = r.rating",
             match->id);
    cluster_wait_sql("2 of 2", sql);
    json_decref(match->report);
    match->report = NULL;
}
