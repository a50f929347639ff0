/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/sim_scenario.h"

#include "tests/simulation/sim_client.h"

#include <stdio.h>
#include <string.h>

#define CALM_US         (3 * SIM_US_PER_S)
#define PROBERS         2
#define PROBERS_FROM_US (8 * SIM_US_PER_S) /* after the last fault */
#define PROBERS_FOR_US  (50 * SIM_US_PER_S)

/* A world under way, for a REQUIRE that fails in it. */
static struct sim_world *running;

static struct sim_settings draw_settings(struct random *random)
{
    return (struct sim_settings){.match_time_limit_ticks = (uint32_t)random_between(random, 120, 600),
                                 .match_score_limit = (uint32_t)random_between(random, 0, 3),
                                 .ticket_timeout_ms = (uint32_t)random_between(random, 3000, 8000),
                                 .create_match_timeout_ms = (uint32_t)random_between(random, 1000, 3000),
                                 .match_round_ms = (uint32_t)random_between(random, 50, 300),
                                 .recovery_lease_ms = (uint32_t)random_between(random, 1500, 3000),
                                 .recovery_keep_ms = 20000,
                                 .recovery_flush_ticks = (uint32_t)random_between(random, 2, 12),
                                 .resume_window_ms = (uint32_t)random_between(random, 2000, 5000),
                                 .spectator_delay_ms = (uint32_t)random_between(random, 0, 2000),
                                 .retry_ms = (uint32_t)random_between(random, 100, 1000),
                                 .drain_timeout_ms = (uint32_t)random_between(random, 2000, 8000)};
}

static void add_daemons(struct sim_world *world, const struct sim_program *program, uint32_t most, bool is_disk_shared)
{
    struct sim_process *first = NULL;
    for (uint32_t count = 1 + sim_below(world, most); count > 0; count--) {
        /* The players' region always has one of each. */
        const char *region = first == NULL || sim_chance(world, 700) ? "eu_west" : "na_east";
        struct sim_process *added = sim_world_add(world, program, region, is_disk_shared ? first : NULL);
        first = first != NULL ? first : added;
    }
}

static void start_after(struct sim_world *world, struct sim_process *none, void *bytes, size_t size)
{
    (void)none;
    (void)size;
    sim_process_start(&world->processes[*(const uint32_t *)bytes]);
}

static void populate(struct sim_world *world)
{
    add_daemons(world, &node_gateway, 3, false);
    add_daemons(world, &node_matchmaker, 2, false);
    add_daemons(world, &node_engine, 3, false);
    add_daemons(world, &node_spectator, 2, false);
    add_daemons(world, &node_replay_writer, 2, true);
    uint32_t clients = 2 + sim_below(world, 6);
    for (uint32_t i = 0; i < clients + PROBERS; i++) {
        const struct sim_program *program = i < clients ? &sim_client_program : &sim_prober_program;
        sim_world_add(world, program, "eu_west", NULL)->is_client = true;
    }
    for (uint32_t i = 0; i < world->process_count; i++) {
        sim_event_add(world, world->now_us + sim_below(world, 300000), NULL, start_after, &i, sizeof(i));
    }
}

static void on_require_failed(const char *expression, const char *file, int line)
{
    static bool is_reported;
    if (running != NULL && !is_reported) {
        is_reported = true;
        sim_log_print_last(&running->log, stdout);
        printf("seed %llu: %s:%d: REQUIRE(%s) failed\n", (unsigned long long)running->seed, file, line, expression);
        (void)fflush(stdout);
    }
}

static void fill_outcome(const struct sim_world *world, struct sim_outcome *outcome)
{
    *outcome = (struct sim_outcome){.is_broken = sim_is_broken(world),
                                    .virtual_us = world->now_us,
                                    .events = world->events_run,
                                    .log_hash = world->log.hash,
                                    .log_lines = world->log.count};
    snprintf(outcome->finding, sizeof(outcome->finding), "%s", sim_finding(world));
    for (int fault = 0; fault < SIM_FAULT_COUNT; fault++) {
        outcome->fired[fault] = sim_faults_fired(world, (enum sim_fault)fault);
    }
}

struct sim_outcome sim_scenario_run(const struct sim_options *options, FILE *report)
{
    struct random random;
    random_init(&random, options->seed, 3);
    struct sim_settings settings = draw_settings(&random);
    struct sim_world *world = sim_world_create(options->seed, &settings);
    struct sim_outcome outcome;
    running = world;
    status_set_require_handler(on_require_failed);
    world->log.is_printing = options->is_printing;
    sim_witnesses_set_knowns(world, options->knowns);
    uint64_t faults_end_us = world->now_us + CALM_US + sim_between_us(world, 5 * SIM_US_PER_S, 25 * SIM_US_PER_S);
    world->clients_until_us = faults_end_us + sim_between_us(world, 0, 6 * SIM_US_PER_S);
    world->probers_from_us = faults_end_us + PROBERS_FROM_US;
    world->probers_until_us = world->probers_from_us + PROBERS_FOR_US;
    populate(world);
    sim_faults_plan(world, world->now_us + CALM_US, faults_end_us, options->fault_mask);
    sim_world_run(world, world->probers_until_us + SIM_CLIENT_LINGER_US + SIM_QUIET_US);
    if (!sim_is_broken(world)) {
        sim_witnesses_finish(world);
    }
    fill_outcome(world, &outcome);
    if (outcome.is_broken && report != NULL) {
        sim_log_print_last(&world->log, report);
    }
    sim_world_destroy(world);
    running = NULL;
    return outcome;
}
