/* SPDX-License-Identifier: Apache-2.0 */
#include "tests/support/support.h"

#include "tests/support/http_client.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/in.h>
#include <setjmp.h>
#include <signal.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/socket.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include <cmocka.h>

#define POLL_MS       5
#define SETTINGS_MAX  64
#define ARGUMENTS_MAX 32
#define STOP_MS       30000

static pid_t groups[SUPPORT_PROCESSES_MAX]; /* that were started and not yet ended by support_kill_all */

const char *support_env(const char *name)
{
    const char *value = getenv(name);
    if (!value || !*value) {
        fail_msg("%s is not set: run service and system tests by scripts/test-run (make test)", name);
    }
    return value;
}

void support_path(char out[SUPPORT_PATH_MAX], const char *name)
{
    static unsigned number;
    int length = snprintf(out, SUPPORT_PATH_MAX, "%s/%u-%s", support_env("TEST_DIR"), ++number, name);
    assert_in_range(length, 1, SUPPORT_PATH_MAX - 1);
}

static uint64_t now_ms(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (uint64_t)now.tv_sec * 1000 + (uint64_t)now.tv_nsec / 1000000;
}

static bool is_free(uint16_t port)
{
    struct sockaddr_in address = {.sin_family = AF_INET, .sin_port = htons(port)};
    int descriptor = socket(AF_INET, SOCK_STREAM | SOCK_CLOEXEC, 0);
    bool bound = descriptor >= 0 && bind(descriptor, (struct sockaddr *)&address, sizeof address) == 0;
    close(descriptor);
    return bound;
}

uint16_t support_free_port(void)
{
    static unsigned last;
    if (last == 0) {
        last = (unsigned)getpid() * 61;
    }
    for (unsigned tries = 0; tries < 10000; tries++) {
        uint16_t port = (uint16_t)(10000 + ++last % 22000); /* below the kernel's range for outgoing connections */
        if (is_free(port)) {
            return port;
        }
    }
    fail_msg("no free port");
    return 0;
}

void support_wait_until(bool (*condition)(void *owner), void *owner, unsigned timeout_ms, const char *what)
{
    uint64_t deadline_ms = now_ms() + timeout_ms;
    while (!condition(owner)) {
        if (now_ms() > deadline_ms) {
            fail_msg("waited %u ms for %s", timeout_ms, what);
        }
        usleep(POLL_MS * 1000);
    }
}

/* ---- processes ----------------------------------------------------------------------------------- */

/* Whether /proc/<entry> is a process of that group and of our session that still runs: proc(5), stat. */
static bool is_in_group(const char *entry, pid_t group)
{
    char path[300], line[1024] = {0};
    snprintf(path, sizeof path, "/proc/%s/stat", entry);
    FILE *file = fopen(path, "re");
    if (!file) {
        return false;
    }
    char *at = fgets(line, sizeof line, file) ? strrchr(line, ')') : NULL; /* a name may hold brackets */
    fclose(file);
    if (!at || strlen(at) < 4 || at[2] == 'Z' || at[2] == 'X') {
        return false;
    }
    strtol(at + 3, &at, 10); /* parent */
    long its_group = strtol(at, &at, 10);
    return its_group == group && strtol(at, NULL, 10) == getsid(0);
}

static unsigned count_group(pid_t group)
{
    unsigned count = 0;
    DIR *folder = opendir("/proc");
    if (!folder) {
        return 0;
    }
    for (const struct dirent *entry = readdir(folder); entry; entry = readdir(folder)) {
        if (entry->d_name[0] >= '1' && entry->d_name[0] <= '9') {
            count += is_in_group(entry->d_name, group);
        }
    }
    closedir(folder);
    return count;
}

unsigned support_count_group(const struct support_process *process)
{
    return count_group(process->group);
}

/* Looks before it kills: the number of a group that has ended may be somebody else's by now. */
static void kill_groups(void)
{
    for (size_t i = 0; i < SUPPORT_PROCESSES_MAX; i++) {
        if (groups[i] != 0 && count_group(groups[i]) > 0) {
            kill(-groups[i], SIGKILL);
            waitpid(groups[i], NULL, 0);
        }
        groups[i] = 0;
    }
}

int support_kill_all(void **state)
{
    (void)state;
    kill_groups();
    return 0;
}

