#!/usr/bin/env python3
# SPDX-License-Identifier: Apache-2.0
# Copyright the Redoubt authors
"""Visits every page of the console in Chromium: light and dark, with and without scripts.

usage: console.py SERVER [--screenshots FOLDER]

SERVER is the built fixture server (ConsoleFixtureServer), which this starts. Fails on an axe violation, an error in the
browser's console, a page of over 100 KB, and where something cannot be done without scripts.
"""
import argparse
import pathlib
import subprocess
import sys
import time

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import sync_playwright

PASSWORD = "correct horse battery"
PAGES = [
    "/", "/live", "/detections", "/detections?severity=high&outcome=would_stop", "/incidents", "/entities",
    "/applications", "/applications/shop", "/applications/blog", "/rules", "/rules/942100", "/decisions", "/evidence",
    "/evidence/leaves/0", "/health", "/outputs", "/usage", "/settings", "/events?since=24h", "/entities/address%3A203.0.113.66",
    "/jobs", "/transactions/1700000000000.1", "/vulnerabilities", "/vulnerabilities?path=shop/cart&window=30",
    "/vulnerabilities?window=365", "/vulnerabilities/findings",
    "/vulnerabilities/known/CVE-2021-44228", "/vulnerabilities/scans", "/vulnerabilities/components", "/vulnerabilities/scans/5",
    "/vulnerabilities/simulator", "/vulnerabilities/simulator?filter=kind%3Dsast",
]
MOST_BYTES = 100_000


class Failures(list):
    def add(self, text):
        print("FAILED:", text)
        self.append(text)


