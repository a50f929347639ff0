/* SPDX-License-Identifier: Apache-2.0 */
/* sim_event.c - the queue of events (a binary heap by time, then by order of making), and timers. */
#include "tests/simulation/sim_event.h"

#include <stdlib.h>
#include <string.h>

static bool is_before(const struct sim_event *a, const struct sim_event *b)
{
    return a->at_us != b->at_us ? a->at_us < b->at_us : a->order < b->order;
}

static void sift_up(struct sim_world *world, size_t place)
{
    while (place > 0 && is_before(world->heap[place], world->heap[(place - 1) / 2])) {
        struct sim_event *moved = world->heap[place];
        world->heap[place] = world->heap[(place - 1) / 2];
        world->heap[(place - 1) / 2] = moved;
        place = (place - 1) / 2;
    }
}

static void sift_down(struct sim_world *world)
{
    size_t place = 0;
    for (;;) {
        size_t least = place, left = 2 * place + 1;
        for (size_t child = left; child < left + 2 && child < world->event_count; child++) {
            least = is_before(world->heap[child], world->heap[least]) ? child : least;
        }
        if (least == place) {
            return;
        }
        struct sim_event *moved = world->heap[place];
        world->heap[place] = world->heap[least];
        world->heap[least] = moved;
        place = least;
    }
}

void sim_event_push(struct sim_world *world, struct sim_event *event)
{
    if (world->event_count == world->event_capacity) {
        world->event_capacity = world->event_capacity ? 2 * world->event_capacity : 1024;
        struct sim_event **grown = realloc(world->heap, world->event_capacity * sizeof(struct sim_event *));
        REQUIRE(grown != NULL);
        world->heap = grown;
    }
    world->heap[world->event_count] = event;
    sift_up(world, world->event_count++);
}

struct sim_event *sim_event_pop(struct sim_world *world)
{
    REQUIRE(world->event_count > 0);
    struct sim_event *first = world->heap[0];
    world->heap[0] = world->heap[--world->event_count];
    sift_down(world);
    return first;
}

void sim_event_add_parts(struct sim_world *world, uint64_t at_us, struct sim_process *process, sim_run *run,
                         const void *head, size_t head_size, const void *body, size_t body_size)
{
    REQUIRE(at_us >= world->now_us);
    struct sim_event *event = malloc(sizeof(*event) + head_size + body_size);
    REQUIRE(event != NULL);
    *event = (struct sim_event){.at_us = at_us,
                                .order = ++world->order,
                                .process = process,
                                .incarnation = process != NULL ? process->incarnation : 0,
                                .run = run,
                                .size = head_size + body_size};
    if (head_size > 0) {
        memcpy(event->bytes, head, head_size);
    }
    if (body_size > 0) {
        memcpy(event->bytes + head_size, body, body_size);
    }
    sim_event_push(world, event);
}

void sim_event_add(struct sim_world *world, uint64_t at_us, struct sim_process *process, sim_run *run,
                   const void *bytes, size_t size)
{
    sim_event_add_parts(world, at_us, process, run, bytes, size, NULL, 0);
}

/* ---- timers: an id is a slot and the slot's generation -------------------------------------------- */

struct due_timer {
    uint64_t id;
    sim_on_timer *on_timer;
    void *owner;
};

static void grow_timers(struct sim_world *world)
{
    uint32_t old = world->timer_capacity;
    world->timer_capacity = old ? 2 * old : 256;
    world->timer_generations = realloc(world->timer_generations, world->timer_capacity * sizeof(uint32_t));
    world->timer_free = realloc(world->timer_free, world->timer_capacity * sizeof(uint32_t));
    REQUIRE(world->timer_generations != NULL && world->timer_free != NULL);
    memset(world->timer_generations + old, 0, (world->timer_capacity - old) * sizeof(uint32_t));
    for (uint32_t slot = world->timer_capacity; slot-- > old;) {
        world->timer_free[world->timer_free_count++] = slot;
    }
}

/* false: it was stopped, or has fired. */
static bool release_timer(struct sim_world *world, uint64_t id)
{
    uint32_t slot = (uint32_t)id, generation = (uint32_t)(id >> 32);
    if (id == 0 || slot >= world->timer_capacity || world->timer_generations[slot] != generation) {
        return false;
    }
    world->timer_generations[slot]++;
    world->timer_free[world->timer_free_count++] = slot;
    return true;
}

static void fire(struct sim_world *world, struct sim_process *process, void *bytes, size_t size)
{
    (void)process;
    struct due_timer due;
    REQUIRE(size == sizeof(due));
    memcpy(&due, bytes, sizeof(due));
    if (release_timer(world, due.id)) {
        due.on_timer(due.owner);
    }
}

uint64_t sim_timer_start_us(struct sim_process *process, uint64_t delay_us, sim_on_timer *on_timer, void *owner)
{
    struct sim_world *world = process->world;
    if (world->timer_free_count == 0) {
        grow_timers(world);
    }
    uint32_t slot = world->timer_free[--world->timer_free_count];
    if (++world->timer_generations[slot] == 0) {
        world->timer_generations[slot] = 1;
    }
    struct due_timer due = {(uint64_t)world->timer_generations[slot] << 32 | slot, on_timer, owner};
    /* A clock that runs fast has its delay over sooner; a loop that is busy comes a little late. */
    uint64_t world_us = (uint64_t)((double)delay_us * 1000000.0 / (1000000.0 + process->drift_ppm)) + 1;
    sim_event_add(world, world->now_us + world_us + sim_below(world, 300), process, fire, &due, sizeof(due));
    return due.id;
}

uint64_t sim_timer_start(struct sim_process *process, uint64_t delay_ms, sim_on_timer *on_timer, void *owner)
{
    return sim_timer_start_us(process, delay_ms * SIM_US_PER_MS, on_timer, owner);
}

void sim_timer_stop(struct sim_process *process, uint64_t timer)
{
    (void)release_timer(process->world, timer);
}

/* ---- work on another thread ----------------------------------------------------------------------- */

struct due_work {
    sim_on_timer *on_work, *on_done;
    void *owner;
};

static void finish_work(struct sim_world *world, struct sim_process *process, void *bytes, size_t size)
{
    (void)world;
    (void)process;
    (void)size;
    const struct due_work *work = bytes;
    if (work->on_done != NULL) {
        work->on_done(work->owner);
    }
}

static void do_work(struct sim_world *world, struct sim_process *process, void *bytes, size_t size)
{
    const struct due_work *work = bytes;
    work->on_work(work->owner);
    sim_event_add(world, world->now_us + sim_between_us(world, 100, 3000), process, finish_work, work, size);
}

void sim_work(struct sim_process *process, sim_on_timer *on_work, sim_on_timer *on_done, void *owner)
{
    struct sim_world *world = process->world;
    struct due_work work = {on_work, on_done, owner};
    sim_event_add(world, world->now_us + sim_between_us(world, 100, 5000), process, do_work, &work, sizeof(work));
}
