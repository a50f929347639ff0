/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/status.h"

#include <stddef.h>

static require_handler *current_handler;

const char *status_text(enum status status)
{
    static const char *const texts[STATUS_COUNT] = {
#define STATUS_TEXT_ROW(name, text) [STATUS_##name] = text,
        STATUS_TABLE(STATUS_TEXT_ROW)
#undef STATUS_TEXT_ROW
    };
    return (unsigned)status < STATUS_COUNT ? texts[status] : "unknown status";
}

void status_set_require_handler(require_handler *handler)
{
    current_handler = handler;
}

void status_require_failed(const char *expression, const char *file, int line)
{
    if (current_handler != NULL) {
        current_handler(expression, file, line);
    }
    __builtin_trap();
}