static void remember(pid_t group)
{
    static bool registered;
    size_t slot = 0;
    while (slot < SUPPORT_PROCESSES_MAX && groups[slot] != 0) {
        slot++;
    }
    assert_in_range(slot, 0, SUPPORT_PROCESSES_MAX - 1);
    groups[slot] = group;
    if (!registered) {
        registered = true;
        atexit(kill_groups);
    }
}

/* In the child, between fork and exec. */
static void become(const struct support_process *process, const char *path, char **argv, const char *const *settings)
{
    setpgid(0, 0);
    prctl(PR_SET_PDEATHSIG, SIGKILL); /* also when the test program is killed */
    int log = open(process->log_path, O_WRONLY | O_CREAT | O_APPEND, 0600);
    int null = open("/dev/null", O_RDONLY);
    dup2(null, 0);
    dup2(log, 1);
    dup2(log, 2);
    for (size_t i = 0; settings && settings[i]; i++) {
        putenv((char *)(uintptr_t)settings[i]);
    }
    execv(path, argv);
    dprintf(2, "cannot run %s: %s\n", path, strerror(errno));
    _exit(127);
}

void support_start(struct support_process *process, const char *program, const char *const *settings,
                   const char *const *arguments)
{
    char path[SUPPORT_PATH_MAX], log_name[80];
    const char *slash = strrchr(program, '/');
    *process = (struct support_process){0};
    snprintf(process->name, sizeof process->name, "%s", slash ? slash + 1 : program);
    snprintf(path, sizeof path, "%s%s%s", slash ? "" : support_env("BIN"), slash ? "" : "/", program);
    snprintf(log_name, sizeof log_name, "%s.log", process->name);
    support_path(process->log_path, log_name);
    /* Emptied before the start: a folder used twice must not show the lines of another process. */
    int log = open(process->log_path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0600);
    assert_true(log >= 0);
    close(log);
    char *argv[ARGUMENTS_MAX] = {process->name};
    for (size_t i = 0; arguments && arguments[i]; i++) {
        assert_in_range(i, 0, ARGUMENTS_MAX - 3);
        argv[i + 1] = (char *)(uintptr_t)arguments[i];
    }
    fflush(NULL);
    process->pid = fork();
    assert_true(process->pid >= 0);
    if (process->pid == 0) {
        become(process, path, argv, settings);
    }
    setpgid(process->pid, process->pid); /* whoever is first */
    process->group = process->pid;
    remember(process->group);
}

static size_t append(const char **all, size_t count, const char *const *settings)
{
    for (size_t i = 0; settings && settings[i]; i++) {
        assert_in_range(count, 0, SETTINGS_MAX - 2);
        all[count++] = settings[i];
    }
    return count;
}

void support_start_daemon(struct support_process *process, const char *program, const char *const *settings,
                          const char *const *more)
{
    static const char *const common[] = {
        "PORT=0", "ADMIN_PORT=0", "BIND_HOST=127.0.0.1", "MAILBOX_HOST=127.0.0.1", "REGION=eu_west", NULL};
    const char *all[SETTINGS_MAX] = {0};
    size_t count = append(all, 0, common);
    count = append(all, count, settings);
    (void)append(all, count, more);
    support_start(process, program, all, NULL);
}

static void fail_with_log(const struct support_process *process, const char *what)
{
    char *line = NULL;
    size_t capacity = 0;
    FILE *file = fopen(process->log_path, "re");
    while (file && getline(&line, &capacity, file) > 0) {
        print_error("%s: %s", process->name, line);
    }
    if (file) {
        fclose(file);
    }
    free(line);
    fail_msg("%s: waited for %s", process->name, what);
}

static bool has_ended(void *owner)
{
    struct support_process *process = owner;
    int status;
    if (process->pid == 0) {
        return true;
    }
    pid_t ended = waitpid(process->pid, &status, WNOHANG);
    if (ended == 0) {
        return false;
    }
    assert_int_equal(ended, process->pid);
    process->exit_code = WIFEXITED(status) ? WEXITSTATUS(status) : 128 + WTERMSIG(status);
    process->pid = 0;
    return true;
}

int support_wait_exit(struct support_process *process, unsigned timeout_ms)
{
    char what[SUPPORT_PATH_MAX + 128];
    snprintf(what, sizeof what, "the end of %s; its log: %s", process->name, process->log_path);
    support_wait_until(has_ended, process, timeout_ms, what);
    if (support_log_contains(process, "Sanitizer: ") || support_log_contains(process, "runtime error: ")) {
        fail_with_log(process, "an end without a sanitizer's complaint");
    }
    return process->exit_code;
}

