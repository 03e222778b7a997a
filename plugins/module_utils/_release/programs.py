# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""The programs that every release holds, as texts: they run in the image, with its Python and nothing of ours."""

from __future__ import annotations

ENTRYPOINT = '''#!/usr/bin/env python3
"""Wait for the environment's database, then become Odoo.

Takes the place of the base image's own entrypoint, which hands the database
password to Odoo as an argument, for everyone to read in the list of processes.
Here Odoo finds it where it belongs, in its configuration file.
"""
import configparser
import os
import sys
import time

import psycopg2

SECONDS = 60


def wait():
    config = configparser.RawConfigParser(strict=False)
    config.read(os.environ["ODOO_RC"])
    options = dict(config.items("options")) if config.has_section("options") else {}
    if not options.get("db_host"):
        sys.exit("%s names no db_host" % os.environ["ODOO_RC"])
    settings = {
        "host": options["db_host"],
        "port": options.get("db_port") or 5432,
        "user": options.get("db_user"),
        "password": options.get("db_password"),
        "dbname": options.get("db_name") or "postgres",
        "sslmode": options.get("db_sslmode") or "prefer",
        "connect_timeout": 5,
    }
    end = time.monotonic() + SECONDS
    while True:
        try:
            psycopg2.connect(**settings).close()
            return
        except psycopg2.OperationalError as error:
            if time.monotonic() > end:
                sys.exit("The database did not answer within %d seconds: %s" % (SECONDS, error))
        time.sleep(0.5)


def main(arguments):
    if arguments and arguments[0] == "odoo":
        arguments = arguments[1:]
    elif arguments and not arguments[0].startswith("-"):
        os.execvp(arguments[0], arguments)
    if arguments[:1] != ["scaffold"]:
        wait()
    os.execvp("odoo", ["odoo"] + arguments)


main(sys.argv[1:])
'''

HEALTHCHECK = '''#!/usr/bin/env python3
"""Does this Odoo serve its database?  Exit 0: yes; 1: no, and one line says why.

/web/health says yes while the database is down.  The login page cannot be made
without asking the real database, and one of its assets proves the filestore.
"""
import http.client
import os
import re
import sys

PORT = 8069
COOKIE = "/tmp/.ipai-healthcheck"
ASSET = re.compile(r"""(?:href|src)=["'](/web/(?:assets|static)/[^"'?]+\\.(?:css|js)[^"']*)["']""")


def read_cookie():
    # One session for all checks: otherwise each of them leaves a session file behind.
    try:
        with open(COOKIE) as stream:
            return stream.read(200).strip()
    except OSError:
        return ""


def write_cookie(value):
    try:
        descriptor = os.open(COOKIE, os.O_WRONLY | os.O_CREAT | os.O_TRUNC | os.O_NOFOLLOW, 0o600)
        with os.fdopen(descriptor, "w") as stream:
            stream.write(value)
    except OSError:
        pass


def get(path, cookie=""):
    connection = http.client.HTTPConnection("127.0.0.1", PORT, timeout=25)
    try:
        connection.request("GET", path, headers={"Cookie": "session_id=" + cookie} if cookie else {})
        answer = connection.getresponse()
        return answer, answer.read()
    finally:
        connection.close()


def main():
    cookie = read_cookie()
    path = "/web/login"
    for _unused in range(3):
        answer, body = get(path, cookie)
        found = re.search(r"session_id=([^;]+)", answer.headers.get("Set-Cookie", ""))
        if found and found.group(1) != cookie:
            cookie = found.group(1)
            write_cookie(cookie)
        if answer.status not in (301, 302, 303, 307, 308):
            break
        host, path = re.fullmatch(r"(?:https?://([^/]+))?(.*)", answer.headers.get("Location", "")).groups()
        if host and not host.startswith("127.0.0.1") and not path.endswith("/web/login"):
            # Single sign-on: who the identity provider is stands in the database, so it was asked.
            return None
        path = path or "/"
    if answer.status != 200:
        return "%s answers %d" % (path, answer.status)
    assets = ASSET.findall(body.decode("utf-8", "replace"))
    if not assets:
        return "the login page has no assets"
    answer, body = get(assets[0].replace("&amp;", "&"), cookie)
    if answer.status != 200 or not body:
        return "asset %s answers %d" % (assets[0], answer.status)
    return None


try:
    problem = main()
except (OSError, http.client.HTTPException) as error:
    problem = "%s: %s" % (type(error).__name__, error)
if problem:
    sys.exit(problem)
'''
