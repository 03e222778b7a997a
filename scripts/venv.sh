#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Prints the path of a Python environment that has requirements.txt, and makes it first where it is missing.
# Environments are keyed by the content of the requirements and the Python version: a change makes a new one.
#
#   scripts/venv.sh [REQUIREMENTS]      REQUIREMENTS: another file than requirements.txt
#   PYTHON=python3.12 scripts/venv.sh   another interpreter than the first usable one
set -euo pipefail
here=$(cd "$(dirname "${BASH_SOURCE[0]}")" && pwd)
# shellcheck source=scripts/say.sh
. "$here/say.sh"

requirements=${1:-$here/../requirements.txt}
cache=${XDG_CACHE_HOME:-$HOME/.cache}/ipai-odoo
mkdir -p "$cache"

# usable PYTHON: is there, and young enough for ansible-core 2.19.
usable() { "$1" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null; }

python=
for candidate in ${PYTHON:-python3 python3.13 python3.12 python3.11}; do
    if usable "$candidate"; then
        python=$candidate
        break
    fi
done
if [[ -z $python ]]; then
    say "Python 3.11 or newer is needed and was not found${PYTHON:+ as $PYTHON}: install it (Debian 12 and 13 have it as python3)."
    exit 1
fi

version=$("$python" -c 'import sys; print("%d.%d" % sys.version_info[:2])')
key=$({ "$python" -c 'import sys; print(sys.version, sys.base_prefix)'; cat "$requirements"; } | sha256sum | cut -c1-12)
venv=$cache/venv-$version-$key

exec 9>"$cache/venv.lock"
flock 9
if [[ ! -e $venv/.complete ]]; then
    rm -rf "$venv"
    if ! "$python" -c 'import ensurepip' 2>/dev/null; then
        step "installing python3-venv with apt" apt_install "python$version-venv"
    fi
    step "making the Python $version environment $venv" "$python" -m venv "$venv"
    # Without --no-compile pip compiles all of ansible, most of which never runs.
    step "installing $(basename "$requirements") from PyPI" \
        "$venv/bin/pip" install --disable-pip-version-check --no-input --no-compile --progress-bar off -r "$requirements"
    touch "$venv/.complete"
fi
printf '%s\n' "$venv"
