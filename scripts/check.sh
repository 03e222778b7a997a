#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# Everything that can be said about the collection without a droplet, as many steps at a time as there are
# processors. One line for each step; the whole output only of those that fail.
#
#   scripts/check.sh [STEP…]                 all steps, or these
#   REQUIREMENTS=… PYTHON=… scripts/check.sh with other packages, another interpreter (see scripts/venv.sh)
set -uo pipefail
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
# shellcheck source=scripts/say.sh
. "$checkout/scripts/say.sh"

# The longest first: that keeps all processors busy to the end.
all=(sanity ansible-lint unit mypy package docs shellcheck yamllint changelog ruff)

# Each step runs in a copy of the checkout, with the environment's tools first in PATH.
check_ruff() {
    local code=0
    ruff check --output-format concise --cache-dir "$cache/ruff" . || code=1
    ruff format --cache-dir "$cache/ruff" --check . || code=1
    return "$code"
}
check_yamllint() { yamllint --strict .; }
check_ansible-lint() { ansible-lint --offline --nocolor; }
check_unit() { python -m pytest -q -o cache_dir="$cache/pytest"; }
check_docs() { python scripts/docs.py --check; }
check_changelog() { antsibull-changelog lint; }

check_mypy() {
    (cd "$tree" && mypy --config-file "$inside/pyproject.toml" --cache-dir "$cache/mypy" "$inside/plugins") &&
        MYPYPATH=scripts mypy --cache-dir "$cache/mypy-scripts" scripts
}

check_shellcheck() {
    local file
    local -a files=()
    while IFS= read -r -d '' file; do
        if head -n 1 "$file" | grep -qE '^#!.*\b(ba)?sh\b'; then files+=("$file"); fi
    done < <(find . -type f ! -path './.ansible/*' -print0)
    shellcheck --external-sources "${files[@]}"
}

check_sanity() {
    local root pip get_pip
    root=$(python "$checkout/scripts/tree.py" copy sanity) || return
    # ansible-test would download a script from outside PyPI to give its environments the pip it was made with.
    # This one gets the same from PyPI, or from the mirror that pip is set up for.
    pip=$(sed -n "s/^ *pip='\([0-9.]*\)',$/\1/p" \
        "$(python -c 'import ansible_test; print(ansible_test.__path__[0])')/_internal/python_requirements.py")
    get_pip=$HOME/.ansible/test/cache/get_pip_${pip//./_}.py
    if [[ -n $pip && ! -e $get_pip ]]; then
        mkdir -p "$(dirname "$get_pip")"
        cat >"$get_pip" <<EOF
import subprocess, sys
subprocess.run([sys.executable, "-m", "ensurepip"], check=True)
subprocess.run([sys.executable, "-m", "pip", "install", "--disable-pip-version-check", "pip==$pip"], check=True)
EOF
    fi
    cd "$root/ansible_collections/ipai/odoo" || return
    ansible-test sanity --color no --python "$(python -c 'import sys; print("%d.%d" % sys.version_info[:2])')"
}

# Built, installed and read as a user would.
check_package() {
    local folder code=0 name
    local -a modules=()
    folder=$(mktemp -d)
    ansible-galaxy collection build --output-path "$folder" . &&
        ansible-galaxy collection install --no-deps --collections-path "$folder" "$folder"/ipai-odoo-*.tar.gz || code=1
    for name in "$folder"/ansible_collections/ipai/odoo/plugins/modules/*.py; do
        [[ -e $name ]] && modules+=("ipai.odoo.$(basename "$name" .py)")
    done
    if ((code == 0 && ${#modules[@]} > 0)); then
        (cd "$folder" && ANSIBLE_COLLECTIONS_PATH=$folder ansible-doc --type module "${modules[@]}") || code=1
    fi
    rm -rf "$folder"
    return "$code"
}

steps=("${@:-${all[@]}}")
for name in "${steps[@]}"; do
    if ! declare -F "check_$name" >/dev/null; then
        say "There is no step '$name'. The steps are: ${all[*]}"
        exit 2
    fi
done

begin=$SECONDS
venv=$("$checkout/scripts/venv.sh" ${REQUIREMENTS:+"$REQUIREMENTS"}) || exit
export PATH=$venv/bin:$PATH
tree=$(python "$checkout/scripts/tree.py" copy check) || exit
cache=$(dirname "$tree")/cache
inside=$tree/ansible_collections/ipai/odoo
mkdir -p "$cache"
# Two runs in one checkout would copy over each other's files.
exec 8>"$cache/lock"
if ! flock --nonblock 8; then
    say "Another check of this checkout is running: waiting for it."
    flock 8
fi
export ANSIBLE_COLLECTIONS_PATH=$tree ANSIBLE_HOME=$cache/ansible ANSIBLE_NOCOLOR=1
jobs=$(nproc)
results=$(mktemp -d)
trap 'for pid in $(jobs -p); do stop_tree "$pid"; done; rm -rf "$results"' EXIT
trap 'exit 130' INT TERM

run() {
    local name=$1 start=$SECONDS
    if (cd "$inside" && "check_$name") </dev/null >"$results/$name.log" 2>&1; then
        say "$(printf '    %-14s ok      %3d s' "$name" $((SECONDS - start)))"
    else
        say "$(printf '    %-14s FAILED  %3d s' "$name" $((SECONDS - start)))"
        touch "$results/$name.failed"
    fi
}

say "==> checking with $jobs steps at a time: ${steps[*]}"
running=0
for name in "${steps[@]}"; do
    if ((running >= jobs)); then
        wait -n
        running=$((running - 1))
    fi
    run "$name" &
    running=$((running + 1))
done
wait

failed=()
for name in "${steps[@]}"; do
    if [[ -e $results/$name.failed ]]; then
        failed+=("$name")
        say ""
        say "---- $name ----"
        cat "$results/$name.log" >&2
    fi
done
say ""
if ((${#failed[@]} > 0)); then
    say "${#failed[@]} of ${#steps[@]} steps failed in $((SECONDS - begin)) s: ${failed[*]}"
    say "To repeat one of them: scripts/check.sh ${failed[0]}"
    exit 1
fi
say "All ${#steps[@]} steps passed in $((SECONDS - begin)) s."
