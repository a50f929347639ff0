# shellcheck shell=bash
# process.sh - start servers in sessions of their own, and stop exactly those again.
#
# A process is remembered in a file as "PID START", START being its start time from /proc: a process number that was
# given to somebody else in the meantime is never touched. Sourced after common.sh.

# process_entry PID: its state and when it started, in clock ticks since boot; also of one that is dead, but not reaped.
process_entry() {
    local stat
    local -a field
    { read -r stat <"/proc/$1/stat"; } 2>/dev/null || return 1
    read -ra field <<<"${stat##*) }"
    printf '%s %s\n' "${field[0]}" "${field[19]}"
}

# process_start_time PID: fails when there is no such process, or it is dead.
process_start_time() {
    local state started
    read -r state started < <(process_entry "$1") || return 1
    [[ $state != Z ]] || return 1
    printf '%s\n' "$started"
}

# process_remember FILE PID
process_remember() {
    local started
    started=$(process_start_time "$2") || return 1
    printf '%s %s\n' "$2" "$started" >"$1"
}

# process_of FILE: prints the remembered PID when that very process still runs.
process_of() {
    local pid started
    [[ -s $1 ]] || return 1
    read -r pid started <"$1"
    [[ $(process_start_time "$pid") == "$started" ]] || return 1
    printf '%s\n' "$pid"
}

# session_members SID: the processes of that session which are not dead already.
session_members() {
    local stat pid rest
    local -a field
    for stat in /proc/[0-9]*/stat; do
        # Not $(<file): under set -e it ends the shell when the file is gone, whatever stands behind it.
        { read -r rest <"$stat"; } 2>/dev/null || continue
        pid=${rest%% *}
        read -ra field <<<"${rest##*) }"
        [[ ${field[3]-} == "$1" && ${field[0]} != Z ]] && printf '%s\n' "$pid"
    done
    return 0
}

# processes_marked NAME=VALUE: those that have inherited this variable from whom we started, wherever they have gone since.
processes_marked() {
    local pid
    while IFS=/ read -r _ _ pid _; do
        process_start_time "$pid" >/dev/null && printf '%s\n' "$pid"
    done < <(grep -lzsxF "$1" /proc/[0-9]*/environ || true)
    return 0
}

# end_marked NAME=VALUE: ends them the hard way, and prints one line for each.
end_marked() {
    local pid
    local -a pids
    mapfile -t pids < <(processes_marked "$1")
    for pid in "${pids[@]}"; do
        printf 'left over: process %s: %s\n' "$pid" "$(tr '\0' ' ' 2>/dev/null <"/proc/$pid/cmdline" | head -c 200)"
        kill -s KILL "$pid" 2>/dev/null || true
    done
    for pid in "${pids[@]}"; do
        wait_gone 5 "$pid" || true
    done
}

# wait_gone SECONDS PID: waits for its end.
wait_gone() {
    local until_ms=$(($(date +%s%3N) + $1 * 1000))
    while process_start_time "$2" >/dev/null; do
        (($(date +%s%3N) < until_ms)) || return 1
        sleep 0.02
    done
}

# process_stop FILE SIGNAL SECONDS: signals the remembered process, waits that long for its end, then ends what is left
# of its session the hard way. Quiet when it is gone already.
process_stop() {
    local pid sid member
    local -a members=()
    [[ -s $1 ]] || return 0
    read -r sid _ <"$1"
    if pid=$(process_of "$1"); then
        kill -s "$2" "$pid" 2>/dev/null || true
        wait_gone "$3" "$pid" || warn "process $pid did not end within $3 s: killed"
    fi
    if session_is_ours "$1"; then
        mapfile -t members < <(session_members "$sid")
    fi
    for member in "${members[@]}"; do
        kill -s KILL "$member" 2>/dev/null || true
    done
    for member in "${members[@]}"; do
        wait_gone 5 "$member" || warn "process $member stays"
    done
    rm -f "$1"
}

# session_is_ours FILE: the session of the remembered process was not given to a later process. The kernel gives its
# number away only when the process and all members of its session are gone.
session_is_ours() {
    local pid remembered started
    read -r pid remembered <"$1"
    read -r _ started < <(process_entry "$pid") || return 0
    [[ $started == "$remembered" ]]
}
