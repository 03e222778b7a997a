# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# GNU General Public License v3.0+ (see LICENSE or https://www.gnu.org/licenses/gpl-3.0.txt)
# SPDX-License-Identifier: GPL-3.0-or-later

# Private to this collection: no interface is promised.
"""Configuration file of Odoo 18.0.

Facts (names, types, defaults) from Odoo's C(odoo/tools/config.py) of this
series and from the defaults that its own tests expect.
"""

from __future__ import annotations

from ansible_collections.ipai.odoo.plugins.module_utils._odoo_series._schema import (
    LOG_LEVELS,
    SSL_MODES,
    Option,
    Series,
    table,
)

MIB = 1024 * 1024

SERIES = Series(
    name="18.0",
    options=table(
        # Only in the file
        Option("admin_passwd", "str", "admin", secret=True),
        Option("bin_path", "path"),
        Option("csv_internal_sep", "str", ","),
        Option("default_productivity_apps", "bool", False),
        Option("import_image_maxbytes", "int", 10 * MIB, minimum=0),
        Option("import_image_timeout", "int", 3, minimum=0),
        Option("import_image_regex", "str", "^(?:http|https)://"),
        Option("proxy_access_token", "str", secret=True),
        Option("publisher_warranty_url", "str", "http://services.odoo.com/publisher-warranty/"),
        Option("reportgz", "bool", False),
        Option("websocket_keep_alive_timeout", "int", 3600, minimum=1),
        Option("websocket_rate_limit_burst", "int", 10, minimum=1),
        Option("websocket_rate_limit_delay", "float", 0.2, minimum=0),
        # Common
        # Module names whose demo data is left out, or all.
        Option("without_demo", "list"),
        Option("import_partial", "path"),
        # Not in the first releases of this series.
        Option("skip_auto_install", "bool", False),
        Option("pidfile", "path"),
        Option("addons_path", "list"),
        Option("upgrade_path", "list"),
        Option("pre_upgrade_scripts", "list"),
        Option("server_wide_modules", "list", ("base", "web")),
        Option("data_dir", "path"),
        # HTTP
        Option("http_interface", "str"),
        Option("http_port", "int", 8069, minimum=1, maximum=65535),
        Option("gevent_port", "int", 8072, minimum=1, maximum=65535),
        Option("http_enable", "bool", True),
        Option("proxy_mode", "bool", False),
        Option("x_sendfile", "bool", False),
        Option("dbfilter", "str"),
        # Tests
        Option("test_file", "path"),
        Option("test_tags", "str"),
        Option("screencasts", "path"),
        Option("screenshots", "path", "/tmp/odoo_tests"),  # noqa: S108 (a fact about Odoo)
        # Logs
        Option("logfile", "path"),
        Option("syslog", "bool", False),
        Option("log_handler", "list", (":INFO",)),
        Option("log_db", "str"),
        Option("log_db_level", "str", "warning"),
        Option("log_level", "str", "info", choices=LOG_LEVELS),
        # Mail
        Option("email_from", "str"),
        Option("from_filter", "str"),
        Option("smtp_server", "str", "localhost"),
        Option("smtp_port", "int", 25, minimum=1, maximum=65535),
        Option("smtp_ssl", "bool", False),
        Option("smtp_user", "str"),
        Option("smtp_password", "str", secret=True),
        Option("smtp_ssl_certificate_filename", "path"),
        Option("smtp_ssl_private_key_filename", "path"),
        # Database
        Option("db_name", "list"),
        Option("db_user", "str"),
        Option("db_password", "str", secret=True),
        Option("pg_path", "path"),
        Option("db_host", "str"),
        Option("db_port", "int", minimum=1, maximum=65535),
        Option("db_replica_host", "str"),
        Option("db_replica_port", "int", minimum=1, maximum=65535),
        Option("db_sslmode", "str", "prefer", choices=SSL_MODES),
        Option("db_maxconn", "int", 64, minimum=1),
        Option("db_maxconn_gevent", "int", minimum=1),
        Option("db_template", "str", "template0"),
        # Security and the rest
        Option("list_db", "bool", True),
        Option("osv_memory_count_limit", "int", 0, minimum=0),
        Option("transient_age_limit", "float", 1.0, minimum=0),
        Option("max_cron_threads", "int", 2, minimum=0),
        Option("limit_time_worker_cron", "int", 0, minimum=0),
        Option("unaccent", "bool", False),
        Option("geoip_city_db", "path", "/usr/share/GeoIP/GeoLite2-City.mmdb"),
        Option("geoip_country_db", "path", "/usr/share/GeoIP/GeoLite2-Country.mmdb"),
        # Processes
        Option("workers", "int", 0, minimum=0),
        Option("limit_memory_soft", "int", 2048 * MIB, minimum=0),
        Option("limit_memory_soft_gevent", "int", minimum=0),
        Option("limit_memory_hard", "int", 2560 * MIB, minimum=0),
        Option("limit_memory_hard_gevent", "int", minimum=0),
        Option("limit_time_cpu", "int", 60, minimum=0),
        Option("limit_time_real", "int", 120, minimum=0),
        Option("limit_time_real_cron", "int", -1, minimum=-1),
        Option("limit_request", "int", 65536, minimum=0),
    ),
    renamed={
        "geoip_database": "geoip_city_db",
        "import_file_maxbytes": "import_image_maxbytes",
        "import_file_timeout": "import_image_timeout",
        "import_url_regex": "import_image_regex",
        "longpolling_port": "gevent_port",
        "osv_memory_age_limit": "transient_age_limit",
        "xmlrpc": "http_enable",
        "xmlrpc_interface": "http_interface",
        "xmlrpc_port": "http_port",
    },
    removed={
        "db_app_name": "it came with series 19.0; set ODOO_PGAPPNAME in the container's environment",
        "debug_mode": "use the command line's --dev",
        "demo": "leave without_demo out to have demo data",
        "logrotate": "the container's log driver rotates",
        "netrpc": "the protocol is gone",
        "static_http_enable": "the proxy serves static files",
        "test_commit": "it is gone",
        "test_report_directory": "it is gone; see screenshots and screencasts",
        "timezone": "each user has a time zone of their own",
        "with_demo": "it came with series 19.0; here demo data is on unless without_demo = all",
        "xmlrpcs": "the proxy speaks TLS",
    },
    command_only=frozenset(
        {
            "config",
            "dev_mode",
            "init",
            "language",
            "load_language",
            "overwrite_existing_translations",
            "root_path",
            "save",
            "shell_interface",
            "stop_after_init",
            # Follows from test_tags, whatever the file says.
            "test_enable",
            "translate_in",
            "translate_modules",
            "translate_out",
            "update",
        }
    ),
)
