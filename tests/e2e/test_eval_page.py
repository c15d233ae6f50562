"""The page of a run in a real browser: bars lead to entries, the filter filters, tables scroll."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from eval.report.page import write_page
from tests.eval.made import stored

WIDTHS = {"wide": 1280, "narrow": 390}


@pytest.fixture(params=WIDTHS)
def page(request: pytest.FixtureRequest, browser: Browser, tmp_path: Path) -> Iterator[Page]:
    path = tmp_path / "report.html"
    write_page(stored([0.0, 1.0, 0.5, *[0.0] * 5], [0.5, 0.0, 0.5, *[0.0] * 5]), path)
    opened = browser.new_page(viewport={"width": WIDTHS[request.param], "height": 844})
    errors: list[str] = []
    opened.on("pageerror", lambda error: errors.append(str(error)))
    opened.goto(path.as_uri())
    yield opened
    opened.close()
    assert errors == []


def test_a_bar_unfolds_its_entry_also_in_a_folded_list(page: Page) -> None:
    others = page.locator(".others")
    assert others.get_attribute("open") is None
    (href,) = others.locator(".entry").evaluate_all("all => all.map((each) => '#' + each.id)")
    page.locator(f"svg a[href='{href}']").click()
    assert page.locator(f"{href} .bad").is_visible()
    assert page.locator(f"{href} table").inner_text().split("\n")[1:] == [
        "docchat\t✓ found\trank 1",
        "dense\t✗ missed\tnot among the first 10",
    ]


def test_a_filter_that_leaves_nothing_says_so(page: Page) -> None:
    none = page.get_by_text("No question matches.")
    assert not none.is_visible()
    page.get_by_role("searchbox").fill("nonsense")
    assert none.is_visible()
    assert not page.locator(".others").is_visible()
    page.get_by_role("searchbox").fill("q1")
    assert not none.is_visible()
    assert page.locator(".entry:visible").count() == 1


def test_a_table_that_scrolls_says_so_and_keeps_its_first_column(page: Page) -> None:
    table = page.locator(".wide").first
    scrolls = bool(table.evaluate("each => each.scrollWidth > each.clientWidth + 1"))
    assert scrolls is (page.viewport_size == {"width": 390, "height": 844})
    assert table.evaluate("each => each.classList.contains('scrolls')") is scrolls
    before = table.locator("tbody th").first.bounding_box()
    table.focus()
    table.evaluate("each => { each.scrollLeft = 9999; }")
    after = table.locator("tbody th").first.bounding_box()
    assert before is not None
    assert after is not None
    assert before["x"] == after["x"]
    width = page.evaluate("document.documentElement.scrollWidth")
    assert width <= page.evaluate("innerWidth"), "the page itself does not scroll sideways"
