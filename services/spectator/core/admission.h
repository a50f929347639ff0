/* SPDX-License-Identifier: Apache-2.0 */
/* admission.h - why a Watch is refused: each reason with its status, its code for clients and its text. */
#ifndef MMA_SERVICES_SPECTATOR_CORE_ADMISSION_H
#define MMA_SERVICES_SPECTATOR_CORE_ADMISSION_H

#include "libcommon/base/status.h"

#define ADMISSION_TABLE(ROW)                                                                                           \
    ROW(INVALID, STATUS_INVALID, "INVALID_INPUT", "not a Watch with a session")                                        \
    ROW(NOT_SERVED, STATUS_INVALID, "INVALID_INPUT", "a spectator does not serve this")                                \
    ROW(DRAINING, STATUS_UNAVAILABLE, "SPECTATOR_DRAINING", "this spectator is stopping")                              \
    ROW(MATCHES_FULL, STATUS_FULL, "SPECTATOR_FULL", "too many matches are watched here")                              \
    ROW(WAITING_FULL, STATUS_FULL, "SPECTATOR_FULL", "too many wait for this match")                                   \
    ROW(MATCH_FULL, STATUS_FULL, "GAME_FULL", "too many watch this match")                                             \
    ROW(NOT_FOUND, STATUS_NOT_FOUND, "GAME_NOT_FOUND", "no engine runs this match")

enum admission_refusal {
#define ADMISSION_ENUM_ROW(name, status, code, text) ADMISSION_##name,
    ADMISSION_TABLE(ADMISSION_ENUM_ROW)
#undef ADMISSION_ENUM_ROW
        ADMISSION_REFUSAL_COUNT
};

struct admission_refusal_row {
    enum status status;
    const char *code;
    const char *text;
};

const struct admission_refusal_row *admission_refusal_row(enum admission_refusal refusal);

#endif
