# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
from odoo import http
from odoo.http import request

# The address answers for the release that serves it: a deploy is seen from outside.
RELEASE = "one"


class Demo(http.Controller):
    @http.route("/ipai_demo/release", type="http", auth="none", save_session=False)
    def release(self):
        return request.make_response(RELEASE, [("Content-Type", "text/plain")])
