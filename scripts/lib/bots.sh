# shellcheck shell=bash
# bots.sh - bots for people: some play among themselves, so that there is something to watch, the others come when
# somebody waits in a queue. A match takes nobody in once it has begun, so bots that always play would let people wait.
#
# Sourced after daemons.sh, when the daemons are ready:
#
#   bots_for_people COUNT         both kinds, COUNT bots in all; cluster_end stops them

PARTIES_MAX=3    # of a queue at once: a person who left a match early finds another party
PARTY_GATHERS_S=6 # from calling a party until its match has begun

bots_for_people() {
    local count=$1 playing=$(($1 / 2)) queue=teams_2v2 match=4
    ((playing < 10)) || queue=teams_5v5 match=10
    playing=$((playing - playing % match))
    ((playing == 0)) || start_bots bots "$playing" "$queue" 0
    attend_queues $((count - playing)) 9>&- </dev/null >/dev/null 2>>"$CLUSTER_DIR/log/attend.log" &
    process_remember "$CLUSTER_DIR/run/attend" $!
}

# start_bots NAME COUNT QUEUE MATCHES: MATCHES each, 0: for ever.
start_bots() {
    launch_program "$1" -- --url "ws://127.0.0.1:${PORT_OF[gateway]}/v1/play" --count "$2" --queue "$3" --matches "$4"
}

attend_queues() {
    local -A parties=()
    local queue count
    while :; do
        for queue in ffa duel; do
            sleep 0.5
            count=$1
            ((count < 20)) || count=19
            [[ $queue != duel ]] || count=1
            if somebody_waits "$queue"; then
                parties[$queue]=$((${parties[$queue]-0} % PARTIES_MAX + 1))
                call_party "bots.$queue.${parties[$queue]}" "$count" "$queue"
                sleep "$PARTY_GATHERS_S"
            fi
        done
    done
}

# call_party NAME COUNT QUEUE: the party that had this name before is the one that has played longest.
call_party() {
    process_stop "$CLUSTER_DIR/run/$1" TERM 5
    start_bots "$1" "$2" "$3" 1
}

somebody_waits() {
    local stats
    stats=$(curl -fsS -m 2 -H "Authorization: Bearer $("$TOP/scripts/token" bots mma-api)" \
        "http://127.0.0.1:${PORT_OF[matchmaker]}/v1/queues/$1/stats") || return 1
    [[ $stats =~ \"SEARCHING\":\ *([0-9]+) ]] && ((BASH_REMATCH[1] > 0))
}
