"""The web page as a person meets it: upload, ask, open the citation, in both languages."""

from __future__ import annotations

import re
from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path

import pymupdf
import pytest
from playwright.sync_api import Locator, Page, expect

pytestmark = pytest.mark.e2e

OpenPage = Callable[..., Page]
Papers = dict[str, Path]
Serving = Callable[..., AbstractContextManager[str]]

PATIENCE_MS = 120_000
EN_QUESTION = "What is the diameter of the Kestrel rotor?"
EN_QUOTE = "The rotor of the Kestrel turbine has a diameter of 1.20 metres."
ZH_QUESTION = "员工出差乘坐高铁可以报销几等座？"
ZH_QUOTE = "员工出差乘坐高铁时可以报销二等座车票。"
SLACK = 4.0
"""Points by which a mark may be off the words."""


@pytest.fixture(scope="session")
def collection(first_visit: Page, papers: Papers) -> str:
    """Make a collection and fill it through the page; return the path of its view."""
    page = first_visit
    page.goto("/")
    expect(page.get_by_role("heading", name="Welcome to docchat")).to_be_visible()
    page.get_by_role("button", name="Make your first collection").click()
    page.get_by_label("Name", exact=True).fill("Trials")
    page.get_by_role("button", name="Create").click()
    expect(page.get_by_text("No documents yet")).to_be_visible()
    page.get_by_label("Choose files").set_input_files(list(papers.values()))
    for name in papers:
        state = "failed" if name == "damaged.pdf" else "ready"
        row = page.locator(f'[data-testid="document"][data-name="{name}"]')
        expect(row).to_have_attribute("data-state", state, timeout=PATIENCE_MS)
    return page.url.split("/", 3)[3]


def ask(page: Page, question: str) -> Locator:
    """Ask and return the finished answer."""
    answers = page.get_by_test_id("answer")
    before = answers.count()
    box = page.get_by_test_id("question")
    box.fill(question)
    box.press("Enter")
    answer = answers.nth(before)
    expect(answer).to_be_visible(timeout=PATIENCE_MS)
    return answer


MARKED_AREA = """
() => {
  const picture = document.querySelector('[data-testid="page-image"]').getBoundingClientRect();
  const scale = 595 / picture.width;
  const marks = [...document.querySelectorAll('[data-testid="highlight"]')].map((mark) =>
    mark.getBoundingClientRect());
  const least = (side) => Math.min(...marks.map((mark) => mark[side]));
  const most = (side) => Math.max(...marks.map((mark) => mark[side]));
  return [
    (least("left") - picture.left) * scale,
    (least("top") - picture.top) * scale,
    (most("right") - picture.left) * scale,
    (most("bottom") - picture.top) * scale,
  ];
}
"""
"""The union of the marks in points of the page; read at once, for the view may be scrolling."""


def marked_area(page: Page) -> pymupdf.Rect:
    """Return what is marked on the picture, in points of the page."""
    expect(page.get_by_test_id("highlight").first).to_be_in_viewport()
    return pymupdf.Rect(page.evaluate(MARKED_AREA))


def place_of(path: Path, quote: str) -> pymupdf.Rect:
    """Return where the words of a one-line quote stand on the first page."""
    with pymupdf.open(path) as document:
        lines = document[0].get_text("dict")["blocks"]
        for block in lines:
            for line in block.get("lines", []):
                text = "".join(span["text"] for span in line["spans"])
                if quote in text:
                    return pymupdf.Rect(line["bbox"])
    raise AssertionError(f"{quote} is not in {path.name}")


