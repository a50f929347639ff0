/* SPDX-License-Identifier: Apache-2.0 */
/*
 * shell.h - run bash commands from a test, and look at what they did.
 *
 * Commands inherit the test's environment (TEST_DIR, TOP, DATABASE_URL, ...), so they quote "$TEST_DIR" themselves.
 * Failures to run bash at all fail the test.
 */
#ifndef MMA_TESTS_SUPPORT_SHELL_H
#define MMA_TESTS_SUPPORT_SHELL_H

#define SHELL_OUTPUT_MAX 16384

struct shell_result {
    int status;                    /* exit status; 128 + signal where it died of one */
    char output[SHELL_OUTPUT_MAX]; /* stdout and stderr, without the last newline; cut at the limit */
};

/* Runs it to its end. */
struct shell_result shell_run(const char *command);

/* Runs it, fails the test with its output when its exit status is not 0. */
struct shell_result shell_must(const char *command);

#endif
