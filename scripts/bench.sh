#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Measures one thing beside named peers.
#
#   scripts/bench.sh backup [OPTION…]   backups beside pg_dump and tar, on the lab droplet, which is made where none runs
#   scripts/bench.sh scrub [OPTION…]    staging data beside a bare copy and other anonymizers, in containers of its own
#   --help tells the options
set -uo pipefail
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)

if [[ ! -d $checkout/tests/bench/${1:-} || -z ${1:-} ]]; then
    sed -n '5,9s/^# \{0,1\}//p' "$0" >&2
    exit 2
fi
name=$1 bench=$checkout/tests/bench/$1
shift
if [[ $name == scrub ]]; then
    mapfile -t images < <("$checkout/scripts/lab.sh" images postgres:17 odoo:19.0)
    ((${#images[@]} == 2)) || exit 1
    export IPAI_LAB_IMAGE_postgres=${images[0]} IPAI_LAB_IMAGE_odoo=${images[1]}
elif [[ $(docker inspect --format '{{.State.Running}}' ipai-lab-droplet 2>/dev/null) != true ]]; then
    "$checkout/scripts/lab.sh" demo >&2 || exit
fi
venv=$("$checkout/scripts/venv.sh") || exit
exec "$venv/bin/python" "$bench" "$@"
