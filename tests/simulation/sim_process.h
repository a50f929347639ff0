/* SPDX-License-Identifier: Apache-2.0 */
/*
 * sim_process.h - a simulated process: its program, clocks, timers, randomness, work on other threads, and log.
 */
#ifndef MMA_SIMULATION_SIM_PROCESS_H
#define MMA_SIMULATION_SIM_PROCESS_H

#include "libcommon/base/status.h"
#include "libcommon/runtime/mailbox/mailbox.h" /* struct mailbox_envelope; nothing of it is linked */
#include "libcommon/runtime/stores/amqp.h"     /* struct amqp_delivery, names of queues */

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct sim_process; /* a place for a program that starts, crashes and starts again; lives as long as the world */
struct sim_socket;
struct sim_exchange;

enum sim_dependency { SIM_REDIS, SIM_RABBITMQ, SIM_POSTGRESQL, SIM_DEPENDENCY_COUNT };

/* NULL: the program does not care. Every call but start and destroy is one event, see simulation.h. */
struct sim_program {
    const char *role; /* as in the registry: "gateway", "matchmaker", "game-engine", "spectator", "replay-writer" */

    /* Makes the state (malloc), says what it watches and announces itself. seed is new at each start. Not NULL. */
    void *(*start)(struct sim_process *process, uint64_t seed);
    /* SIGTERM. Once the program has nothing left it calls sim_drained. Not called: it is killed. */
    void (*drain)(void *state);
    /* Frees the memory, and does nothing else: after a crash there is nobody to do it. */
    void (*destroy)(void *state);

    void (*on_envelope)(void *state, const struct mailbox_envelope *envelope); /* all but replies */
    void (*on_delivery)(void *state, const struct amqp_delivery *delivery);
    void (*on_dependency)(void *state, enum sim_dependency dependency, bool is_up); /* each change; at first all down */

    /* Both ends of a client's socket; see sim_socket.h. */
    void (*on_socket_opened)(void *state, struct sim_socket *socket);
    void (*on_socket_message)(void *state, struct sim_socket *socket, const uint8_t *bytes, size_t size);
    void (*on_socket_closed)(void *state, struct sim_socket *socket, uint16_t code); /* the last of this socket */
    /* Some of what was sent has been written to the peer: sim_socket_unsent has become less. */
    void (*on_socket_written)(void *state, struct sim_socket *socket);
    void (*on_http)(void *state, struct sim_exchange *exchange);

    /* As /readyz would say it. */
    bool (*is_ready)(const void *state);
    /* How many tickets, matches, seats, streams or jobs the state still holds for somebody; names some in out_text.
     * Checked at the end: 0 is expected 30 s after the last fault and the last client. */
    uint32_t (*held)(const void *state, char *out_text, size_t size);
};

/* ---- who and when -------------------------------------------------------------------------------- */

const char *sim_mailbox_url(const struct sim_process *process); /* may differ after a restart */
const char *sim_region(const struct sim_process *process);
uint32_t sim_index(const struct sim_process *process); /* among all processes of the world, constant */
uint64_t sim_incarnation(const struct sim_process *process);

/* Monotonic, since some point of this process's own, and each process's runs a little faster or slower. */
uint64_t sim_monotonic_ms(const struct sim_process *process);
uint64_t sim_monotonic_us(const struct sim_process *process);
uint64_t sim_unix_ms(const struct sim_process *process); /* wall clock: a fault may set it back or ahead */

uint64_t sim_random_u64(struct sim_process *process); /* a stream of this incarnation's own */

/* ---- timers: one shot ---------------------------------------------------------------------------- */

typedef void sim_on_timer(void *owner);

/* An id, never 0, of a timer that fires once, not before delay_us of the process's monotonic clock have passed. Calling
 * it again is how a timer repeats. */
uint64_t sim_timer_start_us(struct sim_process *process, uint64_t delay_us, sim_on_timer *on_timer, void *owner);
uint64_t sim_timer_start(struct sim_process *process, uint64_t delay_ms, sim_on_timer *on_timer, void *owner);
void sim_timer_stop(struct sim_process *process, uint64_t timer); /* one that fired, was stopped, or 0: nothing */

/* uv_queue_work: on_work runs some time later, on_done (may be NULL) some time after that. In on_work only the calls of
 * sim_disk.h and sim_log are allowed: it is another thread. A crash may come between the two. */
void sim_work(struct sim_process *process, sim_on_timer *on_work, sim_on_timer *on_done, void *owner);

/* ---- end ----------------------------------------------------------------------------------------- */

/* The program that was asked to drain has nothing left: it is destroyed after this event. */
void sim_drained(struct sim_process *process);

/* ---- the log ------------------------------------------------------------------------------------- */

/* One line: virtual time, process, text. It is part of the world's log, which is the same for the same seed: no
 * pointers, nothing of the machine. */
void sim_log(struct sim_process *process, const char *format, ...) PRINTF_LIKE(2, 3);

/* ---- what all programs of a world are set to ----------------------------------------------------- */

#define SIM_JWT_SECRET        "simulated player token secret, 32"
#define SIM_JOIN_TOKEN_SECRET "simulated join token secret, 32 b"

/* Small figures, so that a world of a minute sees whole matches. Constant for one world. */
struct sim_settings {
    uint32_t match_time_limit_ticks; /* of every match */
    uint32_t match_score_limit;      /* 0: the mode's own */
    uint32_t ticket_timeout_ms;
    uint32_t create_match_timeout_ms;
    uint32_t match_round_ms; /* of the matchmaker */
    uint32_t recovery_lease_ms, recovery_keep_ms, recovery_flush_ticks;
    uint32_t resume_window_ms; /* a dropped session may come back for so long */
    uint32_t spectator_delay_ms;
    uint32_t retry_ms; /* of the replay-writer's and matchmaker's intakes */
    uint32_t drain_timeout_ms;
};
const struct sim_settings *sim_settings(const struct sim_process *process);

#endif
