/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/node_matchmaker.h"

#include "services/matchmaker/io/matchmaker_settings.h"
#include "services/matchmaker/io/placement_messages.h"
#include "services/matchmaker/io/result_messages.h"
#include "tests/simulation/node_matchmaker_internal.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define PLAYERS_MAX     8
#define RESULT_PREFETCH 4

/* ---- what the world says ------------------------------------------------------------------------- */

struct matchmaker_clock node_matchmaker_clock(const struct matchmaker_node *node)
{
    return (struct matchmaker_clock){.now_ms = sim_monotonic_ms(node->process), .unix_ms = sim_unix_ms(node->process)};
}

struct matchmaker_engines node_matchmaker_engines(struct matchmaker_node *node)
{
    size_t count;
    const struct registry_entry *entries = sim_registry_list(node->process, "game-engine", &count);
    struct matchmaker_engines engines = {node->engines, 0};
    for (size_t i = 0; i < count && engines.count < PLACEMENT_ENGINES_MAX; i++) {
        struct placement_engine *engine = &node->engines[engines.count++];
        *engine = (struct placement_engine){.region = region_find(entries[i].region),
                                            .draining = entries[i].draining,
                                            .matches = entries[i].matches,
                                            .matches_max = entries[i].matches_max,
                                            .players = entries[i].players,
                                            .players_max = entries[i].players_max,
                                            .load_permille = entries[i].load_permille};
        (void)snprintf(engine->mailbox, sizeof(engine->mailbox), "%s", entries[i].mailbox);
    }
    return engines;
}

struct takeover_view node_matchmaker_view(const struct matchmaker_node *node)
{
    size_t count;
    const struct registry_entry *entries = sim_registry_list(node->process, "matchmaker", &count);
    return (struct takeover_view){.own_mailbox = sim_mailbox_url(node->process),
                                  .matchmakers = {.first = count > 0 ? entries[0].mailbox : NULL,
                                                  .stride = sizeof(*entries),
                                                  .count = (uint32_t)count},
                                  .list_age_ms = sim_registry_age_ms(node->process),
                                  .is_redis_up = sim_redis_is_up(node->process),
                                  .redis_generation = sim_redis_generation(node->process)};
}

static void announce(const struct matchmaker_node *node)
{
    struct registry_entry entry = {.draining = node->core->is_draining};
    (void)snprintf(entry.region, sizeof(entry.region), "%s", sim_region(node->process));
    sim_registry_announce(node->process, &entry);
}

/* ---- effects ------------------------------------------------------------------------------------- */

static void on_placement_answered(void *owner, enum status status, const struct mailbox_envelope *reply)
{
    const struct matchmaker_node_slot *match = owner;
    struct matchmaker_node *node = match->node;
    const struct matchmaker_engines engines = node_matchmaker_engines(node);
    const struct matchmaker_clock clock = node_matchmaker_clock(node);
    (void)reply;
    matchmaker_placement_answered(node->core, match->slot, status, &engines, &clock, &node->effects);
    node_matchmaker_carry_out(node);
}

static enum status place(struct matchmaker_node *node, uint32_t slot)
{
    const struct sim_settings *settings = sim_settings(node->process);
    const struct formed_match *match = &node->core->matches.slots[slot];
    const struct placement_limits limits = {.score_limit = settings->match_score_limit};
    struct placement_message message;
    placement_messages_fill(&message, &node->core->rules, match, &limits);
    message.create.time_limit_ticks = settings->match_time_limit_ticks; /* no whole seconds here */
    return sim_request(node->process, match->engine, MMA__MESSAGE_TYPE__MESSAGE_TYPE_CREATE_MATCH,
                       ticket_messages_trace(match->trace), &message.create.base, settings->create_match_timeout_ms,
                       on_placement_answered, &node->matches[slot]);
}

static void free_message(struct matchmaker_node *node, uint32_t slot)
{
    if (node->messages[slot] != NULL) {
        mma__match_result__free_unpacked(node->messages[slot], NULL);
        node->messages[slot] = NULL;
    }
}

