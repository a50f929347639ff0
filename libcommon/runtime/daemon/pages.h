/* SPDX-License-Identifier: Apache-2.0 */
/*
 * pages.h - memory that is walked through again and again, in pages as large as the system has them.
 *
 * A tick of thousands of players touches more small pages than a processor keeps the addresses of.
 */
#ifndef MMA_LIBCOMMON_RUNTIME_DAEMON_PAGES_H
#define MMA_LIBCOMMON_RUNTIME_DAEMON_PAGES_H

#include <stddef.h>

#define PAGES_LARGE_BYTES ((size_t)2 << 20)

/* No more than that is ordinary memory; more is rounded up to large pages. */
#define PAGES_SMALL_MAX (PAGES_LARGE_BYTES / 2)

/* Zeroed, aligned to 64; NULL when there is none. It goes back by pages_release with the same size. */
void *pages_take(size_t size);
void pages_release(void *memory, size_t size); /* takes NULL */

#endif
