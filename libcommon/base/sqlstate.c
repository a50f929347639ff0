/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/sqlstate.h"

#include <stddef.h>

bool sqlstate_is_permanent(const char *sqlstate)
{
    return sqlstate != NULL && sqlstate[0] == '2' && (sqlstate[1] == '2' || sqlstate[1] == '3');
}
