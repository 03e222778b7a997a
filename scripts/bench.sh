#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Measures one thing beside a named peer on the lab droplet, which is made where none runs.
#
#   scripts/bench.sh backup [OPTION…]   backups beside pg_dump and tar; --help tells the options
set -uo pipefail
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if [[ ! -d $checkout/tests/bench/${1:-} || -z ${1:-} ]]; then
    sed -n '5,7s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
bench=$checkout/tests/bench/$1
shift
if [[ $(docker inspect --format '{{.State.Running}}' ipai-lab-droplet 2>/dev/null) != true ]]; then
    "$checkout/scripts/lab.sh" demo >&2 || exit
fi
venv=$("$checkout/scripts/venv.sh") || exit
exec "$venv/bin/python" "$bench" "$@"
