/* SPDX-License-Identifier: Apache-2.0 */
#include "services/replay-writer/io/intake_messages.h"

#include "libcommon/base/hex_id.h"
#include "services/replay-writer/core/parts.h"

void intake_messages_free(struct intake_contents *contents)
{
    mma__replay_chunk__free_unpacked(contents->chunk, NULL); /* both take NULL */
    mma__audit_event__free_unpacked(contents->audit, NULL);
    *contents = (struct intake_contents){NULL, NULL};
}

static bool is_well_formed(const struct intake_contents *contents)
{
    if (contents->chunk != NULL) {
        return hex_id_is_valid(contents->chunk->match_id) && contents->chunk->index < PARTS_MAX;
    }
    return contents->audit != NULL && hex_id_is_valid(contents->audit->event_id);
}

bool intake_messages_read(enum intake_kind kind, const uint8_t *bytes, size_t size,
                          struct intake_contents *out_contents)
{
    struct intake_contents contents = {NULL, NULL};
    if (kind == INTAKE_CHUNK) {
        contents.chunk = mma__replay_chunk__unpack(NULL, size, bytes);
    } else {
        contents.audit = mma__audit_event__unpack(NULL, size, bytes);
    }
    if (!is_well_formed(&contents)) {
        intake_messages_free(&contents);
        return false;
    }
    *out_contents = contents;
    return true;
}

const char *intake_messages_match_id(const struct intake_contents *contents)
{
    return contents->chunk != NULL ? contents->chunk->match_id : contents->audit->match_id;
}