@pytest.mark.parametrize(
    ("question", "quote", "name", "locale"),
    [
        (EN_QUESTION, EN_QUOTE, "kestrel.pdf", "en-US"),
        (ZH_QUESTION, ZH_QUOTE, "差旅办法.pdf", "zh-CN"),
    ],
    ids=["en", "zh"],
)
def test_a_citation_opens_the_page_with_the_passage_marked(
    open_page: OpenPage,
    collection: str,
    papers: Papers,
    question: str,
    quote: str,
    name: str,
    locale: str,
) -> None:
    page = open_page(locale=locale)
    page.goto("/")
    answer = ask(page, question)
    expect(answer).to_contain_text(quote.rstrip("。."))
    answer.get_by_test_id("citation").first.click()
    panel = page.get_by_test_id("evidence")
    expect(panel.get_by_role("link", name=name)).to_be_visible()
    expect(panel.get_by_test_id("quote")).to_contain_text(quote)
    picture = page.get_by_test_id("page-image")
    expect(picture).to_have_js_property("complete", value=True)
    assert picture.evaluate("image => image.naturalWidth") >= 1190
    marked, words = marked_area(page), place_of(papers[name], quote)
    assert abs(marked.x0 - words.x0) < SLACK
    assert abs(marked.x1 - words.x1) < SLACK
    assert abs((marked.y0 + marked.y1) / 2 - (words.y0 + words.y1) / 2) < SLACK
    assert marked.height < words.height + 2 * SLACK


def test_marks_stay_on_their_words_when_zoomed(
    open_page: OpenPage, collection: str, papers: Papers
) -> None:
    page = open_page()
    page.goto("/")
    ask(page, EN_QUESTION).get_by_test_id("citation").first.click()
    before = marked_area(page)
    page.get_by_role("button", name="Zoom in").click(click_count=3)
    after = marked_area(page)
    assert all(abs(one - other) < SLACK for one, other in zip(before, after, strict=True))


def test_a_document_without_pictures_shows_its_text_with_the_passage_marked(
    open_page: OpenPage, collection: str
) -> None:
    page = open_page()
    page.goto("/")
    ask(page, "Within how many days are refunds paid?").get_by_test_id("citation").first.click()
    mark = page.get_by_test_id("evidence").get_by_test_id("highlight")
    expect(mark).to_be_in_viewport()
    expect(mark).to_contain_text("Refunds are paid within seven days.")


def test_what_the_documents_do_not_say_is_refused(open_page: OpenPage, collection: str) -> None:
    page = open_page()
    page.goto("/")
    answer = ask(page, "Who composed the opera Turandot?")
    expect(answer.get_by_test_id("refusal")).to_contain_text("nothing found that answers this")
    expect(answer.get_by_test_id("citation")).to_have_count(0)


def test_a_damaged_pdf_says_why_and_what_to_do(open_page: OpenPage, collection: str) -> None:
    for locale, title, retry in (
        ("en-US", "The file is damaged", "Retry"),
        ("zh-CN", "文件已损坏", "重试"),
    ):
        page = open_page(locale=locale)
        page.goto(f"/{collection}")
        reason = page.get_by_test_id("reason")
        expect(reason).to_contain_text(title)
        expect(reason.get_by_role("button", name=retry)).to_be_visible()


def test_refused_files_are_told_beside_the_others(
    open_page: OpenPage, collection: str, tmp_path: Path
) -> None:
    empty, program = tmp_path / "empty.pdf", tmp_path / "program.pdf"
    empty.write_bytes(b"")
    program.write_bytes(b"MZ\x90\x00" + bytes(600))
    page = open_page()
    page.goto(f"/{collection}")
    page.get_by_label("Choose files").set_input_files([empty, program])
    refused = page.get_by_test_id("refused")
    expect(refused).to_have_count(2)
    expect(refused.filter(has_text="empty.pdf")).to_contain_text("The file is empty")
    expect(refused.filter(has_text="program.pdf")).to_contain_text("not what the name says")


