/* SPDX-License-Identifier: Apache-2.0 */
/*
 * hex_id.h - the one grammar of match ids, ticket ids and trace ids: 16 bytes as 32 lower-case hexadecimal digits.
 */
#ifndef MMA_LIBCOMMON_BASE_HEX_ID_H
#define MMA_LIBCOMMON_BASE_HEX_ID_H

#include <stdbool.h>
#include <stdint.h>

#define HEX_ID_BYTES  16
#define HEX_ID_DIGITS 32
#define HEX_ID_SIZE   (HEX_ID_DIGITS + 1) /* with its NUL */

/* Exactly HEX_ID_DIGITS digits, then NUL. */
bool hex_id_is_valid(const char *text);

/* False, and nothing written, for text that is not valid. */
bool hex_id_parse(const char *text, uint8_t out_id[HEX_ID_BYTES]);

void hex_id_format(const uint8_t id[HEX_ID_BYTES], char out_text[HEX_ID_SIZE]);

#endif
