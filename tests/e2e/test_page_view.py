"""The page view of a parsed document: blocks over the picture, outline, what was left out."""

from __future__ import annotations

import functools
import re
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Any

import pymupdf
import pytest
from playwright.sync_api import Browser, Locator, Page, expect

pytestmark = pytest.mark.e2e

OpenPage = Callable[..., Page]
Serving = Callable[..., AbstractContextManager[str]]
PATIENCE_MS = 120_000
SLACK = 4.0
"""Points by which a frame may be off the words."""
NAMES = {"en": "tank-report.pdf", "zh": "试验报告.pdf"}
TITLE = {"en": "Towing Tank Report", "zh": "拖曳水池试验报告"}
HEADINGS = {"en": ("1 Method", "2 Results"), "zh": ("一、试验方法", "二、试验结果")}
TEXT = {
    "en": "The carriage was run at six speeds and each run was repeated three times in calm water.",
    "zh": "拖车以六种速度行驶，每种速度在静水中重复三次，并由两名观察员分别记录读数。",
}
CELLS = {
    "en": (("Speed", "Runs", "Drag"), ("1.0", "12", "3.4"), ("1.5", "14", "5.1")),
    "zh": (("速度", "次数", "阻力"), ("1.0", "12", "3.4"), ("1.5", "14", "5.1")),
}
FONT = {"en": "helv", "zh": "china-s"}


def report(path: Path, language: str) -> None:
    """Write three pages with a running header, two headings and a ruled table."""
    font = FONT[language]
    with pymupdf.open() as document:
        for number in (1, 2, 3):
            page: Any = document.new_page(width=595, height=842)
            page.insert_text((72, 40), f"{TITLE[language]} {number}", fontname=font, fontsize=8)
            if number == 1:
                page.insert_text((72, 100), TITLE[language], fontname=font, fontsize=22)
            else:
                heading = HEADINGS[language][number - 2]
                page.insert_text((72, 100), heading, fontname=font, fontsize=16)
            for line in range(4):
                at = (72, 140 + 15 * line)
                page.insert_text(at, TEXT[language], fontname=font, fontsize=10)
        table(page, CELLS[language], font)
        document.save(path)


def table(page: Any, rows: tuple[tuple[str, ...], ...], font: str) -> None:
    for at in range(4):
        page.draw_line((72, 300 + 20 * at), (372, 300 + 20 * at))
        page.draw_line((72 + 100 * at, 300), (72 + 100 * at, 360))
    for r, row in enumerate(rows):
        for c, cell in enumerate(row):
            page.insert_text((77 + 100 * c, 314 + 20 * r), cell, fontname=font, fontsize=10)


@pytest.fixture(scope="module")
def reports(
    browser: Browser, serving: Serving, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[str]:
    """Upload both reports to a server of their own; yield the address of their collection."""
    folder = tmp_path_factory.mktemp("reports")
    for language, name in NAMES.items():
        report(folder / name, language)
    with serving(tmp_path_factory.mktemp("home"), DOCCHAT_EMBEDDER__MODEL="hash") as server:
        context = browser.new_context(locale="en-US")
        page = context.new_page()
        made = page.request.post(f"{server}/api/collections", data={"name": "Page view"})
        address = f"{server}/#/collection/{made.json()['id']}"
        page.goto(address)
        page.get_by_label("Choose files").set_input_files(
            [folder / each for each in NAMES.values()]
        )
        for name in NAMES.values():
            row = page.locator(f'[data-testid="document"][data-name="{name}"]')
            expect(row).to_have_attribute("data-state", "ready", timeout=PATIENCE_MS)
        context.close()
        yield address


@pytest.fixture
def visit(open_page: OpenPage, reports: str) -> OpenPage:
    """Give the way to open a page of that server."""
    return functools.partial(open_page, address=reports.split("/#")[0])


def opened(page: Page, reports: str, name: str) -> None:
    page.goto(reports)
    page.get_by_role("link", name=name).first.click()
    expect(page.get_by_test_id("page-image")).to_have_js_property("complete", value=True)


def blocks_of(page: Page, kind: str) -> Locator:
    return page.locator(f'[data-testid="block"][data-kind="{kind}"]')


@pytest.mark.parametrize("language", ["en", "zh"])
def test_the_page_shows_how_it_was_read(visit: OpenPage, reports: str, language: str) -> None:
    page = visit(locale="zh-CN" if language == "zh" else "en-US")
    opened(page, reports, NAMES[language])
    first, second = HEADINGS[language]
    outline = page.get_by_test_id("outline-entry")
    expect(outline.filter(has_text=first)).to_be_visible()
    outline.filter(has_text=second).click()
    expect(page).to_have_url(re.compile("page=3"))
    expect(page.get_by_test_id("highlight")).to_be_in_viewport()
    page.keyboard.press("b")
    expect(blocks_of(page, "heading")).to_have_count(1)
    blocks_of(page, "table").click()
    details = page.get_by_test_id("block-details")
    expect(details.locator("tr")).to_have_count(3)
    expect(details.locator("tr").first).to_contain_text(CELLS[language][0][0])
    expect(page.get_by_test_id("furniture")).to_contain_text(TITLE[language])


def test_frames_stand_where_the_words_are(visit: OpenPage, reports: str) -> None:
    page = visit()
    opened(page, reports, NAMES["en"])
    page.keyboard.press("b")
    frame = blocks_of(page, "title").bounding_box()
    picture = page.get_by_test_id("page-image").bounding_box()
    assert frame is not None
    assert picture is not None
    scale = 595 / picture["width"]
    left, top = (frame["x"] - picture["x"]) * scale, (frame["y"] - picture["y"]) * scale
    assert abs(left - 72) < SLACK
    assert top < 100 < top + frame["height"] * scale + SLACK


def test_a_block_is_copied_as_values(visit: OpenPage, reports: str) -> None:
    page = visit()
    page.context.grant_permissions(["clipboard-read", "clipboard-write"])
    opened(page, reports, NAMES["en"])
    page.get_by_test_id("outline-entry").filter(has_text="2 Results").click()
    page.keyboard.press("b")
    blocks_of(page, "table").click()
    page.get_by_role("button", name="Copy as CSV").click()
    expect(page.get_by_text("Copied", exact=True)).to_be_visible()
    text = page.evaluate("navigator.clipboard.readText()")
    assert text.replace("\r\n", "\n") == "Speed,Runs,Drag\n1.0,12,3.4\n1.5,14,5.1"


def test_the_page_view_fits_a_phone(visit: OpenPage, reports: str) -> None:
    page = visit(width=400, dark=True)
    opened(page, reports, NAMES["zh"])
    page.get_by_role("button", name=re.compile("how the page was read")).click()
    blocks_of(page, "title").click()
    expect(page.get_by_test_id("block-details")).to_be_in_viewport()
    assert page.evaluate("document.documentElement.scrollWidth") <= 400
