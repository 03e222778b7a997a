#!/usr/bin/python
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

from __future__ import annotations

DOCUMENTATION = r"""
module: mail_page
short_description: Write a mail as a page that can be opened anywhere
version_added: 0.1.0
author:
  - ipai.odoo contributors (@ipai)
description:
  - Writes C(index.html) with the headers, the text and the HTML of a mail, C(message.eml) with the mail as it
    travelled, and its attachments in C(files/), all readable by their owner alone.
  - The page does nothing. What acts or loads is taken out of the mail's HTML, which stands in a frame without scripts.
    Pictures that the mail carries are shown, and others are not fetched. So nobody learns that the mail was read.
extends_documentation_fragment:
  - ipai.odoo._attributes
  - ipai.odoo._attributes.full
  - ipai.odoo._attributes.actiongroup_odoo
attributes:
  diff_mode:
    details:
      - Names the files that are written, and shows nothing of the mail.
options:
  source:
    description:
      - The mail as it travelled, in Base64, as RV(ipai.odoo.mail_catcher_info#module:mail.source) has it.
    type: str
    required: true
  path:
    description:
      - Folder for the page. It is made if it is missing. Other files in it are left alone.
    type: path
    required: true
  caught:
    description:
      - When it was caught, as the page shows it.
    type: str
    default: ''
seealso:
  - module: ipai.odoo.mail_catcher_info
"""

EXAMPLES = r"""
- name: Get the newest mail
  ipai.odoo.mail_catcher_info:
    id: latest
    include: [source]
  register: newest

- name: Save it here as a page
  ipai.odoo.mail_page:
    source: "{{ newest.mail.source }}"
    caught: "{{ newest.mail.at }}"
    path: ~/mails/{{ newest.mail.id }}
  delegate_to: localhost
  become: false
"""

RETURN = r"""
page:
  description: Path of the page.
  type: str
  returned: success
  sample: /home/ops/mails/dpkAjYzu/index.html
paths:
  description: Paths of the files and directories that were changed.
  type: list
  elements: str
  returned: success
  sample: [/home/ops/mails/dpkAjYzu/index.html]
"""

import base64
import os
import typing as t

from ansible.module_utils.basic import AnsibleModule

from ansible_collections.ipai.odoo.plugins.module_utils import _tree
from ansible_collections.ipai.odoo.plugins.module_utils._files import FileError
from ansible_collections.ipai.odoo.plugins.module_utils._mail import page
from ansible_collections.ipai.odoo.plugins.module_utils._mail.message import read


def argument_spec() -> dict[str, t.Any]:
    return {
        # Personal, and long: nothing for a log.
        "source": {"type": "str", "required": True, "no_log": True},
        "path": {"type": "path", "required": True},
        "caught": {"type": "str", "default": ""},
    }


def wanted(folder: str, raw: bytes, caught: str) -> t.Iterator[_tree.Wanted]:
    """All that is to lie in the folder."""
    access = str(os.getuid()), str(os.getgid())
    message = read(raw)
    files = page.file_names(message.attachments)
    for name in ("", "files") if files else ("",):
        yield _tree.Wanted(os.path.join(folder, name).rstrip("/"), None, *access, "0700", directory=True)
    contents = {"index.html": page.page(message, caught, files).encode("utf-8", "replace"), "message.eml": raw}
    contents.update((path, item.content) for path, item in files.items())
    for name, content in contents.items():
        yield _tree.Wanted(os.path.join(folder, name), content, *access, "0600")


def main() -> None:
    module = AnsibleModule(argument_spec=argument_spec(), supports_check_mode=True)
    folder = os.path.abspath(module.params["path"])
    try:
        raw = base64.b64decode(module.params["source"], validate=True)
    except ValueError:
        module.fail_json(msg="source is no Base64: hand on what mail_catcher_info returns with include: [source]")
    try:
        changes = _tree.plan(wanted(folder, raw, module.params["caught"]))
        if not module.check_mode:
            for change in changes:
                _tree.put(change)
    except (FileError, OSError) as exc:
        module.fail_json(msg=str(exc))
    paths = [change.path for change in changes]
    result: dict[str, t.Any] = {"changed": bool(changes), "paths": paths, "page": os.path.join(folder, "index.html")}
    if module._diff:
        result["diff"] = {"before": "", "after": "".join(f"{path}\n" for path in paths)}
    module.exit_json(**result)


if __name__ == "__main__":
    main()
