/* SPDX-License-Identifier: Apache-2.0 */
/* spectator_settings.h - what an operator can set of the spectator; the rows say what each means. */
#ifndef MMA_SERVICES_SPECTATOR_IO_SPECTATOR_SETTINGS_H
#define MMA_SERVICES_SPECTATOR_IO_SPECTATOR_SETTINGS_H

#include "libcommon/runtime/daemon/config.h"

struct spectator_settings {
    uint32_t viewers_per_match_max;
    uint32_t streams_max;
    uint32_t delay_ms;
    uint32_t linger_ms;
    uint32_t subscribe_timeout_ms;
    uint32_t redis_timeout_ms;
};

extern const struct config_row spectator_settings_rows[];
extern const size_t spectator_settings_row_count;

#endif
