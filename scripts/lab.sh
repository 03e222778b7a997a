#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The lab on this machine: a droplet in a container, and the world around it.
#
#   scripts/lab.sh demo        images, droplet, site playbook; prints where to look
#   scripts/lab.sh site …      the site playbook again; further arguments go to ansible-playbook
#   scripts/lab.sh test        make check, then every scenario against lab droplets of its own
#   scripts/lab.sh demo-down   remove the droplet and the world; images stay for the next time
#   scripts/lab.sh images …    make the images of these names, as in "postgres:17"; prints their names here
set -uo pipefail
checkout=$(cd "$(dirname "${BASH_SOURCE[0]}")/.." && pwd)
cd "$checkout" || exit 1
# shellcheck source=scripts/say.sh
. "$checkout/scripts/say.sh"

lab=${XDG_CACHE_HOME:-$HOME/.cache}/ipai-odoo/lab
ca=$lab/ca
# shellcheck source=scripts/images.sh
. "$checkout/scripts/images.sh"

# A fresh machine has no Docker Engine, and may have no systemd to start one.
engine() {
    docker info >/dev/null 2>&1 && return
    command -v dockerd >/dev/null || apt_install docker.io iptables || return
    if [[ -d /run/systemd/system ]]; then
        as_root systemctl start docker
    else
        as_root sh -c 'setsid dockerd >/var/log/ipai-lab-dockerd.log 2>&1 </dev/null &'
    fi
    for _ in $(seq 60); do
        docker info >/dev/null 2>&1 && return
        sleep 0.5
    done
    echo "the Docker Engine did not start: see /var/log/ipai-lab-dockerd.log or 'journalctl -u docker'"
    return 1
}

