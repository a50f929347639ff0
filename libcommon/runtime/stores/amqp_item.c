/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/stores/amqp_item.h"

#include <stdlib.h>
#include <string.h>

#define RECORD_VERSION 1

/* The place behind them. */
static uint8_t *put(uint8_t *out, const void *bytes, size_t size)
{
    if (size > 0) { /* nothing may have no address */
        memcpy(out, bytes, size);
    }
    return out + size;
}

static char *put_text(char *out, struct amqp_text text)
{
    uint8_t *end = put((uint8_t *)out, text.bytes, text.size);
    *end = '\0';
    return (char *)end + 1;
}

struct amqp_item *amqp_item_create(enum amqp_item_kind kind, struct amqp_text routing_key, struct amqp_text message_id,
                                   struct amqp_text body)
{
    REQUIRE(routing_key.size <= AMQP_TEXT_MAX && message_id.size <= AMQP_TEXT_MAX);
    struct amqp_item *item = malloc(sizeof *item + routing_key.size + message_id.size + body.size + 3);
    if (item == NULL) {
        return NULL;
    }
    *item = (struct amqp_item){
        .kind = kind, .routing_key_size = routing_key.size, .message_id_size = message_id.size, .body_size = body.size};
    char *after_key = put_text(item->bytes, routing_key);
    char *after_id = put_text(after_key, message_id);
    put_text(after_id, body);
    item->routing_key = item->bytes;
    item->message_id = after_key;
    item->body = (const uint8_t *)after_id;
    return item;
}

void amqp_list_append(struct amqp_list *list, struct amqp_item *item)
{
    REQUIRE(item != NULL);
    REQUIRE((list->first == NULL) == (list->last == NULL));
    item->next = NULL;
    if (list->last != NULL) {
        list->last->next = item;
    } else {
        list->first = item;
    }
    list->last = item;
    list->count++;
}

struct amqp_item *amqp_list_take(struct amqp_list *list)
{
    REQUIRE((list->first == NULL) == (list->count == 0));
    struct amqp_item *item = list->first;
    if (item != NULL) {
        list->first = item->next;
        list->last = list->first != NULL ? list->last : NULL;
        list->count--;
        item->next = NULL;
    }
    return item;
}

void amqp_list_move(struct amqp_list *to, struct amqp_list *from)
{
    REQUIRE(to != from);
    if (from->first == NULL) {
        return;
    }
    if (to->last != NULL) {
        to->last->next = from->first;
    } else {
        to->first = from->first;
    }
    to->last = from->last;
    to->count += from->count;
    *from = (struct amqp_list){0};
}

void amqp_list_free(struct amqp_list *list)
{
    struct amqp_item *item;
    while ((item = amqp_list_take(list)) != NULL) {
        free(item);
    }
}

size_t amqp_record_write(uint8_t *out, const char *routing_key, const char *message_id, struct trace_id trace,
                         const void *body, size_t size)
{
    size_t key_size = strlen(routing_key), id_size = strlen(message_id);
    REQUIRE(key_size <= AMQP_TEXT_MAX && id_size <= AMQP_TEXT_MAX);
    uint8_t *start = out;
    *out++ = RECORD_VERSION;
    *out++ = (uint8_t)key_size;
    *out++ = (uint8_t)id_size;
    out = put(out, trace.bytes, sizeof trace.bytes);
    out = put(out, routing_key, key_size);
    out = put(out, message_id, id_size);
    out = put(out, body, size);
    return (size_t)(out - start);
}

enum status amqp_record_read(const uint8_t *bytes, size_t size, struct amqp_item **out_item)
{
    REQUIRE(bytes != NULL || size == 0);
    struct trace_id trace;
    size_t head_size = 3 + sizeof trace.bytes;
    if (size < head_size || bytes[0] != RECORD_VERSION || size - head_size < (size_t)bytes[1] + bytes[2]) {
        return STATUS_INVALID;
    }
    memcpy(trace.bytes, bytes + 3, sizeof trace.bytes);
    struct amqp_text key = {bytes + head_size, bytes[1]};
    struct amqp_text id = {bytes + head_size + key.size, bytes[2]};
    struct amqp_text body = {bytes + head_size + key.size + id.size, size - head_size - key.size - id.size};
    struct amqp_item *item = amqp_item_create(AMQP_ITEM_PUBLISH, key, id, body);
    if (item == NULL) {
        return STATUS_NO_MEMORY;
    }
    item->trace = trace;
    *out_item = item;
    return STATUS_OK;
}
