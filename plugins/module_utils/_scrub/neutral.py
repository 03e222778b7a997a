# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Make a copy of production harmless: nothing of it goes on by itself, nobody of its users gets in, no mail leaves.

For a clone that nobody is served from yet.  Each step can be taken twice; the record says what was changed, in numbers.
"""

from __future__ import annotations

import concurrent.futures
import dataclasses
import secrets
import time
import typing as t
from dataclasses import dataclass

from ansible_collections.ipai.odoo.plugins.module_utils import _stack
from ansible_collections.ipai.odoo.plugins.module_utils._backup import odoo_probe
from ansible_collections.ipai.odoo.plugins.module_utils._backup.settings import BackupError
from ansible_collections.ipai.odoo.plugins.module_utils._scrub import canary, egress, neutral_odoo, neutral_settings
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.neutral_odoo import Clone
from ansible_collections.ipai.odoo.plugins.module_utils._scrub.neutral_settings import Wish

MAIL_INSTALLED = "SELECT true AS yes FROM public.ir_module_module WHERE name = 'mail' AND state <> 'uninstalled'"

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
    accepted: t.Collection[str] = (),
    again: bool = False,
    say: Say = lambda text: None,
) -> dict[str, t.Any]:
    """Neutralize a clone; :func:`prove` shows that it is.

    :param accepted: modules whose folder may be missing, or whose own script may fail.
    :param again: it is a clone of one that was neutralized, for another environment: Odoo's own scripts are left out.
    :returns: V(modules) (their number), V(missing), V(failed) (module → why), V(without_script), which are of Odoo's
        own scripts; V(changed) (what → rows), V(login), V(seconds).
    :raises BackupError: it is not neutralized; says why.
    :raises CommandError: Docker or the database server refuses.
    """
    begun = time.monotonic()
    record: dict[str, t.Any] = {"login": administrator.login}
    changed = neutral_settings.prepare(clone.session, clone.database, wish)
    with neutral_odoo.odoo(clone) as odoo:
        if not again:
            say("Odoo's own neutralization")
            record.update(odoo.neutralize(accepted).plain())
        changed["administrator"] = odoo.administrate(administrator.login, administrator.password)
    say("settings of the environment")
    for name, number in neutral_settings.apply(clone.session, clone.database, wish).items():
        changed[name] = changed.get(name, 0) + number
    refuse_wrong(clone, wish)
    record["changed"] = {name: number for name, number in sorted(changed.items()) if number}
    record["seconds"] = round(time.monotonic() - begun, 1)
    return record


def prove(
    clone: Clone,
    wish: Wish,
    administrator: Administrator,
    catcher: canary.Catcher | None,
    targets: t.Sequence[egress.Target],
    *,
    say: Say = lambda text: None,
) -> dict[str, t.Any]:
    """Look whether a clone is neutralized: in the database, and by an Odoo that serves it. Changes nothing.

    :param catcher: asked for a mail that Odoo sends; without one, none is sent.
    :param targets: what must not be reached from the environment's network; see C(egress.targets).
    :returns: V(checks) (of Odoo's pages), V(canary) (V(sent), V(seconds)), V(egress) (see C(egress.Found)), V(seconds).
    :raises BackupError: it is not neutralized, or does not serve.
    :raises CommandError: Docker or the database server refuses.
    """
    begun = time.monotonic()
    # Odoo is started, and sends a mail, only when it is certain who would take it.
    refuse_wrong(clone, wish)
    sends = catcher is not None and bool(clone.session.value(clone.database, MAIL_INSTALLED))
    subject = f"canary-{secrets.token_hex(12)}" if sends else ""
    with neutral_odoo.serving(clone) as name, concurrent.futures.ThreadPoolExecutor(1) as pool:
        tried = pool.submit(egress.probe, name, targets)
        say("Odoo, a mail to the catcher, and ways out")
        answer = odoo_probe.ask(name)
        words = "" if answer["status"] == 200 else _stack.logs(name, 15)
        checks = odoo_probe.judge(answer, words, round(time.monotonic() - begun, 2))
        refuse_unserved(clone, [check.said for check in checks if not check.ok])
        canary.enter(name, clone.database, administrator.login, administrator.password, subject)
        arrived = canary.wait(catcher.caught, subject) if catcher and subject else 0.0
        found = tried.result()
    refuse_open(found, clone.network)
    return {
        "checks": [check.plain() for check in checks],
        "canary": {"sent": sends, "seconds": arrived},
        "egress": dataclasses.asdict(found),
        "seconds": round(time.monotonic() - begun, 1),
    }


def refuse_wrong(clone: Clone, wish: Wish) -> None:
    """:raises BackupError: something in the database is not as it has to be."""
    wrong = neutral_settings.check(clone.session, clone.database, wish)
    if wrong:
        listed = ", ".join(f"{name} ({number})" for name, number in sorted(wrong.items()))
        raise BackupError(
            f"{clone.database} is not neutralized; what is not as it has to be, and how often: {listed}. If it was"
            " neutralized just now, something in the database, a trigger for example, undoes what was set"
        )


def refuse_unserved(clone: Clone, wrong: t.Sequence[str]) -> None:
    """:raises BackupError: Odoo does not serve the clone as it should."""
    if wrong:
        raise BackupError(f"Odoo does not serve {clone.database}: {'; '.join(wrong)}")


def refuse_open(found: egress.Found, network: str) -> None:
    """:raises BackupError: something outside was reached."""
    if found.open:
        raise BackupError(
            f"the network {network} has a way out, to: {', '.join(found.open)}. Look at the droplet's firewall"
            " (playbook site, tag droplet_firewall) and at what else the network is connected with"
        )
