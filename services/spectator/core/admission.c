/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/core/admission.h"

static const struct admission_refusal_row rows[] = {
#define ADMISSION_ROW(name, status, code, text) {status, code, text},
    ADMISSION_TABLE(ADMISSION_ROW)
#undef ADMISSION_ROW
};

_Static_assert(sizeof rows / sizeof rows[0] == ADMISSION_REFUSAL_COUNT, "a row each");

const struct admission_refusal_row *admission_refusal_row(enum admission_refusal refusal)
{
    REQUIRE(refusal < ADMISSION_REFUSAL_COUNT);
    return &rows[refusal];
}
