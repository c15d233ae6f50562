"""A real server and a real browser for the tests of the web page.

The server is `docchat serve` in a process of its own over an empty home; the browser is the
system's Chromium, driven by Playwright. Where Chromium or the built page is missing, the tests are
skipped and say so; with DOCCHAT_REQUIRE_BROWSER=1 they fail instead.
"""

from __future__ import annotations

import os
import shutil
import signal
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from pathlib import Path

import pymupdf
import pytest
from playwright.sync_api import (
    Browser,
    BrowserContext,
    Page,
    Request,
    expect,
    sync_playwright,
)

from tests.support import ROOT

DIST = ROOT / "app" / "web" / "dist" / "index.html"
START_S = 120
PATIENCE_MS = 120_000
"""Generous, for loaded machines: nothing here measures time."""
EXPECT_MS = 30_000
"""How long a picture or a stage may take to appear; Playwright's own 5 s fail on a busy machine."""
SERVE = "from app.commands.cli import main; main()"
ARGUMENTS = [
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]

EN_TEXT = (
    "Kestrel Test Report",
    "The towing tank is 76 metres long and was filled with fresh water.",
    "The rotor of the Kestrel turbine has a diameter of 1.20 metres.",
    "Forty runs were made at six flow speeds in the spring of 2024.",
)
ZH_TEXT = (
    "差旅费用报销办法",
    "本办法适用于公司全体正式员工。",
    "员工出差乘坐高铁时可以报销二等座车票。",
    "住宿费按城市类别实行限额，超出部分由个人承担。",
)


def chromium() -> str:
    """Return the path of Chromium; skip, or fail where a browser is required."""
    found = shutil.which("chromium") or shutil.which("chromium-browser")
    missing = "Chromium is not installed" if found is None else ""
    if not DIST.is_file():
        missing = "the page is not built: run `make web`"
    if missing and os.environ.get("DOCCHAT_REQUIRE_BROWSER") == "1":
        pytest.fail(f"DOCCHAT_REQUIRE_BROWSER=1, but {missing}")
    if missing or found is None:
        pytest.skip(missing)
    return found


@contextmanager
def run_server(home: Path, **settings: str) -> Iterator[str]:
    """Run `docchat serve` over `home` and yield its address; settings are environment names."""
    environment = {
        **{name: value for name, value in os.environ.items() if not name.startswith("DOCCHAT_")},
        **settings,
        "DOCCHAT_HOME": str(home),
        "OMP_NUM_THREADS": "1",
    }
    with (
        (home / "server.log").open("wb") as log,
        subprocess.Popen(
            [sys.executable, "-c", SERVE, "serve", "--port", "0"],
            cwd=ROOT,
            env=environment,
            stdout=subprocess.PIPE,
            stderr=log,
            text=True,
        ) as process,
    ):
        timer = threading.Timer(START_S, process.kill)
        timer.start()
        try:
            address = _address(process, home / "server.log")
            timer.cancel()  # it is there to end a server that never starts
            yield address
        finally:
            timer.cancel()
            process.send_signal(signal.SIGTERM)


def _address(process: subprocess.Popen[str], log: Path) -> str:
    assert process.stdout is not None
    for line in process.stdout:
        if "http://" in line:
            threading.Thread(target=process.stdout.read, daemon=True).start()
            return "http://" + line.split("http://", 1)[1].strip()
    raise AssertionError(f"the server did not start: {log.read_text(encoding='utf-8')}")


@pytest.fixture(scope="session")
def browser() -> Iterator[Browser]:
    path = chromium()
    expect.set_options(timeout=EXPECT_MS)
    with sync_playwright() as playwright:
        started = playwright.chromium.launch(executable_path=path, args=ARGUMENTS)
        yield started
        started.close()


@pytest.fixture(scope="session")
def server(browser: Browser, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    # Asks for the browser first: without one no server needs to start.
    with run_server(tmp_path_factory.mktemp("home")) as address:
        yield address


@pytest.fixture(scope="session")
def serving(browser: Browser) -> Callable[..., AbstractContextManager[str]]:
    """Give the way to start another server, with settings of its own."""
    return run_server


@pytest.fixture(scope="session")
def first_visit(browser: Browser, server: str) -> Iterator[Page]:
    """Open the page over the empty home, for what has to be made once."""
    context = browser.new_context(base_url=server, locale="en-US")
    context.set_default_timeout(PATIENCE_MS)
    yield context.new_page()
    context.close()


OpenPage = Callable[..., Page]


@pytest.fixture
def open_page(browser: Browser, server: str) -> Iterator[OpenPage]:
    """Open pages in contexts of their own; at the end nothing may have gone wrong in them."""
    contexts: list[BrowserContext] = []
    faults: list[str] = []

    def open_page(
        *, address: str = server, locale: str = "en-US", width: int = 1440, dark: bool = False
    ) -> Page:
        context = browser.new_context(
            base_url=address,
            viewport={"width": width, "height": 900},
            locale=locale,
            color_scheme="dark" if dark else "light",
        )
        context.set_default_timeout(PATIENCE_MS)
        contexts.append(context)
        page = context.new_page()
        page.on("pageerror", lambda error: faults.append(f"script: {error}"))
        page.on("request", lambda request: faults.extend(foreign(request, address)))
        return page

    yield open_page
    for context in contexts:
        context.close()
    assert faults == []


def foreign(request: Request, address: str) -> list[str]:
    """Say when something is loaded from anywhere but our own server."""
    own = request.url.startswith((address, "data:", "blob:"))
    return [] if own else [f"loaded from outside: {request.url}"]


@pytest.fixture(scope="session")
def papers(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Path]:
    """Return small files by name: two good PDFs, a note without pages, and a damaged PDF."""
    folder = tmp_path_factory.mktemp("papers")
    _pdf(folder / "kestrel.pdf", EN_TEXT, "helv")
    _pdf(folder / "差旅办法.pdf", ZH_TEXT, "china-s")
    note = "# Refunds\n\nRefunds are paid within seven days.\n\nCall 555 for help.\n"
    (folder / "refunds.md").write_text(note, encoding="utf-8")
    (folder / "damaged.pdf").write_bytes(b"%PDF-1.7\nnothing of a PDF follows\n" * 20)
    return {path.name: path for path in folder.iterdir()}


def _pdf(path: Path, lines: tuple[str, ...], font: str) -> None:
    with pymupdf.open() as document:
        page = document.new_page(width=595, height=842)
        for number, line in enumerate(lines):
            size = 18 if number == 0 else 11
            page.insert_text((72, 90 + 60 * number), line, fontname=font, fontsize=size)
        document.save(path)
