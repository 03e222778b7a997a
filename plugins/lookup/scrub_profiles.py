# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: scrub_profiles
short_description: Read what a refresh does with the columns of a database
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Reads the profiles of the collection for a series of Odoo, and after them those of the operator, whose rules hold
    where both say something.
  - A mistake in a profile is told with the file, the table and the column.
options:
  _terms:
    description:
      - The folder with the collection's profiles.
    type: list
    elements: path
    required: true
  series:
    description:
      - The series of Odoo, such as V(19.0).
    type: str
    required: true
  own:
    description:
      - Files of the operator's, the later over the earlier.
    type: list
    elements: path
    default: []
"""

EXAMPLES = r"""
- name: How many files there are
  ansible.builtin.debug:
    msg: "{{ query('ipai.odoo.scrub_profiles', 'profiles', series='19.0', own=['ipai.yml']) | length }}"
"""

RETURN = r"""
_raw:
  description: The profiles, each with C(name), C(own) and C(tables).
  type: list
  elements: dict
"""

import typing as t
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import profile


class LookupModule(LookupBase):
    """Entry point of Ansible."""

    def run(
        self, terms: t.Sequence[str], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any
    ) -> list[dict[str, t.Any]]:
        self.set_options(var_options=variables, direct=kwargs)
        try:
            layers = [one for folder in terms for one in profile.shipped(Path(folder), self.get_option("series"))]
            layers += [profile.read(Path(path), own=True) for path in self.get_option("own")]
            profile.load(layers)
        except (OSError, profile.ProfileError) as exc:
            raise AnsibleError(f"Profiles of the scrubber: {exc}") from exc
        return [{"name": one.name, "own": one.own, "tables": dict(one.tables)} for one in layers]
