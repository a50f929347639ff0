/* SPDX-License-Identifier: Apache-2.0 */
/* daemon_main.c - a daemon's command line, and the supervisor that the started process becomes. */
#include "libcommon/runtime/daemon/daemon_internal.h"
#include "libcommon/runtime/daemon/supervisor.h"

#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sysexits.h>
#include <unistd.h>

#define STOP_GRACE_MS  3000 /* from a worker's drain time-out to its SIGKILL */
#define BACKOFF_MS     100
#define BACKOFF_MAX_MS 5000

enum action { RUN_SUPERVISOR, RUN_WORKER, CHECK_CONFIG, PRINT_HELP, PRINT_VERSION, PRINT_MARKDOWN, WRONG_USAGE };

struct command_line {
    enum action action;
    unsigned worker;
    pid_t parent;
};

/* ---- command line --------------------------------------------------------------------------------- */

static const struct {
    const char *option;
    enum action action;
    const char *help;
} simple_options[] = {
    {"--help", PRINT_HELP, "print this and exit"},
    {"--version", PRINT_VERSION, "print the version and exit"},
    {"--check-config", CHECK_CONFIG, "check the settings and exit: 0 when they are right, 78 when not"},
    {"--settings-markdown", PRINT_MARKDOWN, "print the settings as tables for the documents and exit"},
};
#define SIMPLE_OPTION_COUNT (sizeof simple_options / sizeof simple_options[0])

static struct command_line parse_command_line(int argc, char **argv)
{
    struct command_line line = {.action = RUN_SUPERVISOR};
    for (int i = 1; i < argc && line.action != WRONG_USAGE; i++) {
        const char *value = i + 1 < argc ? argv[i + 1] : NULL;
        size_t simple = 0;
        while (simple < SIMPLE_OPTION_COUNT && strcmp(argv[i], simple_options[simple].option) != 0) {
            simple++;
        }
        if (simple < SIMPLE_OPTION_COUNT) {
            line.action = simple_options[simple].action;
        } else if (strcmp(argv[i], "--workers") == 0 && value != NULL) {
            REQUIRE(setenv("WORKERS", argv[++i], 1) == 0); /* checked as the setting is */
        } else if (strcmp(argv[i], "--worker") == 0 && value != NULL) {
            line.action = RUN_WORKER;
            line.worker = (unsigned)strtoul(argv[++i], NULL, 10);
        } else if (strcmp(argv[i], "--parent") == 0 && value != NULL) {
            line.parent = (pid_t)strtol(argv[++i], NULL, 10);
        } else {
            line.action = WRONG_USAGE;
        }
    }
    return line;
}

static void print_help(const struct daemon_spec *spec, FILE *out)
{
    fprintf(out, "%s: %s\n\nusage: %s [--workers N]\n\noptions:\n", spec->name, spec->summary, spec->name);
    fprintf(out, "  %-22s %s\n", "--workers N", "as the setting WORKERS, and before it");
    for (size_t i = 0; i < SIMPLE_OPTION_COUNT; i++) {
        fprintf(out, "  %-22s %s\n", simple_options[i].option, simple_options[i].help);
    }
    fprintf(out, "\nsettings of %s (environment variables):\n", spec->name);
    config_print_help(spec->rows, spec->row_count, out);
    fputs("\nsettings of every daemon:\n", out);
    config_print_help(daemon_rows, daemon_row_count, out);
    fputs("\nexit codes: 0 drained and stopped, 70 a worker did not stay alive or had to be killed, 78 a setting is "
          "wrong\n",
          out);
}

static int print_markdown(const struct daemon_spec *spec)
{
    printf("### Settings of %s\n\n", spec->name);
    config_print_markdown(spec->rows, spec->row_count, stdout);
    puts("\n### Settings of every daemon\n");
    config_print_markdown(daemon_rows, daemon_row_count, stdout);
    return EXIT_SUCCESS;
}

/* ---- settings ------------------------------------------------------------------------------------- */

