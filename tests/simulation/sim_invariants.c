/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/sim_invariants.h"

#include "tests/simulation/sim_world.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define INVARIANTS_MAX 32

struct sim_witnesses {
    void *states[INVARIANTS_MAX];
    struct sim_knowns *knowns;
    bool is_broken;
    char finding[512];
};

void sim_witnesses_create(struct sim_world *world)
{
    world->witnesses = calloc(1, sizeof(*world->witnesses));
    REQUIRE(world->witnesses != NULL);
    for (size_t i = 0; sim_invariants[i] != NULL; i++) {
        REQUIRE(i < INVARIANTS_MAX);
        world->witnesses->states[i] = calloc(1, sim_invariants[i]->state_bytes + 1);
        REQUIRE(world->witnesses->states[i] != NULL);
    }
}

void sim_witnesses_destroy(struct sim_world *world)
{
    for (size_t i = 0; sim_invariants[i] != NULL; i++) {
        if (sim_invariants[i]->destroy != NULL) {
            sim_invariants[i]->destroy(world->witnesses->states[i]);
        }
        free(world->witnesses->states[i]);
    }
    free(world->witnesses);
    world->witnesses = NULL;
}

void sim_witnesses_set_knowns(struct sim_world *world, struct sim_knowns *knowns)
{
    world->witnesses->knowns = knowns;
}

void sim_observe(struct sim_world *world, const struct sim_observation *seen)
{
    for (size_t i = 0; world->witnesses != NULL && sim_invariants[i] != NULL; i++) {
        if (sim_invariants[i]->observe != NULL) {
            sim_invariants[i]->observe(world, world->witnesses->states[i], seen);
        }
    }
}

void sim_witnesses_finish(struct sim_world *world)
{
    for (size_t i = 0; sim_invariants[i] != NULL; i++) {
        if (sim_invariants[i]->finish != NULL && !world->witnesses->is_broken) {
            sim_invariants[i]->finish(world, world->witnesses->states[i]);
        }
    }
}

void *sim_witness_state(struct sim_world *world, const struct sim_invariant *invariant)
{
    size_t i = 0;
    while (sim_invariants[i] != invariant) {
        REQUIRE(sim_invariants[i] != NULL);
        i++;
    }
    return world->witnesses->states[i];
}

static struct sim_known *find_known(struct sim_knowns *knowns, const char *invariant, const char *signature)
{
    for (size_t i = 0; knowns != NULL && i < knowns->count; i++) {
        if (strcmp(knowns->items[i].invariant, invariant) == 0 && strcmp(knowns->items[i].signature, signature) == 0) {
            return &knowns->items[i];
        }
    }
    if (knowns == NULL || !knowns->is_survey || knowns->count == SIM_KNOWN_MAX) {
        return NULL;
    }
    struct sim_known *added = &knowns->items[knowns->count++];
    snprintf(added->invariant, sizeof(added->invariant), "%s", invariant);
    snprintf(added->signature, sizeof(added->signature), "%s", signature);
    return added;
}

void sim_broken(struct sim_world *world, const struct sim_invariant *invariant, const char *signature,
                const char *format, ...)
{
    struct sim_witnesses *witnesses = world->witnesses;
    struct sim_known *known = find_known(witnesses->knowns, invariant->name, signature);
    char text[320];
    va_list arguments;
    va_start(arguments, format);
    (void)vsnprintf(text, sizeof(text), format, arguments);
    va_end(arguments);
    sim_world_log(world, known != NULL ? "KNOWN" : "BROKEN", "%s: %s: %s", invariant->name, signature, text);
    if (known != NULL) {
        known->first_seed = known->found++ == 0 ? world->seed : known->first_seed;
    } else if (!witnesses->is_broken) {
        witnesses->is_broken = true;
        snprintf(witnesses->finding, sizeof(witnesses->finding), "%s: %s: %s", invariant->name, signature, text);
    }
}

bool sim_is_broken(const struct sim_world *world)
{
    return world->witnesses->is_broken;
}

const char *sim_finding(const struct sim_world *world)
{
    return world->witnesses->finding;
}

/* ---- known.txt ------------------------------------------------------------------------------------ */

/* Copies the field without blanks around it; returns what follows the bar, or NULL. */
static const char *read_field(const char *text, char *out, size_t size)
{
    const char *end = text + strcspn(text, "|\n");
    const char *next = *end == '|' ? end + 1 : NULL;
    while (*text == ' ') {
        text++;
    }
    while (end > text && end[-1] == ' ') {
        end--;
    }
    snprintf(out, size, "%.*s", (int)(end - text), text);
    return next;
}

enum status sim_knowns_read(const char *path, struct sim_knowns *out_knowns)
{
    FILE *file = fopen(path, "re");
    char line[512];
    out_knowns->count = 0;
    if (file == NULL) {
        return STATUS_NOT_FOUND;
    }
    while (fgets(line, sizeof(line), file) != NULL && out_knowns->count < SIM_KNOWN_MAX) {
        struct sim_known *known = &out_knowns->items[out_knowns->count];
        const char *rest = line[0] != '#' ? read_field(line, known->invariant, sizeof(known->invariant)) : NULL;
        if (rest != NULL) {
            (void)read_field(rest, known->signature, sizeof(known->signature));
            out_knowns->count++;
        }
    }
    (void)fclose(file);
    return STATUS_OK;
}
