/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/client_codec.h"

#include "libcommon/game/rules/chat_text.h"
#include "libcommon/game/world/input.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define ARENA_BYTES (256u << 10) /* 4,096 bytes of empty rows unpack to less than this */

struct client_codec {
    struct arena arena;
    ProtobufCAllocator allocator;
    uint8_t *scratch;
    size_t scratch_size;
    _Alignas(16) uint8_t memory[ARENA_BYTES];
};

static void *arena_allocate(void *owner, size_t size)
{
    return arena_take(owner, size);
}

static void arena_free(void *owner, void *bytes)
{
    (void)owner;
    (void)bytes; /* the arena is reset whole */
}

enum status client_codec_create(struct client_codec **out_codec)
{
    struct client_codec *codec = malloc(sizeof *codec);
    if (codec == NULL) {
        return STATUS_NO_MEMORY;
    }
    arena_init(&codec->arena, codec->memory, sizeof codec->memory);
    codec->allocator =
        (ProtobufCAllocator){.alloc = arena_allocate, .free = arena_free, .allocator_data = &codec->arena};
    codec->scratch = NULL;
    codec->scratch_size = 0;
    *out_codec = codec;
    return STATUS_OK;
}

void client_codec_destroy(struct client_codec *codec)
{
    if (codec != NULL) {
        free(codec->scratch);
        free(codec);
    }
}

/* ---- checks ------------------------------------------------------------------------------------ */

static enum status wrong(struct transcode_error *error, const char *field, const char *message)
{
    (void)snprintf(error->field, sizeof error->field, "%s", field);
    (void)snprintf(error->message, sizeof error->message, "%s", message);
    return STATUS_INVALID;
}

/* Names of queues and regions. */
static bool is_name(const char *text)
{
    size_t size = strspn(text, "abcdefghijklmnopqrstuvwxyz0123456789_");
    return size > 0 && size < 24 && text[size] == '\0';
}

static bool is_id_or_empty(const char *text)
{
    size_t size = strspn(text, "0123456789abcdef");
    return text[size] == '\0' && (size == 32 || size == 0);
}

static enum status check_input(const ProtobufCBinaryData *input, struct transcode_error *error)
{
    struct input decoded;
    if (input->len > INPUT_BYTES_MAX || input_decode(input->data, input->len, &decoded) != STATUS_OK) {
        return wrong(error, "input", "is not an input of docs/wire-format.md");
    }
    return STATUS_OK;
}

static enum status check_create_ticket(const Mma__CreateTicket *ticket, struct transcode_error *error)
{
    if (!is_name(ticket->queue)) {
        return wrong(error, "create_ticket.queue", "must be a queue's name");
    }
    if (ticket->player_id[0] != '\0' || ticket->session_id != 0) {
        return wrong(error, "create_ticket", "the player and the session are set by the server");
    }
    if (ticket->n_latencies > 8) {
        return wrong(error, "create_ticket.latencies", "must be 8 rows at most");
    }
    for (size_t i = 0; i < ticket->n_latencies; i++) {
        if (!is_name(ticket->latencies[i]->region)) {
            return wrong(error, "create_ticket.latencies.region", "must be a region's name");
        }
        if (ticket->latencies[i]->latency_ms > 10000) {
            return wrong(error, "create_ticket.latencies.latency_ms", "must be 10000 at most");
        }
    }
    return STATUS_OK;
}

static enum status check_cancel_ticket(const Mma__CancelTicket *ticket, struct transcode_error *error)
{
    if (!is_id_or_empty(ticket->ticket_id)) {
        return wrong(error, "cancel_ticket.ticket_id", "must be 32 hex digits, or empty");
    }
    if (ticket->player_id[0] != '\0') {
        return wrong(error, "cancel_ticket.player_id", "is set by the server");
    }
    return STATUS_OK;
}

static enum status check_watch(const Mma__WatchMatch *watch, struct transcode_error *error)
{
    if (!is_id_or_empty(watch->match_id)) {
        return wrong(error, "watch_match.match_id", "must be 32 hex digits, or empty");
    }
    uint32_t rate = watch->rate_hz;
    if (rate != 0 && rate != 5 && rate != 15 && rate != 30 && rate != 60) {
        return wrong(error, "watch_match.rate_hz", "must be 60, 30, 15, 5 or 0");
    }
    return STATUS_OK;
}

static enum status check_chat(const Mma__Chat *chat, struct transcode_error *error)
{
    if (chat->channel != MMA__CHAT_CHANNEL__CHAT_ALL && chat->channel != MMA__CHAT_CHANNEL__CHAT_TEAM) {
        return wrong(error, "chat.channel", "must be CHAT_ALL or CHAT_TEAM");
    }
    switch (chat_text_check((const uint8_t *)chat->text, strlen(chat->text))) {
    case STATUS_OK:
        return STATUS_OK;
    case STATUS_EMPTY:
        return wrong(error, "chat.text", "must not be empty");
    case STATUS_TOO_LARGE:
        return wrong(error, "chat.text", "must be 200 code points at most");
    default:
        return wrong(error, "chat.text", "must have no controls, line breaks or bidirectional embeddings");
    }
}