def test_language_and_appearance_are_switched_and_remembered(
    open_page: OpenPage, collection: str
) -> None:
    page = open_page()
    page.goto(f"/{collection}")
    page.get_by_text("中文", exact=True).click()
    expect(page.get_by_role("link", name="新对话")).to_be_visible()
    expect(page.get_by_role("link", name="就此文档集提问")).to_be_visible()
    page.get_by_role("button", name=re.compile("外观")).click()
    page.get_by_role("menuitem", name="深色").click()
    page.reload()
    html = page.locator("html")
    expect(html).to_have_attribute("lang", "zh-CN")
    expect(html).to_have_attribute("data-mantine-color-scheme", "dark")
    expect(page.get_by_role("link", name="新对话")).to_be_visible()
    colour = page.evaluate("getComputedStyle(document.body).backgroundColor")
    assert max(int(part) for part in re.findall(r"\d+", colour)[:3]) < 60


def test_a_conversation_is_kept_judged_renamed_and_deleted(
    open_page: OpenPage, collection: str
) -> None:
    page = open_page()
    page.goto("/")
    ask(page, EN_QUESTION).get_by_role("button", name="Good answer").click()
    expect(page).to_have_url(re.compile(r"#/chat/\w+"))
    page.reload()
    expect(page.get_by_test_id("answer")).to_contain_text("1.20 metres")
    pressed = page.get_by_role("button", name="Good answer")
    expect(pressed).to_have_attribute("aria-pressed", "true")
    active = page.locator('li[data-active="true"]')
    active.hover()
    active.get_by_role("button").click()
    page.get_by_role("menuitem", name="Rename").click()
    page.get_by_label("Title").fill("About the rotor")
    page.get_by_role("button", name="Save").click()
    expect(active).to_contain_text("About the rotor")
    active.get_by_role("button").click()
    page.get_by_role("menuitem", name="Delete").click()
    page.get_by_role("button", name="Delete", exact=True).click()
    expect(page).to_have_url(re.compile(r"#/chat$"))
    expect(page.get_by_role("link", name="About the rotor")).to_have_count(0)


def test_a_server_that_went_away_is_told_with_a_way_to_retry(
    open_page: OpenPage, collection: str
) -> None:
    page = open_page()
    page.goto("/")
    page.route("**/api/chat", lambda route: route.abort())
    page.get_by_test_id("question").fill(EN_QUESTION)
    page.get_by_test_id("question").press("Enter")
    expect(page.get_by_test_id("failure")).to_contain_text("No connection to docchat")
    page.unroute("**/api/chat")
    page.get_by_role("button", name="Retry").click()
    expect(page.get_by_test_id("answer")).to_contain_text("1.20 metres", timeout=PATIENCE_MS)
    expect(page.get_by_test_id("failure")).to_have_count(0)


def test_it_fits_a_phone(open_page: OpenPage, collection: str) -> None:
    page = open_page(width=400)
    for path in ("/", f"/{collection}"):
        page.goto(path)
        expect(page.locator("main")).to_be_visible()
        assert page.evaluate("document.documentElement.scrollWidth") <= 400
    page.goto("/")
    ask(page, EN_QUESTION).get_by_test_id("citation").first.click()
    expect(page.get_by_test_id("highlight").first).to_be_in_viewport()
    page.get_by_role("button", name="Close").click()
    expect(page.get_by_test_id("evidence")).to_have_count(0)


def test_a_protected_server_asks_for_its_key(
    open_page: OpenPage, serving: Serving, tmp_path: Path
) -> None:
    with serving(tmp_path, DOCCHAT_SERVER__API_KEY="open sesame") as address:
        page = open_page(address=address)
        page.goto("/")
        page.get_by_role("textbox", name="Key").fill("guess")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("dialog").get_by_role("alert")).to_contain_text("not valid")
        page.get_by_role("textbox", name="Key").fill("open sesame")
        page.get_by_role("button", name="Sign in").click()
        expect(page.get_by_role("heading", name="Welcome to docchat")).to_be_visible()
        page.get_by_role("button", name="Sign out").click()
        expect(page.get_by_role("heading", name="A key is needed")).to_be_visible()
