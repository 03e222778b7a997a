# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Where the archive of a database server goes, and how its container gets there.  Pure."""

from __future__ import annotations

import re
import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError

NAME = re.compile(r"[a-z][a-z0-9-]{0,29}")
ENDPOINT = re.compile(r"(?P<host>[A-Za-z0-9][A-Za-z0-9.-]*)(:(?P<port>[0-9]{1,5}))?")
NEEDED = ("bucket", "access_key", "secret_key")
REGION = "us-east-1"  # what services take that have none
#: Where the container finds its repositories on disk.
MOUNT = "/var/lib/pgbackrest"

SYSTEMD = "/etc/systemd/system"
#: The address is there once Docker has made the bridge, which may be after systemd has begun to listen.
SOCKET = """\
# Managed by Ansible (ipai.odoo.postgres).
[Unit]
Description=The way of the database server {server} to its repository {name}

[Socket]
ListenStream={gateway}:{relay}
FreeBind=yes

[Install]
WantedBy=sockets.target
"""
SERVICE = """\
# Managed by Ansible (ipai.odoo.postgres).
[Unit]
Description=Relay of the database server {server} to its repository {name}, and nowhere else
After=network-online.target
Wants=network-online.target
PartOf={unit}.socket

[Service]
ExecStart=/lib/systemd/systemd-socket-proxyd --exit-idle-time=5min {host}:{port}
DynamicUser=yes
CapabilityBoundingSet=
NoNewPrivileges=yes
PrivateDevices=yes
PrivateTmp=yes
ProtectHome=yes
ProtectSystem=strict
RestrictAddressFamilies=AF_INET AF_INET6 AF_UNIX
"""


def layout(
    repositories: t.Sequence[t.Mapping[str, t.Any]], server: str, gateway: str, first_port: int
) -> dict[str, t.Any]:
    """What follows from the repositories: V(repositories) with their secrets, and all that the role sets up, without.

    :param gateway: the droplet's address in the server's network, where relays listen.
    :param first_port: the port of the relay to the first repository; the second would have the next one.
    :raises BackupError: a repository is not complete, two have one name, or there is none.
    """
    if not repositories:
        raise BackupError(
            f"postgres_archive is true for {server}, and there is no repository to archive to. Name one in"
            " backup_repositories, for example a disk: {name: disk, path: /srv/backup}"
        )
    names = [str(one.get("name", "")) for one in repositories]
    if len(set(names)) != len(names):
        raise BackupError(f"two of backup_repositories have the same name: {', '.join(names)}")
    found = [_repository(one, number, server, first_port) for number, one in enumerate(repositories, 1)]
    remote = [one for one in found if not one["folder"]]
    local = [one for one in found if one["folder"]]
    units = {f"ipai-archive-relay-{server}-{one['name']}": one for one in remote}
    return {
        "repositories": found,
        "places": [{key: one[key] for key in ("number", "name", "folder")} for one in found],
        "hosts": {one["host"]: gateway for one in remote},
        "folders": [one["folder"] for one in local],
        "volumes": [f"{one['folder']}:{one['path']}:rw" for one in local],
        "ports": [one["relay"] for one in remote],
        "files": [file for unit, one in units.items() for file in _relay(unit, server, gateway, one)],
        "readers": [
            {"name": f"{unit}.socket", "unit": f"{unit}.socket", "files": [f"{SYSTEMD}/{unit}.*"]} for unit in units
        ],
    }


def _relay(unit: str, server: str, gateway: str, one: t.Mapping[str, t.Any]) -> t.Iterator[dict[str, str]]:
    known = {"unit": unit, "server": server, "gateway": gateway, **one}
    yield {"path": f"{SYSTEMD}/{unit}.socket", "content": SOCKET.format_map(known)}
    yield {"path": f"{SYSTEMD}/{unit}.service", "content": SERVICE.format_map(known)}


def _repository(one: t.Mapping[str, t.Any], number: int, server: str, first_port: int) -> dict[str, t.Any]:
    name, path, endpoint = (str(one.get(key) or "") for key in ("name", "path", "endpoint"))
    if not NAME.fullmatch(name):
        raise BackupError(f"{name!r} in backup_repositories is no name: a-z, 0-9 and -, a letter first")
    if bool(path) is bool(endpoint):
        raise BackupError(f"repository {name} in backup_repositories needs either a path or an endpoint")
    if path:
        return {
            "number": number,
            "name": name,
            "folder": f"{path.rstrip('/')}/{server}/pgbackrest",
            "path": f"{MOUNT}/{name}",
        }
    lacking = [key for key in NEEDED if not one.get(key)]
    if lacking:
        raise BackupError(f"repository {name} in backup_repositories has no {' and no '.join(lacking)}")
    place = ENDPOINT.fullmatch(endpoint)
    if place is None:
        raise BackupError(
            f"{endpoint!r} of repository {name} is no host name, with a port at most, such as s3.example.com"
        )
    prefix = str(one.get("prefix") or "").strip("/")
    return {
        "number": number,
        "name": name,
        "folder": "",
        "path": "/" + "/".join(part for part in (prefix, server, "pgbackrest") if part),
        "host": place["host"],
        "port": int(place["port"] or 443),
        "relay": first_port + number - 1,
        "region": str(one.get("region") or REGION),
        **{key: str(one[key]) for key in NEEDED},
    }
