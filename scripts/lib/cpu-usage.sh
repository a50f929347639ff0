# shellcheck shell=bash
# cpu-usage.sh - what processes have used, CPU time and memory, from the kernel's accounts. Sourced after common.sh.

# process_tree PID...: these and all their descendants, one a line.
process_tree() {
    ps -e -o pid=,ppid= | awk -v roots="$*" '
        { parent[$1] = $2 }
        END {
            n = split(roots, root, " ")
            for (i = 1; i <= n; i++) wanted[root[i]] = 1
            for (pid in parent)
                for (p = pid; p > 1; p = parent[p])
                    if (p in wanted) { print pid; break }
        }'
}

# cpu_ms PID...: user and system time of these processes and their descendants, ms.
cpu_ms() {
    local pid total=0 hertz
    hertz=$(getconf CLK_TCK)
    local -a fields
    for pid in $(process_tree "$@"); do
        # The name in parentheses may hold spaces: count the fields after it.
        read -r -a fields < <(sed 's/.*) //' "/proc/$pid/stat" 2>/dev/null) || continue
        total=$((total + fields[11] + fields[12]))
    done
    echo $((total * 1000 / hertz))
}

# rss_kib PID...: resident memory of these processes and their descendants, KiB.
rss_kib() {
    local pid total=0 pages page_kib
    page_kib=$(($(getconf PAGESIZE) / 1024))
    for pid in $(process_tree "$@"); do
        read -r _ pages _ <"/proc/$pid/statm" 2>/dev/null || continue
        total=$((total + pages * page_kib))
    done
    echo "$total"
}
