/* SPDX-License-Identifier: Apache-2.0 */
#include "services/spectator/io/followed_data.h"

#include <stdlib.h>
#include <string.h>

void followed_data_free(struct followed_data *data)
{
    if (data->subscribed != NULL) {
        mma__subscribed__free_unpacked(data->subscribed, NULL);
    }
    free(data->memory);
    free(data->map);
    free(data->map_text);
    *data = (struct followed_data){0};
}

/* The map that the record carries, if any: for the match and for clients. */
static enum status read_map(struct followed_data *data, struct record_header *header)
{
    size_t size = record_map_bytes(header);
    data->map = size == 0 ? NULL : malloc(size);
    data->map_text = calloc(1, header->map_text_size + 1);
    if (data->map_text == NULL || (size > 0 && data->map == NULL)) {
        return STATUS_NO_MEMORY;
    }
    if (size > 0) {
        memcpy(data->map_text, header->map_text, header->map_text_size);
    }
    return record_map_read(header, data->map, size);
}

static enum status make_memory(struct followed_data *data, struct record_header *header, uint32_t delay_ms)
{
    enum status status = read_map(data, header);
    if (status != STATUS_OK) {
        return status;
    }
    size_t size = followed_match_memory_bytes(header, delay_ms);
    data->memory = size == 0 ? NULL : malloc(size);
    if (data->memory == NULL) {
        return size == 0 ? STATUS_MISMATCH : STATUS_NO_MEMORY;
    }
    header->map_text = NULL; /* it is read; the bytes it stood in go with the message */
    header->map_text_size = 0;
    return STATUS_OK;
}

/* NULL: not a Subscribed, or it names no match. */
static Mma__Subscribed *unpack(const struct mailbox_envelope *reply)
{
    if (reply->type != MMA__MESSAGE_TYPE__MESSAGE_TYPE_SUBSCRIBED) {
        return NULL;
    }
    Mma__Subscribed *message = mma__subscribed__unpack(NULL, reply->payload_size, reply->payload);
    if (message != NULL && !hex_id_is_valid(message->match_id)) {
        mma__subscribed__free_unpacked(message, NULL);
        return NULL;
    }
    return message;
}

void followed_data_receive(struct followed_data *data, struct follow *follow, uint32_t slot, enum status status,
                           const struct mailbox_envelope *reply, const struct peer_list *engines, uint64_t now_ms,
                           struct follow_effects *out_effects)
{
    Mma__Subscribed *message = status == STATUS_OK ? unpack(reply) : NULL;
    if (message == NULL) {
        follow_not_subscribed(follow, slot, status == STATUS_OK ? STATUS_INVALID : status, engines, out_effects);
        return;
    }
    struct record_header header;
    struct follow_beginning beginning = {.match_id = message->match_id,
                                         .header = &header,
                                         .keyframe = message->keyframe.data,
                                         .keyframe_size = message->keyframe.len};
    size_t used = 0;
    beginning.status = record_read_header(message->header.data, message->header.len, &header, &used);
    if (!follow_needs_memory(follow, slot)) {
        follow_subscribed(follow, slot, &beginning, now_ms, out_effects);
        mma__subscribed__free_unpacked(message, NULL);
        return;
    }
    data->subscribed = message;
    if (beginning.status == STATUS_OK) {
        beginning.status = make_memory(data, &header, follow->rules.delay_ms);
        beginning.memory = data->memory;
    }
    follow_subscribed(follow, slot, &beginning, now_ms, out_effects);
}