static void note(const struct matchmaker_node *node, const struct matchmaker_effect *effect)
{
    const struct matchmaker *core = node->core;
    switch (effect->kind) {
    case MATCHMAKER_NOTE_CREATED:
    case MATCHMAKER_NOTE_CLOSED:
        sim_log(node->process, "ticket %s of %s is %s", core->tickets.slots[effect->slot].id,
                core->tickets.slots[effect->slot].player_id,
                ticket_state_name(core->tickets.slots[effect->slot].state));
        break;
    case MATCHMAKER_NOTE_RESTORED:
        sim_log(node->process, "tickets.restored %u of %u", effect->count, effect->listed);
        break;
    case MATCHMAKER_NOTE_FORMED:
    case MATCHMAKER_NOTE_PLACED:
    case MATCHMAKER_NOTE_NOT_PLACED:
        sim_log(node->process, "match %s at %s: %s", core->matches.slots[effect->slot].id,
                core->matches.slots[effect->slot].engine,
                effect->kind == MATCHMAKER_NOTE_FORMED   ? "formed"
                : effect->kind == MATCHMAKER_NOTE_PLACED ? "placed"
                                                         : status_text(effect->status));
        break;
    case MATCHMAKER_NOTE_APPLIED:
    case MATCHMAKER_NOTE_RETRY:
        sim_log(node->process, "result %s: %s %d", core->results.items[effect->slot].match_id,
                effect->kind == MATCHMAKER_NOTE_RETRY ? status_text(effect->status) : "applied", (int)effect->applied);
        break;
    case MATCHMAKER_DEAD_LETTER:
        sim_log(node->process, "result %s refused: %s", effect->id, effect->detail);
        break;
    default:
        break;
    }
}

static enum status carry_out_store(struct matchmaker_node *node, const struct matchmaker_effect *effect)
{
    switch (effect->kind) {
    case MATCHMAKER_READ_RATING:
        return node_matchmaker_read_rating(node, effect->intake);
    case MATCHMAKER_STORE_TICKET:
        return node_matchmaker_save(node, effect->slot, effect->stamp);
    case MATCHMAKER_READ_OPEN:
        return node_matchmaker_read_open(node);
    case MATCHMAKER_FORGET_STORED:
        return sim_redis_set_remove(node->process, "mma:tickets:open", effect->id);
    case MATCHMAKER_PLACE_MATCH:
        return place(node, effect->slot);
    case MATCHMAKER_READ_RATINGS:
        return node_matchmaker_read_ratings(node, effect->slot);
    case MATCHMAKER_WRITE_RESULT:
        return node_matchmaker_write_result(node, effect->slot);
    default:
        return STATUS_OK;
    }
}

static void carry_out_answer(struct matchmaker_node *node, const struct matchmaker_effect *effect)
{
    switch (effect->kind) {
    case MATCHMAKER_ANSWER_INTAKE:
        node_matchmaker_answer(node, effect);
        break;
    case MATCHMAKER_REFUSE_INTAKE:
        node_matchmaker_refuse(node, effect);
        break;
    case MATCHMAKER_UPDATE_GATEWAY:
        node_matchmaker_update(node, effect);
        break;
    case MATCHMAKER_ACKNOWLEDGE:
        sim_amqp_acknowledge(node->process, effect->tag);
        break;
    case MATCHMAKER_REQUEUE:
    case MATCHMAKER_DEAD_LETTER:
        sim_amqp_reject(node->process, effect->tag, effect->kind == MATCHMAKER_REQUEUE);
        break;
    case MATCHMAKER_RELEASE_RESULT:
        free_message(node, effect->slot);
        break;
    case MATCHMAKER_DRAINED:
        node->is_drained = true;
        break;
    default:
        break;
    }
}

static bool take_failed(struct matchmaker_node *node)
{
    if (node->failed_count == 0) {
        return false;
    }
    const struct matchmaker_node_failed *failed = &node->failed[node->failed_first];
    node->failed_first = (node->failed_first + 1) % MATCHMAKER_EFFECTS_MAX;
    node->failed_count--;
    const struct matchmaker_engines engines = node_matchmaker_engines(node);
    const struct matchmaker_clock clock = node_matchmaker_clock(node);
    matchmaker_effect_failed(node->core, &failed->effect, failed->status, &engines, &clock, &node->effects);
    return true;
}

void node_matchmaker_carry_out(struct matchmaker_node *node)
{
    REQUIRE(!node->is_carrying_out);
    node->is_carrying_out = true;
    do {
        for (uint32_t i = 0; i < node->effects.count; i++) {
            const struct matchmaker_effect *effect = &node->effects.items[i];
            note(node, effect);
            carry_out_answer(node, effect);
            enum status status = carry_out_store(node, effect);
            if (status != STATUS_OK) {
                REQUIRE(node->failed_count < MATCHMAKER_EFFECTS_MAX);
                uint32_t at = (node->failed_first + node->failed_count++) % MATCHMAKER_EFFECTS_MAX;
                node->failed[at] = (struct matchmaker_node_failed){*effect, status};
            }
        }
        node->effects.count = 0;
    } while (take_failed(node));
    node->is_carrying_out = false;
    if (node->is_drained) {
        sim_drained(node->process);
    }
}

/* ---- events -------------------------------------------------------------------------------------- */

