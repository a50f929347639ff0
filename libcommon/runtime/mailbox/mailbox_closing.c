/* SPDX-License-Identifier: Apache-2.0 */
#include "libcommon/runtime/mailbox/mailbox_closing.h"

#include <pthread.h>
#include <stdint.h>

static void *close_socket(void *argument)
{
    nng_socket socket = {.id = (uint32_t)(uintptr_t)argument};
    nng_close(socket);
    return NULL;
}

void mailbox_close_socket(nng_socket socket)
{
    pthread_t thread;
    if (pthread_create(&thread, NULL, close_socket, (void *)(uintptr_t)socket.id) != 0) {
        nng_close(socket);
        return;
    }
    pthread_detach(thread);
}
