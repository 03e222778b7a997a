# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Restores of staging: beside what is live, published, brought back, killed, and refused.

Staging has no backups of its own in the demo, so it gets a repository for the time being.
"""

from __future__ import annotations

import random
import re
import subprocess
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any

import pytest
from lab import playbook, restoring, tools
from lab.droplets import Droplet, Watch
from lab.web import Odoo, Site

NAME = "erp-staging"
KILLS = 6
KEY = "lab.restored"

# The settings of production's backups, changed to mean staging and a repository in a folder.
SETTINGS = """
import json, os, sys
sys.path.insert(0, sys.argv[1])
from ansible_collections.ipai.odoo.plugins.module_utils._backup import pairs, settings
text = open("/etc/ipai-odoo/backup/erp.json").read()
network = json.loads(os.popen("docker inspect pg-nonproduction").read())[0]["NetworkSettings"]["Networks"]
found = json.loads(text.replace("/srv/odoo/erp/", "/srv/odoo/erp-staging/"))
found.update(environment="erp-staging", directory="/srv/odoo/erp-staging", container="erp-staging-odoo",
             user="erp-staging", database="erp-staging", server="pg-nonproduction",
             host=network["pg-nonproduction"]["IPAddress"], archive=False, webhook_file="",
             key_file="/srv/lab-backup/key", repositories=[{"name": "lab", "path": "/srv/lab-backup"}])
os.makedirs("/srv/lab-backup", mode=0o700)
with open("/srv/lab-backup/key", "w") as stream:
    stream.write(os.urandom(24).hex())
with open("/etc/ipai-odoo/backup/erp-staging.json", "w") as stream:
    json.dump(found, stream)
pairs.repositories(settings.load("erp-staging"))[0].initialise()
print("null")
"""
REMOVE = """
import sys
sys.path.insert(0, sys.argv[1])
from ansible_collections.ipai.odoo.plugins.module_utils._backup import restore, settings
found = settings.load("erp-staging")
for name in restore.served(found):
    if name != found.database:
        restore.remove(found, name)
print("null")
"""
# Does nothing where it is live.  The large object tells that it was called.
TRAP = f"""
SET ROLE "{NAME}";
CREATE FUNCTION lab_trap(word text) RETURNS boolean LANGUAGE plpgsql AS $$
DECLARE way text;
BEGIN
    IF current_database() <> '{NAME}' THEN
        PERFORM lo_create(0);
        FOREACH way IN ARRAY ARRAY['RESET ROLE', 'SET ROLE postgres', 'SET SESSION AUTHORIZATION postgres'] LOOP
            BEGIN
                EXECUTE way;
                COPY (SELECT 1) TO PROGRAM 'touch /tmp/lab-trap';
            EXCEPTION WHEN insufficient_privilege THEN NULL;
            END;
        END LOOP;
    END IF;
    RETURN true;
