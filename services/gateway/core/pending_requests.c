/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/core/pending_requests.h"

void pending_requests_init(struct pending_requests *requests)
{
    requests->count = 0;
    for (uint32_t slot = 0; slot < PENDING_REQUESTS_MAX; slot++) {
        requests->generations[slot] = 0;
        requests->free_slots[slot] = PENDING_REQUESTS_MAX - 1 - slot;
    }
}

uint64_t pending_requests_add(struct pending_requests *requests, const struct pending_request *request)
{
    REQUIRE(request->kind < GATEWAY_REQUEST_KINDS);
    if (requests->count == PENDING_REQUESTS_MAX) {
        return 0;
    }
    requests->count++;
    uint32_t slot = requests->free_slots[PENDING_REQUESTS_MAX - requests->count];
    uint32_t generation = ++requests->generations[slot];
    REQUIRE(generation % 2 == 1);
    requests->items[slot] = *request;
    return ((uint64_t)generation << 32) | slot;
}

bool pending_requests_take(struct pending_requests *requests, uint64_t id, struct pending_request *out_request)
{
    uint32_t slot = pending_requests_slot(id), generation = (uint32_t)(id >> 32);
    if (slot >= PENDING_REQUESTS_MAX || requests->generations[slot] != generation || generation % 2 == 0) {
        return false;
    }
    REQUIRE(requests->count > 0);
    *out_request = requests->items[slot];
    requests->generations[slot]++;
    requests->free_slots[PENDING_REQUESTS_MAX - requests->count] = slot;
    requests->count--;
    return true;
}
