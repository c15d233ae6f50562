"""The page tells of six bad files, dropped at once, what each of them lacks: in both languages."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.support.bad_files import BAD_FILES, write_bad_files

pytestmark = pytest.mark.e2e

OpenPage = Callable[..., Page]
Serving = Callable[..., AbstractContextManager[str]]

PATIENCE_MS = 120_000

REASONS = {
    "corrupt.pdf": ("The file is damaged", "文件已损坏"),
    "encrypted.pdf": ("The file needs a password", "文件需要密码"),
    "empty.pdf": ("The file is empty", "文件是空的"),
    "program.pdf": ("The content is not what the name says", "内容与文件名不符"),
    "no-pages.pdf": ("The file is empty", "文件是空的"),
    "scanned.pdf": ("No text found", "没有找到文字"),
}


@pytest.fixture(scope="module")
def address(serving: Serving, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    home = tmp_path_factory.mktemp("home")
    with serving(home, DOCCHAT_PARSE__OCR="off", DOCCHAT_EMBEDDER__MODEL="hash") as served:
        yield served


@pytest.mark.parametrize(("locale", "column"), [("en-US", 0), ("zh-CN", 1)], ids=["en", "zh"])
def test_each_bad_file_shows_its_reason(
    open_page: OpenPage, address: str, tmp_path: Path, locale: str, column: int
) -> None:
    page = open_page(address=address, locale=locale)
    made = page.request.post(f"{address}/api/collections", data={"name": f"bad {locale}"})
    page.goto(f"/#/collection/{made.json()['id']}")
    chooser = page.locator('input[type="file"]').first
    chooser.set_input_files(list(write_bad_files(tmp_path).values()))
    expect(page.get_by_test_id("refused")).to_have_count(2, timeout=PATIENCE_MS)
    for name, bad in BAD_FILES.items():
        if bad.at_upload:
            told = page.get_by_test_id("refused").filter(has_text=name)
        else:
            row = page.locator(f'[data-testid="document"][data-name="{name}"]')
            expect(row).to_have_attribute("data-state", "failed", timeout=PATIENCE_MS)
            told = row.get_by_test_id("reason")
        expect(told).to_contain_text(REASONS[name][column])
        if column == 0:
            expect(told).to_contain_text(bad.hint)
