/* SPDX-License-Identifier: Apache-2.0 */
/* sim_tokens.h - the keys of all tokens in a simulated world: real ones, so that real code signs and verifies. */
#ifndef MMA_SIMULATION_SIM_TOKENS_H
#define MMA_SIMULATION_SIM_TOKENS_H

#include "libcommon/runtime/auth/jwt.h"

/* Made at first use, and kept for the program's life. */
const struct jwt_keys *sim_tokens_players(void); /* of SIM_JWT_SECRET */
const struct jwt_keys *sim_tokens_joins(void);   /* of SIM_JOIN_TOKEN_SECRET */

#endif
