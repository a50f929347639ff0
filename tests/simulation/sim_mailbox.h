/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_mailbox.h - mailbox.h's meaning between simulated processes: the same classes, repeats, answers to repeats,
 * deadlines and statuses. Requests, replies and senders are held by the real mailbox_requests, _replies and _senders.
 *
 * payload is a packed message: sim_post(process, peer, class, type, trace, &message.base) packs it.
 */
#ifndef MMA_SIMULATION_SIM_MAILBOX_H
#define MMA_SIMULATION_SIM_MAILBOX_H

#include "tests/simulation/sim_process.h"

MUST_USE enum status sim_post(struct sim_process *process, const char *peer, enum mailbox_class mailbox_class,
                              Mma__MessageType type, struct trace_id trace, const ProtobufCMessage *message);

/* on_reply exactly once while the process lives, as mailbox_request's. */
MUST_USE enum status sim_request(struct sim_process *process, const char *peer, Mma__MessageType type,
                                 struct trace_id trace, const ProtobufCMessage *message, uint32_t timeout_ms,
                                 mailbox_on_reply *on_reply, void *owner);

/* What to remember of a request is a struct mailbox_return, made by sim_return_of. */
struct mailbox_return sim_return_of(const struct mailbox_envelope *request);
void sim_reply(struct sim_process *process, const struct mailbox_return *to, Mma__MessageType type,
               const ProtobufCMessage *message);
void sim_refuse(struct sim_process *process, const struct mailbox_return *to, enum status status, const char *reason,
                const char *message);

#endif
