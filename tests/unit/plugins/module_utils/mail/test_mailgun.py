# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import time
from datetime import datetime, timedelta, timezone

import pytest
from fake_catchers import Mailgun as Service

from ansible_collections.ipai.odoo.plugins.module_utils._mail import catchers
from ansible_collections.ipai.odoo.plugins.module_utils._mail import mailgun as mailgun_api
from ansible_collections.ipai.odoo.plugins.module_utils._mail.client import Client, MailError, retry_after
from ansible_collections.ipai.odoo.plugins.module_utils._mail.mailgun import Account, Mailgun
from ansible_collections.ipai.odoo.plugins.module_utils._mail.search import Query

from .conftest import mail

NOW = datetime.now(timezone.utc).replace(microsecond=250000) - timedelta(hours=1)


def account(service: Service, **changed: str) -> Account:
    named = {"domain": service.domain, "api_key": service.key, "address": f"catch-all@{service.domain}"}
    return Account(**{**named, "endpoint": service.address, **changed})


@pytest.fixture
def catcher(mailgun: Service) -> Mailgun:
    found = Mailgun(account(mailgun))
    found.settle(found.account.route(), dry_run=False)
    return found


def fill(service: Service, count: int) -> None:
    for number in range(count):
        service.receive(f"catch-all@{service.domain}", mail(number), NOW - timedelta(minutes=number))


def test_the_route_comes_is_mended_and_goes(mailgun: Service) -> None:
    there = Mailgun(account(mailgun))
    wanted = there.account.route(priority=3)
    assert there.settle(wanted, dry_run=True) == (None, wanted) and mailgun.routes == {}
    assert there.settle(wanted, dry_run=False) == (None, wanted)
    assert there.settle(wanted, dry_run=False) == (wanted, wanted) and len(mailgun.routes) == 1
    (route,) = mailgun.routes.values()
    assert route["expression"] == r'match_recipient("^catch-all@mg\.example\.com$")'
    assert (route["actions"], route["priority"]) == (["store()", "stop()"], 3)
    route["actions"] = ['forward("https://example.org/")']
    mailgun.routes["other"] = {**route, "expression": "catch_all()", "id": "other"}
    before, after = there.settle(wanted, dry_run=False)
    assert before != wanted and after == wanted and route != (wanted, "changed")
    assert sorted(one["actions"][0] for one in mailgun.routes.values()) == [
        'forward("https://example.org/")',
        "store()",
    ]
    assert there.settle(None, dry_run=False) == (wanted, None) and list(mailgun.routes) == ["other"]
    assert there.settle(None, dry_run=False) == (None, None)


def test_routes_over_several_pages(mailgun: Service) -> None:
    for number in range(230):
        route = {"expression": f'match_recipient("{number}")', "actions": ["stop()"], "priority": 0, "description": ""}
        mailgun.routes[str(number)] = {"id": str(number), **route}
    assert len(Mailgun(account(mailgun)).routes()) == 230


def test_what_the_route_stores_is_listed_and_read(
    mailgun: Service, catcher: Mailgun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(mailgun_api, "EVENTS", 50)
    fill(mailgun, 105)
    mailgun.receive(f"somebody@{mailgun.domain}", mail(999), NOW)
    found = catchers.pick(catcher, Query())
    assert [one.subject.split()[-1] for one in found] == [str(number) for number in range(105)]
    assert found[0].recipients == ("José Ñandú <c0@example.com>", "b@example.com") and found[0].attachments == 1
    summary, message, _raw = catchers.one(catcher, Query(), found[7].id)
    assert (summary.at, message.text) == (NOW - timedelta(minutes=7), "Hola, invoice 7\n")
    assert [item.name for item in message.attachments] == ["part-1.png", "factura ñ 7.pdf"]


def test_search(mailgun: Service, catcher: Mailgun) -> None:
    fill(mailgun, 12)
    span = Query(since=NOW - timedelta(minutes=3), before=NOW - timedelta(minutes=1))
    assert [one.subject.split()[-1] for one in catchers.pick(catcher, span)] == ["1", "2", "3"]
    assert [one.subject.split()[-1] for one in catchers.pick(catcher, Query(text="invoice 5"))] == ["5"]
    assert catchers.pick(catcher, Query(to="c11@"))[0].subject.endswith("11")


def test_the_key_goes_to_the_endpoint_alone(
    mailgun: Service, catcher: Mailgun, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever an answer says where to go on, and where a mail is stored."""
    monkeypatch.setattr(mailgun_api, "EVENTS", 5)
    fill(mailgun, 11)
    mailgun.next_at = "http://127.0.0.1:1"
    assert len(catchers.pick(catcher, Query())) == 11
    assert mailgun.key not in repr(catcher.account)


def test_health(mailgun: Service, catcher: Mailgun) -> None:
    assert catcher.health() == catchers.Health("mailgun", "", "")
    mailgun.routes.clear()
    assert catcher.health().takes == "no route stores what comes to catch-all@mg.example.com"
    wrong = Mailgun(account(mailgun, api_key="wrong")).health()
    assert "answers 401" in wrong.answers and "Is the API key right" in wrong.answers and "wrong" not in wrong.answers


def test_a_mail_that_is_kept_no_longer(mailgun: Service, catcher: Mailgun) -> None:
    fill(mailgun, 1)
    mailgun.stored.clear()
    with pytest.raises(MailError, match=r"has the event of mail .*, but no longer the mail"):
        catchers.one(catcher, Query(), "latest")


def test_too_many_questions_are_asked_again_when_it_says(mailgun: Service, catcher: Mailgun) -> None:
    fill(mailgun, 2)
    mailgun.busy = 3
    assert len(catchers.pick(catcher, Query())) == 2
    waited: list[float] = []
    mailgun.busy, mailgun.retry_after = 99, "50"
    client = Client(mailgun.address, login=("api", mailgun.key), sleep=waited.append)
    with pytest.raises(MailError, match="answers 429: too many requests; it wants us to come back after 50"):
        catchers.pick(Mailgun(account(mailgun), client), Query())
    assert waited == [50.0, 50.0]


def test_when_to_ask_again() -> None:
    assert retry_after(None) == retry_after("soon") == 1.0
    assert retry_after("2.5") == 2.5 and retry_after("0") == 0.1
    assert (
        retry_after("Sat, 21 Nov 2026 02:00:10 GMT", datetime(2026, 11, 21, 2, tzinfo=timezone.utc).timestamp()) == 10
    )
    assert retry_after("Sat, 21 Nov 2026 02:00:10 GMT", time.time() + 10**9) == 0.1


@pytest.mark.parametrize(
    ("changed", "told"),
    [
        ({"endpoint": "http://api.mailgun.net"}, "must begin with https://"),
        ({"endpoint": "api.mailgun.net"}, "must begin with https://"),
        ({"domain": "example.com/v3"}, "is no domain"),
        ({"address": "catch-all@example.org"}, "is no address of mg.example.com"),
        ({"address": '.*")@mg.example.com'}, "is no address of mg.example.com"),
    ],
)
def test_an_account_that_cannot_be_meant(mailgun: Service, changed: dict[str, str], told: str) -> None:
    with pytest.raises(MailError, match=told):
        Mailgun(account(mailgun, **changed))


def test_nobody_answers(mailgun: Service) -> None:
    with pytest.raises(MailError, match=r"http://127.0.0.1:1 does not answer: .*refused"):
        Mailgun(account(mailgun, endpoint="http://127.0.0.1:1")).routes()
