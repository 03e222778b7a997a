#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The official image's contract: connection settings come from the configuration file where it names them,
# from the environment otherwise; the server starts when PostgreSQL answers.
set -euo pipefail

if [ -n "${PASSWORD_FILE:-}" ]; then
  PASSWORD=$(<"$PASSWORD_FILE")
fi

setting() { # option, value from the environment: prints what is in force
  local found
  found=$(sed -nE "s/^[[:space:]]*$1[[:space:]]*=[[:space:]]*(.*[^[:space:]])[[:space:]]*$/\1/p" "$ODOO_RC" | tail -n 1)
  printf '%s' "${found:-$2}"
}

given() { # option: is it in the configuration file?
  grep -qE "^[[:space:]]*$1[[:space:]]*=" "$ODOO_RC"
}

host=$(setting db_host "${HOST:-db}")
port=$(setting db_port "${PORT:-5432}")
user=$(setting db_user "${USER:-odoo}")
PGPASSWORD=$(setting db_password "${PASSWORD:-odoo}")
export PGPASSWORD

arguments=()
given db_host || arguments+=(--db_host "$host")
given db_port || arguments+=(--db_port "$port")
given db_user || arguments+=(--db_user "$user")
given db_password || arguments+=(--db_password "$PGPASSWORD")

wait_for_database() {
  local i
  for ((i = 0; i < 30; i++)); do
    psql --no-psqlrc --quiet --host "$host" --port "$port" --username "$user" --dbname postgres --command 'SELECT 1' \
      >/dev/null 2>&1 && return 0
    sleep 1
  done
  echo "PostgreSQL at $host:$port did not answer within 30 seconds" >&2
  return 1
}

case "${1:-odoo}" in
  odoo | --)
    shift || true
    if [ "${1:-}" = scaffold ]; then
      exec odoo "$@"
    fi
    wait_for_database
    unset PGPASSWORD
    exec odoo "$@" "${arguments[@]}"
    ;;
  -*)
    wait_for_database
    unset PGPASSWORD
    exec odoo "$@" "${arguments[@]}"
    ;;
  *)
    unset PGPASSWORD
    exec "$@"
    ;;
esac
