# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later
"""UFW's rules and files, from its own words."""

from __future__ import annotations

import typing as t
from pathlib import Path

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils import _firewall
from ansible_collections.ipai.odoo.plugins.module_utils._command import Result
from ansible_collections.ipai.odoo.plugins.module_utils._firewall import added, commands, plan, with_block

RULES = ["deny in on odn-+", "limit 22/tcp", "allow 80/tcp", "allow 443/tcp"]
SHOWN = """Added user rules (see 'ufw status' for running firewall):
ufw deny in on odn-+ comment 'ipai.odoo'
ufw limit 22/tcp comment 'ipai.odoo'
ufw allow 80/tcp comment 'ipai.odoo'
ufw allow 443/tcp comment 'ipai.odoo'
ufw allow from 10.0.0.0/8 to any port 9100 proto tcp
"""


def words(steps: list[list[str]]) -> list[str]:
    return [" ".join(step) for step in steps]


class TestRules:
    def test_in_place(self) -> None:
        assert plan(RULES, added(SHOWN)) == []

    def test_a_new_firewall_gets_all_isolation_first(self) -> None:
        assert words(plan(RULES, added("(None)\n"))) == [
            "prepend deny in on odn-+ comment ipai.odoo",
            "limit 22/tcp comment ipai.odoo",
            "allow 80/tcp comment ipai.odoo",
            "allow 443/tcp comment ipai.odoo",
        ]

    def test_those_no_longer_wanted_go_last_and_the_operators_stay(self) -> None:
        wanted = ["deny in on odn-+", "allow from 203.0.113.0/24 to any port 22 proto tcp", "allow 443/tcp"]
        assert words(plan(wanted, added(SHOWN))) == [
            "allow from 203.0.113.0/24 to any port 22 proto tcp comment ipai.odoo",
            "delete limit 22/tcp",
            "delete allow 80/tcp",
        ]

    def test_isolation_comes_back_to_the_front(self) -> None:
        shown = "ufw allow 22/tcp\nufw deny in on odn-+ comment 'ipai.odoo'\n"
        assert words(plan(["deny in on odn-+"], added(shown))) == [
            "delete deny in on odn-+",
            "prepend deny in on odn-+ comment ipai.odoo",
        ]

    def test_another_action_takes_the_place_of_the_first(self) -> None:
        """UFW changes the rule where it stands; to delete the old one would be in vain."""
        assert words(plan([*RULES[:1], "allow 22/tcp", *RULES[2:]], added(SHOWN))) == ["allow 22/tcp comment ipai.odoo"]
        shown = "ufw allow in on odn-+ comment 'ipai.odoo'\n"
        assert words(plan(RULES[:1], added(shown))) == [
            "delete allow in on odn-+",
            "prepend deny in on odn-+ comment ipai.odoo",
        ]

    @pytest.mark.parametrize(
        ("source", "shown"),
        [
            ("203.0.113.5/32", "from 203.0.113.5 to any port 22 proto tcp"),
            ("203.0.113.5/24", "from 203.0.113.0/24 to any port 22 proto tcp"),
            ("203.0.113.5/255.255.255.0", "from 203.0.113.0/24 to any port 22 proto tcp"),
            ("2001:DB8:0::1/128", "from 2001:db8::1 to any port 22 proto tcp"),
            ("2001:DB8::5/64", "from 2001:db8::5/64 to any port 22 proto tcp"),
            ("0.0.0.0/0", "22/tcp"),
            ("::/0", "22/tcp"),
        ],
    )
    def test_addresses_in_ufws_words(self, source: str, shown: str) -> None:
        """What UFW 0.36.2 makes of them.  To take them for others would add nothing and then delete the only rule."""
        rule = f"limit from {source} to any port 22 proto tcp"
        assert words(plan([rule], [])) == [f"{rule} comment ipai.odoo"]
        assert plan([rule], added(f"ufw limit {shown} comment 'ipai.odoo'\n")) == []

    def test_everything_is_asked_for_in_both_families(self) -> None:
        rules = [f"limit from {source} to any port 22 proto tcp" for source in ("0.0.0.0/0", "::/0")]
        assert words(plan(rules, [])) == [f"{rule} comment ipai.odoo" for rule in rules]


class TestFiles:
    BLOCK = "# BEGIN ipai.odoo\n*filter\nCOMMIT\n# END ipai.odoo\n"

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("", BLOCK),
            ("COMMIT", f"COMMIT\n{BLOCK}"),
            (f"COMMIT\n{BLOCK}", f"COMMIT\n{BLOCK}"),
            ("a\n# BEGIN ipai.odoo\nold\n# END ipai.odoo\nb\n", f"a\n{BLOCK}b\n"),
        ],
    )
    def test_block_is_put_in_or_replaced(self, text: str, expected: str) -> None:
        assert with_block(text, "*filter\nCOMMIT\n") == expected

    def test_no_block_leaves_nothing(self) -> None:
        assert with_block(f"a\n{self.BLOCK}b\n", "") == "a\nb\n"

    @pytest.mark.parametrize(
        ("text", "expected"),
        [
            ("IPV6=yes\nIPT_SYSCTL=/etc/ufw/sysctl.conf\nX=1\n", "IPV6=yes\nIPT_SYSCTL=\nX=1\n"),
            ("#IPT_SYSCTL=/etc/ufw/sysctl.conf\n", "IPT_SYSCTL=\n"),
            ("IPV6=yes\n", "IPV6=yes\nIPT_SYSCTL=\n"),
        ],
    )
    def test_kernel_settings_are_not_ufws(self, text: str, expected: str) -> None:
        assert _firewall.without_sysctl(text) == expected
        assert _firewall.without_sysctl(expected) == expected


@pytest.mark.parametrize(
    ("there", "status", "stamp", "steps"),
    [
        (False, "", "", ["prepend deny in on odn-+ comment ipai.odoo", "--force enable"]),
        (True, "Status: inactive\n", "new", ["--force enable"]),
        (True, "Status: active\n", "new", []),
        (True, "Status: active\n", "old", ["reload"]),
        (True, "Status: active\n", "", ["reload"]),
    ],
)
def test_commands_that_are_due(
    there: bool, status: str, stamp: str, steps: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def run(argv: t.Sequence[str], **unused: t.Any) -> Result:
        said = status if argv[1] == "status" else "ufw deny in on odn-+ comment 'ipai.odoo'\n"
        return Result(tuple(argv), 0, said, "")

    (tmp_path / "stamp").write_text(stamp)
    monkeypatch.setattr(_firewall, "UFW", str(tmp_path if there else tmp_path / "ufw"))
    monkeypatch.setattr(_firewall, "STAMP", str(tmp_path / "stamp"))
    assert words(commands(run, ["deny in on odn-+"], "new")) == steps
