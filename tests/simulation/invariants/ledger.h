/* SPDX-License-Identifier: Apache-2.0 */
/*
 * ledger.h - what an invariant keeps about each ticket, player or match: items of its own that begin with the id.
 *
 * Items do not move when others are made: a pointer to one stays good until the ledger is freed.
 */
#ifndef MMA_SIMULATION_INVARIANTS_LEDGER_H
#define MMA_SIMULATION_INVARIANTS_LEDGER_H

#include <stddef.h>

#define LEDGER_ID_MAX 72

struct ledger {
    void **items; /* each begins with char id[LEDGER_ID_MAX] */
    size_t count, capacity;
};

void *ledger_find(const struct ledger *ledger, const char *id); /* NULL: there is none */
/* Found, or made: zeroed but for the id. The size is the same for all of a ledger. */
void *ledger_make(struct ledger *ledger, const char *id, size_t size);
void ledger_free(struct ledger *ledger);

#endif
