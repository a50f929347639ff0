/* SPDX-License-Identifier: Apache-2.0 */
/*
 * counting_sort.h - orders rows by a small key, stably, in time linear in rows and keys.
 */
#ifndef MMA_LIBCOMMON_BASE_COUNTING_SORT_H
#define MMA_LIBCOMMON_BASE_COUNTING_SORT_H

#include <stdint.h>

/*
 * keys[count], each below key_count. Afterwards the rows with key k are out_order[out_starts[k]] up to
 * out_order[out_starts[k + 1]], in their old order. out_starts has room for key_count + 1, out_order for count; both
 * are the caller's.
 */
void counting_sort(const uint32_t *keys, uint32_t count, uint32_t key_count, uint32_t *out_starts, uint32_t *out_order);

#endif