tools() {
    local missing=()
    command -v curl >/dev/null || missing+=(curl)
    command -v ssh-keygen >/dev/null || missing+=(openssh-client)
    command -v git >/dev/null || missing+=(git)
    ((${#missing[@]} == 0)) || apt_install "${missing[@]}"
}

# Keys and facts of this machine that inventories/demo reads.
facts() {
    mkdir -p "$ca" && chmod 0700 "$lab"
    find "$ca" -name '*.crt' -delete
    find /usr/local/share/ca-certificates -name '*.crt' -exec cp -t "$ca" {} + 2>/dev/null
    [[ -e $lab/id_ed25519 ]] || ssh-keygen -q -t ed25519 -N '' -C lab -f "$lab/id_ed25519"
    python3 - "$lab" <<'PYTHON'
import json, pathlib, re, sys
lab = pathlib.Path(sys.argv[1])
found = re.findall(r"^nameserver\s+(\d+\.\d+\.\d+\.\d+)", pathlib.Path("/etc/resolv.conf").read_text(), re.M)
# A resolver on this machine's loopback cannot be reached from a container.
(lab / "nameservers.json").write_text(json.dumps([ip for ip in found if not ip.startswith("127.")]))
PYTHON
}

# The lab's authorities: the one that signed the ACME directory itself, and the one whose certificates browsers see.
authorities() {
    docker exec ipai-lab-world cat /etc/world/ca.pem >"$lab/directory-ca.pem" &&
        curl --silent --fail --cacert "$lab/directory-ca.pem" "https://$lab_world:15000/roots/0" >"$lab/issuer-ca.pem" &&
        python3 - "$lab" <<'PYTHON'
import json, pathlib, sys
lab = pathlib.Path(sys.argv[1])
pem = {"lab-directory": (lab / "directory-ca.pem").read_text()}
pem.update({f"machine-{path.stem}": path.read_text() for path in sorted((lab / "ca").glob("*.crt"))})
(lab / "ca_certificates.json").write_text(json.dumps(pem))
PYTHON
}

environment() {
    venv=$("$checkout/scripts/venv.sh") || return
    export PATH=$venv/bin:$PATH
    ANSIBLE_COLLECTIONS_PATH=$("$venv/bin/python" "$checkout/scripts/tree.py" link) || return
    export ANSIBLE_COLLECTIONS_PATH
    export ANSIBLE_CONFIG=$checkout/ansible.cfg NO_COLOR=1
    export IPAI_LAB_HOME=$lab IPAI_LAB_WORLD=$lab_world IPAI_LAB_INVENTORY=$checkout/inventories/demo
    IPAI_LAB_IMAGE_trixie=$(image droplet trixie)
    IPAI_LAB_IMAGE_bookworm=$(image droplet bookworm)
    export IPAI_LAB_IMAGE_trixie IPAI_LAB_IMAGE_bookworm
}

prepare() {
    step "tools of this machine" tools || return
    step "Docker Engine" engine || return
    facts || return
    environment || return
    lab_images || return
    authorities
}

running() { [[ $(docker inspect --format '{{.State.Running}}' "ipai-lab-$1" 2>/dev/null) == true ]]; }

# images PUBLIC…: of what runs without a droplet.
images() {
    local public
    step "tools of this machine" tools || return
    step "Docker Engine" engine || return
    facts || return
    for public in "$@"; do
        step "image $public" pulled_image "${public%%:*}" "$public" || return
        image "${public%%:*}"
    done
}

# droplet SCENARIO NAME ADDRESS DOMAIN: made with Molecule where it is not running yet.
droplet() {
    running "$2" && grep -q "^$3 " "$lab/known_hosts" 2>/dev/null && return
    # An archive of another server would be refused, and rightly so.
    running "$2" || docker exec ipai-lab-world sh -c 'rm -rf /s3/backups/"$1"' sh "$4" || return
    # Molecule remembers what it made, also after the container is gone.
    running "$2" || molecule reset --scenario-name "$1" >/dev/null 2>&1
    step "lab droplet '$2', handed over with an SSH key and DNS names" molecule create --scenario-name "$1"
}

site() {
    ansible-playbook --inventory "$IPAI_LAB_INVENTORY" ipai.odoo.site "$@"
}

demo() {
    local start=$SECONDS
    prepare || return
    droplet default droplet 172.30.10.10 lab.test || return
    say "==> the site playbook, as a user runs it: ansible-playbook --inventory inventories/demo ipai.odoo.site"
    site || return
    say "
The demo stands after $((SECONDS - start)) s. Your browser must find the names and trust the lab's authority:
  echo '172.30.10.10 erp.lab.test staging.lab.test mail.lab.test' | sudo tee -a /etc/hosts
  import $lab/issuer-ca.pem as a certificate authority, or accept the browser's warning
A shell on the droplet, to read the passwords that the list above names:
  ssh -i $lab/id_ed25519 -o UserKnownHostsFile=$lab/known_hosts ops@172.30.10.10
Next: 'make site' runs the playbook again and changes nothing; 'make demo-down' removes the lab."
}

down() {
    docker info >/dev/null 2>&1 || { say "No Docker Engine answers on this machine: nothing to remove."; return; }
    local name
    for name in $(docker ps --all --quiet --filter name='^ipai-lab-'); do
        docker rm --force --volumes "$name" >/dev/null
    done
    for name in $(docker volume ls --quiet --filter name='^ipai-lab-.*-docker$'); do
        docker volume rm "$name" >/dev/null
    done
    docker network rm "$lab_network" >/dev/null 2>&1
    rm -f "$lab/known_hosts"
    say "The lab droplets and their world are gone. Images stay, so that the next demo is quick:"
    say "  docker image ls 'ipai-lab/*' lists them, docker volume rm ipai-lab-registry frees the registry's copy."
}

case ${1:-} in
    demo) demo ;;
    site)
        shift
        environment || exit
        running droplet || { say "No lab droplet is running: 'make demo' makes one."; exit 1; }
        site "$@"
        ;;
    demo-down) down ;;
    images)
        shift
        images "$@"
        ;;
    test)
        # shellcheck source=scripts/test.sh
        . "$checkout/scripts/test.sh"
        ;;
    *)
        sed -n '4,11s/^# \{0,1\}//p' "$0" >&2
        exit 2
        ;;
esac
