/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/core/backend_directory.h"

#include "libcommon/base/text.h"

void backend_directory_begin(struct backend_directory *directory, enum backend_role role)
{
    REQUIRE(role < BACKEND_ROLES);
    directory->roles[role].count = 0;
}

void backend_directory_add(struct backend_directory *directory, enum backend_role role, const char *url,
                           bool is_draining, uint32_t players)
{
    REQUIRE(role < BACKEND_ROLES && url != NULL);
    struct backend_list *list = &directory->roles[role];
    if (list->count == BACKEND_CANDIDATES_MAX) {
        return;
    }
    struct backend_candidate *candidate = &list->items[list->count++];
    text_copy(candidate->url, sizeof candidate->url, url);
    candidate->is_draining = is_draining;
    candidate->players = players;
}

const char *backend_directory_matchmaker(const struct backend_directory *directory)
{
    const struct backend_list *list = &directory->roles[BACKEND_MATCHMAKER];
    for (uint32_t i = 0; i < list->count; i++) {
        if (!list->items[i].is_draining) {
            return list->items[i].url;
        }
    }
    return "";
}

const char *backend_directory_spectator(const struct backend_directory *directory)
{
    const struct backend_list *list = &directory->roles[BACKEND_SPECTATOR];
    const struct backend_candidate *best = NULL;
    for (uint32_t i = 0; i < list->count; i++) {
        const struct backend_candidate *candidate = &list->items[i];
        if (!candidate->is_draining && (best == NULL || candidate->players < best->players)) {
            best = candidate;
        }
    }
    return best == NULL ? "" : best->url;
}

static bool is_listed(const struct backend_list *list, const char *url)
{
    for (uint32_t i = 0; i < list->count; i++) {
        if (text_equal(list->items[i].url, url)) {
            return true;
        }
    }
    return false;
}

bool backend_directory_is_lost(const struct backend_directory *directory, const struct backend *backend,
                               uint64_t silent_ms, uint64_t lost_ms)
{
    REQUIRE(backend->role < BACKEND_ROLES && backend->url[0] != '\0');
    if (silent_ms < lost_ms) {
        return false;
    }
    if (directory->age_ms < BACKEND_LISTS_AGE_LIMIT_MS) {
        return !is_listed(&directory->roles[backend->role], backend->url);
    }
    return backend->role == BACKEND_ENGINE && silent_ms >= 3 * lost_ms;
}
