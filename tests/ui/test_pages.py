"""The pages in a real browser, in both languages: a run, its progress, its result; nothing from elsewhere."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from ui.words import say

if TYPE_CHECKING:
    from collections.abc import Iterator

    from playwright.sync_api import Browser, Page

ROOT = Path(__file__).resolve().parents[2]
CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser") or shutil.which("google-chrome")
FLAGS = [
    "--headless=new",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
    "--disable-dev-shm-usage",
]
PATIENCE_MS = 60_000
# Opened below its root, Streamlit first looks for its server beside the page and finds it above.
HARMLESS = re.compile(r"/_stcore/(health|host-config)$")


@pytest.fixture(scope="module")
def server(tmp_path_factory) -> Iterator[tuple[str, Path]]:
    """Serve the pages with a data folder of their own; return the address and the server's log."""
    folder = tmp_path_factory.mktemp("serve")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    log = folder / "server.log"
    env = {**os.environ, "COUNTERFLOW_HOME": str(folder / "home"), "COUNTERFLOW_LANG": "en"}
    with log.open("wb") as out:
        running = subprocess.Popen(
            [sys.executable, "-m", "ui.cli", "serve", "--no-browser", "--port", str(port)],
            stdout=out, stderr=subprocess.STDOUT, env=env, cwd=ROOT, start_new_session=True,
        )  # fmt: skip
        try:
            address = f"http://localhost:{port}"
            wait_for(address)
            yield address, log
        finally:
            running.send_signal(signal.SIGINT)
            try:
                running.wait(20)
            finally:
                with contextlib.suppress(ProcessLookupError):
                    os.killpg(running.pid, signal.SIGKILL)
    assert "Traceback" not in log.read_text()


def wait_for(address: str) -> None:
    deadline = time.monotonic() + 60
    while time.monotonic() < deadline:
        health = f"{address}/_stcore/health"
        with contextlib.suppress(OSError), urllib.request.urlopen(health, timeout=2) as answer:  # noqa: S310
            if answer.status == 200:
                return
        time.sleep(0.1)
    raise TimeoutError(address)


@pytest.fixture(scope="module")
def browser() -> Iterator[Browser]:
    if CHROMIUM is None:
        pytest.skip("no Chromium")
    playwright = pytest.importorskip("playwright.sync_api")
    with playwright.sync_playwright() as opened:
        found = opened.chromium.launch(executable_path=CHROMIUM, args=FLAGS)
        yield found
        found.close()


@dataclass
class Seen:
    """What the browser asked for and complained of."""

    hosts: set[str] = field(default_factory=set)
    paths: list[str] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)


@pytest.fixture
def page(browser) -> Iterator[Page]:
    """Open a page that fails the test when it loads anything from elsewhere or complains."""
    seen = Seen()
    context = browser.new_context(viewport={"width": 1280, "height": 1100}, locale="en-GB")
    opened = context.new_page()
    opened.set_default_timeout(PATIENCE_MS)

    def request(one) -> None:
        if not one.url.startswith(("data:", "blob:")):
            seen.hosts.add(one.url.split("/")[2].partition(":")[0])
            seen.paths.append(one.url)

    def response(one) -> None:
        if one.status >= 400 and not HARMLESS.search(one.url):
            seen.errors.append(f"{one.status} {one.url}")

    def console(one) -> None:
        if one.type == "error" and "404 (Not Found)" not in one.text:
            seen.errors.append(one.text)

    opened.on("request", request)
    opened.on("response", response)
    opened.on("console", console)
    opened.on("pageerror", lambda error: seen.errors.append(str(error)))
    opened.seen = seen
    yield opened
    context.close()
    assert seen.hosts <= {"localhost"}
    assert seen.errors == []


def settle(page: Page) -> None:
    """Wait until the script of the page rests."""
    page.locator('[data-testid="stApp"][data-test-script-state="notRunning"]').wait_for()


def number(page: Page, label: str, value: int) -> None:
    box = page.get_by_role("spinbutton", name=label)
    box.fill(str(value))
    box.press("Enter")
    page.wait_for_timeout(200)  # until the page has told its server
    settle(page)
    holds(page, label, str(value))


