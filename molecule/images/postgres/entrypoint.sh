#!/usr/bin/env bash
# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
#
# The official image's contract: the first start makes a cluster from POSTGRES_USER, POSTGRES_PASSWORD(_FILE),
# POSTGRES_DB and POSTGRES_INITDB_ARGS and runs /docker-entrypoint-initdb.d; every start runs as user postgres.
set -euo pipefail

if [ "${1:-}" = postgres ] || [ "${1#-}" != "${1:-}" ]; then
  if [ "${1#-}" != "$1" ]; then set -- postgres "$@"; fi
  if [ "$(id -u)" = 0 ]; then
    # Read while this is still root: the file may be readable by nobody else.
    if [ -n "${POSTGRES_PASSWORD_FILE:-}" ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
      POSTGRES_PASSWORD=$(<"$POSTGRES_PASSWORD_FILE")
      export POSTGRES_PASSWORD
      unset POSTGRES_PASSWORD_FILE
    fi
    mkdir -p "$PGDATA"
    chmod 0700 "$PGDATA"
    find "$PGDATA" \! -user postgres -exec chown postgres '{}' +
    exec setpriv --reuid=postgres --regid=postgres --init-groups "$0" "$@"
  fi
fi

if [ "${1:-}" = postgres ] && [ ! -s "$PGDATA/PG_VERSION" ]; then
  user=${POSTGRES_USER:-postgres}
  password=${POSTGRES_PASSWORD:-}
  if [ -n "${POSTGRES_PASSWORD_FILE:-}" ]; then password=$(<"$POSTGRES_PASSWORD_FILE"); fi
  if [ -z "$password" ] && [ "${POSTGRES_HOST_AUTH_METHOD:-}" != trust ]; then
    echo "Error: the database is not initialised and no superuser password is given (POSTGRES_PASSWORD or POSTGRES_PASSWORD_FILE)." >&2
    exit 1
  fi
  # shellcheck disable=SC2086  # several arguments in one variable: the official image's interface
  initdb --username="$user" --pwfile=<(printf '%s\n' "$password") ${POSTGRES_INITDB_ARGS:-} -D "$PGDATA"
  printf '\nhost all all all %s\n' "${POSTGRES_HOST_AUTH_METHOD:-scram-sha-256}" >>"$PGDATA/pg_hba.conf"
  printf "listen_addresses = '*'\n" >>"$PGDATA/postgresql.conf"
  export PGUSER=$user PGPASSWORD=$password
  arguments=
  if (($# > 1)); then printf -v arguments '%q ' "${@:2}"; fi
  pg_ctl -D "$PGDATA" -o "$arguments -c listen_addresses='' -p 5432" -w start
  if [ "${POSTGRES_DB:-$user}" != postgres ]; then
    printf 'CREATE DATABASE :"db";\n' | psql -v ON_ERROR_STOP=1 --no-psqlrc --dbname postgres --set db="${POSTGRES_DB:-$user}"
  fi
  for script in /docker-entrypoint-initdb.d/*; do
    case "$script" in
      *.sh) if [ -x "$script" ]; then "$script"; else bash "$script"; fi ;;
      *.sql) psql -v ON_ERROR_STOP=1 --no-psqlrc --dbname "${POSTGRES_DB:-$user}" --file "$script" ;;
    esac
  done
  pg_ctl -D "$PGDATA" -m fast -w stop
  unset PGUSER PGPASSWORD POSTGRES_PASSWORD
  echo "PostgreSQL init process complete; ready for start up."
fi

exec "$@"
