#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: certbot_certificate
short_description: Have certbot keep a certificate
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Asks an ACME authority for a certificate when there is none, when its names or its authority are no longer those
    that are wanted, or when it expires soon. Otherwise it asks nobody.
  - Before it asks, it makes sure that every name points to this droplet and that CAA records let the authority issue,
    since authorities ration failed attempts.
  - Only one certbot runs at a time; the others wait.
  - What an interrupted certbot left of a certificate is removed when another has been had.
  - Renewal is certbot's own business, by its timer. nginx is reloaded after each renewal.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  check_mode:
    support: full
    details:
      - Neither name servers nor the authority are asked in check mode.
  diff_mode:
    support: full
  idempotent:
    support: full
options:
  name:
    description: Name of the certificate, which is the name of its directory under C(/etc/letsencrypt/live).
    type: str
    required: true
  state:
    description: Whether certbot should keep the certificate.
    type: str
    choices: [present, absent]
    default: present
  domains:
    description: The names that the certificate is for. Required if O(state=present).
    type: list
    elements: str
  directory:
    description: Address of the authority's ACME directory.
    type: str
    default: https://acme-v02.api.letsencrypt.org/directory
  email:
    description: Where the authority may write to. Empty for an account without an address.
    type: str
    default: ''
  challenge:
    description: How control of the names is proven. Wildcards need V(dns-01).
    type: str
    choices: [http-01, dns-01]
    default: http-01
  webroot:
    description: Directory that nginx serves C(/.well-known/acme-challenge/) from.
    type: path
    default: /var/www/acme
  digitalocean_token:
    description:
      - Token that may write the DNS records of the names at DigitalOcean.
      - For O(challenge=dns-01) without O(dns_hook). It is kept in a file that only root can read.
    type: str
  dns_hook:
    description:
      - Program on the droplet that certbot runs with the argument C(add) or C(remove) for O(challenge=dns-01) instead
        of its DigitalOcean plugin. It finds C(CERTBOT_DOMAIN) and C(CERTBOT_VALIDATION) in its environment.
    type: path
    default: ''
  dns_wait:
    description: Seconds to wait for records to spread, for O(challenge=dns-01) with DigitalOcean.
    type: int
    default: 60
  renew_days:
    description: Renew a certificate that expires in fewer than this many days, or in the last third of its life.
    type: int
    default: 30
  check_dns:
    description: Whether to look at addresses and CAA records before asking.
    type: bool
    default: true
  resolvers:
    description: Name servers to ask, as C(address) or C(address:port). Empty for the system's.
    type: list
    elements: str
    default: []
  addresses:
    description: Addresses by which the droplet is reached from outside. Empty for those of its interfaces.
    type: list
    elements: str
    default: []
  issuers:
    description: Names that the authority goes by in CAA records. Empty if it has none.
    type: list
    elements: str
    default: []
"""

EXAMPLES = r"""
- name: Have a certificate for the shop
  ipai.odoo.certbot_certificate:
    name: erp
    domains:
      - erp.example.com
      - shop.example.com
    email: ops@example.com
    issuers:
      - letsencrypt.org

- name: Have it no longer
  ipai.odoo.certbot_certificate:
    name: erp
    state: absent
"""

RETURN = r"""
path:
  description: Directory with C(fullchain.pem) and C(privkey.pem).
  type: str
  returned: success
  sample: /etc/letsencrypt/live/erp
reasons:
  description: Why a certificate was asked for. Empty when it was not.
  type: list
  elements: str
  returned: success
  sample: [it expires in 12 days]
not_after:
  description: When the certificate expires (UTC, ISO 8601). Empty when there is none.
  type: str
  returned: success
  sample: '2026-03-01T12:00:00+00:00'
days_left:
  description: Days until it expires. V(0) when there is none.
  type: int
  returned: success
  sample: 89
