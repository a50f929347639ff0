/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/invariants/ledger.h"

#include "libcommon/base/status.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

void *ledger_find(const struct ledger *ledger, const char *id)
{
    for (size_t i = ledger->count; i-- > 0;) { /* the newest are asked for most */
        if (strcmp(ledger->items[i], id) == 0) {
            return ledger->items[i];
        }
    }
    return NULL;
}

void *ledger_make(struct ledger *ledger, const char *id, size_t size)
{
    void *item = ledger_find(ledger, id);
    REQUIRE(size >= LEDGER_ID_MAX);
    if (item != NULL) {
        return item;
    }
    if (ledger->count == ledger->capacity) {
        ledger->capacity = ledger->capacity ? 2 * ledger->capacity : 16;
        ledger->items = realloc(ledger->items, ledger->capacity * sizeof(void *));
        REQUIRE(ledger->items != NULL);
    }
    item = calloc(1, size);
    REQUIRE(item != NULL);
    ledger->items[ledger->count++] = item;
    snprintf(item, LEDGER_ID_MAX, "%s", id);
    return item;
}

void ledger_free(struct ledger *ledger)
{
    for (size_t i = 0; i < ledger->count; i++) {
        free(ledger->items[i]);
    }
    free(ledger->items);
}
