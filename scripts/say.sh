#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# To be sourced. Tells on stderr what runs and how long it took; the output of a step goes to a file
# and is shown only when the step fails. A step that takes long shows every 10 seconds where it is.

say() { printf '%s\n' "$*" >&2; }

# say_last FILE: the last line of FILE that has something in it, cut to one line of a terminal.
say_last() {
    tr '\r' '\n' <"$1" 2>/dev/null | grep -v '^[[:space:]]*$' | tail -n 1 | tr -cd '[:print:]' | cut -c1-100
}

# stop_tree PID: the process and all it started; a program in the background does not hear of Ctrl-C itself.
stop_tree() {
    local child
    local -a children=()
    read -ra children 2>/dev/null <"/proc/$1/task/$1/children"
    for child in "${children[@]}"; do
        stop_tree "$child"
    done
    kill "$1" 2>/dev/null
}

# step TITLE COMMAND…: returns the command's exit code.
step() {
    local title=$1 log start pid code=0 elapsed last
    shift
    log=$(mktemp)
    start=$SECONDS
    say "==> $title"
    "$@" </dev/null >"$log" 2>&1 &
    pid=$!
    # shellcheck disable=SC2064 # the values of now are meant
    trap "stop_tree $pid; rm -f '$log'; exit 130" INT TERM
    while kill -0 "$pid" 2>/dev/null; do
        sleep 0.2
        elapsed=$((SECONDS - start))
        if ((elapsed > 0 && elapsed % 10 == 0 && elapsed != ${last:-0})); then
            last=$elapsed
            say "    … $elapsed s: $(say_last "$log")"
        fi
    done
    wait "$pid" || code=$?
    trap - INT TERM
    if ((code == 0)); then
        say "    done in $((SECONDS - start)) s: $title"
    else
        cat "$log" >&2
        say "    FAILED after $((SECONDS - start)) s (exit code $code): $title"
    fi
    rm -f "$log"
    return "$code"
}

# as_root COMMAND…: directly, or with sudo for everyone else.
as_root() {
    if (($(id -u) == 0)); then "$@"; else sudo -- "$@"; fi
}

# apt_install PACKAGE…: quiet; refreshes the package lists only when they do not know the package.
apt_install() {
    as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@" && return
    as_root apt-get update -q &&
        as_root env DEBIAN_FRONTEND=noninteractive apt-get install -y -q --no-install-recommends "$@"
}