def holds(page: Page, label: str, value: str) -> None:
    """Wait until a number shows `value`: a box is drawn with its default for a moment before its value arrives."""
    from playwright.sync_api import expect

    expect(page.get_by_role("spinbutton", name=label)).to_have_value(value, timeout=PATIENCE_MS)


def run(page: Page, lang: str, key: str = "page.run") -> None:
    """Press the button, see progress, wait for the result."""
    page.get_by_role("button", name=say(lang, key)).click()
    page.get_by_test_id("stProgress").wait_for()
    page.get_by_role("tab").first.wait_for()
    page.get_by_test_id("stProgress").wait_for(state="detached")
    settle(page)


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_what_if_a_team_were_smaller(server, page, lang):
    """A scenario is run, its progress is seen, waits and occupancy appear; changed inputs make it stale."""
    address, _ = server
    page.goto(f"{address}/?lang={lang}")
    page.get_by_role("heading", name=say(lang, "page.what_if")).wait_for()
    page.get_by_text(say(lang, "page.empty", button=say(lang, "page.run"))).wait_for()
    number(page, say(lang, "page.reps"), 120)
    run(page, lang)
    for key in ("wait_mean_s", "wait_p50_s", "wait_p90_s", "wait_p95_s", "service_level"):
        label = say(lang, f"measure.{key}")
        page.get_by_text(label[:1].upper() + label[1:], exact=True).first.wait_for()
    assert page.get_by_text("±").count() >= 6
    page.locator('[data-testid="stEChartsChart"] svg, [data-testid="stEChartsChart"] canvas').first.wait_for()
    page.get_by_role("tab", name=say(lang, "page.tab_occupancy")).click()
    page.locator('[data-testid="stVegaLiteChart"]').first.wait_for()
    assert f"lang={lang}" in page.url
    assert "run=" in page.url
    assert page.get_by_text(say(lang, "page.stale")).count() == 0
    number(page, "远程团队甲" if lang == "zh" else "Remote team A", 3)
    page.get_by_text(say(lang, "page.stale")).wait_for()
    run(page, lang)
    page.get_by_text("remote-a = 3").wait_for()
    assert page.get_by_text(say(lang, "page.stale")).count() == 0


@pytest.mark.browser
@pytest.mark.parametrize("lang", ["zh", "en"])
def test_two_scenarios_are_compared(server, page, lang):
    address, _ = server
    page.goto(f"{address}/compare?lang={lang}")
    page.get_by_role("heading", name=say(lang, "page.compare")).wait_for()
    number(page, say(lang, "page.reps"), 60 if lang == "zh" else 70)
    run(page, lang, "page.run_compare")
    page.get_by_text(say(lang, "page.findings"), exact=True).wait_for()
    page.locator('[data-testid="stVegaLiteChart"]').first.wait_for()
    page.get_by_role("tab", name=say(lang, "page.tab_differences")).click()
    page.locator('[data-testid="stDataFrame"]:visible').first.wait_for()


@pytest.mark.browser
def test_the_language_is_switched_and_the_inputs_stay(server, page):
    address, _ = server
    page.goto(f"{address}/?lang=zh")
    number(page, say("zh", "page.seed"), 17)
    page.get_by_test_id("stSidebar").get_by_text("English").click()
    page.get_by_role("heading", name=say("en", "page.what_if")).wait_for()
    settle(page)
    assert "lang=en" in page.url
    holds(page, say("en", "page.seed"), "17")
    page.get_by_role("link", name=say("en", "page.compare")).click()
    page.get_by_role("heading", name=say("en", "page.compare")).wait_for()
    settle(page)
    assert "lang=en" in page.url


@pytest.mark.browser
def test_a_link_to_a_run_opens_its_result(server, page, browser):
    address, _ = server
    page.goto(f"{address}/?lang=en")
    number(page, say("en", "page.seed"), 23)
    number(page, say("en", "page.reps"), 40)
    run(page, "en")
    link = page.url
    other = browser.new_context().new_page()
    other.goto(link)
    other.get_by_role("tab").first.wait_for(timeout=PATIENCE_MS)
    settle(other)
    holds(other, say("en", "page.seed"), "23")
    assert other.get_by_text(say("en", "page.stale")).count() == 0
    other.context.close()


