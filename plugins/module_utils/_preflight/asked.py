# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""What a playbook was asked on its command line: hosts that it does not work on, variables that it does not take.

Ansible skips plays without hosts and takes variables that nobody reads, and is content both times.
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Collection, Mapping, Sequence

from ansible_collections.ipai.odoo.plugins.module_utils._preflight.inventory import ROLES

#: What the variables of playbooks begin with.
VERBS = ("drill_", "export_", "import_", "mail_", "recover_", "report_", "restore_")
#: What people type instead of such a variable.
SHORT = (
    *("backup", "backup_id", "confirm", "file", "folder", "id", "label", "moment", "name", "publish", "reason"),
    *("repository", "source", "target_time", "time"),
)
#: Variables of the inventory, which any playbook takes.
OTHERS = ("ansible_", *(f"{role}_" for roles in ROLES.values() for role in roles))
#: How much alike two names are of which one is the other, misspelt.
ALIKE = 0.75


def refused_hosts(
    wanted: Sequence[str], groups: Mapping[str, Sequence[str]], chosen: Collection[str], limit: Sequence[str]
) -> str:
    """Why a playbook has nothing to do, or less than somebody thinks; empty if all is well.

    :param wanted: the groups whose hosts it works on.
    :param chosen: all hosts that C(--limit) leaves.
    :param limit: the patterns of C(--limit), none if it was not given.
    """
    what = " or ".join((", ".join(wanted[:-1]), wanted[-1])) if len(wanted) > 1 else wanted[0]
    members = {host for group in wanted for host in groups.get(group, ())}
    if not members:
        return (
            f"There is nothing to do: the inventory has no host in {what}. Is this the right folder, and -i the right"
            " path? inventories/example shows an inventory."
        )
    strange = [pattern for pattern in limit if not _fits(pattern, members, groups)]
    if strange or not members.intersection(chosen):
        named = ", ".join(strange or limit)
        return f"--limit {named} names no host in {what}. There are: {', '.join(sorted(members))}. Nothing was touched."
    return ""


def _fits(pattern: str, members: Collection[str], groups: Mapping[str, Sequence[str]]) -> bool:
    name = pattern.lstrip("!&")
    if re.search(r"[*?~@\[]", name):
        return True  # whether that leaves anything is seen by what is chosen
    everyone = {host for hosts in groups.values() for host in hosts}
    hosts = groups.get(name, [name] if name in everyone else [])
    # What is left out, or common to all, may be anything that there is.
    return bool(hosts) if name != pattern else bool(set(hosts).intersection(members))


def refused_variables(given: Collection[str], known: Sequence[str]) -> str:
    """Why variables that were given with C(-e) cannot be meant; empty if all can.

    :param known: the playbook's own.
    """
    strange = [name for name in sorted(given) if name not in known and _meant_for_us(name, known)]
    if not strange:
        return ""
    means = "means" if len(strange) == 1 else "mean"
    there = f"There are: {', '.join(sorted(known))}" if known else "There is none"
    return f"{', '.join(strange)} {means} nothing here. {there}. Nothing was touched."


def _meant_for_us(name: str, known: Sequence[str]) -> bool:
    if name in SHORT:
        return True
    # The role mail_catcher has variables that begin like those of the playbook mail.
    if name.startswith(OTHERS):
        return False
    return name.startswith(VERBS) or bool(difflib.get_close_matches(name, {*known, *SHORT}, 1, ALIKE))
