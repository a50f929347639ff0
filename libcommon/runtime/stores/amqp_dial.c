/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/stores/amqp_dial.h"

#include <errno.h>
#include <netdb.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdio.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

/* Zero, or why the connection did not come about. */
static int wait_connected(int descriptor, int wake_file)
{
    struct pollfd files[2] = {{.fd = descriptor, .events = POLLOUT}, {.fd = wake_file, .events = POLLIN}};
    int count = poll(files, 2, AMQP_DIAL_MS);
    if (count < 0) {
        return errno;
    }
    if (files[0].revents) {
        int error = 0;
        socklen_t size = sizeof error;
        return getsockopt(descriptor, SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
    }
    return count > 0 ? ECANCELED : ETIMEDOUT;
}

static int dial_address(const struct addrinfo *address, int wake_file, int *out_socket)
{
    int descriptor = socket(address->ai_family, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0);
    if (descriptor < 0) {
        return errno;
    }
    int one = 1, error = 0;
    setsockopt(descriptor, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    setsockopt(descriptor, SOL_SOCKET, SO_KEEPALIVE, &one, sizeof one);
    if (connect(descriptor, address->ai_addr, address->ai_addrlen) != 0) {
        error = errno == EINPROGRESS ? wait_connected(descriptor, wake_file) : errno;
    }
    if (error) {
        close(descriptor);
        return error;
    }
    *out_socket = descriptor;
    return 0;
}

enum status amqp_dial(const struct url *url, int wake_file, int *out_socket, char detail[AMQP_DETAIL_MAX])
{
    REQUIRE(wake_file >= 0);
    char port[8];
    struct addrinfo *addresses;
    const struct addrinfo hints = {.ai_socktype = SOCK_STREAM};
    snprintf(port, sizeof port, "%u", url->port ? (unsigned)url->port : AMQP_PORT);
    int result = getaddrinfo(url->host, port, &hints, &addresses);
    if (result != 0) {
        snprintf(detail, AMQP_DETAIL_MAX, "%.80s: %s", url->host, gai_strerror(result));
        return STATUS_UNAVAILABLE;
    }
    int error = ECONNREFUSED;
    for (const struct addrinfo *address = addresses; address != NULL && error && error != ECANCELED;
         address = address->ai_next) {
        error = dial_address(address, wake_file, out_socket);
    }
    freeaddrinfo(addresses);
    if (error) {
        char buffer[80];
        snprintf(detail, AMQP_DETAIL_MAX, "%.80s:%s: %s", url->host, port, strerror_r(error, buffer, sizeof buffer));
        return error == ECANCELED ? STATUS_CANCELLED : STATUS_UNAVAILABLE;
    }
    return STATUS_OK;
}
