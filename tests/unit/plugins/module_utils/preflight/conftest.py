# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

import copy
import typing as t

import pytest

from ansible_collections.ipai.odoo.plugins.module_utils._preflight.checks import find_problems
from ansible_collections.ipai.odoo.plugins.module_utils._preflight.inventory import Host, Problem

FACTS = {
    "memtotal_mb": 7900,
    "processor_vcpus": 2,
    "distribution": "Debian",
    "distribution_version": "13.1",
    "distribution_major_version": "13",
}
SPECS: dict[str, dict[str, dict[str, t.Any]]] = {
    "backup": {
        "main": {
            "backup_repositories": {"type": "list", "elements": "dict", "default": []},
            "backup_key": {"type": "str"},
            "backup_recovery_kit": {"type": "str", "default": "{{ inventory_dir }}/recovery"},
            "backup_webhook": {"type": "str", "default": ""},
            "backup_timezone": {"type": "str", "default": "Asia/Singapore"},
            "backup_schedule": {"type": "str", "default": "*-*-* 02:00:00"},
            "backup_filestore_interval": {"type": "int", "default": 10},
            "backup_keep_days": {"type": "int", "default": 30},
        }
    },
    "hardening": {
        "main": {
            "hardening_admin_keys": {"type": "list", "elements": "str", "default": []},
            "hardening_admin_user": {"type": "str", "default": "ops"},
        }
    },
    "mail_catcher": {
        "main": {
            "mail_catcher_domain": {"type": "str"},
            "mail_catcher_memory_mb": {"type": "int", "default": 192},
            "mail_catcher_login_user": {"type": "str", "default": "mail"},
            "mail_catcher_login_password": {"type": "str"},
        }
    },
    "nginx": {
        "main": {"nginx_max_body_mb": {"type": "int", "default": 100}},
        "vhost": {
            "nginx_acme_email": {"type": "str", "required": True},
            "nginx_vhost_login": {"type": "list", "elements": "dict"},
        },
    },
    "postgres": {
        "main": {
            "postgres_mode": {"type": "str", "choices": ["container", "managed"], "default": "container"},
            "postgres_memory_mb": {"type": "int", "default": 1024},
            "postgres_max_connections": {"type": "int", "default": 100},
            "postgres_host": {"type": "str"},
            "postgres_admin_password": {"type": "str"},
            "postgres_archive": {"type": "bool", "default": False},
            "postgres_archive_key": {"type": "str"},
            "postgres_archive_recovery_kit": {"type": "str", "default": "{{ backup_recovery_kit | default('kit') }}"},
            "postgres_license": {"type": "str", "required": True, "description": ["Says O(yes). More."]},
        },
        "database": {"postgres_database_name": {"type": "str", "default": "{{ inventory_hostname }}"}},
    },
    "odoo": {
        "main": {
            "odoo_droplet": {"type": "str", "required": True},
            "odoo_domain": {"type": "str", "required": True},
            "odoo_domain_aliases": {"type": "list", "elements": "str", "default": []},
            "odoo_version": {"type": "str", "default": "18.0", "choices": ["18.0", "19.0"]},
            "odoo_memory_mb": {"type": "int", "default": 2048},
            "odoo_cpus": {"type": "float", "default": 0},
            "odoo_backup": {"type": "bool", "default": "{{ __odoo_stages[odoo_stage].backup }}"},
            "odoo_egress": {"type": "bool", "default": "{{ __odoo_stages[odoo_stage].egress }}"},
            "odoo_workers": {"type": "str", "default": "{{ __odoo_stages[odoo_stage].workers }}"},
            "odoo_cron_threads": {"type": "str", "default": "auto"},
            "odoo_stage": {"type": "str", "default": ""},
            "odoo_config": {"type": "dict", "default": {}},
            "odoo_addon_config": {"type": "dict", "default": {}},
            "odoo_secret_addon_config": {"type": "dict", "default": {}, "no_log": True},
            "odoo_config_sections": {"type": "dict", "default": {}},
            "odoo_admin_login": {"type": "str", "default": "admin"},
            "odoo_admin_password": {"type": "str"},
            "odoo_smtp_password": {"type": "str"},
            "odoo_modules": {"type": "list", "elements": "str"},
            "odoo_crons": {"type": "bool", "default": "{{ __odoo_stages[odoo_stage].crons }}"},
            "odoo_addon_repositories": {"type": "list", "elements": "dict", "default": []},
            "odoo_pip_packages": {"type": "list", "elements": "str", "default": []},
        }
    },
}


class Site:
    """A sound inventory to spoil."""

    def __init__(self) -> None:
        self.groups: dict[str, list[str]] = {
            "droplets": ["droplet"],
            "databases": ["pg"],
            "environments": ["erp", "erp-staging"],
            "production": ["erp"],
            "staging": ["erp-staging"],
        }
        self.values: dict[str, dict[str, t.Any]] = {
            "droplet": {"ansible_host": "192.0.2.1", "mail_catcher_domain": "mail.example.com"},
            "pg": {"postgres_droplet": "droplet", "postgres_license": "yes"},
            "erp": self.environment("erp.example.com"),
            "erp-staging": self.environment("staging.example.com"),
        }
        self.broken: dict[str, dict[str, str]] = {}
        self.facts: dict[str, dict[str, t.Any]] = {"droplet": dict(FACTS)}

    def manage(self) -> None:
        """Somebody else runs the database server, and makes its backups."""
        self.values["pg"].update(
            postgres_mode="managed", postgres_host="db.example.com", postgres_admin_password="tq7-Vd9x.Lm2Zr"
        )
        self.values["erp"]["odoo_backup"] = False

    @staticmethod
    def environment(domain: str) -> dict[str, t.Any]:
        return {
            "odoo_domain": domain,
            "odoo_droplet": "droplet",
            "odoo_database_server": "pg",
            "odoo_workers": 2,
            "backup_repositories": [{"name": "disk", "path": "/srv/backup"}],
        }

    def problems(self, allowed: t.Collection[str] = ()) -> list[Problem]:
        hosts = {
            name: Host(name, values, self.broken.get(name, {}), self.facts.get(name, {}))
            for name, values in self.values.items()
        }
        before = copy.deepcopy(hosts)
        found = find_problems(self.groups, hosts, SPECS, allowed)
        assert hosts == before
        return found

    def one(self) -> Problem:
        found = self.problems()
        assert len(found) == 1, found
        return found[0]


@pytest.fixture
def site() -> Site:
    return Site()