static void on_round(void *owner)
{
    struct matchmaker_node *node = owner;
    (void)sim_timer_start(node->process, sim_settings(node->process)->match_round_ms, on_round, node);
    const struct matchmaker_engines engines = node_matchmaker_engines(node);
    const struct takeover_view view = node_matchmaker_view(node);
    const struct matchmaker_clock clock = node_matchmaker_clock(node);
    matchmaker_round(node->core, &engines, &view, &clock, &node->effects);
    node_matchmaker_carry_out(node);
}

static void on_delivery(void *state, const struct amqp_delivery *delivery)
{
    struct matchmaker_node *node = state;
    struct result_report report;
    Mma__MatchResult *message = mma__match_result__unpack(NULL, delivery->size, delivery->body);
    if (message != NULL) {
        result_messages_report(message, &report);
    }
    uint32_t slot = matchmaker_result_received(node->core, message ? &report : NULL, delivery->message_id,
                                               delivery->tag, &node->effects);
    if (slot != RESULT_NONE) {
        node->messages[slot] = message;
    } else if (message != NULL) {
        mma__match_result__free_unpacked(message, NULL);
    }
    node_matchmaker_carry_out(node);
}

/* ---- life ---------------------------------------------------------------------------------------- */

static void make_core(struct matchmaker_node *node, uint64_t seed)
{
    const struct matchmaker_settings settings = {.matchmaking_timeout_ms =
                                                     sim_settings(node->process)->ticket_timeout_ms,
                                                 .rating_window = 3000,
                                                 .latency_limit_ms = 80,
                                                 .latency_growth_ms_per_s = 10,
                                                 .cross_region_latency_ms = 200,
                                                 .latency_max_ms = 10000,
                                                 .ffa_fill_ms = 1000,
                                                 .players_max = PLAYERS_MAX,
                                                 .queue_maps = "",
                                                 .tickets_max = NODE_MATCHMAKER_TICKETS_MAX};
    struct matchmaker_rules rules;
    matchmaker_settings_rules(&settings, &rules);
    node->core = calloc(1, sizeof(*node->core));
    REQUIRE(node->core != NULL);
    matchmaker_init(node->core, &rules, seed);
}

static void fill_slots(struct matchmaker_node *node, struct matchmaker_node_slot *slots, uint32_t count)
{
    for (uint32_t slot = 0; slot < count; slot++) {
        slots[slot] = (struct matchmaker_node_slot){node, slot};
    }
}

static void *start(struct sim_process *process, uint64_t seed)
{
    struct matchmaker_node *node = calloc(1, sizeof(*node));
    REQUIRE(node != NULL);
    node->process = process;
    make_core(node, seed);
    fill_slots(node, node->intakes, TICKET_INTAKES_MAX);
    fill_slots(node, node->matches, FORMED_MATCHES_CAPACITY);
    fill_slots(node, node->results, RESULTS_MAX);
    sim_registry_watch(process, "game-engine");
    sim_registry_watch(process, "matchmaker");
    announce(node);
    sim_amqp_consume(process, AMQP_QUEUE_RESULTS, RESULT_PREFETCH);
    (void)sim_timer_start(process, sim_settings(process)->match_round_ms, on_round, node);
    return node;
}

static void drain(void *state)
{
    struct matchmaker_node *node = state;
    matchmaker_drain(node->core, &node->effects);
    announce(node);
    node_matchmaker_carry_out(node);
}

static void destroy(void *state)
{
    struct matchmaker_node *node = state;
    for (uint32_t slot = 0; slot < RESULTS_MAX; slot++) {
        free_message(node, slot);
    }
    free(node->core);
    free(node);
}

static bool is_ready(const void *state)
{
    const struct matchmaker_node *node = state;
    return sim_redis_is_up(node->process) && sim_postgres_is_up(node->process);
}

static uint32_t held(const void *state, char *out_text, size_t size)
{
    const struct matchmaker_node *node = state;
    const struct matchmaker *core = node->core;
    uint32_t results = 0;
    for (uint32_t slot = 0; slot < RESULTS_MAX; slot++) {
        results += core->results.items[slot].state != RESULT_FREE;
    }
    uint32_t count = core->tickets.open.count + core->intakes.count + core->matches.placing_count + results;
    out_text[0] = '\0';
    if (count > 0) {
        (void)snprintf(out_text, size, "%u tickets, %u requests, %u matches, %u results", core->tickets.open.count,
                       core->intakes.count, core->matches.placing_count, results);
    }
    return count;
}

const struct matchmaker *node_matchmaker_core(const void *state)
{
    const struct matchmaker_node *node = state;
    return node->core;
}

const struct sim_program node_matchmaker = {.role = "matchmaker",
                                            .start = start,
                                            .drain = drain,
                                            .destroy = destroy,
                                            .on_envelope = node_matchmaker_on_envelope,
                                            .on_delivery = on_delivery,
                                            .on_http = node_matchmaker_on_http,
                                            .is_ready = is_ready,
                                            .held = held};
