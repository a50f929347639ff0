/* SPDX-License-Identifier: Apache-2.0 */
/*
 * A request's head read in one piece or byte by byte is the same head, or refused both times; for which of several
 * reasons may differ, since a text that is too long is noticed where a piece of it comes in.
 */
#include "libcommon/runtime/web/websocket_internal.h"
#include "tests/fuzz/fuzz.h"

#include <stdlib.h>
#include <string.h>

static struct websocket_head whole, pieces;

static bool same(const char *a, const char *b)
{
    return a && b ? strcmp(a, b) == 0 : a == b;
}

static enum status feed_bytes(const uint8_t *bytes, size_t size, size_t *out_used)
{
    enum status status = STATUS_EMPTY;
    size_t at = 0, used = 0;
    for (; status == STATUS_EMPTY && at < size; at++) {
        status = websocket_head_feed(&pieces, bytes + at, 1, &used);
    }
    *out_used = at - 1 + used;
    return status;
}

int LLVMFuzzerTestOneInput(const uint8_t *bytes, size_t size)
{
    size_t used = 0, used_in_pieces = 0;
    websocket_head_init(&whole, true);
    websocket_head_init(&pieces, true);
    if (size == 0) {
        return 0;
    }
    enum status status = websocket_head_feed(&whole, bytes, size, &used);
    REQUIRE(feed_bytes(bytes, size, &used_in_pieces) == status);
    if (status == STATUS_INVALID) {
        REQUIRE(whole.http_error >= 400 && pieces.http_error >= 400);
    }
    if (status != STATUS_OK) {
        return 0;
    }
    REQUIRE(used == used_in_pieces && used <= size);
    REQUIRE(same(whole.path, pieces.path) && same(whole.query, pieces.query) && same(whole.method, pieces.method));
    for (int i = 0; i < WEBSOCKET_HEADER_COUNT; i++) {
        REQUIRE(same(whole.values[i], pieces.values[i]));
    }
    char accept[WEBSOCKET_ACCEPT_BYTES];
    if (websocket_head_wants_upgrade(&whole) && websocket_head_check_upgrade(&whole) == 101) {
        websocket_accept_of(whole.values[WEBSOCKET_HEADER_KEY], accept);
    }
    return 0;
}
