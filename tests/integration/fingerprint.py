# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""Fed to a droplet's Python as root: prints its state as one JSON object of sections, each a table of key to value.

The only argument is a JSON object of options:
  compare     leave out what two droplets of one inventory may differ in: keys, certificates, secrets, identifiers
  replace     {text: other text}, replaced in file names and contents before hashing (the domain, the address)
  databases   also look into the databases
"""

import grp
import hashlib
import json
import os
import pwd
import re
import stat
import subprocess
import sys

OPTIONS = json.loads(sys.argv[1]) if len(sys.argv) > 1 else {}
COMPARE = OPTIONS.get("compare", False)
REPLACE = {old.encode(): new.encode() for old, new in OPTIONS.get("replace", {}).items()}

FOLDERS = ["/etc", "/srv", "/opt", "/usr/local", "/root", "/home", "/var/www", "/var/spool/cron"]
# Written by the container's own engine, by time, or by looking.
NEVER = re.compile(
    r"^/etc/(hostname|hosts|resolv\.conf|mtab|ld\.so\.cache|adjtime|\.pwd\.lock|fake-hwclock\.data)$"
    r"|^/(root|home/[^/]+)/\.(ansible|cache|local|sudo_as_admin_successful|bash_history|lesshst|docker)(/|$)"
    r"|/__pycache__(/|$)|\.pyc$"
    r"|^/srv/[^/]+(/[^/]+)?/data(/|$)"  # what databases, file stores and the catcher's mails do
    r"|^/srv/backup/|^/srv/odoo/[^/]+/backup(/|$)"  # what timers store, and link for that
    r"|^/etc/letsencrypt/\.updated-options-ssl"
    r"|/apt-listchanges\.timer$"  # switches itself off when its first work is done
)
# Owner and mode count, the content is a droplet's own.
PRIVATE = re.compile(
    r"^/etc/ssh/ssh_host_|^/etc/machine-id$|^/etc/(shadow|gshadow)-?$|^/etc/(passwd|group|subuid|subgid)-$"
    r"|^/srv/.*/secrets/|^/etc/letsencrypt/(archive|live|keys|csr|accounts|renewal)/|^/etc/ssl/(private|certs/ssl-cert-snakeoil)"
    r"|\.htpasswd$|^/etc/docker/key\.json$|^/etc/ssl/dhparam|dhparam"
)
# A droplet's own identifiers stand even in the names.
NAMELESS = re.compile(
    r"^/etc/letsencrypt/(accounts|archive|keys|csr)/|^/etc/ssl/certs/[0-9a-f]{8}\.\d$|\.(bak|dpkg-.*|ucf-.*)$"
)
NOISE = [
    (re.compile(rb"\d{4}-\d\d-\d\d[T ]\d\d:\d\d:\d\d(\.\d+)?(Z|[+-]\d\d:?\d\d)?"), b"TIME"),
    (re.compile(rb"10\.20[12]\.\d+\.\d+(/\d+)?"), b"SUBNET"),  # given out in the order of asking
    # Each droplet makes its own passwords, and the name of the file that holds them follows from them.
    (re.compile(rb"(?m)^(admin_passwd|db_password|smtp_password) = .*$"), rb"\1 = SECRET"),
    (re.compile(rb"/odoo-[0-9a-f]{20}\.conf\b"), b"/odoo-MARK.conf"),
    (re.compile(rb"(?m)^( *ipai\.odoo\.config:) .*$"), rb"\1 VERSION"),
]


def read(path):
    with open(path, "rb") as handle:
        return handle.read()


def clean(data):
    for old, new in REPLACE.items():
        data = data.replace(old, new)
    if COMPARE:
        for pattern, word in NOISE:
            data = pattern.sub(word, data)
    return data


def name_of(number, table):
    try:
        return table(number)[0]
    except KeyError:
        return str(number)


def files():
    out = {}
    for top in FOLDERS:
        for folder, names, leaves in os.walk(top):
            names[:] = sorted(name for name in names if not NEVER.search(os.path.join(folder, name)))
            for leaf in [*names, *leaves]:
                path = os.path.join(folder, leaf)
                if NEVER.search(path) or (COMPARE and NAMELESS.search(path)):
                    continue
                if COMPARE and "/.git/" in path + "/":
                    continue  # packs and indexes hold times; what is checked out is compared
                try:
                    info = os.lstat(path)
                    if stat.S_ISLNK(info.st_mode):
                        what = "-> " + os.readlink(path)
                        if COMPARE and "/letsencrypt/" in path:
                            what = "->"
                    elif stat.S_ISREG(info.st_mode):
                        private = COMPARE and PRIVATE.search(path)
                        what = "private" if private else hashlib.sha256(clean(read(path))).hexdigest()[:16]
                    else:
                        what = "folder" if stat.S_ISDIR(info.st_mode) else "special"
                except FileNotFoundError:
                    continue
                owner = name_of(info.st_uid, pwd.getpwuid) + ":" + name_of(info.st_gid, grp.getgrgid)
                mode = "" if stat.S_ISLNK(info.st_mode) else f" {stat.S_IMODE(info.st_mode):04o}"
                out[clean(path.encode("utf-8", "replace")).decode()] = owner + mode + " " + what
    return out


def ask(*argv, stdin=""):
    try:
        done = subprocess.run(argv, check=False, input=stdin, capture_output=True, text=True, timeout=120)
    except FileNotFoundError:
        return ""
    return done.stdout


def packages():
    out = {}
    for line in ask(
        "dpkg-query", "--show", "--showformat=${Package}:${Architecture} ${Version} ${Status}\n"
    ).splitlines():
        name, _space, rest = line.partition(" ")
        out[name] = rest
    return out


def units():
    out = {}
    for line in ask("systemctl", "list-unit-files", "--no-legend", "--no-pager").splitlines():
        words = line.split()
        # What the engine makes for mounts and sessions comes and goes.
        if NEVER.search("/" + words[0]):
            continue
        if not words[0].endswith((".scope", ".mount")) and not words[0].startswith(("session-", "user-")):
            out[words[0]] = words[1]
    return out


def docker(*argv):
    return ask("docker", *argv)


def containers():
    out = {}
    for name in docker("ps", "--all", "--format", "{{.Names}}").split():
        info = json.loads(docker("inspect", name))[0]
        host = info["HostConfig"]
        out[name] = {
            "image": clean(info["Config"]["Image"].encode()).decode(),
            "state": info["State"]["Status"],
            "health": (info["State"].get("Health") or {}).get("Status", "none"),
            "networks": sorted(info["NetworkSettings"]["Networks"]),
            "memory": host["Memory"],
            "cpus": host["NanoCpus"],
            "read_only": host["ReadonlyRootfs"],
            "restart": host["RestartPolicy"]["Name"],
            "mounts": sorted(mount["Destination"] for mount in info["Mounts"]),
        }
    return out


def networks():
    out = {}
    for name in docker("network", "ls", "--format", "{{.Name}}").split():
        info = json.loads(docker("network", "inspect", name))[0]
        subnets = [item.get("Subnet", "") for item in info["IPAM"]["Config"] or []]
        out[name] = {
            "internal": info["Internal"],
            "labels": info["Labels"],
            "members": sorted(item["Name"] for item in info["Containers"].values()),
            "prefixes": [subnet.partition("/")[2] for subnet in subnets] if COMPARE else subnets,
        }
    return out


def images():
    return {
        clean(tag.encode()).decode(): "there"
        for tag in docker("image", "ls", "--format", "{{.Repository}}:{{.Tag}}").split()
        if "<none>" not in tag
    }


def firewall():
    return {"rules": ask("ufw", "status", "verbose"), "added": ask("ufw", "show", "added")}


def sql(server, database, query):
    return ask(
        "docker", "exec", "-i", "--user", "postgres", server, "psql", "-XAt", "-F", "\t", "-d", database, stdin=query
    )


QUERIES = {
    "modules": "SELECT name, state, latest_version FROM ir_module_module WHERE state <> 'uninstalled' ORDER BY 1",
    "parameters": "SELECT key, CASE WHEN key ~ 'secret|uuid|date|token|key' THEN 'private' ELSE value END"
    " FROM ir_config_parameter ORDER BY 1",
    "languages": "SELECT code, active FROM res_lang WHERE active ORDER BY 1",
    "users": "SELECT login, active FROM res_users ORDER BY 1",
    "tables": "SELECT count(*) FROM information_schema.tables WHERE table_schema = 'public'",
}


def databases(found):
    out = {}
    for server in sorted(name for name in found if name.startswith("pg-")):
        out[server + " roles"] = sql(
            server,
            "postgres",
            "SELECT rolname, rolsuper, rolcreatedb, rolcreaterole, rolcanlogin"
            " FROM pg_roles WHERE rolname !~ '^pg_' ORDER BY 1",
        ).splitlines()
        rows = sql(
            server,
            "postgres",
            "SELECT datname, pg_get_userbyid(datdba), datcollate, datacl FROM pg_database ORDER BY 1",
        )
        out[server + " databases"] = rows.splitlines()
        for database in [row.split("\t")[0] for row in rows.splitlines()]:
            if database in ("postgres", "template0", "template1"):
                continue
            for name, query in QUERIES.items():
                said = clean(sql(server, database, query).encode()).decode()
                out[server + " " + database + " " + name] = said.splitlines()
    return out


found = containers()
state = {
    "file": files(),
    "package": packages(),
    "unit": units(),
    "container": found,
    "network": networks(),
    "image": images(),
    "firewall": firewall(),
}
if OPTIONS.get("databases"):
    state["database"] = databases(found)
print(json.dumps(state))