def start(path, *arguments):
    server = subprocess.Popen([path, *arguments], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    lines = {}
    while "console" not in lines:
        line = server.stdout.readline()
        if not line:
            sys.exit("the fixture server ended")
        key, _, value = line.strip().partition(" ")
        lines[key] = value
    return server, lines


def stop(server):
    server.stdin.close()
    server.wait(60)


def sign_in(page, address, name="admin"):
    page.goto(address + "/login")
    page.get_by_label("Name").fill(name)
    page.get_by_label("Password").fill(PASSWORD)
    page.get_by_role("button", name="Sign in").click()
    page.wait_for_url(address + "/")


def check_axe(page, label, failures):
    results = Axe().run(page)
    for violation in results.response["violations"]:
        nodes = "; ".join(str(node["target"]) for node in violation["nodes"][:3])
        failures.add(f"{label}: axe {violation['id']}: {violation['help']}: {nodes}")


def visit(browser, address, scheme, pages, failures, folder):
    """All pages, each with axe."""
    context = browser.new_context(color_scheme=scheme, viewport={"width": 1360, "height": 900})
    page = context.new_page()
    page.on("console", lambda message: message.type == "error" and failures.add(f"{page.url}: {message.text}"))
    page.on("pageerror", lambda error: failures.add(f"{page.url}: {error}"))
    page.goto(address + "/login")
    check_axe(page, f"/login {scheme}", failures)
    shot(page, folder, f"login-{scheme}")
    sign_in(page, address)
    for path in pages:
        began = time.monotonic()
        answer = page.goto(address + path)
        took = (time.monotonic() - began) * 1000
        body = answer.body()
        name = path.strip("/").replace("/", "-").replace("?", "-").replace("%3A", "-") or "overview"
        print(f"  {scheme:5} {answer.status} {len(body):6} bytes {took:5.0f} ms {path}")
        if answer.status != 200:
            failures.add(f"{path}: status {answer.status}")
        if len(body) > MOST_BYTES:
            failures.add(f"{path}: {len(body)} bytes")
        for opened in page.locator("details").all():
            opened.evaluate("element => element.open = false")
        shot(page, folder, f"{name}-{scheme}")
        for closed in page.locator("details").all():
            closed.evaluate("element => element.open = true")
        check_axe(page, f"{path} {scheme}", failures)
    context.close()


def shot(page, folder, name):
    if folder:
        page.screenshot(path=folder / f"{name}.png", full_page=True)


def details(page, address):
    """The pages of the first detection, incident and exchange."""
    paths = []
    for listing in ["/detections", "/incidents", "/events?since=24h", "/vulnerabilities/findings?filter=kind%3Dsast",
                    "/vulnerabilities/findings?filter=cve%3ACVE"]:
        page.goto(address + listing)
        link = page.locator("tbody a[data-row]").first
        if link.count():
            paths.append(link.get_attribute("href"))
    paths.append(finished_job(page, address, "Suggest exceptions"))
    paths.append(finished_job(page, address, "Look for defaults"))
    page.goto(address + "/applications/shop")
    page.locator("#try-rules").fill("SecRuleEngine On")
    paths.append(finished_job(page, address, "Try them", opens=False))
    return paths


def finished_job(page, address, button, opens=True):
    """The page of a job that is over; the script loads it anew when it is."""
    if opens:
        page.goto(address + "/applications/shop")
    page.get_by_role("button", name=button).click()
    page.wait_for_url("**/jobs/*")
    page.locator("[data-job]").wait_for(state="detached")
    return page.url.removeprefix(address)


def without_scripts(browser, address, failures, folder):
    """Signs in, filters, goes to an older page, triages, blocks and takes back: with forms and links alone."""
    context = browser.new_context(java_script_enabled=False, viewport={"width": 1360, "height": 900})
    page = context.new_page()
    sign_in(page, address)
    page.goto(address + "/detections")
    page.get_by_label("Severity").select_option("high")
    page.get_by_role("button", name="Show").click()
    if "severity=high" not in page.url:
        failures.add("filters do not work without scripts")
    older = page.get_by_role("link", name="Older")
    if older.count():
        older.click()
        if page.locator("tbody tr").count() == 0:
            failures.add("the second page of detections is empty")
    page.goto(address + "/incidents")
    page.locator("tbody a[data-row]").first.click()
    page.get_by_label("Comment").fill("looked at <b>it</b>")
    page.get_by_label("State").select_option("acknowledged")
    page.get_by_role("button", name="Save").click()
    if "done=incident" not in page.url or "looked at <b>it</b>" not in page.content().replace("&lt;", "<").replace("&gt;", ">"):
        failures.add("triage does not work without scripts")
    page.goto(address + "/decisions")
    page.locator("summary", has_text="Block somebody").click()
    page.locator("#block-entity").fill("192.0.2.77")
    page.locator("#block-reason").fill("a test")
    page.get_by_role("button", name="Block", exact=True).click()
    if page.get_by_role("link", name="192.0.2.77").count() == 0:
        failures.add("blocking does not work without scripts")
    page.get_by_role("button", name="Take back").first.click()
    if "done=undone" not in page.url:
        failures.add("a decision cannot be taken back without scripts")
    page.goto(address + "/applications/shop")
    page.get_by_label("Mode").select_option("enforce")
    page.get_by_label("For % of clients").fill("10")
    page.locator("#mode-reason").fill("rehearsed")
    page.get_by_role("button", name="Set the mode").click()
    if page.get_by_text("enforce for 10%").count() == 0:
        failures.add("a mode cannot be set without scripts")
    page.goto(address + "/applications/shop")
    page.get_by_role("button", name="Suggest exceptions").click()
    page.get_by_role("button", name="Add the exception").wait_for()
    page.locator("#take-reason").fill("people write about gifts")
    page.get_by_role("button", name="Add the exception").click()
    if "done=proposal" not in page.url or page.get_by_text("people write about gifts").count() == 0:
        failures.add("a proposal cannot be taken without scripts")
    page.goto(address + "/vulnerabilities/findings")
    page.locator("#filter-filter").fill("severity>=high open")
    page.get_by_role("button", name="Show").click()
    page.locator("tbody input[type=checkbox]").first.check()
    page.locator("#bulk-act").select_option("dismiss")
    page.locator("#bulk-dismissal").select_option("used_in_tests")
    page.locator("#bulk-reason").fill("only <b>tests</b>")
    page.get_by_role("button", name="Preview").click()
    shot(page, folder, "bulk-preview")
    page.get_by_role("button", name="Do it to").click()
    if "done=findings" not in page.url:
        failures.add("findings cannot be changed without scripts")
    page.get_by_role("button", name="Sign out").click()
    page.goto(address + "/detections")
    if "/login" not in page.url:
        failures.add("signing out does not work without scripts")
    context.close()


def keyboard(browser, address, failures):
    context = browser.new_context()
    page = context.new_page()
    sign_in(page, address)
    page.keyboard.press("Tab")
    if page.evaluate("document.activeElement.textContent") != "Skip to content":
        failures.add("the first stop of the keyboard is not the skip link")
    page.keyboard.press("g")
    page.keyboard.press("d")
    page.wait_for_url(address + "/detections")
    page.keyboard.press("/")
    if page.evaluate("document.activeElement.id") != "search":
        failures.add("/ does not lead to the search")
    page.keyboard.press("Escape")
    page.keyboard.press("j")
    if not page.evaluate("document.activeElement.matches('a[data-row]')"):
        failures.add("j does not lead to the first row")
    page.goto(address + "/vulnerabilities/findings")
    page.keyboard.press("j")
    page.keyboard.press("d")
    if not page.evaluate("document.activeElement.id === 'bulk-dismissal' && document.querySelectorAll(':checked[name=finding]').length === 1"):
        failures.add("d does not begin to dismiss the row")
    page.goto(address + "/entities/address%3A192.0.2.3")
    page.get_by_label("Why").fill("a test")
    page.get_by_role("button", name="Block").click()
    if page.get_by_role("dialog").count() != 1:
        failures.add("blocking does not ask first")
    page.keyboard.press("Escape")
    context.close()


def phone(browser, address, failures, folder):
    context = browser.new_context(viewport={"width": 390, "height": 800})
    page = context.new_page()
    sign_in(page, address)
    for path in ["/", "/detections", "/applications/shop", "/vulnerabilities", "/vulnerabilities/findings",
                 "/vulnerabilities/scans", "/vulnerabilities/scans/5"]:
        page.goto(address + path)
        wide = page.evaluate("document.documentElement.scrollWidth > window.innerWidth")
        if wide:
            failures.add(f"{path} scrolls sideways on a phone")
        shot(page, folder, "phone" + path.replace("/", "-"))
    context.close()


def first_start(browser, path, failures, folder):
    server, lines = start(path, "--empty")
    try:
        page = browser.new_page()
        page.goto(lines["console"] + "/start/" + lines["start"])
        check_axe(page, "/start", failures)
        shot(page, folder, "start")
        page.locator("#field-password").fill(PASSWORD)
        page.locator("#field-again").fill(PASSWORD)
        page.get_by_role("button", name="Create the administrator").click()
        page.wait_for_url(lines["console"] + "/")
        check_axe(page, "the empty overview", failures)
        shot(page, folder, "overview-empty")
        if page.goto(lines["console"] + "/start/" + lines["start"]).status != 401:
            failures.add("the first link works twice")
        page.close()
    finally:
        stop(server)


def main():
    parser = argparse.ArgumentParser()
    parser.add_argument("server")
    parser.add_argument("--screenshots", type=pathlib.Path)
    options = parser.parse_args()
    if options.screenshots:
        options.screenshots.mkdir(parents=True, exist_ok=True)
    failures = Failures()
    server, lines = start(options.server)
    address = lines["console"]
    try:
        with sync_playwright() as playwright:
            browser = playwright.chromium.launch(executable_path="/usr/bin/chromium", args=["--no-sandbox"])
            page = browser.new_page()
            sign_in(page, address)
            pages = PAGES + details(page, address)
            page.close()
            for scheme in ["light", "dark"]:
                visit(browser, address, scheme, pages, failures, options.screenshots)
            without_scripts(browser, address, failures, options.screenshots)
            keyboard(browser, address, failures)
            phone(browser, address, failures, options.screenshots)
            first_start(browser, options.server, failures, options.screenshots)
            browser.close()
    finally:
        stop(server)
    print(f"{len(failures)} failures")
    return 1 if failures else 0


if __name__ == "__main__":
    sys.exit(main())
