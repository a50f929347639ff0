/* SPDX-License-Identifier: Apache-2.0 */
/* amqp_dial.h - a TCP connection for the thread of amqp_link.h: blocks, but not for ever, and can be woken. */
#ifndef MMA_LIBCOMMON_RUNTIME_STORES_AMQP_DIAL_H
#define MMA_LIBCOMMON_RUNTIME_STORES_AMQP_DIAL_H

#include "libcommon/base/status.h"
#include "libcommon/runtime/encoding/url.h"
#include "libcommon/runtime/stores/amqp_session.h"

#define AMQP_PORT    5672
#define AMQP_DIAL_MS 3000 /* an address */

/* Tries the host's addresses one after another; looking the name up blocks. STATUS_CANCELLED when wake_file became
 * readable (it is left so). On success the socket is non-blocking and the caller's; detail says why it failed. */
MUST_USE enum status amqp_dial(const struct url *url, int wake_file, int *out_socket, char detail[AMQP_DETAIL_MAX]);

#endif
