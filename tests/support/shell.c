/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/shell.h"

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>
#include <sys/types.h>
#include <sys/wait.h>
#include <unistd.h>

/* Becomes bash with both outputs in the pipe; returns only when that fails. */
static void become_bash(const char *command, int output)
{
    dup2(output, STDOUT_FILENO);
    dup2(output, STDERR_FILENO);
    close(output);
    execl("/bin/bash", "bash", "-c", command, (char *)NULL);
    _exit(127);
}

/* Reads to the end of input; what is past the limit is dropped. */
static void read_all(int input, char *out, size_t size)
{
    char dropped[256];
    size_t used = 0;
    for (;;) {
        size_t room = size - 1 - used;
        ssize_t count = room > 0 ? read(input, out + used, room) : read(input, dropped, sizeof dropped);
        if (count <= 0) {
            break;
        }
        used += room > 0 ? (size_t)count : 0;
    }
    used -= used > 0 && out[used - 1] == '\n' ? 1 : 0;
    out[used] = '\0';
}

struct shell_result shell_run(const char *command)
{
    struct shell_result result = {0};
    int ends[2];
    int status = 0;
    assert_int_equal(pipe(ends), 0);
    pid_t child = fork();
    assert_true(child >= 0);
    if (child == 0) {
        close(ends[0]);
        become_bash(command, ends[1]);
    }
    close(ends[1]);
    read_all(ends[0], result.output, sizeof result.output);
    close(ends[0]);
    assert_int_equal(waitpid(child, &status, 0), child);
    result.status = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    return result;
}

struct shell_result shell_must(const char *command)
{
    struct shell_result result = shell_run(command);
    if (result.status != 0) {
        fail_msg("%s: exit status %d: %s", command, result.status, result.output);
    }
    return result;
}