static enum status load_settings(const struct daemon_spec *spec, struct daemon_settings *settings)
{
    enum status common = config_load(daemon_rows, daemon_row_count, settings, stderr);
    enum status own = config_load(spec->rows, spec->row_count, spec->settings, stderr);
    if (common == STATUS_OK) {
        common = daemon_settings_check(settings, stderr);
    }
    if (common != STATUS_OK || own != STATUS_OK) {
        return STATUS_INVALID;
    }
    const char *wrong = spec->check != NULL ? spec->check(spec->settings) : NULL;
    if (wrong != NULL) {
        fprintf(stderr, "%s: %s\n", spec->name, wrong);
        return STATUS_INVALID;
    }
    return STATUS_OK;
}

static enum log_level parse_log_level(const char *text)
{
    static const char *const names[] = {"debug", "info", "warning", "error"};
    unsigned level = LOG_LEVEL_DEBUG;
    while (level < LOG_LEVEL_ERROR && strcmp(text, names[level]) != 0) {
        level++;
    }
    return (enum log_level)level;
}

static void on_required(const char *expression, const char *file, int line)
{
    log_error("bug.required", LOG_TEXT("expression", expression), LOG_TEXT("file", file), LOG_I64("line", line));
}

/* Each client is a descriptor, and the usual soft limit of 1,024 is for programs that call select. */
static void raise_descriptor_limit(void)
{
    struct rlimit limit;
    if (getrlimit(RLIMIT_NOFILE, &limit) == 0) {
        limit.rlim_cur = limit.rlim_max;
        setrlimit(RLIMIT_NOFILE, &limit);
    }
}

static void prepare_process(const struct daemon_spec *spec, const struct daemon_settings *settings, unsigned worker)
{
    prctl(PR_SET_NAME, spec->name);
    raise_descriptor_limit();
    signal(SIGPIPE, SIG_IGN);
    log_init(spec->name, worker, parse_log_level(settings->log_level));
    status_set_require_handler(on_required);
}

/* ---- the worker ----------------------------------------------------------------------------------- */

static int run_worker(const struct daemon_spec *spec, const struct daemon_settings *settings,
                      const struct command_line *line)
{
    prepare_process(spec, settings, line->worker);
    signal(SIGINT, SIG_IGN); /* Ctrl-C reaches the whole group; the supervisor turns it into SIGTERM */
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    if (line->parent && getppid() != line->parent) {
        return EXIT_FAILURE; /* it died before the call above */
    }
    struct daemon *daemon = calloc(1, sizeof *daemon);
    REQUIRE(daemon);
    daemon->spec = spec;
    daemon->settings = *settings;
    daemon->worker = line->worker;
    int code = daemon_run_worker(daemon);
    free(daemon);
    return code;
}

/* ---- the supervisor ------------------------------------------------------------------------------- */

struct supervising {
    uv_loop_t loop;
    uv_signal_t terminate, interrupt;
    struct supervisor *supervisor;
    bool stopping;
    int exit_code;
};

/* What a worker is started with; borrowed by the supervisor. */
struct worker_arguments {
    char number[12], parent[12];
    char *argv[6];
};

static void on_worker_exited(void *owner, size_t child, int64_t exit_status, int signal, uint64_t restart_in_ms)
{
    struct supervising *supervising = owner;
    bool expected = supervising->stopping && exit_status == 0 && signal == 0;
    log_at(expected ? LOG_LEVEL_INFO : LOG_LEVEL_ERROR, "worker.exited", LOG_U64("exited_worker", child),
           LOG_I64("exit_status", exit_status), LOG_I64("signal", signal), LOG_U64("restart_in_ms", restart_in_ms));
    /* SIGTERM ends one that had not come to handle it; all else did not end in time, or not as it should. */
    if (supervising->stopping && !expected && signal != SIGTERM) {
        supervising->exit_code = EX_SOFTWARE;
    }
}

static void on_gave_up(void *owner, size_t child)
{
    struct supervising *supervising = owner;
    supervising->exit_code = EX_SOFTWARE;
    supervising->stopping = true;
    log_error("supervisor.gave_up", LOG_U64("exited_worker", child));
}

static void on_all_stopped(void *owner)
{
    struct supervising *supervising = owner;
    uv_close((uv_handle_t *)&supervising->terminate, NULL);
    uv_close((uv_handle_t *)&supervising->interrupt, NULL);
}

static void on_stop_signal(uv_signal_t *handle, int number)
{
    struct supervising *supervising = handle->data;
    log_info(supervising->stopping ? "supervisor.killing" : "supervisor.stopping", LOG_I64("signal", number));
    if (supervising->stopping) {
        supervisor_kill(supervising->supervisor);
        return;
    }
    supervising->stopping = true;
    supervisor_stop(supervising->supervisor);
}

