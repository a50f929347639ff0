/* SPDX-License-Identifier: Apache-2.0 */
#include "services/matchmaker/io/matchmaker_metrics.h"

static const double wait_bounds_s[] = {0.25, 0.5, 1, 2, 3, 5, 7.5, 10, 15, 20, 30, 60};
static const double quality_bounds[] = {0.1, 0.2, 0.3, 0.4, 0.5, 0.6, 0.7, 0.8, 0.9, 0.95};

struct metric matchmaker_metrics_wait = {.name = "mma_matchmaking_duration_seconds",
                                         .help = "Time from a ticket's creation to its assignment.",
                                         .kind = METRIC_HISTOGRAM,
                                         .label_names = {"queue"},
                                         .bounds = wait_bounds_s,
                                         .bound_count = sizeof wait_bounds_s / sizeof wait_bounds_s[0]};
struct metric matchmaker_metrics_quality = {.name = "mma_match_quality",
                                            .help = "Predicted evenness of the matches formed, 0 to 1.",
                                            .kind = METRIC_HISTOGRAM,
                                            .label_names = {"queue"},
                                            .bounds = quality_bounds,
                                            .bound_count = sizeof quality_bounds / sizeof quality_bounds[0]};
struct metric matchmaker_metrics_formed =
    METRIC_COUNTER_INIT("mma_matches_formed_total", "Matches formed, whether or not an engine took them.", "queue");
struct metric matchmaker_metrics_placement_failed =
    METRIC_COUNTER_INIT("mma_placement_failures_total", "Engines that did not take a match, by the reason.", "reason");
struct metric matchmaker_metrics_ratings =
    METRIC_COUNTER_INIT("mma_ratings_moved_total",
                        "Match results consumed: moved, unrated (not played to the end), "
                        "repeated (known already), retried, rejected (dead-lettered).",
                        "result");
struct metric matchmaker_metrics_closed =
    METRIC_COUNTER_INIT("mma_tickets_closed_total", "Tickets closed, by the state they closed in.", "queue", "state");
static struct metric tickets = METRIC_GAUGE_INIT("mma_tickets", "Open tickets by state.", "queue", "state");

void matchmaker_metrics_register(void)
{
    metrics_register(&matchmaker_metrics_wait);
    metrics_register(&matchmaker_metrics_quality);
    metrics_register(&matchmaker_metrics_formed);
    metrics_register(&matchmaker_metrics_placement_failed);
    metrics_register(&matchmaker_metrics_ratings);
    metrics_register(&matchmaker_metrics_closed);
    metrics_register(&tickets);
}

void matchmaker_metrics_count_tickets(const struct matchmaker *matchmaker)
{
    for (uint32_t queue = 0; queue < matchmaker->rules.queue_count; queue++) {
        struct matchmaker_queue_stats stats = matchmaker_stats(matchmaker, queue);
        for (uint32_t state = TICKET_QUEUED; state <= TICKET_PLACING; state++) {
            metric_set(&tickets, stats.tickets[state], matchmaker->rules.queues[queue].name,
                       ticket_state_name((enum ticket_state)state));
        }
    }
}
