# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

"""A command in a container that never began is tried again; one that began is not."""

from __future__ import annotations

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._command import CommandError

NEVER_BEGUN = (
    "OCI runtime exec failed: exec failed: unable to start container process: "
    "waiting for init preliminary setup: read init-p: connection reset by peer: unknown"
)

#: A Docker that fails as often as its file says, and counts how often it was asked.
DOCKER = """#!/bin/sh
echo asked >> "{folder}/asked"
cat > "{folder}/read"
if [ "$(wc -l < "{folder}/asked")" -gt {failures} ]; then echo done; exit 0; fi
echo "{says}" {where}
exit 126
"""


@pytest.fixture
def engine(tmp_path, monkeypatch):
    monkeypatch.setattr(_stack, "BETWEEN_TRIES", 0.0)
    monkeypatch.setenv("PATH", str(tmp_path), prepend=":")

    def put(failures, says=NEVER_BEGUN, where=""):
        program = tmp_path / "docker"
        program.write_text(DOCKER.format(folder=tmp_path, failures=failures, says=says, where=where))
        program.chmod(0o755)
        return lambda: len((tmp_path / "asked").read_text().splitlines())

    return put


@pytest.mark.parametrize("where", ["", ">&2"])
def test_what_never_began_is_tried_again_with_its_input(engine, tmp_path, where):
    asked = engine(failures=2, where=where)
    assert _stack.container_exec("pg", ["psql"], stdin="SELECT 1").stdout == "done\n"
    assert asked() == 3
    assert (tmp_path / "read").read_text() == "SELECT 1"


def test_it_is_given_up_in_the_end(engine):
    asked = engine(failures=99)
    with pytest.raises(CommandError, match="waiting for init"):
        _stack.container_exec("pg", ["psql"])
    assert asked() == _stack.TRIES
    assert not _stack.container_exec("pg", ["psql"], check=False).ok


def test_what_was_begun_is_not_repeated(engine):
    asked = engine(failures=1, says="psql: permission denied")
    with pytest.raises(CommandError, match="permission denied"):
        _stack.container_exec("pg", ["psql"])
    assert asked() == 1
