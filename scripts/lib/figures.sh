# shellcheck shell=bash
# figures.sh - read figures: "name value unit" files, /metrics, log lines. Sourced after daemons.sh.

# figure_of FILE NAME: the value.
figure_of() {
    awk -v name="$2" '$1 == name { print $2; found = 1 } END { exit !found }' "$1" || warn "$1 has no $2"
}

# metric_sum DAEMON NAME [LABEL-TEXT]: the sum over the rows of that name whose labels contain the text.
metric_sum() {
    curl -fsS -m 5 "http://127.0.0.1:${ADMIN_PORT_OF[$1]}/metrics" |
        awk -v name="$2" -v label="${3-}" '
            ($1 == name || index($1, name "{") == 1) && (label == "" || index($0, label)) { sum += $NF }
            END { print sum + 0 }'
}

# json_text LINE FIELD: a text field of a log line.
json_text() {
    sed -n "s/.*\"$2\":\"\\([^\"]*\\)\".*/\\1/p" <<<"$1"
}

# wait_for SECONDS WHAT COMMAND...: until the command succeeds.
wait_for() {
    local until_s=$((SECONDS + $1)) what=$2
    shift 2
    until "$@"; do
        ((SECONDS < until_s)) || die "waited in vain for $what"
        sleep 0.1
    done
}
