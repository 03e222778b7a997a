#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
# shellcheck disable=SC2154 # lab and checkout are lab.sh's
#
# To be sourced by lab.sh, whose functions it uses and whose arguments it reads.
#
#   scripts/lab.sh test                      everything: make check, every Molecule scenario on fresh droplets, and at
#                                            the end the tests that ask these droplets. Removes the lab when it is done
#                                            (KEEP_LAB=1 leaves it running)
#   scripts/lab.sh test scenario NAME        only make the droplet of one scenario: default, interrupted or debian12
#   scripts/lab.sh test FILE… [OPTION…]      only these tests, with pytest's options, against the lab that is running

test_tools() {
    local missing=()
    command -v chromium >/dev/null || missing+=(chromium)
    command -v chromedriver >/dev/null || missing+=(chromium-driver)
    command -v certutil >/dev/null || missing+=(libnss3-tools)
    command -v openssl >/dev/null || missing+=(openssl)
    ((${#missing[@]} == 0)) || apt_install "${missing[@]}"
}

# A figure that pytest prints in its summary.
test_figure() { printf '%s: %s\n' "$2" "$3" >"$lab/records/figure-$1.txt"; }

# The slowest are told, so that somebody sees where the time goes.
test_pytest() { pytest -o cache_dir="$lab/pytest" --durations=20 --durations-min=10 "$@"; }

# scenario NAME DROPLET ADDRESS DOMAIN: a fresh droplet, deployed as the scenario says.
test_scenario() {
    # Also for a droplet that is gone: Molecule remembers what it has made.
    step "scenario $1: removing what an earlier run left" molecule destroy --scenario-name "$1" || return
    droplet "$@" &&
        step "scenario $1: deploying droplet '$2'" molecule converge --scenario-name "$1"
}

test_teardown() {
    if [[ ${KEEP_LAB:-} == 1 ]]; then
        say "KEEP_LAB=1: the lab runs on. 'make demo-down' removes it."
    else
        down >/dev/null 2>&1
    fi
}

test_everything() {
    local begin=$SECONDS start code=0 images=built
    "$checkout/scripts/check.sh" || return
    trap test_teardown EXIT
    docker info >/dev/null 2>&1 && [[ -n $(docker ps --all --quiet --filter name='^ipai-lab-') ]] &&
        step "removing the lab that is running: the tests need a fresh one" down

    # As make demo does it, for the time that it takes.
    start=$SECONDS
    mkdir -p "$lab"
    facts
    have "$(image odoo)" && have "$(image droplet)" && images="there already"
    prepare || return
    rm -rf "$lab/records"
    mkdir -p "$lab/records"
    test_scenario default droplet 172.30.10.10 lab.test || return
    test_figure 1-demo "make demo, images $images" "$((SECONDS - start)) s"

    start=$SECONDS
    step "Chromium for the tests of pages" test_tools || return
    step "image of a droplet (Debian 12)" build_image droplet bookworm || return
    # The shell forgets how a child has ended when another has got its number meanwhile: a file does not.
    { test_scenario debian12 debian12 172.30.10.12 twelve.test; echo $? >"$lab/records/debian12.code"; } &
    local other=$!
    test_scenario interrupted second 172.30.10.11 two.test || code=$?
    wait "$other" 2>/dev/null
    [[ $(cat "$lab/records/debian12.code") == 0 ]] || code=1
    test_figure 2-scenarios "scenarios interrupted and debian12, side by side" "$((SECONDS - start)) s"
    test_figure 3-before "everything before the tests that ask the droplets" "$((SECONDS - begin)) s"

    say "==> asking the running droplets"
    # Also when a scenario failed: its tests tell what is missing, the others have something to tell all the same.
    IPAI_LAB_COMPLETE=1 test_pytest tests/integration || code=$?
    return "$code"
}

shift
case ${1:-} in
    '')
        test_everything
        ;;
    scenario)
        prepare || exit
        mkdir -p "$lab/records"
        case ${2:-} in
            default) test_scenario default droplet 172.30.10.10 lab.test ;;
            interrupted) test_scenario interrupted second 172.30.10.11 two.test ;;
            debian12) build_image droplet bookworm && test_scenario debian12 debian12 172.30.10.12 twelve.test ;;
            *)
                say "There is no scenario '${2:-}'. The scenarios are: default, interrupted, debian12."
                exit 2
                ;;
        esac
        ;;
    *)
        environment || exit
        test_pytest "$@"
        ;;
esac
