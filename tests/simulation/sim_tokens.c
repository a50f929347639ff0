/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/simulation/sim_tokens.h"

#include "tests/simulation/sim_process.h"

static const struct jwt_keys *keys_of(const char *secret, struct jwt_keys **keys)
{
    const char *reason = NULL;
    if (*keys == NULL) {
        enum status status = jwt_keys_create(secret, "", keys, &reason);
        REQUIRE(status == STATUS_OK);
    }
    return *keys;
}

const struct jwt_keys *sim_tokens_players(void)
{
    static struct jwt_keys *keys;
    return keys_of(SIM_JWT_SECRET, &keys);
}

const struct jwt_keys *sim_tokens_joins(void)
{
    static struct jwt_keys *keys;
    return keys_of(SIM_JOIN_TOKEN_SECRET, &keys);
}
