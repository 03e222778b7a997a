# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What the hardening role has to know about a droplet, read in one go.

The role feeds this file to the droplet's Python and passes one JSON object as the only argument. It
prints one JSON object and changes nothing. It runs as root, because authorized keys and the environment
of the SSH session are readable by root alone.

Everything that decides (refusals, contents) is a pure function, so that a test can call it without a
droplet.
"""

from __future__ import annotations

import hashlib
import ipaddress
import json
import os
import pwd
import re
import shutil
import stat
import subprocess
import sys
from typing import Any

SUPPORTED = {
    "Debian": ("12", "13"),
    "Ubuntu": ("22.04", "24.04"),
}

#: Key types that OpenSSH accepts in authorized_keys (sshd(8), AUTHORIZED_KEYS FILE FORMAT), DSA left out.
KEY = re.compile(
    r"(?:^|[\s,])(?P<type>ssh-ed25519|ssh-rsa|ecdsa-sha2-nistp(?:256|384|521)"
    r"|sk-ssh-ed25519@openssh\.com|sk-ecdsa-sha2-nistp256@openssh\.com)"
    r"\s+(?P<blob>AAAA[0-9A-Za-z+/]+={0,3})(?:\s|$)"
)

TIME_DAEMONS = {"chrony": "chrony", "ntpsec": "ntpsec", "openntpd": "openntpd"}


def run(argv: list[str]) -> str:
    """Output of a command that only reads; empty when it is missing or fails."""
    try:
        done = subprocess.run(argv, capture_output=True, text=True, timeout=30, check=False)
    except (OSError, subprocess.TimeoutExpired):
        return ""
    return done.stdout if done.returncode == 0 else ""


def read(path: str) -> str:
    try:
        with open(path, encoding="utf-8", errors="replace") as handle:
            return handle.read()
    except OSError:
        return ""


# --- pure -------------------------------------------------------------------------------------------------


def keys_in(text: str) -> int:
    """Number of lines of an authorized_keys file that hold a usable public key."""
    lines = (line.strip() for line in text.splitlines())
    return sum(1 for line in lines if line and not line.startswith("#") and KEY.search(line))


def bad_keys(keys: list[str]) -> list[str]:
    """The entries of hardening_admin_keys that are no public key, cut short for a message."""
    return [key.strip()[:40] for key in keys if not KEY.search(key) or "\n" in key.strip()]


def includes_drop_ins(config: str) -> bool:
    """Whether sshd_config reads /etc/ssh/sshd_config.d/*.conf before any setting of its own."""
    for line in config.splitlines():
        words = line.split("#", 1)[0].split()
        if not words:
            continue
        if words[0].lower() == "include":
            if any("sshd_config.d/" in word for word in words[1:]):
                return True
            continue
        return False
    return False


def in_sources(address: str, sources: list[str]) -> bool:
    """Whether an address lies in one of the networks; an IPv4-mapped IPv6 address counts as IPv4."""
    ip = ipaddress.ip_address(address.split("%", 1)[0])
    ip = getattr(ip, "ipv4_mapped", None) or ip
    networks = (ipaddress.ip_network(source, strict=False) for source in sources)
    return any(ip in network for network in networks if network.version == ip.version)


def with_settings(text: str, settings: dict[str, str]) -> str:
    """login.defs with these settings: existing lines are replaced, missing ones appended, the rest stays."""
    left = dict(settings)
    out: list[str] = []
    for line in text.splitlines():
        words = line.split()
        name = words[0] if words else ""
        if name in settings:
            if name in left:
                value = left.pop(name)
                out.append(line if words[1:2] == [value] else f"{name}\t{value}")
            continue
        out.append(line)
    out.extend(f"{name}\t{value}" for name, value in left.items())
    return "\n".join(out) + "\n"


def known_only(text: str, known: dict[str, set[str]]) -> str:
    """An sshd configuration whose lists of algorithms name only what this OpenSSH knows.

    known: keyword (KexAlgorithms, Ciphers, MACs) to what it may hold. A list of which nothing is left is
    dropped, so that OpenSSH's own stands.
    """
    out = []
    for line in text.splitlines():
        keyword, _sep, value = line.partition(" ")
        if keyword in known:
            kept = [name for name in value.split(",") if name in known[keyword]]
            if kept:
                out.append(f"{keyword} {','.join(kept)}")
            continue
        out.append(line)
    return "\n".join(out) + "\n"


def unloaded(rules: str, compiled: str) -> bool:
    """Whether audit rules are missing in what augenrules compiled of all rule files; it keeps lines as they are."""
    have = {line.strip() for line in compiled.splitlines()}
    return any(line.startswith("-") and line.strip() not in have for line in rules.splitlines())


def has_security_archive(sources: str) -> bool:
    """Whether apt's sources name a security archive, by the name of its suite (trixie-security)."""
    lines = (line.strip() for line in sources.splitlines())
    return any(re.search(r"\S-security\b", line) for line in lines if not line.startswith("#"))


def refusals(asked: dict[str, Any], found: dict[str, Any]) -> list[str]:
    """Why the role must not go on: each sentence says what would happen and what to do.

    asked is the argument of this program, found the part of its answer that was read from the droplet.
    """
    out: list[str] = []
    system, release = asked["distribution"], asked["release"]
    if not any(release == want or release.startswith(want + ".") for want in SUPPORTED.get(system, ())):
        known = ", ".join(f"{name} {version}" for name, versions in SUPPORTED.items() for version in versions)
        out.append(f"{system} {release} is not supported. Supported are {known}.")
        return out
    session = found["session"]
    user, admin = session["user"], asked["admin_user"]
    wrong = bad_keys(asked["admin_keys"])
    if asked["admin"] and admin == "root":
        out.append("hardening_admin_user is root, who could not log in any more. Name another user.")
        return out
    if asked["admin"] and wrong:
        out.append(
            f"hardening_admin_keys holds what is no public key ({'; '.join(wrong)}). "
            "Give each key as the one line of its .pub file."
        )
    if asked["admin"] and asked["admin_keys_exclusive"] and not asked["admin_keys"]:
        out.append(
            "hardening_admin_keys_exclusive would remove every key of the admin user. Give hardening_admin_keys."
        )
    if asked["sshd"]:
        out.extend(_sshd_refusals(asked, found, user, admin, bool(wrong)))
    if asked["firewall"]:
        out.extend(_firewall_refusals(asked, session))
    return out


def _sshd_refusals(asked: dict[str, Any], found: dict[str, Any], user: str, admin: str, wrong: bool) -> list[str]:
    out: list[str] = []
    given = len(asked["admin_keys"]) if asked["admin"] and not wrong else 0
    able = {name for name, count in found["keys"].items() if count and name != "root"}
    if given:
        able.add(admin)
    if not able:
        out.append(
            "sshd would refuse passwords and root, and no public key is authorized for "
            f"{admin}: nobody could log in any more. Put the operators' public keys into hardening_admin_keys."
        )
    # A check looks at a new droplet as root, before there is an admin user.
    elif user == "root" and not asked["check"]:
        out.append(
            "This play connects as root, which sshd would refuse from now on. Connect as "
            f"{admin} (ansible_user: {admin}); where {admin} does not exist yet, the tasks `bootstrap` of "
            "this role create it."
        )
    allowed = asked["ssh_allowed_users"]
    missing = sorted({name for name in (user, admin if asked["admin"] else "") if name} - set(allowed) - {"root"})
    if allowed and missing:
        out.append(
            f"hardening_ssh_allowed_users ({', '.join(allowed)}) leaves out {' and '.join(missing)}, "
            "with whom Ansible connects. Add the name, or leave the list empty."
        )
    if not found["sshd_includes"]:
        out.append(
            "/etc/ssh/sshd_config does not begin with `Include /etc/ssh/sshd_config.d/*.conf`, so the "
            "role's settings would not count. Add that line at the top of the file."
        )
    return out


def _firewall_refusals(asked: dict[str, Any], session: dict[str, Any]) -> list[str]:
    out: list[str] = []
    port, client = session["port"], session["client"]
    if port and port != asked["ssh_port"] and f"{port}/tcp" not in asked["allowed_ports"]:
        out.append(
            f"This connection uses port {port}, and the firewall would open port {asked['ssh_port']} only. "
            f"Set hardening_ssh_port to {port}. To move sshd to another port, add {port}/tcp to "
            "hardening_firewall_allowed_ports for one run, then change ansible_port and take it out again."
        )
    try:
        known = in_sources(client, asked["ssh_sources"]) if client and asked["ssh_sources"] else True
    except ValueError as error:
        out.append(f"hardening_ssh_sources: {error}. Give addresses or networks such as 203.0.113.0/24.")
        known = True
    if not known:
        out.append(
            f"This connection comes from {client}, which is not in hardening_ssh_sources: the firewall would "
            "refuse the next one. Add the address."
        )
    return out


def stale(newest: int, applied: int) -> bool:
    """Whether a configuration (mtime) is younger than what runs (seconds since the epoch, 0 = not running)."""
    return 0 < applied < newest


# --- reads ------------------------------------------------------------------------------------------------


def session_of(pid: int) -> dict[str, Any]:
    """User, client address and server port of the SSH session this process descends from.

    sudo empties the environment, so the parents are asked; the outermost that has SSH_CONNECTION is the
    login, whatever sudo was told to keep.
    """
    session = {"user": os.environ.get("SUDO_USER", ""), "client": "", "port": 0}
    while pid > 1:
        status = read(f"/proc/{pid}/status")
        for entry in read(f"/proc/{pid}/environ").split("\0"):
            name, _sep, value = entry.partition("=")
            if name == "SSH_CONNECTION" and len(value.split()) == 4:
                client, _port, _address, port = value.split()
                session = {
                    "user": pwd.getpwuid(os.stat(f"/proc/{pid}").st_uid).pw_name,
                    "client": client,
                    "port": int(port),
                }
        parent = re.search(r"^PPid:\s+(\d+)", status, re.M)
        pid = int(parent.group(1)) if parent else 0
    return session


def authorized(user: str) -> int:
    try:
        home = pwd.getpwnam(user).pw_dir
    except KeyError:
        return 0
    return keys_in(read(os.path.join(home, ".ssh", "authorized_keys")))


def mode_of(path: str) -> str:
    return f"{stat.S_IMODE(os.stat(path).st_mode):04o}"


def drifts(path: str, digest: str, mode: str) -> bool:
    """Whether a file is not there, or differs in content, owner or mode from what it should be."""
    try:
        with open(path, "rb") as handle:
            content = handle.read()
        state = os.lstat(path)
    except OSError:
        return True
    return (
        not stat.S_ISREG(state.st_mode)
        or (state.st_uid, state.st_gid) != (0, 0)
        or f"{stat.S_IMODE(state.st_mode):04o}" != mode
        or hashlib.sha256(content).hexdigest() != digest
    )


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


def apt_sources() -> str:
    directory = "/etc/apt/sources.list.d"
    names = sorted(os.listdir(directory)) if os.path.isdir(directory) else []
    return "\n".join(read(path) for path in ["/etc/apt/sources.list", *(os.path.join(directory, n) for n in names)])


def missing_packages(names: list[str]) -> list[str]:
    installed = set()
    for line in run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}|${Package}\n"]).splitlines():
        state, _sep, name = line.partition("|")
        if state[1:2] == "i":
            installed.add(name)
    return [name for name in names if name not in installed]


def interrupted(updates: list[str], shown: str) -> bool:
    """Whether dpkg was killed in the middle of something that `dpkg --configure -a` brings to its end.

    updates: names in /var/lib/dpkg/updates, where a number is what dpkg had not written down yet; apt refuses to work
    then. shown: the status of each package, as ${db:Status-Abbrev}: unpacked, half configured, or waiting for triggers.
    """
    return any(name.isdigit() for name in updates) or any(line[1:2] in tuple("UFWt") for line in shown.splitlines())


def apt_ready() -> bool:
    """Whether the apt module can look ahead in check mode: its Python binding and package lists are there."""
    lists = "/var/lib/apt/lists"
    try:
        names = os.listdir(lists)
    except OSError:
        return False
    has_lists = any(name.endswith("Packages") or "Packages." in name for name in names)
    return has_lists and os.path.isdir("/usr/lib/python3/dist-packages/apt")


def unit(name: str) -> dict[str, str]:
    shown = run(
        [
            "systemctl",
            "show",
            "--timestamp=unix",
            "-p",
            "LoadState,ActiveState,UnitFileState,StateChangeTimestamp",
            name,
        ]
    )
    return dict(line.partition("=")[::2] for line in shown.splitlines())


def stale_handlers(table: list[dict[str, Any]]) -> list[str]:
    out = []
    for entry in table:
        times = [int(os.stat(path).st_mtime) for path in entry["files"] if os.path.exists(path)]
        since = unit(entry["unit"]).get("StateChangeTimestamp", "").lstrip("@")
        if times and since.isdigit() and stale(max(times), int(since)):
            out.append(entry["handler"])
    return out


def main() -> None:
    asked = json.loads(sys.argv[1])
    session = session_of(os.getppid())
    users = {name for name in (asked["admin_user"], session["user"]) if name}
    found: dict[str, Any] = {
        "session": session,
        "keys": {name: authorized(name) for name in sorted(users)},
        "sshd_includes": includes_drop_ins(read("/etc/ssh/sshd_config")),
    }
    queries = {"KexAlgorithms": "kex", "Ciphers": "cipher", "MACs": "mac"}
    # Files whose content depends on the droplet: what it knows, or what is in them already.
    texts = {
        asked["sshd_file"]: known_only(
            asked["sshd_config"], {word: set(run(["ssh", "-Q", query]).split()) for word, query in queries.items()}
        ),
        "/etc/login.defs": with_settings(read("/etc/login.defs"), asked["login_defs"]),
    }
    digests = {**asked["files"], **{path: sha256(text) for path, text in texts.items()}}
    ca_directory = "/usr/local/share/ca-certificates/ipai"
    certificates = sorted(os.listdir(ca_directory)) if os.path.isdir(ca_directory) else []
    bundle = "/etc/ssl/certs/ca-certificates.crt"
    bundled = os.stat(bundle).st_mtime if os.path.exists(bundle) else 0
    swaps = [line.split()[0] for line in read("/proc/swaps").splitlines()[1:]]
    fstab = [line.split() for line in read("/etc/fstab").splitlines() if not line.startswith("#")]
    time_daemons = [name for name, package in TIME_DAEMONS.items() if not missing_packages([package])]
    audit_rules = read("/etc/audit/rules.d/ipai-odoo.rules")
    audit_is_stale = asked["audit"] and unloaded(audit_rules, read("/etc/audit/audit.rules"))
    found.update(
        refusals=refusals(asked, found),
        missing=missing_packages(
            [name for name in asked["packages"] if not (name == "systemd-timesyncd" and time_daemons)]
        ),
        apt_ready=apt_ready(),
        interrupted=interrupted(
            os.listdir("/var/lib/dpkg/updates") if os.path.isdir("/var/lib/dpkg/updates") else [],
            run(["dpkg-query", "-W", "-f", "${db:Status-Abbrev}\n"]),
        ),
        present=[name for name in asked["commands"] if shutil.which(name, path="/usr/sbin:/usr/bin:/sbin:/bin")],
        time_daemons=time_daemons,
        ca_drift=[
            name for name, digest in asked["ca"].items() if drifts(os.path.join(ca_directory, name), digest, "0644")
        ],
        ca_extra=[name for name in certificates if name not in asked["ca"]],
        ca_stale=any(os.stat(os.path.join(ca_directory, name)).st_ctime > bundled for name in certificates)
        or (bundled > 0 and os.path.isdir(ca_directory) and os.stat(ca_directory).st_mtime > bundled),
        texts=texts,
        missing_logs=[path for path in asked["logs"] if not os.path.exists(path)],
        drift=[path for path, digest in digests.items() if drifts(path, digest, asked["file_modes"].get(path, "0644"))]
        + [path for path, block in asked["blocks"].items() if block not in read(path)]
        + [path for path, target in asked["links"].items() if not os.path.islink(path) or os.readlink(path) != target],
        security_archive=has_security_archive(apt_sources()),
        modes=[
            {"path": path, "mode": mode, "group": os.stat(path).st_gid}
            for path, mode in asked["modes"].items()
            if os.path.exists(path) and not os.path.islink(path) and mode_of(path) != mode
        ],
        compilers=sorted(
            real
            for real in {os.path.realpath(path) for path in map(shutil.which, asked["compilers"]) if path}
            if os.stat(real).st_mode & stat.S_IXOTH
        ),
        swap={
            "active": asked["swap_file"] in swaps,
            "other": [name for name in swaps if name != asked["swap_file"]],
            "made": os.path.exists(asked["swap_file"]),
            "mounted": any(line[:1] == [asked["swap_file"]] for line in fstab),
        },
        stale=stale_handlers(asked["stale"]) + (["hardening load audit rules"] if audit_is_stale else []),
        idle=[
            name
            for name in asked["units"]
            for state in [unit(name)]
            if state.get("LoadState") == "loaded"
            and (state.get("ActiveState") != "active" or state.get("UnitFileState") == "disabled")
        ],
    )
    print(json.dumps(found))


if __name__ == "__main__":
    main()
