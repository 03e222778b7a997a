# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Passwords lie in root-only files and nowhere else: not in arguments, images, logs or Ansible's own output.

Alone, against a running demo: scripts/lab.sh test tests/integration/test_secrets.py
"""

from __future__ import annotations

import json
import re

import pytest

FILES = """
import glob, json, os, stat
out = {}
for pattern in ("/srv/odoo/*/secrets", "/srv/postgres/*/secrets", "/srv/mail-catcher/secrets"):
    for folder in glob.glob(pattern):
        for path in [folder, *glob.glob(folder + "/*")]:
            info = os.lstat(path)
            value = "" if os.path.isdir(path) else open(path).read().strip()
            out[path] = [info.st_uid, info.st_gid, "%04o" % stat.S_IMODE(info.st_mode), value]
print(json.dumps(out))
"""
PASSWORDS = ("admin_password", "master_password", "database_password", "superuser_password", "web_password")


#: Read by the database server itself.
SHARED = re.compile(r"^/srv/postgres/[^/]+/secrets/(superuser_password|archive(/.*)?)$")


def secrets_of(droplet) -> dict[str, list]:
    return droplet.python(FILES)


@pytest.fixture(scope="module")
def files(droplet):
    return secrets_of(droplet)


def values_of(files) -> dict[str, str]:
    out = {path: value for path, (*_owner, value) in files.items() if path.endswith(PASSWORDS)}
    assert len(out) >= 3 * 2 + 2 + 1, f"only {sorted(out)}"
    return out


def search(droplet, values, source, *arguments, timeout=180):
    """Paths of the secrets that a text on the droplet holds; `source` is a function text() in Python."""
    program = f"""
import json, subprocess, sys
values = json.loads({json.dumps(json.dumps(values))})
{source}
data = text()
print(json.dumps([len(data), [path for path, value in values.items() if value.encode() in data]]))
"""
    return droplet.python(program, *arguments, timeout=timeout)


def test_passwords_are_long_and_each_its_own(files):
    values = values_of(files)
    assert len(set(values.values())) == len(values), "a password is used twice"
    assert all(len(value) >= 20 for value in values.values())


def test_files_are_roots_alone(files):
    for path, (uid, gid, mode, _value) in files.items():
        assert uid == 0, path
        if SHARED.search(path) and gid:
            # The group is a container's. On the droplet, the folder above lets nobody but root in.
            assert mode in ("0750", "0640"), (path, mode)
            continue
        assert gid == 0, path
        assert mode == ("0700" if path.endswith("/secrets") else "0600"), (path, mode)


def test_another_user_reads_none_of_them(droplet, files):
    """A program of the web server's user looks at everything that it can open under these folders."""
    program = f"""
import json, os, sys
values = json.loads({json.dumps(json.dumps(values_of(files)))})
found, seen = [], 0
for top in ("/srv", "/etc", "/opt", "/var/log", "/var/www", "/tmp", "/run", "/home", "/root", "/var/lib"):
    for folder, names, leaves in os.walk(top):
        if folder.startswith(("/run/systemd", "/var/lib/docker", "/opt/certbot")):
            names[:] = []
            continue
        for leaf in leaves:
            path = os.path.join(folder, leaf)
            try:
                if not os.path.isfile(path) or os.path.getsize(path) > 50_000_000:
                    continue
                with open(path, "rb") as handle:
                    data = handle.read()
            except OSError:
                continue
            seen += 1
            found += [(path, name) for name, value in values.items() if value.encode() in data]
# The processes of others, as far as they show.
for pid in filter(str.isdigit, os.listdir("/proc")):
    for what in ("cmdline", "environ"):
        try:
            with open("/proc/%s/%s" % (pid, what), "rb") as handle:
                data = handle.read()
        except OSError:
            continue
        found += [(pid, name) for name, value in values.items() if value.encode() in data]
print(json.dumps([seen, found]))
"""
    for user in ("www-data", "nobody"):
        out = droplet.ssh(f"runuser -u {user} -- python3 -", stdin=program, timeout=300).stdout
        seen, found = json.loads(out)
        assert found == []
        assert seen > 300, "positive control: it reads what is public"


def test_not_in_what_docker_tells(droplet, files):
    values = values_of(files)
    source = """
def text():
    run = lambda *argv: subprocess.run(["docker", *argv], capture_output=True).stdout
    data = b""
    for name in run("ps", "--all", "--quiet").split():
        data += run("inspect", name.decode())
    for name in set(run("image", "ls", "--all", "--quiet").split()):
        data += run("image", "inspect", name.decode()) + run("history", "--no-trunc", name.decode())
    for name in run("network", "ls", "--quiet").split():
        data += run("network", "inspect", name.decode())
    return data
"""
    size, found = search(droplet, values, source)
    assert found == []
    assert size > 20_000


def test_not_in_logs(droplet, files):
    source = """
import os
def text():
    data = subprocess.run(["journalctl", "--no-pager", "--output=export"], capture_output=True).stdout
    for folder, _, leaves in os.walk("/var/log"):
        if "/journal" in folder:
            continue
        for leaf in leaves:
            with open(os.path.join(folder, leaf), "rb") as handle:
                data += handle.read()
    return data
"""
    size, found = search(droplet, values_of(files), source, timeout=300)
    assert found == []
    assert size > 100_000


def test_not_in_images_nor_build_folders(droplet, files):
    """The build context, the addons, the Compose files: everything of the environments but secrets and data."""
    source = """
import fnmatch, os
def text():
    data = bytearray()
    for top in ("/srv", "/etc", "/opt/ipai", "/root", "/home"):
        for folder, names, leaves in os.walk(top):
            names[:] = [name for name in names if name not in ("secrets", "data")]
            for leaf in leaves:
                path = os.path.join(folder, leaf)
                # The one file that Odoo reads its passwords from.
                if os.path.isfile(path) and not fnmatch.fnmatch(path, "/srv/odoo/*/odoo-*.conf"):
                    with open(path, "rb") as handle:
                        data += handle.read()
    return data
"""
    size, found = search(droplet, values_of(files), source)
    assert found == []
    assert size > 50_000


def test_configuration_is_for_odoo_and_root(droplet):
    for environment in ("erp", "erp-staging"):
        # Exactly one: those of former containers are gone.
        out = droplet.ssh(f"stat --format '%u %a' /srv/odoo/{environment}/odoo-*.conf").stdout
        assert out.split() == ["0", "640"]
        out = droplet.ssh(["stat", "--format", "%u %g %a", f"/srv/odoo/{environment}"]).stdout
        assert out.split() in (["0", "0", "750"], ["0", "0", "700"])
