"""Pages as pictures: rendered in a child process, cached, marked; damage stays outside."""

from __future__ import annotations

import contextlib
import multiprocessing
import struct
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.errors import ApiError
from app.images import PageImages, image_key, parse_boxes
from ingest.errors import CorruptFile, LimitExceeded, NotFound
from ingest.types import Box

SAMPLE = Path(__file__).parents[2] / "data/samples/tidal-turbines.pdf"


@pytest.fixture(scope="module")
def images() -> Iterator[PageImages]:
    made = PageImages()
    yield made
    made.close()


def size_of(png: bytes) -> tuple[int, int]:
    assert png.startswith(b"\x89PNG\r\n\x1a\n")
    width, height = struct.unpack(">II", png[16:24])
    return width, height


def test_a_page_is_rendered_at_its_scale(images: PageImages) -> None:
    single = size_of(images.get("single", SAMPLE, 1, 1.0))
    double = size_of(images.get("double", SAMPLE, 1, 2.0))
    assert double == (single[0] * 2, single[1] * 2)


def test_boxes_change_the_picture(images: PageImages) -> None:
    plain = images.get("plain", SAMPLE, 1, 1.0)
    marked = images.get("marked", SAMPLE, 1, 1.0, (Box(1, 50, 50, 300, 200),))
    assert size_of(plain) == size_of(marked)
    assert plain != marked


def test_a_known_key_is_not_rendered_again(images: PageImages) -> None:
    first = images.get("known", SAMPLE, 1, 0.5)
    assert images.get("known", Path("nowhere.pdf"), 99, 0.5) is first


def test_what_does_not_fit_is_forgotten(images: PageImages) -> None:
    small = PageImages(cache_bytes=0)
    try:
        small.get("key", SAMPLE, 1, 0.2)
        with pytest.raises(NotFound):
            small.get("key", SAMPLE, 99, 0.2)
    finally:
        small.close()


def test_errors_of_the_renderer_come_through(images: PageImages, tmp_path: Path) -> None:
    broken = tmp_path / "broken.pdf"
    broken.write_bytes(b"%PDF-1.7 nothing else")
    with pytest.raises(CorruptFile):
        images.get("broken", broken, 1, 1.0)
    with pytest.raises(NotFound):
        images.get("far", SAMPLE, 9_999, 1.0)
    with pytest.raises(LimitExceeded):
        images.get("huge", SAMPLE, 1, 40.0)


def test_a_renderer_that_takes_too_long_is_killed() -> None:
    hasty = PageImages(timeout_s=0.001)
    try:
        with pytest.raises(ApiError) as caught:
            hasty.get("slow", SAMPLE, 1, 4.0)
    finally:
        hasty.close()
    assert caught.value.code == "page_render_failed"


def test_a_renderer_that_dies_is_replaced(images: PageImages) -> None:
    images.get("before", SAMPLE, 1, 0.3)
    children = multiprocessing.active_children()
    assert children
    for child in children:
        child.kill()
        child.join()
    pictures: list[bytes] = []
    while not pictures:  # the request that finds the child dead may fail, no later one
        with contextlib.suppress(ApiError):
            pictures.append(images.get("after", SAMPLE, 1, 0.3))
    assert size_of(pictures[0])


def test_a_closed_renderer_says_so() -> None:
    closed = PageImages()
    closed.close()
    with pytest.raises(ApiError) as caught:
        closed.get("any", SAMPLE, 1, 1.0)
    assert (caught.value.status, caught.value.code) == (503, "stopping")


def test_boxes_are_read_from_text() -> None:
    assert parse_boxes("1,2,3,4;5.5,6,7,8", 3) == (Box(3, 1, 2, 3, 4), Box(3, 5.5, 6, 7, 8))
    assert parse_boxes("", 1) == ()
    assert parse_boxes(";", 1) == ()


@pytest.mark.parametrize(
    "text", ["1,2,3", "1,2,3,4,5", "a,b,c,d", "3,2,1,4", "1,4,3,2", "1,2,nan,4", "1,2,inf,4"]
)
def test_what_is_no_rectangle_is_refused(text: str) -> None:
    with pytest.raises(ApiError) as caught:
        parse_boxes(text, 1)
    assert (caught.value.status, caught.value.code) == (422, "invalid_request")


def test_too_many_boxes_are_refused() -> None:
    with pytest.raises(ApiError, match="more than 200"):
        parse_boxes(";".join(["1,2,3,4"] * 201), 1)


def test_keys_differ_by_all_that_changes_the_picture() -> None:
    box = (Box(1, 1, 2, 3, 4),)
    keys = {
        image_key("a", 1, 1.0, ()),
        image_key("b", 1, 1.0, ()),
        image_key("a", 2, 1.0, ()),
        image_key("a", 1, 2.0, ()),
        image_key("a", 1, 1.0, box),
    }
    assert len(keys) == 5
    assert image_key("a", 1, 1.0, box) == image_key("a", 1, 1.0, box)
