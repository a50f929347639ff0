/* SPDX-License-Identifier: Apache-2.0 */
/* matchmaker - forms matches of tickets and places them on engines; see README.md. */
#include "libcommon/runtime/daemon/daemon.h"
#include "services/matchmaker/io/service.h"

int main(int argc, char **argv)
{
    return daemon_main(&service_spec, argc, argv);
}
