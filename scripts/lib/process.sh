# shellcheck shell=bash
# process.sh - start servers in sessions of their own, and stop exactly those again.
#
# A process is remembered in a file as "PID START", START being its start time from /proc: a process number that was
# given to somebody else in the meantime is never touched. Sourced after common.sh.

# process_start_time PID: when it started, in clock ticks since boot; fails when there is no such process.
process_start_time() {
    local stat
    stat=$(cat "/proc/$1/stat" 2>/dev/null) || return 1
    stat=${stat##*) }
    local -a field
    read -ra field <<<"$stat"
    [[ ${field[0]} != Z ]] || return 1
    printf '%s\n' "${field[19]}"
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
        { rest=$(<"$stat"); } 2>/dev/null || continue
        pid=${rest%% *}
        read -ra field <<<"${rest##*) }"
        [[ ${field[3]-} == "$1" && ${field[0]} != Z ]] && printf '%s\n' "$pid"
    done
    return 0
}

# wait_gone SECONDS PID: waits for its end.
wait_gone() {
    local until_ms=$(($(date +%s%3N) + $1 * 1000))
    while process_start_time "$2" >/dev/null; do
        (($(date +%s%3N) < until_ms)) || return 1
        sleep 0.02
    done
}

# process_stop FILE SIGNAL SECONDS: signals the remembered process, waits that long for its end, then ends its whole
# session the hard way. Quiet when it is gone already.
process_stop() {
    local pid sid member
    [[ -s $1 ]] || return 0
    read -r sid _ <"$1"
    if pid=$(process_of "$1"); then
        kill -s "$2" "$pid" 2>/dev/null
        wait_gone "$3" "$pid" || warn "process $pid did not end within $3 s: killed"
    fi
    # Its children may outlive it; a session number is not given away while one of them lives.
    for member in $(session_members "$sid"); do
        [[ $(process_session_age "$member" "$1") == ours ]] && kill -s KILL "$member" 2>/dev/null
    done
    for member in $(session_members "$sid"); do
        wait_gone 5 "$member"
    done
    rm -f "$1"
}

# process_session_age PID FILE: "ours" when PID started no earlier than the process that FILE remembers.
process_session_age() {
    local started remembered
    started=$(process_start_time "$1") || return 0
    read -r _ remembered <"$2"
    ((started >= remembered)) && echo ours
    return 0
}
