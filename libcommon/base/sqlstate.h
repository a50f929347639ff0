/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sqlstate.h - what a database's refusal means for who asked (PostgreSQL 15, appendix A: error codes).
 */
#ifndef MMA_LIBCOMMON_BASE_SQLSTATE_H
#define MMA_LIBCOMMON_BASE_SQLSTATE_H

#include <stdbool.h>

/*
 * Whether the same statement with the same values can never succeed: class 22 (data exception) or 23 (integrity
 * constraint violation). All else may pass: a server that is read-only, full, shutting down or restarting, a deadlock,
 * a missing table or right. sqlstate: five characters, or NULL for an error without one.
 */
bool sqlstate_is_permanent(const char *sqlstate);

#endif
