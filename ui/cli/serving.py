"""``counterflow serve``: the web server in this process, workers beside it that die with it."""

from __future__ import annotations

import contextlib
import os
import socket
import subprocess
import sys
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sim
import store
from ui import words

_LOCAL = ("127.0.0.1", "localhost", "::1")
_LOOK_S = 1.0
_FONT = "Counterflow Sans SC"
_FONTS = f"'Source Sans', 'PingFang SC', 'Microsoft YaHei', 'Noto Sans CJK SC', '{_FONT}', sans-serif"


def serve(lang: str, port: int, host: str, browser: bool, workers: int) -> int:
    """Serve the pages until interrupted; return the exit code.

    Raises
    ------
    InputError
        The port cannot be had, or the data folder cannot be used.
    """
    if not 0 < port < 65_536:
        raise sim.InputError.one("port_range", field="--port", value=port)
    if not 0 <= workers <= 64:
        raise sim.InputError.one("workers_range", field="--workers", value=workers)
    _free(host, port)
    store.open_store().close()
    # Streamlit decides by this variable whether a locale-neutral page gets our language when it is opened.
    os.environ["COUNTERFLOW_LANG"] = lang
    if host not in _LOCAL:
        print(words.say(lang, "cli.open_host", host=host), file=sys.stderr)
    print(words.say(lang, "cli.serving", url=f"http://{_shown(host)}:{port}"), flush=True)
    with _workers(lang, workers):
        import app

        app.app.run(config=options(host, port, browser))
    return 0


def options(host: str, port: int, browser: bool) -> dict[str, Any]:
    """Return every option of the server that matters, so that no file of the user's changes them unseen."""
    return {
        "server.address": host,
        "server.port": port,
        "server.headless": not browser,
        "server.allowedHosts": ["localhost", "127.0.0.1", "[::1]"] if host in _LOCAL else [],
        "server.enableCORS": True,
        "server.enableXsrfProtection": True,
        "server.xsrfCookieSameSite": "strict",
        "server.enableAgentApi": False,
        "server.enableStaticServing": True,
        "server.fileWatcherType": "none",
        "server.runOnSave": False,
        "server.maxUploadSize": 20,
        "server.showEmailPrompt": False,
        "browser.gatherUsageStats": False,
        "browser.serverAddress": _shown(host),
        "client.showErrorDetails": "none",
        "client.showErrorLinks": False,
        "client.toolbarMode": "minimal",
        "client.showSidebarNavigation": True,
        "global.developmentMode": False,
        "logger.hideWelcomeMessage": True,
        "theme.base": "light",
        "theme.primaryColor": "#0072B2",
        "theme.font": _FONTS,
        "theme.fontFaces": [{"family": _FONT, "url": "app/static/CounterflowSansSC.woff2", "weight": "400"}],
        "theme.baseFontSize": 15,
        "theme.paddingTop": "3rem",
    }


def _shown(host: str) -> str:
    return "localhost" if host in (*_LOCAL, "0.0.0.0", "::") else host  # noqa: S104  only compared


def _free(host: str, port: int) -> None:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        with socket.socket(family, socket.SOCK_STREAM) as probe:
            probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            probe.bind((host, port))
    except OSError as error:
        if isinstance(error, socket.gaierror) or error.errno not in (13, 98, 48, 10013, 10048):
            raise sim.InputError.one("host_unusable", field="--host", value=host) from None
        raise sim.InputError.one("port_taken", field="--port", value=port) from None


@contextmanager
def _workers(lang: str, number: int) -> Iterator[None]:
    """Keep `number` workers alive; they end when the pipe that this process holds is closed."""
    running = [_start() for _ in range(number)]
    over = threading.Event()

    def watch() -> None:
        while not over.wait(_LOOK_S):
            for i, one in enumerate(running):
                if one.poll() is not None and not over.is_set():
                    print(words.say(lang, "cli.worker_again"), file=sys.stderr)
                    running[i] = _start()

    thread = threading.Thread(target=watch, daemon=True)
    thread.start()
    try:
        yield
    finally:
        over.set()
        thread.join()
        for one in running:
            with contextlib.suppress(OSError):
                one.stdin.close()  # type: ignore[union-attr]
        deadline = time.monotonic() + 5
        for one in running:
            try:
                one.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                one.kill()
                one.wait()


def _start() -> subprocess.Popen[bytes]:
    command = [sys.executable, "-m", "ui.cli", "worker", "--with-parent"]
    return subprocess.Popen(command, stdin=subprocess.PIPE, start_new_session=True)  # noqa: S603  our own command
