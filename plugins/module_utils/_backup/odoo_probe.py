# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Start Odoo on a restored database and look whether it serves: without crons, without a way out, for a minute."""

from __future__ import annotations

import configparser
import contextlib
import io
import json
import os
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils import _lock, _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup.checks import Check
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError, Settings
from ansible_collections.ipai.odoo.plugins.module_utils._backup.throwaway import LABEL, remove
from ansible_collections.ipai.odoo.plugins.module_utils._files import Access, write_atomic

CONFIGURATION = "/etc/odoo/odoo.conf"
#: Seconds until Odoo must serve.
START = 180.0

#: Runs in Odoo's container, which has Python and perhaps no other program that speaks HTTP.
ASK = r"""
import http.client, json, re, sys, time
end, said = time.time() + float(sys.argv[1]), ""
def get(path):
    connection = http.client.HTTPConnection("127.0.0.1", 8069, timeout=60)
    connection.request("GET", path)
    answer = connection.getresponse()
    return answer.status, answer.read().decode("utf-8", "replace")
status, page = 0, ""
while time.time() < end:
    try:
        status, page = get("/web/login")
        break
    except (OSError, http.client.HTTPException) as error:
        said = str(error)
        time.sleep(0.3)
assets = sorted(set(re.findall(r'(?:href|src)="(/web/assets/[^"]+)"', page)))
wrong = []
for path in assets:
    code, text = get(path)
    if code != 200 or not text:
        wrong.append("%s answers %s" % (path, code if code != 200 else "nothing"))
form = 'name="password"' in page
print(json.dumps({"status": status, "form": form, "assets": len(assets), "wrong": wrong, "said": said}))
"""


@dataclass(frozen=True)
class Login:
    """Where the restored database is, as seen from Odoo's container, and who logs in."""

    host: str
    port: int
    database: str
    user: str
    password: str


def configuration(text: str, login: Login) -> str:
    """The environment's own configuration, with the restored database in it and nothing that goes on by itself."""
    parser = configparser.RawConfigParser(strict=False)
    parser.optionxform = str  # type: ignore[assignment,method-assign]
    parser.read_string(text)
    parser["options"].update(
        {
            "data_dir": "/var/lib/odoo",
            "db_host": login.host,
            "db_name": login.database,
            "db_password": login.password,
            "db_port": str(login.port),
            "db_user": login.user,
            "http_port": "8069",
            "list_db": "False",
            "max_cron_threads": "0",
            "smtp_port": "25",
            "smtp_server": "localhost",
            "workers": "0",
        }
    )
    # With a filter, Odoo sees databases that its role owns, and this one is nobody's (odoo/service/db.py, list_dbs).
    parser.remove_option("options", "dbfilter")
    # Nor does a queue go on: loaded without its section, its runner would take channels of its own.
    parser.remove_section("queue_job")
    names = parser.get("options", "server_wide_modules", fallback="").split(",")
    if "queue_job" in map(str.strip, names):
        parser["options"]["server_wide_modules"] = ",".join(name for name in names if name.strip() != "queue_job")
    out = io.StringIO()
    parser.write(out)
    return out.getvalue()


def probe(settings: Settings, login: Login, filestore: str, network: str) -> list[Check]:
    """Start Odoo as the environment runs it, ask for the login page and all it needs, and remove it.

    :param network: for C(docker run --network); has to be one without a way out.
    :raises BackupError: the environment has no container to learn from.
    """
    with _lock.hold(_lock_name(settings)):
        start = time.monotonic()
        with running(_name(settings), _folder(settings), settings.container, login, filestore, network) as name:
            answer = ask(name)
            seconds = round(time.monotonic() - start, 2)
            words = "" if answer["status"] == 200 else _stack.logs(name, 15)
        return judge(answer, words, seconds)


