/* SPDX-License-Identifier: Apache-2.0 */
#include "services/gateway/io/client_connection.h"

struct client *client_of(const struct gateway *gateway, const struct session *session)
{
    return gateway->clients[session->slot];
}

void client_send_bytes(struct client *client, const uint8_t *bytes, size_t size)
{
    if (client->is_closing) {
        return;
    }
    /* Refused only past SOCKET_QUEUE_BYTES or when closing: the socket then ends by itself, and on_closed comes. */
    if (websocket_send(client->socket, true, bytes, size) == STATUS_OK) {
        client->gateway->counts.bytes_out += size;
    }
}

bool client_send(struct client *client, const Mma__ServerMessage *message)
{
    size_t size = 0;
    const uint8_t *bytes = client_codec_write(client->gateway->codec, client->encoding, message, &size);
    if (bytes == NULL) {
        return false;
    }
    client_send_bytes(client, bytes, size);
    return true;
}

void client_close(struct client *client, enum gateway_close_code code, const char *reason)
{
    client->session = NULL;
    if (client->is_closing) {
        return;
    }
    client->is_closing = true;
    if (code != GATEWAY_CLOSE_NONE) {
        websocket_close(client->socket, (uint16_t)code, reason);
    }
}