END $$;
CREATE TABLE lab_trap (word text CHECK (lab_trap(word)));
INSERT INTO lab_trap VALUES ('set');
"""


@dataclass
class Staging:
    """Staging with one backup, which a parameter of its database tells from later states."""

    droplet: Droplet
    id: str

    def restore(self, *words: str, check: bool = True) -> subprocess.CompletedProcess[str]:
        return restoring.backup(self.droplet, "restore", NAME, *words, check=check)

    def state(self) -> tuple[dict[str, list[str]], list[str]]:
        return restoring.databases(self.droplet, NAME), restoring.filestores(self.droplet, NAME)

    def extra(self) -> list[str]:
        """Names of restored and former databases, which have to have a filestore each."""
        databases, filestores = self.state()
        assert sorted(databases) == sorted(filestores)
        return sorted({*databases} - {NAME})

    def remove(self) -> None:
        self.droplet.python(REMOVE, restoring.LIBRARY, console=True)

    def set(self, value: str) -> None:
        self.droplet.sql(
            "pg-nonproduction",
            NAME,
            f"DELETE FROM ir_config_parameter WHERE key = '{KEY}';"
            f"INSERT INTO ir_config_parameter (key, value) VALUES ('{KEY}', '{value}')",
        )

    def get(self, database: str = NAME) -> str:
        rows = self.droplet.sql(
            "pg-nonproduction", database, f"SELECT value FROM ir_config_parameter WHERE key = '{KEY}'"
        )
        return rows[0][0]

    def odoo(self) -> Odoo:
        return Odoo.enter(self.droplet, NAME)


@pytest.fixture(scope="module")
def staging(droplet: Droplet) -> Iterator[Staging]:
    restoring.push(droplet)
    settings = "/etc/ipai-odoo/backup/erp-staging.json"
    droplet.console(f"mv {settings} {settings}-away")
    droplet.python(SETTINGS, restoring.LIBRARY, console=True)
    try:
        found = Staging(droplet, "")
        found.set("backed up")
        said = restoring.backup(droplet, "pair", NAME).stdout
        identifier = re.search(r"(\d{8}T\d{6}Z-[0-9a-f]{4}) is whole", said)
        assert identifier, said
        found.id = identifier[1]
        found.set("later")
        yield found
        found.remove()
        droplet.sql("pg-nonproduction", NAME, f"DELETE FROM ir_config_parameter WHERE key = '{KEY}'")
    finally:
        droplet.console(f"rm -rf /srv/lab-backup /var/lib/ipai-odoo/erp-staging; mv {settings}-away {settings}")


@pytest.fixture
def tidy(staging: Staging) -> Iterator[None]:
    staging.remove()
    yield
    staging.remove()


def test_beside_what_is_live(staging: Staging, tidy: None, figure: Callable[[str, str], None]) -> None:
    start = time.monotonic()
    with Watch(staging.droplet) as watch:
        said = staging.restore().stdout
    figure("restore of the demo's staging, looked at and served", f"{time.monotonic() - start:.1f} s")
    assert "serves its login page" in said and re.search(r"\d+ style sheets and scripts", said)
    assert "docker exec" in watch.text, "positive control: processes were seen"
    assert "PGPASSWORD" in watch.text, "positive control: a role logged in"
    assert "PASSWORD '" not in watch.text and "PGPASSWORD=" not in watch.text and "db_password" not in watch.text
    (name,) = staging.extra()
    assert (staging.get(name), staging.get()) == ("backed up", "later")
    owner, _open, rights = staging.state()[0][name]
    assert owner == "postgres" and NAME not in rights and "=T" not in rights.replace("postgres=", "")
    roles = staging.droplet.sql(
        "pg-nonproduction", "postgres", "SELECT rolcanlogin, rolsuper FROM pg_roles WHERE rolname LIKE 'ipai_restore%'"
    )
    assert roles == [["f", "f"]]
    assert f"{NAME}-probe" not in staging.droplet.containers()


def test_published_and_back(staging: Staging, tidy: None, figure: Callable[[str, str], None]) -> None:
    before = staging.state()[0][NAME]
    start = time.monotonic()
    said = staging.restore(f"backup={staging.id}", "publish=yes").stdout
    figure("restore of the demo's staging, published and serving", f"{time.monotonic() - start:.1f} s")
    (former,) = staging.extra()
    assert f"kept as {former}" in said
    assert (staging.get(), staging.state()[0][NAME]) == ("backed up", before)
    assert staging.state()[0][former][:2] == ["postgres", "f"]
    # The same password opens it, and what it shows comes from the restored filestore.
    odoo = staging.odoo()
    parameter = odoo.call("ir.config_parameter", "get_param", KEY)
    assert parameter == "backed up"
    names = odoo.call("ir.attachment", "search_read", [["store_fname", "!=", False]], ["store_fname"], limit=5)
    for one in names:
        assert staging.droplet.ssh(f"test -s /srv/odoo/{NAME}/data/filestore/{NAME}/{one['store_fname']}")
    staging.restore(f"name={former}", "publish=yes")
    assert staging.get() == "later"
    assert staging.odoo().call("ir.config_parameter", "get_param", KEY) == "later"
    container = staging.droplet.containers()[f"{NAME}-odoo"]
    assert container["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"


def test_killed_at_any_moment_nothing_is_left(staging: Staging, tidy: None) -> None:
    before = staging.state()
    start = time.monotonic()
    staging.restore()
    whole = time.monotonic() - start
    staging.remove()
    for _turn in range(KILLS):
        wait = random.uniform(0.5, whole)
        command = (
            f'timeout --signal=KILL {wait:.2f} python3 -c \'import sys; sys.path.insert(0, "{restoring.LIBRARY}");'
            " from ansible_collections.ipai.odoo.plugins.module_utils._backup.main import main;"
            f' sys.exit(main(["restore", "{NAME}"]))\''
        )
        killed = staging.droplet.console(command, check=False)
        restoring.backup(staging.droplet, "mend", NAME)
        if killed.returncode == 0:
            staging.remove()
        assert staging.state() == before, f"killed after {wait:.2f} s"
        assert f"{NAME}-probe" not in staging.droplet.containers()
        roles = staging.droplet.sql(
            "pg-nonproduction", "postgres", "SELECT rolname FROM pg_roles WHERE rolname LIKE 'ipai_restore%'"
        )
        assert roles == []
        assert staging.droplet.console(f"ls /srv/odoo/{NAME}/backup").stdout.split() == ["filestore"]
    # And the next one is not disturbed by any of it.
    staging.restore()
    assert len(staging.extra()) == 1


def test_killed_while_odoo_was_being_stopped(staging: Staging, tidy: None) -> None:
    """Docker goes on stopping it for a run that is gone: it must not be taken for running."""
    staging.restore()
    (name,) = staging.extra()
    odoo = f"{NAME}-odoo"
    policy = f"docker inspect --format '{{{{.HostConfig.RestartPolicy.Name}}}}' {odoo}"
    staging.droplet.console(
        f"""
        docker kill --signal=STOP {odoo}
        setsid ipai-odoo-backup restore {NAME} name={name} publish=yes >/dev/null 2>&1 &
        run=$!
        for _ in $(seq 300); do [ "$({policy})" = no ] && break; sleep 0.1; done
        sleep 1
        pkill -KILL --session $run
        (sleep 4; docker kill --signal=CONT {odoo}) >/dev/null 2>&1 &
        ipai-odoo-backup mend {NAME}
        wait
        """
    )
    tools.until(
        "Odoo after the mending",
        lambda: staging.droplet.containers()[odoo]["State"].get("Health", {}).get("Status") == "healthy",
        seconds=120,
        pause=1,
    )
    assert staging.droplet.containers()[odoo]["HostConfig"]["RestartPolicy"]["Name"] == "unless-stopped"
    assert staging.odoo().call("ir.config_parameter", "get_param", KEY) == "later"
    assert staging.extra() == [name]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["backup=20200101T000000Z-0000"], "there is no backup 20200101T000000Z-0000. There are 1, from"),
        (["time=2020-01-01T00:00:00Z"], "no moment can be restored yet"),
        (["time=2020-01-01T00:00:00"], "lacks its zone"),
        (["repository=nowhere"], "erp-staging has no repository nowhere; it has: lab"),
        (["name=erp"], "erp is no name for a restored database of erp-staging"),
    ],
)
def test_refusals_touch_nothing(staging: Staging, tidy: None, words: list[str], said: str) -> None:
    before = staging.state()
    done = staging.restore(*words, check=False)
    assert done.returncode == 1
    assert said in done.stderr and "Traceback" not in done.stderr
    assert len(done.stderr.strip().splitlines()) == 1
    assert staging.state() == before


def test_unknown_environment(staging: Staging) -> None:
    done = restoring.backup(staging.droplet, "restore", "nobody", check=False)
    assert done.returncode == 1
    assert "no backups are set up for nobody on this droplet (set up are: erp, erp-staging)" in done.stderr


def test_production_takes_its_name(staging: Staging) -> None:
    before = restoring.databases(staging.droplet, "erp")
    for words in (["publish=yes"], ["publish=yes", "confirm=erp-staging"]):
        done = restoring.backup(staging.droplet, "restore", "erp", *words, check=False)
        assert done.returncode == 1
        assert "restore_confirm=erp" in done.stderr and "Nothing was touched" in done.stderr
    assert restoring.databases(staging.droplet, "erp") == before


def test_playbook(staging: Staging, tidy: None) -> None:
    """Check mode tells and touches nothing, then it is done, and then there is nothing to do."""
    name = f"{NAME}-restored-playbook"

    def play(*arguments: str) -> Any:
        return playbook.play("--limit", NAME, "-e", f"restore_name={name}", *arguments, playbook="ipai.odoo.restore")

    looked = play("--check", "--diff")
    assert looked.code == 0, looked.failures
    assert looked.total("changed") == 1 and f"+{name}: restored: {staging.id} from repository lab" in looked.text
    assert staging.extra() == []
    done = play()
    assert done.code == 0, done.failures
    assert done.total("changed") == 1 and staging.extra() == [name]
    again = play("--check"), play()
    assert [(run.code, run.total("changed")) for run in again] == [(0, 0), (0, 0)]
    published = play("-e", "restore_publish=true")
    assert published.code == 0, published.failures
    assert staging.get() == "backed up"
    (former,) = staging.extra()
    assert former.startswith(f"{NAME}-before-") and former in published.text
    # It has lost that name: the same command again must not replace what is live by the newest backup.
    staging.set("worked on")
    twice = play("-e", "restore_publish=true")
    assert twice.code != 0
    assert f"no {name} that could be published; there is: {former}. Nothing was touched" in " ".join(twice.text.split())
    assert (staging.get(), staging.extra()) == ("worked on", [former])
    staging.set("later")


def test_playbook_means_one_environment(staging: Staging) -> None:
    done = playbook.play(playbook="ipai.odoo.restore")
    assert done.code != 0
    assert "name the one that is meant with --limit. Nothing was touched." in done.text
    assert staging.extra() == []


def test_playbook_means_what_was_typed(staging: Staging) -> None:
    """A misspelt time would be the newest backup."""
    done = playbook.play("--limit", NAME, "-e", "target_time=2026-11-21T02:00:00Z", playbook="ipai.odoo.restore")
    assert done.code != 0
    assert "target_time means nothing here" in " ".join(done.text.split())
    assert staging.extra() == []


@pytest.fixture
def trap(staging: Staging) -> Iterator[None]:
    staging.droplet.sql("pg-nonproduction", NAME, TRAP)
    yield
    staging.droplet.sql("pg-nonproduction", NAME, "DROP TABLE lab_trap; DROP FUNCTION lab_trap")
    staging.droplet.console("docker exec pg-nonproduction rm -f /tmp/lab-trap")


def test_what_is_restored_is_nobody_on_the_server(staging: Staging, tidy: None, trap: None) -> None:
    """The environment's own code runs while its table is loaded, and may do what the environment may."""
    restoring.backup(staging.droplet, "pair", NAME)
    staging.restore()
    (name,) = staging.extra()
    assert staging.droplet.sql("pg-nonproduction", name, "SELECT word FROM lab_trap") == [["set"]]
    called = staging.droplet.sql("pg-nonproduction", name, "SELECT count(*) > 0 FROM pg_largeobject_metadata")
    assert called == [["t"]], "positive control: it ran"
    assert "lab-trap" not in staging.droplet.console("docker exec pg-nonproduction ls /tmp").stdout


def test_site_still_serves(staging: Staging) -> None:
    site = Site(staging.droplet.site(NAME), staging.droplet.address)
    assert site.login("admin", staging.droplet.secret(NAME, "admin_password")).status == 303