static void fill_arguments(struct worker_arguments *arguments, char *program, uint32_t worker)
{
    static char worker_option[] = "--worker", parent_option[] = "--parent";
    snprintf(arguments->number, sizeof arguments->number, "%u", worker);
    snprintf(arguments->parent, sizeof arguments->parent, "%d", (int)getpid());
    arguments->argv[0] = program;
    arguments->argv[1] = worker_option;
    arguments->argv[2] = arguments->number;
    arguments->argv[3] = parent_option;
    arguments->argv[4] = arguments->parent;
    arguments->argv[5] = NULL;
}

static void open_loop(struct supervising *supervising)
{
    REQUIRE(uv_loop_init(&supervising->loop) == 0);
    uv_signal_init(&supervising->loop, &supervising->terminate);
    uv_signal_init(&supervising->loop, &supervising->interrupt);
    supervising->terminate.data = supervising->interrupt.data = supervising;
    uv_signal_start(&supervising->terminate, on_stop_signal, SIGTERM);
    uv_signal_start(&supervising->interrupt, on_stop_signal, SIGINT);
}

static int run_supervisor(const struct daemon_spec *spec, const struct daemon_settings *settings, char *program)
{
    static struct worker_arguments arguments[SUPERVISOR_CHILDREN_MAX];
    struct supervisor_child_spec children[SUPERVISOR_CHILDREN_MAX];
    struct supervising supervising = {.exit_code = EXIT_SUCCESS};
    prepare_process(spec, settings, LOG_NO_WORKER);
    for (uint32_t i = 0; i < settings->workers; i++) {
        fill_arguments(&arguments[i], program, i);
        /* By /proc, a restarted worker is of this very version, also while files are replaced. */
        children[i] = (struct supervisor_child_spec){.argv = arguments[i].argv, .file = "/proc/self/exe"};
    }
    struct supervisor_policy policy = {
        .intensity = settings->restarts,
        .period_ms = settings->restart_period_ms,
        .backoff_ms = BACKOFF_MS,
        .backoff_max_ms = BACKOFF_MAX_MS,
        .stop_timeout_ms = settings->drain_timeout_ms + STOP_GRACE_MS,
    };
    struct supervisor_events events = {&supervising, on_worker_exited, on_gave_up, on_all_stopped};
    open_loop(&supervising);
    log_info("supervisor.started", LOG_TEXT("version", MMA_VERSION), LOG_U64("workers", settings->workers),
             LOG_U64("pid", (uint64_t)getpid()));
    REQUIRE(supervisor_start(&supervising.loop, children, settings->workers, &policy, &events,
                             &supervising.supervisor) == STATUS_OK);
    uv_run(&supervising.loop, UV_RUN_DEFAULT);
    supervisor_destroy(supervising.supervisor);
    uv_loop_close(&supervising.loop);
    log_info("supervisor.stopped", LOG_I64("exit_code", supervising.exit_code));
    return supervising.exit_code;
}

int daemon_main(const struct daemon_spec *spec, int argc, char **argv)
{
    REQUIRE(spec->name != NULL && spec->start != NULL && spec->destroy != NULL);
    REQUIRE(argc >= 1);
    struct command_line line = parse_command_line(argc, argv);
    struct daemon_settings settings;
    switch (line.action) {
    case PRINT_HELP:
        print_help(spec, stdout);
        return EXIT_SUCCESS;
    case PRINT_VERSION:
        printf("%s %s\n", spec->name, MMA_VERSION);
        return EXIT_SUCCESS;
    case PRINT_MARKDOWN:
        return print_markdown(spec);
    case WRONG_USAGE:
        print_help(spec, stderr);
        return EX_USAGE;
    case CHECK_CONFIG:
    case RUN_WORKER:
    case RUN_SUPERVISOR:
        break;
    }
    if (load_settings(spec, &settings) != STATUS_OK) {
        return EX_CONFIG;
    }
    if (line.action == CHECK_CONFIG) {
        return EXIT_SUCCESS;
    }
    return line.action == RUN_WORKER ? run_worker(spec, &settings, &line) : run_supervisor(spec, &settings, argv[0]);
}
