-- SPDX-FileCopyrightText: 2026 ipai.odoo contributors
-- SPDX-License-Identifier: GPL-3.0-or-later
--
-- Whether the running server is what its files ask for. Asked at every run rather than by a handler: a run that was killed
-- between writing the file and telling the server must not leave the difference behind.
SELECT *, NOT (stale OR extension_missing OR wrong <> '' OR pending <> '') AS settled
FROM (
  SELECT
    (pg_stat_file(current_setting('config_file'))).modification > pg_conf_load_time() AS stale,
    NOT EXISTS (SELECT FROM pg_extension WHERE extname = 'pg_stat_statements') AS extension_missing,
    -- Settings that need a restart count as errors in pg_file_settings as long as they are pending, those taken out of the
    -- file without a place in it: none of them is wrong.
    coalesce((
      SELECT string_agg(format('%s = %L (%s)', f.name, f.setting, f.error), ', ')
      FROM pg_file_settings AS f
      LEFT JOIN pg_settings AS s ON lower(s.name) = lower(f.name)
      WHERE f.error IS NOT NULL AND f.sourcefile IS NOT NULL AND s.context IS DISTINCT FROM 'postmaster'
    ), '') AS wrong,
    coalesce((SELECT string_agg(name, ', ' ORDER BY name) FROM pg_settings WHERE pending_restart), '') AS pending
) AS state
