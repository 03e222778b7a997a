# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
name: scrub_words
short_description: Have the words that fakes of names and places are made of
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Gives the path of a file with names of persons, cities and streets, by locale. Faker makes it, the first time that
    it is asked for. The file's name tells of which locales and by which release of Faker.
requirements:
  - Faker on the controller
options:
  _terms:
    description:
      - Locales as Faker calls them, such as V(es_CL).
    type: list
    elements: str
    required: true
  cache:
    description:
      - Folder that the file is kept in.
    type: path
    default: ~/.cache/ipai-odoo/words
"""

EXAMPLES = r"""
- name: Where the words are
  ansible.builtin.debug:
    msg: "{{ lookup('ipai.odoo.scrub_words', 'en_US', 'es_CL') }}"
"""

RETURN = r"""
_raw:
  description: The path of the file.
  type: list
  elements: path
"""

import typing as t
from pathlib import Path

from ansible.errors import AnsibleError
from ansible.plugins.lookup import LookupBase

from ansible_collections.ipai.odoo.plugins.module_utils._scrub import words


class LookupModule(LookupBase):
    """Entry point of Ansible."""

    def run(self, terms: t.Sequence[str], variables: t.Mapping[str, t.Any] | None = None, **kwargs: t.Any) -> list[str]:
        self.set_options(var_options=variables, direct=kwargs)
        try:
            return [str(words.kept(Path(self.get_option("cache")), terms))]
        except ImportError as exc:
            raise AnsibleError(
                "The names of fakes are made by Faker, which Ansible's Python lacks: pip install Faker"
            ) from exc
        except (OSError, words.WordsError) as exc:
            raise AnsibleError(f"Words for fakes: {exc}") from exc