"""

import contextlib
import datetime
import os
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils import _certbot, _command, _dns, _lock
from ansible_collections.ipai.odoo.plugins.module_utils._files import Access, FileError, access_of, write_atomic


def argument_spec() -> dict[str, t.Any]:
    return {
        "name": {"type": "str", "required": True},
        "state": {"type": "str", "choices": ["present", "absent"], "default": "present"},
        "domains": {"type": "list", "elements": "str"},
        "directory": {"type": "str", "default": "https://acme-v02.api.letsencrypt.org/directory"},
        "email": {"type": "str", "default": ""},
        "challenge": {"type": "str", "choices": ["http-01", "dns-01"], "default": "http-01"},
        "webroot": {"type": "path", "default": "/var/www/acme"},
        "digitalocean_token": {"type": "str", "no_log": True},
        "dns_hook": {"type": "path", "default": ""},
        "dns_wait": {"type": "int", "default": 60},
        "renew_days": {"type": "int", "default": 30},
        "check_dns": {"type": "bool", "default": True},
        "resolvers": {"type": "list", "elements": "str", "default": []},
        "addresses": {"type": "list", "elements": "str", "default": []},
        "issuers": {"type": "list", "elements": "str", "default": []},
    }


def wanted(params: t.Mapping[str, t.Any]) -> _certbot.Wanted:
    domains = tuple(dict.fromkeys(domain.lower() for domain in params["domains"] or ()))
    taken = ("name", "directory", "email", "challenge", "webroot", "dns_hook", "dns_wait", "renew_days")
    return _certbot.Wanted(domains=domains, **{key: params[key] for key in taken})


def keep_token(token: str | None, dry_run: bool) -> bool:
    """Keep the token where certbot finds it at renewals; returns whether the file changed."""
    path = _certbot.DIGITALOCEAN_CREDENTIALS
    data = f"dns_digitalocean_token = {token}\n".encode()
    access = Access(0, 0, 0o600)
    if access_of(path) == access:
        with open(path, "rb") as stream:
            if stream.read() == data:
                return False
    if not dry_run:
        os.makedirs(os.path.dirname(path), mode=0o755, exist_ok=True)
        write_atomic(path, data, access)
    return True


def ask(params: t.Mapping[str, t.Any], want: _certbot.Wanted) -> None:
    if not os.path.exists(_certbot.CERTBOT):
        raise _certbot.CertbotError(f"{_certbot.CERTBOT} is missing; run the role ipai.odoo.nginx on the droplet first")
    if params["check_dns"]:
        found = _dns.problems(
            want.domains,
            challenge=want.challenge,
            own=params["addresses"] or _certbot.own_addresses(_command.run),
            issuers=params["issuers"],
            lookup=_dns.resolver_lookup(params["resolvers"]),
        )
        if found:
            raise _certbot.CertbotError(
                "; ".join(found) + f". {want.directory} was not asked. Run again when the DNS is right"
            )
    # What is there but cannot be used is what an interrupted certbot left.
    unusable = _certbot.held(want.name, _command.run) is None
    with _certbot.set_aside(want.name) if unusable else contextlib.nullcontext():
        _certbot.certbot(_certbot.issue_argv(want), _command.run, _certbot.TIMEOUT + want.dns_wait * len(want.domains))


def present(module: AnsibleModule) -> dict[str, t.Any]:
    params = module.params
    want = wanted(params)
    changed = False
    if want.challenge == "dns-01" and not want.dns_hook:
        changed = keep_token(params["digitalocean_token"], module.check_mode)
    before = now = _certbot.held(want.name, _command.run)
    why = _certbot.reasons(want, before, datetime.datetime.now(datetime.timezone.utc))
    if why and not module.check_mode:
        with _lock.hold("certbot"):
            ask(params, want)
        now = _certbot.held(want.name, _command.run)
        if now is None:
            raise _certbot.CertbotError("certbot reported success, but the certificate cannot be read")
    was = "" if before is None else describe(before.domains, before.directory, before.not_after)
    wanted_text = describe(want.domains, want.directory, now.not_after if now and not module.check_mode else None)
    return result(module, now, {"changed": changed or bool(why), "reasons": why}, (was, wanted_text if why else was))


def describe(domains: t.Iterable[str], directory: str, end: datetime.datetime | None) -> str:
    until = f"until {end:%Y-%m-%d}\n" if end else ""
    return f"{', '.join(sorted(domains))}\nfrom {directory}\n{until}"


def absent(module: AnsibleModule) -> dict[str, t.Any]:
    name = module.params["name"]
    there = bool(_certbot.pieces(name))
    if there and not module.check_mode:
        with _lock.hold("certbot"):
            if _certbot.held(name, _command.run):
                _certbot.certbot(_certbot.delete_argv(name), _command.run)
            _certbot.discard(name)
    return result(module, None, {"changed": there, "reasons": []}, ("present\n" if there else "", ""))


def result(
    module: AnsibleModule, now: _certbot.Held | None, found: dict[str, t.Any], diff: tuple[str, str]
) -> dict[str, t.Any]:
    path = f"{_certbot.CONFIG}/live/{module.params['name']}"
    found.update(path=path, not_after="", days_left=0)
    if now:
        found["not_after"] = now.not_after.isoformat()
        found["days_left"] = int(now.days_left(datetime.datetime.now(datetime.timezone.utc)))
    if module._diff:
        found["diff"] = {"before_header": path, "after_header": path, "before": diff[0], "after": diff[1]}
    return found


def main() -> None:
    module = AnsibleModule(
        argument_spec=argument_spec(),
        required_if=[("state", "present", ["domains"])],
        supports_check_mode=True,
    )
    params = module.params
    by_dns = params["state"] == "present" and params["challenge"] == "dns-01"
    if by_dns and not params["dns_hook"] and not params["digitalocean_token"]:
        module.fail_json(
            msg="The challenge dns-01 needs nginx_acme_dns_digitalocean_token, or a program in nginx_acme_dns_hook."
        )
    try:
        outcome = present(module) if params["state"] == "present" else absent(module)
    except (_certbot.CertbotError, _dns.DnsError, _command.CommandError, FileError) as exc:
        module.fail_json(msg=f"No certificate for {', '.join(params['domains'] or [params['name']])}: {exc}.")
    module.exit_json(**outcome)


if __name__ == "__main__":
    main()
