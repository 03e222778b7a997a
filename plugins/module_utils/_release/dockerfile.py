# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""How the image of a release is made: the files that it is built with, as texts.  Pure."""

from __future__ import annotations

import shlex

from ansible_collections.ipai.odoo.plugins.module_utils._release import programs
from ansible_collections.ipai.odoo.plugins.module_utils._release.recipe import ADDONS, HOME, Recipe

VENV = f"{HOME}/venv"
CERTIFICATES = "/usr/local/share/ca-certificates/ipai"
BUNDLE = "/etc/ssl/certs/ca-certificates.crt"


def files(recipe: Recipe) -> dict[str, str]:
    """The texts of the build context by path, without certificates and addons."""
    result = {
        "Dockerfile": dockerfile(recipe),
        "bin/entrypoint": programs.ENTRYPOINT,
        "bin/healthcheck": programs.HEALTHCHECK,
    }
    if recipe.pip_packages:
        result["requirements.txt"] = "".join(f"{line.strip()}\n" for line in recipe.pip_packages)
    return result


def _run(*commands: str) -> str:
    return "RUN " + " \\\n && ".join(commands)


def dockerfile(recipe: Recipe) -> str:
    """How the image is made.  Works with BuildKit and with the builder before it.

    What changes seldom comes first, so that a release with other addons only
    adds a layer to what is there.
    """
    lines = [f"FROM {recipe.base_pinned or recipe.base}", "USER root"]
    if recipe.certificates:
        lines += [
            f"COPY certificates/ {CERTIFICATES}/",
            _run("update-ca-certificates"),
            # Python's packages bring certificates of their own and do not ask the system.
            f"ENV PIP_CERT={BUNDLE} REQUESTS_CA_BUNDLE={BUNDLE} SSL_CERT_FILE={BUNDLE}",
        ]
    install = "apt-get install -y --no-install-recommends"
    if recipe.apt_packages:
        lines.append(
            _run(
                "export DEBIAN_FRONTEND=noninteractive",
                "apt-get update",
                f"{install} {' '.join(shlex.quote(package) for package in sorted(set(recipe.apt_packages)))}",
                "rm -rf /var/lib/apt/lists/*",
            )
        )
    if recipe.pip_packages:
        lines += [
            f"COPY requirements.txt {HOME}/requirements.txt",
            # PEP 668: the distribution's Python is not for pip. A venv that sees its packages is, and Odoo runs in it.
            _run(
                "if ! python3 -m pip --version >/dev/null 2>&1; then"
                f" apt-get update && DEBIAN_FRONTEND=noninteractive {install} python3-pip"
                " && rm -rf /var/lib/apt/lists/*; fi",
                f"python3 -m venv --system-site-packages --without-pip {VENV}",
                f"python3 -m pip --python {VENV}/bin/python3 install --no-cache-dir"
                f" --disable-pip-version-check --root-user-action=ignore --requirement {HOME}/requirements.txt",
                f'printf \'#!/bin/sh\\nexec {VENV}/bin/python3 %s "$@"\\n\' "$(command -v odoo)" >{VENV}/bin/odoo',
                f"chmod 0755 {VENV}/bin/odoo",
            ),
            f"ENV PATH={VENV}/bin:$PATH",
        ]
    lines.append(f"COPY bin/ {HOME}/bin/")
    lines += [f"ADD addons/{repository.name}.tar {repository.addons}/" for repository in recipe.repositories]
    if recipe.repositories:
        # The root file system is read-only when Odoo runs: what is not compiled now is compiled at every start.
        lines.append(_run(f"python3 -m compileall -q {ADDONS} || true"))
    lines += [
        "ENV ODOO_RC=/etc/odoo/odoo.conf PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1",
        f'HEALTHCHECK --interval=30s --timeout=30s --start-period=180s --retries=3 CMD ["{HOME}/bin/healthcheck"]',
        f'ENTRYPOINT ["{HOME}/bin/entrypoint"]',
        'CMD ["odoo"]',
        "USER odoo",
    ]
    return "\n".join(lines) + "\n"
