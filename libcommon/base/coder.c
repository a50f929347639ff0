/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/base/coder.h"

#include "libcommon/base/status.h"

static uint32_t within(struct coder *coder, uint32_t value, uint32_t max)
{
    if (coder->reader != NULL && value > max) {
        bit_reader_fail(coder->reader, STATUS_INVALID);
        return 0;
    }
    return value;
}

uint32_t coder_golomb_max(struct coder *coder, uint32_t value, uint32_t order, uint32_t max)
{
    REQUIRE((coder->writer == NULL) != (coder->reader == NULL));
    return within(coder, coder_golomb(coder, value, order), max);
}

uint32_t coder_bits_max(struct coder *coder, uint32_t value, uint32_t count, uint32_t max)
{
    REQUIRE((coder->writer == NULL) != (coder->reader == NULL));
    return within(coder, coder_bits(coder, value, count), max);
}

uint32_t coder_residual_max(struct coder *coder, uint32_t value, uint32_t expected, uint32_t order, uint32_t max)
{
    REQUIRE((coder->writer == NULL) != (coder->reader == NULL));
    return within(coder, coder_residual(coder, value, expected, order), max);
}