static enum status check_rate(uint32_t rate_hz, const char *field, struct transcode_error *error)
{
    bool is_one = rate_hz == 0 || rate_hz == 20 || rate_hz == 30 || rate_hz == 60;
    return is_one ? STATUS_OK : wrong(error, field, "must be 60, 30, 20 or 0");
}

static enum status check(const Mma__ClientMessage *message, struct transcode_error *error)
{
    switch (message->body_case) {
    case MMA__CLIENT_MESSAGE__BODY__NOT_SET:
        return wrong(error, "body", "is missing or unknown");
    case MMA__CLIENT_MESSAGE__BODY_INPUT:
        return check_input(&message->input, error);
    case MMA__CLIENT_MESSAGE__BODY_CREATE_TICKET:
        return check_create_ticket(message->create_ticket, error);
    case MMA__CLIENT_MESSAGE__BODY_CANCEL_TICKET:
        return check_cancel_ticket(message->cancel_ticket, error);
    case MMA__CLIENT_MESSAGE__BODY_WATCH_MATCH:
        return check_watch(message->watch_match, error);
    case MMA__CLIENT_MESSAGE__BODY_CHAT:
        return check_chat(message->chat, error);
    case MMA__CLIENT_MESSAGE__BODY_JOIN_MATCH:
        return check_rate(message->join_match->rate_hz, "join_match.rate_hz", error);
    case MMA__CLIENT_MESSAGE__BODY_SET_RATE:
        return check_rate(message->set_rate->rate_hz, "set_rate.rate_hz", error);
    default:
        return STATUS_OK; /* tokens are checked by who verifies them; the rest has nothing to check */
    }
}

/* ---- reading and writing ----------------------------------------------------------------------- */

enum status client_codec_read(struct client_codec *codec, enum client_encoding encoding, const uint8_t *bytes,
                              size_t size, Mma__ClientMessage **out_message, struct client_fault *out_fault)
{
    ProtobufCMessage *message = NULL;
    struct transcode_error *error = &out_fault->error;
    *out_fault = (struct client_fault){0};
    arena_reset(&codec->arena);
    enum status status = encoding == CLIENT_MSGPACK ? transcode_msgpack_read(&mma__client_message__descriptor, bytes,
                                                                             size, &codec->allocator, &message, error)
                                                    : transcode_protobuf_read(&mma__client_message__descriptor, bytes,
                                                                              size, &codec->allocator, &message, error);
    if (status != STATUS_OK) {
        return STATUS_INVALID;
    }
    Mma__ClientMessage *client_message = (Mma__ClientMessage *)message;
    status = check(client_message, error);
    if (status == STATUS_OK) {
        *out_message = client_message;
    } else {
        out_fault->cid = client_message->cid;
    }
    return status;
}

static bool scratch_holds(struct client_codec *codec, size_t size)
{
    if (size <= codec->scratch_size) {
        return true;
    }
    uint8_t *larger = realloc(codec->scratch, size);
    if (larger == NULL) {
        return false;
    }
    codec->scratch = larger;
    codec->scratch_size = size;
    return true;
}

const uint8_t *client_codec_write(struct client_codec *codec, enum client_encoding encoding,
                                  const Mma__ServerMessage *message, size_t *out_size)
{
    size_t size = encoding == CLIENT_MSGPACK ? transcode_msgpack_write(&message->base, codec->scratch, 0)
                                             : mma__server_message__get_packed_size(message);
    if (!scratch_holds(codec, size)) {
        return NULL;
    }
    if (encoding == CLIENT_MSGPACK) {
        (void)transcode_msgpack_write(&message->base, codec->scratch, size);
    } else {
        (void)mma__server_message__pack(message, codec->scratch);
    }
    *out_size = size;
    return codec->scratch;
}

const uint8_t *client_codec_wrap(struct client_codec *codec, enum client_encoding encoding, const uint8_t *snapshot,
                                 size_t size, size_t *out_size)
{
    if (!scratch_holds(codec, SNAPSHOT_HEAD_MAX + size)) {
        return NULL;
    }
    size_t head = snapshot_head(encoding, size, codec->scratch);
    memcpy(codec->scratch + head, snapshot, size);
    *out_size = head + size;
    return codec->scratch;
}

/* ---- names ------------------------------------------------------------------------------------- */

const char *client_encoding_choose(const char *offered, enum client_encoding *out_encoding)
{
    static const char *const names[CLIENT_ENCODINGS] = {
        [CLIENT_MSGPACK] = "arena.v1.msgpack", [CLIENT_PROTOBUF] = "arena.v1.protobuf"};
    while (*offered != '\0') {
        offered += strspn(offered, ", \t");
        size_t size = strcspn(offered, ", \t");
        for (int i = 0; i < CLIENT_ENCODINGS; i++) {
            if (strlen(names[i]) == size && strncmp(names[i], offered, size) == 0) {
                *out_encoding = (enum client_encoding)i;
                return names[i];
            }
        }
        offered += size;
    }
    return NULL;
}

enum session_message client_message_kind(const Mma__ClientMessage *message)
{
    _Static_assert(MMA__CLIENT_MESSAGE__BODY_SET_RATE - MMA__CLIENT_MESSAGE__BODY_AUTHENTICATE == SESSION_SAYS_SET_RATE,
                   "enum session_message is in the schema's order");
    return (enum session_message)((int)message->body_case - (int)MMA__CLIENT_MESSAGE__BODY_AUTHENTICATE);
}
