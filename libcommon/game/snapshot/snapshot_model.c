/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/game/snapshot/snapshot_parts.h"

static const struct snapshot_model models[SNAPSHOT_AGES] = {
#include "libcommon/game/snapshot/snapshot_model.inc"
};

const struct snapshot_model *snapshot_model_for(uint32_t age)
{
    return &models[age == 1 ? 0 : age > 1 ? 1 : 2];
}

uint32_t snapshot_model_index(const struct snapshot_model *model)
{
    REQUIRE(model >= models && model < models + SNAPSHOT_AGES);
    return (uint32_t)(model - models);
}