int support_stop(struct support_process *process)
{
    if (process->pid != 0) {
        kill(process->pid, SIGTERM);
    }
    return support_wait_exit(process, STOP_MS);
}

void support_kill(struct support_process *process)
{
    if (process->pid != 0) {
        kill(-process->group, SIGKILL);
        support_wait_exit(process, STOP_MS);
    }
}

/* ---- log lines ----------------------------------------------------------------------------------- */

/* The nth line with that event; NULL: not there yet. out_count: how many there were up to it. */
static json_t *find_event(const struct support_process *process, const char *event, unsigned nth, unsigned *out_count)
{
    char *line = NULL;
    size_t capacity = 0;
    json_t *found = NULL;
    *out_count = 0;
    FILE *file = fopen(process->log_path, "re");
    while (file && !found && getline(&line, &capacity, file) > 0) {
        json_t *json = strstr(line, event) ? json_loads(line, 0, NULL) : NULL;
        const char *its_event = json_string_value(json_object_get(json, "event"));
        if (its_event && strcmp(its_event, event) == 0 && ++*out_count == nth) {
            found = json;
        } else {
            json_decref(json);
        }
    }
    if (file) {
        fclose(file);
    }
    free(line);
    return found;
}

unsigned support_count_events(const struct support_process *process, const char *event)
{
    unsigned count;
    find_event(process, event, 0, &count);
    return count;
}

json_t *support_wait_event(struct support_process *process, const char *event, unsigned nth)
{
    uint64_t deadline_ms = now_ms() + SUPPORT_WAIT_MS;
    for (;;) {
        bool ended = has_ended(process); /* asked first: what it wrote before its end is there after */
        unsigned count;
        json_t *found = find_event(process, event, nth, &count);
        if (found) {
            return found;
        }
        if (ended || now_ms() > deadline_ms) {
            char what[160];
            snprintf(what, sizeof what, "log event %s, number %u%s", event, nth, ended ? ", but it has ended" : "");
            fail_with_log(process, what);
        }
        usleep(POLL_MS * 1000);
    }
}

uint64_t support_event_u64(struct support_process *process, const char *event, unsigned nth, const char *field)
{
    json_t *line = support_wait_event(process, event, nth);
    const json_t *value = json_object_get(line, field);
    if (!json_is_integer(value)) {
        fail_msg("log event %s has no number %s", event, field);
    }
    uint64_t number = (uint64_t)json_integer_value(value);
    json_decref(line);
    return number;
}

const char *support_event_text(struct support_process *process, const char *event, unsigned nth, const char *field)
{
    static char text[8192];
    json_t *line = support_wait_event(process, event, nth);
    const json_t *value = json_object_get(line, field);
    if (!json_is_string(value)) {
        fail_msg("log event %s has no text %s", event, field);
    }
    snprintf(text, sizeof text, "%s", json_string_value(value));
    json_decref(line);
    return text;
}

bool support_log_contains(const struct support_process *process, const char *text)
{
    char *line = NULL;
    size_t capacity = 0;
    bool found = false;
    FILE *file = fopen(process->log_path, "re");
    while (file && !found && getline(&line, &capacity, file) > 0) {
        found = strstr(line, text) != NULL;
    }
    if (file) {
        fclose(file);
    }
    free(line);
    return found;
}

/* ---- daemons ------------------------------------------------------------------------------------- */

uint16_t support_admin_port(struct support_process *daemon)
{
    return (uint16_t)support_event_u64(daemon, "daemon.started", 1, "admin_port");
}

void support_wait_ready(struct support_process *daemon)
{
    uint16_t port = support_admin_port(daemon);
    uint64_t deadline_ms = now_ms() + SUPPORT_WAIT_MS;
    for (;;) {
        struct http_response response;
        http_get_local(&response, port, "/readyz");
        bool ready = response.status == 200;
        http_response_free(&response);
        if (ready) {
            return;
        }
        if (has_ended(daemon) || now_ms() > deadline_ms) {
            fail_with_log(daemon, "/readyz to answer 200");
        }
        usleep(POLL_MS * 1000);
    }
}
