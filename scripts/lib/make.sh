# shellcheck shell=bash
# make.sh - call the Makefile from our scripts. Sourced after common.sh.
#
# The scripts are called by make themselves: a fresh make evaluates pkg-config anew, after scripts/setup has installed
# it, and gets the variables CC, OPT and SANITIZE by the environment.

unset MAKEFLAGS MFLAGS MAKELEVEL MAKEOVERRIDES

# make_value NAME: the value of a variable of the Makefile.
make_value() {
    make -s -C "$TOP" --no-print-directory "print-$1"
}

# make_quietly TARGET...: builds them; says something only when that fails or takes work.
make_quietly() {
    if make -q -C "$TOP" "$@" >/dev/null 2>&1; then
        return 0
    fi
    say "building $(make_value B) ..."
    mkdir -p "$TOP/build"
    if ! make -s -j"$(nproc)" -C "$TOP" --no-print-directory "$@" >"$TOP/build/make.log" 2>&1; then
        cat "$TOP/build/make.log" >&2
        return 1
    fi
}
