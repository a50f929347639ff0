/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/world/event.h"

#include "libcommon/base/status.h"

void event_list_add(struct event_list *list, const struct event *event)
{
    REQUIRE(list->count <= list->capacity && event->kind < EVENT_KIND_COUNT);
    if (list->count == list->capacity) {
        list->dropped++;
        return;
    }
    list->items[list->count++] = *event;
}

size_t event_history_bytes(uint32_t capacity)
{
    return (size_t)capacity * sizeof(struct event);
}

void event_history_init(struct event_history *history, void *memory, uint32_t capacity)
{
    REQUIRE(memory != NULL);
    REQUIRE(capacity > 0);
    *history = (struct event_history){.items = memory, .capacity = capacity};
}

static struct event *place(const struct event_history *history, uint32_t index)
{
    uint64_t at = (uint64_t)history->first + index;
    return &history->items[at < history->capacity ? at : at - history->capacity];
}

void event_history_add(struct event_history *history, const struct event_list *list)
{
    REQUIRE(history->count <= history->capacity && history->first < history->capacity);
    for (uint32_t i = 0; i < list->count; i++) {
        if (list->items[i].kind == EVENT_FIRED) {
            continue;
        }
        if (history->count == history->capacity) {
            history->lost_tick = place(history, 0)->tick;
            history->first = (history->first + 1) % history->capacity;
            history->count--;
        }
        *place(history, history->count) = list->items[i];
        history->count++;
    }
}

const struct event *event_history_at(const struct event_history *history, uint32_t index)
{
    REQUIRE(index < history->count);
    return place(history, index);
}

uint32_t event_history_after(const struct event_history *history, uint32_t tick)
{
    uint32_t low = 0;
    uint32_t high = history->count;
    while (low < high) {
        uint32_t middle = low + (high - low) / 2;
        if (place(history, middle)->tick > tick) {
            high = middle;
        } else {
            low = middle + 1;
        }
    }
    return low;
}

bool event_history_covers(const struct event_history *history, uint32_t tick)
{
    return history->lost_tick <= tick;
}
