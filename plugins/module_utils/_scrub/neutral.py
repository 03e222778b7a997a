# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Make a copy of production harmless: nothing of it goes on by itself, nobody of its users gets in, no mail leaves.

For a clone that nobody is served from yet.  Each step can be taken twice; the record says what was changed, in numbers.
"""

from __future__ import annotations

import dataclasses
import secrets
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canary, egress, neutral_odoo, neutral_settings
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.neutral_odoo import Clone, Odoo
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.neutral_settings import Wish

#: Of a mail that is sent to see where it goes.
SENDER, RECIPIENT = "canary@example.com", "recipient@example.com"

Say = t.Callable[[str], None]


@dataclass(frozen=True)
class Administrator:
    """Who administers the environment, instead of production's administrator (C(base.user_admin))."""

    login: str
    password: str = dataclasses.field(repr=False)


def neutralize(
    clone: Clone,
    wish: Wish,
    administrator: Administrator,
    *,
    catcher: canary.Catcher | None = None,
    targets: t.Sequence[egress.Target] = (),
    accepted: t.Collection[str] = (),
    again: bool = False,
    say: Say = lambda text: None,
) -> dict[str, t.Any]:
    """Neutralize a clone and prove it.

    :param catcher: asked for a mail that Odoo sends; without one, none is sent.
    :param targets: what must not be reached from the environment's network; see C(egress.targets).
    :param accepted: modules whose folder may be missing, or whose own script may fail.
    :param again: it is a clone of one that was neutralized, for another environment: Odoo's own scripts are left out.
    :returns: V(modules) (their number), V(missing), V(failed) (module → why), V(without_script), which are of Odoo's
        own scripts; V(changed) (what → rows), V(login), V(seconds), and what :func:`prove` returns.
    :raises BackupError: it is not neutralized; says why.
    :raises CommandError: Docker or the database server refuses.
    """
    begun = time.monotonic()
    record: dict[str, t.Any] = {"login": administrator.login}
    with neutral_odoo.odoo(clone) as odoo:
        changed = neutral_settings.prepare(clone.session, clone.database, wish)
        if not again:
            say("Odoo's own neutralization")
            record.update(odoo.neutralize(accepted).plain())
        say("settings of the environment")
        _add(changed, neutral_settings.apply(clone.session, clone.database, wish))
        say("the administrator, and a mail to the catcher")
        record.update(_prove(odoo, wish, catcher, targets, administrator))
        _add(changed, {"administrator": record.pop("administrator")})
    record["changed"] = {name: number for name, number in sorted(changed.items()) if number}
    record["seconds"] = round(time.monotonic() - begun, 1)
    return record


def prove(
    clone: Clone,
    wish: Wish,
    *,
    catcher: canary.Catcher | None = None,
    targets: t.Sequence[egress.Target] = (),
) -> dict[str, t.Any]:
    """Look whether a clone is neutralized, changing nothing.

    :returns: V(canary) (V(way), V(seconds)) and V(egress) (see C(egress.Found)), as far as they were asked for.
    :raises BackupError: it is not.
    """
    with neutral_odoo.odoo(clone) as odoo:
        return _prove(odoo, wish, catcher, targets)


def _prove(
    odoo: Odoo,
    wish: Wish,
    catcher: canary.Catcher | None,
    targets: t.Sequence[egress.Target],
    administrator: Administrator | None = None,
) -> dict[str, t.Any]:
    """Odoo is loaded once for everything that needs it."""
    subject = f"canary-{secrets.token_hex(12)}"
    functions: dict[str, str] = {}
    values: dict[str, t.Any] = {"sender": SENDER, "recipient": RECIPIENT, "subject": subject}
    if administrator:
        functions["administrator"] = neutral_odoo.ADMINISTRATOR
        values.update(dataclasses.asdict(administrator))
    # A mail is sent only after it is certain who would take it.
    _refuse_wrong(odoo.clone, wish)
    if catcher:
        functions["canary"] = canary.SEND
    said = odoo.shell(functions, values) if functions else {}
    found: dict[str, t.Any] = {}
    if administrator:
        found["administrator"] = entered(said["administrator"], administrator.login)
        _refuse_wrong(odoo.clone, wish)
    if catcher:
        found["canary"] = {"way": said["canary"], "seconds": canary.wait(catcher.caught, subject)}
    if targets:
        tried = egress.probe(odoo.name, targets)
        refuse_open(tried, odoo.clone.network)
        found["egress"] = dataclasses.asdict(tried)
    return found


def entered(said: t.Mapping[str, t.Any] | None, login: str) -> int:
    """How much was changed so that the administrator gets in.

    :raises BackupError: there is none, or the password does not let them in.
    """
    if said is None:
        raise BackupError(
            "the database has no user base.user_admin: give the external identifier back to production's administrator"
            " (Settings, Technical, External Identifiers) and try again"
        )
    if not said["enters"]:
        raise BackupError(f"Odoo does not let the administrator {login} in with the password that was set")
    return int(said["changed"])


def refuse_open(found: egress.Found, network: str) -> None:
    """:raises BackupError: something outside was reached."""
    if found.open:
        raise BackupError(
            f"the network {network} has a way out, to: {', '.join(found.open)}. Look at the droplet's firewall"
            " (playbook site, tag droplet_firewall) and at what else the network is connected with"
        )


def _refuse_wrong(clone: Clone, wish: Wish) -> None:
    wrong = neutral_settings.check(clone.session, clone.database, wish)
    if wrong:
        listed = ", ".join(f"{name} ({number})" for name, number in sorted(wrong.items()))
        raise BackupError(
            f"{clone.database} is not neutralized; what is not as it has to be, and how often: {listed}. Something in"
            " the database, a trigger for example, undoes what was set"
        )


def _add(total: dict[str, int], more: t.Mapping[str, int]) -> None:
    for name, number in more.items():
        total[name] = total.get(name, 0) + number
