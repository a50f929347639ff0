/* SPDX-License-Identifier: Apache-2.0 */
/*
 * replay-writer: makes what must last last. Chunks and audit events come from RabbitMQ; replay files and rows go out;
 * GET /v1/replays serves them to a CDN.
 *
 *   core/intake          order of work, retries, acknowledgements
 *   core/parts           which parts of a replay are there
 *   core/replay_verify   the proof by re-simulation
 *   io/intake_host       carries the intake's effects out: io/store over io/store_posix (disk), io/catalog (PostgreSQL)
 *   io/replay_writer     start, drain, stop, and the HTTP port
 */
#include "services/replay-writer/io/replay_writer.h"

int main(int argc, char **argv)
{
    return daemon_main(&replay_writer_spec, argc, argv);
}
