# SPDX-FileCopyrightText: 2026 ipai.odoo contributors
# SPDX-License-Identifier: GPL-3.0-or-later
"""A person with a browser: the login page has its styles, and after the login the web client stands.

A headless Chromium that trusts the lab's authority and nothing else of it: a bad certificate stops it as it would
stop a person. Alone, against a running demo: scripts/lab.sh test tests/integration/test_browser.py
"""

from __future__ import annotations

import contextlib
import shutil
from pathlib import Path

import pytest
from lab import droplets, places, tools, web
from selenium import webdriver
from selenium.common.exceptions import WebDriverException
from selenium.webdriver.common.by import By
from selenium.webdriver.support.ui import WebDriverWait

ENVIRONMENTS = ["erp", "erp-staging"]


@pytest.fixture(scope="module")
def pictures(tmp_path_factory) -> Path:
    return tmp_path_factory.mktemp("pictures")


def start(home: Path, droplet: droplets.Droplet, trusting: bool) -> webdriver.Chrome:
    if trusting:
        # Chromium on Linux reads a user's own authorities from this database.
        for store in (home / ".pki" / "nssdb", home / ".local" / "share" / "pki" / "nssdb"):
            store.mkdir(parents=True)
            tools.run(["certutil", "-d", f"sql:{store}", "-N", "--empty-password"])
            tools.run(
                [
                    "certutil",
                    "-d",
                    f"sql:{store}",
                    "-A",
                    "-n",
                    "lab",
                    "-t",
                    "C,,",
                    "-i",
                    str(places.HOME / "issuer-ca.pem"),
                ]
            )
    options = webdriver.ChromeOptions()
    options.binary_location = shutil.which("chromium") or shutil.which("chromium-browser") or "chromium"
    names = "".join(f"MAP {droplet.site(name)} {droplet.address}," for name in ENVIRONMENTS)
    for argument in (
        "--headless",
        "--no-sandbox",
        "--disable-gpu",
        "--disable-quic",
        "--no-first-run",
        "--disable-dev-shm-usage",
        "--disable-background-networking",
        "--disable-component-update",
        "--disable-sync",
        "--window-size=1280,900",
        f"--user-data-dir={home / 'profile'}",
        f"--host-resolver-rules={names}MAP * ~NOTFOUND",
    ):
        options.add_argument(argument)
    service = webdriver.ChromeService(
        shutil.which("chromedriver") or "chromedriver",
        env={
            "HOME": str(home),
            "PATH": "/usr/local/bin:/usr/bin:/bin",
            "TMPDIR": str(home),
        },
    )
    browser = webdriver.Chrome(options=options, service=service)
    browser.set_page_load_timeout(120)
    return browser


@pytest.fixture
def browser(tmp_path, droplet):
    window = start(tmp_path, droplet, trusting=True)
    yield window
    window.quit()


@pytest.mark.parametrize("environment", ENVIRONMENTS)
def test_login_page_has_its_styles_and_a_login_works(browser, droplet, pictures, environment):
    domain = droplet.site(environment)
    web.pace("/web/login")
    browser.get(f"https://{domain}/web/login")
    # The form unfolds when the page's own code has started.
    WebDriverWait(browser, 60).until(lambda page: page.find_element(By.ID, "login").is_displayed())
    button = browser.find_element(By.CSS_SELECTOR, "form.oe_login_form button[type=submit]")
    browser.save_screenshot(str(pictures / f"{environment}-login.png"))
    # A button without styles is grey, square and has no padding to speak of.
    assert button.value_of_css_property("background-color") not in ("rgba(239, 239, 239, 1)", "rgba(0, 0, 0, 0)")
    assert float(button.value_of_css_property("padding-left").removesuffix("px")) >= 8
    assert button.value_of_css_property("border-style") == "solid"
    assert browser.execute_script("return [...document.styleSheets].some(sheet => sheet.cssRules.length > 500)")
    assert "sans-serif" in button.value_of_css_property("font-family")

    browser.find_element(By.ID, "login").send_keys("admin")
    browser.find_element(By.ID, "password").send_keys(droplet.secret(environment, "admin_password"))
    button.click()
    WebDriverWait(browser, 120).until(lambda page: page.find_elements(By.CSS_SELECTOR, ".o_main_navbar"))
    browser.save_screenshot(str(pictures / f"{environment}-client.png"))
    assert browser.current_url.startswith(f"https://{domain}/odoo")
    assert not browser.find_elements(By.CSS_SELECTOR, ".o_error_dialog")
    loaded = browser.execute_script(
        "return performance.getEntriesByType('resource').map(entry => [entry.name, entry.responseStatus])"
    )
    assert not [entry for entry in loaded if entry[1] and entry[1] >= 400], loaded
    print(f"pictures: {pictures}")


def test_browser_that_does_not_trust_the_authority_stops(tmp_path, droplet):
    """Positive control: what the browser above accepted was the certificate, not anything."""
    window = start(tmp_path, droplet, trusting=False)
    try:
        with contextlib.suppress(WebDriverException):
            window.get(f"https://{droplet.site('erp')}/web/login")
        assert "ERR_CERT_AUTHORITY_INVALID" in window.page_source
        assert not window.find_elements(By.CSS_SELECTOR, "form")
    finally:
        window.quit()
