# shellcheck shell=bash
# daemons.sh - start our daemons for a person or a demonstration, and stop exactly those again.
#
# Sourced after common.sh and process.sh, by a script with a folder of its own:
#
#   cluster_begin DIR            private services below DIR, migrated; secrets; the environment all daemons share, also
#                                in DIR/env
#   start_daemon NAME VAR=VALUE...     NAME is a program of build/bin, or program.suffix for a second one of the kind
#   start_five                   the usual five, on free ports; sets PORT_OF[name] and ADMIN_PORT_OF[name]
#   wait_daemons_ready           until /readyz of each answers 200
#   watch_daemons                returns when one has ended, and says so
#   cluster_end                  stops the daemons, then the services; leaves no process
#
# Logs lie in DIR/log/NAME.log.

# shellcheck disable=SC2034 # for our callers
declare -A PORT_OF=() ADMIN_PORT_OF=() DAEMON_PID=()
DAEMONS=()

DAEMON_READY_MAX_S=${DAEMON_READY_MAX_S:-30}
DAEMON_STOP_MAX_S=${DAEMON_STOP_MAX_S:-15}

cluster_begin() {
    CLUSTER_DIR=$1
    BIN=${BIN:-$TOP/build/bin}
    # What an earlier run that was killed may have left; our caller holds the folder's lock.
    cluster_end
    rm -rf "${CLUSTER_DIR:?}"/{log,run,replays,spool}
    mkdir -p "$CLUSTER_DIR"/{log,run,replays,spool}
    "$TOP/scripts/services" up "$CLUSTER_DIR/services"
    # shellcheck disable=SC1091
    . "$CLUSTER_DIR/services/env"
    "$TOP/scripts/migrate" >>"$CLUSTER_DIR/log/migrate.log"
    export BIND_HOST=${BIND_HOST:-127.0.0.1} MAILBOX_HOST=127.0.0.1 REGION=${REGION:-eu_west}
    JWT_HS256_SECRET=${JWT_HS256_SECRET:-$(random_text 40)}
    JOIN_TOKEN_SECRET=${JOIN_TOKEN_SECRET:-$(random_text 40)}
    CLUSTER_KEY=${CLUSTER_KEY:-$(random_text 40)}
    export JWT_HS256_SECRET JOIN_TOKEN_SECRET CLUSTER_KEY
    write_environment
}

# DIR/env: what a daemon, or a person, started by hand needs to take part.
write_environment() {
    local name
    rm -f "$CLUSTER_DIR/env"
    for name in DATABASE_URL REDIS_URL AMQP_URL BIND_HOST MAILBOX_HOST REGION JWT_HS256_SECRET JOIN_TOKEN_SECRET CLUSTER_KEY; do
        printf 'export %s=%q\n' "$name" "${!name}"
    done | (umask 077 && cat >"$CLUSTER_DIR/env")
}

# launch_program NAME VAR=VALUE... [-- ARGUMENT...]: in a session of its own, so that a terminal's Ctrl-C is ours alone.
launch_program() {
    local name=$1 pid
    shift
    local -a settings=()
    while (($#)) && [[ $1 != -- ]]; do
        settings+=("$1")
        shift
    done
    [[ ${1-} != -- ]] || shift
    env -u PORT -u ADMIN_PORT MMA_CLUSTER="$CLUSTER_DIR" "${settings[@]}" setsid "$BIN/${name%%.*}" "$@" \
        </dev/null >>"$CLUSTER_DIR/log/$name.log" 2>&1 9>&- &
    pid=$!
    DAEMON_PID[$name]=$pid
    process_remember "$CLUSTER_DIR/run/$name" "$pid" || warn "$name did not start"
}

start_daemon() {
    local setting
    for setting in "$@"; do
        case $setting in
        PORT=*) PORT_OF[$1]=${setting#PORT=} ;;
        ADMIN_PORT=*) ADMIN_PORT_OF[$1]=${setting#ADMIN_PORT=} ;;
        esac
    done
    DAEMONS+=("$1")
    launch_program "$@"
}

start_five() {
    local -a port
    mapfile -t port < <(free_ports 8)
    start_daemon gateway PORT="${GATEWAY_PORT:-${port[0]}}" ADMIN_PORT="${port[1]}" GUEST_TOKENS=1
    start_daemon matchmaker PORT="${port[2]}" ADMIN_PORT="${port[3]}"
    start_daemon game-engine ADMIN_PORT="${port[4]}" SPOOL_DIR="$CLUSTER_DIR/spool"
    start_daemon spectator ADMIN_PORT="${port[5]}"
    start_daemon replay-writer PORT="${port[6]}" ADMIN_PORT="${port[7]}" REPLAY_DIR="$CLUSTER_DIR/replays"
}

daemon_ready() {
    curl -fsS -m 2 -o /dev/null "http://127.0.0.1:${ADMIN_PORT_OF[$1]}/readyz" 2>/dev/null
}

# What is known about a daemon that does not do its work.
explain_daemon() {
    warn "$1 $2; /readyz says: $(curl -sS -m 2 "http://127.0.0.1:${ADMIN_PORT_OF[$1]-}/readyz" 2>&1 || true)"
    warn "the end of $CLUSTER_DIR/log/$1.log:"
    tail -n 15 "$CLUSTER_DIR/log/$1.log" >&2 || true
}

wait_daemons_ready() {
    local name until_s=$((SECONDS + DAEMON_READY_MAX_S))
    for name in "${DAEMONS[@]}"; do
        until daemon_ready "$name"; do
            if ! process_of "$CLUSTER_DIR/run/$name" >/dev/null; then
                explain_daemon "$name" "ended while starting"
                return 1
            elif ((SECONDS >= until_s)); then
                explain_daemon "$name" "is not ready after $DAEMON_READY_MAX_S s"
                return 1
            fi
            sleep 0.05
        done
    done
}

watch_daemons() {
    local ended='' status=0 name
    while ((${#DAEMON_PID[@]})); do
        wait -n -p ended "${DAEMON_PID[@]}" || status=$?
        for name in "${!DAEMON_PID[@]}"; do
            [[ ${DAEMON_PID[$name]} == "$ended" ]] || continue
            unset "DAEMON_PID[$name]"
            [[ " ${DAEMONS[*]} " == *" $name "* ]] || { say "$name ended (exit status $status)"; continue; }
            explain_daemon "$name" "ended (exit status $status)"
            return 1
        done
    done
}

cluster_end() {
    local file
    local -a files
    mapfile -t files < <(compgen -G "$CLUSTER_DIR/run/*")
    # All are told at once, then each is waited for.
    for file in "${files[@]}"; do
        kill -s TERM "$(process_of "$file")" 2>/dev/null || true
    done
    for file in "${files[@]}"; do
        process_stop "$file" 0 "$DAEMON_STOP_MAX_S"
    done
    end_marked "MMA_CLUSTER=$CLUSTER_DIR" >&2
    DAEMONS=() DAEMON_PID=()
    rm -f "$CLUSTER_DIR/env"
    "$TOP/scripts/services" down "$CLUSTER_DIR/services"
}