@pytest.mark.browser
def test_a_link_to_a_run_that_is_gone_says_so(server, page):
    address, _ = server
    page.goto(f"{address}/?lang=en&run=nothing")
    page.get_by_text(say("en", "page.unknown_run")).wait_for()


@pytest.mark.browser
def test_a_long_run_can_be_cancelled(server, page):
    address, _ = server
    page.goto(f"{address}/?lang=en")
    number(page, say("en", "page.reps"), 2000)
    number(page, say("en", "page.seed"), 99)
    page.get_by_role("button", name=say("en", "page.run")).click()
    page.get_by_role("button", name=say("en", "page.cancel")).click()
    page.get_by_text(say("en", "page.cancelled")).wait_for()


@pytest.mark.browser
def test_chinese_is_drawn_in_a_font_of_our_own(server, page):
    """On a machine without a Chinese font the page fetches ours, from its own server."""
    address, _ = server
    page.goto(f"{address}/?lang=zh")
    page.get_by_role("heading", name=say("zh", "page.what_if")).wait_for()
    settle(page)
    loaded = page.evaluate("document.fonts.ready.then(() => [...document.fonts].map(f => f.family + ' ' + f.status))")
    ours = [one for one in loaded if "Counterflow" in one]
    assert ours
    fetched = any(path.endswith("CounterflowSansSC.woff2") for path in page.seen.paths)
    assert fetched or all("unloaded" in one for one in ours)


def status(url: str, headers: dict[str, str] | None = None) -> int:
    request = urllib.request.Request(url, headers=headers or {})  # noqa: S310
    try:
        with urllib.request.urlopen(request, timeout=10) as answer:  # noqa: S310
            return answer.status
    except urllib.error.HTTPError as error:
        with error:
            return error.code


def test_the_server_refuses_strangers(server):
    """Another host name, the agent's door, paths that climb out: all closed."""
    address, _ = server
    assert status(address) == 200
    assert status(address, {"Host": "evil.example"}) == 403
    assert status(f"{address}/_stcore/agent/interact") in (403, 404, 405)
    for path in (
        "/app/static/../script.py",
        "/app/static/..%2fscript.py",
        "/app/static/%2e%2e/script.py",
        "/media/../x",
    ):
        assert 400 <= status(address + path) < 500, path


def test_every_answer_carries_our_headers(server):
    address, _ = server
    with urllib.request.urlopen(address, timeout=10) as answer:  # noqa: S310
        headers = {name.lower(): value for name, value in answer.headers.items()}
    assert "default-src 'self'" in headers["content-security-policy"]
    assert "http:" not in headers["content-security-policy"]
    assert headers["x-frame-options"] == "DENY"
    assert headers["x-content-type-options"] == "nosniff"


def test_the_server_ends_with_its_workers(tmp_path):
    """Ctrl-C ends the server and its workers, with 130 and without a traceback."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    env = {**os.environ, "COUNTERFLOW_HOME": str(tmp_path / "home"), "COUNTERFLOW_LANG": "en"}
    running = subprocess.Popen(
        [sys.executable, "-m", "ui.cli", "serve", "--no-browser", "--port", str(port)],
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT, env=env, cwd=ROOT, start_new_session=True,
    )  # fmt: skip
    wait_for(f"http://localhost:{port}")
    workers = subprocess.run(["pgrep", "-P", str(running.pid)], capture_output=True, text=True, check=False)
    pids = [int(one) for one in workers.stdout.split()]
    assert pids
    again = subprocess.run(
        [sys.executable, "-m", "ui.cli", "serve", "--no-browser", "--port", str(port)],
        capture_output=True, env=env, cwd=ROOT, check=False, timeout=60,
    )  # fmt: skip
    assert again.returncode == 2
    assert b"is in use" in again.stderr
    running.send_signal(signal.SIGINT)
    out, _ = running.communicate(timeout=30)
    assert running.returncode in (0, 130)
    assert b"Traceback" not in out
    for pid in pids:
        with pytest.raises(ProcessLookupError):
            os.kill(pid, 0)
