/* SPDX-License-Identifier: Apache-2.0 */
/* chat_text.h - what a line that a player says may consist of: gateways and engines agree on it. */
#ifndef MMA_GAME_CHAT_TEXT_H
#define MMA_GAME_CHAT_TEXT_H

#include "libcommon/base/status.h"

#include <stddef.h>
#include <stdint.h>

#define CHAT_TEXT_CODE_POINTS_MAX 200
#define CHAT_TEXT_BYTES_MAX       800 /* none takes more than four */

/*
 * STATUS_OK: 1 to CHAT_TEXT_CODE_POINTS_MAX code points of UTF-8, none of which breaks the line (controls, U+2028,
 * U+2029) or reorders the text displayed around it (bidirectional embeddings, overrides and isolates).
 * STATUS_EMPTY, STATUS_TOO_LARGE: none, or too many. STATUS_INVALID: not UTF-8, or one of those.
 */
MUST_USE enum status chat_text_check(const uint8_t *text, size_t size);

#endif
