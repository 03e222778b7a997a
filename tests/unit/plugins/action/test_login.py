# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""What a machine says at the door, and what is made of it."""

from __future__ import annotations

from typing import Any
from unittest.mock import MagicMock

import pytest
from ansible.errors import AnsibleConnectionFailure

from ansible_collections.ipai.odoo.plugins.action.login import ActionModule


def ask(answer: Any) -> dict[str, Any]:
    task = MagicMock(args={}, async_val=0, collections=[])
    task.environment = []
    plugin = ActionModule(task, MagicMock(), MagicMock(), MagicMock(), MagicMock(), MagicMock())
    plugin._low_level_execute_command = MagicMock(
        side_effect=answer if isinstance(answer, Exception) else None, return_value=answer
    )
    return plugin.run(task_vars={})


def test_accepted() -> None:
    result = ask({"rc": 0, "stdout": "", "stderr": ""})
    assert (result["accepted"], result["changed"], result["said"]) == (True, False, "")


@pytest.mark.parametrize(
    "said",
    [
        "Failed to connect to the host via ssh: ops@192.0.2.1: Permission denied (publickey,password).",
        "Received disconnect from 192.0.2.1 port 22:2: Too many authentication failures",
    ],
)
def test_refused(said: str) -> None:
    result = ask(AnsibleConnectionFailure(said))
    assert result["accepted"] is False
    assert said in result["said"]


def test_root_of_a_cloud_image_is_sent_away() -> None:
    said = 'Please login as the user "debian" rather than the user "root".'
    assert ask({"rc": 142, "stdout": said, "stderr": ""})["accepted"] is False


@pytest.mark.parametrize(
    "said",
    [
        "Failed to connect to the host via ssh: ssh: connect to host 192.0.2.1 port 22: Connection timed out",
        "Host key verification failed.",
    ],
)
def test_no_answer_is_no_refusal(said: str) -> None:
    with pytest.raises(AnsibleConnectionFailure, match=said.split(":", maxsplit=1)[0]):
        ask(AnsibleConnectionFailure(said))
