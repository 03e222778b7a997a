# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The container in which Odoo serves, stopped for as long as somebody changes its database.

Whatever happens meanwhile, it comes back: after a failure we start it, after a
reboot Docker does, and after a kill the next run.
"""

from __future__ import annotations

import typing as t

from ansible_collections.ipai.odoo.plugins.module_utils import _stack

#: With this restart policy, the engine never again starts a container that somebody has stopped.
KEEPS_STOPPED = "unless-stopped"
#: With this one, it does when it starts itself.
STARTS_AGAIN = "always"


class Service:
    """A container that is stopped and started.  Methods raise C(CommandError) when Docker refuses.

    :param policy: when the engine starts it by itself, while it serves.
    """

    def __init__(self, container: str, policy: str) -> None:
        self.container = container
        self.policy = policy
        #: What Docker said of the container before we have stopped it; it has to serve again.
        self._resting: dict[str, t.Any] | None = None

    @property
    def resting(self) -> bool:
        """Whether it is stopped and has to serve again."""
        return self._resting is not None

    @property
    def image(self) -> str | None:
        """The image of the container while it rests."""
        return str(self._resting["Config"]["Image"]) if self._resting else None

    def recall(self) -> None:
        """Take over the container that a run has stopped and, since it was killed, not started again."""
        document = _stack.container(self.container)
        if document and not _stack.running(document) and _stack.restart_policy(document) == STARTS_AGAIN:
            self._resting = document

    def rest(self) -> bool:
        """Stop it, and see to it that it comes back when the machine restarts; false when it is not running."""
        document = _stack.container(self.container)
        if document is None or not _stack.running(document):
            return False
        # First of all, so that an interrupted stop is made good as well.
        self._resting = document
        if _stack.restart_policy(document) == KEEPS_STOPPED:
            _stack.container_restart_policy(self.container, STARTS_AGAIN)
        _stack.container_stop(self.container)
        return True

    def wake(self) -> bool:
        """Start it again if it rests, which is the answer."""
        if self._resting is None:
            return False
        self._resting = None
        _stack.container_start(self.container)
        if self.policy != STARTS_AGAIN:
            _stack.container_restart_policy(self.container, self.policy)
        return True
