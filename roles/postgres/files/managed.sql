-- SPDX-FileCopyrightText: 2026 ipai.odoo contributors
-- SPDX-License-Identifier: GPL-3.0-or-later
SELECT
  current_setting('server_version_num')::int / 10000 AS major,
  coalesce((SELECT ssl FROM pg_stat_ssl WHERE pid = pg_backend_pid()), false) AS tls,
  (SELECT rolsuper OR (rolcreaterole AND rolcreatedb) FROM pg_roles WHERE rolname = current_user) AS may_create