def tidy(settings: Settings) -> None:
    """Remove what a killed run has left of a probe."""
    with _lock.hold(_lock_name(settings)):
        remove(_name(settings), _folder(settings))


def _lock_name(settings: Settings) -> str:
    """A drill and a restore may want to probe at the same time."""
    return f"probe-{settings.environment}"


def _name(settings: Settings) -> str:
    return f"{settings.environment}-probe"


def _folder(settings: Settings) -> str:
    return os.path.join(settings.home, "probe")


@contextlib.contextmanager
def running(
    name: str, folder: str, pattern: str, login: Login, filestore: str, network: str, *, idle: float = 0.0
) -> t.Iterator[str]:
    """A container of the image and configuration that the container ``pattern`` has, with another database in them.

    Containers and folders of that name that a killed run has left are removed first.

    :param folder: for its configuration.
    :param idle: seconds for which it does nothing by itself, instead of serving.
    :raises BackupError: there is no such container to learn from.
    """
    document = _stack.container(pattern)
    if document is None:
        raise BackupError(f"there is no container {pattern}: run the playbook site first")
    source = next((mount["Source"] for mount in document["Mounts"] if mount["Destination"] == CONFIGURATION), None)
    if source is None:
        raise BackupError(f"{pattern} has no {CONFIGURATION}: run the playbook site first")
    remove(name, folder)
    try:
        os.makedirs(folder, mode=0o711)
        with open(source, encoding="utf-8") as stream:
            text = configuration(stream.read(), login)
        path = os.path.join(folder, "odoo.conf")
        write_atomic(path, text.encode(), Access(0, os.stat(source).st_gid, 0o640))
        options = ["--network", network, "--label", f"{LABEL}={name}", "--no-healthcheck", "--init", "--read-only"]
        options += ["--cap-drop", "ALL", "--security-opt", "no-new-privileges:true", "--pids-limit", "512"]
        options += ["--log-driver", "journald", "--log-opt", f"tag={LABEL}/{name}", "--env", "HOME=/var/lib/odoo"]
        options += ["--memory", "2g", "--tmpfs", "/tmp:mode=1777,size=256m"]  # noqa: S108
        options += ["--tmpfs", "/mnt/extra-addons:mode=0555,size=4k", "--tmpfs", "/var/lib/odoo:mode=1777,size=64m"]
        options += ["--volume", f"{path}:{CONFIGURATION}:ro"]
        options += ["--volume", f"{filestore}:/var/lib/odoo/filestore/{login.database}"]
        command = [f"{idle:.0f}"] if idle else []
        options += ["--entrypoint", "sleep"] if idle else []
        _stack.container_run(name, document["Config"]["Image"], options, command)
        yield name
    finally:
        remove(name, folder)


def ask(name: str) -> dict[str, t.Any]:
    """What Odoo answers; status 0 when it does not."""
    result = _stack.container_exec(name, ["python3", "-", str(START)], stdin=ASK, timeout=START + 300, check=False)
    if result.ok:
        with contextlib.suppress(ValueError):
            return t.cast("dict[str, t.Any]", json.loads(result.stdout))
    return {"status": 0, "form": False, "assets": 0, "wrong": [], "said": result.stderr.strip()}


def judge(answer: t.Mapping[str, t.Any], words: str, seconds: float) -> list[Check]:
    """The checks that an answer amounts to; ``words`` are Odoo's last."""
    if answer["status"] != 200:
        why = f"answers {answer['status']}" if answer["status"] else f"does not answer ({answer['said']})"
        return [Check("odoo", False, f"Odoo {why}; its last words: {words}", seconds)]
    page = Check("odoo", bool(answer["form"]), "serves its login page" if answer["form"] else "no login form", seconds)
    good = bool(answer["assets"]) and not answer["wrong"]
    said = "; ".join(answer["wrong"]) or f"{answer['assets']} style sheets and scripts"
    return [page, Check("assets", good, said if answer["assets"] else "the page names none", 0.0)]
