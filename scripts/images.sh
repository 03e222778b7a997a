#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The lab's images and the world around its droplets. To be sourced after say.sh, with $checkout and $ca set.
# An image's tag is the hash of what it is built from: what is unchanged is not built again.
# Where a registry answers, the official images are pulled; where none does, they are built from Debian packages.

: "${checkout:?}" "${ca:?}"
lab_network=ipai-lab
lab_world=172.30.10.2
lab_registry=127.0.0.1:5077   # where the lab's registry listens on this machine

# image NAME: the full name of a lab image, tagged by the content of its folder.
image() {
    local folder=$checkout/molecule/images/${1%%:*} suite=${2:-trixie}
    printf 'ipai-lab/%s:%s-%s\n' "$1" "$suite" \
        "$(cd "$folder" && { find . -type f -print0 | sort -z | xargs -0 sha256sum; cat "$ca"/* 2>/dev/null; } | sha256sum | cut -c1-12)"
}

have() { docker image inspect "$1" >/dev/null 2>&1; }

base_image() { # suite
    local suite=$1 name=ipai-lab/base:$1 root
    have "$name" && return
    if timeout 180 docker pull --quiet "debian:$suite-slim"; then
        docker tag "debian:$suite-slim" "$name"
        return
    fi
    echo "no registry answers: bootstrapping $suite from Debian packages"
    command -v debootstrap >/dev/null || apt_install debootstrap || return
    root=$(as_root mktemp -d /var/tmp/ipai-base.XXXXXX)
    as_root debootstrap --variant=minbase --include=ca-certificates "$suite" "$root" &&
        as_root find "$root/var/lib/apt/lists" "$root/var/cache/apt/archives" -type f -delete &&
        printf '#!/bin/sh\nexit 101\n' | as_root tee "$root/usr/sbin/policy-rc.d" >/dev/null &&
        as_root chmod 0755 "$root/usr/sbin/policy-rc.d" &&
        as_root tar -C "$root" --one-file-system -c . | docker import - "$name"
    local code=$?
    as_root rm -rf "$root"
    return "$code"
}

# Build the folder molecule/images/NAME on the base of SUITE, with the machine's extra CA certificates beside it.
build_image() {
    local name suite=${2:-trixie} context code=0
    name=$(image "$1" "$suite")
    have "$name" && return
    base_image "$suite" || return
    context=$(mktemp -d)
    cp -R "$checkout/molecule/images/$1/." "$context"
    mkdir -p "$context/ca"
    find "$ca" -name '*.crt' -exec cp -t "$context/ca" {} +
    DOCKER_BUILDKIT=0 docker build --build-arg "BASE=ipai-lab/base:$suite" --tag "$name" "$context" || code=$?
    rm -rf "$context"
    return "$code"
}

# An image that users pull (odoo:19.0): from its registry, else our own with the same interface.
pulled_image() { # folder, public name as Docker Hub has it
    local name
    name=$(image "$1")
    have "$name" && return
    if timeout 600 docker pull --quiet "$2"; then
        docker tag "$2" "$name"
    else
        echo "no registry answers: building $2 from Debian and npm packages"
        build_image "$1"
    fi
}

# It then lies in the lab's registry under the name that the droplet asks for.
public_image() { # folder, public name, name in the registry
    local name pushed=$lab_registry/$3
    name=$(image "$1")
    pulled_image "$1" "$2" && docker tag "$name" "$pushed" && docker push "$pushed"
}

world_up() {
    local name
    name=$(image world)
    build_image world || return
    docker network inspect "$lab_network" >/dev/null 2>&1 ||
        docker network create --subnet 172.30.10.0/24 --gateway 172.30.10.1 "$lab_network" || return
    if [[ $(docker inspect --format '{{.Config.Image}} {{.State.Running}}' ipai-lab-world 2>/dev/null) != "$name true" ]]; then
        docker rm --force ipai-lab-world >/dev/null 2>&1
        docker run --detach --name ipai-lab-world --restart unless-stopped --network "$lab_network" --ip "$lab_world" \
            --env WORLD_IP="$lab_world" --env DROPLET_IP=172.30.10.10 \
            --volume ipai-lab-registry:/registry --publish "$lab_registry:5000" "$name" || return
    fi
    for _ in $(seq 60); do
        curl --silent --insecure --fail --max-time 2 --output /dev/null "https://$lab_world:14000/dir" &&
            curl --silent --fail --max-time 2 --output /dev/null "http://$lab_world:5000/v2/" && return
        sleep 0.5
    done
    docker logs --tail 20 ipai-lab-world
    echo "the lab's services did not answer: is 172.30.10.0/24 used by something else on this machine ('ip route')?"
    return 1
}

# All of it, two things at a time.
lab_images() {
    step "base image (Debian 13)" base_image trixie || return
    step "the world around the droplet: registry, ACME, DNS, S3, git, mail sink" world_up || return
    {
        step "image of a droplet (Debian 13)" build_image droplet &&
            step "image postgres:17" public_image postgres postgres:17 library/postgres:17 &&
            step "image maildev/maildev:2.2.1" public_image maildev maildev/maildev:2.2.1 maildev/maildev:2.2.1
    } &
    local other=$! code=0
    step "image odoo:19.0 (the longest step: some minutes the first time)" public_image odoo odoo:19.0 library/odoo:19.0 || code=$?
    wait "$other" || code=$?
    return "$code"
}
